"""Opening a picture file from anywhere: limits first, then its text chunks, never its program."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from PIL import Image, UnidentifiedImageError

from core.errors import WorldError
from core.picture import Recipe

FORMATS_READ = ("PNG", "JPEG", "WEBP", "AVIF")
MAX_BYTES, MAX_PIXELS, MAX_TEXT, MAX_CHUNK = 128 * 2**20, 64_000_000, 2**20, 16 * 2**20
USER_COMMENT, MAKER_NOTE = 0x9286, 0x927C
MAKER = b"calotype\0"  # our own recipe, where there are no text chunks


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read: `request` by the command line's names, and what was only approximated or left out."""

    format: str
    request: Mapping[str, object] = field(default_factory=lambda: dict[str, object]())
    approximated: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    recipe: Recipe | None = None


def open_image(path: Path) -> Image.Image:
    """The image, its pixels not yet decoded; WorldError in one sentence where it is missing, foreign or too large."""
    try:
        if os.path.getsize(path) > MAX_BYTES:
            raise WorldError(f"{path.name} is larger than {MAX_BYTES // 2**20} MB.", "Only pictures are read.")
        _refuse_long_texts(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=FORMATS_READ)
    except FileNotFoundError as fault:
        raise WorldError(f"There is no file {path}.", "Check the name.") from fault
    except UnidentifiedImageError as fault:
        raise WorldError(f"{path.name} is not a PNG, JPEG, WebP or AVIF picture.", "Choose a picture file.") from fault
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
        raise WorldError(f"{path.name} cannot be read: {fault}.", "The file may be damaged.") from fault
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise WorldError(f"{path.name} has more than {MAX_PIXELS // 10**6} million pixels.", "Scale it down first.")
    return image


def _refuse_long_texts(path: Path) -> None:
    """Before Pillow takes a PNG's chunks into memory: WorldError where one of text is huge (PNG specification, 5.3)."""
    with open(path, "rb") as file:
        if file.read(8) != b"\x89PNG\r\n\x1a\n":
            return
        while len(head := file.read(8)) == 8:
            size, kind = int.from_bytes(head[:4], "big"), head[4:]
            if kind != b"IDAT" and size > MAX_CHUNK:
                raise WorldError(f"{path.name} carries a text of over {MAX_CHUNK // 2**20} MB.", "Save it anew without its metadata.")
            if kind == b"IEND":
                return
            file.seek(size + 4, os.SEEK_CUR)


def decode_rgb(image: Image.Image, name: str) -> tuple[int, int, bytes]:
    """(width, height, RGB bytes); WorldError where the data is damaged."""
    try:
        rgb = image.convert("RGB")
        return rgb.width, rgb.height, rgb.tobytes()
    except (OSError, ValueError, SyntaxError) as fault:
        raise WorldError(f"{name} is damaged: {fault}.", "Take another copy of it.") from fault


def texts_of(image: Image.Image) -> dict[str, str]:
    """All text a picture carries: PNG chunks by key, and EXIF's user comment as "parameters"."""
    found: dict[str, str] = {}
    for key, value in cast("dict[Any, Any]", image.info).items():
        if isinstance(key, str) and isinstance(value, str) and len(value) <= MAX_TEXT:
            found[key] = value
    if "parameters" not in found:
        comment, maker = _exif_texts(image)
        found |= {key: text for key, text in (("parameters", comment), ("calotype", maker)) if text}
    return found


def _exif_texts(image: Image.Image) -> tuple[str, str]:
    """The user comment, and our own recipe from the maker's note; "" for what is not there."""
    try:
        exif = cast("dict[int, object]", image.getexif().get_ifd(0x8769))
        comment, maker = exif.get(USER_COMMENT), exif.get(MAKER_NOTE)
    except (OSError, ValueError, SyntaxError, TypeError, KeyError):
        return "", ""
    ours = maker[len(MAKER):] if isinstance(maker, bytes) and maker.startswith(MAKER) and len(maker) <= MAX_TEXT else b""
    return _comment(comment), ours.decode("utf-8", "replace")


def _comment(raw: object) -> str:
    if isinstance(raw, str):
        return raw[:MAX_TEXT]
    if not isinstance(raw, bytes) or len(raw) > MAX_TEXT:
        return ""
    if raw.startswith(b"UNICODE\0"):
        body = raw[8:]
        little = body[1:2] == b"\0" or body.startswith(b"\xff\xfe")
        return body.decode("utf-16-le" if little else "utf-16-be", "replace").lstrip("\ufeff")
    return raw.removeprefix(b"ASCII\0\0\0").decode("utf-8", "replace")

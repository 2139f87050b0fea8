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
MAX_BYTES, MAX_PIXELS, MAX_TEXT = 128 * 2**20, 64_000_000, 2**20
_USER_COMMENT = 0x9286


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
    if "parameters" not in found and (comment := _user_comment(image)):
        found["parameters"] = comment
    return found


def _user_comment(image: Image.Image) -> str:
    try:
        raw = cast("object", image.getexif().get_ifd(0x8769).get(_USER_COMMENT))
    except (OSError, ValueError, SyntaxError, TypeError, KeyError):
        return ""
    if isinstance(raw, str):
        return raw[:MAX_TEXT]
    if not isinstance(raw, bytes) or len(raw) > MAX_TEXT:
        return ""
    if raw.startswith(b"UNICODE\0"):
        body = raw[8:]
        little = body[1:2] == b"\0" or body.startswith(b"\xff\xfe")
        return body.decode("utf-16-le" if little else "utf-16-be", "replace").lstrip("\ufeff")
    return raw.removeprefix(b"ASCII\0\0\0").decode("utf-8", "replace")

"""Opening a picture file from anywhere: limits first, then its texts and pixels, never its program.

The one boundary to the decoders: whatever they raise leaves here as WorldError, a sentence.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from PIL import Image, ImageChops, PngImagePlugin, UnidentifiedImageError

from core.durable import open_regular
from core.errors import WorldError
from core.metadata.exif import look_over_exif
from core.metadata.limits import MAX_PIXELS, MAX_TEXTS, look_over
from core.picture import Recipe

FORMATS_READ = ("PNG", "JPEG", "WEBP", "AVIF")
MAX_BYTES, MAX_TEXT = 128 * 2**20, 2**20
USER_COMMENT, MAKER_NOTE = 0x9286, 0x927C
MAKER = b"calotype\0"  # our own recipe, where there are no text chunks
PngImagePlugin.MAX_TEXT_CHUNK = MAX_TEXTS  # `look_over` has counted them before, unpacked; 1 MB is too little for workflows
_LONGEST_NAME, _LONGEST_REASON = 80, 200


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read: `request` by the command line's names, and what was only approximated or left out."""

    format: str
    request: Mapping[str, object] = field(default_factory=lambda: dict[str, object]())
    approximated: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    recipe: Recipe | None = None


@contextlib.contextmanager
def decoding(name: str) -> Generator[None]:
    """Around every call of a decoder: what it raises becomes a WorldError about the picture `name`, what it warns of is left out.

    Decoders of damaged files raise nearly everything: RuntimeError, struct.error, MemoryError, ZeroDivisionError and more.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except WorldError:
        raise
    except UnidentifiedImageError as fault:
        raise WorldError(f"{name} is not a PNG, JPEG, WebP or AVIF picture.", "Choose a picture file.") from fault
    except MemoryError as fault:
        raise WorldError(f"{name} takes more memory than there is.", "Close other programs, or scale it down first.") from fault
    except Exception as fault:  # the one boundary of the decoders
        raise WorldError(f"{name} cannot be read: {_reason(fault)}.", "The file may be damaged: take another copy of it.") from fault


def open_image(path: Path) -> Image.Image:
    """The image, its pixels not yet decoded; to be closed. WorldError in one sentence where it is missing, foreign or too large."""
    name = shown(path)
    try:
        file = open_regular(path)
    except FileNotFoundError as fault:
        raise WorldError(f"There is no file {shown(path, whole=True)}.", "Check the name.") from fault
    except (OSError, ValueError) as fault:
        raise WorldError(f"{name} cannot be opened: {_reason(fault)}.", "Choose a picture file that you may read.") from fault
    with contextlib.ExitStack() as opened:
        opened.callback(file.close)
        with decoding(name):
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise WorldError(f"{name} is larger than {MAX_BYTES // 2**20} MB.", "Only pictures are read.")
            exif = look_over(file, name)
            image = Image.open(file, formats=FORMATS_READ)
        if image.width * image.height > MAX_PIXELS:
            raise WorldError(f"{name} has more than {MAX_PIXELS // 10**6} million pixels.", "Scale it down first.")
        if exif and "exif" not in image.info:  # of a PNG, behind the pixels
            image.info["exif"] = exif
        image._exclusive_fp = True  # type: ignore[attr-defined]  # Pillow closes only files that are its own
        opened.pop_all()
    return image


def shown(path: Path, *, whole: bool = False) -> str:
    """A file's name (or its whole path) for a sentence: bounded, and of characters that can be written anywhere."""
    text = (str(path) if whole else path.name).encode("utf-8", "replace").decode()
    text = "".join(c if c.isprintable() else "?" for c in text)
    longest = 4 * _LONGEST_NAME if whole else _LONGEST_NAME
    return text if len(text) <= longest else f"{text[:longest]}..."


def _reason(fault: Exception) -> str:
    text = (fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)) or type(fault).__name__
    return " ".join(text.encode("utf-8", "replace").decode().split())[:_LONGEST_REASON].rstrip(".")


def opaque(image: Image.Image) -> Image.Image:
    """In RGB, what is transparent on white, so that hidden colours stay hidden. To be called within `decoding`."""
    seen = _seen(image)
    if seen.mode != "RGBA":
        return seen
    white = Image.new("RGB", seen.size, "white")
    white.paste(seen, mask=seen.getchannel("A"))
    return white


def _seen(image: Image.Image) -> Image.Image:
    """In RGB, or in RGBA where something may be transparent."""
    image.load()
    if image.mode == "I" or image.mode.startswith("I;16"):
        image = _eight_bit(image)
    clear = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    if clear and image.mode in ("La", "RGBa"):
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    return image.convert("RGBA" if clear else "RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """Grey of 16 bits in 8: the upper ones. (Pillow itself makes white of all above 255.)"""
    raw = image.convert("I").tobytes()  # 32 bits each, in the machine's order
    low, high = (0, 1) if sys.byteorder == "little" else (3, 2)
    below, grey = (Image.frombytes("L", image.size, raw[at::4]) for at in (low, high))
    hidden = cast("object", image.info.get("transparency"))
    if not isinstance(hidden, int):
        return grey
    masks = [part.point([0 if value == wanted else 255 for value in range(256)])
             for part, wanted in ((below, hidden & 255), (grey, hidden >> 8))]
    return Image.merge("LA", (grey, ImageChops.lighter(*masks)))


def decode_seen(image: Image.Image, name: str) -> tuple[int, int, bytes, bool]:
    """(width, height, bytes, whether they are RGBA and not RGB); WorldError where the data is damaged."""
    with decoding(name):
        seen = _seen(image)
        return seen.width, seen.height, seen.tobytes(), seen.mode == "RGBA"


def decode_rgb(image: Image.Image, name: str) -> tuple[int, int, bytes]:
    """(width, height, RGB bytes), what is transparent on white; WorldError where the data is damaged."""
    with decoding(name):
        rgb = opaque(image)
        return rgb.width, rgb.height, rgb.tobytes()


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
    """The user comment, and our own recipe from the maker's note; "" for what is not there or damaged."""
    exif: dict[int, object] = {}
    with contextlib.suppress(WorldError), decoding("EXIF"):
        raw = _raw_exif(image)
        look_over_exif(raw, "EXIF")
        directory = Image.Exif()
        directory.load(raw)
        exif = cast("dict[int, object]", directory.get_ifd(0x8769))
    comment, maker = exif.get(USER_COMMENT), exif.get(MAKER_NOTE)
    ours = maker[len(MAKER):] if isinstance(maker, bytes) and maker.startswith(MAKER) and len(maker) <= MAX_TEXT else b""
    return _comment(comment), ours.decode("utf-8", "replace")


def _raw_exif(image: Image.Image) -> bytes:
    """EXIF data as the file holds them; in a PNG of some programs as hexadecimal text behind three lines."""
    raw = cast("object", image.info.get("exif"))
    if isinstance(raw, bytes):
        return raw
    text = cast("object", image.info.get("Raw profile type exif"))
    return bytes.fromhex("".join(text.split("\n")[3:])) if isinstance(text, str) else b""


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

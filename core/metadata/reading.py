"""Opening a picture file from anywhere: limits first, then its texts and pixels, never its program.

The one boundary to the decoders: whatever they raise leaves here as WorldError, a sentence.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import cast

from PIL import Image, ImageChops, PngImagePlugin, UnidentifiedImageError

from core.metadata import texts
from core.metadata.limits import MAX_TEXTS, check_container, check_size
from core.metadata.texts import Carried
from core.system.errors import WorldError
from core.system.regular_files import display_name, open_regular
from core.values.picture import Pixels

FORMATS_READ = ("PNG", "JPEG", "WEBP", "AVIF")
MAX_BYTES = 256 * 2**20  # of a file: more than the largest picture takes as a PNG
# among what Pillow keeps of an image: it tells only of what lies before the pixels
_CARRIED = "carried"
# `check_container` has counted them before, unpacked; 1 MB is too little for workflows
PngImagePlugin.MAX_TEXT_CHUNK = MAX_TEXTS
_LONGEST_REASON = 200


@contextlib.contextmanager
def decoding(name: str) -> Generator[None]:
    """Around every call of a decoder: raises WorldError about the picture `name` for whatever the
    decoder raises; what it warns of is left out.

    Decoders of damaged files raise nearly everything: RuntimeError, struct.error, MemoryError,
    ZeroDivisionError and more.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except WorldError:
        raise
    except UnidentifiedImageError as fault:
        raise WorldError(
            f"{name} is not a PNG, JPEG, WebP or AVIF picture.", "Choose a picture file."
        ) from fault
    except MemoryError as fault:
        raise WorldError(
            f"{name} takes more memory than there is.",
            "Close other programs, or scale it down first.",
        ) from fault
    except Exception as fault:  # the one boundary of the decoders
        raise WorldError(
            f"{name} cannot be read: {_reason(fault)}.",
            "The file may be damaged: take another copy of it.",
        ) from fault


def open_image(path: Path) -> Image.Image:
    """The image, its pixels not yet decoded; to be closed.

    Raises WorldError, one sentence, where it is missing, foreign or too large.
    """
    name = display_name(path)
    try:
        file = open_regular(path)
    except FileNotFoundError as fault:
        raise WorldError(
            f"There is no file {display_name(path, whole=True)}.", "Check the name."
        ) from fault
    except (OSError, ValueError) as fault:
        raise WorldError(
            f"{name} cannot be opened: {_reason(fault)}.",
            "Choose a picture file that you may read.",
        ) from fault
    with contextlib.ExitStack() as opened:
        opened.callback(file.close)
        with decoding(name):
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise WorldError(
                    f"{name} is larger than {MAX_BYTES // 2**20} MB.", "Only pictures are read."
                )
            carried = check_container(file, name)
            image = Image.open(file, formats=FORMATS_READ)
        check_size(image.width, image.height, name)
        image.info[_CARRIED] = carried
        # Pillow closes only files that are its own
        image._exclusive_fp = True  # type: ignore[attr-defined]
        opened.pop_all()
    return image


def _reason(fault: Exception) -> str:
    text = str(fault)
    if isinstance(fault, OSError) and fault.strerror:
        text = fault.strerror
    text = (text or type(fault).__name__).encode("utf-8", "replace").decode()
    return " ".join(text.split())[:_LONGEST_REASON].rstrip(".")


def opaque(image: Image.Image) -> Image.Image:
    """In RGB, what is transparent on white, so that hidden colours stay hidden.
    To be called within `decoding`."""
    seen = in_rgb(image)
    if seen.mode != "RGBA":
        return seen
    white = Image.new("RGB", seen.size, "white")
    white.paste(seen, mask=seen.getchannel("A"))
    return white


def in_rgb(image: Image.Image) -> Image.Image:
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
    # clear is what has both bytes of the one hidden value
    masks = (_unlike(below, hidden & 255), _unlike(grey, hidden >> 8))
    return Image.merge("LA", (grey, ImageChops.lighter(*masks)))


def _unlike(image: Image.Image, wanted: int) -> Image.Image:
    """0 where the grey image has this value, 255 elsewhere."""
    return image.point([0 if value == wanted else 255 for value in range(256)])


def decode_seen(image: Image.Image, name: str) -> tuple[int, int, bytes, bool]:
    """(width, height, bytes, whether they are RGBA and not RGB): height rows of width * 4 or
    width * 3 bytes. Raises WorldError where the data is damaged."""
    with decoding(name):
        seen = in_rgb(image)
        return seen.width, seen.height, seen.tobytes(), seen.mode == "RGBA"


def decode_rgb(image: Image.Image, name: str) -> tuple[int, int, bytes]:
    """(width, height, height rows of width * 3 bytes RGB), what is transparent on white.
    Raises WorldError where the data is damaged."""
    with decoding(name):
        rgb = opaque(image)
        return rgb.width, rgb.height, rgb.tobytes()


def decode_pixels(image: Image.Image, name: str) -> Pixels:
    """The picture's pixels, with alpha where some of them can be seen through. Raises WorldError
    where the data is damaged."""
    with decoding(name):
        seen = in_rgb(image)
        rgb = seen.convert("RGB").tobytes()
        alpha = seen.getchannel("A") if seen.mode == "RGBA" else None
        if alpha is None or alpha.getextrema() == (255, 255):
            return Pixels(seen.width, seen.height, rgb)
        return Pixels(seen.width, seen.height, rgb, alpha.tobytes())


def is_whole(image: Image.Image) -> bool:
    """Whether the file of a picture of `open_image` goes on to its own end; False also where only
    its decoder could tell."""
    carried = cast("object", image.info.get(_CARRIED))
    return isinstance(carried, Carried) and carried.whole


def texts_of_image(image: Image.Image) -> dict[str, str]:
    """All text that a picture of `open_image` carries, by key: PNG chunks, EXIF's user comment as
    "parameters", XMP and others."""
    carried = cast("object", image.info.get(_CARRIED))
    return texts.decoded_texts(carried) if isinstance(carried, Carried) else {}

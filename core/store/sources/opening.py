"""A picture file of any kind as a picture to start from: upright, in 8 bits and sRGB, what is
transparent still so.

The decoders are loaded when the first file is opened: a window that opens none does not wait for
them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.store.sources.opened_picture import OpenedPicture
from core.system.regular_files import display_name

if TYPE_CHECKING:
    from PIL import Image


def open_start_picture(path: Path) -> OpenedPicture:
    """The picture of a file, in mode "RGB" or "RGBA".

    Raises WorldError, one sentence, where it is missing, foreign, damaged or larger than
    `core.metadata.limits` allows.
    """
    from core.metadata.reading import decoding, open_image
    from core.store.sources.to_srgb import upright_in_srgb

    name = display_name(path)
    with open_image(path) as image, decoding(name):
        upright, notes = upright_in_srgb(image, name)
        return OpenedPicture(
            width=upright.width,
            height=upright.height,
            mode=upright.mode,
            data=upright.tobytes(),
            notes=notes,
        )


def mask_of(opened: OpenedPicture) -> OpenedPicture:
    """The picture read as a mask, in mode "L": white is made anew.

    What was painted in a single colour on transparency is white as far as it is opaque, whatever
    its colour; of any other picture the luminance counts (ITU-R BT.601), transparent places being
    black. Raises WorldError where there is no memory for it.
    """
    from PIL import Image

    from core.metadata.reading import decoding

    if opened.mode == "L":
        return opened
    with decoding("The mask"):
        picture = Image.frombytes(opened.mode, (opened.width, opened.height), opened.data)
        grey = _painted(picture) if opened.mode == "RGBA" else picture.convert("L")
        return replace(opened, mode="L", data=grey.tobytes())


def _painted(picture: Image.Image) -> Image.Image:
    """The mask that a picture in RGBA is, in grey."""
    from PIL import Image

    alpha = picture.getchannel("A")
    colours = picture.convert("RGB")
    seen = colours.histogram(mask=alpha)  # of places that are not fully transparent
    levels = [sum(count > 0 for count in seen[at : at + 256]) for at in (0, 256, 512)]
    if max(levels) <= 1:
        return alpha
    on_black = Image.new("RGB", colours.size)
    on_black.paste(colours, mask=alpha)
    return on_black.convert("L")

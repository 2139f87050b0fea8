"""A picture file of any kind as a picture to start from: upright, in 8 bits and sRGB, what is
transparent still so.

The decoders are loaded when the first file is opened: a window that opens none does not wait for
them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.store.sources.opened_picture import OpenedPicture


def open_start_picture(path: Path) -> OpenedPicture:
    """The picture of a file, in mode "RGB" or "RGBA".

    Raises WorldError, one sentence, where it is missing, foreign, damaged or larger than
    `core.metadata.limits` allows.
    """
    from core.metadata.reading import decoding, display_name, open_image
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
    black.
    """
    if opened.mode == "L":
        return opened
    from PIL import Image

    picture = Image.frombytes(opened.mode, (opened.width, opened.height), opened.data)
    if opened.mode == "RGB":
        return replace(opened, mode="L", data=picture.convert("L").tobytes())
    alpha = picture.getchannel("A")
    painted = picture.convert("RGB")
    seen = painted.histogram(mask=alpha)  # of places that are not fully transparent
    has_one_colour = all(
        sum(map(bool, seen[channel : channel + 256])) <= 1 for channel in (0, 256, 512)
    )
    if has_one_colour:
        return replace(opened, mode="L", data=alpha.tobytes())
    on_black = Image.new("RGB", painted.size)
    on_black.paste(painted, mask=alpha)
    return replace(opened, mode="L", data=on_black.convert("L").tobytes())

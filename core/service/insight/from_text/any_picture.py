"""Any picture, as an autoencoder takes it."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from core.metadata.reading import decode_pixels, open_image
from core.system.errors import WorldError
from core.system.regular_files import display_name
from core.values.picture import Pixels

SIDE = 16  # pixels: sides are multiples of this, which suits all families
MOST_SIDE = 768  # pixels; larger pictures are made smaller


def fitting_picture(path: Path) -> Pixels:
    """The picture of a file, its longer side at most 768 pixels, cut in the middle to whole places
    of latents. Not for the GUI thread. Raises KnownError where it cannot be read, or is too small.
    """
    with open_image(path) as image:
        pixels = decode_pixels(image, display_name(path))
    rows = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    rows.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
    width, height = rows.width // SIDE * SIDE, rows.height // SIDE * SIDE
    if not width or not height:
        raise WorldError(
            f"{display_name(path)} is smaller than {SIDE} pixels.", "Choose a larger picture."
        )
    left, top = (rows.width - width) // 2, (rows.height - height) // 2
    rows = rows.crop((left, top, left + width, top + height))
    return Pixels(width, height, rows.tobytes())

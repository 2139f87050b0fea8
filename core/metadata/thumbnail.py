"""A small copy of a picture that is in memory, as JPEG."""

from __future__ import annotations

import io

from PIL import Image

THUMBNAIL = 256  # pixels of the longer side
QUALITY = 92


def small_jpeg(rgb: Image.Image, side: int = THUMBNAIL) -> bytes:
    """Of an image in RGB, which stays as it is: its longer side has at most `side` pixels, a small
    picture keeps its size."""
    longer = max(rgb.size)
    if longer % side == 0:  # the mean of whole squares, at a quarter of the time
        small = rgb.reduce(longer // side)
    else:
        small = rgb.copy()
        small.thumbnail((side, side), Image.Resampling.BOX, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()

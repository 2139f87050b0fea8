"""What was made, laid over the picture it was made from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.engine.diffusion.picture_inputs.masks import PixelRows, Plane


def composite(source: PixelRows, made: PixelRows, alpha: Plane) -> PixelRows:
    """(h, w, 3) of both: where `alpha` (h, w) is 0 the source bit for bit, where it is 255 what was
    made, between them a mixture rounded to the nearest of 8 bits."""
    return mixed(made, source, alpha[..., None])


def mixed(above: PixelRows, below: PixelRows, alpha: NDArray[np.uint8]) -> PixelRows:
    """`above` by alpha / 255 over `below`, all of one shape or broadcast to it."""
    share = alpha.astype(np.uint16)
    total = above * share  # at most 255 * 255: 16 bits hold it
    total += below * (255 - share)
    return ((total + 127) // 255).astype(np.uint8)

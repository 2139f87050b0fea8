"""Whether the border of a mask can be seen in a picture: how much neighbours differ across it,
beside the same on lines that run parallel a few pixels away.

    python tests/bench/pictures/seams.py PICTURE MASK [PICTURE MASK ...]

Prints each ratio and the median. A picture without a seam has about 1; a step of one level in a
smooth picture is far above it.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
APART = 4  # pixels from the border to the parallel lines
LIMIT = 1.15


def gradient_across(pixels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> float | None:
    """The mean difference, of 255, of the pixels (h, w, 3) that lie side by side on two sides of
    the border of a mask (h, w), which counts from its half on; None where it has no border."""
    inside = mask >= 128
    colours = pixels.astype(np.float64)
    found: list[NDArray[np.float64]] = []
    for axis in (0, 1):
        across = np.diff(inside.astype(np.int8), axis=axis) != 0
        found.append(np.abs(np.diff(colours, axis=axis)).mean(-1)[across])
    differences = np.concatenate(found)
    return float(differences.mean()) if len(differences) else None


def seam_ratio(
    pixels: NDArray[np.uint8], mask: NDArray[np.uint8], apart: int = APART
) -> float | None:
    """The gradient across the mask's border by the mean of those across the lines `apart` pixels
    outside and inside of it; None where the mask has no border, or no such line."""
    from core.engine.diffusion.picture_inputs.masks import grown, hard

    clear = hard(mask)
    border = gradient_across(pixels, clear)
    beside = [gradient_across(pixels, grown(clear, by)) for by in (-apart, apart)]
    lines = [gradient for gradient in beside if gradient is not None]
    if border is None or not lines:
        return None
    reference = statistics.fmean(lines)
    if reference == 0:
        return 1.0 if border == 0 else float("inf")
    return border / reference


def main(paths: list[str]) -> int:
    """Exit code 0 where the median is within the limit."""
    from PIL import Image

    if not paths or len(paths) % 2:
        print(__doc__)
        return 2
    ratios = list[float]()
    for picture, mask in zip(paths[::2], paths[1::2], strict=True):
        with Image.open(picture) as image, Image.open(mask) as grey:
            ratio = seam_ratio(np.array(image.convert("RGB")), np.array(grey.convert("L")))
        print(f"{picture}  {'no border' if ratio is None else f'{ratio:.3f}'}")
        if ratio is not None:
            ratios.append(ratio)
    if not ratios:
        return 2
    median = statistics.median(ratios)
    print(f"median {median:.3f} of {len(ratios)} (limit {LIMIT})")
    return 1 if median > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

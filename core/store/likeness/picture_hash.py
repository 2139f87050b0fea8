"""A number of 63 bits that pictures share nearly which look nearly alike: the signs of the slowest
waves of a small grey copy (the discrete cosine transform, DCT-II), each against their median.

After Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), 3.2.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from operator import mul
from typing import TYPE_CHECKING

from core.system.errors import WorldError

if TYPE_CHECKING:
    from PIL import Image

SIDE = 32  # pixels of the grey copy
WAVES = 8  # each way; the flat one among them says how bright a picture is, and does not count
BITS = WAVES * WAVES - 1
_FLAT = SIDE * SIDE / 4  # of a wave: a quarter of a grey level
_COSINES = tuple(
    tuple(math.cos(math.pi * wave * (2 * at + 1) / (2 * SIDE)) for at in range(SIDE))
    for wave in range(WAVES)
)


# in a mirror every other wave along the rows has the other sign
_TURNED = tuple(-1 if at % 2 else 1 for at in range(WAVES * WAVES))


def picture_hash(image: Image.Image) -> int:
    """Of an image that is decoded, of any mode and size; 0 to 2**63 - 1. What is transparent counts
    as white. 0 is one on which nothing is to be seen, which is like no other."""
    return looks_of(image)[0]


def looks_of_thumbnail(jpeg: bytes) -> tuple[int, int] | None:
    """The same of a thumbnail; None where there is none, or a damaged one."""
    from PIL import Image

    from core.metadata.reading import decoding

    if not jpeg:
        return None
    try:
        with decoding("The thumbnail"), Image.open(io.BytesIO(jpeg)) as image:
            image.draft("RGB", (2 * SIDE, 2 * SIDE))
            return looks_of(image)
    except WorldError:
        return None


def looks_of(image: Image.Image) -> tuple[int, int]:
    """The number of an image, and that of its mirror image (left for right)."""
    from PIL import Image

    from core.metadata.reading import opaque

    grey = opaque(image).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    pixels = grey.tobytes()
    rows = [pixels[at : at + SIDE] for at in range(0, SIDE * SIDE, SIDE)]
    # along each row, then along each column of what came of it
    across = [[sum(map(mul, row, wave)) for row in rows] for wave in _COSINES]
    waves = [sum(map(mul, column, wave)) for wave in _COSINES for column in across]
    if max(map(abs, waves[1:])) < _FLAT:
        return 0, 0
    mirrored = list(map(mul, waves, _TURNED))
    return _number(waves[1:]), _number(mirrored[1:])


def _number(waves: Sequence[float]) -> int:
    middle = sorted(waves)[BITS // 2]
    return sum(1 << at for at, wave in enumerate(waves) if wave > middle)


def distance(one: int, other: int) -> int:
    """In how many of 63 bits two of them differ."""
    return (one ^ other).bit_count()

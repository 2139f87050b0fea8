"""Whether somebody sees that two pictures differ: S-CIELAB (Zhang & Wandell, "A spatial extension
of CIELAB for digital color image reproduction", SID 1996).

Each picture is blurred as the eye blurs it, in one channel of light and two of opposite colours;
then CIELAB's distance is taken of each pair of pixels.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from core.service.sweeps.noticeable import JUST_NOTICEABLE
from core.service.sweeps.picture_measures import rows_of
from core.values.picture import Pixels

# pixels a degree of sight: 96 to an inch, looked at from 60 cm
PIXELS_A_DEGREE = 40.0

Planes = NDArray[np.float64]  # (3, h, w)

# linear sRGB to XYZ (IEC 61966-2-1, white D65), and XYZ to light, red-green, blue-yellow
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_OPPONENT = np.array([[0.279, 0.72, -0.107], [-0.449, 0.29, -0.077], [0.086, -0.59, 0.501]])
_WHITE = _XYZ.sum(1)
# weights and spreads in degrees of the Gaussians exp(-(r / spread)^2) that blur each channel
_BLURS = (
    ((0.921, 0.0283), (0.105, 0.133), (-0.108, 4.336)),
    ((0.531, 0.0392), (0.330, 0.494)),
    ((0.488, 0.0536), (0.371, 0.386)),
)


def visibly_apart(first: Pixels, second: Pixels) -> float | None:
    """The share of pixels, 0 to 1, of which somebody would see that they differ, at 100 % on an
    ordinary screen; None where the sizes differ. Edges are blurred around to the other side."""
    if (first.width, first.height) != (second.width, second.height):
        return None
    if first.rgb == second.rgb:
        return 0.0
    distance = np.sqrt(((seen_colours(first) - seen_colours(second)) ** 2).sum(0))
    return float((distance > JUST_NOTICEABLE).mean())


def seen_colours(pixels: Pixels) -> Planes:
    """CIELAB of the picture as the eye blurs it, (3, h, w)."""
    rows = rows_of(pixels) / 255.0
    linear = np.where(rows <= 0.04045, rows / 12.92, ((rows + 0.055) / 1.055) ** 2.4)
    channels = np.einsum("ij,hwj->ihw", _OPPONENT @ _XYZ, linear)
    blurred = np.stack([_blurred(one, blur) for one, blur in zip(channels, _BLURS, strict=True)])
    return _lab(np.einsum("ij,jhw->ihw", np.linalg.inv(_OPPONENT), blurred))


def _blurred(plane: NDArray[np.float64], blur: tuple[tuple[float, float], ...]) -> Any:
    """By the sum of Gaussians, whose weights are made to add up to 1: a surface stays as it is."""
    rows = np.fft.fftfreq(plane.shape[0])[:, None] * PIXELS_A_DEGREE
    columns = np.fft.rfftfreq(plane.shape[1])[None, :] * PIXELS_A_DEGREE
    squared = rows**2 + columns**2  # cycles a degree
    total = sum(weight for weight, _ in blur)
    # of exp(-(r / s)^2) over its sum the Fourier transform is exp(-(pi s f)^2)
    passed = sum(w / total * np.exp(-((np.pi * s) ** 2) * squared) for w, s in blur)
    return np.fft.irfft2(np.fft.rfft2(plane) * passed, plane.shape)


def _lab(xyz: Planes) -> Planes:
    """CIE 1976 L*, a*, b* of XYZ, white D65."""
    ratio = xyz / _WHITE[:, None, None]
    bend = 6 / 29
    f = cast("Planes", np.where(ratio > bend**3, np.cbrt(ratio), ratio / (3 * bend**2) + 4 / 29))
    return np.stack((116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])))

"""Figures that say little one by one, weighed together into one, 0 to 1.

The weights are those of logistic regressions on the pictures of tests/bench/insight/caused.py that
are not judged: of each fault against good pictures, and of burnt pictures against noisy ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.service.insight.symptoms.measures.grain import Grain, Sharpness
from core.service.insight.symptoms.measures.repeats import Repeat
from core.service.insight.symptoms.measures.tone import Tone

_SPECKS, _BRIGHT, _LEVELS = 0.003, 0.002, 0.3  # what is added before a logarithm is taken
_BURNT = (3.45, 5.27, 8.34, -3.46, 6.81), 26.84
_NO_NOISE = (-0.04, 2.59, -5.38, -8.07, 11.62, 9.58), -20.01
_DOUBLED = (2.43, 12.65, 8.10), -10.72


def burnt(tone: Tone, grain: Grain, sharpness: Sharpness) -> float:
    """How burnt: many specks at the end of the range, in colours too, grain where it is quiet more
    than elsewhere, and round edges."""
    return _together(_BURNT, (*_specks(tone), *_levels(grain.luma, grain.middle), sharpness.width))


def burnt_not_noise(tone: Tone, grain: Grain, sharpness: Sharpness) -> float:
    """Of a grainy picture: that it is burnt. Noise is in colours too, and in small lumps."""
    levels = _levels(grain.luma, grain.colour, grain.middle)
    return _together(_NO_NOISE, (*_specks(tone), *levels, sharpness.lumps))


def doubled(repeat: Repeat) -> float:
    """How much a picture is there twice, one above the other before all."""
    return _together(_DOUBLED, (repeat.alike, repeat.below, repeat.bands))


def _specks(tone: Tone) -> tuple[float, float]:
    return math.log(tone.specks + _SPECKS), math.log(tone.bright_specks + _BRIGHT)


def _levels(*values: float) -> tuple[float, ...]:
    return tuple(math.log(value + _LEVELS) for value in values)


def _together(weights: tuple[Sequence[float], float], figures: Sequence[float]) -> float:
    each, start = weights
    total = start + sum(weight * figure for weight, figure in zip(each, figures, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

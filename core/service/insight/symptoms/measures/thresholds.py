"""From which figure on something counts as a symptom, and what is usual.

Found on pictures of the starter in all its styles, sizes and samplers, on others of which each had
one fault that was caused, and on photographs; judged on others: tests/bench/insight/symptoms.py.
`usual` is where nine tenths of the good ones lie.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.values.insight.symptoms import Evidence, Unit


@dataclass(frozen=True, slots=True)
class Threshold:
    """Of one measure, which is named in words: where it begins to count, below it where `is_below`,
    and what is usual."""

    measure: str
    at: float
    usual: tuple[float, float]
    unit: Unit = Unit.PLAIN
    is_below: bool = False

    def evidence(self, value: float) -> Evidence:
        """A figure beside it."""
        return Evidence(
            measure=self.measure,
            value=value,
            threshold=self.at,
            usual=self.usual,
            unit=self.unit,
            is_below=self.is_below,
        )


SPREAD = Threshold(  # below it nothing is seen
    "Spread of all levels, of 255", 1.5, (20.0, 80.0), is_below=True
)
EMPTY = Threshold("Largest empty rectangle, of the picture", 0.03, (0.0, 0.0), Unit.SHARE)
TONES = Threshold(
    "Span of brightness and strongest colours, added", 0.505, (0.65, 1.6), is_below=True
)
DARKEST = Threshold("Darkest place, from black to white", 0.2, (0.0, 0.45), Unit.SHARE)
SPECKS = Threshold("Specks at the end of the range", 0.0105, (0.0, 0.019), Unit.SHARE)
BURNT = Threshold(
    "Specks, grain where it is quiet and round edges, weighed together", 0.43, (0.0, 0.1)
)
NOT_NOISE = 0.7  # from there on a grainy picture is burnt
GRAIN = Threshold("Grain in brightness where it is quiet, in levels", 3.9, (0.3, 2.1))
COLOUR_GRAIN = Threshold("Grain in colour where it is quiet, in levels", 2.5, (0.5, 1.7))
ROUGH = replace(GRAIN, at=1.7)  # what is burnt is rough too
COLOUR_BESIDE = 0.45  # times the grain in brightness: noise is in colours too, gravel hardly
SOFTNESS = Threshold("Softness: steps over eight pixels beside two", 2.3, (1.45, 2.05))
BLURRED = 2.75  # from this softness of its inner part on it is blurred, whatever its colours
ENLARGED = 2.8  # the same of pictures that were enlarged three times and more
LINE = Threshold("Straight line that stands out, of its length", 0.32, (0.0, 0.0), Unit.SHARE)
DOUBLED = Threshold("Likeness of places one above the other, weighed together", 0.27, (0.0, 0.3))
VAE_LIKENESS = Threshold(
    "Likeness of the VAE's first layer to the model's own", 0.85, (0.95, 1.0), is_below=True
)

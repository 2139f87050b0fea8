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
CONTRAST = Threshold("Span from darkest to lightest", 0.335, (0.4, 1.0), Unit.SHARE, is_below=True)
DARKEST = Threshold("Darkest place, from black to white", 0.2, (0.0, 0.45), Unit.SHARE)
LIGHTEST = Threshold(
    "Lightest place, from black to white", 0.755, (0.75, 1.0), Unit.SHARE, is_below=True
)
COLOUR = Threshold("Strongest colours", 0.3, (0.2, 0.7), Unit.SHARE, is_below=True)
SPECKS = Threshold("Specks at the end of the range", 0.0265, (0.0, 0.016), Unit.SHARE)
BRIGHT_SPECKS = Threshold(
    "Coloured specks at the end of the range", 0.012, (0.0, 0.009), Unit.SHARE
)
# The same of pictures that are rough where they are quiet, and of those that are grainy there, as
# burnt ones are where nothing should be.
ROUGH_SPECKS, ROUGH_BRIGHT_SPECKS = replace(SPECKS, at=0.012), replace(BRIGHT_SPECKS, at=0.01)
GRAINY_SPECKS, GRAINY_BRIGHT_SPECKS = (
    replace(SPECKS, at=0.0165),
    replace(BRIGHT_SPECKS, at=0.004),
)
GRAIN = Threshold("Grain in brightness where it is quiet, in levels", 3.9, (0.3, 2.0))
COLOUR_GRAIN = Threshold("Grain in colour where it is quiet, in levels", 2.5, (0.4, 1.5))
ROUGH = replace(GRAIN, at=2.0)
COLOUR_BESIDE = 0.45  # times the grain in brightness: noise is in colours too, gravel hardly
# So much grain in brightness is noise, whatever the specks in it, where it is in colours too and of
# small lumps; of larger ones, or hardly in colours, it is burnt.
ALL_NOISE, IN_COLOUR, LARGE_LUMPS = 8.5, 0.5, 2.66
WIDTH = Threshold("Softness: steps over eight pixels beside two", 2.36, (1.2, 1.95))
ENLARGED = 2.8  # the same of pictures that were enlarged three times and more
LINE = Threshold("Straight line that stands out, of its length", 0.32, (0.0, 0.0), Unit.SHARE)
REPEATED = Threshold("Detail that is there twice, of all", 0.13, (0.0, 0.12), Unit.SHARE)
ALIKE = Threshold("Likeness of what is there twice", 0.36, (0.0, 0.3), Unit.SHARE)
VAE_LIKENESS = Threshold(
    "Likeness of the VAE's first layer to the model's own", 0.85, (0.95, 1.0), is_below=True
)

"""Where a picture leaves the way of another one, whose first steps it has."""

from __future__ import annotations

from dataclasses import dataclass

from core.values.declared.limits import MAX_STEPS
from core.values.declared.parameter import Parameter, parameter, parameters

MAX_ORIGIN = 400_000  # characters: two longest prompts, as JSON writes them
MOST_STEPS = 64 * MAX_STEPS  # of all passes together


@dataclass(frozen=True, slots=True)
class Branch:
    """`origin` is the request of the picture that it branches off from, as compact JSON, "" for
    none; `step` the last step of that one, counted over all passes, that both have."""

    origin: str = parameter(
        "", Parameter("Branches off from", longest=MAX_ORIGIN, shown=False, option=None)
    )
    step: int = parameter(
        0,
        Parameter(
            "Branches at step",
            remedy="Name a step of the picture that it branches off from.",
            low=0,
            high=MOST_STEPS,
            shown=False,
            option=None,
        ),
    )

    def check(self) -> None:
        """Raises InvalidRequest for the first faulty field."""
        for name, declaration in parameters(type(self)).items():
            declaration.check(name, getattr(self, name))

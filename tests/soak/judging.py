"""What every soak ends with: each figure it prints against its limit. A figure that the table does
not name is a fault of the soak.

A table is a dict of the figures' names: `at_most(0)`, `at_least(1)`, or TOLD for what is printed
but says nothing by itself (how many, how long on this machine).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """From `low` to `high`, both included."""

    low: float = -math.inf
    high: float = math.inf

    def holds(self, figure: object) -> bool:
        """Whether it is a number (True and False count as 1 and 0) within the limit."""
        return (
            isinstance(figure, int | float)
            and not math.isnan(figure)
            and self.low <= figure <= self.high
        )

    def __str__(self) -> str:
        return f"at least {self.low:g}" if self.high == math.inf else f"at most {self.high:g}"


TOLD: Limit | None = None
Limits = Mapping[str, Limit | None]


def at_most(value: float) -> Limit:
    """No more than that."""
    return Limit(high=value)


def at_least(value: float) -> Limit:
    """No less than that."""
    return Limit(low=value)


def exceeded(figures: Mapping[str, object], limits: Limits) -> list[str]:
    """One sentence for each figure that is beyond its limit, missing, or not in the table."""
    found = [
        f"{name}: no figure"
        for name, limit in limits.items()
        if limit is not None and name not in figures
    ]
    for name, figure in figures.items():
        if name not in limits:
            found.append(f"{name}: {figure}, and no limit is named for it")
        elif (limit := limits[name]) is not None and not limit.holds(figure):
            found.append(f"{name}: {figure}, and the limit is {limit}")
    return found


def judge(figures: Mapping[str, object], limits: Limits, of: str = "") -> int:
    """Print the figures (as one line of JSON) and what is beyond its
    limit; the exit code, 0 or 1."""
    print(json.dumps(({"of": of} if of else {}) | dict(figures)), flush=True)
    wrong = exceeded(figures, limits)
    for sentence in wrong:
        print(f"  EXCEEDED{f' ({of})' if of else ''}: {sentence}", flush=True)
    return int(bool(wrong))

"""What a figure of curves shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """Points (across, up) from left to right; no value upwards where there is none to draw."""

    name: str
    points: tuple[tuple[float, float | None], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A line from bottom to top at a place across, with words."""

    at: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Curves, `across` and `up` the words of the axes with their units. `behind` are values
    upwards, drawn as how close they lie, under the name `behind_name`. `span` is what the axis
    upwards shows at least. `table` says all numbers. `counts_across`: whole numbers lie there."""

    across: str
    up: str
    series: tuple[Series, ...] = ()
    is_logarithmic: bool = False
    span: tuple[float, float] | None = None
    behind: tuple[float, ...] = ()
    behind_name: str = ""
    marks: tuple[Mark, ...] = ()
    table: str = ""
    counts_across: bool = False

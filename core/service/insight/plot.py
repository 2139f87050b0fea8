"""A drawing of curves as SVG 1.1, and the same numbers as CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 420
LEFT, TOP, RIGHT, BOTTOM = 76, 52, 24, 60  # margins
# told apart by those who see few colours, and on white as on black (Okabe & Ito 2008)
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_GRID = "#888888"
_TEXT = "#777777"


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (x, y) from left to right, under a name."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over one pair of axes, whose words are `across` and `up`. `is_logarithmic`: upwards,
    where all values are above 0."""

    title: str
    across: str
    up: str
    curves: tuple[Curve, ...]
    is_logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high` at pixels `first` to `last`."""

    low: float
    high: float
    first: float
    last: float
    is_logarithmic: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value."""
        low, high, value = (self._scaled(one) for one in (self.low, self.high, value))
        return self.first + (value - low) / (high - low) * (self.last - self.first)

    def value_at(self, pixel: float) -> float:
        """What lies at a pixel, within the axis."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        share = (pixel - self.first) / ((self.last - self.first) or 1.0)
        scaled = low + min(max(share, 0.0), 1.0) * (high - low)
        return 10.0**scaled if self.is_logarithmic else scaled

    def _scaled(self, value: float) -> float:
        return math.log10(value) if self.is_logarithmic else value

    def ticks(self) -> list[float]:
        """Round values, some five of them."""
        if self.is_logarithmic:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            found = [10.0**power for power in powers if self.low <= 10.0**power <= self.high]
            return found if len(found) > 1 else [self.low, self.high]
        step = 10.0 ** math.floor(math.log10((self.high - self.low) / 4))
        step *= next(by for by in (1, 2, 5, 10) if (self.high - self.low) / (step * by) <= 6)
        first = math.ceil(self.low / step - 1e-9)
        return [i * step for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def svg_of(plot: Plot) -> str:
    """The drawing, as a document of its own with its title and the numbers' span as its text for
    those who cannot see it."""
    x_axis, y_axis = _axes(plot)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" role="img">',
        f"<title>{escape(plot.title)}</title>",
        f"<desc>{escape(_described(plot))}</desc>",
        _words(plot.title, WIDTH / 2, TOP / 2, size=15),
        _words(plot.across, WIDTH / 2, HEIGHT - 14),
        _words(plot.up, 18, HEIGHT / 2, turned=True),
    ]
    for value in x_axis.ticks():
        at = x_axis.at(value)
        parts.append(_line(at, y_axis.first, at, y_axis.last))
        parts.append(_words(f"{value:g}", at, HEIGHT - BOTTOM + 20))
    for value in y_axis.ticks():
        at = y_axis.at(value)
        parts.append(_line(x_axis.first, at, x_axis.last, at))
        parts.append(_words(f"{value:.4g}", LEFT - 8, at + 4, anchor="end"))
    for number, curve in enumerate(plot.curves):
        parts.append(_drawn(curve, COLOURS[number % len(COLOURS)], x_axis.at, y_axis.at))
    if len(plot.curves) > 1:
        parts += _legend(plot.curves)
    return "\n".join((*parts, "</svg>", ""))


def csv_of(plot: Plot) -> str:
    """A row a point: curve, x, y."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("curve", plot.across, plot.up))
    for curve in plot.curves:
        rows.writerows((curve.name, repr(x), repr(y)) for x, y in curve.points)
    return text.getvalue()


def _axes(plot: Plot) -> tuple[Axis, Axis]:
    points = [point for curve in plot.curves for point in curve.points]
    across = _span([x for x, _ in points], is_logarithmic=False)
    up = _span([y for _, y in points], is_logarithmic=plot.is_logarithmic)
    return (
        Axis(*across, LEFT, WIDTH - RIGHT),
        Axis(*up, HEIGHT - BOTTOM, TOP, plot.is_logarithmic),
    )


def _span(values: Sequence[float], *, is_logarithmic: bool) -> tuple[float, float]:
    """From the lowest to the highest, which differ."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if low < high:
        return low, high
    return (low / 2, low * 2) if is_logarithmic else (low - 0.5, low + 0.5)


def _described(plot: Plot) -> str:
    lines = [
        f"{curve.name}: {len(curve.points)} points, from {curve.points[0][1]:.4g} to "
        f"{curve.points[-1][1]:.4g}"
        for curve in plot.curves
        if curve.points
    ]
    return ". ".join(lines)


def _drawn(
    curve: Curve, colour: str, x_at: Callable[[float], float], y_at: Callable[[float], float]
) -> str:
    places = [(x_at(x), y_at(y)) for x, y in curve.points]
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="2.5"/>' for x, y in places)
    return (
        f'<g fill="{colour}"><polyline points="{line}" fill="none" stroke="{colour}" '
        f'stroke-width="2"/>{dots}</g>'
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="{_GRID}" '
        f'stroke-opacity="0.3"/>'
    )


def _words(
    text: str, x: float, y: float, *, anchor: str = "middle", size: int = 13, turned: bool = False
) -> str:
    turn = f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{_TEXT}"{turn}>{escape(text)}</text>'
    )


def _legend(curves: Sequence[Curve]) -> list[str]:
    found: list[str] = []
    for number, curve in enumerate(curves):
        y = TOP + 18 + 18 * number
        colour = COLOURS[number % len(COLOURS)]
        x = WIDTH - RIGHT - 150
        found.append(f'<rect x="{x}" y="{y - 9}" width="12" height="4" fill="{colour}"/>')
        found.append(_words(curve.name, x + 18, y, anchor="start"))
    return found

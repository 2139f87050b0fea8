"""A stroke of a brush: the way it takes, what it covers, and what that does to pixels.

A stroke covers what lies within a radius of its way, so it has no dabs: each piece is reckoned
from the distance to it, and where pieces meet the larger share counts. So a stroke of low opacity
is even however often it crosses itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from core.service.editing.flattening import lay_over
from core.values.editing.document import Box
from desktop.edit.document.differences import united
from desktop.edit.document.painting import Painting
from desktop.edit.pixels.pyramid import Pixels, Plane, packed

SMALLEST = 0.1  # of the size, where the pen hardly touches
PIECE = 0.35  # length of a piece of a bend, in radii

Shares = NDArray[np.float32]  # (h, w), 0 to 1
Within = Callable[[Box], Pixels]  # (h, w), how much of each place may be painted, 0 to 255
Apply = Callable[
    [Pixels, Shares], Pixels
]  # what was there, how much of it is covered: what is there now


@dataclass(frozen=True, slots=True)
class Brush:
    """`size` is the diameter in the document's pixels; the others are 0 to 1. `curve` is the power
    of a pen's pressure: below 1 softer, above 1 harder."""

    size: float
    hardness: float = 0.8
    opacity: float = 1.0
    smoothing: float = 0.3
    curve: float = 1.0
    pressure_sizes: bool = True
    pressure_covers: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the way: pixels of the document, radius, how much it covers (0 to 1)."""

    x: float
    y: float
    radius: float
    share: float

    def between(self, other: Spot, at: float) -> Spot:
        """Part of the way to another."""
        return Spot(
            self.x + (other.x - self.x) * at,
            self.y + (other.y - self.y) * at,
            self.radius + (other.radius - self.radius) * at,
            self.share + (other.share - self.share) * at,
        )


def spot_of(brush: Brush, point: QPointF, pressure: float) -> Spot:
    """Where a pen presses so much (0 to 1)."""
    pressed = min(max(pressure, 0.0), 1.0) ** brush.curve
    size = SMALLEST + (1 - SMALLEST) * pressed if brush.pressure_sizes else 1.0
    share = pressed if brush.pressure_covers else 1.0
    return Spot(point.x(), point.y(), max(brush.size * size / 2, 0.5), share)


class Way:
    """Rounds the corners of a pointer's way: from the middle of one piece to the middle of the
    next, bent towards the point between. With smoothing it lags behind and draws together what
    trembles."""

    def __init__(self, smoothing: float, first: Spot) -> None:
        self._follow = 1.0 - 0.9 * smoothing  # how much of the distance each event makes up
        self._aim = self._corner = self._drawn = first

    def to(self, spot: Spot) -> list[Spot]:
        """The spots that are drawn next, from where it stands."""
        self._aim = spot
        return self._bend(self._corner.between(spot, self._follow))

    def end(self) -> list[Spot]:
        """Up to where the pointer was last."""
        return [self._corner, self._aim]

    def _bend(self, following: Spot) -> list[Spot]:
        begin, corner = self._drawn, self._corner
        end = corner.between(following, 0.5)
        length = math.hypot(end.x - begin.x, end.y - begin.y)
        piece = max(PIECE * corner.radius, 1.5)
        pieces = min(max(math.ceil(length / piece), 1), 24)
        self._corner, self._drawn = following, end
        steps = [number / pieces for number in range(1, pieces + 1)]
        return [begin.between(corner, at).between(corner.between(end, at), at) for at in steps]


class Stroke:
    """`apply` says what the covered share of the pixels becomes; `within` how much of each place
    may be painted (0 to 255), None for all."""

    def __init__(
        self,
        painting: Painting,
        brush: Brush,
        apply: Apply,
        *,
        first: Spot,
        within: Within | None = None,
    ) -> None:
        document = painting.document
        self.painting = painting
        self._brush = brush
        self._apply = apply
        self._within = within
        # touched pages alone take memory
        self._covered = np.zeros((document.height, document.width), np.uint8)
        self._way = Way(brush.smoothing, first)
        self._last = first
        self.touched = False  # whether anything within what may be painted was covered
        self._draw([first])

    def to(self, spot: Spot) -> None:
        """On to here."""
        self._draw(self._way.to(spot))

    def straight_to(self, spot: Spot) -> None:
        """On to here in a straight line, without smoothing."""
        self._draw([spot])

    def end(self) -> None:
        """The rest of the way, up to the pointer."""
        self._draw(self._way.end())

    def _draw(self, spots: list[Spot]) -> None:
        boxes = list(self._cover(spots))
        box = united(boxes)
        if box is None:
            return
        shares = self._covered[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
        covered = shares * np.float32(self._brush.opacity / 255)
        if self._within is not None:
            covered *= self._within(box) * np.float32(1 / 255)
        if covered.any():
            self.touched = True
            self.painting.put(box, self._apply(self.painting.original(box), covered))

    def _cover(self, spots: list[Spot]) -> Iterator[Box]:
        for spot in spots:
            box = self.painting.clipped(_around(self._last, spot))
            if box is not None:
                piece = coverage(box, self._last, spot, self._brush.hardness)
                area = self._covered[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
                more = piece > area
                np.maximum(area, piece, out=area)
                yield from _within(box, more)
            self._last = spot


def _around(one: Spot, other: Spot) -> Box:
    radius = max(one.radius, other.radius) + 1.5
    left = math.floor(min(one.x, other.x) - radius)
    top = math.floor(min(one.y, other.y) - radius)
    right = math.ceil(max(one.x, other.x) + radius)
    bottom = math.ceil(max(one.y, other.y) + radius)
    return left, top, right - left, bottom - top


def _within(box: Box, more: Plane) -> Iterator[Box]:
    """The part of a box where anything is: of a large brush most is covered already."""
    columns, rows = np.flatnonzero(more.any(axis=0)), np.flatnonzero(more.any(axis=1))
    if columns.size:
        left, top = int(columns[0]), int(rows[0])
        width, height = int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top
        yield box[0] + left, box[1] + top, width, height


def coverage(box: Box, one: Spot, other: Spot, hardness: float) -> NDArray[np.uint8]:
    """How much (0 to 255) of each pixel (h, w) of a box the way between two spots covers. A hard
    edge is one pixel wide; a soft one begins within and falls as 3 u^2 - 2 u^3."""
    x = np.arange(box[2], dtype=np.float32)[None, :] + np.float32(box[0] + 0.5 - one.x)
    y = np.arange(box[3], dtype=np.float32)[:, None] + np.float32(box[1] + 0.5 - one.y)
    dx, dy = other.x - one.x, other.y - one.y
    length = dx * dx + dy * dy
    if length < 1e-6:
        square = x * x + y * y
        radius: float | Shares = other.radius
        share: float | Shares = other.share
    else:
        way = x * np.float32(dx / length) + y * np.float32(dy / length)
        along = np.clip(way, np.float32(0), np.float32(1)).astype(np.float32, copy=False)
        square = (x - along * np.float32(dx)) ** 2 + (y - along * np.float32(dy)) ** 2
        radius = _mixed(one.radius, other.radius, along)
        share = _mixed(one.share, other.share, along)
    distance = np.sqrt(square)
    edge = np.maximum(radius * np.float32(1 - hardness), np.float32(1))
    result = np.clip((radius + np.float32(0.5) - distance) / edge, 0, 1)
    if hardness < 1:
        result = result * result * (3 - 2 * result)
    return np.rint(result * (np.float32(255) * share)).astype(np.uint8)


def _mixed(one: float, other: float, along: Shares) -> float | Shares:
    if one == other:
        return one
    return np.float32(one) + along * np.float32(other - one)


# --- what is done to pixels ---


def with_colour(colour: tuple[int, int, int]) -> Apply:
    """Paint over (h, w, 4)."""

    def apply(before: Pixels, shares: Shares) -> Pixels:
        if (before[..., 3] == 255).all():
            return _on_opaque(before, shares, colour)
        return _on_clear(before, shares, colour)

    return apply


def _on_opaque(before: Pixels, shares: Shares, colour: tuple[int, int, int]) -> Pixels:
    """As it is nearly everywhere: in whole numbers, which is several times faster. What is not
    covered comes out bit for bit, and what is wholly covered has the colour."""
    share = np.rint(shares * 256).astype(np.uint16)
    rest = 256 - share
    for channel, value in enumerate(colour):
        plane = before[..., channel] * rest
        plane += share * np.uint16(value)
        plane += 128
        before[..., channel] = plane >> 8
    return before


def _on_clear(before: Pixels, shares: Shares, colour: tuple[int, int, int]) -> Pixels:
    """Over what something can be seen through: within a stroke most is wholly covered, and only its
    edge is reckoned."""
    alpha = np.rint(shares * 255).astype(np.uint8)
    covered = np.array([*colour, 255], np.uint8).view(np.uint32)[0]
    np.copyto(packed(before), covered, where=alpha == 255)
    edge = np.flatnonzero((alpha > 0) & (alpha < 255))
    if edge.size:
        flat = before.reshape(-1, 4)
        below, above = flat[edge][None], np.empty((1, edge.size, 4), np.uint8)
        above[..., :3] = colour
        above[..., 3] = alpha.reshape(-1)[edge]
        lay_over(below, above)
        flat[edge] = below[0]
    return before


def erased(before: Pixels, shares: Shares) -> Pixels:
    """Less of (h, w, 4); what is gone is clear."""
    before[..., 3] = np.rint(before[..., 3] * (1 - shares))
    before[before[..., 3] == 0] = 0
    return before


def towards(value: int) -> Apply:
    """More or less selected, (h, w)."""

    def apply(before: Pixels, shares: Shares) -> Pixels:
        return np.rint(before + (value - before.astype(np.float32)) * shares).astype(np.uint8)

    return apply

"""Where what lay somewhere on a document's sheet lies after that was cropped, turned, flipped or
made larger: so that a result that was asked for before lies where it belongs."""

from __future__ import annotations

import math
from dataclasses import dataclass

Place = tuple[int, int, int, int]  # left, top, width, height in pixels
MOST = 1e9  # by which an area grows or shrinks
FARTHEST = 1e12  # pixels


@dataclass(frozen=True, slots=True)
class Affine:
    """x' = xx x + xy y + left, y' = yx x + yy y + top; in pixels, y downwards."""

    xx: float = 1.0
    xy: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    left: float = 0.0
    top: float = 0.0

    @property
    def area(self) -> float:
        """By which areas grow; below 0 where it mirrors."""
        return self.xx * self.yy - self.xy * self.yx

    def then(self, other: Affine) -> Affine:
        """This one, and then another."""
        left, top = other.at(self.left, self.top)
        return Affine(
            other.xx * self.xx + other.xy * self.yx,
            other.xx * self.xy + other.xy * self.yy,
            other.yx * self.xx + other.yy * self.yx,
            other.yx * self.xy + other.yy * self.yy,
            left,
            top,
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point comes to lie."""
        return self.xx * x + self.xy * y + self.left, self.yx * x + self.yy * y + self.top

    def inverse(self) -> Affine:
        """The way back."""
        area = self.area
        back = Affine(self.yy / area, -self.xy / area, -self.yx / area, self.xx / area)
        left, top = back.at(self.left, self.top)
        return Affine(back.xx, back.xy, back.yx, back.yy, -left, -top)

    def is_possible(self) -> bool:
        """Whether there is a way back that numbers of this size tell."""
        factors = max(map(abs, (self.xx, self.xy, self.yx, self.yy)))
        return (
            1 / MOST <= abs(self.area) <= MOST
            and factors <= MOST
            and max(abs(self.left), abs(self.top)) <= FARTHEST
        )


UNMOVED = Affine()


def moved_on(sheet: Affine, way: Affine) -> Affine:
    """A sheet that went this way, too. Made a point and large again, nobody knows any more where
    anything lay: then it begins anew."""
    changed = sheet.then(way)
    return changed if changed.is_possible() else UNMOVED


@dataclass(frozen=True, slots=True)
class Lying:
    """How a picture lies in a document: in `box`, `mirrored` (left and right) first where it is,
    and then turned clockwise by so many `quarters` of a circle."""

    box: Place
    quarters: int = 0
    mirrored: bool = False


def shifted(right: float, down: float) -> Affine:
    """All of it so many pixels further."""
    return Affine(left=right, top=down)


def scaled(across: float, down: float) -> Affine:
    """By these factors."""
    return Affine(xx=across, yy=down)


def turned(quarters: int, width: int, height: int) -> Affine:
    """A sheet of this size by quarters of a circle, clockwise: its corner lies at 0, 0 again."""
    match quarters % 4:
        case 1:
            return Affine(0.0, -1.0, 1.0, 0.0, height, 0.0)
        case 2:
            return Affine(-1.0, 0.0, 0.0, -1.0, width, height)
        case 3:
            return Affine(0.0, 1.0, -1.0, 0.0, 0.0, width)
        case _:
            return UNMOVED


def mirrored(width: int) -> Affine:
    """A sheet of this width with left and right exchanged."""
    return Affine(xx=-1.0, left=width)


def upside_down(height: int) -> Affine:
    """A sheet of this height with above and below exchanged."""
    return Affine(yy=-1.0, top=height)


def rotated(degrees: float, x: float, y: float) -> Affine:
    """Clockwise about a point."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    return shifted(-x, -y).then(Affine(cos, -sin, sin, cos)).then(shifted(x, y))


def lying(place: Place, then: Affine, now: Affine) -> Lying:
    """How a picture lies now that was given `place` when the sheet lay as `then` says. Where it was
    turned by an odd angle it lies about the same middle, upright."""
    if then == now:
        return Lying(place)
    way = then.inverse().then(now)
    flips = way.area < 0
    # of the turn alone: a mirror before it has changed the sign of the first column
    cos, sin = (-way.xx, -way.yx) if flips else (way.xx, way.yx)
    quarters = round(math.atan2(sin, cos) / (math.pi / 2)) % 4
    left, top, width, height = place
    x, y = way.at(left + width / 2, top + height / 2)
    wide, high = width * math.hypot(way.xx, way.yx), height * math.hypot(way.xy, way.yy)
    if quarters % 2:
        wide, high = high, wide
    begin_x, begin_y = round(x - wide / 2), round(y - high / 2)
    end_x, end_y = round(x + wide / 2), round(y + high / 2)
    box = (begin_x, begin_y, max(end_x - begin_x, 1), max(end_y - begin_y, 1))
    return Lying(box, quarters, flips)


def is_upright(then: Affine, now: Affine) -> bool:
    """Whether what lay on whole pixels' edges does so still, if turned by quarters of a circle."""
    way = then.inverse().then(now)
    flat = abs(way.xy) + abs(way.yx)
    steep = abs(way.xx) + abs(way.yy)
    return min(flat, steep) < 1e-6 * max(flat, steep)

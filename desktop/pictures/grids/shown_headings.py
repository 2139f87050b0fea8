"""Where the headings of a grid are just now: each above its rows, and the one of what is seen first
at the upper edge, until the next one pushes it away."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter, QPalette

from core.values.gallery.question import Order
from desktop.pictures.grids.headings import draw_heading, heading_words
from desktop.pictures.grids.layout.groups import Groups
from desktop.pictures.grids.layout.plan import Plan


@dataclass(frozen=True, slots=True)
class ShownHeadings:
    """`offset` pixels of the content lie above the viewport, which is `width` wide; `height`
    pixels a heading has. No group at all is no heading."""

    plan: Plan
    groups: Groups
    starts: list[int]  # the first row of each group
    order: Order
    offset: int
    width: int
    height: int

    def top_of(self, group: int) -> int:
        """Where a group's heading is in the viewport, were it not to float."""
        return self.plan.tops[self.plan.section_of(self.starts[group])] - self.offset

    def rows_of(self, group: int) -> range:
        """All that stands under a heading."""
        first = self.starts[group]
        return range(first, first + self.groups.counts[group])

    def group_at(self, y: int) -> int:
        """The group at a height of the viewport; -1 where there are none."""
        if not self.starts:
            return -1
        first = self.plan.starts[self.plan.section_at(y + self.offset)]
        return bisect_right(self.starts, first) - 1

    def floating(self) -> tuple[int, QRect]:
        """The group whose heading floats at the upper edge, and where; -1 for none."""
        group = self.group_at(0)
        if group < 0 or self.top_of(group) >= 0:
            return -1, QRect()
        last = group + 1 >= len(self.starts)
        after = self.height if last else self.top_of(group + 1)
        return group, QRect(0, min(0, after - self.height), self.width, self.height)

    def at(self, point: QPoint) -> int:
        """The group whose heading is at a point; -1 where none is."""
        group, place = self.floating()
        if group >= 0 and place.contains(point):
            return group
        on_one = self.starts and self.plan.heading_at(point.y() + self.offset) >= 0
        return self.group_at(point.y()) if on_one else -1

    def words(self, group: int) -> tuple[str, str]:
        """What a heading says."""
        return heading_words(self.order, self.groups.keys[group])

    def draw(self, painter: QPainter, part: QRect, palette: QPalette, pointed_at: int) -> None:
        """What of them reaches into this part of the viewport."""
        floating, place = self.floating()
        group = self.group_at(part.top())
        while 0 <= group < len(self.starts) and (top := self.top_of(group)) <= part.bottom():
            if group != floating and top + self.height >= part.top():
                self._draw_one(
                    painter, QRect(0, top, self.width, self.height), group, palette, pointed_at
                )
            group += 1
        if floating >= 0 and place.intersects(part):
            painter.fillRect(place, palette.base())
            painter.setPen(palette.mid().color())
            painter.drawLine(place.bottomLeft(), place.bottomRight())
            self._draw_one(painter, place, floating, palette, pointed_at)

    def _draw_one(
        self, painter: QPainter, place: QRect, group: int, palette: QPalette, pointed_at: int
    ) -> None:
        draw_heading(
            painter,
            place,
            self.words(group),
            self.groups.counts[group],
            palette,
            pointed_at=group == pointed_at,
        )

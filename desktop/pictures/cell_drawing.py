"""A part of a grid as it is drawn: open stacks, pictures, marks, frames."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QWidget

from core.values.picture import Picture
from desktop.pictures.grids import marks
from desktop.pictures.grids.layout.plan import FRAME, GAP, Line, Plan
from desktop.pictures.grids.layout.rows import both
from desktop.pictures.grids.words import REJECTED
from desktop.pictures.picture_model import PictureModel
from desktop.widgets.i18n import tr

STACK_ALPHA = 130  # of 255: of what lies around the pictures of an open stack


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be drawn: `offset` pixels of the content lie above the viewport; `chosen` are
    ranges of rows, `current` and `hovered` rows or -1; `offers` says whether stars may be given to
    the hovered one."""

    model: PictureModel
    plan: Plan
    offset: int
    chosen: list[range]
    current: int
    palette: QPalette
    ratio: float
    hovered: int = -1
    offers: bool = False

    def draw(self, painter: QPainter, part: QRect) -> None:
        """What of the cells reaches into this part of the viewport."""
        top, bottom = part.top() + self.offset, part.bottom() + self.offset
        lines = list(self.plan.lines_between(top, bottom))
        if not lines:
            return
        rows = range(lines[0].rows.start, lines[-1].rows.stop)
        chosen = {row for some in self.chosen for row in both(rows, some)}
        stacked = self._stacked(rows)
        cells = [cell for line in lines for cell in self._cells(line, part)]
        framed = self.palette.color(QPalette.ColorRole.PlaceholderText)
        framed.setAlpha(STACK_ALPHA)
        around = GAP // 2  # so that neighbours' frames meet
        for row, cell in cells:
            if row in stacked:
                painter.fillRect(cell.adjusted(-around, -around, around, around), framed)
        for row, cell in cells:
            self._draw_cell(painter, row, cell)
            if row in chosen or row == self.current:
                marks.draw_frame(painter, cell, self.palette, chosen=row in chosen)

    def _cells(self, line: Line, part: QRect) -> list[tuple[int, QRect]]:
        """Rows with their cells in the viewport."""
        placed = (
            (row, QRect(left, line.top - self.offset, width, line.height))
            for row, (left, width) in zip(line.rows, self.plan.cells(line), strict=True)
        )
        return [
            (row, cell)
            for row, cell in placed
            if cell.adjusted(-FRAME, -FRAME, FRAME, FRAME).intersects(part)
        ]

    def _stacked(self, rows: range) -> set[int]:
        """Those that lie on an open stack: they are framed as one."""
        found: set[int] = set()
        for top, count in self.model.stacks.open_tops().items():
            first = self.model.row_of(top)
            if first >= 0:
                found.update(both(rows, range(first, first + count)))
        return found

    def _draw_cell(self, painter: QPainter, row: int, cell: QRect) -> None:
        picture, pixmap = self.model.at(row, (cell.width(), cell.height(), self.ratio))
        rejected = picture is not None and picture.rating == REJECTED
        away = picture is not None and self.model.pixmaps.is_away(picture.id)
        opacity = marks.AWAY_OPACITY if away else 1.0
        if rejected:
            opacity = marks.REJECTED_OPACITY
        around = self.palette.color(QPalette.ColorRole.Dark)
        marks.draw_picture(painter, cell, pixmap, around, opacity)
        if picture is None:
            return
        if picture.favourite:
            marks.draw_favourite(painter, cell, self.palette.color(QPalette.ColorRole.Highlight))
        if rejected:
            marks.draw_rejected(painter, cell)
        if away:
            marks.draw_words(painter, cell, tr("Away"))
        offered = self.offers and row == self.hovered
        if picture.rating > 0 or (offered and not marks.rating_place(cell).isNull()):
            marks.draw_rating(painter, cell, max(picture.rating, 0), offered=offered)
        if count := self.model.stacks.count(picture) - 1:
            marks.draw_count(painter, cell, count + 1)
            if not away and (name := picture.request.sweep.name):
                marks.draw_words(painter, cell, name)
        elif (count := self.model.stacks.opened(picture)) > 1:
            marks.draw_count(painter, cell, count, is_open=True)


def stack_at(
    model: PictureModel, row: int, cell: QRect, point: QPoint, grid: QWidget
) -> Picture | None:
    """The picture of this row where the number of its stack, drawn in this cell, is at a point."""
    picture, _ = model.at(row, (cell.width(), cell.height(), grid.devicePixelRatioF()))
    if picture is None:
        return None
    count = max(model.stacks.count(picture), model.stacks.opened(picture))
    width = grid.fontMetrics().horizontalAdvance(f"{count:,}")
    on_number = count > 1 and marks.count_place(cell, width).contains(point)
    return picture if on_number else None

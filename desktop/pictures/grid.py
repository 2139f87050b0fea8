"""A grid of pictures with a layout computed from row numbers alone,
so that 100,000 cost no more than ten."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDrag,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from core.values.picture import Picture
from desktop.pictures.picture_model import AnyIndex, PictureModel

GAP = 8  # pixels between cells, and around them
FRAME = 4  # pixels by which the frame of a chosen one stands out of its cell, at most
SMALLEST = 24  # pixels: a cell's side in however narrow a window
DRAGGED = QSize(96, 96)  # pixels of what hangs on the pointer
BADGE = QColor(20, 20, 20, 225)  # under the number of a stack
BELOW = QColor(90, 90, 90, 200)
MARK = QColor(0, 0, 0, 160)  # around the dot of a favourite


class PictureGrid(QAbstractItemView):
    """Square cells of about `cell` pixels; `columns` fixes their number (History uses one)."""

    def __init__(
        self, name: str, *, cell: int = 168, columns: int = 0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._wanted = cell
        self._fixed = columns
        self.setAccessibleName(name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(self.backgroundRole())

    def pictures(self) -> PictureModel | None:
        """The model, where there is one."""
        model = self.model()
        return model if isinstance(model, PictureModel) else None

    def chosen_rows(self) -> list[range]:
        """Ranges, since all of 100,000 may be chosen, in the order in which they were."""
        return _rows_of(self.selectionModel().selection())

    def selected_pictures(self) -> list[Picture]:
        """Those of the chosen ones whose records were read."""
        model = self.pictures()
        return model.known(self.chosen_rows()) if model is not None else []

    def take_selected(self, then: Callable[[list[Picture]], None]) -> None:
        """`then` gets all of the chosen ones; what was never on the screen is read first."""
        model = self.pictures()
        assert model is not None
        model.read_rows(self.chosen_rows(), then)

    # --- layout ---

    def _count(self) -> int:
        model = self.model()
        return model.rowCount() if model is not None else 0

    def columns(self) -> int:
        """Cells side by side."""
        return self._columns_in(self.viewport().width())

    def cell(self) -> int:
        """Side of a cell in pixels: the columns fill the width."""
        return self._cell_in(self.viewport().width())

    def _columns_in(self, width: int) -> int:
        return self._fixed or max(1, (width - GAP) // (self._wanted + GAP))

    def _cell_in(self, width: int) -> int:
        n = self._columns_in(width)
        return max(SMALLEST, (width - GAP * (n + 1)) // n)

    def _rect(self, row: int) -> QRect:
        """Cell `row` in the coordinates of the whole content."""
        n = self.columns()
        side = self.cell()
        return QRect(GAP + (row % n) * (side + GAP), GAP + (row // n) * (side + GAP), side, side)

    def _rows_between(self, top: int, bottom: int) -> range:
        """The cells of all lines that reach into this part of the content."""
        n = self.columns()
        step = self.cell() + GAP
        first = max(0, (top - GAP) // step) * n
        return range(first, min(self._count(), (bottom // step + 1) * n))

    def _height_in(self, width: int) -> int:
        """Of the whole content, laid out in this width; both in pixels."""
        lines = -(-self._count() // self._columns_in(width))  # rounded up
        return GAP + lines * (self._cell_in(width) + GAP)

    def _furthest(self) -> int:
        """How many pixels can be scrolled; 0 takes the scroll bar away.

        The bar narrows the cells and so changes the height that decides about it. So only the
        room without a bar is asked: asking the room that is left would show and hide it for ever
        where the content fits beside the bar alone. There at least one pixel keeps it.
        """
        room = self.maximumViewportSize()
        if self._height_in(room.width()) <= room.height():
            return 0
        viewport = self.viewport()
        return max(1, self._height_in(viewport.width()) - viewport.height())

    def updateGeometries(self) -> None:
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep((self.cell() + GAP) // 2)
        bar.setRange(0, self._furthest())
        if (model := self.pictures()) is not None:
            model.set_visible_count(
                self.columns() * (self.viewport().height() // (self.cell() + GAP) + 2)
            )
        super().updateGeometries()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """What stays in sight is moved, and only the rest drawn."""
        if self.devicePixelRatioF().is_integer():
            self.viewport().scroll(dx, dy)
        else:  # a pixel of the window is none of the screen
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometries()

    def rowsInserted(self, parent: AnyIndex, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        self.updateGeometries()
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(3 * self._wanted, 3 * self._wanted)

    # --- what QAbstractItemView asks ---

    def visualRect(self, index: AnyIndex) -> QRect:
        if not index.isValid():
            return QRect()
        return self._rect(index.row()).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        n = self.columns()
        side = self.cell()
        step = side + GAP
        x = point.x() - GAP
        y = point.y() + self.verticalOffset() - GAP
        outside = x < 0 or y < 0 or x // step >= n
        in_a_gap = x % step >= side or y % step >= side
        if outside or in_a_gap:
            return QModelIndex()
        row = (y // step) * n + x // step
        return self.model().index(row, 0) if row < self._count() else QModelIndex()

    def scrollTo(
        self,
        index: AnyIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        rect = self._rect(index.row())
        bar = self.verticalScrollBar()
        if rect.top() - GAP < bar.value():
            bar.setValue(rect.top() - GAP)
        elif rect.bottom() + GAP > bar.value() + self.viewport().height():
            bar.setValue(rect.bottom() + GAP - self.viewport().height())

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: AnyIndex) -> bool:
        return False

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        n = self.columns()
        now = self.currentIndex().row()
        last = self._count() - 1
        page = max(1, self.viewport().height() // (self.cell() + GAP)) * n
        act = QAbstractItemView.CursorAction
        moves = {
            act.MoveLeft: -1,
            act.MovePrevious: -1,
            act.MoveRight: 1,
            act.MoveNext: 1,
            act.MoveUp: -n,
            act.MoveDown: n,
            act.MovePageUp: -page,
            act.MovePageDown: page,
            act.MoveHome: -now,
            act.MoveEnd: last - now,
        }
        if last < 0:
            return QModelIndex()
        target = 0 if now < 0 else min(max(now + moves.get(action, 0), 0), last)
        return self.model().index(target, 0)

    def setCurrentIndex(self, index: AnyIndex) -> None:
        """What the program chooses is chosen alone, whatever keys a person happens to hold."""
        self.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """A band chooses what it touches; the Shift key all between two pictures, in their order,
        for which Qt asks from the middle of one to a point in the other."""
        selection = QItemSelection()
        ends = [self.indexAt(end) for end in (rect.topLeft(), rect.bottomRight())]
        with_shift = bool(command & QItemSelectionModel.SelectionFlag.Current)
        if with_shift and all(end.isValid() for end in ends):
            selection.select(*sorted(ends, key=QModelIndex.row))
        else:
            area = rect.normalized().translated(0, self.verticalOffset())
            for row in self._rows_between(area.top(), area.bottom()):
                if self._rect(row).intersects(area):
                    index = self.model().index(row, 0)
                    selection.select(index, index)
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Of what can be seen of it, which is all that is drawn anew."""
        region = QRegion()
        in_sight = self._rows_in_sight()
        for part in _rows_of(selection):
            for row in _both(in_sight, part):
                cell = self._rect(row).translated(0, -self.verticalOffset())
                region += cell.adjusted(-FRAME, -FRAME, FRAME, FRAME)
        return region

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """At the pointer, or at the current picture where a key asked for it."""
        place = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            current = self.currentIndex()
            if current.isValid():  # what the menu is about is to be seen
                self.scrollTo(current)
            place = self.visualRect(current).center()
        self.customContextMenuRequested.emit(place)

    def startDrag(self, actions: Qt.DropAction) -> None:
        model = self.pictures()
        rows = self.chosen_rows()
        if model is None or not rows:
            return
        data = model.files_of(rows)
        if not data.urls():
            return
        drag = QDrag(self)
        drag.setMimeData(data)
        pixmap = model.index(rows[0].start).data(Qt.ItemDataRole.DecorationRole)
        if isinstance(pixmap, QPixmap):
            drag.setPixmap(
                pixmap.scaled(
                    DRAGGED,
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
        drag.exec(Qt.DropAction.CopyAction)

    # --- drawing ---

    def _rows_in_sight(self) -> range:
        top = self.verticalOffset()
        return self._rows_between(top, top + self.viewport().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        model = self.pictures()
        if model is None:
            return
        model.use_cell(self.cell(), self.devicePixelRatioF())
        model.look(self._rows_in_sight())
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # a rectangle at a time: only its cells are drawn, and by a plain copy, where for a region
        # of several Qt spreads each of them over threads that it waits for
        for part in cast("Iterable[QRect]", event.region()):
            painter.setClipRect(part)
            self._draw_cells(painter, part, model)
        painter.end()  # a fault may keep this frame, and with it the painter

    def _draw_cells(self, painter: QPainter, part: QRect, model: PictureModel) -> None:
        """Those that reach into this part of the viewport."""
        offset = self.verticalOffset()
        rows = self._rows_between(part.top() + offset, part.bottom() + offset)
        chosen = {row for chosen in self.chosen_rows() for row in _both(rows, chosen)}
        current = self.currentIndex().row() if self.hasFocus() else -1
        columns = self.columns()
        side = self.cell()
        dark = self.palette().color(QPalette.ColorRole.Dark)
        for row in rows:
            left = GAP + (row % columns) * (side + GAP)
            top = GAP + (row // columns) * (side + GAP) - offset
            cell = QRect(left, top, side, side)
            if not cell.adjusted(-FRAME, -FRAME, FRAME, FRAME).intersects(part):
                continue
            picture, pixmap = model.at(row)
            _draw_thumbnail(painter, cell, pixmap, dark)
            if picture is not None and picture.favourite:
                self._draw_mark(painter, cell)
            if picture is not None and (count := model.stack_count(picture)) > 1:
                self._draw_count(painter, cell, count)
            elif picture is not None and (count := model.stacks.opened(picture)) > 1:
                self._draw_count(painter, cell, count, is_open=True)
            if row in chosen or row == current:
                self._draw_frame(painter, cell, chosen=row in chosen)

    def _draw_mark(self, painter: QPainter, cell: QRect) -> None:
        painter.setPen(QPen(MARK, 3))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Highlight))
        painter.drawEllipse(QPoint(cell.right() - 10, cell.top() + 10), 5, 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_count(
        self, painter: QPainter, cell: QRect, count: int, *, is_open: bool = False
    ) -> None:
        """On how many pictures of one document this one lies, or lay before its stack was opened:
        then in a frame alone."""
        words = f"{count:,}"
        width = max(22, painter.fontMetrics().horizontalAdvance(words) + 12)
        badge = QRect(cell.left() + 6, cell.bottom() - 26, width, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        for shift in () if is_open else (4, 2):  # the edges of those below
            painter.setBrush(BELOW)
            painter.drawRoundedRect(badge.translated(shift, -shift), 4, 4)
        painter.setBrush(BADGE)
        if is_open:
            painter.setPen(QPen(Qt.GlobalColor.white, 1))
        painter.drawRoundedRect(badge, 4, 4)
        painter.setPen(Qt.GlobalColor.white)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, words)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_frame(self, painter: QPainter, cell: QRect, *, chosen: bool) -> None:
        pen = QPen(self.palette().color(QPalette.ColorRole.PlaceholderText), 2)
        if chosen:
            pen = QPen(self.palette().color(QPalette.ColorRole.Highlight), 3)
        painter.setPen(pen)
        painter.drawRoundedRect(cell.adjusted(-2, -2, 1, 1), 4, 4)


def _rows_of(selection: QItemSelection) -> list[range]:
    return [range(part.top(), part.bottom() + 1) for part in selection.toList()]


def _both(rows: range, others: range) -> range:
    """The rows that stand in both."""
    return range(max(rows.start, others.start), min(rows.stop, others.stop))


def _draw_thumbnail(painter: QPainter, cell: QRect, pixmap: QPixmap | None, around: QColor) -> None:
    """In the middle of its cell; one of a single pixel stands for a file that cannot be read."""
    if pixmap is None or pixmap.width() <= 1:
        painter.fillRect(cell, around)
    elif pixmap.width() == cell.width() and pixmap.height() == cell.height():
        painter.drawPixmap(cell.topLeft(), pixmap)
    else:
        painter.fillRect(cell, around)
        size = pixmap.size().scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
        free = cell.size() - size
        painter.drawPixmap(
            QRect(cell.topLeft() + QPoint(free.width() // 2, free.height() // 2), size), pixmap
        )

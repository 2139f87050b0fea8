"""A grid of pictures with a layout computed from row numbers alone,
so that 100,000 cost no more than ten."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
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
    QPen,
    QPixmap,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from core.values.picture import Picture
from desktop.pictures.picture_model import PICTURE_ROLE, AnyIndex, PictureModel

GAP = 8  # pixels between cells, and around them
SMALLEST = 24  # pixels: a cell's side in however narrow a window
DRAGGED = QSize(96, 96)  # pixels of what hangs on the pointer
OUTLINED = 2000  # chosen cells that are joined into a region at most; all may be 100,000


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
        self.verticalScrollBar().valueChanged.connect(self.viewport().update)

    def selected_pictures(self) -> list[Picture]:
        """Those of the chosen ones whose records were read."""
        pictures = (index.data(PICTURE_ROLE) for index in self.selectedIndexes())
        return [picture for picture in pictures if picture is not None]

    def take_selected(self, then: Callable[[list[Picture]], None]) -> None:
        """`then` gets all of the chosen ones; what was never on the screen is read first."""
        model = self.model()
        assert isinstance(model, PictureModel)
        model.read_rows([index.row() for index in self.selectedIndexes()], then)

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
        model = self.model()
        if isinstance(model, PictureModel):
            model.set_visible_count(
                self.columns() * (self.viewport().height() // (self.cell() + GAP) + 2)
            )
        super().updateGeometries()

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
        region = QRegion()
        for index in selection.indexes()[:OUTLINED]:
            region += self.visualRect(index)
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
        indexes = self.selectedIndexes()
        data: QMimeData | None = self.model().mimeData(indexes) if indexes else None
        if data is None or not data.urls():
            return
        drag = QDrag(self)
        drag.setMimeData(data)
        pixmap = indexes[0].data(Qt.ItemDataRole.DecorationRole)
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

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = event.rect().translated(0, self.verticalOffset())
        for row in self._rows_between(area.top(), area.bottom()):
            self._paint_cell(painter, self.model().index(row, 0))

    def _paint_cell(self, painter: QPainter, index: QModelIndex) -> None:
        cell = self.visualRect(index)
        palette = self.palette()
        picture = index.data(PICTURE_ROLE)
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        painter.fillRect(cell, palette.color(palette.ColorRole.Dark))
        if isinstance(pixmap, QPixmap) and pixmap.width() > 1:
            size = pixmap.size().scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
            painter.drawPixmap(
                QRect(cell.center() - QPoint(size.width() // 2 - 1, size.height() // 2 - 1), size),
                pixmap,
            )
        if picture is not None and picture.favourite:
            painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
            painter.setBrush(palette.color(palette.ColorRole.Highlight))
            painter.drawEllipse(QPoint(cell.right() - 10, cell.top() + 10), 5, 5)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        selected = self.selectionModel().isSelected(index)
        if selected:
            painter.setPen(QPen(palette.color(palette.ColorRole.Highlight), 3))
        elif self.hasFocus() and index == self.currentIndex():
            painter.setPen(QPen(palette.color(palette.ColorRole.PlaceholderText), 2))
        else:
            return
        painter.drawRoundedRect(cell.adjusted(-2, -2, 1, 1), 4, 4)

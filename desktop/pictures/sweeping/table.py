"""The table of a sweep's pictures: its headers stay in sight, its cells grow and shrink."""

from __future__ import annotations

import math

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPalette, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from core.service.sweeps.making.now import Stand
from desktop.pictures.sweeping.model import CELL, ShownCell, SweepModel
from desktop.widgets import theme
from desktop.widgets.i18n import tr

SMALLEST, USUAL, LARGEST = 48, 160, 768
LEGIBLE = 72  # pixels of a cell whose labels can be read
STEP = 1.25
EDGE = 3
_LABELS = 150  # pixels of the row headers at most
_LINES = 3  # of the column headers
_LOOKED_AT = 200  # rows whose words say how wide their header is
Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Draws a cell: its picture or why there is none, the heat row below, a frame around what is
    chosen."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | Index
    ) -> None:
        cell = index.data(CELL)
        if not isinstance(cell, ShownCell):
            return
        rect: QRect = option.rect  # type: ignore[attr-defined]
        palette: QPalette = option.palette  # type: ignore[attr-defined]
        inner = rect.adjusted(EDGE, EDGE, -EDGE, -EDGE)
        line = option.fontMetrics.height() + theme.SPACE_1  # type: ignore[attr-defined]
        below, label = QRect(inner), QRect(inner)
        if cell.heat is not None:
            below.setTop(inner.bottom() - line + 1)
            inner.setBottom(below.top() - 1)
        if cell.label:
            label.setBottom(inner.bottom())
            label.setTop(inner.bottom() - line + 1)
            inner.setBottom(label.top() - 1)
        painter.save()
        # over the style's own colour of what is chosen, which would be a frame inside the frame
        painter.fillRect(rect, palette.color(QPalette.ColorRole.Base))
        self._picture(painter, palette, inner, cell)
        if cell.label:
            painter.setPen(palette.color(QPalette.ColorRole.WindowText))
            end = Qt.TextElideMode.ElideRight
            words = painter.fontMetrics().elidedText(cell.label, end, label.width())
            painter.drawText(label, int(Qt.AlignmentFlag.AlignCenter), words)
        if cell.heat is not None:
            self._heat(painter, palette, below, cell)
        self._frame(painter, option, rect, cell)
        painter.restore()

    def _picture(self, painter: QPainter, palette: QPalette, rect: QRect, cell: ShownCell) -> None:
        pixmap = cell.pixmap
        if pixmap is not None and pixmap.width() > 1:
            size = pixmap.deviceIndependentSize().toSize()
            size.scale(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            place = QRect(rect.topLeft(), size)
            place.moveCenter(rect.center())
            painter.drawPixmap(place, pixmap)
        elif cell.picture is None or pixmap is not None:
            painter.fillRect(rect, palette.color(QPalette.ColorRole.AlternateBase))
        if cell.words:
            self._words(painter, palette, rect, cell)

    def _words(self, painter: QPainter, palette: QPalette, rect: QRect, cell: ShownCell) -> None:
        if cell.pixmap is not None:  # the words stand below what is seen: a preview, or before
            rect = QRect(
                rect.left(),
                rect.bottom() - painter.fontMetrics().height(),
                rect.width(),
                painter.fontMetrics().height(),
            )
            painter.fillRect(rect, palette.color(QPalette.ColorRole.Window))
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        room = rect.adjusted(theme.SPACE_1, 0, -theme.SPACE_1, 0)
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        words = cell.words
        if painter.boundingRect(room, flags, words).width() > room.width():  # a word alone is wider
            end = Qt.TextElideMode.ElideRight
            words = painter.fontMetrics().elidedText(words, end, room.width())
        painter.setClipRect(rect)
        painter.drawText(room, flags, words)
        painter.setClipping(False)

    def _heat(self, painter: QPainter, palette: QPalette, rect: QRect, cell: ShownCell) -> None:
        assert cell.heat is not None
        base = palette.color(QPalette.ColorRole.AlternateBase)
        warm = palette.color(QPalette.ColorRole.Highlight)
        half = rect.width() // 2
        for share, left, width in (
            (cell.heat[0], rect.left(), half),
            (cell.heat[1], rect.left() + half, rect.width() - half),
        ):
            part = QRect(left, rect.top(), width, rect.height())
            painter.fillRect(part, base)
            # a bar as well as a colour, below the words, which stay readable
            bar = QRect(left, rect.bottom() - 2, round(width * share), 3)
            painter.fillRect(bar, _between(base, warm, 0.35 + 0.65 * share))
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        words, metrics = cell.notes, painter.fontMetrics()
        if metrics.horizontalAdvance(words) > rect.width():
            end = Qt.TextElideMode.ElideRight
            words = metrics.elidedText(cell.short_notes, end, rect.width())
        painter.drawText(rect.adjusted(0, 0, 0, -3), int(Qt.AlignmentFlag.AlignCenter), words)

    def _frame(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, cell: ShownCell
    ) -> None:
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        palette: QPalette = option.palette  # type: ignore[attr-defined]
        frame = rect.adjusted(1, 1, -2, -2)
        if cell.is_reference:
            pen = QPen(palette.color(QPalette.ColorRole.WindowText), 1, Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawRect(frame)
        if cell.stand is Stand.MAKING:
            painter.setPen(
                QPen(palette.color(QPalette.ColorRole.Highlight), 1, Qt.PenStyle.DotLine)
            )
            painter.drawRect(frame)
        chosen = state & QStyle.StateFlag.State_Selected
        if chosen or state & QStyle.StateFlag.State_HasFocus:
            colour = QPalette.ColorRole.Highlight if chosen else QPalette.ColorRole.WindowText
            painter.setPen(QPen(palette.color(colour), 2))
            painter.drawRect(frame)


def _between(low: QColor, high: QColor, share: float) -> QColor:
    def mixed(one: int, other: int) -> int:
        return round(one + (other - one) * share)

    return QColor(
        mixed(low.red(), high.red()),
        mixed(low.green(), high.green()),
        mixed(low.blue(), high.blue()),
    )


class LabelHeader(QHeaderView):
    """Labels on several lines: a prompt is one, too."""

    def __init__(self, orientation: Qt.Orientation, parent: QTableView) -> None:
        super().__init__(orientation, parent)
        self.setSectionsClickable(True)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(SMALLEST // 2)
        self.setHighlightSections(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().lineSpacing()
        if self.orientation() == Qt.Orientation.Horizontal:
            return QSize(super().sizeHint().width(), _LINES * line + 2 * theme.SPACE_1)
        widest = 0
        model = self.model()
        for section in range(min(self.count(), _LOOKED_AT)):
            words = model.headerData(section, self.orientation()) or ""
            lines = str(words).split("\n")
            widest = max(widest, *(self.fontMetrics().horizontalAdvance(one) for one in lines))
        return QSize(min(widest, _LABELS) + 2 * theme.SPACE_2, super().sizeHint().height())

    def paintSection(self, painter: QPainter, rect: QRect, index: int) -> None:  # noqa: N802
        words = str(self.model().headerData(index, self.orientation()) or "")
        painter.save()
        painter.fillRect(rect, self.palette().color(QPalette.ColorRole.AlternateBase))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.setClipRect(rect)
        room = rect.adjusted(theme.SPACE_1, 2, -theme.SPACE_1, -2)
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        needed = painter.boundingRect(room, flags, words)
        if needed.height() > room.height():  # its beginning says most
            flags = int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
            flags |= int(Qt.TextFlag.TextWordWrap)
        painter.drawText(room, flags, words)
        painter.restore()


class SweepTable(QTableView):
    """`opened` carries the cell that a person pressed Return on, or pressed twice; `resized` the
    side of the cells in pixels; `value_asked` the header that was right-clicked;
    `reshaped`: it has another size."""

    opened = Signal(QModelIndex)
    resized = Signal(int)
    value_asked = Signal(Qt.Orientation, int)
    reshaped = Signal()

    def __init__(self, model: SweepModel) -> None:
        super().__init__()
        self.side = USUAL
        self._fitted = 0  # the side at which all are seen, where that was asked for
        self.setObjectName("sweep")
        self.setModel(model)
        self.setItemDelegate(CellDelegate(self))
        self.setAccessibleName(tr("Sweep"))
        self.setAccessibleDescription(
            tr("Arrow keys choose a cell, Return shows it large, plus and minus change the size.")
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._headers = (
            LabelHeader(Qt.Orientation.Horizontal, self),
            LabelHeader(Qt.Orientation.Vertical, self),
        )
        self.setHorizontalHeader(self._headers[0])
        self.setVerticalHeader(self._headers[1])
        for header in self._headers:
            header.customContextMenuRequested.connect(
                lambda at, one=header: self.value_asked.emit(
                    one.orientation(), one.logicalIndexAt(at)
                )
            )
        self.doubleClicked.connect(self.opened)
        model.modelReset.connect(self._follow_model)
        self.set_side(USUAL)

    def set_side(self, side: float) -> None:
        """Cells whose pictures' longer side has so many pixels."""
        self.side = round(min(max(side, SMALLEST), LARGEST))
        width, height = (round(self.side * share) + 2 * EDGE for share in self._shape())
        self.horizontalHeader().setDefaultSectionSize(width)
        self.verticalHeader().setDefaultSectionSize(height + self._below())
        self.resized.emit(self.side)

    def _shape(self) -> tuple[float, float]:
        """Width and height of a cell of side 1."""
        model = self.model()
        assert isinstance(model, SweepModel)
        return model.shape

    def _below(self, *, labelled: bool | None = None) -> int:
        """Pixels of the heat row and of a cell's own label, where they are shown."""
        model = self.model()
        assert isinstance(model, SweepModel)
        is_labelled = model.wrapped > 0 if labelled is None else labelled
        lines = int(model.shows_heat) + int(is_labelled)
        return lines * (self.fontMetrics().height() + theme.SPACE_1)

    def _across(self) -> int:
        """Pixels that a row has, whether there is a header before it or a scroll bar behind it."""
        beside = (self._headers[1].sizeHint(), self.verticalScrollBar().sizeHint())
        return self.width() - 2 * self.frameWidth() - max(one.width() for one in beside)

    def side_of_line(self, count: int) -> int:
        """The side at which so many cells of an only axis are seen at once, in as many rows as
        that takes, or the least that is legible."""
        beside = 2 * EDGE + 1
        below = self._below(labelled=True) + beside
        room = self.height() - 2 * self.frameWidth()
        width, height = self._shape()
        sides = (
            min(
                (self._across() // columns - beside) / width,
                (room // math.ceil(count / columns) - below) / height,
            )
            for columns in range(1, count + 1)
        )
        return max(int(max(sides, default=0)), LEGIBLE)

    def wrap(self) -> None:
        """Lay the cells of an only axis in as many rows as their size asks for."""
        model = self.model()
        assert isinstance(model, SweepModel)
        count = model.line_length()
        width = round(self.side * self._shape()[0]) + 2 * EDGE
        columns = max(1, self._across() // width) if count else 0
        wanted = columns if columns < count else 0
        if wanted != model.wrapped:
            model.wrap(wanted)

    def _follow_model(self) -> None:
        """Headers where they say something, and as much room below pictures as their lines take."""
        model = self.model()
        assert isinstance(model, SweepModel)
        for header in self._headers:
            header.setVisible(not model.wrapped)
        self.set_side(self.side)

    def fit(self) -> None:
        """Cells as large as all of them are seen at once: until they are given another size, also
        where the table is."""
        model = self.model()
        assert isinstance(model, SweepModel)
        count = model.line_length()
        self.set_side(self.side_of_line(count) if count else self._side_of_all(model))
        self._fitted = self.side

    def refit(self) -> None:
        """After anything that takes room from fitted cells or gives them some."""
        if self.side == self._fitted:
            self.fit()

    def _side_of_all(self, model: SweepModel) -> float:
        frame = 2 * self.frameWidth()
        across = self.width() - frame - self.verticalHeader().width()
        down = self.height() - frame - self.horizontalHeader().height()
        across = across / max(model.columnCount(), 1) - 2 * EDGE - 1
        down = down / max(model.rowCount(), 1) - 2 * EDGE - 1 - self._below()
        width, height = self._shape()
        return max(min(across / width, down / height), LEGIBLE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refit()
        self.reshaped.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            up = event.angleDelta().y() > 0
            self.set_side(self.side * (STEP if up else 1 / STEP))
            event.accept()
            return
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_side(self.side * STEP)
        elif key == Qt.Key.Key_Minus:
            self.set_side(self.side / STEP)
        else:
            super().keyPressEvent(event)

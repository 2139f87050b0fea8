"""A row of cells: of each its value, its picture, and how it differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.widgets import theme
from desktop.widgets.i18n import tr

SIDE = 112  # pixels: the room of a picture
BAR = 12  # pixels below the cells for the scroll bar
Index = QModelIndex | QPersistentModelIndex
_CELL = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class StripCell:
    """`value` stands above the picture, `notes` below it, a line each; a null image where there is
    none yet. `is_reference`: the others are measured beside it. `words` are all of that for a
    screen reader."""

    value: str
    words: str
    notes: tuple[str, ...] = ()
    image: QImage = field(default_factory=QImage)
    is_reference: bool = False


class Strip(QListWidget):
    """`chosen` carries the place of the cell that is looked at, `opened` that of one which a person
    pressed Return on, or pressed twice: to see it large."""

    chosen = Signal(int)
    opened = Signal(int)

    def __init__(self, name: str, help_text: str, *, notes: int = 1) -> None:
        """Below each picture is room for so many `notes`."""
        super().__init__()
        self._cells: tuple[StripCell, ...] = ()
        self._delegate = _CellDelegate(notes, self)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(name)
        self.setAccessibleDescription(help_text)
        self.setToolTip(help_text)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self._delegate.size(self.font()).height() + BAR + 2)
        self.currentRowChanged.connect(self.chosen)
        self.itemActivated.connect(lambda item: self.opened.emit(self.row(item)))

    def show_cells(self, cells: Sequence[StripCell]) -> None:
        """These cells; the one that is looked at stays so where there are as many."""
        cells = tuple(cells)
        if len(cells) != self.count():
            self.clear()
            for _ in cells:
                self.addItem(QListWidgetItem())
            self._cells = ()
        for place, cell in enumerate(cells):
            if place >= len(self._cells) or cell is not self._cells[place]:
                self._fill(self.item(place), cell)
        self._cells = cells

    def _fill(self, item: QListWidgetItem, cell: StripCell) -> None:
        item.setText(cell.value)
        item.setData(_CELL, cell)
        item.setToolTip(cell.words)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, cell.words)

    def drawn(self, ratio: float) -> QImage:
        """All cells, those too that are scrolled out of sight, none as chosen; so many pixels for
        one of the window."""
        size = self._delegate.size(self.font())
        whole = QSize(max(self.count(), 1) * size.width(), size.height())
        image = QImage(whole * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(self.palette().color(QPalette.ColorRole.Window))
        painter = QPainter(image)
        for place in range(self.count()):
            option = QStyleOptionViewItem()
            self.initViewItemOption(option)
            option.rect = QRect(QPoint(place * size.width(), 0), size)  # type: ignore[attr-defined]
            self._delegate.paint(painter, option, self.model().index(place, 0))
        painter.end()
        return image

    def table(self) -> str:
        """All cells in words, a line each."""
        return "\n".join(cell.words for cell in self._cells)


class _CellDelegate(QStyledItemDelegate):
    """Draws a cell; a line around the chosen one, of the accent where the strip has the focus."""

    def __init__(self, notes: int, strip: Strip) -> None:
        super().__init__(strip)
        self._notes = notes

    def size(self, font: QFont) -> QSize:
        """Of a cell, in pixels."""
        lines = _line(font) * (1 + self._notes)
        return QSize(SIDE + 2 * theme.SPACE_2, SIDE + lines + 3 * theme.SPACE_1 + theme.SPACE_2)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self.size(option.font)  # type: ignore[attr-defined]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = index.data(_CELL)
        area: QRect = option.rect  # type: ignore[attr-defined]
        palette: QPalette = option.palette  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._draw_frame(painter, area, palette, state)
        line = _line(option.font)  # type: ignore[attr-defined]
        inner = area.adjusted(theme.SPACE_2, theme.SPACE_1, -theme.SPACE_2, -theme.SPACE_1)
        self._draw_value(painter, QRect(inner.topLeft(), QSize(SIDE, line)), cell, palette)
        room = QRect(inner.left(), inner.top() + line + theme.SPACE_1, SIDE, SIDE)
        self._draw_picture(painter, room, cell, palette)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        for number, words in enumerate(cell.notes[: self._notes]):
            top = room.bottom() + theme.SPACE_1 + number * line
            _write(painter, QRect(inner.left(), top, SIDE, line), words)
        painter.restore()

    def _draw_frame(
        self, painter: QPainter, area: QRect, palette: QPalette, state: QStyle.StateFlag
    ) -> None:
        if not state & QStyle.StateFlag.State_Selected:
            return
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        role = QPalette.ColorRole.Accent if focused else QPalette.ColorRole.Mid
        painter.setPen(QPen(palette.color(role), 2))
        painter.setBrush(palette.color(QPalette.ColorRole.Light))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(area).adjusted(2, 2, -2, -2)
        painter.drawRoundedRect(frame, theme.RADIUS, theme.RADIUS)

    def _draw_value(
        self, painter: QPainter, area: QRect, cell: StripCell, palette: QPalette
    ) -> None:
        font = QFont(painter.font())
        font.setBold(True)
        painter.save()
        painter.setFont(font)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        width = painter.fontMetrics().horizontalAdvance(cell.value) + theme.SPACE_2
        _write(painter, area, cell.value)
        painter.restore()
        if cell.is_reference:
            painter.setPen(palette.color(QPalette.ColorRole.Text))
            _write(painter, area.adjusted(width, 0, 0, 0), tr("this picture"))

    def _draw_picture(
        self, painter: QPainter, room: QRect, cell: StripCell, palette: QPalette
    ) -> None:
        if cell.image.isNull():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1, Qt.PenStyle.DashLine))
            painter.setBrush(QColor(Qt.GlobalColor.transparent))
            painter.drawRect(room.adjusted(0, 0, -1, -1))
            return
        size = cell.image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(room.topLeft(), size)
        place.moveCenter(room.center())
        painter.drawImage(place, cell.image)


def _line(font: QFont) -> int:
    return QFontMetrics(font).lineSpacing() + 2


def _write(painter: QPainter, area: QRect, words: str) -> None:
    """One line, shortened where it does not fit."""
    short = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)

"""The words that were tried as a list, the strongest first, each with its bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.insight.from_text.bars import share_words
from desktop.insight.without.captions import called, row_words, verdict_name
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.without.judging import JudgedWord
    from core.service.insight.without.words import TriedWord

THICK = 7  # pixels of a bar
# told apart by those who see few colours, on white as on black (Okabe & Ito 2008)
SEEN, FORMS = "#0072b2", "#d55e00"
JUDGED = Qt.ItemDataRole.UserRole


class EffectList(QListWidget):
    """As high as its rows: the column around it scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Words by their effect"))
        self.setToolTip(tr("Arrow keys show the pictures of each word that was tried."))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setItemDelegate(_Rows(self))

    def sizeHint(self) -> QSize:
        rows = max(self.count(), 1)
        return QSize(200, rows * row_height(self.fontMetrics().lineSpacing()) + 2)

    def show_words(self, words: Sequence[JudgedWord], current: TriedWord | None) -> None:
        """These, from the top."""
        self.blockSignals(True)
        self.clear()
        for number, one in enumerate(words):
            item = QListWidgetItem(row_words(one))
            item.setData(JUDGED, one)
            self.addItem(item)
            if one.word == current:
                self.setCurrentRow(number)
        self.blockSignals(False)
        self.setAccessibleDescription("\n".join(row_words(one) for one in words))
        self.updateGeometry()

    def word(self, row: int) -> TriedWord | None:
        """Of a row."""
        item = self.item(row)
        return None if item is None else item.data(JUDGED).word


class _Rows(QStyledItemDelegate):
    def __init__(self, rows: EffectList) -> None:
        super().__init__(rows)
        self._list = rows

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(100, row_height(self._list.fontMetrics().lineSpacing()))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        self.initStyleOption(option, index)
        option.text = ""  # type: ignore[attr-defined]
        style = self._list.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, self._list)
        room = QRectF(option.rect).adjusted(theme.SPACE_2, 0, -theme.SPACE_2, 0)  # type: ignore[attr-defined]
        draw_effect(painter, room, index.data(JUDGED), self._list.palette())


def row_height(line: int) -> int:
    """Pixels of a row whose words are so high."""
    return line + 2 * THICK + 4 * theme.SPACE_1


def draw_effect(painter: QPainter, room: QRectF, one: JudgedWord, palette: QPalette) -> None:
    """A word with its verdict, and both bars below it."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    metrics = painter.fontMetrics()
    line = QRectF(room.left(), room.top() + theme.SPACE_1, room.width(), metrics.lineSpacing())
    figures = share_words(one.visible)
    wide = metrics.horizontalAdvance(figures) + theme.SPACE_2
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, figures)
    words = tr("{word}: {verdict}", word=called(one.word), verdict=verdict_name(one))
    left = int(room.width() - wide)
    painter.drawText(line, middle, metrics.elidedText(words, Qt.TextElideMode.ElideRight, left))
    top = line.bottom() + theme.SPACE_1
    bar = QRectF(room.left(), top, room.width(), THICK)
    _draw_bar(painter, bar, one.visible, one.limit, SEEN, palette)
    low, high = one.spread
    painter.setPen(QPen(palette.color(QPalette.ColorRole.WindowText), 1.5))
    y = bar.center().y()
    painter.drawLine(_at(bar, low, y), _at(bar, high, y))
    bar.translate(0, THICK + theme.SPACE_1)
    _draw_bar(painter, bar, one.forms, one.limit_of_forms, FORMS, palette)
    painter.restore()


def _at(bar: QRectF, share: float, y: float) -> QPointF:
    return QPointF(bar.left() + bar.width() * min(share, 1.0), y)


def _draw_bar(
    painter: QPainter,
    bar: QRectF,
    share: float,
    limit: float,
    colour: str,
    palette: QPalette,
) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.Mid))
    painter.drawRect(bar)
    painter.setBrush(QColor(colour))
    painter.drawRect(QRectF(bar.left(), bar.top(), bar.width() * min(share, 1.0), bar.height()))
    painter.setPen(QPen(palette.color(QPalette.ColorRole.WindowText), 2))
    painter.drawLine(_at(bar, limit, bar.top() - 1), _at(bar, limit, bar.bottom() + 1))

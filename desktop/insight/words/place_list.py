"""What was looked at in one place of the picture, from most to least."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.insight.words.bars import Part, percent
from desktop.widgets import theme
from desktop.widgets.controls import DETAIL_ROLE, ShortDetailDelegate
from desktop.widgets.i18n import tr

SHARE = Qt.ItemDataRole.UserRole + 1
THICK = 3  # pixels of a row's bar
MOST = 8  # rows that are seen


class PlaceList(QWidget):
    """A heading that says which place, and a row for each token with its share there. `taken`
    carries the place in the list of one that was double-clicked, or on which Return was pressed."""

    taken = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.heading = QLabel(tr("At this place"))
        self.heading.setObjectName("heading")
        self.about = QLabel()
        self.about.setObjectName("dim")
        for label in (self.heading, self.about):
            label.setWordWrap(True)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Looked at in this place"))
        self.list.setToolTip(
            tr("What was looked at here, from most to least. Return keeps a word for its map.")
        )
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.list.setItemDelegate(_Bars(self.list))
        self.list.itemActivated.connect(lambda item: self.taken.emit(self.list.row(item)))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_2)
        for part in (self.heading, self.about, self.list):
            lines.addWidget(part)
        self.say(tr("Click the picture, or move the cross over it with the arrow keys."))

    def say(self, words: str) -> None:
        """Words in the place of the list."""
        self.about.setText(words)
        self.list.hide()

    def show_place(self, where: str, ranked: Sequence[Part]) -> None:
        """What was looked at there, from most to least; `where` says which place that is."""
        self.about.setText(where)
        self.list.clear()
        most = max((one.share for one in ranked), default=0.0)
        for one in ranked:
            item = QListWidgetItem(one.name)
            item.setData(DETAIL_ROLE, percent(one.share))
            item.setData(SHARE, one.share / most if most > 0 else 0.0)
            words = tr("{name}: {share}", name=one.name, share=percent(one.share))
            item.setToolTip(words)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
            self.list.addItem(item)
        row = self.list.sizeHintForRow(0) if ranked else 0
        rows = min(len(ranked), MOST)
        self.list.setFixedHeight(rows * row + 2 * self.list.frameWidth() + 2)
        self.list.show()

    def rows(self) -> list[str]:
        """What is listed, each as it is read out."""
        role = Qt.ItemDataRole.AccessibleTextRole
        return [str(self.list.item(row).data(role)) for row in range(self.list.count())]


class _Bars(ShortDetailDelegate):
    """With a bar below the words, as long as the share is beside the largest."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        area = QRectF(option.rect)  # type: ignore[attr-defined]
        palette: QPalette = option.palette  # type: ignore[attr-defined]
        wide = (area.width() - 2 * theme.SPACE_2) * float(index.data(SHARE) or 0.0)
        bar = QRectF(area.left() + theme.SPACE_2, area.bottom() - THICK, wide, THICK)
        painter.fillRect(bar, palette.color(QPalette.ColorRole.PlaceholderText))

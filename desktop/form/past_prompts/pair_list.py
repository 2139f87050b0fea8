"""Pairs of prompts as rows of a list: what is pinned first, then the newest, which come page by
page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.store.prompts.prompt_history import PromptPair
from desktop.widgets import theme
from desktop.widgets.i18n import tr

Index = QModelIndex | QPersistentModelIndex

PAIR = Qt.ItemDataRole.UserRole + 1
PINNED = Qt.ItemDataRole.UserRole + 2
SHOWN = 400  # characters of a text that a row could show
PIN = 14  # pixels


class PairList(QAbstractListModel):
    """What was pinned, and what was found besides."""

    def __init__(self) -> None:
        super().__init__()
        self._pinned: tuple[PromptPair, ...] = ()
        self._found: list[PromptPair] = []
        self._rows: list[PromptPair] = []
        self._known = set[PromptPair]()

    # --- what it shows ---

    def show_pinned(self, pairs: Sequence[PromptPair]) -> None:
        """These are pinned now, of those that are looked for."""
        self.beginResetModel()
        self._pinned = tuple(pairs)
        self._arrange()
        self.endResetModel()

    def begin(self, pinned: Sequence[PromptPair], found: Sequence[PromptPair]) -> None:
        """What is looked for now: of the pinned ones, and the first page of the others."""
        self.beginResetModel()
        self._pinned = tuple(pinned)
        self._found = list(found)
        self._arrange()
        self.endResetModel()

    def add(self, pairs: Sequence[PromptPair]) -> None:
        """One more page."""
        fresh = [pair for pair in dict.fromkeys(pairs) if pair not in self._known]
        if not fresh:
            return
        self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(fresh) - 1)
        self._found += fresh
        self._rows += fresh
        self._known.update(fresh)
        self.endInsertRows()

    def _arrange(self) -> None:
        self._rows = list(dict.fromkeys((*self._pinned, *self._found)))
        self._known = set(self._rows)

    def row_of(self, pair: PromptPair | None) -> int:
        """Where it stands; 0 where it does not."""
        return self._rows.index(pair) if pair in self._known else 0

    def is_pinned(self, pair: PromptPair) -> bool:
        """Whether it is among those that are pinned."""
        return pair in self._pinned

    # --- what Qt asks ---

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self._rows):
            return None
        pair = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _in_a_line(pair.prompt) or tr("(no prompt)")
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(pair)
            case _ if role == PAIR:
                return pair
            case _ if role == PINNED:
                return pair in self._pinned
            case _:
                return None

    def _spoken(self, pair: PromptPair) -> str:
        said = [pair.prompt[:SHOWN] or tr("no prompt")]
        if pair.negative_prompt:
            said.append(tr("without {what}", what=pair.negative_prompt[:SHOWN]))
        if pair in self._pinned:
            said.append(tr("pinned"))
        return ". ".join(said)


def _in_a_line(text: str) -> str:
    return " ".join(text[:SHOWN].split())


class PairDelegate(QStyledItemDelegate):
    """Two lines: the prompt, and dim the negative one; a pin before what is pinned."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = option.fontMetrics.height()  # type: ignore[attr-defined]
        return QSize(200, 2 * line + 2 * theme.SPACE_2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        pair = index.data(PAIR)
        if not isinstance(pair, PromptPair):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, option)
        space = QRect(option.rect)  # type: ignore[attr-defined]
        space.adjust(theme.SPACE_2, theme.SPACE_2, -theme.SPACE_3, -theme.SPACE_2)
        is_turned = option.direction == Qt.LayoutDirection.RightToLeft  # type: ignore[attr-defined]
        if index.data(PINNED):
            colour = option.palette.color(QPalette.ColorRole.Highlight).name()  # type: ignore[attr-defined]
            left = space.right() - PIN if is_turned else space.left()
            painter.drawPixmap(left, space.top() + 1, theme.icon("pin", colour, PIN).pixmap(PIN))
        beside = PIN + theme.SPACE_2
        space.adjust(0 if is_turned else beside, 0, -beside if is_turned else 0, 0)
        self._texts(painter, option, space, pair)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """Raised where it is marked or under the mouse."""
        state = option.state  # type: ignore[attr-defined]
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            palette = option.palette  # type: ignore[attr-defined]
            has_focus = state & QStyle.StateFlag.State_HasFocus
            edge = QPen(palette.color(QPalette.ColorRole.Highlight), 1.5)
            painter.setPen(edge if has_focus else QPen(Qt.PenStyle.NoPen))
            painter.setBrush(palette.color(QPalette.ColorRole.Midlight))
            box = QRectF(option.rect).adjusted(1, 1, -1, -1)  # type: ignore[attr-defined]
            painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)

    def _texts(
        self, painter: QPainter, option: QStyleOptionViewItem, space: QRect, pair: PromptPair
    ) -> None:
        metrics = option.fontMetrics  # type: ignore[attr-defined]
        palette = option.palette  # type: ignore[attr-defined]
        lines = [(_in_a_line(pair.prompt) or tr("(no prompt)"), QPalette.ColorRole.Text)]
        if pair.negative_prompt:
            without = tr("Without: {what}", what=_in_a_line(pair.negative_prompt))
            lines.append((without, QPalette.ColorRole.PlaceholderText))
        else:
            space.adjust(0, metrics.height() // 2, 0, 0)
        for text, role in lines:
            painter.setPen(palette.color(role))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, space.width())
            aligned = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop
            painter.drawText(space, aligned, shown)
            space.adjust(0, metrics.height(), 0, 0)

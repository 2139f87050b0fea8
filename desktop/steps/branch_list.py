"""The pictures that share steps, drawn as a tree: each a line from the step at which it branches
off to the last one, in a row of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from core.values.picture import Picture
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.rewind.branch_tree import BranchNode

ROW = 26  # pixels
MOST_ROWS = 4  # that are seen at once
TREE = 180  # pixels of the drawing, left of the words
DOT = 4.0  # pixels: radius of a picture's end
NODE = Qt.ItemDataRole.UserRole


class BranchList(QListWidget):
    """`opened` carries the Picture that is to be seen beside the one that is open, `entered` that
    which is to be opened in its place."""

    opened = Signal(object)
    entered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.steps = 1
        self.nodes: tuple[BranchNode, ...] = ()
        self.setAccessibleName(tr("Pictures that share steps"))
        self.setToolTip(
            tr(
                "Each line begins at the step where a picture branches off. Return shows one "
                "beside this picture, I opens it here."
            )
        )
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(BranchDelegate(self))
        self.setUniformItemSizes(True)
        self.itemClicked.connect(self._open)
        self.itemDoubleClicked.connect(self._enter)

    def show_tree(self, nodes: Sequence[BranchNode], steps: int) -> None:
        """All pictures, each below the one that it branches off from, and how many steps they
        have."""
        self.nodes = tuple(nodes)
        self.steps = max(steps, 1)
        self.clear()
        for node in self.nodes:
            item = QListWidgetItem(words_of(node))
            item.setData(NODE, node)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, self._spoken(node))
            item.setToolTip(node.prompt)
            self.addItem(item)
            if node.is_open:
                self.setCurrentItem(item)
        self.setFixedHeight(ROW * min(max(len(self.nodes), 1), MOST_ROWS) + 2 * theme.SPACE_1)

    def _spoken(self, node: BranchNode) -> str:
        if node.parent < 0:
            words = tr("{branch}, the first picture", branch=words_of(node))
        else:
            words = tr(
                "{branch}, branches off from: {parent}",
                branch=words_of(node),
                parent=_prompt(self.nodes[node.parent]),
            )
        return tr("{words}, this picture", words=words) if node.is_open else words

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if plain and item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(item)
        elif plain and item is not None and event.key() == Qt.Key.Key_I:
            self._enter(item)
        else:
            super().keyPressEvent(event)

    def _open(self, item: QListWidgetItem) -> None:
        if (picture := _picture(item)) is not None:
            self.opened.emit(picture)

    def _enter(self, item: QListWidgetItem) -> None:
        if (picture := _picture(item)) is not None:
            self.entered.emit(picture)


class BranchDelegate(QStyledItemDelegate):
    """Draws the part of the tree that lies in a row, and the words beside it."""

    def __init__(self, branches: BranchList) -> None:
        super().__init__(branches)
        self._list = branches

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW)

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        node: BranchNode = index.data(NODE)
        if node.picture is None:
            option.palette.setCurrentColorGroup(QPalette.ColorGroup.Disabled)  # type: ignore[attr-defined]

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        text, whole.text = whole.text, ""  # type: ignore[attr-defined]
        style = self._list.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, whole, painter, self._list)
        rect: QRect = whole.rect  # type: ignore[attr-defined]
        palette: QPalette = whole.palette  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_tree(painter, QRectF(rect), index.row(), palette)
        node: BranchNode = index.data(NODE)
        font = painter.font()
        font.setBold(node.is_open)
        painter.setFont(font)
        known = QPalette.ColorRole.Text if node.picture else QPalette.ColorRole.PlaceholderText
        painter.setPen(palette.color(QPalette.ColorGroup.Active, known))
        room = rect.adjusted(TREE + theme.SPACE_2, 0, -theme.SPACE_2, 0)
        words = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()

    def _x(self, left: float, step: int) -> float:
        share = min(step / self._list.steps, 1.0)
        return left + theme.SPACE_2 + (TREE - 2 * theme.SPACE_2) * share

    def _draw_tree(self, painter: QPainter, rect: QRectF, row: int, palette: QPalette) -> None:
        nodes = self._list.nodes
        middle = rect.center().y()
        group = QPalette.ColorGroup.Active
        line = palette.color(group, QPalette.ColorRole.PlaceholderText)
        painter.setPen(QPen(line, 1))
        for at, other in enumerate(nodes):
            if other.parent <= row <= at and other.parent >= 0:
                x = self._x(rect.left(), other.step)
                top = middle if other.parent == row else rect.top()
                bottom = middle if at == row else rect.bottom() + 1
                painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        node = nodes[row]
        text = palette.color(group, QPalette.ColorRole.Text)
        colour = text if node.is_open else line
        end = QPointF(self._x(rect.left(), self._list.steps), middle)
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(self._x(rect.left(), node.step), middle), end)
        painter.setBrush(colour)
        painter.drawEllipse(end, DOT, DOT)


def words_of(node: BranchNode) -> str:
    """A picture of the tree in one line."""
    if node.parent < 0:
        return _prompt(node)
    return tr("Step {step}: {prompt}", step=node.step, prompt=_prompt(node))


def _prompt(node: BranchNode) -> str:
    words = " ".join(node.prompt.split()) or tr("no words")
    return words if node.picture else tr("{prompt} (not in the gallery)", prompt=words)


def _picture(item: QListWidgetItem) -> Picture | None:
    node: BranchNode = item.data(NODE)
    return node.picture

"""A list of layers or masks: chosen, renamed in place, dragged to another place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QIcon, QImage, QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from core.values.editing.document import LONGEST_NAME
from desktop.widgets import theme
from desktop.widgets.i18n import tr

SIDE = 24  # pixels of a thumbnail
ROW = 34  # pixels of a row's height
_ID = Qt.ItemDataRole.UserRole


class _ShortNames(QStyledItemDelegate):
    """Names end before what a row can be switched to."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        view = option.widget  # type: ignore[attr-defined]
        if isinstance(view, PartList):
            space = view.viewport().width() - SIDE - view.marked(index.row()) - 4 * theme.SPACE_1
            option.text = option.fontMetrics.elidedText(  # type: ignore[attr-defined]
                str(index.data()), Qt.TextElideMode.ElideRight, max(space, SIDE)
            )


class _NameField(QLineEdit):
    """Over the name that it changes: `given` carries what was typed, "" where Esc was pressed."""

    given = Signal(str)

    def __init__(self, name: str, parent: PartList) -> None:
        super().__init__(name, parent.viewport())
        self.setAccessibleName(tr("Name"))
        self.setWhatsThis(tr("The name: Return takes it, Esc leaves the one there was."))
        self.setMaxLength(LONGEST_NAME)
        self.selectAll()
        self._parent = parent
        self._ended = False
        self.editingFinished.connect(lambda: self._end(self.text().strip()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._end("")
        else:
            super().keyPressEvent(event)

    def _end(self, name: str) -> None:
        """Once: that it loses the focus then is no second end."""
        if self._ended:
            return
        self._ended = True
        if self.hasFocus():
            self._parent.setFocus()
        self.hide()
        self.deleteLater()
        self.given.emit(name)


class PartList(QListWidget):
    """F2 or a double click renames a row: `renamed` carries id and name. `moved`: the ids in their
    new order from the top. `removed`: Delete was pressed on the row that is chosen. `menu_asked`:
    where on the screen the menu of that row is wanted.

    Qt's own editors do not open in rows that have widgets.
    """

    renamed = Signal(int, str)
    moved = Signal(list)
    removed = Signal()
    menu_asked = Signal(QPoint)

    def __init__(self, name: str, help_text: str, *, orders: bool) -> None:
        super().__init__()
        self.setObjectName("parts")
        self.setAccessibleName(name)
        self.setWhatsThis(help_text)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setItemDelegate(_ShortNames(self))
        self.setUniformItemSizes(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)  # what rows end with stays in sight
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        if orders:
            self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
            self.model().rowsMoved.connect(lambda *_: self.moved.emit(self.ids()))
        self._filling = False
        self._field: _NameField | None = None

    def marked(self, at: int) -> int:
        """Pixels that the marks of a row take."""
        marks = self.itemWidget(self.item(at))
        return 0 if marks is None else marks.sizeHint().width()

    def ids(self) -> list[int]:
        """From the top."""
        return [self.item(at).data(_ID) for at in range(self.count())]

    def fill(self, parts: list[tuple[int, str, str]], active: int) -> None:
        """Show these: id, name, and all that a screen reader says of each."""
        self._filling = True
        if self.ids() != [part_id for part_id, _, _ in parts]:
            self.clear()
            for part_id, _, _ in parts:
                item = QListWidgetItem()
                item.setData(_ID, part_id)
                item.setSizeHint(QSize(0, ROW))
                self.addItem(item)
        for at, (part_id, name, said) in enumerate(parts):
            item = self.item(at)
            item.setText(name)
            item.setToolTip(name)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
            if part_id == active:
                self.setCurrentRow(at)
        if not active:
            self.setCurrentRow(-1)
        self._filling = False

    def show_picture(self, part_id: int, image: QImage) -> None:
        """Its thumbnail."""
        if part_id in self.ids():
            pixmap, icon = QPixmap.fromImage(image), QIcon()
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # else that is tinted
                icon.addPixmap(pixmap, mode)
            self.item(self.ids().index(part_id)).setIcon(icon)

    def chosen(self) -> int:
        """The id of the row that is chosen; 0 for none."""
        item = self.currentItem()
        return 0 if item is None else item.data(_ID)

    @property
    def is_filling(self) -> bool:
        """Whether the document speaks, and not a person."""
        return self._filling

    # --- what a person does ---

    def rename(self) -> None:
        """Ask for another name of the row that is chosen, in its place."""
        item = self.currentItem()
        if item is None:
            return
        self.scrollToItem(item)
        part_id = item.data(_ID)
        place = self.visualItemRect(item)
        self._field = _NameField(item.text(), self)
        self._field.given.connect(lambda name: self._given(part_id, name))
        left = place.left() + SIDE + 2 * theme.SPACE_1
        self._field.setGeometry(left, place.top() + 2, place.right() - left, place.height() - 4)
        self._field.show()
        self._field.setFocus()

    def _given(self, part_id: int, name: str) -> None:
        self._field = None
        if name:
            self.renamed.emit(part_id, name)

    def event(self, event: QEvent) -> bool:
        """Delete takes a part away here, whatever it does on the canvas."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Delete)
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_F2:
                self.rename()
            case Qt.Key.Key_Delete if self.currentItem() is not None:
                self.removed.emit()
            case _ if event.text().isprintable() and event.text().strip():
                event.ignore()  # the lists are short: letters are for tools, not for names
            case _:
                super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.itemAt(event.position().toPoint()) is not None:
            self.rename()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """At the pointer, or at the row that is chosen where a key asked for it."""
        place = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.currentItem() is not None:
            place = self.visualItemRect(self.currentItem()).center()
        if self.itemAt(place) is not None:
            self.menu_asked.emit(self.viewport().mapToGlobal(place))

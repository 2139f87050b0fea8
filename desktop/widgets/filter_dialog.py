"""The command palette: type a few letters, press Return."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.widgets.i18n import tr


class CommandPalette(QDialog):
    """Lists enabled actions that hold all typed words, in their text or among the other
    words that are their data."""

    def __init__(
        self, actions: Sequence[QAction], parent: QWidget, title: str = "", hint: str = ""
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title or tr("All commands"))
        self.resize(460, 380)
        self._actions = [action for action in actions if action.isEnabled()]
        self.field = QLineEdit()
        self.field.setMaxLength(200)
        self.field.setPlaceholderText(hint or tr("Type a command"))
        self.field.setAccessibleName(tr("Command"))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Commands"))
        self.field.setWhatsThis(
            tr("Type a few letters of a command, also in other programs' words, and press Return.")
        )
        self.list.setWhatsThis(
            tr("Commands that can do something now; Return does the marked one.")
        )
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._run)
        self.list.itemActivated.connect(lambda _: self._run())
        self.field.installEventFilter(self)
        self._fill("")

    def _fill(self, text: str) -> None:
        self.list.clear()
        typed = text.lower().split()
        for action in self._actions:
            found_by = f"{action.text()} {action.data() or ''}".lower()
            if all(word in found_by for word in typed):
                key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                words = f"{action.text()}    {key}" if key else action.text()
                item = QListWidgetItem(words)
                item.setData(Qt.ItemDataRole.UserRole, action)
                self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _run(self) -> None:
        item = self.list.currentItem()
        self.accept()
        if item is not None:
            item.data(Qt.ItemDataRole.UserRole).trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            move = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if move:
                wanted = max(self.list.currentRow() + move, 0)
                self.list.setCurrentRow(min(wanted, self.list.count() - 1))
                return True
        return super().eventFilter(watched, event)

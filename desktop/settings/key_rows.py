"""The keys of all commands, each to be changed; a key that another command has is refused,
and can be taken from it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QKeySequenceEdit, QLabel, QPushButton, QWidget

from desktop.state.commands import Command, Commands
from desktop.state.shortcuts import Keys, display_key, normal_key, owner_of, resolve, with_key
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr, tr_data

Custom = tuple[tuple[str, str], ...]


class KeyRows(QWidget):
    """`changed` carries the person's keys, as the settings keep them. The rows come with
    `slices`."""

    changed = Signal(object)

    def __init__(self, custom: Custom, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._custom = custom
        self._commands = commands
        self._keys = Keys()
        self.edits: dict[str, QKeySequenceEdit] = {}
        self._more: dict[str, QLabel] = {}
        self._refused: tuple[str, str] = ("", "")  # a command and the key it cannot have
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.take = QPushButton()
        self.take.setWhatsThis(tr("Gives the key to this command; the other one is left without."))
        self.take.clicked.connect(self._take)
        self._clash = row(self.note, self.take, None)
        self._clash.layout().setStretch(0, 1)  # type: ignore[union-attr]
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(theme.SPACE_2)
        self._grid.setColumnStretch(2, 1)
        self._clash.hide()

    def slices(self, rows: int) -> Iterator[None]:
        """Builds the rows of the commands, so many before each `yield`."""
        for at, command in enumerate(self._commands.values()):
            self._add(2 * at, command)
            if at % rows == rows - 1:
                yield
        self.use(self._custom)

    def _add(self, at: int, command: Command) -> None:
        label = tr_data(command.label)
        edit = QKeySequenceEdit()
        edit.setMaximumSequenceLength(1)
        edit.setClearButtonEnabled(True)
        edit.setAccessibleName(tr("Keys for {command}", command=label))
        edit.setWhatsThis(
            tr(
                "Press the keys that {command} shall have, or clear the field for none.",
                command=label,
            )
        )
        edit.setToolTip(edit.whatsThis())
        edit.setFixedWidth(200)
        edit.editingFinished.connect(partial(self._wanted, command.id))
        name = QLabel(label)
        name.setBuddy(edit)
        more = QLabel()
        more.setObjectName("dim")
        self._grid.addWidget(name, at, 0)
        self._grid.addWidget(edit, at, 1)
        self._grid.addWidget(more, at, 2)
        self.edits[command.id] = edit
        self._more[command.id] = more

    def use(self, custom: Custom) -> None:
        """Show these keys of the person's, and the defaults beside them."""
        self._custom = custom
        self._keys = resolve(custom, self._commands)
        for command_id, edit in self.edits.items():
            first, *others = self._keys[command_id] or ("",)
            edit.setKeySequence(QKeySequence(first, QKeySequence.SequenceFormat.PortableText))
            also = ", ".join(display_key(key) for key in others)
            self._more[command_id].setText(tr("also {keys}", keys=also) if also else "")

    def _wanted(self, command_id: str) -> None:
        edit = self.edits[command_id]
        key = normal_key(edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText))
        if key == (self._keys[command_id] or ("",))[0]:
            return
        other = owner_of(key, command_id, self._keys, self._commands) if key else ""
        if not other:
            self._clash.hide()
            self._set_key(command_id, key)
            return
        self._refused = command_id, key
        label = tr_data(self._commands[command_id].label)
        others = tr_data(self._commands[other].label)
        self.note.setText(
            tr(
                "{key} is the key of {other}. {command} keeps what it had.",
                key=display_key(key),
                other=others,
                command=label,
            )
        )
        self.take.setText(tr("Take it from {other}", other=others))
        self._grid.addWidget(self._clash, 2 * list(self.edits).index(command_id) + 1, 0, 1, 3)
        self._clash.show()
        self.use(self._custom)
        QWidget.setTabOrder(edit, self.take)

    def _take(self) -> None:
        command_id, key = self._refused
        self._clash.hide()
        if other := owner_of(key, command_id, self._keys, self._commands):
            self._set_key(command_id, key, other)
        self.edits[command_id].setFocus()

    def _set_key(self, command_id: str, key: str, take_from: str = "") -> None:
        custom = with_key(self._custom, command_id, key, self._commands, take_from)
        self.use(custom)
        self.changed.emit(custom)

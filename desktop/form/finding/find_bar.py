"""The lines above an editor: what is looked for in it, and what comes in its place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from desktop.widgets import theme
from desktop.widgets.controls import IconButton, row
from desktop.widgets.i18n import tr

LONGEST = 2_000  # characters that are looked for
ICON = 16


class FindBar(QFrame):
    """Asks; what is found is somebody else's affair. `stepped` with whether it goes back."""

    changed = Signal()
    stepped = Signal(bool)
    replace_asked = Signal()
    all_asked = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findBar")
        self.field = _field(tr("Find"), tr("Find in this prompt"))
        self.field.setWhatsThis(
            tr("What is looked for; Return goes to the next place, Shift+Return to the one before.")
        )
        self.count = QLabel()
        self.count.setObjectName("dim")
        # so that the field beside it stays as wide while there are more or fewer
        self.count.setMinimumWidth(self.fontMetrics().horizontalAdvance("00 of 00"))
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.back = _button("up", tr("Previous"), tr("Goes to the place before (Shift+Return)."))
        self.forth = _button("down", tr("Next"), tr("Goes to the next place (Return)."))
        self.case = _button("case", tr("Match case"), tr("Capitals and small letters differ."))
        self.case.setCheckable(True)
        self.cross = _button("close", tr("Close"), tr("Ends the search (Esc)."))
        self.replacement = _field(tr("Replace by"), tr("Replacement"))
        self.replacement.setWhatsThis(tr("What comes in the place of what is found."))
        self.one = _answer(tr("Replace"), tr("Replaces this place and goes to the next."))
        self.all = _answer(tr("All"), tr("Replaces all places; one undo brings them back."))
        self._rest = row(self.replacement, self.one, self.all, spacing=theme.SPACE_1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_1)
        parts = (self.field, self.count, self.back, self.forth, self.case, self.cross)
        column.addWidget(row(*parts, spacing=theme.SPACE_1))
        column.addWidget(self._rest)
        self._connect()

    def _connect(self) -> None:
        self.field.textChanged.connect(lambda _: self.changed.emit())
        self.case.toggled.connect(lambda _: self.changed.emit())
        self.back.clicked.connect(lambda: self.stepped.emit(True))
        self.forth.clicked.connect(lambda: self.stepped.emit(False))
        self.cross.clicked.connect(self.left)
        self.one.clicked.connect(self.replace_asked)
        self.all.clicked.connect(self.all_asked)
        for part in (self.field, self.replacement):
            part.installEventFilter(self)

    def show_replacing(self, on: bool) -> None:
        """Whether something can be put in the place of what is found."""
        self._rest.setVisible(on)

    def show_count(self, words: str, *, can_step: bool) -> None:
        """How many places there are, in words, and whether there are any."""
        self.count.setText(words)
        for button in (self.back, self.forth, self.one, self.all):
            button.setEnabled(can_step)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._answers(watched, event) or super().eventFilter(watched, event)
        return super().eventFilter(watched, event)

    def _answers(self, watched: QObject, event: QKeyEvent) -> bool:
        """Whether it was a key of the two fields."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain_key = modifiers in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
        )
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain_key:
            if watched is self.replacement:
                self.replace_asked.emit()
            else:
                self.stepped.emit(bool(modifiers))
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


def _field(hint: str, name: str) -> QLineEdit:
    field = QLineEdit()
    field.setMaxLength(LONGEST)
    field.setPlaceholderText(hint)
    field.setAccessibleName(name)
    return field


def _button(icon: str, name: str, help_text: str) -> IconButton:
    button = IconButton(icon, name, help_text, size=ICON)
    button.setObjectName("quiet")
    return button


def _answer(words: str, help_text: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("answer")
    button.setText(words)
    button.setToolTip(help_text)
    return button

"""The list of stops on the page on which a lesson is changed, and the fields and hints there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QPlainTextEdit

from desktop.widgets import theme
from desktop.widgets.i18n import tr

LINES = 5  # of a text field


class StopList(QListWidget):
    """Delete takes a stop out here, and Undo takes back what was done to the stops."""

    removed = Signal()
    undone = Signal()

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and (event.matches(QKeySequence.StandardKey.Undo) or _is_delete(event))
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undone.emit()
        elif _is_delete(event):
            self.removed.emit()
        else:
            super().keyPressEvent(event)


def _is_delete(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Delete and not event.modifiers()


def line(name: str) -> QLineEdit:
    """A field of one line that is called `name`."""
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setMaxLength(300)
    field.setWhatsThis(tr("A line of your lesson, as people will read it."))
    return field


def text(name: str) -> QPlainTextEdit:
    """A field of several lines that is called `name`."""
    field = QPlainTextEdit()
    field.setAccessibleName(name)
    field.setTabChangesFocus(True)
    field.setFixedHeight(LINES * field.fontMetrics().lineSpacing() + theme.SPACE_3)
    field.setWhatsThis(tr("A text of your lesson, as people will read it."))
    return field


def hint(style: str) -> QLabel:
    """A sentence in this `style` of the sheet's, hidden until there is something to say."""
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(style)
    label.hide()
    return label

"""What the commands do with the whole form."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from desktop.draft import Draft
from desktop.strings import tr
from desktop.widgets import NoticeBar


class FormActions:
    """Undo and reset, over the draft."""

    def __init__(self, draft: Draft, notice: NoticeBar) -> None:
        self._draft, self._notice = draft, notice

    def undo(self) -> None:
        """In a text field the field's own undo, elsewhere the last change of the whole form."""
        focus = QApplication.focusWidget()
        in_editor = isinstance(focus, QPlainTextEdit) and focus.document().isUndoAvailable()
        in_line = isinstance(focus, QLineEdit) and focus.isUndoAvailable()
        if isinstance(focus, QPlainTextEdit | QLineEdit) and (in_editor or in_line):
            focus.undo()
        else:
            self._draft.undo()

    def reset(self) -> None:
        """The model's defaults for everything but the texts."""
        self._draft.reset()
        self._notice.say(tr("The parameters are the model's defaults again."), label=tr("Undo"), act=self._draft.undo)

"""What stands in the grid's place where no picture answers: why, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from core.values.gallery.question import PictureQuestion
from desktop.gallery.albums.rows import SideRow
from desktop.widgets import theme
from desktop.widgets.i18n import tr


class NothingHere(QWidget):
    """`cleared`: the search is to be taken away."""

    cleared = Signal()

    def __init__(self, trash_days: int) -> None:
        super().__init__()
        self._days = trash_days
        self.words = QLabel()
        self.words.setObjectName("dim")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.clear = QPushButton(tr("Clear the search"))
        self.clear.setToolTip(tr("Shows all pictures again."))
        self.clear.clicked.connect(self.cleared)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, 48, theme.SPACE_4, 48)
        column.setSpacing(theme.SPACE_3)
        column.addWidget(self.words)
        column.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def text(self) -> str:
        """What is said."""
        return self.words.text()

    def use_trash_days(self, days: int) -> None:
        """How long deleted pictures are kept."""
        self._days = days

    def explain(self, question: PictureQuestion, shown: SideRow | None) -> None:
        """Why nothing answers; `shown` is the row of the list that asks for just this."""
        searched = bool(question.text.strip())
        self.clear.setVisible(searched and (shown is None or not shown.empty))
        self.words.setText(self._why(question, shown))

    def _why(self, question: PictureQuestion, shown: SideRow | None) -> str:
        if shown is not None and shown.empty:
            return shown.empty
        if question.text.strip():
            return tr("Nothing matches. Clear the search to see all pictures.")
        if question.trashed:
            days = tr("1 day") if self._days == 1 else tr("{n} days", n=self._days)
            return tr("The trash is empty. Deleted pictures wait here for {days}.", days=days)
        return tr(
            "Your pictures will stand here. Make the first one in Create: "
            "type a prompt and press Generate."
        )

"""Edit while nothing is open: what it is for, and all ways in."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import theme
from desktop.widgets.i18n import tr

WIDEST = 460  # pixels of a line of words


class EmptyRoom(QWidget):
    """Its buttons are commands."""

    def __init__(self) -> None:
        super().__init__()
        self.title = QLabel(tr("Nothing is open here"))
        self.title.setObjectName("title")
        words = QLabel(
            tr(
                "Edit paints on pictures and has parts of them made anew. Press E on any picture "
                "in History or the Gallery, drop a file here, or paste one."
            )
        )
        words.setObjectName("dim")
        words.setWordWrap(True)
        words.setFixedWidth(WIDEST)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.open = QPushButton(tr("Open picture..."))
        self.open.setObjectName("primary")
        self.paste = QPushButton(tr("Paste"))
        self.new = QPushButton(tr("New document"))
        self.reopen = QPushButton(tr("Reopen closed document"))
        self.reopen.setObjectName("link")
        for button in (self.open, self.paste, self.new, self.reopen):
            button.setAccessibleName(button.text())
        ways = QHBoxLayout()
        ways.setSpacing(theme.SPACE_2)
        ways.addStretch(1)
        for button in (self.open, self.paste, self.new):
            ways.addWidget(button)
        ways.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        column.addStretch(2)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(self.title, 0, centre)
        middle = QHBoxLayout()  # an alignment would keep the words to one line
        middle.addStretch(1)
        middle.addWidget(words)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addSpacing(theme.SPACE_2)
        column.addLayout(ways)
        column.addWidget(self.reopen, 0, centre)
        column.addStretch(3)

    def show_reopen(self, shown: bool) -> None:
        """Whether a closed document can be opened again."""
        self.reopen.setVisible(shown)

    def buttons(self) -> Iterable[tuple[QAbstractButton, str, str]]:
        """Each with its command and the words of its tooltip."""
        return (
            (self.open, "document-open", "Open a picture or a layered file"),
            (self.paste, "document-paste", "Open the picture that is on the clipboard"),
            (self.new, "document-new", "Begin with an empty sheet"),
            (self.reopen, "document-reopen", "Open what was closed last"),
        )

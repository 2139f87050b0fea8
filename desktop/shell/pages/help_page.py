"""Pages of help: texts of `resources/help` in a window of their own, to be read beside the form."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtGui import QTextBlock, QTextCursor, QTextFormat, QTextOption
from PySide6.QtWidgets import QDialog, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from core.system.paths import RESOURCES
from core.system.regular_files import read_limited
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr, tr_data

FOLDER = RESOURCES / "help"
MAX_FILE = 2**20  # bytes
TITLE, HEADING = 20, 15  # pixels of their letters


class HelpPage(QDialog):
    """One page, called `name`; it is read from the disk in a task."""

    def __init__(self, name: str, title: str, tasks: SerialTasks, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(640, 620)
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(title)
        self.text.setWhatsThis(tr("A page of help; its examples can be selected and copied."))
        self.text.setWordWrapMode(QTextOption.WrapMode.WordWrap)
        self.text.document().setDocumentMargin(theme.SPACE_4)
        close = QPushButton(tr("Close"))
        close.setToolTip(tr("Closes this page and changes nothing else."))
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        column.addWidget(self.text, 1)
        column.addWidget(row(None, close))
        tasks.submit(partial(page_text, FOLDER / f"{name}.md"), self.show_text)

    def show_text(self, text: str) -> None:
        """The page, each paragraph in the user's language."""
        parts = [tr_data(part) for part in text.split("\n\n")]
        self.text.setMarkdown("\n\n".join(parts))
        block = self.text.document().begin()
        while block.isValid():
            _lay_out(QTextCursor(block))
            block = block.next()


def _lay_out(cursor: QTextCursor) -> None:
    """A paragraph in the window's type: headings stand closer to what they head, examples stand
    in from the edge."""
    block = cursor.blockFormat()
    level = block.headingLevel()
    block.setTopMargin(theme.SPACE_4 if level > 1 else theme.SPACE_2)
    block.setLeftMargin(theme.SPACE_3 if _is_example(cursor.block()) else 0)
    cursor.setBlockFormat(block)
    if level:
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        form = cursor.charFormat()
        form.clearProperty(QTextFormat.Property.FontSizeAdjustment)
        form.setProperty(QTextFormat.Property.FontPixelSize, TITLE if level == 1 else HEADING)
        cursor.setCharFormat(form)


def _is_example(block: QTextBlock) -> bool:
    """Whether all of it is code."""
    part = block.begin()
    while not part.atEnd():
        if not part.fragment().charFormat().fontFixedPitch():
            return False
        part += 1
    return bool(block.text())


def page_text(path: Path) -> str:
    """A page as it is written; a sentence where it is missing."""
    try:
        return read_limited(path, MAX_FILE).decode("utf-8", "replace").strip()
    except (OSError, ValueError):
        return tr("This page of help is missing. Set the program up again.")

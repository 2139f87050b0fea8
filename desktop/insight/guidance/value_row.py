"""A row of other values of one parameter: its controls, its strip, what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.insight.opened.figure_saving import save_button
from desktop.pictures.strips.strip import Strip
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

LONGEST = 400  # characters of values that are taken
NARROWEST, WIDEST = 160, 320  # pixels of the field of values


@dataclass(frozen=True, slots=True)
class RowWords:
    """What a row is called, and one sentence on what it shows."""

    title: str
    help_text: str


class ValueRow(QWidget):
    """`edited` carries the text of the values, `make_asked` and `stop_asked` nothing, `use_asked`
    the place of the cell whose value is wanted in the form, `more_asked` nothing."""

    edited = Signal(str)
    make_asked = Signal()
    stop_asked = Signal()
    use_asked = Signal(int)
    save_asked = Signal()
    more_asked = Signal()

    def __init__(self, words: RowWords) -> None:
        super().__init__()
        self._running = False
        self.heading = QLabel(words.title)
        self.heading.setObjectName("heading")
        self.explained = QLabel(words.help_text)
        self.strip = Strip(
            words.title, tr("Return shows the chosen one beside this picture."), notes=2
        )
        self.values = QLineEdit()
        self.values.setMaxLength(LONGEST)
        self.values.setAccessibleName(tr("Values: {what}", what=words.title))
        self.values.setToolTip(tr("Numbers between commas; Return takes them."))
        self.values.setMinimumWidth(NARROWEST)
        self.values.setMaximumWidth(WIDEST)
        self.make = QPushButton()
        self.use = QPushButton()
        self.save = save_button(words.title)
        self.said = QLabel()
        self.more = QPushButton()
        self._build()
        self._connect()
        self.name_use("")

    def _build(self) -> None:
        for label in (self.explained, self.said):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            # else it asks for the height that it would have in the narrowest column
            label.setMinimumHeight(label.fontMetrics().lineSpacing())
        self.explained.setObjectName("dim")
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.setAccessibleName(tr("What this row says"))
        self.more.hide()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_2)
        lines.addWidget(row(self.heading, None, self.save))
        lines.addWidget(self.explained)
        lines.addWidget(row(self.values, self.make, self.use, None, wide=self.values))
        lines.addWidget(self.strip)
        lines.addWidget(self.said)
        lines.addWidget(row(self.more, None))

    def _connect(self) -> None:
        self.values.editingFinished.connect(self._edit)
        self.values.textEdited.connect(self._offer)
        self.make.clicked.connect(self._make_or_stop)
        self.use.clicked.connect(lambda: self.use_asked.emit(self.strip.currentRow()))
        self.save.clicked.connect(self.save_asked)
        self.more.clicked.connect(self.more_asked)

    def _edit(self) -> None:
        if self.values.isModified():
            self.values.setModified(False)
            self.edited.emit(self.values.text())

    def _offer(self) -> None:
        """Whatever is typed may be made."""
        if not self._running:
            self.name_make(tr("Make these"), running=False)

    def _make_or_stop(self) -> None:
        self._edit()  # what was typed counts though no Return was pressed
        if self._running:
            self.stop_asked.emit()
        else:
            self.make_asked.emit()

    def name_make(self, words: str, *, running: bool) -> None:
        """What the button does: makes what is missing, or stops that; "" where nothing can be."""
        self._running = running
        self.make.setText(words or tr("Nothing to make"))
        self.make.setAccessibleName(self.make.text())
        self.make.setEnabled(bool(words))

    def name_use(self, words: str) -> None:
        """What taking the chosen value is called; "" where none is chosen."""
        self.use.setText(words or tr("Use this value"))
        self.use.setAccessibleName(self.use.text())
        self.use.setEnabled(bool(words))
        self.use.setToolTip(tr("Takes the chosen value into Create's form, as one step of undo."))

    def name_more(self, words: str) -> None:
        """What more is needed; "" for nothing."""
        self.more.setText(words)
        self.more.setAccessibleName(words or tr("Make more"))
        self.more.setVisible(bool(words))

    def tell(self, words: str) -> None:
        """What follows from the row."""
        self.said.setText(words)
        self.said.setVisible(bool(words))

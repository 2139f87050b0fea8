"""A station: its name, its figure, and what happens there in three sentences with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.insight.opened.figure_saving import save_button
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.from_text.latents import FinishedLatents
    from core.service.insight.recorded import RecordedPicture
    from core.values.insight.questions import PartsAnswer, PartSize

Rows = Sequence[tuple[str, str]]  # what a number is, and the number
MILLION = 1e6
NARROWEST = 300  # pixels of the numbers


class Numbers(QWidget):
    """Numbers under one another, each with its name."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.SPACE_3)
        self._grid.setVerticalSpacing(theme.SPACE_1)
        self._grid.setColumnStretch(0, 1)
        self.setMinimumWidth(NARROWEST)
        self._names: list[QLabel] = []
        self._values: list[QLabel] = []

    def show_rows(self, rows: Rows) -> None:
        """These, and no others."""
        while len(self._names) < len(rows):
            self._add()
        for at, (name, value) in enumerate(zip(self._names, self._values, strict=True)):
            is_used = at < len(rows)
            name.setVisible(is_used)
            value.setVisible(is_used)
            name.setText(rows[at][0] if is_used else "")
            value.setText(rows[at][1] if is_used else "")
            value.setAccessibleName(name.text())

    def _add(self) -> None:
        name, value = QLabel(), QLabel()
        name.setObjectName("dim")
        name.setWordWrap(True)
        name.setTextFormat(Qt.TextFormat.PlainText)
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        at = len(self._names)
        self._grid.addWidget(name, at, 0)
        self._grid.addWidget(value, at, 1)
        self._names.append(name)
        self._values.append(value)

    def rows(self) -> list[tuple[str, str]]:
        """What it shows."""
        pairs = zip(self._names, self._values, strict=True)
        return [(name.text(), value.text()) for name, value in pairs if name.text()]


class Station(QWidget):
    """`begin` is called when it is first seen of a picture. `save_asked` when its figure is to be
    saved: `table` has its numbers, `figure` is what is drawn."""

    save_asked = Signal()

    def __init__(self, name: str, sentences: Sequence[str], *, saves: bool = True) -> None:
        super().__init__()
        self.name = name
        self.picture: RecordedPicture | None = None
        self.parts: PartsAnswer | None = None
        self.latents: FinishedLatents | None = None
        self.was_seen = False
        self.figure = QWidget()
        self.lines = QVBoxLayout(self.figure)
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(theme.SPACE_2)
        self.numbers = Numbers()
        self.waiting = QLabel()
        self.opener = QToolButton()
        self.details = QWidget()
        self.saver = save_button(name) if saves else None
        self._build(sentences)
        self.opener.toggled.connect(self._open_details)
        self._open_details(False)

    def _build(self, sentences: Sequence[str]) -> None:
        title = QLabel(self.name)
        title.setObjectName("heading")
        self.opener.setText(tr("What happens here"))
        self.opener.setAccessibleName(tr("What happens here: {station}", station=self.name))
        self.opener.setToolTip(tr("Opens three sentences on this station, and its numbers."))
        self.opener.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.opener.setCheckable(True)
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE_2)
        self.waiting.setObjectName("dim")
        head.addWidget(title)
        head.addWidget(self.waiting)
        head.addStretch(1)
        head.addWidget(self.opener)
        if self.saver is not None:
            self.saver.clicked.connect(self.save_asked)
            head.addWidget(self.saver)
        words = QLabel("\n\n".join(sentences))
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        inside = QHBoxLayout(self.details)
        inside.setContentsMargins(0, theme.SPACE_1, 0, 0)
        inside.setSpacing(2 * theme.SPACE_4)
        inside.addWidget(words, 3)
        inside.addWidget(self.numbers, 2, Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(theme.SPACE_2)
        whole.addLayout(head)
        whole.addWidget(self.figure)
        whole.addWidget(self.details)

    def _open_details(self, is_open: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self.opener.setArrowType(arrow)
        self.details.setVisible(is_open)

    # --- what a station does ---

    def open(self, picture: RecordedPicture | None) -> None:
        """Another picture, or none; nothing is asked yet."""
        self.picture = picture
        self.parts = None
        self.latents = None
        self.was_seen = False
        self.wait(False)
        if self.saver is not None:
            self.saver.setEnabled(False)
        self.clear()
        self.tell()

    def begin(self) -> None:
        """It is seen: ask for what it shows."""

    def clear(self) -> None:
        """Nothing is known yet of this picture."""

    def tell(self) -> None:
        """Write down the numbers as far as they are known."""
        self.numbers.show_rows(self.rows())

    def rows(self) -> Rows:
        """The numbers as far as they are known."""
        return ()

    def know(self, parts: PartsAnswer | None, latents: FinishedLatents | None) -> None:
        """What all stations share is known now, or a part of it."""
        self.parts = parts
        self.latents = latents
        self.tell()

    def wait(self, waits: bool) -> None:
        """Whether its figure is being worked out, which may take its time after other pictures."""
        self.waiting.setText(tr("is being worked out ...") if waits else "")

    def drawn(self) -> None:
        """Its figure is whole, and can be saved."""
        self.wait(False)
        if self.saver is not None:
            self.saver.setEnabled(True)
        self.tell()

    def table(self, recipe: str) -> FigureTable | None:
        """The numbers of its figure; None where it draws none."""
        return None

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""


# --- numbers in words ---


def count_words(count: int) -> str:
    """How many, for people."""
    if count >= 1000 * MILLION:
        return tr("{n} billion", n=f"{count / (1000 * MILLION):.1f}")
    if count >= MILLION:
        return tr("{n} million", n=f"{count / MILLION:.1f}")
    return f"{count:,}"


def milliseconds(seconds: float) -> str:
    """A short time."""
    return tr("{n} ms", n=f"{1000 * seconds:,.0f}" if seconds >= 0.01 else f"{1000 * seconds:.1f}")


def part_words(part: PartSize) -> str:
    """How many numbers a network learnt, and how much memory they take."""
    from desktop.widgets.figures import size_words

    return tr("{n} ({size})", n=count_words(part.parameters), size=size_words(part.size))

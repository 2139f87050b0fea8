"""One thing on the page "Get models" that can be had or done: what it is in words, and its
buttons; and the sections such lines stand in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Line:
    """`badge` is a style and its words. Without `act` it is here already; `label` is what the
    button says, `other` a second button before it."""

    name: str
    facts: str
    about: str = ""
    badge: tuple[str, str] = ("", "")
    act: Act | None = None
    label: str = ""
    other: tuple[str, Act] | None = None


class OfferLine(QWidget):
    """Name, description and facts under one another, badge and buttons at the right end."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, theme.SPACE_1, 0, theme.SPACE_1)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        texts = ((line.name, "strong"), (line.about, ""), (line.facts, "dim"))
        for at, (text, style) in enumerate(texts):
            if text:
                grid.addWidget(_label(text, style), at, 0)
        style, words = line.badge
        if words:
            mark = QLabel(words)
            mark.setObjectName("bad" if style == "no" else style)
            grid.addWidget(mark, 0, 1, len(texts), 1, Qt.AlignmentFlag.AlignVCenter)
        buttons = row(*_buttons(line))
        grid.addWidget(buttons, 0, 2, len(texts), 1, Qt.AlignmentFlag.AlignVCenter)


def _label(text: str, style: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(style)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _buttons(line: Line) -> list[QPushButton]:
    buttons: list[QPushButton] = []
    if line.other is not None:
        words, act = line.other
        buttons.append(_button(words, line.name, act))
    if line.act is None:
        here = _button(line.label or tr("Here"), line.name, None)
        here.setEnabled(False)
        buttons.append(here)
    else:
        buttons.append(_button(line.label or tr("Get..."), line.name, line.act))
    return buttons


def _button(words: str, name: str, act: Act | None) -> QPushButton:
    button = QPushButton(words)
    button.setAccessibleName(f"{words} {name}")
    button.setMinimumWidth(88)
    if act is not None:
        button.clicked.connect(lambda: act())  # without Qt's `checked`
    return button


class Section(QFrame):
    """A heading and lines under it; hidden until something is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.SPACE_2)
        self.hide()

    def fill(self, title: str, lines: Sequence[QWidget]) -> None:
        """Replace its content."""
        while (item := self._box.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        heading = QLabel(title)
        heading.setObjectName("section")
        heading.setContentsMargins(0, theme.SPACE_2, 0, 0)
        self._box.addWidget(heading)
        for line in lines:
            self._box.addWidget(line)

    def add(self, line: QWidget) -> None:
        """A line more."""
        self._box.addWidget(line)

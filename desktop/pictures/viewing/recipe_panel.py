"""How a picture was made, beside it: each value by itself, to be copied by a click or a key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.values.picture import Picture
from desktop.pictures.marking.marks import MOST_STARS, REJECTED
from desktop.widgets import theme
from desktop.widgets.announce import announce
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.service.again.unlike import ToldRecipe

WIDTH = 300  # pixels
LONGEST = 3_000  # characters of a text that are shown; all of it is copied
EDGE = 4  # pixels around a value, within which it is marked
LATER_MS = 60  # behind the last step: whoever goes through many pictures reads no recipe
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the panel: what it is called, and its value as it is shown and copied."""

    label: str
    value: str


def said_of(picture: Picture) -> Iterator[Said]:
    """All that is known of a picture and its making, in the order in which it is read."""
    from core.service.again.unlike import said

    recipe = _told(picture)
    rows = () if recipe is None else said(recipe)
    for row in rows:
        if row.text:
            yield Said(tr_data(row.label), row.values[0])
    yield from _of_the_file(picture)
    for row in rows:
        if not row.text and row.label != "Size":
            value = tr_data(row.values[0]) if row.named else row.values[0]
            yield Said(tr_data(row.label), value)


def _told(picture: Picture) -> ToldRecipe | None:
    """Of one that was imported only what its own recipe says, none where it had none."""
    from core.service.again.unlike import told, told_by
    from core.service.importing.row_recipe import recipe_in_row
    from core.values.picture import Recipe

    if picture.origin is not None:
        return told(recipe_in_row(picture))
    return told_by(Recipe(picture.request, model_name=picture.model_name))


def _of_the_file(picture: Picture) -> Iterator[Said]:
    moment = QDateTime.fromSecsSinceEpoch(int(picture.created))
    yield Said(tr("Size"), f"{picture.width} x {picture.height}")
    short = QLocale.FormatType.ShortFormat
    yield Said(tr("Made"), QLocale.system().toString(moment, short))
    yield Said(tr("File"), Path(picture.path).name)
    if picture.origin is not None:
        program = picture.origin.program
        yield Said(tr("Made by"), program or tr("an unknown program"))
        if not picture.origin.known:
            yield Said(tr("Recipe"), tr("none in its file"))
    if picture.rating == REJECTED:
        yield Said(tr("Rating"), tr("Rejected"))
    elif picture.rating:
        yield Said(tr("Rating"), tr("{n} of {most}", n=picture.rating, most=MOST_STARS))
    if picture.tags:
        yield Said(tr("Tags"), ", ".join(picture.tags))
    if picture.note:
        yield Said(tr("Note"), picture.note)


class CopiedValue(QLabel):
    """A value that a click, or Return while it has the focus, puts on the clipboard; `copied`
    carries its label."""

    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._said = Said("", "")
        self.setObjectName("copiedValue")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setIndent(0)  # else Qt moves it in behind its border, away from the heading
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setWhatsThis(tr("A click, or Return, copies this value alone."))

    def show_value(self, said: Said) -> None:
        """This one from now on."""
        self._said = said
        shown = said.value
        if len(shown) > LONGEST:
            shown = f"{shown[:LONGEST]}…"
        self.setText(shown)
        self.setAccessibleName(tr("{label}: {value}", label=said.label, value=shown))
        self.setAccessibleDescription(self.whatsThis())
        self.setToolTip(tr("Copy {label}", label=said.label))

    def copy(self) -> None:
        """All of it, to the clipboard."""
        QGuiApplication.clipboard().setText(self._said.value)
        self.copied.emit(self._said.label)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.copy()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _KEYS:
            self.copy()
        else:
            super().keyPressEvent(event)


class _Line(QWidget):
    """A label, and its value below it."""

    def __init__(self) -> None:
        super().__init__()
        self.label = QLabel()
        self.label.setObjectName("section")
        self.label.setWordWrap(True)
        self.label.setIndent(EDGE)
        self.value = CopiedValue()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.label)
        lines.addWidget(self.value)

    def show_value(self, said: Said) -> None:
        self.label.setText(said.label)
        self.value.show_value(said)


class RecipePanel(QWidget):
    """`taken`: somebody wants this recipe in the form; `whole_copied`: all of it as text. `told`
    carries a few words on what was just done."""

    taken = Signal()
    whole_copied = Signal()
    told = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self._picture: Picture | None = None
        self._shown: Picture | None = None
        self._lines: list[_Line] = []
        self._later = QTimer(self, interval=LATER_MS, singleShot=True)
        self._later.timeout.connect(self._fill)
        self.take = QPushButton(tr("Reuse all"))
        self.name_key("")
        self.take.clicked.connect(self.taken)
        self.copy = QPushButton(tr("Copy recipe"))
        self.copy.setToolTip(tr("Copies all of it as text that most programs read."))
        self.copy.clicked.connect(self.whole_copied)
        self._build()

    def _build(self) -> None:
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inside.setObjectName("side")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(
            theme.SPACE_4 - EDGE, theme.SPACE_4, theme.SPACE_3, theme.SPACE_4
        )
        self._column.setSpacing(theme.SPACE_3)
        head = wrap_row(self.take, self.copy)
        head.setContentsMargins(EDGE, 0, 0, 0)
        self._column.addWidget(head)
        self._column.addStretch(1)
        self._scroll.setWidget(inside)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self._scroll)

    def name_key(self, key: str) -> None:
        """The key that takes the recipe, as the system writes it."""
        words = tr("Puts all of this recipe into the form of Create.")
        self.take.setToolTip(f"{words} ({key})" if key else words)
        self.take.setWhatsThis(words)

    def show_picture(self, picture: Picture | None) -> None:
        """This one's, soon; nothing where it is not known yet."""
        self._picture = picture
        for button in (self.take, self.copy):
            button.setEnabled(picture is not None)
        if self.isVisible() and not self._later.isActive():
            self._later.start()

    def showEvent(self, event: object) -> None:
        self._fill()

    def values(self) -> list[CopiedValue]:
        """Those that are shown now."""
        return [line.value for line in self._lines if not line.isHidden()]

    def _fill(self) -> None:
        if self._picture is self._shown:
            return
        same = self._shown is not None and self._picture is not None
        same = same and self._shown.id == self._picture.id  # type: ignore[union-attr]
        self._shown = self._picture
        rows = [] if self._picture is None else list(said_of(self._picture))
        while len(self._lines) < len(rows):
            self._lines.append(self._new_line())
        for line, said in zip(self._lines, rows, strict=False):
            line.show_value(said)
        for number, line in enumerate(self._lines):
            line.setVisible(number < len(rows))
        if not same:
            self._scroll.verticalScrollBar().setValue(0)

    def _new_line(self) -> _Line:
        line = _Line()
        line.value.copied.connect(self._say_copied)
        self._column.insertWidget(self._column.count() - 1, line)
        return line

    def _say_copied(self, label: str) -> None:
        words = tr("{label} was copied.", label=label)
        self.told.emit(words)
        announce(self, words)

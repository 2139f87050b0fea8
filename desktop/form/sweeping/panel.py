"""Up to three axes of a sweep under one another, what they would take, and the way into the
queue."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout

from core.values.request_parts.sweep_place import LONGEST_NAME
from core.values.sweeping.sweep import LONGEST_NOTE, Axis
from desktop.form.sweeping.axis_line import LINE, AxisLine
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton, row
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

LETTERS = ("X", "Y", "Z")
WILDCARD = "wildcard:"  # begins the names of axes that have all lines of a file without values


class SweepPanel(QFrame):
    """Widgets alone. `changed` when something of it was chosen or typed, `named` when its name or
    note was; `asked` when the sweep is to be made, `entered` when Return is pressed in one of its
    lines, `left` when it is put away, `grown` when a line was added, `file_asked` when a file of
    prompts is to be chosen."""

    changed = Signal()
    asked = Signal()
    left = Signal()
    entered = Signal()
    named = Signal()
    grown = Signal()
    file_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("startChip")
        self.heading = ElidedLabel(tr("Sweep"))
        self.heading.setObjectName("strong")
        self.close_it = IconButton("close", tr("Close the axes"), size=14)
        self.close_it.setObjectName("quiet")
        self.lines = tuple(AxisLine(letter) for letter in LETTERS)
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText(tr("Name of the sweep"))
        self.name.setAccessibleName(tr("Name of the sweep"))
        self.name.setToolTip(tr("What the sweep is called in the Gallery and on its grid."))
        self.note = QLineEdit()
        self.note.setMaxLength(LONGEST_NOTE)
        self.note.setPlaceholderText(tr("Note"))
        self.note.setAccessibleName(tr("Note on the sweep"))
        self.note.setToolTip(tr("Stands on the grid when that is saved for others."))
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setAccessibleName(tr("What the sweep takes"))
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.add = QPushButton(tr("Add axis"))
        self.add.setToolTip(tr("One more parameter that is varied."))
        self.swap = QPushButton(tr("Swap X and Y"))
        self.swap.setToolTip(tr("What lies across lies down, and the other way round."))
        self.make = QPushButton(tr("Make sweep"))
        self.make.setToolTip(tr("Puts all its pictures into the queue as one entry."))
        self._build()
        self.show_axes(1)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_3, theme.SPACE_2, theme.SPACE_3, theme.SPACE_3)
        column.setSpacing(theme.SPACE_2)
        column.addWidget(row(self.heading, self.close_it, wide=self.heading))
        for line in self.lines:
            column.addWidget(line)
            line.changed.connect(self.changed)
            line.left.connect(lambda one=line: self._remove(one))
            line.entered.connect(self.entered)
            line.file_asked.connect(self.file_asked)
        column.addWidget(self.name)
        column.addWidget(self.note)
        column.addWidget(self.said)
        column.addWidget(wrap_row(self.make, self.add, self.swap))
        self.add.clicked.connect(self._add)
        self.swap.clicked.connect(self._swap)
        self.make.clicked.connect(self.asked)
        for text in (self.name, self.note):
            text.returnPressed.connect(self.entered)
            text.textEdited.connect(self.named)
        self.close_it.clicked.connect(self.left)

    def offer(self, kinds: Sequence[tuple[str, str]]) -> None:
        """What can be varied."""
        for line in self.lines:
            line.offer(kinds)

    def axes(self) -> tuple[tuple[str, str], ...]:
        """The names and the typed values of those axes of which there is either."""
        seen = [line for line in self.lines if not line.isHidden()]
        pairs = [(line.name(), line.typed()) for line in seen]
        return tuple(pair for pair in pairs if pair[0] or pair[1].strip())

    def lacking(self) -> str:
        """What is still to be chosen or typed; "" where all is there."""
        if not self.axes():
            return tr("Choose what is varied, and its values.")
        for line in self.lines:
            name = "" if line.isHidden() else line.name()
            if name and not line.typed().strip() and not name.startswith(WILDCARD):
                return tr("Write the values of {name} below it.", name=line.kind.currentText())
        return ""

    def show_axes(self, count: int) -> None:
        """So many lines."""
        for number, line in enumerate(self.lines):
            line.setVisible(number < count)
        self.add.setVisible(count < len(self.lines))
        self.swap.setVisible(count > 1)

    def count(self) -> int:
        """How many lines are there."""
        return sum(not line.isHidden() for line in self.lines)

    def vary(self, name: str) -> AxisLine:
        """An axis for this parameter: the one that it has, or the first that is free, or the
        last."""
        shown = self.lines[: self.count()]
        for line in shown:
            if line.name() == name:
                return line
        free = next((line for line in shown if not line.name() and not line.typed()), None)
        if free is None:
            self.show_axes(min(self.count() + 1, len(self.lines)))
            free = self.lines[self.count() - 1]
        free.fill(name, "")
        return free

    def fill(self, axes: Sequence[tuple[str, Sequence[str]]], name: str, note: str = "") -> None:
        """These axes with their values, and no others."""
        self.show_axes(max(len(axes), 1))
        for line in self.lines[len(axes) :]:
            line.fill("", "")
        for line, (axis, values) in zip(self.lines, axes, strict=False):
            if axis == LINE:
                words = tr("{n} lines", n=len(values))
                line.fill(axis, "\n".join(values), shown=words if len(values) > 1 else "")
            else:
                line.fill(axis, values)
        self.name.setText(name)
        self.note.setText(note)

    def clear(self) -> None:
        """One axis of which nothing is chosen."""
        self.fill((), "")

    def forget_file(self) -> None:
        """None was chosen for the axis that was to have one."""
        for line in self.lines:
            if line.name() == LINE and not line.typed():
                line.choose("")
        self.changed.emit()

    def draw_seeds(self, axes: Sequence[Axis]) -> None:
        """The seeds that were drawn for -1, in its place: further values keep them."""
        by_name = {axis.name: axis for axis in axes if "seed" in axis.name}
        for line in self.lines:
            parts = [part.strip() for part in line.typed().split(",")]
            if line.name() in by_name and "-1" in parts:
                line.fill(line.name(), by_name[line.name()].shown)

    def say(self, words: str, *, problem: bool = False, can_make: bool = False) -> None:
        """What it would take, or what is wrong with it."""
        self.said.setText(words)
        self.said.setVisible(bool(words))
        object_name = "bad" if problem else "dim"
        if self.said.objectName() != object_name:
            self.said.setObjectName(object_name)
            self.said.style().polish(self.said)
        self.make.setEnabled(can_make)

    def name_making(self, begun: str, *, whole: bool) -> None:
        """Whether further values are asked of a sweep that is there (its name), and whether all of
        it is there already."""
        words = tr("Further values of {name}", name=begun) if begun else tr("Sweep")
        self.heading.set_full(words)
        self.make.setText(tr("Make another") if whole else tr("Make sweep"))

    def _add(self) -> None:
        self.show_axes(self.count() + 1)
        self.lines[self.count() - 1].kind.setFocus()
        self.grown.emit()

    def _remove(self, gone: AxisLine) -> None:
        """The lines behind it move up."""
        kept = [_held(line) for line in self.lines if line is not gone]
        count = self.count()
        for line, (name, values, shown) in zip(self.lines, kept, strict=False):
            line.fill(name, values, shown=shown)
        self.lines[-1].fill("", "")
        self.show_axes(max(count - 1, 1))
        if count == 1:
            self.left.emit()
        self.changed.emit()

    def _swap(self) -> None:
        first, second = self.lines[:2]
        (name, values, shown), (below, its_values, its_shown) = _held(first), _held(second)
        first.fill(below, its_values, shown=its_shown)
        second.fill(name, values, shown=shown)


def _held(line: AxisLine) -> tuple[str, str, str]:
    return line.name(), line.typed(), line.stands_for

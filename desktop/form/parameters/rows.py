"""Parameters under one another: each with a label that is marked while the value differs from the
model's default, and that gives the default back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QGridLayout, QMenu, QWidget

from desktop.form.parameters.keyboard import group_slider_steps
from desktop.form.parameters.lines import Line
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import FieldLabel, SliderField
from desktop.widgets.i18n import tr, tr_data

# columns
LABELS = 0
CONTROLS = 1


class ParameterRows(QGridLayout):
    """Lines in two columns."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self._labels: dict[Line, FieldLabel] = {}
        self._on_sweep: Callable[[str], object] | None = None
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(theme.SPACE_3)
        self.setVerticalSpacing(theme.SPACE_2)
        self.setColumnStretch(CONTROLS, 1)

    def add(self, line: Line, *, hidden: bool = False) -> None:
        """A line more; a `hidden` one is shown by `show_line`."""
        if isinstance(line.content, SliderField):
            group_slider_steps(line.content.slider, self._draft)
        declared = line.declared
        label = FieldLabel(
            tr_data(declared.short or declared.label),
            tr_data(declared.help),
            resets=self._draft.has_default(line.field),
        )
        label.setIndent(line.indent)
        label.setBuddy(line.focus)
        label.reset_asked.connect(partial(self._draft.reset, *line.fields))
        self._labels[line] = label
        self._offer_menu(line, label)
        if hidden:
            self.show_line(line, False)
        at = self.rowCount()
        self.addWidget(label, at, LABELS)
        self.addWidget(line.content, at, CONTROLS)
        if line.below is not None:
            self.addWidget(line.below, at + 1, CONTROLS)

    def offer_sweeps(self, act: Callable[[str], object]) -> None:
        """A right click on a parameter's name offers to vary it: `act` is given its axis."""
        self._on_sweep = act
        for line, label in self._labels.items():
            self._offer_menu(line, label)

    def _offer_menu(self, line: Line, label: FieldLabel) -> None:
        if self._on_sweep is None:
            return
        label.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        label.customContextMenuRequested.connect(partial(self._menu, line, label))

    def _menu(self, line: Line, label: FieldLabel, at: QPoint) -> None:
        """What can be done with a parameter by its name."""
        from core.service.sweeps.axes.offered import axis_of_field

        menu = QMenu(label)
        axis = axis_of_field(line.field)
        if axis and self._on_sweep is not None:
            menu.addAction(tr("Sweep this"), partial(self._on_sweep, axis))
        if self._draft.has_default(line.field):
            reset = menu.addAction(tr("The model's default"), label.reset_asked.emit)
            reset.setEnabled(self._draft.differs(*line.fields))
        if not menu.isEmpty():
            menu.popup(label.mapToGlobal(at))

    def add_across(self, part: QWidget) -> None:
        """Over both columns."""
        self.addWidget(part, self.rowCount(), LABELS, 1, 2)

    def show_line(self, line: Line, shown: bool) -> None:
        """Show or hide a line with its label."""
        self._labels[line].setVisible(shown)
        line.content.setVisible(shown)

    def wrap_labels(self, most: int) -> int:
        """Labels that are wider than `most` pixels go on in a second line; the pixels that all of
        them take."""
        needed = 0
        for label in self._labels.values():
            words = label.fontMetrics().horizontalAdvance(f"{label.text()} •")
            needed = max(needed, min(words, most))
            label.setWordWrap(words > most)
        self.widen_labels(needed)
        return needed

    def widen_labels(self, width: int) -> None:
        """Labels take at least so many pixels, as those of another part of the form do."""
        self.setColumnMinimumWidth(LABELS, width)

    def mark(self) -> None:
        """Mark what differs now from what the model gives a default for."""
        for line, label in self._labels.items():
            if self._draft.has_default(line.field):
                label.mark(self._draft.differs(*line.fields))

"""Parameters under one another: each with a label that is marked while the value differs from the
model's default, and that gives the default back."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.form.parameters.undo_keys import group_slider_steps
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import FieldLabel, SliderField

TWINS = {"width": ("height",), "guidance_from": ("guidance_until",)}  # fields that share a line
UNMARKED = ("model", "seed")  # no model gives a default for these
# columns
LABELS = 0
CONTROLS = 1


class ParameterRows(QGridLayout):
    """Lines in two columns, known by the draft's fields."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self._lines: dict[str, tuple[FieldLabel, QWidget]] = {}
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(theme.SPACE_3)
        self.setVerticalSpacing(theme.SPACE_2)
        self.setColumnStretch(CONTROLS, 1)
        draft.changed.connect(lambda _: self.mark())

    def add(
        self, field: str, text: str, hint: str, control: QWidget, *, focus: QWidget | None = None
    ) -> None:
        """A line more. `focus` is what the label leads to, where that is a part of `control`."""
        if isinstance(control, SliderField):
            group_slider_steps(control.slider, self._draft)
        label = FieldLabel(text, hint)
        label.setBuddy(focus or control)
        label.reset_asked.connect(partial(self._draft.reset, field, *TWINS.get(field, ())))
        self._lines[field] = label, control
        at = self.rowCount()
        self.addWidget(label, at, LABELS)
        self.addWidget(control, at, CONTROLS)

    def add_below(self, control: QWidget) -> None:
        """A second line of the field that was added last."""
        self.addWidget(control, self.rowCount(), CONTROLS)

    def add_across(self, part: QWidget) -> None:
        """Over both columns."""
        self.addWidget(part, self.rowCount(), LABELS, 1, 2)

    def show_line(self, field: str, shown: bool) -> None:
        """Show or hide a field with its label."""
        for part in self._lines[field]:
            part.setVisible(shown)

    def mark(self) -> None:
        """Mark what differs now."""
        for field, (label, _) in self._lines.items():
            if field not in UNMARKED:
                label.mark(self._draft.differs(field, *TWINS.get(field, ())))

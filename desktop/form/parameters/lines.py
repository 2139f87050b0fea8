"""A parameter's line in the form, built from what is declared of it: a number with a slider, a
small whole number, a choice."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QSpinBox, QWidget

from core.values.declared.parameter import Parameter, Unit
from desktop.state.draft import Draft
from desktop.widgets.controls import Combo, SliderField, guard_wheel
from desktop.widgets.i18n import tr_data

PERCENT = 100


class Line(ABC):
    """Shows what the draft holds of `fields`, and sets what a person chooses there.

    The first field names the line, and its declaration gives it its words. It may be a part of a
    parameter ("hires.scale"). `controls` holds what is typed or chosen in, by field; `focus` is
    where the label leads to, `below` a second line, which shows and hides itself. `indent` sets it
    apart, in pixels, as belonging to the line above.
    """

    indent = 0

    def __init__(
        self,
        draft: Draft,
        controls: dict[str, QWidget],
        *,
        declared: Parameter | None = None,
        content: QWidget | None = None,
        focus: QWidget | None = None,
        below: QWidget | None = None,
        follows: tuple[str, ...] = (),
    ) -> None:
        """`content` is all that stands in the line, where that is more than the first control;
        `follows` names what the line depends on beside its own fields."""
        self.draft = draft
        self.controls = controls
        self.fields = tuple(controls)
        self.field = self.fields[0]
        self.declared = declared or draft.declaration(self.field)
        self.content = content or controls[self.field]
        self.focus = focus or controls[self.field]
        self.below = below
        whole = (field.partition(".")[0] for field in self.fields)  # what the draft tells of
        self.follows = frozenset((*whole, *follows))

    @abstractmethod
    def refresh(self) -> None:
        """Show what the draft holds now; sets nothing."""

    def offered(self) -> bool:
        """Whether there is something to choose."""
        return True


class NumberLine(Line):
    """A number with a slider over its usual range; a share is shown in percent."""

    def __init__(self, draft: Draft, field: str) -> None:
        declared = draft.declaration(field)
        self._is_whole = isinstance(draft.value(field, draft.blank), int)
        self._factor = PERCENT if declared.unit is Unit.SHARE else 1  # for each one that is held
        least, most = declared.usual or (declared.low, declared.high)
        self.number = SliderField(
            tr_data(declared.label),
            tr_data(declared.help),
            declared.low * self._factor,
            declared.high * self._factor,
            usual=(least * self._factor, most * self._factor),
            step=declared.step,
            decimals=declared.decimals,
        )
        super().__init__(draft, {field: self.number})
        self.number.edited.connect(self._edited)

    def _edited(self, shown: float) -> None:
        value = round(shown) if self._is_whole else shown / self._factor
        self.draft.put(self.field, value)

    def refresh(self) -> None:
        value = self.draft.value(self.field)
        assert isinstance(value, int | float)
        self.number.set_value(value * self._factor)


class WholeNumberLine(Line):
    """A small whole number, by arrows."""

    def __init__(self, draft: Draft, field: str, *, follows: tuple[str, ...] = ()) -> None:
        declared = draft.declaration(field)
        self.box = QSpinBox()
        self.box.setRange(round(declared.low), round(declared.high))
        self.box.setSingleStep(round(declared.step))
        self.box.setAccessibleName(tr_data(declared.label))
        self.box.setToolTip(tr_data(declared.help))
        guard_wheel(self.box)
        super().__init__(draft, {field: self.box}, follows=follows)
        self.box.valueChanged.connect(self._edited)

    def _edited(self, value: int) -> None:
        self.draft.put(self.field, value)

    def refresh(self) -> None:
        value = self.draft.value(self.field)
        assert isinstance(value, int)
        self.box.setValue(value)


def one_of_two(
    name: str, low: int, high: int, edited: Callable[[], object], *, step: int = 1
) -> QSpinBox:
    """A whole number that makes a value only with the one beside it, so that what is typed counts
    once it is whole: `edited` hears of it then."""
    box = QSpinBox()
    box.setRange(low, high)
    box.setSingleStep(step)
    box.setAccessibleName(name)
    box.setKeyboardTracking(False)
    guard_wheel(box)
    box.valueChanged.connect(lambda _: edited())
    return box


class ChoiceLine(Line):
    """One of the choices that are declared, in a box of this `kind`."""

    kind: type[Combo] = Combo

    def __init__(
        self,
        draft: Draft,
        field: str,
        *,
        declared: Parameter | None = None,
        follows: tuple[str, ...] = (),
    ) -> None:
        row = declared or draft.declaration(field)
        self.combo = self.kind(tr_data(row.label), tr_data(row.help))
        super().__init__(draft, {field: self.combo}, declared=row, follows=follows)
        self.fill()
        self.combo.activated.connect(self._chosen)

    def fill(self) -> None:
        """Put the choices in."""
        for value, name in (self.declared.choices or {}).items():
            self.combo.addItem(tr_data(name), value)

    def chosen(self) -> None:
        """Another one was chosen."""
        self.draft.put(self.field, self.combo.currentData())

    def _chosen(self, _: int) -> None:
        self.chosen()

    def refresh(self) -> None:
        self.combo.setCurrentIndex(self.combo.findData(self.draft.value(self.field)))


class SwitchLine(Line):
    """On or off."""

    def __init__(self, draft: Draft, field: str, *, follows: tuple[str, ...] = ()) -> None:
        declared = draft.declaration(field)
        self.box = QCheckBox()
        self.box.setAccessibleName(tr_data(declared.label))
        self.box.setToolTip(tr_data(declared.help))
        super().__init__(draft, {field: self.box}, follows=follows)
        self.box.clicked.connect(self._edited)

    def _edited(self, on: bool) -> None:
        self.draft.put(self.field, on)

    def refresh(self) -> None:
        self.box.setChecked(bool(self.draft.value(self.field)))


def line_of(draft: Draft, field: str) -> Line:
    """The line of a parameter that needs no more than its declaration.

    Raises TypeError for one that does.
    """
    declared = draft.declaration(field)
    value = draft.value(field, draft.blank)
    if declared.choices is not None and isinstance(value, str):
        return ChoiceLine(draft, field)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and math.isfinite(declared.low) and math.isfinite(declared.high):
        if isinstance(value, int) and declared.usual is None:
            return WholeNumberLine(draft, field)
        return NumberLine(draft, field)
    raise TypeError(
        f'No line can be made of what is declared of "{field}": it needs choices, or a number with '
        "a range; else a line of its own in line_table.py, or shown=False."
    )

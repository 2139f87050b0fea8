"""Lines of how the noise levels are spaced beyond the schedule's name: rho, the shift of flow
models, the ends of the noise, and a list of levels. Left alone, each is the schedule's or the
model's own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QLineEdit

from core.sampling.schedules import KARRAS_RHO, SCHEDULES, AnyTable, NoiseTable, flow_table
from core.system.errors import InvalidRequest
from core.values.request_parts.levels import Levels, as_text, sigmas_of
from desktop.form.parameters.lines import Line, SwitchLine
from desktop.state.draft import Draft
from desktop.widgets.controls import guard_wheel
from desktop.widgets.i18n import tr, tr_data

NARROW = 80  # pixels


class _Box(QDoubleSpinBox):
    """Its arrows go from the own number to what is usual."""

    def __init__(self, usual: Callable[[], float]) -> None:
        super().__init__()
        self._usual = usual

    def stepBy(self, steps: int) -> None:
        if steps > 0 and self.value() == self.minimum():
            self.setValue(self._usual())
        else:
            super().stepBy(steps)


class OwnOrNumberLine(Line):
    """A number, or at the lower end of its arrows the own one, which is None; `own` is a sentence
    that says whose."""

    def __init__(self, draft: Draft, field: str, own: str, *, follows: tuple[str, ...]) -> None:
        declared = draft.declaration(field)
        self.box = _Box(self.usual)
        self.box.setDecimals(declared.decimals)
        self.box.setSingleStep(declared.step)
        # one step below what is allowed stands for no number
        self._none = declared.low - 10.0**-declared.decimals
        self.box.setRange(self._none, declared.high)
        self.box.setSpecialValueText(tr("own"))
        self.box.setMinimumWidth(NARROW)
        self.box.setKeyboardTracking(False)
        self.box.setAccessibleName(tr_data(declared.label))
        self.box.setToolTip(f"{tr_data(declared.help)} {own}")
        guard_wheel(self.box)
        super().__init__(draft, {field: self.box}, follows=follows)
        self.box.valueChanged.connect(self._edited)

    @abstractmethod
    def usual(self) -> float:
        """What the own number mostly is."""

    def _noise(self) -> AnyTable:
        """The usual one of the family at this size."""
        request = self.draft.stored()
        is_flow = self.draft.family.flow
        return flow_table({}, request.width, request.height) if is_flow else NoiseTable()

    def _edited(self, value: float) -> None:
        self.draft.put(self.field, None if value < self.declared.low else value)

    def refresh(self) -> None:
        value = self.draft.value(self.field)
        assert value is None or isinstance(value, int | float)
        self.box.blockSignals(True)
        self.box.setValue(self._none if value is None else value)
        self.box.blockSignals(False)


class RhoLine(OwnOrNumberLine):
    """There while the schedule bends."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(
            draft, "levels.rho", tr("Own: the schedule's."), follows=("schedule", "model")
        )

    def offered(self) -> bool:
        request = self.draft.stored()
        schedule = SCHEDULES.get(request.schedule)
        is_bent = schedule is not None and schedule.rho is not None
        return is_bent and not request.levels.sigmas and not self.draft.family.pipeline

    def usual(self) -> float:
        schedule = SCHEDULES.get(self.draft.stored().schedule)
        own = None if schedule is None else schedule.rho
        return KARRAS_RHO if own is None else own


class ShiftLine(OwnOrNumberLine):
    """There for flow models."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "levels.shift", tr("Own: the model's."), follows=("model",))

    def offered(self) -> bool:
        request = self.draft.stored()
        family = self.draft.family
        return family.flow and not request.levels.sigmas and not family.pipeline

    def usual(self) -> float:
        return getattr(self._noise(), "shift", 1.0)


class EndLine(OwnOrNumberLine):
    """Where the noise begins, or ends."""

    def __init__(self, draft: Draft, field: str) -> None:
        super().__init__(draft, field, tr("Own: the model's."), follows=("model",))

    def offered(self) -> bool:
        return not self.draft.stored().levels.sigmas and not self.draft.family.pipeline

    def usual(self) -> float:
        sigmas = self._noise().sigmas
        return sigmas[-1] if self.field == "levels.sigma_max" else sigmas[0]


class DiscardLine(SwitchLine):
    """Whether the level before zero is left out; there while no list says so itself."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "levels.discard_penultimate", follows=("levels", "model"))

    def offered(self) -> bool:
        return not self.draft.stored().levels.sigmas and not self.draft.family.pipeline


class SigmasLine(Line):
    """All levels, typed with commas between; the count of steps follows from them."""

    def __init__(self, draft: Draft) -> None:
        declared = draft.declaration("levels.sigmas")
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(tr("as the schedule has them"))
        self.edit.setAccessibleName(tr_data(declared.label))
        self.edit.setToolTip(tr_data(declared.help))
        self.fault = QLabel()
        self.fault.setWordWrap(True)
        self.fault.setObjectName("bad")
        self.fault.hide()
        super().__init__(draft, {"levels.sigmas": self.edit}, below=self.fault, follows=("model",))
        self.edit.editingFinished.connect(self._edited)

    def _edited(self) -> None:
        text = self.edit.text().strip()
        request = self.draft.stored()
        if text == as_text(request.levels.sigmas):
            self._say("")
            return
        try:
            sigmas = sigmas_of(text)
            Levels(sigmas=sigmas).check(len(sigmas) - 1)
        except InvalidRequest as fault:
            self._say(f"{tr_data(fault.message)} {tr_data(fault.hint)}")
            return
        self._say("")
        levels = replace(request.levels, sigmas=sigmas)
        steps = len(sigmas) - 1 if sigmas else request.steps
        self.draft.set_as(tr_data(self.declared.label), levels=levels, steps=steps)

    def _say(self, words: str) -> None:
        self.fault.setText(words)
        self.fault.setVisible(bool(words))

    def offered(self) -> bool:
        return not self.draft.family.pipeline

    def refresh(self) -> None:
        if not self.edit.hasFocus() or not self.fault.text():
            self.edit.setText(as_text(self.draft.stored().levels.sigmas))
            self.edit.setCursorPosition(0)
            self._say("")


def level_lines(draft: Draft) -> tuple[Line, ...]:
    """All of them, in their order."""
    return (
        RhoLine(draft),
        ShiftLine(draft),
        EndLine(draft, "levels.sigma_max"),
        EndLine(draft, "levels.sigma_min"),
        DiscardLine(draft),
        SigmasLine(draft),
    )

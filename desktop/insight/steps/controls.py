"""What the curve of Steps is shaped by: sampler, schedule, steps, its bend and its ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES
from core.values.declared.parameter import parameters
from core.values.request import Request
from core.values.request_parts.levels import Levels
from desktop.widgets import theme
from desktop.widgets.controls import Combo, SliderField, row
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.models.files.families import Family
    from core.sampling.schedules import AnyTable

# of the sliders that stand for a level's own value where nobody has chosen one
_OF_LEVELS = ("rho", "shift", "sigma_max", "sigma_min")


class ShapeForm(QWidget):
    """`changed` carries the Request as it is wished for now."""

    changed = Signal(Request)

    def __init__(self) -> None:
        super().__init__()
        self._request = Request()
        self._listed = Levels()  # with the list of levels that was made last
        declared = parameters(Request)
        self.sampler = Combo(tr("Sampler"), tr_data(declared["sampler"].help))
        self.schedule = Combo(tr("Schedule"), tr_data(declared["schedule"].help))
        steps = declared["steps"]
        self.steps = SliderField(
            tr("Steps"), tr_data(steps.help), steps.low, steps.high, usual=steps.usual
        )
        self.sliders = {name: _slider(name) for name in _OF_LEVELS}
        self.by_hand = QLabel(tr("The levels are set one by one."))
        self.by_hand.setObjectName("dim")
        self.by_hand.setWordWrap(True)
        self.own = QPushButton(tr("Back to the schedule"))
        self.own.setToolTip(tr("The levels as the schedule has them by itself."))
        self._labels: dict[QWidget, QLabel] = {}
        self._build()
        self._fill()
        self._connect()

    def _build(self) -> None:
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_1)
        rows: list[tuple[str, QWidget]] = [
            (tr("Sampler"), self.sampler),
            (tr("Schedule"), self.schedule),
            (tr("Steps"), self.steps),
        ]
        rows += [
            (tr_data(parameters(Levels)[name].label), slider)
            for name, slider in self.sliders.items()
        ]
        for words, part in rows:
            label = QLabel(words)
            label.setObjectName("dim")
            label.setBuddy(part)
            self._labels[part] = label
            lines.addWidget(label)
            lines.addWidget(part)
        lines.addWidget(self.by_hand)
        lines.addWidget(row(self.own, None))

    def _fill(self) -> None:
        for each in sorted(SAMPLERS.values(), key=lambda one: not one.recommended):
            self.sampler.addItem(each.label, each.id)
        for each in SCHEDULES.values():
            self.schedule.addItem(tr_data(each.label), each.id)

    def _connect(self) -> None:
        self.sampler.activated.connect(
            lambda _: self._wish(replace(self._request, sampler=self.sampler.currentData()))
        )
        self.schedule.activated.connect(lambda _: self._use_schedule())
        self.steps.edited.connect(self._use_steps)
        self.own.clicked.connect(lambda: self._wish(replace(self._request, levels=Levels())))
        for name, slider in self.sliders.items():
            slider.edited.connect(lambda value, name=name: self._use_level(name, value))

    # --- what the person does ---

    def _wish(self, request: Request) -> None:
        self._request = request
        self.changed.emit(request)

    def _use_schedule(self) -> None:
        """Another schedule has levels of its own."""
        levels = replace(self._request.levels, rho=None, sigmas=())
        self._wish(replace(self._request, schedule=self.schedule.currentData(), levels=levels))

    def _use_steps(self, steps: float) -> None:
        count = round(steps)
        shown = self._request.levels
        if shown != self._listed.for_steps(self._request.steps):
            self._listed = shown
        levels = self._listed.for_steps(count)
        self._wish(replace(self._request, steps=count, levels=levels))

    def _use_level(self, name: str, value: float) -> None:
        levels = replace(self._request.levels, **{name: value})
        low, high = levels.sigma_min, levels.sigma_max
        if low is not None and high is not None and low >= high:  # the other one gives way
            other = "sigma_max" if name == "sigma_min" else "sigma_min"
            levels = replace(levels, **{other: None})
        self._wish(replace(self._request, levels=levels))

    # --- what is shown ---

    def show_request(self, request: Request, family: Family, table: AnyTable) -> None:
        """All of it, over a model's noise, whose ends stand where nobody has chosen others."""
        self._request = request
        self.sampler.setCurrentIndex(self.sampler.findData(request.sampler))
        self.schedule.setCurrentIndex(self.schedule.findData(request.schedule))
        self.steps.set_value(request.steps)
        schedule = SCHEDULES[request.schedule]
        own = {
            "rho": schedule.rho or 1.0,
            "shift": getattr(table, "shift", 1.0),
            "sigma_max": table.sigmas[-1],
            "sigma_min": table.sigmas[0],
        }
        is_free = not request.levels.sigmas
        offered = {
            "rho": schedule.rho is not None and is_free,
            "shift": family.flow and is_free,
            "sigma_max": is_free,
            "sigma_min": is_free,
        }
        for name, slider in self.sliders.items():
            value = getattr(request.levels, name)
            slider.set_value(own[name] if value is None else value)
            slider.setVisible(offered[name])
            self._labels[slider].setVisible(offered[name])
        self.by_hand.setVisible(not is_free)
        self.own.setVisible(request.levels != Levels())
        self._offer(family)

    def _offer(self, family: Family) -> None:
        """What suits the family."""
        for combo, suits in (
            (self.sampler, {each.id: each.suits_flow for each in SAMPLERS.values()}),
            (self.schedule, {each.id: each.by_family is None for each in SCHEDULES.values()}),
        ):
            items = combo.model()
            assert isinstance(items, QStandardItemModel)
            for at in range(combo.count()):
                items.item(at).setEnabled(not family.flow or suits[combo.itemData(at)])


def _slider(name: str) -> SliderField:
    declared = parameters(Levels)[name]
    return SliderField(
        tr_data(declared.label),
        tr_data(declared.help),
        declared.low,
        declared.high,
        usual=declared.usual,
        step=declared.step,
        decimals=declared.decimals,
    )

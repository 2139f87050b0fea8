"""Lines of how noise becomes a picture, which the model's family has a say in: sampler, schedule,
clip skip, the part of the steps that is guided; and those of what saves time."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QLabel, QSpinBox

from core.sampling.samplers import SAMPLERS, Sampler
from core.sampling.schedules import SCHEDULES, Schedule
from core.values.device import Device
from core.values.request_parts.time_saving import INT8
from desktop.form.choosing.search_combo import RECOMMENDED_ROLE, SEARCHED_ROLE, SearchCombo
from desktop.form.parameters.lines import PERCENT, ChoiceLine, Line, WholeNumberLine, one_of_two
from desktop.state.draft import Draft
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr, tr_data


class MethodLine(ChoiceLine):
    """The methods of a table, each with its help; what is right for the family can be chosen."""

    def __init__(self, draft: Draft, field: str, table: Mapping[str, Sampler | Schedule]) -> None:
        self._table = table
        super().__init__(draft, field, follows=("model",))

    def add(self, label: str, value: str, tooltip: str) -> None:
        """One choice more."""
        self.combo.addItem(label, value)
        self.combo.setItemData(self.combo.count() - 1, tooltip, Qt.ItemDataRole.ToolTipRole)

    def refresh(self) -> None:
        super().refresh()
        family = self.draft.family
        self.combo.setEnabled(not family.pipeline)
        if family.pipeline:
            self.combo.setToolTip(tr("This model brings its own way of sampling."))
        else:
            self.combo.setToolTip(self.combo.accessibleDescription())
        items = self.combo.model()
        assert isinstance(items, QStandardItemModel)
        for at in range(self.combo.count()):
            if method := self._table.get(self.combo.itemData(at)):
                items.item(at).setEnabled(not family.flow or _suits_flow(method))


class SamplerLine(MethodLine):
    """The recommended ones stand first; all are found by typing."""

    kind = SearchCombo

    def __init__(self, draft: Draft, field: str = "sampler") -> None:
        super().__init__(draft, field, SAMPLERS)

    def fill(self) -> None:
        samplers = sorted(SAMPLERS.values(), key=lambda sampler: not sampler.recommended)
        for number, sampler in enumerate(samplers):
            if number and samplers[number - 1].recommended and not sampler.recommended:
                self.combo.insertSeparator(self.combo.count())
            self.add(sampler.label, sampler.id, tr_data(sampler.help))
            at = self.combo.count() - 1
            self.combo.setItemData(at, sampler.recommended, RECOMMENDED_ROLE)
            self.combo.setItemData(at, sampler.source, SEARCHED_ROLE)


class ScheduleLine(MethodLine):
    """All of them, in the order of their table."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "schedule", SCHEDULES)

    def fill(self) -> None:
        for schedule in SCHEDULES.values():
            self.add(tr_data(schedule.label), schedule.id, tr_data(schedule.help))


def _suits_flow(method: Sampler | Schedule) -> bool:
    """Schedules tabulated for single families are so for those with a noise table."""
    if isinstance(method, Sampler):
        return method.suits_flow
    return method.by_family is None


class ClipSkipLine(WholeNumberLine):
    """Not every text encoder has layers to skip."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "clip_skip", follows=("model",))

    def refresh(self) -> None:
        super().refresh()
        skips = self.draft.family.clip_skip
        self.box.setEnabled(skips)
        if skips:
            words = tr_data(self.declared.help)
        else:
            words = tr("This model's text encoder has no layers to skip.")
        self.box.setToolTip(words)


class ReuseLine(WholeNumberLine):
    """How many steps are worked out in full: all, or one of some."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "feature_reuse")
        self.box.setSpecialValueText(tr("all"))
        self.box.setPrefix(tr("1 in "))


class MatricesLine(ChoiceLine):
    """In full or in int8, which is offered where the device can do it; else it says why not."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "matrices")

    def use_device(self, device: Device) -> None:
        """What computes here."""
        items = self.combo.model()
        assert isinstance(items, QStandardItemModel)
        items.item(self.combo.findData(INT8)).setEnabled(not device.no_int8)
        words = (tr_data(self.declared.help), tr_data(device.no_int8) if device.no_int8 else "")
        explained = "\n".join(filter(None, words))
        self.combo.setToolTip(explained)
        self.combo.setAccessibleDescription(explained)


class GuidedPartLine(Line):
    """Two shares in percent, whichever way round they are typed."""

    def __init__(self, draft: Draft) -> None:
        hint = tr_data(draft.declared["guidance_from"].help)
        self._start = self._percent(tr("Guidance from"), hint)
        self._end = self._percent(tr("Guidance until"), hint)
        super().__init__(
            draft,
            {"guidance_from": self._start, "guidance_until": self._end},
            content=row(self._start, QLabel("-"), self._end, None),
        )

    def _percent(self, name: str, hint: str) -> QSpinBox:
        field = one_of_two(name, 0, PERCENT, self._typed)
        field.setSuffix(" %")
        field.setFixedWidth(58)
        field.setToolTip(hint)
        return field

    def _typed(self) -> None:
        start, end = sorted((self._start.value(), self._end.value()))
        self.draft.set(guidance_from=start / PERCENT, guidance_until=end / PERCENT)

    def refresh(self) -> None:
        request = self.draft.stored()
        for field, share in (
            (self._start, request.guidance_from),
            (self._end, request.guidance_until),
        ):
            field.blockSignals(True)
            field.setValue(round(share * PERCENT))
            field.blockSignals(False)

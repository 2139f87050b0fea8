"""The parameters that are changed seldom: sampler, schedule, clip skip, guidance's finer points,
another VAE, a refiner, and whose way of drawing noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QLabel, QSpinBox

from core.models.files.families import Family
from core.sampling.samplers import SAMPLERS, Sampler
from core.sampling.schedules import SCHEDULES, Schedule
from core.values.request import COMPATIBLE, MAX_CLIP_SKIP, NOISE_SOURCES, USUAL_NOISE
from desktop.form.parameters.rows import ParameterRows
from desktop.state.draft import Draft
from desktop.widgets.controls import Combo, SliderField, guard_wheel, row
from desktop.widgets.i18n import tr, tr_data

FIELDS = (
    "sampler",
    "schedule",
    "clip_skip",
    "guidance_rescale",
    "compatibility",
    "noise",
    "guidance_from",
    "vae",
    "refiner",
    "refiner_at",
)


class AdvancedParameters(QObject):
    """Lines among the rows that fold away together."""

    def __init__(self, draft: Draft, rows: ParameterRows, parent: QObject) -> None:
        super().__init__(parent)
        self._draft = draft
        self._rows = rows
        self._unfolded = False
        self._build_sampling()
        self._build_clip_skip()
        self._build_rescale()
        self._build_compatibility()
        self._build_guided_part()
        self._build_other_models()
        self._shows: dict[str, Callable[[], object]] = {
            "sampler": lambda: _choose(self.sampler, draft.stored().sampler),
            "schedule": lambda: _choose(self.schedule, draft.stored().schedule),
            "clip_skip": lambda: self.clip_skip.setValue(draft.stored().clip_skip),
            "guidance_rescale": lambda: self.rescale.set_value(draft.stored().guidance_rescale),
            "compatibility": lambda: _choose(self.program, draft.stored().compatibility),
            "noise": lambda: _choose(self.noise, draft.stored().noise.source),
            "guidance_from": self._show_guided_part,
            "guidance_until": self._show_guided_part,
            "vae": lambda: _choose(self.vae, draft.stored().vae, or_first=True),
            "refiner": self._show_refiner,
            "refiner_at": lambda: self.refiner_at.set_value(draft.stored().refiner_at * 100),
            "model": self._show_family,
        }
        self.show_helpers((), ())
        draft.changed.connect(self._show)
        self._show(frozenset(self._shows))

    # --- building ---

    def _build_sampling(self) -> None:
        hint = tr("The method that walks from noise to picture.")
        self.sampler = Combo(tr("Sampler"), hint)
        samplers = sorted(SAMPLERS.values(), key=lambda sampler: not sampler.recommended)
        for at, sampler in enumerate(samplers):
            if at and samplers[at - 1].recommended and not sampler.recommended:
                self.sampler.insertSeparator(self.sampler.count())
            _offer(self.sampler, sampler.label, sampler.id, tr_data(sampler.help))
        self._rows.add("sampler", tr("Sampler"), hint, self.sampler)
        self.sampler.activated.connect(
            lambda _: self._draft.set(sampler=self.sampler.currentData())
        )
        hint = tr("How the noise levels of the steps are spaced.")
        self.schedule = Combo(tr("Schedule"), hint)
        for schedule in SCHEDULES.values():
            _offer(self.schedule, tr_data(schedule.label), schedule.id, tr_data(schedule.help))
        self._rows.add("schedule", tr("Schedule"), hint, self.schedule)
        self.schedule.activated.connect(
            lambda _: self._draft.set(schedule=self.schedule.currentData())
        )

    def _build_clip_skip(self) -> None:
        self.clip_skip = QSpinBox()
        self.clip_skip.setRange(1, MAX_CLIP_SKIP)
        self.clip_skip.setAccessibleName(tr("Clip skip"))
        guard_wheel(self.clip_skip)
        hint = tr("Leaves out the text encoder's last layers; some fine-tunes want 2.")
        self._rows.add("clip_skip", tr("Clip skip"), hint, self.clip_skip)
        self.clip_skip.valueChanged.connect(lambda value: self._draft.set(clip_skip=value))

    def _build_rescale(self) -> None:
        hint = tr("Brings the colours of strong guidance back; 0.7 suits models that predict v.")
        self.rescale = SliderField(tr("Guidance rescale"), hint, 0, 1, top=1, decimals=2)
        self._rows.add("guidance_rescale", tr("Rescale"), hint, self.rescale)
        self.rescale.edited.connect(lambda value: self._draft.set(guidance_rescale=value))

    def _build_compatibility(self) -> None:
        hint = tr(
            "Whose way of drawing noise and weighing words: choose the program a recipe comes "
            "from to get its picture."
        )
        self.program = Combo(tr("Same picture as"), hint)
        names = ("Calotype", "AUTOMATIC1111, Forge", "ComfyUI")
        for name, program in zip(names, COMPATIBLE, strict=True):
            self.program.addItem(name, program)
        self._rows.add("compatibility", tr("Same as"), hint, self.program)
        self.program.activated.connect(self._choose_program)
        hint = tr("Where the noise is drawn; recipes made on an NVIDIA card need its own.")
        self.noise = Combo(tr("Noise from"), hint)
        places = (tr("Processor"), tr("NVIDIA card"))
        for name, source in zip(places, NOISE_SOURCES, strict=True):
            self.noise.addItem(name, source)
        self._rows.add("noise", tr("Noise from"), hint, self.noise)
        self.noise.activated.connect(
            lambda _: self._draft.set(
                noise=replace(self._draft.request.noise, source=self.noise.currentData())
            )
        )

    def _build_guided_part(self) -> None:
        hint = tr(
            "The part of the steps that guidance works in, in percent; "
            "leaving out the ends can look more natural."
        )
        self.guided_from = self._percent(tr("Guidance from"), hint)
        self.guided_until = self._percent(tr("Guidance until"), hint)
        line = row(self.guided_from, QLabel("-"), self.guided_until, None)
        self._rows.add("guidance_from", tr("Guided"), hint, line, focus=self.guided_from)

    def _percent(self, name: str, hint: str) -> QSpinBox:
        field = QSpinBox()
        field.setRange(0, 100)
        field.setSuffix(" %")
        field.setFixedWidth(58)
        field.setAccessibleName(name)
        field.setToolTip(hint)
        field.setKeyboardTracking(False)
        guard_wheel(field)
        field.valueChanged.connect(self._typed_guided_part)
        return field

    def _build_other_models(self) -> None:
        """There only where there is something to choose."""
        hint = tr(
            "What turns the finished latents into pixels; some models look better with another one."
        )
        self.vae = Combo(tr("VAE"), hint)
        self._rows.add("vae", tr("VAE"), hint, self.vae)
        self.vae.activated.connect(lambda _: self._draft.set(vae=self.vae.currentData()))
        hint = tr("A second model that takes over the last steps.")
        self.refiner = Combo(tr("Refiner"), hint)
        self._rows.add("refiner", tr("Refiner"), hint, self.refiner)
        self.refiner.activated.connect(
            lambda _: self._draft.set(refiner=self.refiner.currentData())
        )
        hint = tr("The share of the steps, in percent, after which the refiner takes over.")
        self.refiner_at = SliderField(tr("Refiner from"), hint, 0, 100, top=100)
        self._rows.add("refiner_at", tr("Refine from"), hint, self.refiner_at)
        self.refiner_at.edited.connect(lambda value: self._draft.set(refiner_at=value / 100))

    # --- what the window tells ---

    def show_helpers(self, vaes: Sequence[str], refiners: Sequence[tuple[str, str]]) -> None:
        """The VAEs by id, and the models (id, name) that can refine."""
        request = self._draft.stored()
        _fill(self.vae, tr("the model's own"), [(vae, vae) for vae in vaes], request.vae)
        _fill(self.refiner, tr("none"), refiners, request.refiner)
        self.fold(self._unfolded)

    def fold(self, unfolded: bool) -> None:
        """Show them or hide them; what cannot be chosen now stays hidden."""
        self._unfolded = unfolded
        refines = self.refiner.count() > 1 and self._draft.family.id == "sdxl"
        offered = {
            "vae": self.vae.count() > 1,
            "refiner": refines,
            "refiner_at": refines and bool(self._draft.stored().refiner),
        }
        for field in FIELDS:
            self._rows.show_line(field, unfolded and offered.get(field, True))

    # --- what the person does ---

    def _choose_program(self) -> None:
        """Another program's ways, and its noise with them."""
        program = str(self.program.currentData())
        self._draft.set(
            compatibility=program,
            noise=replace(self._draft.request.noise, source=USUAL_NOISE[program]),
        )

    def _typed_guided_part(self) -> None:
        low, high = sorted((self.guided_from.value(), self.guided_until.value()))
        self._draft.set(guidance_from=low / 100, guidance_until=high / 100)

    # --- what the draft says ---

    def _show(self, names: frozenset[str]) -> None:
        for name in names & self._shows.keys():
            self._shows[name]()

    def _show_guided_part(self) -> None:
        request = self._draft.stored()
        for field, share in (
            (self.guided_from, request.guidance_from),
            (self.guided_until, request.guidance_until),
        ):
            field.blockSignals(True)
            field.setValue(round(share * 100))
            field.blockSignals(False)

    def _show_refiner(self) -> None:
        _choose(self.refiner, self._draft.stored().refiner, or_first=True)
        self.fold(self._unfolded)

    def _show_family(self) -> None:
        family = self._draft.family
        self.clip_skip.setEnabled(family.clip_skip)
        if family.clip_skip:
            words = tr("Leaves out the text encoder's last layers; some fine-tunes want 2.")
        else:
            words = tr("This model's text encoder has no layers to skip.")
        self.clip_skip.setToolTip(words)
        _offer_suiting(self.sampler, SAMPLERS, family)
        _offer_suiting(self.schedule, SCHEDULES, family)
        self.fold(self._unfolded)


def _offer(combo: Combo, label: str, value: str, tooltip: str) -> None:
    combo.addItem(label, value)
    combo.setItemData(combo.count() - 1, tooltip, Qt.ItemDataRole.ToolTipRole)


def _choose(combo: Combo, value: str, *, or_first: bool = False) -> None:
    at = combo.findData(value)
    combo.setCurrentIndex(max(0, at) if or_first else at)


def _fill(combo: Combo, nothing: str, items: Sequence[tuple[str, str]], current: str) -> None:
    """None of them, then these (value, label); the one in use is there though it is offered no
    more."""
    combo.clear()
    combo.addItem(nothing, "")
    for value, label in items:
        combo.addItem(label, value)
    if current and combo.findData(current) < 0:
        combo.addItem(current, current)
    _choose(combo, current, or_first=True)


def _offer_suiting(combo: Combo, table: Mapping[str, Sampler | Schedule], family: Family) -> None:
    """Let what is right for the family be chosen; a pipeline of its own leaves no choice."""
    combo.setEnabled(not family.pipeline)
    if family.pipeline:
        combo.setToolTip(tr("This model brings its own way of sampling."))
    else:
        combo.setToolTip(combo.accessibleDescription())
    items = combo.model()
    assert isinstance(items, QStandardItemModel)
    for at in range(combo.count()):
        if method := table.get(combo.itemData(at)):
            items.item(at).setEnabled(not family.flow or _suits_flow(method))


def _suits_flow(method: Sampler | Schedule) -> bool:
    """Schedules tabulated for single families are so for those with a noise table."""
    if isinstance(method, Sampler):
        return method.suits_flow
    return method.by_family is None

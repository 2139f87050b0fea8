"""The parameters: model, size, steps, guidance, seed; under More sampler,
schedule and clip skip. Bound to the draft."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator, QStandardItemModel
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.models.files.families import FAMILIES
from core.models.library.library import ModelEntry
from core.sampling.samplers import SAMPLERS, Sampler
from core.sampling.schedules import SCHEDULES
from core.values.request import (
    COMPATIBLE,
    MAX_CLIP_SKIP,
    MAX_GUIDANCE,
    MAX_SEED,
    MAX_SIZE,
    MAX_STEPS,
    MIN_SIZE,
    NOISE_SOURCES,
    SIZE_STEP,
    USUAL_NOISE,
)
from desktop.form.undo_keys import hold_with
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import (
    DETAIL_ROLE,
    Combo,
    DetailDelegate,
    FieldLabel,
    IconButton,
    SliderField,
    guard_wheel,
    row,
)
from desktop.widgets.i18n import tr, tr_data

TWINS = {"width": ("height",), "guidance_from": ("guidance_until",)}  # fields that share a line
OPEN_FOLDER, OPEN_FILE, GET_MODELS, FREE_SIZE = "open-folder", "open-file", "get-models", "free"


class ParametersPanel(QWidget):
    """`model_chosen` carries a model id; `folder_asked` and `file_asked` ask for the dialogs that
    open a model, `models_asked` for more."""

    model_chosen = Signal(str)
    folder_asked = Signal()
    file_asked = Signal()
    models_asked = Signal()

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._labels: dict[str, FieldLabel] = {}
        self._hidden: list[QWidget | None] = []
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.SPACE_3)
        self._grid.setVerticalSpacing(theme.SPACE_2)
        self._grid.setColumnStretch(1, 1)
        self._build_basic()
        self._build_more()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_2)
        column.addLayout(self._grid)
        draft.changed.connect(self._show)
        self._show(frozenset(self._labels))

    def _add(
        self, field: str, text: str, help: str, control: QWidget, focus: QWidget | None = None
    ) -> None:
        if isinstance(control, SliderField):
            hold_with(control.slider, self._draft)
        label = FieldLabel(text, help)
        label.setBuddy(focus or control)
        label.reset_asked.connect(partial(self._reset, field))
        self._labels[field] = label
        at = self._grid.rowCount()
        self._grid.addWidget(label, at, 0)
        self._grid.addWidget(control, at, 1)

    def _build_basic(self) -> None:
        self.model = Combo(tr("Model"), tr("The trained network that makes the picture."))
        self._add(
            "model", tr("Model"), tr("The trained network that makes the picture."), self.model
        )
        self.model.setItemDelegate(DetailDelegate(self.model))
        self.model.activated.connect(self._pick_model)
        help = tr("Width and height of the picture in pixels.")
        self.size_choice = Combo(tr("Size"), help)
        self.swap = IconButton("swap", tr("Swap width and height"), size=16)
        self.wide, self.high = QSpinBox(), QSpinBox()
        for field, name in ((self.wide, tr("Width")), (self.high, tr("Height"))):
            field.setRange(MIN_SIZE, MAX_SIZE)
            field.setSingleStep(SIZE_STEP)
            field.setAccessibleName(name)
            field.setKeyboardTracking(False)
            guard_wheel(field)
            field.valueChanged.connect(self._typed_size)
        self.free = row(self.wide, QLabel("x"), self.high)
        size_row = row(self.size_choice, self.swap, spacing=theme.SPACE_1, wide=self.size_choice)
        self._add("width", tr("Size"), help, size_row, self.size_choice)
        self._grid.addWidget(self.free, self._grid.rowCount(), 1)
        self.size_choice.activated.connect(self._pick_size)
        self.swap.clicked.connect(self._swap)
        self.steps = SliderField(
            tr("Steps"),
            tr("How many times the picture is refined; more takes longer."),
            1,
            60,
            top=MAX_STEPS,
        )
        self._add("steps", tr("Steps"), tr("How many times the picture is refined."), self.steps)
        self.steps.edited.connect(lambda value: self._draft.set(steps=int(value)))
        self.guidance = SliderField(
            tr("Guidance"),
            tr("How strongly the prompt pulls; too much burns the colours."),
            1,
            15,
            top=MAX_GUIDANCE,
            decimals=1,
        )
        self._add("guidance", tr("Guidance"), tr("How strongly the prompt pulls."), self.guidance)
        self.guidance.edited.connect(lambda value: self._draft.set(guidance=value))
        self._build_seed()

    def _build_seed(self) -> None:
        help = tr(
            "The number that decides the start noise: the same seed gives the same picture again."
        )
        self.die = IconButton(
            "dice", tr("Random seed"), tr("a new seed for every picture"), checkable=True
        )
        self.seed = QLineEdit()
        self.seed.setAccessibleName(tr("Seed"))
        self.seed.setToolTip(help)
        self.seed.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{0,20}"), self))
        line = row(self.seed, self.die, spacing=theme.SPACE_1)
        self._add("seed", tr("Seed"), help, line, self.seed)
        self.die.toggled.connect(self._draft.set_random_seed)
        self.seed.textEdited.connect(self._typed_seed)

    def _build_more(self) -> None:
        self.more = QToolButton()
        self.more.setText(tr("More"))
        self.more.setAccessibleName(tr("More parameters"))
        self.more.setCheckable(True)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._grid.addWidget(self.more, self._grid.rowCount(), 0, 1, 2)
        before = self._grid.rowCount()
        self.sampler = Combo(tr("Sampler"), tr("The method that walks from noise to picture."))
        rows = sorted(SAMPLERS.values(), key=lambda sampler: not sampler.recommended)
        for at, sampler in enumerate(rows):
            if at and rows[at - 1].recommended and not sampler.recommended:
                self.sampler.insertSeparator(self.sampler.count())
            self.sampler.addItem(sampler.label, sampler.id)
            self.sampler.setItemData(
                self.sampler.count() - 1, tr_data(sampler.help), Qt.ItemDataRole.ToolTipRole
            )
        self._add(
            "sampler",
            tr("Sampler"),
            tr("The method that walks from noise to picture."),
            self.sampler,
        )
        self.schedule = Combo(tr("Schedule"), tr("How the noise levels of the steps are spaced."))
        for schedule in SCHEDULES.values():
            self.schedule.addItem(tr_data(schedule.label), schedule.id)
            self.schedule.setItemData(
                self.schedule.count() - 1, tr_data(schedule.help), Qt.ItemDataRole.ToolTipRole
            )
        self._add(
            "schedule",
            tr("Schedule"),
            tr("How the noise levels of the steps are spaced."),
            self.schedule,
        )
        self.clip_skip = QSpinBox()
        self.clip_skip.setRange(1, MAX_CLIP_SKIP)
        self.clip_skip.setAccessibleName(tr("Clip skip"))
        guard_wheel(self.clip_skip)
        self._add(
            "clip_skip",
            tr("Clip skip"),
            tr("Leaves out the text encoder's last layers; some fine-tunes want 2."),
            self.clip_skip,
        )
        self._build_ways()
        self._build_helpers()
        self._hidden = [
            item.widget()
            for at in range(before, self._grid.rowCount())
            for column in (0, 1)
            if (item := self._grid.itemAtPosition(at, column)) is not None
        ]
        self.more.toggled.connect(self._fold)
        self._fold(False)
        self.sampler.activated.connect(
            lambda _: self._draft.set(sampler=self.sampler.currentData())
        )
        self.schedule.activated.connect(
            lambda _: self._draft.set(schedule=self.schedule.currentData())
        )
        self.clip_skip.valueChanged.connect(lambda value: self._draft.set(clip_skip=value))

    def _choose_ways(self) -> None:
        """Another program's ways, and its noise with them."""
        ways = str(self.ways.currentData())
        self._draft.set(
            compatibility=ways, noise=replace(self._draft.request.noise, source=USUAL_NOISE[ways])
        )

    def _build_ways(self) -> None:
        help = tr("Brings the colours of strong guidance back; 0.7 suits models that predict v.")
        self.rescale = SliderField(tr("Guidance rescale"), help, 0, 1, top=1, decimals=2)
        self._add("guidance_rescale", tr("Rescale"), help, self.rescale)
        self.rescale.edited.connect(lambda value: self._draft.set(guidance_rescale=value))
        help = tr(
            "Whose way of drawing noise and weighing words: choose the program a recipe comes "
            "from to get its picture."
        )
        self.ways = Combo(tr("Same picture as"), help)
        for name, id in zip(
            ("Calotype", "AUTOMATIC1111, Forge", "ComfyUI"), COMPATIBLE, strict=True
        ):
            self.ways.addItem(name, id)
        self._add("compatibility", tr("Same as"), help, self.ways)
        self.ways.activated.connect(self._choose_ways)
        help = tr("Where the noise is drawn; recipes made on an NVIDIA card need its own.")
        self.noise = Combo(tr("Noise from"), help)
        for name, id in zip((tr("Processor"), tr("NVIDIA card")), NOISE_SOURCES, strict=True):
            self.noise.addItem(name, id)
        self._add("noise", tr("Noise from"), help, self.noise)
        self.noise.activated.connect(
            lambda _: self._draft.set(
                noise=replace(self._draft.request.noise, source=self.noise.currentData())
            )
        )

    def _build_helpers(self) -> None:
        """Guidance for a part of the steps, another VAE, and a refiner; the last two only where
        there is something to choose."""
        help = tr(
            "The part of the steps that guidance works in, in percent; "
            "leaving out the ends can look more natural."
        )
        self.guided_from, self.guided_until = QSpinBox(), QSpinBox()
        for field, name in (
            (self.guided_from, tr("Guidance from")),
            (self.guided_until, tr("Guidance until")),
        ):
            field.setRange(0, 100)
            field.setSuffix(" %")
            field.setFixedWidth(58)
            field.setAccessibleName(name)
            field.setToolTip(help)
            field.setKeyboardTracking(False)
            guard_wheel(field)
            field.valueChanged.connect(self._typed_interval)
        self._add(
            "guidance_from",
            tr("Guided"),
            help,
            row(self.guided_from, QLabel("-"), self.guided_until, None),
            self.guided_from,
        )
        help = tr(
            "What turns the finished latents into pixels; some models look better with another one."
        )
        self.vae = Combo(tr("VAE"), help)
        self._add("vae", tr("VAE"), help, self.vae)
        self.vae.activated.connect(lambda _: self._draft.set(vae=self.vae.currentData()))
        help = tr("A second model that takes over the last steps.")
        self.refiner = Combo(tr("Refiner"), help)
        self._add("refiner", tr("Refiner"), help, self.refiner)
        self.refiner.activated.connect(
            lambda _: self._draft.set(refiner=self.refiner.currentData())
        )
        help = tr("The share of the steps, in percent, after which the refiner takes over.")
        self.refiner_at = SliderField(tr("Refiner from"), help, 0, 100, top=100)
        self._add("refiner_at", tr("Refine from"), help, self.refiner_at)
        self.refiner_at.edited.connect(lambda value: self._draft.set(refiner_at=value / 100))
        self.show_helpers((), ())

    def _typed_interval(self) -> None:
        low, high = sorted((self.guided_from.value(), self.guided_until.value()))
        self._draft.set(guidance_from=low / 100, guidance_until=high / 100)

    def show_helpers(self, vaes: Sequence[str], refiners: Sequence[tuple[str, str]]) -> None:
        """The VAEs by id, and the models (id, name) that can refine."""
        request = self._draft.stored()
        chosen = (
            (self.vae, tr("the model's own"), [(vae, vae) for vae in vaes], request.vae),
            (self.refiner, tr("none"), list(refiners), request.refiner),
        )
        for combo, nothing, items, current in chosen:
            combo.clear()
            combo.addItem(nothing, "")
            for id, name in items:
                combo.addItem(name, id)
            if current and combo.findData(current) < 0:
                combo.addItem(current, current)
            combo.setCurrentIndex(max(0, combo.findData(current)))
        self._fold(self.more.isChecked())

    def _fold(self, shown: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        refines = self.refiner.count() > 1 and self._draft.family.id == "sdxl"
        offered = {
            "vae": self.vae.count() > 1,
            "refiner": refines,
            "refiner_at": refines and bool(self._draft.stored().refiner),
        }
        absent = {
            part
            for field, there in offered.items()
            if not there
            for part in (self._labels[field], getattr(self, field))
        }
        for widget in self._hidden:
            if widget is not None:
                widget.setVisible(shown and widget not in absent)

    # --- what the window tells ---

    def show_models(
        self, entries: Sequence[ModelEntry], current: str, warm: Sequence[str] = ()
    ) -> None:
        """Fill the model list; `warm` are the paths of those in memory."""
        self.model.clear()
        for entry in entries:
            ready = entry.state == "ready"
            self.model.addItem(
                entry.name if ready else tr("{name} (incomplete)", name=entry.name), entry.id
            )
            at = self.model.count() - 1
            self.model.setItemData(
                at, entry.state if not ready else entry.path, Qt.ItemDataRole.ToolTipRole
            )
            size = (
                f"{entry.bytes / 1e9:.1f} GB"
                if entry.bytes >= 10**9
                else f"{entry.bytes / 1e6:.0f} MB"
            )
            where = (
                tr("in memory") if entry.path in warm else size if entry.bytes else tr("missing")
            )
            self.model.setItemData(
                at, f"{tr_data(FAMILIES[entry.family].label)} · {where}", DETAIL_ROLE
            )
        self.model.insertSeparator(self.model.count())
        self.model.addItem(tr("Open model file..."), OPEN_FILE)
        self.model.addItem(tr("Open model folder..."), OPEN_FOLDER)
        self.model.addItem(tr("Get more models..."), GET_MODELS)
        self.model.setCurrentIndex(max(0, self.model.findData(current)))

    # --- what the person does ---

    def _pick_model(self, _: int) -> None:
        chosen = self.model.currentData()
        asked = {
            OPEN_FOLDER: self.folder_asked,
            OPEN_FILE: self.file_asked,
            GET_MODELS: self.models_asked,
        }
        if chosen in asked:
            self.model.setCurrentIndex(max(0, self.model.findData(self._draft.request.model)))
            asked[chosen].emit()
        elif chosen is not None:
            self.model_chosen.emit(chosen)

    def _pick_size(self, _: int) -> None:
        chosen = self.size_choice.currentData()
        if chosen == FREE_SIZE:
            self.free.show()
            self.wide.setFocus()
        elif chosen:
            self._draft.set(width=chosen[0], height=chosen[1])

    def _typed_size(self) -> None:
        width, height = (
            max(MIN_SIZE, round(field.value() / SIZE_STEP) * SIZE_STEP)
            for field in (self.wide, self.high)
        )
        self._draft.set(width=width, height=height)
        self._show_size()

    def _swap(self) -> None:
        request = self._draft.request
        self._draft.set(width=request.height, height=request.width)

    def _typed_seed(self, text: str) -> None:
        if text:
            self._draft.pin_seed(min(int(text), MAX_SEED))
        else:
            self._draft.set_random_seed(True)

    def _reset(self, field: str) -> None:
        self._draft.reset(field, *TWINS.get(field, ()))

    # --- what the draft says ---

    def _show(self, names: frozenset[str]) -> None:
        request = self._draft.stored()
        shows: dict[str, Callable[[], object]] = {
            "width": self._show_size,
            "height": self._show_size,
            "steps": lambda: self.steps.set_value(request.steps),
            "guidance": lambda: self.guidance.set_value(request.guidance),
            "seed": self._show_seed,
            "sampler": lambda: self.sampler.setCurrentIndex(self.sampler.findData(request.sampler)),
            "schedule": lambda: self.schedule.setCurrentIndex(
                self.schedule.findData(request.schedule)
            ),
            "clip_skip": lambda: self.clip_skip.setValue(request.clip_skip),
            "model": self._show_family,
            "guidance_rescale": lambda: self.rescale.set_value(request.guidance_rescale),
            "compatibility": lambda: self.ways.setCurrentIndex(
                self.ways.findData(request.compatibility)
            ),
            "guidance_from": self._show_interval,
            "guidance_until": self._show_interval,
            "vae": lambda: self.vae.setCurrentIndex(max(0, self.vae.findData(request.vae))),
            "refiner": self._show_refiner,
            "refiner_at": lambda: self.refiner_at.set_value(request.refiner_at * 100),
            "noise": lambda: self.noise.setCurrentIndex(self.noise.findData(request.noise.source)),
        }
        for name in names & shows.keys():
            shows[name]()
        for field, label in self._labels.items():
            if field not in ("model", "seed"):
                label.mark(self._draft.differs(field, *TWINS.get(field, ())))

    def _show_interval(self) -> None:
        request = self._draft.stored()
        for field, value in (
            (self.guided_from, request.guidance_from),
            (self.guided_until, request.guidance_until),
        ):
            field.blockSignals(True)
            field.setValue(round(value * 100))
            field.blockSignals(False)

    def _show_refiner(self) -> None:
        self.refiner.setCurrentIndex(max(0, self.refiner.findData(self._draft.stored().refiner)))
        self._fold(self.more.isChecked())

    def _show_size(self) -> None:
        request, family = self._draft.stored(), self._draft.family
        self.size_choice.clear()
        sizes = (
            [*family.sizes]
            if (request.width, request.height) in family.sizes
            else [*family.sizes, (request.width, request.height)]
        )
        for width, height in sizes:
            self.size_choice.addItem(f"{width} x {height}", (width, height))
        self.size_choice.addItem(tr("Other..."), FREE_SIZE)
        self.size_choice.setCurrentIndex(sizes.index((request.width, request.height)))
        self.free.setVisible(
            (request.width, request.height) not in family.sizes
            or (self.free.isVisible() and self.wide.hasFocus())
        )
        for field, value in ((self.wide, request.width), (self.high, request.height)):
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)

    def _show_seed(self) -> None:
        draft = self._draft
        seed = draft.stored().seed
        self.die.setChecked(draft.random_seed)
        text = "" if seed is None else str(seed)
        if self.seed.text() != text:
            self.seed.setText(text)
        self.seed.setObjectName("dim" if draft.random_seed else "")
        self.seed.setPlaceholderText(tr("random"))
        self.seed.style().polish(self.seed)

    def _show_family(self) -> None:
        family = self._draft.family
        self.model.setCurrentIndex(max(0, self.model.findData(self._draft.request.model)))
        self.clip_skip.setEnabled(family.clip_skip)
        self.clip_skip.setToolTip(
            tr("Leaves out the text encoder's last layers; some fine-tunes want 2.")
            if family.clip_skip
            else tr("This model's text encoder has no layers to skip.")
        )
        for combo, row_of in ((self.sampler, SAMPLERS), (self.schedule, SCHEDULES)):
            combo.setEnabled(not family.pipeline)
            combo.setToolTip(
                combo.accessibleDescription()
                if not family.pipeline
                else tr("This model brings its own way of sampling.")
            )
            items = combo.model()
            assert isinstance(items, QStandardItemModel)
            for at in range(combo.count()):
                if row := row_of.get(combo.itemData(at)):
                    suits = not family.flow or (
                        row.suits_flow if isinstance(row, Sampler) else row.by_family is None
                    )
                    items.item(at).setEnabled(suits)
        self._fold(self.more.isChecked())
        self._show_size()

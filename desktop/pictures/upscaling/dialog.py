"""How much larger pictures become, by what, and whether their details are drawn anew; with what
that takes, before it begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QSpinBox, QWidget

from core.service.upscaling.wishes import STRENGTH, UpscaleWish
from core.values.request_parts.upscale import LANCZOS, MAX_SIDE
from desktop.pictures.questions.dialog import QuestionDialog, Row
from desktop.pictures.questions.parts import choice_box, choose, dim_label, number_field, say
from desktop.pictures.upscaling.last_wish import SMALLEST_SIDE
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, SliderField
from desktop.widgets.i18n import tr

WIDTH = 480  # pixels
SETTLED_MS = 250
SCALES = (2.0, 3.0, 4.0)
USUAL_SIDE = 4096
PROMPT_LINES = 2


@dataclass(frozen=True, slots=True)
class Subject:
    """What is made larger, in words: "photo.png", "12 pictures"; and what draws details where a
    picture's own model is not here."""

    words: str
    model_name: str


@dataclass(frozen=True, slots=True)
class Foretold:
    """What the wish takes, in words: one line, and what explains it. `possible`: whether it can
    begin."""

    words: str
    why: str = ""
    possible: bool = True


def _sizes() -> Iterator[tuple[float, str]]:
    """By how many times larger; 0 for a side that is asked for."""
    for scale in SCALES:
        yield scale, tr("{n} times as large", n=f"{scale:g}")
    yield 0.0, tr("Longest side")


class UpscaleDialog(QuestionDialog):
    """`asked` carries a wish as it is set, for which somebody calls `foretell`; `wanted` the one
    that a person is sure of."""

    asked = Signal(UpscaleWish)
    wanted = Signal(UpscaleWish)

    def __init__(
        self,
        subject: Subject,
        upscalers: Sequence[tuple[str, str]],
        wish: UpscaleWish,
        parent: QWidget,
    ) -> None:
        """`upscalers` are ids and names besides Lanczos."""
        super().__init__(tr("Upscale"), tr("Upscale"), WIDTH, parent)
        self._otherwise = wish.otherwise
        self.size_box = choice_box(
            tr("Size"),
            tr("How large the picture becomes: by how many times, or its side."),
            _sizes(),
        )
        self.side = self._side_field()
        self.upscaler = choice_box(
            tr("Upscaler"),
            tr("What enlarges: a model trained for it, or Lanczos, which only resizes."),
            ((LANCZOS, tr("Lanczos (no model)")), *upscalers),
        )
        self.refine = QCheckBox(tr("Draw details anew"))
        self.refine.setToolTip(
            tr("A diffusion model goes over the large picture tile by tile, which takes longer.")
        )
        self.strength = SliderField(
            tr("Strength of the refinement"),
            tr("How much is drawn anew: 0.2 sharpens, 0.5 changes what is seen."),
            0.05,
            1,
            usual=(0.1, 0.6),
            step=0.05,
            decimals=2,
        )
        self.prompt = self._prompt_field()
        self.fit = dim_label(tr("Looking what it takes..."))
        self.fit.setAccessibleName(tr("What it takes"))
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(lambda: self.asked.emit(self.wish()))
        self._build(subject)
        self._take(wish)
        self._connect()
        self._follow()

    # --- building ---

    def _side_field(self) -> QSpinBox:
        side = number_field(
            tr("Longest side in pixels"),
            tr("The longer side of the result; the other one follows."),
            (SMALLEST_SIDE, MAX_SIDE),
        )
        side.setSingleStep(SMALLEST_SIDE)
        side.setSuffix(tr(" px"))
        side.setValue(USUAL_SIDE)
        side.setAlignment(Qt.AlignmentFlag.AlignRight)
        return side

    def _prompt_field(self) -> QPlainTextEdit:
        field = QPlainTextEdit()
        field.setTabChangesFocus(True)
        field.setPlaceholderText(tr("As the picture's recipe says"))
        field.setAccessibleName(tr("Prompt of the refinement"))
        field.setToolTip(
            tr("What the details are of; left empty, what the picture's own recipe says.")
        )
        line = field.fontMetrics().lineSpacing()
        field.setFixedHeight(PROMPT_LINES * line + 2 * theme.SPACE_2 + 2 * theme.SPACE_1)
        return field

    def _build(self, subject: Subject) -> None:
        what = ElidedLabel()
        what.set_full(subject.words)
        what.setObjectName("dim")
        self.drawn_by = dim_label(
            tr(
                "The model that made the picture draws them; where that is not here, {name}.",
                name=subject.model_name,
            )
        )
        rows: tuple[Row, ...] = (
            (tr("Size"), self.size_box),
            (tr("Pixels"), self.side),
            (tr("Upscaler"), self.upscaler),
            ("", self.refine),
            (tr("Strength"), self.strength),
            (tr("Prompt"), self.prompt),
            ("", self.drawn_by),
        )
        self.lay_out(rows, above=(what,), below=(self.fit,), tall=(self.prompt,))

    def _connect(self) -> None:
        self.size_box.currentIndexChanged.connect(self._follow)
        self.side.valueChanged.connect(self._follow)
        self.upscaler.currentIndexChanged.connect(self._follow)
        self.refine.toggled.connect(self._follow)
        self.strength.field.valueChanged.connect(self._follow)
        self.prompt.textChanged.connect(self._timer.start)
        self.accepted.connect(lambda: self.wanted.emit(self.wish()))

    # --- what it is set to ---

    def _take(self, wish: UpscaleWish) -> None:
        choose(self.size_box, 0.0 if wish.side else wish.scale)
        if wish.side:
            self.side.setValue(wish.side)
        choose(self.upscaler, wish.upscaler)
        self.refine.setChecked(wish.refine > 0)
        self.strength.set_value(wish.refine or STRENGTH)
        self.prompt.setPlainText(wish.prompt or "")

    def wish(self) -> UpscaleWish:
        """What a person set."""
        scale = float(self.size_box.currentData())
        wish = UpscaleWish(upscaler=str(self.upscaler.currentData()), otherwise=self._otherwise)
        wish = replace(wish, scale=scale) if scale else replace(wish, side=self.side.value())
        if not self.refine.isChecked():
            return wish
        prompt = self.prompt.toPlainText().strip()
        strength = round(self.strength.field.value(), 2)
        return replace(wish, refine=strength, prompt=prompt or None)

    def _follow(self) -> None:
        """Only what counts is shown, and what it takes is asked for anew."""
        self.show_row(self.side, shown=not self.size_box.currentData())
        for part in (self.strength, self.prompt, self.drawn_by):
            self.show_row(part, shown=self.refine.isChecked())
        self.fit_height()
        self._timer.start()

    def foretell(self, wish: UpscaleWish, foretold: Foretold) -> None:
        """Say what a wish takes, if that is the one that is set."""
        if wish != self.wish():
            return
        say(self.fit, foretold.words, bad=not foretold.possible)
        self.fit_height()
        self.fit.setToolTip(foretold.why or foretold.words)
        self.fit.setAccessibleDescription(f"{foretold.words} {foretold.why}".strip())
        self.go.setEnabled(foretold.possible)
        self.go.setToolTip("" if foretold.possible else foretold.words)

"""How much larger pictures become, by what, and whether their details are drawn anew; with what
that takes, before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.service.upscaling.wishes import STRENGTH, UpscaleWish
from core.values.request_parts.upscale import LANCZOS, MAX_SIDE
from desktop.widgets import theme
from desktop.widgets.controls import Combo, ElidedLabel, SliderField, guard_wheel
from desktop.widgets.i18n import tr

WIDTH = 480  # pixels
SETTLED_MS = 250
SCALES = (2.0, 3.0, 4.0)
SMALLEST_SIDE = 64
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


class UpscaleDialog(QDialog):
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
        super().__init__(parent)
        self.setWindowTitle(tr("Upscale"))
        self.setMinimumWidth(WIDTH)
        self.resize(WIDTH, 0)
        self._otherwise = wish.otherwise
        self.size_box = self._size_box()
        self.side = self._side_field()
        self.upscaler = self._upscaler_box(upscalers)
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
        self.fit = self._dim(tr("Looking what it takes..."))
        self.fit.setAccessibleName(tr("What it takes"))
        self.go = QPushButton(tr("Upscale"))
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(lambda: self.asked.emit(self.wish()))
        self._build(subject)
        self._take(wish)
        self._connect()
        self._follow()

    # --- building ---

    def _size_box(self) -> Combo:
        box = Combo(
            tr("Size"), tr("How large the picture becomes: by how many times, or its side.")
        )
        for scale in SCALES:
            box.addItem(tr("{n} times as large", n=f"{scale:g}"), scale)
        box.addItem(tr("Longest side"), 0.0)
        return box

    def _side_field(self) -> QSpinBox:
        side = QSpinBox()
        side.setRange(SMALLEST_SIDE, MAX_SIDE)
        side.setSingleStep(SMALLEST_SIDE)
        side.setSuffix(tr(" px"))
        side.setValue(USUAL_SIDE)
        side.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        side.setAlignment(Qt.AlignmentFlag.AlignRight)
        side.setAccessibleName(tr("Longest side in pixels"))
        side.setToolTip(tr("The longer side of the result; the other one follows."))
        guard_wheel(side)
        return side

    def _upscaler_box(self, upscalers: Sequence[tuple[str, str]]) -> Combo:
        box = Combo(
            tr("Upscaler"),
            tr("What enlarges: a model trained for it, or Lanczos, which only resizes."),
        )
        box.addItem(tr("Lanczos (no model)"), LANCZOS)
        for upscaler_id, name in upscalers:
            box.addItem(name, upscaler_id)
        return box

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
        table = QGridLayout()
        table.setHorizontalSpacing(theme.SPACE_3)
        table.setVerticalSpacing(theme.SPACE_2)
        table.setColumnStretch(1, 1)
        self._labels: dict[QWidget, QLabel] = {}
        rows: tuple[tuple[str, QWidget], ...] = (
            (tr("Size"), self.size_box),
            (tr("Pixels"), self.side),
            (tr("Upscaler"), self.upscaler),
            ("", self.refine),
            (tr("Strength"), self.strength),
            (tr("Prompt"), self.prompt),
        )
        for at, (words, control) in enumerate(rows):
            label = QLabel(words)
            label.setBuddy(control)
            self._labels[control] = label
            is_tall = control is self.prompt
            upright = Qt.AlignmentFlag.AlignTop if is_tall else Qt.AlignmentFlag.AlignVCenter
            table.addWidget(label, at, 0, upright)
            table.addWidget(control, at, 1)
        self.drawn_by = self._dim(
            tr(
                "The model that made the picture draws them; where that is not here, {name}.",
                name=subject.model_name,
            )
        )
        table.addWidget(self.drawn_by, len(rows), 1)
        answers = QDialogButtonBox()
        answers.addButton(self.go, QDialogButtonBox.ButtonRole.AcceptRole)
        answers.addButton(QPushButton(tr("Cancel")), QDialogButtonBox.ButtonRole.RejectRole)
        answers.accepted.connect(self.accept)
        answers.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_4)
        column.addWidget(what)
        column.addLayout(table)
        column.addWidget(self.fit)
        column.addWidget(answers)

    @staticmethod
    def _dim(words: str) -> QLabel:
        label = QLabel(words)
        label.setObjectName("dim")
        label.setTextFormat(Qt.TextFormat.PlainText)  # names of files and models stand in it
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        return label

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
        at = self.size_box.findData(0.0 if wish.side else wish.scale)
        self.size_box.setCurrentIndex(max(at, 0))
        if wish.side:
            self.side.setValue(wish.side)
        self.upscaler.setCurrentIndex(max(self.upscaler.findData(wish.upscaler), 0))
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
        self._show(self.side, shown=not self.size_box.currentData())
        for part in (self.strength, self.prompt):
            self._show(part, shown=self.refine.isChecked())
        self.drawn_by.setVisible(self.refine.isChecked())
        self._fit_height()
        self._timer.start()

    def _fit_height(self) -> None:
        """As tall as what is shown, at the width there is."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _show(self, control: QWidget, *, shown: bool) -> None:
        control.setVisible(shown)
        self._labels[control].setVisible(shown)

    def foretell(self, wish: UpscaleWish, foretold: Foretold) -> None:
        """Say what a wish takes, if that is the one that is set."""
        if wish != self.wish():
            return
        self.fit.setText(foretold.words)
        self._fit_height()
        self.fit.setToolTip(foretold.why or foretold.words)
        self.fit.setAccessibleDescription(f"{foretold.words} {foretold.why}".strip())
        self.fit.setObjectName("dim" if foretold.possible else "bad")
        self.fit.style().polish(self.fit)
        self.go.setEnabled(foretold.possible)
        self.go.setToolTip("" if foretold.possible else foretold.words)

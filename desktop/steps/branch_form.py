"""From here: what is asked for otherwise from a step on, and the pictures that came of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.values.request import Request
from desktop.steps.branch_list import BranchList
from desktop.widgets import theme
from desktop.widgets.controls import Combo, SliderField, column, guard_wheel
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.service.insight.rewind.branch_tree import BranchNode
    from core.values.resolved_request import ResolvedRequest

LONGEST = 100_000  # characters that are taken of a text
MOST_NOISES = 9_999  # other noises that can be chosen


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be otherwise from a step on. `noise`: another noise of the steps, 0 for the same;
    it is added to the seed delta that the picture has. `model` "": the picture's own."""

    prompt: str
    negative_prompt: str
    guidance: float
    sampler: str
    noise: int
    model: str = ""


class WordsEdit(QPlainTextEdit):
    """`done`: Ctrl+Return was pressed in it, which elsewhere generates."""

    done = Signal()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and _is_done(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_done(event):
            self.done.emit()
        else:
            super().keyPressEvent(event)


class BranchForm(QWidget):
    """`asked` carries a Wish, `opened` the Picture of the tree that is to be looked at, `entered`
    that which is to be opened in the place of this one. `foot` and the tree, `branches`, are for
    the room to place, always in sight. A `small` one is the words and the button in a row: it has
    no foot, and the rest stays as the picture has it."""

    asked = Signal(object)
    opened = Signal(object)
    entered = Signal(object)

    def __init__(self, *, small: bool = False) -> None:
        super().__init__()
        self._small = small
        self._step = 1
        self.prompt = _text(
            tr("Prompt from here"), tr("The words from this step on. Ctrl+Return develops."), 3
        )
        self.negative = _text(
            tr("Negative prompt from here"),
            tr("What is kept away from this step on. Ctrl+Return develops."),
            2,
        )
        self.guidance = _guidance()
        self.sampler = _samplers()
        self.model = Combo(
            tr("Model from here"), tr("Another model of the same family goes on from this step.")
        )
        self.noise = QSpinBox()
        self.noise.setRange(0, MOST_NOISES)
        self.noise.setSpecialValueText(tr("the same"))
        self.noise.setAccessibleName(tr("Noise of the steps"))
        self.noise.setToolTip(
            tr("Another number draws other noise; it counts for samplers that add noise.")
        )
        guard_wheel(self.noise)
        self.develop = QPushButton(tr("Develop"))
        self.develop.setObjectName("" if small else "primary")
        self.note = QLabel()
        self.note.setObjectName("dim")
        self.note.setWordWrap(True)
        self.note.hide()
        self.branches = BranchList()
        self._heading = QLabel()
        self._heading.setObjectName("heading")
        if small:
            self._build_rows()
        else:
            self.foot = column(self.develop, self.note, margins=theme.SPACE_4)
            self._build_column()
        self._connect()
        self.show_branches((), 1)
        self.show_step(1, 1)

    def _connect(self) -> None:
        self.develop.clicked.connect(self._ask)
        for text in (self.prompt, self.negative):
            text.done.connect(self.develop.click)
        self.branches.opened.connect(self.opened)
        self.branches.entered.connect(self.entered)

    def _lines(self) -> tuple[tuple[str, QWidget], ...]:
        return (
            (tr("Negative prompt"), self.negative),
            (tr("Guidance"), self.guidance),
            (tr("Sampler"), self.sampler),
            (tr("Noise of the steps"), self.noise),
            (tr("Model"), self.model),
        )

    def _build_column(self) -> None:
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_1)
        lines.addWidget(self._heading)
        for words, part in ((tr("Prompt"), self.prompt), *self._lines()):
            label = QLabel(words)
            label.setObjectName("dim")
            label.setBuddy(part)
            lines.addWidget(label)
            lines.addWidget(part)

    def _build_rows(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(theme.SPACE_3)
        first.addWidget(self.prompt, 1)
        first.addWidget(self.develop, 0, Qt.AlignmentFlag.AlignTop)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(theme.SPACE_2)
        whole.addLayout(first)
        whole.addWidget(self.note)
        for part in (self.branches, self._heading, *(part for _, part in self._lines())):
            part.setParent(self)
            part.hide()

    def open(
        self,
        request: ResolvedRequest,
        *,
        models: Sequence[tuple[str, str]],
        flow: bool,
        own_sampling: bool,
    ) -> None:
        """As this picture was made. `models` are the ids and names of those that can go on, its own
        first. `flow`: by a flow model, `own_sampling`: in a way that ties sampler and levels
        together."""
        self.prompt.setPlainText(request.prompt)
        self.negative.setPlainText(request.negative_prompt)
        self.guidance.set_value(request.guidance)
        self.noise.setValue(0)
        self.sampler.setCurrentIndex(self.sampler.findData(request.sampler))
        self._offer_models(models)
        self._offer_samplers(flow)
        self.sampler.setEnabled(not own_sampling)
        why = tr("The noise levels of this picture's program depend on its sampler.")
        self.sampler.setToolTip(why if own_sampling else self.sampler.accessibleDescription())
        self.note.hide()

    def _offer_models(self, models: Sequence[tuple[str, str]]) -> None:
        self.model.clear()
        for model, name in models:
            self.model.addItem(name, model)
        alone = len(models) < 2
        self.model.setEnabled(not alone)
        why = tr("No other model of this family is here.")
        self.model.setToolTip(why if alone else self.model.accessibleDescription())

    def _offer_samplers(self, flow: bool) -> None:
        from core.sampling.samplers import SAMPLERS

        items = self.sampler.model()
        assert isinstance(items, QStandardItemModel)
        for at in range(self.sampler.count()):
            suits = not flow or SAMPLERS[self.sampler.itemData(at)].suits_flow
            items.item(at).setEnabled(suits)

    def show_step(self, step: int, steps: int) -> None:
        """From which step it would go on."""
        self._step = step
        self._heading.setText(tr("From step {step}", step=step))
        self.develop.setAccessibleName(tr("Develop from step {step}", step=step))
        last = step == steps
        self.develop.setEnabled(not last)
        why = tr("This is the last step: go back to an earlier one first.")
        help_text = tr("Makes another picture that shares the steps up to here with this one.")
        self.develop.setToolTip(why if last else help_text)

    def tell(self, words: str) -> None:
        """How far the picture is that was asked for; "" for nothing to say."""
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def show_branches(self, nodes: Sequence[BranchNode], steps: int) -> None:
        """The tree of those that share steps with the picture, of which there are so many."""
        self.branches.show_tree(nodes, steps)
        self.branches.setVisible(bool(nodes) and not self._small)

    def _ask(self) -> None:
        self.asked.emit(
            Wish(
                self.prompt.toPlainText()[:LONGEST],
                self.negative.toPlainText()[:LONGEST],
                self.guidance.field.value(),
                self.sampler.currentData(),
                self.noise.value(),
                self.model.currentData() or "",
            )
        )


def branch_words(request: Request) -> str:
    """A branch in one line."""
    prompt = " ".join(request.prompt.split()) or tr("no words")
    return tr("Step {step}: {prompt}", step=request.branch.step, prompt=prompt)


def _is_done(event: QEvent) -> bool:
    return (
        isinstance(event, QKeyEvent)
        and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    )


def _text(name: str, help_text: str, lines: int) -> WordsEdit:
    edit = WordsEdit()
    edit.setAccessibleName(name)
    edit.setToolTip(help_text)
    edit.setTabChangesFocus(True)
    edit.setFixedHeight(QFontMetrics(edit.font()).lineSpacing() * lines + theme.SPACE_4)
    edit.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return edit


def _guidance() -> SliderField:
    from core.values.declared.parameter import parameters

    declared = parameters(Request)["guidance"]
    return SliderField(
        tr_data(declared.label),
        tr_data(declared.help),
        declared.low,
        declared.high,
        usual=declared.usual,
        step=declared.step,
        decimals=declared.decimals,
    )


def _samplers() -> Combo:
    from core.sampling.samplers import SAMPLERS

    combo = Combo(tr("Sampler from here"), tr("The method that goes on from this step."))
    for sampler in sorted(SAMPLERS.values(), key=lambda sampler: not sampler.recommended):
        combo.addItem(sampler.label, sampler.id)
        help_text = tr_data(sampler.help)
        combo.setItemData(combo.count() - 1, help_text, Qt.ItemDataRole.ToolTipRole)
    return combo

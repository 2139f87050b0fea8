"""The LoRAs that the prompt names: each with its weight, the text encoder's apart if wanted, on and
off; in step with the text."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from core.prompt.loras import lora_tags, with_lora
from core.values.declared.limits import MAX_STEPS
from core.values.lora import Lora
from desktop.form.parameters.keyboard import UndoKeys, group_slider_steps
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton, SliderField, column, row
from desktop.widgets.i18n import tr

MOST = 16  # lines; a text may hold thousands of tags, and each line is a dozen widgets
AT_ONCE = 2  # lines that are made between two looks at what else there is to do
STRONGEST = 2.0  # beyond it pictures fall apart; the tag itself may say more


class LoraLine(QWidget):
    """One tag. `changed` carries the new Lora, or None to take it out."""

    changed = Signal(object)

    def __init__(self, lora: Lora) -> None:
        super().__init__()
        self._lora = lora
        self._kept = lora if lora.weight or lora.text_weight else replace(lora, weight=1.0)
        self._build_head(lora.id)
        hint = tr("How strongly it changes the picture; below 0 it does the opposite.")
        self.weight = _weight_field(tr("Weight of {name}", name=lora.id), hint)
        hint = tr("How strongly it changes how the prompt is read.")
        self.text_weight = _weight_field(tr("Text weight of {name}", name=lora.id), hint)
        self._words = [QLabel(tr("Image")), QLabel(tr("Text"))]
        for word in self._words:
            word.setObjectName("dim")
        image_line = row(self._words[0], self.weight, wide=self.weight)
        self._text_line = row(self._words[1], self.text_weight, wide=self.text_weight)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        lines = column(self._head, image_line, self._text_line, spacing=theme.SPACE_1)
        box.addWidget(lines)
        self.on.toggled.connect(self._switch)
        self.apart.toggled.connect(self._set_apart)
        self.remove.clicked.connect(lambda: self.changed.emit(None))
        self.weight.edited.connect(self._set_weight)
        self.text_weight.edited.connect(self._set_text_weight)
        self.show_lora(lora)

    def _build_head(self, lora: str) -> None:
        self.on = QCheckBox()
        self.on.setAccessibleName(tr("Use {name}", name=lora))
        self.on.setToolTip(
            tr(
                "Off keeps the tag with weight 0, so that pictures with and without "
                "it are quickly compared."
            )
        )
        name = ElidedLabel(lora)
        self.steps = QLabel()
        self.steps.setObjectName("dim")
        self.steps.setToolTip(tr("The steps in which it changes the picture; its tag says which."))
        self.apart = QToolButton()
        self.apart.setText(tr("Text"))
        self.apart.setCheckable(True)
        self.apart.setAccessibleName(tr("Weigh the text encoder apart"))
        self.apart.setToolTip(
            tr("Gives the text encoder a weight of its own, apart from the picture's.")
        )
        self.remove = IconButton("close", tr("Take {name} out of the prompt", name=lora), size=14)
        self.remove.setWhatsThis(tr("Takes this LoRA's tag out of the prompt."))
        parts = self.on, name, self.steps, self.apart, self.remove
        self._head = row(*parts, spacing=theme.SPACE_1, wide=name)

    def controls(self) -> list[QWidget]:
        """All that takes the focus, as it is read."""
        fields = [
            part
            for field in (self.weight, self.text_weight)
            for part in (field.slider, field.field)
        ]
        return [self.on, self.apart, self.remove, *fields]

    def show_lora(self, lora: Lora) -> None:
        """What the tag says now."""
        self._lora = lora
        on = bool(lora.weight or lora.text_weight)
        if on:
            self._kept = lora
        for box, checked in ((self.on, on), (self.apart, lora.text_weight is not None)):
            box.blockSignals(True)
            box.setChecked(checked)
            box.blockSignals(False)
        self.steps.setText(_steps_in_words(lora))
        self.steps.setVisible(not lora.always)
        self.weight.set_value(lora.weight)
        self.text_weight.set_value(lora.weight if lora.text_weight is None else lora.text_weight)
        apart = lora.text_weight is not None
        self._text_line.setVisible(apart)
        for word in self._words:
            word.setVisible(apart)
            word.setFixedWidth(max(word.sizeHint().width() for word in self._words))
        for field in (self.weight, self.text_weight):
            field.setEnabled(on)

    def _switch(self, on: bool) -> None:
        self._tell(self._kept if on else replace(self._lora, weight=0.0, text_weight=None))

    def _set_weight(self, value: float) -> None:
        self._tell(replace(self._lora, weight=round(value, 2)))

    def _set_text_weight(self, value: float) -> None:
        self._tell(replace(self._lora, text_weight=round(value, 2)))

    def _set_apart(self, apart: bool) -> None:
        text_weight = None
        if apart:  # begins with a value that differs from the picture's
            text_weight = 0.8 if self._lora.weight == 1.0 else 1.0
        self._tell(replace(self._lora, text_weight=text_weight))

    def _tell(self, lora: Lora) -> None:
        if lora != self._lora:
            self.show_lora(lora)
            self.changed.emit(lora)


def _steps_in_words(lora: Lora) -> str:
    """In which steps it is on; nothing where that is all of them."""
    if lora.always:
        return ""
    if not lora.by_steps:
        start, stop = (f"{100 * share:.0f}" for share in (lora.start, lora.stop))
        return tr("{start} to {stop} %", start=start, stop=stop)
    first = int(lora.start) + 1
    if lora.stop >= MAX_STEPS:
        return tr("from step {first}", first=first)
    return tr("steps {first} to {last}", first=first, last=int(lora.stop))


def _weight_field(name: str, hint: str) -> SliderField:
    return SliderField(name, hint, -10, 10, usual=(0, STRONGEST), step=0.5, decimals=2)


class LorasPanel(QWidget):
    """A line for each LoRA. `add`, which stands elsewhere, and `add_asked`: another one is
    wanted."""

    add_asked = Signal()

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._keys = UndoKeys(draft, self)
        self.lines: list[LoraLine] = []
        self._ids: list[str] = []
        self._coming: list[Lora] = []
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self._build)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.SPACE_2)
        self.add = QPushButton(tr("LoRA..."))
        self.add.setObjectName("link")
        self.add.clicked.connect(self.add_asked)
        self._more = QLabel(tr("More of them stand in the prompt."))
        self._more.setObjectName("dim")
        self._more.hide()
        self._box.addWidget(self._more)
        draft.changed.connect(self._show)
        self._show(frozenset({"prompt"}))

    def _show(self, names: frozenset[str]) -> None:
        if "prompt" not in names:
            return
        tags = lora_tags(self._draft.stored().prompt, MOST + 1)
        loras = [lora for _, _, lora in tags[:MOST]]
        self._more.setVisible(len(tags) > len(loras))
        if [lora.id for lora in loras] != self._ids:
            self._rebuild(loras)
        self._coming = loras[len(self.lines) :]
        for line, lora in zip(self.lines, loras, strict=False):
            line.show_lora(lora)
        self.setVisible(bool(loras))

    def _rebuild(self, loras: list[Lora]) -> None:
        for line in self.lines:
            self._box.removeWidget(line)
            line.deleteLater()
        self._ids = [lora.id for lora in loras]
        self.lines = []
        self._coming = loras
        self._build()

    def _build(self) -> None:
        """A few lines; the others while the window goes on."""
        for lora in self._coming[:AT_ONCE]:
            line = LoraLine(lora)
            at = len(self.lines)
            line.changed.connect(partial(self._changed, at))
            for field in (line.weight, line.text_weight):
                group_slider_steps(field.slider, self._draft)
            self._keys.watch(line)
            self._box.insertWidget(at, line)
            self.lines.append(line)
        self._coming = self._coming[AT_ONCE:]
        self._order()
        if self._coming:
            self._timer.start()

    def _order(self) -> None:
        """Tab goes as the eye does, though lines come later than what stands below them."""
        controls = [part for line in self.lines for part in line.controls()]
        before = self._before_the_lines()
        if before is not None:
            controls.insert(0, before)
        for control, other in pairwise((*controls, self.add)):
            QWidget.setTabOrder(control, other)

    def _before_the_lines(self) -> QWidget | None:
        """What has the focus before them, going round the window; None where nothing else has."""
        part = self.add.previousInFocusChain()
        while part is not None and part is not self.add:
            if part.focusPolicy() != Qt.FocusPolicy.NoFocus and not self.isAncestorOf(part):
                return part
            part = part.previousInFocusChain()
        return None

    def _changed(self, at: int, lora: Lora | None) -> None:
        text = self._draft.stored().prompt
        old = lora_tags(text, at + 1)[at][2]
        if lora is None:
            what = tr("Take out {name}", name=old.id)
        else:
            what = tr("Weight of {name}", name=old.id)
        self._draft.set_as(what, _run(at, old, lora), prompt=with_lora(text, at, lora))


def _run(at: int, old: Lora, new: Lora | None) -> Hashable:
    """Moving one slider is one run; switching on, off or apart is a step of its own."""
    if new is None or not old.weight or not new.weight:
        return None
    if (old.text_weight is None) != (new.text_weight is None):
        return None
    slider = "text" if old.weight == new.weight else "image"
    return "lora", at, slider

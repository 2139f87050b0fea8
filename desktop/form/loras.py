"""The LoRAs that the prompt names: each with its weight, the text encoder's apart if wanted, on and
off; in step with the text."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from core.prompt.language import lora_tags, with_lora
from core.values.request import Lora
from desktop.form.parameters.undo_keys import UndoKeys, hold_with
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton, SliderField, column, row
from desktop.widgets.i18n import tr

MOST = 16  # lines; a text may hold thousands of tags, and each line is a dozen widgets
AT_ONCE = 2
STRONGEST = 2.0  # beyond it pictures fall apart; the tag itself may say more


class LoraLine(QWidget):
    """One tag. `changed` carries the new Lora, or None to take it out."""

    changed = Signal(object)

    def __init__(self, lora: Lora) -> None:
        super().__init__()
        self._lora = lora
        self._kept = lora if lora.weight or lora.text_weight else Lora(lora.id)
        self.on = QCheckBox()
        self.on.setAccessibleName(tr("Use {name}", name=lora.id))
        self.on.setToolTip(
            tr(
                "Off keeps the tag with weight 0, so that pictures with and without "
                "it are quickly compared."
            )
        )
        name = ElidedLabel(lora.id)
        self.apart = QToolButton()
        self.apart.setText(tr("Text"))
        self.apart.setCheckable(True)
        self.apart.setAccessibleName(tr("Weigh the text encoder apart"))
        self.apart.setToolTip(
            tr("Gives the text encoder a weight of its own, apart from the picture's.")
        )
        self.remove = IconButton(
            "close", tr("Take {name} out of the prompt", name=lora.id), size=14
        )
        self.remove.setWhatsThis(tr("Takes this LoRA's tag out of the prompt."))
        help = tr("How strongly it changes the picture; below 0 it does the opposite.")
        self.weight = SliderField(
            tr("Weight of {name}", name=lora.id), help, 0, STRONGEST, top=STRONGEST, decimals=2
        )
        self.weight.field.setRange(-10, 10)
        help = tr("How strongly it changes how the prompt is read.")
        self.text_weight = SliderField(
            tr("Text weight of {name}", name=lora.id), help, 0, STRONGEST, top=STRONGEST, decimals=2
        )
        self.text_weight.field.setRange(-10, 10)
        head = row(self.on, name, self.apart, self.remove, spacing=theme.SPACE_1, wide=name)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        self._words = [QLabel(word) for word in (tr("Image"), tr("Text"))]
        lines = [
            row(word, field)
            for word, field in zip(self._words, (self.weight, self.text_weight), strict=True)
        ]
        for word, line in zip(self._words, lines, strict=True):
            word.setObjectName("dim")
            line.layout().setStretch(1, 1)  # type: ignore[union-attr]
        self._text_line = lines[1]
        box.addWidget(column(head, *lines, spacing=theme.SPACE_1))
        self.on.toggled.connect(self._switch)
        self.apart.toggled.connect(self._set_apart)
        self.remove.clicked.connect(lambda: self.changed.emit(None))
        self.weight.edited.connect(
            lambda value: self._tell(replace(self._lora, weight=round(value, 2)))
        )
        self.text_weight.edited.connect(
            lambda value: self._tell(replace(self._lora, text_weight=round(value, 2)))
        )
        self.show_lora(lora)

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

    def _set_apart(self, apart: bool) -> None:
        self._tell(
            replace(
                self._lora,
                text_weight=1.0 if apart and self._lora.weight != 1.0 else 0.8 if apart else None,
            )
        )

    def _tell(self, lora: Lora) -> None:
        if lora != self._lora:
            self.show_lora(lora)
            self.changed.emit(lora)


class LorasPanel(QWidget):
    """`add_asked` when another LoRA is wanted."""

    add_asked = Signal()

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft, self._keys = draft, UndoKeys(draft, self)
        self.lines: list[LoraLine] = []
        self._ids: list[str] = []
        self._coming: list[Lora] = []
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self._build)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.SPACE_2)
        self.add = QPushButton(tr("Add LoRA..."))
        self.add.setObjectName("link")
        self.add.clicked.connect(self.add_asked)
        self._more = QLabel(tr("More of them stand in the prompt."))
        self._more.setObjectName("dim")
        self._more.hide()
        self._box.addWidget(self._more)
        self._box.addWidget(self.add)
        draft.changed.connect(self._show)
        self._show(frozenset({"prompt"}))

    def _show(self, names: frozenset[str]) -> None:
        if "prompt" not in names:
            return
        found = lora_tags(self._draft.stored().prompt, MOST + 1)
        loras = [lora for _, _, lora in found[:MOST]]
        self._more.setVisible(len(found) > len(loras))
        if [lora.id for lora in loras] != self._ids:
            self._rebuild(loras)
        self._coming = loras[len(self.lines) :]
        for line, lora in zip(self.lines, loras, strict=False):
            line.show_lora(lora)

    def _rebuild(self, loras: list[Lora]) -> None:
        for line in self.lines:
            self._box.removeWidget(line)
            line.deleteLater()
        self._ids, self.lines, self._coming = [lora.id for lora in loras], [], loras
        self._build()

    def _build(self) -> None:
        """A few lines; the others while the window goes on."""
        for lora in self._coming[:AT_ONCE]:
            line, at = LoraLine(lora), len(self.lines)
            line.changed.connect(partial(self._changed, at))
            for field in (line.weight, line.text_weight):
                hold_with(field.slider, self._draft)
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
        before: QWidget = self.add.previousInFocusChain()
        while before is not self.add and (
            before.focusPolicy() == Qt.FocusPolicy.NoFocus or self.isAncestorOf(before)
        ):
            before = before.previousInFocusChain()
        controls = [*([before] if before is not self.add else []), *controls, self.add]
        for one, other in pairwise(controls):
            QWidget.setTabOrder(one, other)

    def _changed(self, at: int, lora: Lora | None) -> None:
        text = self._draft.stored().prompt
        old = lora_tags(text, at + 1)[at][2]
        what = (
            tr("Take out {name}", name=old.id)
            if lora is None
            else tr("Weight of {name}", name=old.id)
        )
        self._draft.set_as(what, _run(at, old, lora), prompt=with_lora(text, at, lora))


def _run(at: int, old: Lora, new: Lora | None) -> Hashable:
    """Moving one slider is one run; switching on, off or apart is a step of its own."""
    if (
        new is None
        or not old.weight
        or not new.weight
        or (old.text_weight is None) != (new.text_weight is None)
    ):
        return None
    return "lora", at, "text" if old.weight == new.weight else "image"

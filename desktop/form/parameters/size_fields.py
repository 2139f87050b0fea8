"""The picture's size: the sizes that suit the model, any other in pixels, and both swapped."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox, QHBoxLayout, QLabel, QWidget

from core.values.declared.limits import MAX_SIZE, MIN_SIZE, SIZE_STEP
from desktop.form.parameters.lines import Line, one_of_two
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import Combo, IconButton, row
from desktop.widgets.i18n import tr, tr_data

FREE_SIZE = "free"


def _beside(wide: QAbstractSpinBox, high: QAbstractSpinBox) -> QWidget:
    """Both boxes, each as wide as the other, and an "x" between; without room for buttons, which
    the style has none of."""
    box = QWidget()
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme.SPACE_2)
    for field in (wide, high):
        field.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
    layout.addWidget(wide, 1)
    layout.addWidget(QLabel("x"))
    layout.addWidget(high, 1)
    return box


class SizeFields(Line):
    """Two lines; `free`, the second one, is there while the size is none of the model's."""

    def __init__(self, draft: Draft) -> None:
        declared = draft.declared["width"]
        self.choice = Combo(tr_data(declared.label), tr_data(declared.help))
        self.swap = IconButton("swap", tr("Swap width and height"), size=16)
        self.wide, self.high = (
            one_of_two(name, MIN_SIZE, MAX_SIZE, self._typed, step=SIZE_STEP)
            for name in (tr("Width"), tr("Height"))
        )
        self.free = _beside(self.wide, self.high)
        super().__init__(
            draft,
            {"width": self.wide, "height": self.high},
            content=row(self.choice, self.swap, spacing=theme.SPACE_1, wide=self.choice),
            focus=self.choice,
            below=self.free,
            follows=("model", "start"),  # which offer sizes, or have one
        )
        self.choice.activated.connect(self._pick)
        self.swap.clicked.connect(self._swap)

    # --- what the person does ---

    def _pick(self, _: int) -> None:
        chosen = self.choice.currentData()
        if chosen == FREE_SIZE:
            self.free.show()
            self.wide.setFocus()
        elif chosen:
            self.draft.set(width=chosen[0], height=chosen[1])

    def _typed(self) -> None:
        width, height = (
            max(MIN_SIZE, round(field.value() / SIZE_STEP) * SIZE_STEP)
            for field in (self.wide, self.high)
        )
        self.draft.set(width=width, height=height)
        self.refresh()

    def _swap(self) -> None:
        request = self.draft.request
        self.draft.set(width=request.height, height=request.width)

    # --- what the draft says ---

    def refresh(self) -> None:
        request = self.draft.stored()
        size = request.width, request.height
        offered = self.draft.family.sizes
        sizes = [*offered]
        if size not in offered:
            sizes.append(size)
        self.choice.clear()
        for width, height in sizes:
            self.choice.addItem(f"{width} x {height}", (width, height))
        self.choice.addItem(tr("Other..."), FREE_SIZE)
        self.choice.setCurrentIndex(sizes.index(size))
        typing = self.free.isVisible() and self.wide.hasFocus()
        is_shown = not self.content.isHidden()  # in a form that leaves the line out it stays away
        self.free.setVisible(is_shown and (size not in offered or typing))
        for field, value in ((self.wide, request.width), (self.high, request.height)):
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)
        start = request.start
        self._open(bool(start.source) and start.fit == "source" and start.area == "whole")

    def _open(self, follows_picture: bool) -> None:
        """Closed while the size is that of the start picture."""
        for part in (self.choice, self.swap, self.wide, self.high):
            part.setEnabled(not follows_picture)
        words = self.choice.accessibleDescription()
        if follows_picture:
            words = tr("The size is that of the start picture, as its fit says.")
        self.choice.setToolTip(words)

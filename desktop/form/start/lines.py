"""How much of a document's picture is made anew, and where: the lines under the prompt in Edit."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.values.request_parts.start_picture import FROM_ALPHA
from desktop.form.parameters.lines import ChoiceLine, NumberLine
from desktop.form.parameters.rows import ParameterRows
from desktop.state.draft import Draft
from desktop.widgets.i18n import tr, tr_data

WIDEST_LABEL = 124  # pixels


class AreaLine(ChoiceLine):
    """All of it, or what lies around the mask. A frame on the canvas says so itself."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "start.area")

    def fill(self) -> None:
        for value, name in (self.declared.choices or {}).items():
            if value != "frame":
                self.combo.addItem(tr_data(name), value)


class StartLines(QWidget):
    """Strength, area, masked content and mask blur, bound to the draft."""

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.strength = NumberLine(draft, "start.strength")
        self.area = AreaLine(draft)
        self.content = ChoiceLine(draft, "start.mask_content")
        self.blur = NumberLine(draft, "start.mask_blur")
        self._clear = False
        self._framed = False
        self._whole = False
        self._rows = ParameterRows(draft)
        for line in (self.strength, self.area, self.content, self.blur):
            self._rows.add(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._rows)
        draft.changed.connect(self._follow)
        self.refresh()

    def wrap_labels(self) -> int:
        """Labels stay narrow; the pixels that they take, for what stands below them."""
        return self._rows.wrap_labels(WIDEST_LABEL)

    def show_document(self, *, clear: bool, framed: bool, whole: bool) -> None:
        """Whether there is nothing to start from, whether there is a frame on the canvas, and
        whether all of the picture is made anew."""
        if (clear, framed, whole) != (self._clear, self._framed, self._whole):
            self._clear, self._framed, self._whole = clear, framed, whole
            self.refresh()

    def _follow(self, names: frozenset[str]) -> None:
        if "start" in names or "model" in names:
            self.refresh()

    def refresh(self) -> None:
        """Show what the draft holds; controls are open where they do something."""
        for line in (self.strength, self.area, self.content, self.blur):
            line.refresh()
            why = self._why_not(line)
            for control in _controls(line):
                control.setEnabled(not why)
                control.setToolTip(why or tr_data(line.declared.help))
        self._rows.mark()

    def _why_not(self, line: NumberLine | ChoiceLine) -> str:
        if self._clear:
            return tr("Nothing is painted yet: the picture is made from words alone.")
        if self._framed and line is self.area:
            return tr("The frame on the canvas says which part is rendered.")
        by_alpha = self._draft.request.start.background == FROM_ALPHA
        if self._whole and not by_alpha and line is not self.strength:
            return tr("Nothing is selected: the whole picture is made anew.")
        return ""


def _controls(line: NumberLine | ChoiceLine) -> tuple[QWidget, ...]:
    if isinstance(line, ChoiceLine):
        return (line.combo,)
    return line.number.slider, line.number.field

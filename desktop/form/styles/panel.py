"""The lines under the prompt: chosen styles, LoRAs, and the ways to more of them, to presets and
draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from desktop.form.styles.chips import StyleChips


class WordsPanel(QWidget):
    """Chips, which are built where the form has styles, lines of LoRAs, and links. `draws` stands
    there while the prompt has choices. `edit_asked` and `values_asked` carry a style's name."""

    edit_asked = Signal(str)
    values_asked = Signal(str)

    def __init__(self, draft: Draft, loras: QWidget, add_lora: QPushButton) -> None:
        super().__init__()
        self._draft = draft
        self._chips: StyleChips | None = None
        self.styles = _link(tr("Styles..."))
        self.presets = _link(tr("Presets..."))
        self.draws = _link(tr("Draws..."))
        self.draws.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_1)
        self._column.addWidget(loras)
        self._column.addWidget(wrap_row(add_lora, self.styles, self.presets, self.draws))
        draft.changed.connect(self._follow)
        self._follow(frozenset({"styles"}))

    @property
    def chips(self) -> StyleChips:
        """The chosen styles."""
        if self._chips is None:
            self._chips = self._new_chips()
            self._column.insertWidget(0, self._chips)
        return self._chips

    def _new_chips(self) -> StyleChips:
        from desktop.form.styles.chips import StyleChips

        chips = StyleChips(self._draft, self.styles, self)
        chips.edit_asked.connect(self.edit_asked)
        chips.values_asked.connect(self.values_asked)
        return chips

    def _follow(self, names: frozenset[str]) -> None:
        """From the first styles on the chips follow by themselves."""
        if "styles" in names and self._draft.stored().styles:
            self.chips.show()

    def help_texts(self) -> tuple[tuple[QWidget, str], ...]:
        """A sentence for each."""
        return (
            (
                self.styles,
                "Chooses styles: words that are put around both prompts, several at once.",
            ),
            (self.presets, "Keeps the whole form under a name, or takes one that was kept."),
            (self.draws, "Shows what ten seeds make of the prompt's choices and wildcards."),
        )


def _link(words: str) -> QPushButton:
    button = QPushButton(words)
    button.setObjectName("link")
    return button

"""The lines under the prompt: the chosen styles, and the ways to styles, presets and draws."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop.form.styles.chips import StyleChips
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr


class WordsPanel(QWidget):
    """Chips, and below them links. `draws` stands there while the prompt has choices."""

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chips = StyleChips(draft, self)
        self.styles = _link(tr("Styles..."))
        self.presets = _link(tr("Presets..."))
        self.draws = _link(tr("Draws..."))
        self.draws.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_1)
        column.addWidget(self.chips)
        column.addWidget(wrap_row(self.styles, self.presets, self.draws))

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

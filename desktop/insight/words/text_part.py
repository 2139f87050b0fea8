"""One text that the model was told: its name, its words, and how looks at it were shared out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from desktop.insight.words.bars import Part, ShareStrip, legend_of, words_of
from desktop.insight.words.word_list import ShownWord, WordList
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr


class TextPart(QWidget):
    """`words` has the chips. `name` stands above them, dim where another text is looked at."""

    def __init__(self, name: str, tokens: theme.Tokens) -> None:
        super().__init__()
        self.name = name
        self.heading = QLabel(name)
        self.words = WordList(name)
        self._tokens = tokens
        self._shares: tuple[Part, ...] = ()
        self.shares = ShareStrip(tr("Looks at this text, shared out: {text}", text=name), tokens)
        self.legend = QLabel()
        self.legend.setObjectName("dim")
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.heading.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.empty = QLabel(tr("no words"))
        self.empty.setObjectName("dim")
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_1)
        lines.addWidget(row(self.heading, self.legend, spacing=theme.SPACE_4, wide=self.legend))
        for part in (self.shares, self.words, self.empty):
            lines.addWidget(part)
        self.set_current(False)

    def set_current(self, is_current: bool) -> None:
        """Whether this is the text whose words are looked for in the picture."""
        self.heading.setObjectName("strong" if is_current else "dim")
        self.heading.style().polish(self.heading)

    def show_words(self, words: Sequence[ShownWord], shares: Sequence[Part]) -> None:
        """Its words, and how all looks at this text were shared out."""
        self.words.show_words(words)
        self.words.setVisible(bool(words))
        self.empty.setVisible(not words)
        self._shares = tuple(shares)
        self.shares.show_parts(self._shares)
        self._write()

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """Draw in these colours."""
        self._tokens = tokens
        self.shares.use_tokens(tokens)
        self._write()

    def _write(self) -> None:
        self.legend.setText(legend_of(self._shares, self._tokens))
        self.legend.setAccessibleName(words_of(self._shares))

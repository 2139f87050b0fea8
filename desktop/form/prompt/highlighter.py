"""Weights in a prompt as colours: heavier text in one, lighter text in another."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from core.prompt.a1111 import parse
from core.prompt.pieces import WeightedText
from desktop.form.prompt.rows import units

COLOURED = 10_000  # characters: longer texts are not coloured


class WeightHighlighter(QSyntaxHighlighter):
    """Colours text heavier or lighter than 1; the colours come from the palette's tokens.
    A text is parsed once a change."""

    def __init__(self, document: QTextDocument, up: str, down: str) -> None:
        super().__init__(document)
        self.set_colours(up, down)
        self._revision = -1
        self._spans: list[tuple[int, int, bool]] = []
        self._ends: list[int] = []

    def set_colours(self, up: str, down: str) -> None:
        """Colours for weights above and below 1."""
        self._up = QTextCharFormat()
        self._up.setForeground(QColor(up))
        self._down = QTextCharFormat()
        self._down.setForeground(QColor(down))

    def highlightBlock(self, text: str) -> None:
        document = self.document()
        if document.characterCount() > COLOURED:
            return
        if document.revision() != self._revision:
            self._revision = document.revision()
            self._read(document.toPlainText())
        at = self.currentBlock().position()
        until = at + self.currentBlock().length()
        for start, end, heavy in self._spans[bisect_right(self._ends, at) :]:
            if start >= until:
                break
            colour = self._up if heavy else self._down
            self.setFormat(max(start - at, 0), min(end, until) - max(start, at), colour)

    def _read(self, text: str) -> None:
        def place(piece: WeightedText) -> tuple[int, int, bool]:
            return units(text, piece.start), units(text, piece.end), piece.weight > 1

        self._spans = [place(piece) for piece in parse(text) if piece.weight != 1.0]
        self._ends = [end for _, end, _ in self._spans]

"""Tokens as a text: a box for each, a line for each chunk, and what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from core.prompt.reading.kinds import Kind
from desktop.form.prompt.language.colours import Look, format_of, strength_of
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.prompt.words_read import ReadChunk, ReadText
    from core.service.remarks.model_reading import ModelReading

MOST = 12  # chunks that are shown: more take longer than a frame
LEAST_STRENGTH = -2  # fainter ones would not be legible in a box
CHUNK = 75
GAP = "\u2009"  # between the tokens of a word: a thin blank


def show_reading(view: QTextEdit, reading: ModelReading, step: int, tokens: theme.Tokens) -> None:
    """What a model is told in one step, in the place of what the view showed."""
    place = view.verticalScrollBar().value()
    view.clear()
    writer = _Writer(view.textCursor(), tokens)
    texts = reading.at(step)
    if reading.is_drawn:
        writer.note(tr("Choices are drawn by seed {seed}.", seed=reading.seed))
    for number, (text, weight) in enumerate(texts, 1):
        if len(texts) > 1 or weight != 1.0:
            writer.heading(
                tr(
                    "Text {n} of {all}, weight {weight}",
                    n=number,
                    all=len(texts),
                    weight=f"{weight:g}",
                )
            )
        encoders = reading.of(text)
        for read in encoders:
            writer.encoder(read, is_one_of_several=len(encoders) > 1)
    view.verticalScrollBar().setValue(place)


class _Writer:
    """Writes at the end of one document."""

    def __init__(self, cursor: QTextCursor, tokens: theme.Tokens) -> None:
        self._cursor = cursor
        self._tokens = tokens
        self._is_first = True
        self._chunks = 0

    def _line(self, *, above: int) -> None:
        block = QTextBlockFormat()
        block.setTopMargin(0 if self._is_first else above)
        block.setLineHeight(135, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if self._is_first:
            self._cursor.setBlockFormat(block)
        else:
            self._cursor.insertBlock(block)
        self._is_first = False

    def _plain(self, colour: str, *, bold: bool = False) -> QTextCharFormat:
        found = QTextCharFormat()
        found.setForeground(QColor(colour))
        found.setFontWeight(600 if bold else 400)
        return found

    def heading(self, words: str) -> None:
        """A line above others."""
        self._line(above=theme.SPACE_4)
        self._cursor.insertText(words, self._plain(self._tokens.text, bold=True))

    def note(self, words: str) -> None:
        """A quiet line."""
        self._line(above=theme.SPACE_2)
        self._cursor.insertText(words, self._plain(self._tokens.dim))

    def encoder(self, read: ReadText, *, is_one_of_several: bool) -> None:
        """What one encoder reads of one text."""
        if is_one_of_several:
            self.heading(_name_of(read.encoder))
        for number, chunk in enumerate(read.chunks, 1):
            self._chunks += 1
            if self._chunks > MOST:
                self.note(tr("Further chunks are not shown."))
                break
            self.note(_about(number, chunk))
            self._line(above=theme.SPACE_1)
            self._tokens_of(chunk)
        if read.left_out:
            self._line(above=theme.SPACE_2)
            words = tr("Lost, as the model has no tokens for it: {words}", words=_listed(read))
            self._cursor.insertText(words, self._plain(self._tokens.error))

    def _tokens_of(self, chunk: ReadChunk) -> None:
        is_behind_word = False
        for number, (words, look) in enumerate(_boxes(chunk)):
            form = format_of(look, self._tokens)
            if not chunk.is_used:
                form.setForeground(QColor(self._tokens.dim))
                form.setFontStrikeOut(True)
            form.setBackground(QColor(self._tokens.raised))
            if number:
                gap = " " if is_behind_word or words.startswith(" ") else GAP
                self._cursor.insertText(gap, self._plain(self._tokens.text))
            self._cursor.insertText(words.strip(" ") or "·", form)
            is_behind_word = words.endswith(" ")


def _boxes(chunk: ReadChunk) -> Iterator[tuple[str, Look]]:
    """Each token with its look; the tokens of an embedding are one."""
    starts = {one.start: one for one in chunk.embeddings}
    at = 0
    while at < len(chunk.words):
        strength = max(LEAST_STRENGTH, strength_of(chunk.weights[at]))
        if chunk.weights[at] <= 0:
            strength = strength_of(0)
        if embedding := starts.get(at):
            words = tr("{name} ({n} tokens)", name=embedding.name, n=embedding.length)
            yield f"{words} ", Look(Kind.EMBEDDING, strength)
            at += embedding.length
        else:
            yield chunk.words[at], Look(Kind.WORDS, strength)
            at += 1


def _about(number: int, chunk: ReadChunk) -> str:
    words = tr("Chunk {n}: {used} of {room} tokens", n=number, used=len(chunk.ids), room=CHUNK)
    if len(chunk.ids) > CHUNK:
        words = tr("{used} tokens", used=len(chunk.ids))
    if not chunk.is_used:
        words = tr("{chunk}, lost: they reach no picture", chunk=words)
    return words


def _listed(read: ReadText) -> str:
    return ", ".join(word[:40] for word in read.left_out)


def _name_of(part: str) -> str:
    names = {
        "text_encoder": tr("Text encoder"),
        "text_encoder_2": tr("Second text encoder"),
        "text_encoder_3": tr("Third text encoder"),
    }
    return names.get(part, part)

"""The language of a prompt in colours: each kind of place in its own, heavier words warmer and
bolder, lighter ones fainter, and a wavy line under what has a problem."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from core.prompt.reading.kinds import Rules
from desktop.form.prompt.language.colours import Look, format_of, look_of
from desktop.form.prompt.rows import Places
from desktop.widgets import theme

COLOURED = 10_000  # characters: longer texts are not coloured
MOST = 1_500  # places: a text that has more is not coloured
SLOW_S = 0.008  # of processor time; a text that takes as long is only looked at in pauses, as is
# one of too many places
SHORT = 2_000  # characters: they are looked at whatever there was before
PAUSE_MS = 150
Underlined = tuple[int, int, Any]  # Qt's places, and what they are underlined for
Placed = tuple[int, int, Look]  # Qt's places, and how it looks there


class PromptHighlighter(QSyntaxHighlighter):
    """A text is read once a change; where that changes how other lines look, they follow."""

    def __init__(
        self, document: QTextDocument, tokens: theme.Tokens, rules: Rules, parent: QObject
    ) -> None:
        super().__init__(parent)
        # before Qt hears of a change and asks for its lines
        document.contentsChange.connect(self._follow)
        self.rules = rules
        self._revision = -1
        self._spans: Sequence[Placed] = ()
        self._ends: Sequence[int] = ()
        self._before: Sequence[Placed] = ()  # until the other lines have followed
        self._underlined: list[Underlined] = []
        self._pause = QTimer(self, interval=PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(self._look_again)
        self._is_slow = False
        self._begun = False
        self.setDocument(document)
        self.set_colours(tokens)

    def begin(self) -> None:
        """From now on there are colours: no window waits for what reads the language."""
        self._begun = True
        self._look_again()

    def set_colours(self, tokens: theme.Tokens) -> None:
        """Follow a change of theme."""
        self._tokens = tokens
        self._formats: dict[Look, QTextCharFormat] = {}
        self._wave = QColor(tokens.error)
        self.rehighlight()

    def use_rules(self, rules: Rules) -> None:
        """Read by other rules."""
        self.rules = rules
        self._look_again()

    def underline(self, places: Iterable[Underlined]) -> None:
        """A wavy line under these places, which are in order, instead of those that had one."""
        before = {(start, end) for start, end, _ in self._underlined}
        self._underlined = list(places)
        self._redo(before ^ {(start, end) for start, end, _ in self._underlined})

    @property
    def underlined(self) -> Sequence[Underlined]:
        """What has a wavy line, where it stands now."""
        return self._underlined

    def highlightBlock(self, text: str) -> None:
        if self._is_off():
            return
        self._look()
        at = self.currentBlock().position()
        until = at + self.currentBlock().length()
        for start, end, look in self._spans[bisect_right(self._ends, at) :]:
            if start >= until:
                break
            self.setFormat(max(start - at, 0), min(end, until) - max(start, at), self._format(look))
        for start, end, _ in self._underlined:
            if start < until and end > at:
                self._wave_under(max(start, at) - at, min(end, until - 1) - at)

    def _wave_under(self, start: int, end: int) -> None:
        """A wavy line there, with the colours as they are."""
        at = start
        while at < end:
            look = self.format(at)
            behind = at + 1
            while behind < end and self.format(behind) == look:
                behind += 1
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            look.setUnderlineColor(self._wave)
            self.setFormat(at, behind - at, look)
            at = behind

    def _format(self, look: Look) -> QTextCharFormat:
        if look not in self._formats:
            self._formats[look] = format_of(look, self._tokens)
        return self._formats[look]

    def _is_off(self) -> bool:
        return not self._begun or self.document().characterCount() > COLOURED

    def _look(self) -> None:
        """Read the text where it has changed."""
        from core.prompt.reading.spans import spans_of

        document = self.document()
        if document.revision() == self._revision:
            return
        self._revision = document.revision()
        self._before = self._spans
        began = time.thread_time()
        places = Places(document.toPlainText())
        spans = spans_of(places.text, self.rules)
        self._is_slow = time.thread_time() - began > SLOW_S or len(spans) > MOST
        self._spans = [
            (places.unit(span.start), places.unit(span.end), look_of(span))
            for span in (spans if len(spans) <= MOST else ())
        ]
        self._ends = [end for _, end, _ in self._spans]

    def _look_again(self) -> None:
        self._is_slow = False
        self._revision = -1
        if self.document() is not None:
            self.rehighlight()

    def _follow(self, at: int, removed: int, added: int) -> None:
        """The text changed there: what it makes of other lines is shown, and wavy lines go with
        their words."""
        document = self.document()
        self._underlined = list(_moved(self._underlined, at, removed, added))
        if document is None or self._is_off():
            return
        if self._is_slow and document.characterCount() > SHORT:
            self._spans = list(_moved(self._spans, at, removed, added))
            self._ends = [end for _, end, _ in self._spans]
            self._revision = document.revision()
            self._pause.start()
            return
        self._revision = -1  # which can be the same after two changes
        self._look()
        before, self._before = self._before, ()
        if document.blockCount() > 1:  # of one line all has been read anew
            old = set(_moved(before, at, removed, added))
            new = {span for span in self._spans if span[1] <= at or span[0] >= at + added}
            self._redo((start, end) for start, end, _ in old ^ new)

    def _redo(self, places: Iterable[tuple[int, int]]) -> None:
        """The lines of these places anew."""
        document = self.document()
        if document is None:
            return
        blocks = {
            number
            for start, end in places
            for number in range(
                document.findBlock(start).blockNumber(),
                document.findBlock(max(start, end - 1)).blockNumber() + 1,
            )
        }
        for number in sorted(blocks):
            block = document.findBlockByNumber(number)
            if block.isValid():
                self.rehighlightBlock(block)


def _moved(places: Iterable[Any], at: int, removed: int, added: int) -> Iterator[Any]:
    """Where places (start, end, what) stand after a change; those that it touched are gone."""
    behind, more = at + removed, added - removed
    for place in places:
        if place[1] <= at:
            yield place
        elif place[0] >= behind:
            yield (place[0] + more, place[1] + more, place[2])

"""The language of a prompt in colours: each kind of place in its own, heavier words warmer and
bolder, lighter ones fainter, and a wavy line under what has a problem."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextDocument

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
# what is drawn anew between two looks at what else there is to do
LINES, CHARACTERS = 40, 1_000
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
        self._rows = ""  # the text as it was read last
        self._lines = document.blockCount()
        self._lines_left = 0, 0  # [first, behind) of those that are still to be drawn anew
        self._later = QTimer(self, interval=0, singleShot=True)
        self._later.timeout.connect(self._go_on)
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
        for number in range(bisect_right(self._ends, at), len(self._spans)):
            start, end, look = self._spans[number]
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
        document = self.document()
        if document.revision() != self._revision:
            self._revision = document.revision()
            self._read(document.toPlainText())

    def _read(self, rows: str) -> None:
        from core.prompt.reading.spans import spans_of

        began = time.thread_time()
        places = Places(rows)
        spans = spans_of(places.text, self.rules)
        self._is_slow = time.thread_time() - began > SLOW_S or len(spans) > MOST
        self._use(
            (places.unit(span.start), places.unit(span.end), look_of(span))
            for span in (spans if len(spans) <= MOST else ())
        )

    def _use(self, spans: Iterable[Placed]) -> None:
        self._spans = [*spans]
        self._ends = [end for _, end, _ in self._spans]

    def _look_again(self) -> None:
        self._revision = -1
        if self.document() is not None:
            self.rehighlight()

    def _follow(self, at: int, removed: int, added: int) -> None:
        """The text changed there: what it makes of other lines is shown, and wavy lines go with
        their words. Qt says the same where only colours did."""
        document = self.document()
        rows = "" if document is None else document.toPlainText()
        if document is not None and rows == self._rows:
            return
        self._rows = rows
        self._underlined = list(_moved(self._underlined, at, removed, added))
        if document is None or self._is_off():
            return
        self._revision = document.revision()
        before = [*_stretched(self._spans, at, removed, added)]
        more = self._more_lines()
        first, behind_lines = self._lines_left
        if first < behind_lines:
            # lines may be gone or come above them, or among them
            self._lines_left = max(first + min(more, 0), 0), behind_lines + max(more, 0)
        if self._is_slow and len(rows) > SHORT:
            self._use(before)
            self._pause.start()
            return
        self._read(rows)
        touched = document.findBlock(at), document.findBlock(at + added)
        start, behind = touched[0].position(), touched[1].position() + touched[1].length()
        self._redo(
            (max(first, behind) if first >= start else first, last)
            for first, last in _differing(before, self._spans)
            if first < start or last > behind  # Qt asks for the lines in between itself
        )

    def _more_lines(self) -> int:
        """How many more lines there are than when it was asked last."""
        before, self._lines = self._lines, self.document().blockCount()
        return self._lines - before

    def _redo(self, places: Iterable[tuple[int, int]]) -> None:
        """The lines of these places anew, in a moment: a key does not wait for them."""
        document = self.document()
        if document is None:
            return
        first, behind = self._lines_left
        for start, end in places:
            line = document.findBlock(start).blockNumber()
            first = min(first, line) if behind > first else line
            behind = max(behind, document.findBlock(max(start, end - 1)).blockNumber() + 1)
        self._lines_left = first, behind
        if first < behind:
            self._later.start()

    def _go_on(self) -> None:
        """Some of the lines that are left."""
        document = self.document()
        number, behind = self._lines_left
        if document is None:
            return
        behind = min(behind, document.blockCount())
        cursor = QTextCursor(document)
        cursor.beginEditBlock()  # what Qt draws anew it does at its end
        block = document.findBlockByNumber(number)
        last = min(behind, number + LINES)
        room = CHARACTERS
        while number < last and room > 0:
            room -= block.length()
            self.rehighlightBlock(block)
            block = block.next()
            number += 1
        cursor.endEditBlock()
        self._lines_left = (number, behind) if number < behind else (0, 0)
        if number < behind:
            self._later.start()


def _moved(places: Iterable[Any], at: int, removed: int, added: int) -> Iterator[Any]:
    """Where places (start, end, what) stand after a change; those that it touched are gone."""
    behind, more = at + removed, added - removed
    for place in places:
        if place[1] <= at:
            yield place
        elif place[0] >= behind:
            yield (place[0] + more, place[1] + more, place[2])


def _stretched(places: Iterable[Placed], at: int, removed: int, added: int) -> Iterator[Placed]:
    """The same, but those that it touched are as much longer or shorter."""
    behind, more = at + removed, added - removed
    for start, end, look in places:
        start = start if start <= at else max(start, behind) + more
        end = end if end <= at else max(end, behind) + more
        if end > start:
            yield start, end, look


def _differing(old: Sequence[Placed], new: Sequence[Placed]) -> list[tuple[int, int]]:
    """From where to where two lists of places in order do not look alike; nothing where they do."""
    if old == new:
        return []
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    tail = next((n for n in range(most - head) if old[-1 - n] != new[-1 - n]), most - head)
    left = (*old[head : len(old) - tail], *new[head : len(new) - tail])
    starts, ends = [start for start, _, _ in left], [end for _, end, _ in left]
    one, other = old[head : head + 1], new[head : head + 1]
    if one and other and one[0][::2] == other[0][::2]:  # they only end elsewhere
        return [(min(one[0][1], other[0][1]), max(ends))]
    return [(min(starts), max(ends))]

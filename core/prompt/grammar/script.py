"""What a text with editing and alternation is, as a tree with its places: `[from:to:when]`,
`[to:when]`, `[from::when]` and `[a|b]`, in each other as deep as one likes.

The rules are AUTOMATIC1111's: brackets of weights stay in the text; what does not stand between
brackets that close each other is text; one `|` outside of an alternation, or a backslash that
escapes nothing, makes all of it text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.prompt.grammar.problem import Problem

_SIGN = re.compile(r"\\.|[\\()\[\]:|]")
_NUMBER = re.compile(r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*", re.ASCII)
_CLOSES = {")": "(", "]": "["}
MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Words:
    """The text at [start, end), as it stands there."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that always stand there, brackets of a weight around them."""

    start: int
    end: int
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Edit:
    """`before` up to a step, `after` from then on. `when` is a number of steps, or a share of them
    where it is written with a point."""

    start: int
    end: int
    before: Group
    after: Group
    when: str


@dataclass(frozen=True, slots=True)
class Turns:
    """One of `options` in each step, in turn."""

    start: int
    end: int
    options: tuple[Group, ...]


Part = Words | Group | Edit | Turns


@dataclass(frozen=True, slots=True)
class Script:
    """A text, its parts in order, and what of it was not understood."""

    text: str
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything of it changes from step to step."""
        return any(not isinstance(part, Words) for part in self.parts)


def parse_script(text: str) -> Script:
    """The tree of a text; never fails, and looks at each sign once."""
    if _SIGN.search(text) is None:
        return Script(text, (Words(0, len(text)),))
    reading = _Reading(text)
    try:
        parts = reading.parts()
    except _AllWords:
        parts = (Words(0, len(text)),)
    return Script(text, parts, tuple(reading.problems))


class _AllWords(Exception):
    """By AUTOMATIC1111's rules nothing of the text is more than words."""


@dataclass(slots=True)
class _Open:
    """A bracket that is not closed yet ("" around all), and what stands in it: a list of parts for
    each stretch between colons or bars."""

    bracket: str
    at: int
    stretches: list[list[Part]] = field(default_factory=lambda: [[]])
    marks: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    changes: bool = False

    def add(self, part: Part) -> None:
        """One more part; words join those right before them."""
        stretch = self.stretches[-1]
        if not isinstance(part, Words):
            self.changes = True
        elif stretch and isinstance(last := stretch[-1], Words) and last.end == part.start:
            stretch[-1] = Words(last.start, part.end)
            return
        if part.end > part.start:
            stretch.append(part)

    def groups(self, end: int) -> tuple[Group, ...]:
        """Each stretch with its place; the bracket closes at `end`."""
        starts = [self.at + 1, *(at + 1 for _, at in self.marks)]
        ends = [*(at for _, at in self.marks), end]
        places = zip(starts, ends, self.stretches, strict=True)
        return tuple(Group(start, behind, parts) for start, behind, parts in places)


class _Reading:
    """One pass over a text. What is closed as the rules have it becomes a part of what it stands
    in; where a bracket cannot be one, neither can those around it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open = [_Open("", -1)]
        self.problems: list[Problem] = []

    def parts(self) -> tuple[Part, ...]:
        """Those of the whole text. Raises _AllWords."""
        at = 0
        for match in _SIGN.finditer(self._text):
            if match.start() > at:
                self._open[-1].add(Words(at, match.start()))
            at = match.end()
            self._read(match[0], match.start())
        if at < len(self._text):
            self._open[-1].add(Words(at, len(self._text)))
        self._give_up(say_all=True)
        return tuple(self._open[0].stretches[0])

    def _read(self, sign: str, at: int) -> None:
        top = self._open[-1]
        if sign == "\\":
            self._tell(at, at + 1, "This backslash escapes nothing: all of the text is words.")
            raise _AllWords
        if sign in "([":
            self._open.append(_Open(sign, at))
        elif sign in _CLOSES:
            self._close(sign, at)
        elif sign in ":|" and top.bracket:
            top.marks.append((sign, at))
            top.stretches.append([])
        elif sign == "|":
            self._refuse_bar(at)
        else:
            top.add(Words(at, at + len(sign)))

    def _close(self, sign: str, at: int) -> None:
        top = self._open[-1]
        if top.bracket != _CLOSES[sign]:
            self._give_up(say_all=True)
            self._tell(at, at + 1, f'This "{sign}" closes nothing.')
            self._open[-1].add(Words(at, at + 1))
            return
        closed = self._closed(top, at)
        if closed is None:
            self._tell(top.at, at + 1, _why_not(top))
            self._give_up(say_all=False)
            self._open[-1].add(Words(at, at + 1))
            return
        self._open.pop()
        self._open[-1].add(closed)

    def _closed(self, top: _Open, at: int) -> Part | None:
        """What a bracket is that closes at `at`; None where it is no part of the language."""
        marks = "".join(mark for mark, _ in top.marks)
        if not marks or (top.bracket == "(" and marks == ":"):
            return self._weighted(top, at)
        if top.bracket == "(":
            return None
        if set(marks) == {"|"}:
            return Turns(top.at, at + 1, top.groups(at))
        number = _NUMBER.fullmatch(self._text, top.marks[-1][1] + 1, at)
        if marks not in (":", "::") or number is None:
            return None
        before, after, *rest = top.groups(at)
        if not rest:  # [to:when]
            before, after = Group(before.start, before.start, ()), before
        return Edit(top.at, at + 1, before, after, number[1])

    def _weighted(self, top: _Open, at: int) -> Part:
        """Brackets of a weight, which stay in the text."""
        if not top.changes:
            return Words(top.at, at + 1)
        return Group(top.at, at + 1, [*_spread(top), Words(at, at + 1)])

    def _give_up(self, *, say_all: bool) -> None:
        """No bracket that is still open is one: all becomes part of the text around. `say_all`:
        the innermost is one that was never closed."""
        outer = self._open[0]
        for number, still in enumerate(self._open[1:], 1):
            if say_all or number < len(self._open) - 1:
                self._tell(still.at, still.at + 1, f'This "{still.bracket}" is not closed.')
            for mark, at in still.marks:
                if mark == "|":
                    self._refuse_bar(at)
            for part in _spread(still):
                outer.add(part)
        del self._open[1:]

    def _refuse_bar(self, at: int) -> None:
        words = 'This "|" stands in no alternation [a|b]: all of the text is words.'
        self._tell(at, at + 1, words)
        raise _AllWords

    def _tell(self, start: int, end: int, message: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(start, end, message))


def _spread(still: _Open) -> Iterator[Part]:
    """A bracket, what stands in it and its colons, in order."""
    yield Words(still.at, still.at + 1)
    yield from still.stretches[0]
    for (_, at), stretch in zip(still.marks, still.stretches[1:], strict=True):
        yield Words(at, at + 1)
        yield from stretch


def _why_not(top: _Open) -> str:
    """Why brackets that close each other are words all the same."""
    marks = {mark for mark, _ in top.marks}
    if len(marks) > 1:
        return "Words that take turns and a change at a step do not go in one bracket."
    if top.bracket == "(":
        return "Round brackets have one weight: (words:1.2)."
    if len(top.marks) > 2:
        return "A change has two texts and a step at most: [from:to:when]."
    return "A change ends with a number of steps or a share of them: [from:to:0.5]."

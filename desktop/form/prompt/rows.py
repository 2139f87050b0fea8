"""A text as it lies in an editor: very long lines in rows, and places counted as Qt counts them.

Qt lays out a line as a whole at every change, which for a hundred thousand characters takes
seconds. A row but the last of its line ends with MARK, which shows nothing; the text as a person
knows it never holds it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

ROW = 2_000  # characters
NEAR = 100  # characters before a row's end in which a blank is looked for
MARK = "\u2063\u2064"  # invisible separator, invisible plus: no text has them one behind the other
_MARKS = re.compile(r"(?<!\u2063)\u2063++\u2064+")  # nothing that joins behind them is a mark again
_PLAIN = str.maketrans(
    {"\r": "\n", "\u2028": "\n", "\u2029": "\n", "\ufdd0": "\n", "\ufdd1": "\n", "\xa0": " "}
)


def plain(text: str) -> str:
    """The text as an editor gives it back: one kind of line end, plain blanks."""
    text = text.replace("\r\n", "\n").translate(_PLAIN)
    return _MARKS.sub("", text) if MARK in text else text


def in_rows(text: str) -> str:
    """The text with every line longer than ROW parted, where a blank is near behind one."""
    if len(text) <= ROW:
        return text
    return re.sub(rf"[^\n]{{{ROW + 1},}}+", lambda line: _parted(line[0]), text)


def _parted(line: str) -> str:
    rows: list[str] = []
    at = 0
    while len(line) - at > ROW:
        blank = line.rfind(" ", max(at, at + ROW - NEAR), at + ROW)
        behind = blank + 1 if blank >= 0 else at + ROW
        rows.append(line[at:behind])
        at = behind
    return f"{MARK}\n".join([*rows, line[at:]])


def whole(text: str) -> str:
    """The text whose rows these are; a mark that was torn from the end of its row is no text."""
    return _MARKS.sub("", text.replace(MARK + "\n", "")) if MARK in text else text


def in_rows_at(rows: str, at: int) -> int:
    """The place in the rows of the at-th character of their whole text;
    at a row's start, never before its mark."""
    for mark in re.finditer(MARK + "\n", rows):
        if mark.start() > at:
            break
        at += len(mark[0])
    return at


def units(text: str, at: int) -> int:
    """Qt's place of the at-th character: signs beyond the first 65,536 count twice."""
    if text.isascii():
        return at
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


def characters(text: str, unit: int) -> int:
    """The character at Qt's place."""
    if text.isascii():
        return unit
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * unit]
    return len(before.decode("utf-16-le", "replace"))


class Places:
    """A text in rows, as an editor has it: the `text` as a person knows it, and where Qt has its
    characters."""

    def __init__(self, rows: str) -> None:
        self.text = whole(rows)
        self._marks: list[int] = []  # characters of the text at which a row begins
        self._wide: list[int] = []  # places in the rows of signs that count twice
        if MARK in rows:
            length = len(MARK) + 1
            starts = [match.start() for match in re.finditer(MARK + "\n", rows)]
            self._marks = [start - number * length for number, start in enumerate(starts)]
        if not rows.isascii():
            self._wide = [at for at, sign in enumerate(rows) if sign > "\uffff"]

    def unit(self, at: int) -> int:
        """Qt's place of the at-th character; at a row's start, never before its mark."""
        if self._marks:
            at += bisect_right(self._marks, at) * (len(MARK) + 1)
        return at + bisect_left(self._wide, at) if self._wide else at

"""A prompt's weights by ComfyUI's rules: a given factor replaces what surrounds it, square brackets
and BREAK are plain text.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence

from core.prompt.bracket_weights import ROUND
from core.prompt.tokens.pieces import WeightedText

_ESCAPED = {"\\(": "\ue000\ue001", "\\)": "\ue000\ue002"}
_MARK = re.compile(r"[():]")


def parse_comfyui(prompt: str) -> tuple[WeightedText, ...]:
    """The prompt as weighted pieces in order; never fails: a bracket left open is plain text."""
    text = prompt
    for written, kept in _ESCAPED.items():
        text = text.replace(written, kept)
    plain = {kept: written[1] for written, kept in _ESCAPED.items()}
    pieces: list[WeightedText] = []
    for start, end, weight in _spans(text):
        shown = text[start:end]
        for kept, sign in plain.items():
            shown = shown.replace(kept, sign)
        pieces.append(WeightedText(shown, weight, start, end))
    return tuple(pieces)


def _spans(text: str) -> Iterable[tuple[int, int, float]]:
    """[start, end) and weight of each stretch of one weight.

    A bracket left open reaches to the end of what it stands in, and counts where that
    ends with a closing one.
    """
    marks, partners = _marks(text)
    # stretches still to be read, the next one last: text, marks, weight
    todo = [(0, len(text), 0, len(marks), 1.0)]
    while todo:
        at, end, mark, stop, weight = todo.pop()
        while mark < stop and text[marks[mark]] != "(":
            mark += 1
        opening = marks[mark] if mark < stop else end
        if opening > at:
            yield at, opening, weight
        if mark >= stop:
            continue
        last = partners.get(mark, stop)
        behind = end
        if last < stop:
            behind = marks[last] + 1
            todo.append((behind, end, last + 1, stop, weight))
        elif end - opening > 1 and text[end - 1] == ")":
            last = stop - 1
        else:
            yield opening, end, weight
            continue
        within, last, factor = _factor(text, opening, behind - 1, marks, last)
        inner_weight = weight * ROUND if factor is None else factor
        todo.append((opening + 1, within, mark + 1, last, inner_weight))


def _marks(text: str) -> tuple[list[int], dict[int, int]]:
    """Where brackets and colons stand, and which mark closes which.

    A bracket that closes nothing makes the next opening one plain text too.
    """
    marks: list[int] = []
    partners: dict[int, int] = {}
    open_marks: list[int] = []
    owed = 0
    for match in _MARK.finditer(text):
        sign = match[0]
        if sign == ")" and not open_marks:
            owed += 1
        elif sign == "(" and owed:
            owed -= 1
        else:
            if sign == "(":
                open_marks.append(len(marks))
            elif sign == ")":
                partners[open_marks.pop()] = len(marks)
            marks.append(match.start())
    return marks, partners


def _factor(
    text: str, opening: int, closing: int, marks: Sequence[int], last: int
) -> tuple[int, int, float | None]:
    """Of a bracket whose closing sign stands at `closing`, mark `last`: where its words end, the
    mark behind them, its factor."""
    colon = marks[last - 1]
    if text[colon] == ":" and colon > opening + 1:
        with contextlib.suppress(ValueError):
            return colon, last - 1, float(text[colon + 1 : closing])
    return closing, last, None

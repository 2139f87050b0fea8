"""A prompt's weights by AUTOMATIC1111's rules, which most shared prompts are written in.

`(x)` times 1.1, `[x]` divided by 1.1, nested brackets multiply, `(x:1.2)` sets a factor, a
backslash makes a bracket plain, `BREAK` starts a new chunk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.prompt.bracket_weights import ROUND, SQUARE, Span, bracket_weights
from core.prompt.tokens.pieces import WeightedText

# In these patterns no part can give back what the next one then takes: `\d+\.?\d*` tries a hundred
# thousand digits in every way they can be parted, `\d+(?:\.\d*)?` in one.
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_SIGN = re.compile(rf"(\(+|\)+|\[+|\]+|:\s*{_NUMBER}\s*\)|(?:\\[\\()\[\]])+|(?:\\[^\\()\[\]])+|\\)")
# a stray backslash by itself
_SIGN_EXACT = re.compile(rf"(\(+|\)+|\[+|\]+|:\s*{_NUMBER}\s*\)|(?:\\[\\()\[\]])+|\\)")
_BREAK = re.compile(r"(?:(?<!\s)\s++)?\bBREAK\b\s*")

Part = tuple[str, int, int]  # text and its place as typed; a BREAK has no text


def parse(prompt: str, *, exact: bool = False) -> tuple[WeightedText, ...]:
    """The prompt as weighted pieces in order; never fails: an unclosed bracket counts to the end.

    One pass whatever the text is: brackets are noted while they close, and weights reckoned from
    them afterwards. `exact`: to the letter as AUTOMATIC1111 reads it. A factor has no limit
    (elsewhere 100), a backslash before nothing special is left out (elsewhere text), and a BREAK
    whose brackets do not multiply to 1 is a word of the opposite weight (elsewhere a break).
    """
    brackets = _Brackets(exact=exact)
    parts = brackets.parts
    at = 0
    breaks = "BREAK" in prompt
    signs = _SIGN_EXACT if exact else _SIGN
    texts_and_signs = signs.split(prompt)  # in turn
    for text, sign in zip(texts_and_signs[::2], [*texts_and_signs[1::2], ""], strict=True):
        if text:
            behind = at + len(text)
            if breaks and "BREAK" in text:
                parts += _with_breaks(text, at, behind)
            else:
                parts.append((text, at, behind))
            at = behind
        if sign:
            at += len(sign)
            brackets.read(sign, at)
    weights = brackets.weights()
    if exact and breaks:
        parts, weights = _weighted_breaks(parts, weights)
    return tuple(_joined(parts, weights))


class _Brackets:
    """The parts of a prompt as they are read, and which of them each bracket surrounds."""

    def __init__(self, *, exact: bool) -> None:
        self.parts: list[Part] = []
        self._exact = exact
        self._spans: list[Span] = []
        # before which part each bracket stands that is not closed yet
        self._open_round: list[int] = []
        self._open_square: list[int] = []

    def read(self, sign: str, behind: int) -> None:
        """A sign that ends at the place `behind`."""
        kind = sign[0]
        if kind == "(":
            self._open_round += [len(self.parts)] * len(sign)
        elif kind == ")":
            self._close(sign, ROUND, self._open_round, behind)
        elif kind == "[":
            self._open_square += [len(self.parts)] * len(sign)
        elif kind == "]":
            self._close(sign, SQUARE, self._open_square, behind)
        elif kind == ":" and self._open_round:
            self._close_by(float(sign[1:-1]))
        elif not (self._exact and sign == "\\"):
            self.parts.append((_unescaped(sign), behind - len(sign), behind))

    def _close(self, signs: str, factor: float, still_open: list[int], behind: int) -> None:
        """Closing brackets, of which `behind` is behind the last; those that close nothing are
        text."""
        closing = min(len(signs), len(still_open))
        for _ in range(closing):
            self._spans.append((still_open.pop(), len(self.parts), factor))
        if closing < len(signs):
            self.parts.append((signs[closing:], behind - len(signs) + closing, behind))

    def _close_by(self, factor: float) -> None:
        if not self._exact:
            factor = min(max(factor, -100.0), 100.0)
        self._spans.append((self._open_round.pop(), len(self.parts), factor))

    def weights(self) -> list[float]:
        """Of each part; what is still open counts to the end."""
        count = len(self.parts)
        spans = [*self._spans]
        spans += [(first, count, ROUND) for first in self._open_round]
        spans += [(first, count, SQUARE) for first in self._open_square]
        return bracket_weights(count, spans)


def _unescaped(sign: str) -> str:
    """Text that a sign stands for: escaped brackets and backslashes without what escapes them."""
    return sign[1::2] if sign[1:2] and sign[1] in "()[]\\" else sign


def _weighted_breaks(parts: list[Part], weights: list[float]) -> tuple[list[Part], list[float]]:
    """Breaks of another weight than 1 as words: the web UI marks a break by the weight -1, which
    brackets around it multiply."""
    words: list[Part] = []
    signed: list[float] = []
    for (text, start, end), weight in zip(parts, weights, strict=True):
        is_word = not text and weight != 1.0
        words.append(("BREAK" if is_word else text, start, end))
        signed.append(-weight if is_word else weight)
    return words, signed


def _with_breaks(text: str, start: int, end: int) -> Iterable[Part]:
    """Text parted by its BREAKs, which take the blanks around them."""
    at = 0
    for match in _BREAK.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], start + at, start + match.start()
        yield "", start + match.start(), start + match.end()
        at = match.end()
    if at < len(text):
        yield text[at:], start + at, end


def _joined(parts: Sequence[Part], weights: Sequence[float]) -> list[WeightedText]:
    """The parts as pieces, neighbours of one weight made one."""
    pieces: list[WeightedText] = []
    texts: list[str] = []  # of one weight, not yet a piece
    weight = 1.0
    since, until = 0, 0  # where those texts stand
    for (text, start, end), own in zip(parts, weights, strict=True):
        if texts and text and own == weight:
            texts.append(text)
        else:
            if texts:
                pieces.append(WeightedText("".join(texts), weight, since, until))
            texts = [text] if text else []
            weight = own
            since = start
            if not text:
                pieces.append(WeightedText("", 1.0, start, end, is_break=True))
        until = end
    if texts:
        pieces.append(WeightedText("".join(texts), weight, since, until))
    return pieces


class RoundBracket(NamedTuple):
    """Signs at [start, end) around the words [inner, inner_end), which weigh `factor` times."""

    start: int
    inner: int
    inner_end: int
    end: int
    factor: float


def bracket_around(prompt: str, at: int) -> RoundBracket | None:
    """The innermost round bracket that is closed and has the place between its signs."""
    still_open: list[int] = []
    for match in _SIGN.finditer(prompt):
        sign, start, end = match[0], *match.span()
        if sign[0] == "(":
            still_open += range(start, end)
        elif sign[0] == ":" and still_open:
            opening = still_open.pop()
            if opening < at < end:
                return RoundBracket(opening, opening + 1, start, end, float(sign[1:-1]))
        elif sign[0] == ")":
            for closing in range(start, min(end, start + len(still_open))):
                opening = still_open.pop()
                if opening < at <= closing:
                    return RoundBracket(opening, opening + 1, closing, closing + 1, ROUND)
    return None


def change_weight(prompt: str, start: int, end: int, step: float) -> tuple[str, int, int]:
    """The prompt with the weight of [start, end) moved by `step`, and where that text stands now.

    An empty range means the bracket that it is in, else the word it touches; what is wrapped in a
    bracket already gets another factor, and no bracket at 1.
    """
    bracket = bracket_around(prompt, start)
    if bracket is not None and start != end and (start, end) != bracket[1:3]:
        bracket = None  # a part of what stands in it is chosen
    if bracket is not None:
        start, end = bracket.inner, bracket.inner_end
    elif start == end:
        start, end = _word_at(prompt, start)
    if start == end:
        return prompt, start, end
    text = prompt[start:end]
    head = prompt[: bracket.start if bracket else start]
    rest = prompt[bracket.end if bracket else end :]
    weight = bracket.factor if bracket else 1.0
    weight = round(min(max(weight + step, 0.0), 5.0), 3)
    if weight == 1.0:
        return head + text + rest, len(head), len(head) + len(text)
    return f"{head}({text}:{weight:g}){rest}", len(head) + 1, len(head) + 1 + len(text)


def _word_at(prompt: str, at: int) -> tuple[int, int]:
    stops = " \n\t,()[]:\\"
    start, end = at, at
    while start > 0 and prompt[start - 1] not in stops:
        start -= 1
    while end < len(prompt) and prompt[end] not in stops:
        end += 1
    return start, end

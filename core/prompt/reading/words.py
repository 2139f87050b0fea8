"""The words of a text that a model is told, each at its place: what stands between brackets, signs
of changes, AND and BREAK."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from core.prompt.reading.kinds import Kind, Rules
from core.prompt.reading.spans import spans_of
from core.values.text_span import TextSpan

_MARK = "\ue000"  # stands for what is written over, below or around the letter before it
_LETTERS = rf"[^\W_](?:[^\W_]|{_MARK})*"  # and digits
# also such as "well-lit", "o'clock", "snake_case"
_WORD = re.compile(rf"{_LETTERS}(?:['’_-]+{_LETTERS})*")
_BETWEEN = re.compile(r"(?:[\s()\\]|:\s*[+-]?[\d.]+\s*(?=\)))*")


def words_of(text: str, rules: Rules) -> tuple[TextSpan, ...]:
    """The words in their order, the name of an embedding as one; never fails."""
    return tuple(_words(text, rules))


def word_places(text: str) -> tuple[tuple[int, int], ...]:
    """[start, end) of each word of a text as it is, in order, whatever its signs mean: for places
    of tokens, of which weights, AND and tags have none."""
    return tuple(match.span() for match in _WORD.finditer(_with_marks(text)))


def _with_marks(text: str) -> str:
    """The text with a sign for each mark, so that "é" of two signs and vowels of Hindi or Thai end
    no word."""
    if text.isascii():
        return text
    return "".join(_MARK if unicodedata.category(sign)[0] == "M" else sign for sign in text)


def _words(text: str, rules: Rules) -> Iterator[TextSpan]:
    at = 0
    plain = _with_marks(text)
    for span in spans_of(text, rules):
        if span.kind is Kind.WORDS:
            continue
        yield from _between(plain, at, span.start, rules)
        if span.kind is Kind.EMBEDDING:
            yield TextSpan(span.start, span.end, rules.is_negative)
        at = max(at, span.end)
    yield from _between(plain, at, len(text), rules)


def _between(text: str, start: int, end: int, rules: Rules) -> Iterator[TextSpan]:
    for match in _WORD.finditer(text, start, end):
        yield TextSpan(*match.span(), rules.is_negative)


def places_of(text: str, words: Sequence[TextSpan], asked: str) -> tuple[tuple[TextSpan, ...], ...]:
    """Where words that a person names stand one after another in a text whose words these are, in
    any case of letters: a row for each time. Between them only blanks and brackets may stand."""
    wanted = [_alike(asked[start:end]) for start, end in word_places(asked)] or [_alike(asked)]
    told = [_alike(text[word.start : word.end]) for word in words]
    return tuple(
        tuple(words[first : first + len(wanted)])
        for first in range(len(told) - len(wanted) + 1)
        if told[first : first + len(wanted)] == wanted
        and _is_phrase(text, words[first : first + len(wanted)])
    )


def _is_phrase(text: str, words: Sequence[TextSpan]) -> bool:
    return all(_BETWEEN.fullmatch(text, a.end, b.start) for a, b in pairwise(words))


def _alike(word: str) -> str:
    """The same of a word in any case of letters, and however its accents are written."""
    return unicodedata.normalize("NFC", word).casefold()

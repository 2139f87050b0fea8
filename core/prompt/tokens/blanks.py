"""Words whose places in a text are kept while the text encoder is told nothing there: a blank for
each of their tokens.

On the way through the language of prompts such a word stands written in signs of a private plane of
Unicode, which mean nothing to weights, changes, AND, BREAK or names; each tokenizer reads behind
them how many tokens the word has for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from core.prompt.tokens.pieces import without_surrogates
from core.values.text_span import TextSpan

BLANK = "\0blank"  # among the names of embeddings, where no text can name it
_FIRST = 0xF0000  # plane 15: 65,536 private places, one for each unit of UTF-16
_HIDDEN = re.compile(r"[\U000f0000-\U000fffff]+")
Tokenize = Callable[[str], list[int]]


def hidden(text: str, spans: Iterable[TextSpan], *, is_negative: bool) -> str:
    """The text with those of the spans that are of it in private signs. Spans may overlap; what of
    one lies behind the end counts for nothing."""
    signs = [*text]
    for span in spans:
        if span.is_negative == is_negative:
            for place in range(max(span.start, 0), min(span.end, len(text))):
                signs[place] = _hide(text[place])
    return "".join(signs)


def _hide(sign: str) -> str:
    units = sign.encode("utf-16-le", "surrogatepass")
    numbers = (units[at] | units[at + 1] << 8 for at in range(0, len(units), 2))
    return "".join(chr(_FIRST + number) for number in numbers)


def _shown(signs: str) -> str:
    return without_surrogates("".join(chr(ord(sign) - _FIRST) for sign in signs))


def blanking(tokenize: Tokenize, count: Callable[[str], int], blank: int) -> Tokenize:
    """`tokenize` for texts with hidden words, of which each becomes as many ids `blank` as `count`
    says that it has tokens."""

    def ids(text: str) -> list[int]:
        found: list[int] = []
        at = 0
        for match in _HIDDEN.finditer(text):
            found += tokenize(text[at : match.start()]) if match.start() > at else []
            found += [blank] * count(_shown(match[0]))
            at = match.end()
        return [*found, *tokenize(text[at:])] if at < len(text) else found

    return ids

"""Texts as the index of words knows them: what is a word, and how it is asked for them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.store.sqlite.storable import storable

_WORD = re.compile(r"\w+", re.UNICODE)
# signs of scripts that are written without spaces: each is a word of its own, so that any part of
# a sentence is found as a row of them (Unicode 15: Kana, Hangul, Han and their extensions)
_IDEOGRAPH = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3105-\u312f\u31a0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
    r"\U00020000-\U0003ffff]"
)


def has_ideographs(text: str) -> bool:
    """Whether it holds signs that are words of their own."""
    return _IDEOGRAPH.search(text) is not None


def spaced(text: str) -> str:
    """The text as it goes into the index of words."""
    return _IDEOGRAPH.sub(r" \g<0> ", text) if not text.isascii() else text


def words_in(text: str) -> list[str]:
    """The words of a text as the index of words knows them; a row of underscores is none."""
    return [word for word in _WORD.findall(spaced(storable(text))) if word.strip("_")]


def all_of(words: Sequence[str]) -> str:
    """A question to the index of words that they all answer (sqlite.org/fts5.html, section 3)."""
    return " ".join(f'"{word}"' for word in words)


def in_a_row(words: Sequence[str]) -> str:
    """A question that texts answer where they stand one behind the other."""
    return f'"{" ".join(words)}"'

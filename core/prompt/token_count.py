"""Counting a prompt's tokens without loading a model: the CLIP tokenizer's data read
straight from its folder."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from core.prompt.a1111 import parse
from core.prompt.chunks import chunks
from core.prompt.clip_tokenizer import ClipTokenizer, load_tokenizer
from core.prompt.pieces import without_surrogates

PORTION = 1_000  # characters that are given to the tokenizer at a time


@lru_cache(maxsize=4)
def _tokenizer(folder: Path) -> ClipTokenizer:
    return load_tokenizer(folder, "the model")


def count_tokens(folder: Path, prompt: str) -> tuple[int, int]:
    """(tokens used, room): room is 75 for each chunk the prompt needs.

    Raises ModelMissing where the tokenizer in `folder` cannot be read. Long texts are counted by
    portions, so that threads beside this one are not held up; a word of more than PORTION
    characters, which no prompt has, is taken for several.
    """
    tokenizer = _tokenizer(folder)

    def ids(text: str) -> list[int]:
        portions = _portions(without_surrogates(text))
        return [number for portion in portions for number in tokenizer.ids(portion)]

    parts = chunks(parse(prompt), ids)
    return sum(len(part) for part in parts), 75 * len(parts)


def _portions(text: str) -> Iterable[str]:
    at = 0
    while at < len(text):
        behind = at + PORTION
        if behind < len(text):
            blank = max(text.rfind(" ", at + 1, behind), text.rfind("\n", at + 1, behind))
            behind = blank + 1 or behind
        yield text[at:behind]
        at = behind

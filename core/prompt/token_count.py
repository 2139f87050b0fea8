"""Counting a prompt's tokens without loading a model: the CLIP tokenizer's data read
straight from its folder."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from core.prompt.a1111 import parse
from core.prompt.grammar.plan import plan_prompts
from core.prompt.loras import split_loras
from core.prompt.resolving import without_notes
from core.prompt.styling import applied
from core.prompt.tokens.chunks import chunks
from core.prompt.tokens.clip_tokenizer import ClipTokenizer, load_tokenizer
from core.prompt.tokens.pieces import without_surrogates
from core.prompt.wildcards.drawing import draw
from core.prompt.wildcards.files import Value
from core.values.program import Program
from core.values.request import Request

MOST_TEXTS = 8  # of one prompt
PORTION = 1_000  # characters that are given to the tokenizer at a time


@lru_cache(maxsize=4)
def _tokenizer(folder: Path) -> ClipTokenizer:
    return load_tokenizer(folder, "the model")


def count_most_tokens(
    folder: Path, prompt: str, program: Program, steps: int, *, is_negative: bool
) -> tuple[int, int]:
    """As `count_tokens`, of what a model is told of a prompt at a time: without comments and tags,
    choices drawn anyhow, of texts that change or are joined the one with the most
    tokens (of the first few)."""
    text = draw(without_notes(prompt, program), NO_WILDCARDS, 0).text
    if is_negative:
        texts = plan_prompts("", text, program, steps).negative.texts
    else:
        texts = plan_prompts(split_loras(text)[0], "", program, steps).texts
    return max(count_tokens(folder, text) for text in texts[:MOST_TEXTS])


def count_request(folder: Path, request: Request) -> tuple[tuple[int, int], tuple[int, int]]:
    """As `count_most_tokens`, of both texts of a request with the words of its styles around them.
    Raises ModelMissing as that does, InvalidRequest where the styles make a text too long."""
    asked = applied(request)
    program, steps = asked.program, asked.steps
    return (
        count_most_tokens(folder, asked.prompt, program, steps, is_negative=False),
        count_most_tokens(folder, asked.negative_prompt, program, steps, is_negative=True),
    )


class _NoWildcards:
    """Wildcards stay as they are written."""

    def values(self, name: str) -> tuple[Value, ...]:
        """None."""
        return ()


NO_WILDCARDS = _NoWildcards()


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

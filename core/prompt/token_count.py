"""Counting a prompt's tokens without loading a model: the CLIP tokenizer's data read
straight from its folder."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from core.prompt.a1111 import parse
from core.prompt.chunks import chunks
from core.prompt.pieces import without_surrogates
from core.system.errors import ModelMissing
from core.system.json_files import read_json
from core.system.regular_files import read_limited

_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"

MAX_FILE = 2**24  # bytes of a vocabulary or its merges
PORTION = 1_000  # characters that are given to the tokenizer at a time


@lru_cache(maxsize=4)
def clip_tokenizer(folder: str) -> Tokenizer:
    """The tokenizer of `folder` (vocab.json, merges.txt), as CLIP splits text.

    Raises ModelMissing where it cannot be read.
    """
    try:
        vocabulary: dict[str, int] = read_json(Path(folder) / "vocab.json", MAX_FILE)
        lines = read_limited(Path(folder) / "merges.txt", MAX_FILE).decode("utf-8").splitlines()
        merges = [line.partition(" ") for line in lines if not line.startswith("#version")]
        pairs = [
            (first, second)
            for first, _, second in merges
            if first in vocabulary and second in vocabulary and first + second in vocabulary
        ]
    except (OSError, ValueError, TypeError) as fault:
        raise ModelMissing(
            "The model's tokenizer cannot be read.", "Get a complete copy of the model."
        ) from fault
    tokenizer = Tokenizer(
        models.BPE(
            vocabulary,
            pairs,
            unk_token="<|endoftext|>",
            end_of_word_suffix="</w>",
            continuing_subword_prefix="",
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return tokenizer


def count_tokens(folder: Path, prompt: str) -> tuple[int, int]:
    """(tokens used, room): room is 75 for each chunk the prompt needs.

    Raises ModelMissing where the tokenizer in `folder` cannot be read. Long texts are counted by
    portions, so that threads beside this one are not held up; a word of more than PORTION
    characters, which no prompt has, is taken for several.
    """
    tokenizer = clip_tokenizer(str(folder))

    def ids(text: str) -> list[int]:
        return [
            number
            for portion in _portions(without_surrogates(text))
            for number in tokenizer.encode(portion, add_special_tokens=False).ids
        ]

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

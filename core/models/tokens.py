"""Counting a prompt's tokens without loading a model: the CLIP tokenizer's data read straight from its folder."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from core.errors import ModelMissing
from core.prompt import chunks, parse, readable

_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@lru_cache(maxsize=4)
def clip_tokenizer(folder: str) -> Tokenizer:
    """The tokenizer of `folder` (vocab.json, merges.txt), as CLIP splits text; ModelMissing where it cannot be read."""
    try:
        vocabulary: dict[str, int] = json.loads((Path(folder) / "vocab.json").read_text("utf-8"))
        lines = (Path(folder) / "merges.txt").read_text("utf-8").splitlines()
        pairs = [(a, b) for a, _, b in (line.partition(" ") for line in lines if not line.startswith("#version"))
                 if a in vocabulary and b in vocabulary and a + b in vocabulary]
    except (OSError, ValueError, TypeError, RecursionError) as fault:
        raise ModelMissing("The model's tokenizer cannot be read.", "Get a complete copy of the model.") from fault
    tokenizer = Tokenizer(models.BPE(vocabulary, pairs, unk_token="<|endoftext|>", end_of_word_suffix="</w>", continuing_subword_prefix=""))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(_WORDS), "removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    return tokenizer


def count(folder: Path, prompt: str) -> tuple[int, int]:
    """(tokens used, room): room is 75 for each chunk the prompt needs."""
    tokenizer = clip_tokenizer(str(folder))
    parts = chunks(parse(prompt), lambda text: tokenizer.encode(readable(text), add_special_tokens=False).ids)
    return sum(len(part) for part in parts), 75 * len(parts)

"""What a text encoder reads of a text: its tokens with their weights, in chunks of 75. No model is
loaded for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.prompt.a1111 import parse
from core.prompt.chunks import chunks
from core.prompt.clip_tokenizer import ClipTokenizer, load_tokenizer
from core.prompt.comfyui import parse_comfyui
from core.prompt.pieces import check_weights
from core.values.program import Program

WORD = 8  # tokens: shorter pieces ComfyUI moves to the next chunk whole


@dataclass(frozen=True, slots=True)
class ReadChunk:
    """One chunk for the text encoder `encoder`: its tokens as the vocabulary spells them, their ids
    and weights, without start, end and what fills it up."""

    encoder: str
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    weights: tuple[float, ...]


def read_chunks(encoder: str, folder: Path, text: str, program: Program) -> tuple[ReadChunk, ...]:
    """A text as the tokenizer in `folder` splits it, its weights read as `program` has it. Words
    that name embeddings are read as plain words.

    Raises ModelMissing where the tokenizer cannot be read, InvalidRequest where brackets weigh too
    much to be reckoned.
    """
    tokenizer = load_tokenizer(folder, "the model")
    if program == Program.COMFYUI:
        parts = chunks(check_weights(parse_comfyui(text)), tokenizer.ids, together=WORD)
    else:
        comma: Sequence[int] = tokenizer.ids(",")
        exact = program == Program.A1111
        parts = chunks(
            check_weights(parse(text, exact=exact)),
            tokenizer.ids,
            comma[0] if len(comma) == 1 else None,
            exact=exact,
        )
    return tuple(_read(encoder, tokenizer, part) for part in parts)


def _read(encoder: str, tokenizer: ClipTokenizer, part: Sequence[tuple[int, float]]) -> ReadChunk:
    ids = tuple(token for token, _ in part)
    tokens = tuple(tokenizer.splitter.id_to_token(token) or "" for token in ids)
    return ReadChunk(encoder, tokens, ids, tuple(weight for _, weight in part))

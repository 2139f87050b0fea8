"""The text encoders of a model, as far as its files say without loading them, and what embeddings
are to each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.models.files.diffusers_folder import config_of
from core.models.files.embedding_file import keys_of, lengths_by_width, serves
from core.models.library.model_entry import ModelEntry
from core.system.errors import ModelMissing
from core.system.paths import RESOURCES
from core.values.job import ModelRef
from core.values.program import Program

_FIRST, _SECOND = "text_encoder", "text_encoder_2"
# CLIP's encoders of families that have others than the first alone
_CLIP = {"sdxl": (_FIRST, _SECOND), "sdxl-refiner": (_SECOND,), "sd3": (_FIRST, _SECOND)}
_T5 = {"sd3": "text_encoder_3", "flux": _SECOND}
_T5_LONG = 512  # tokens of FLUX dev, as diffusers' own pipelines have it; elsewhere half of that


@dataclass(frozen=True, slots=True)
class TextEncoder:
    """One of them: its `part` of the model, its tokenizer's folder, how wide its states are (0
    where nothing says it). Of CLIP's chunks of 75 tokens `most_chunks` are used, None for all;
    others (T5) read `length` tokens, 0 for CLIP."""

    part: str
    tokenizer: Path
    width: int
    most_chunks: int | None = None
    length: int = 0


def encoders_of(entry: ModelEntry) -> tuple[TextEncoder, ...]:
    """Those of a model; T5 where its tokenizer can be read without other libraries."""
    path = Path(entry.path)
    # FLUX takes one vector for all of the text from CLIP; diffusers' own pipelines cut it
    most = 1 if entry.family == "flux" or entry.family_row.pipeline else None
    found = [
        TextEncoder(part, _tokenizer(entry, part), _width(entry, part), most)
        for part in _CLIP.get(entry.family, (_FIRST,))
    ]
    t5 = _T5.get(entry.family, "")
    tokenizer = path / t5.replace("text_encoder", "tokenizer")
    if t5 and (tokenizer / "tokenizer.json").is_file():
        is_dev = entry.family == "flux" and config_of(path / "transformer").get("guidance_embeds")
        length = _T5_LONG if is_dev else _T5_LONG // 2
        found.append(TextEncoder(t5, tokenizer, _width(entry, t5), length=length))
    return tuple(found)


def _tokenizer(entry: ModelEntry, part: str) -> Path:
    """Single files have one for both of XL's, as have some folders."""
    own = entry.tokenizer.with_name(part.replace("text_encoder", "tokenizer"))
    return own if own.is_dir() else entry.tokenizer


def _width(entry: ModelEntry, part: str) -> int:
    path = Path(entry.path)
    config = config_of((path if path.is_dir() else RESOURCES / "families" / entry.family) / part)
    width = config.get("d_model", config.get("hidden_size"))
    return width if isinstance(width, int) else 0


def embedding_lengths(
    encoders: Sequence[TextEncoder], embeddings: Sequence[ModelRef], program: Program
) -> tuple[dict[str, int], ...]:
    """For each encoder how many vectors each embedding is, by the word that calls it; those that
    are made for another model are words. Reads their headers."""
    wanted = {encoder.width for encoder in encoders if not encoder.length}
    long = next((encoder.width for encoder in encoders if encoder.length), 0)
    found = dict(_fitting(embeddings, wanted, program, long))
    return tuple(
        {key: there[encoder.width] for key, there in found.items() if encoder.width in there}
        for encoder in encoders
    )


def _fitting(
    embeddings: Sequence[ModelRef], wanted: set[int], program: Program, long: int
) -> Iterator[tuple[str, dict[int, int]]]:
    for key, ref in keys_of(embeddings).items():
        with contextlib.suppress(ModelMissing):  # damaged: using it says so
            there = lengths_by_width(Path(ref.path))
            if serves(set(there), wanted, program, long):
                yield key, there

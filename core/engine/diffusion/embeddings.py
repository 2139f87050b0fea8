"""Textual-inversion embeddings (Gal et al. 2022): words that stand for vectors learnt elsewhere, read from safetensors files.

Forms: AUTOMATIC1111's `emb_params`, XL's pair `clip_l` and `clip_g`, diffusers' one tensor named by its token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.errors import ModelMissing
from core.job import ModelRef

if TYPE_CHECKING:
    from core.engine.diffusion.conditioning import TextTower

FIRST_ID = 1 << 30  # ids from here on are rows of the embeddings at hand, not of the vocabulary


def _read(ref: ModelRef) -> list[torch.Tensor]:
    """Every tensor of the file as vectors (n, width), float32."""
    try:
        tensors = load_file(ref.path)
    except (OSError, SafetensorError) as fault:
        raise ModelMissing(f"{Path(ref.path).name} cannot be read: {fault}.", "Get a new copy of the embedding.") from fault
    return [tensor.float().reshape(-1, tensor.shape[-1]) for tensor in tensors.values() if tensor.ndim in (1, 2)]


def with_embeddings(towers: tuple[TextTower, ...], refs: tuple[ModelRef, ...]) -> tuple[TextTower, ...]:
    """The towers knowing these words; ModelMissing where a file has no vectors of a tower's width."""
    if not refs:
        return towers
    read = {ref.name: _read(ref) for ref in refs}
    found: list[TextTower] = []
    for tower in towers:
        width, vectors = tower.encoder.config.hidden_size, dict[str, torch.Tensor]()
        for name, tensors in read.items():
            fitting = next((tensor for tensor in tensors if tensor.shape[1] == width), None)
            if fitting is None:
                raise ModelMissing(f'The embedding "{name}" was made for another family: it has no vectors of width {width}.',
                                   "Take its name out of the prompt, or choose another model.")
            vectors[name] = fitting
        found.append(replace(tower, vectors=vectors))
    return tuple(found)


def pattern_of(names: Mapping[str, Any] | tuple[str, ...]) -> re.Pattern[str]:
    """Where a text names one of them as a whole word, with or without ComfyUI's "embedding:" before it."""
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?:\bembedding:)?(?<![\w-])({words})(?![\w-])", re.IGNORECASE)


def ids_with(text: str, vectors: Mapping[str, torch.Tensor], tokenize: Any) -> list[int]:
    """Token ids of the text, the names in it as ids from FIRST_ID on."""
    starts, at = dict[str, tuple[int, int]](), FIRST_ID
    for name, tensor in vectors.items():
        starts[name.lower()] = at, len(tensor)
        at += len(tensor)
    found, behind = list[int](), 0
    for match in pattern_of(tuple(vectors)).finditer(text):
        first, count = starts[match[1].lower()]
        found += [*tokenize(text[behind : match.start()]), *range(first, first + count)]
        behind = match.end()
    return [*found, *tokenize(text[behind:])]


def rows_of(vectors: Mapping[str, torch.Tensor]) -> dict[int, int]:
    """The id of each embedding's first vector, as `ids_with` gives it, to how many it has."""
    found, at = dict[int, int](), FIRST_ID
    for tensor in vectors.values():
        found[at] = len(tensor)
        at += len(tensor)
    return found


@contextmanager
def placed(encoder: Any, ids: list[int], vectors: Mapping[str, torch.Tensor]) -> Iterator[list[int]]:
    """Plain ids for the encoder, whose token embedding meanwhile gives the vectors in their places."""
    places = [i for i, token in enumerate(ids) if token >= FIRST_ID]
    if not places:
        yield ids
        return
    table = torch.cat(list(vectors.values()))[[ids[i] - FIRST_ID for i in places]]

    def put(module: Any, args: Any, output: torch.Tensor) -> torch.Tensor:
        changed = output.clone()
        changed[:, places] = table.to(output)
        return changed

    handle = encoder.get_input_embeddings().register_forward_hook(put)
    try:
        yield [0 if token >= FIRST_ID else token for token in ids]
    finally:
        handle.remove()

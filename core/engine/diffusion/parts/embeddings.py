"""Textual-inversion embeddings (Gal et al. 2022): words that stand for vectors learnt elsewhere,
read from safetensors files.

Forms: AUTOMATIC1111's `emb_params` and `*`, XL's pair `clip_l` and `clip_g`, Stable Diffusion 3's
with `t5xxl`, diffusers' tensors named by their tokens; what counts is how wide they are. A text
names one as a whole word or with "embedding:" before it; in AUTOMATIC1111's ways wherever its
tokens occur; in ComfyUI's only by "embedding:NAME", where a name that is not there is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open

from core.models.files.embedding_file import MOST_TENSORS, keys_of, may_be_vectors, serves
from core.models.files.header import read_header
from core.prompt.embeddings import (
    FIRST_ID,
    SAID,
    SAID_TO_COMFYUI,
    pattern_of,
    resolved_name,
)
from core.prompt.tokens.blanks import BLANK
from core.system.errors import ModelMissing
from core.values.job import Job, ModelRef
from core.values.program import Program
from core.values.request_parts.emphasis import Emphasis

if TYPE_CHECKING:
    from core.engine.diffusion.parts.conditioning import TextTower

MOST_NOTES = 3
_FAMILIES = {
    (768,): "Stable Diffusion 1.x",
    (1024,): "Stable Diffusion 2.x",
    (768, 1280): "Stable Diffusion XL",
    (1280,): "one half of Stable Diffusion XL",
    (768, 1280, 4096): "Stable Diffusion 3.x",
    (768, 4096): "FLUX.1",
}
Vectors = Mapping[str, torch.Tensor]
ByWidth = dict[int, torch.Tensor]


def _read(ref: ModelRef) -> ByWidth:
    """The file's vectors (n, width) by width, float32, the first of each. Raises ModelMissing with
    half a sentence where there are none."""
    try:
        shapes = read_header(Path(ref.path)).shapes
        names = [name for name, shape in shapes.items() if may_be_vectors(shape)]
        with safe_open(ref.path, "pt") as file:
            tensors = [file.get_tensor(name) for name in names[:MOST_TENSORS]]
    except (OSError, SafetensorError, ModelMissing) as fault:
        raise ModelMissing("cannot be read (its file is damaged)") from fault
    by_width: ByWidth = {}
    for tensor in tensors:
        if tensor.is_floating_point():
            by_width.setdefault(tensor.shape[-1], tensor.float().reshape(-1, tensor.shape[-1]))
    if not by_width:
        raise ModelMissing("holds no vectors of words")
    if not all(torch.isfinite(tensor).all() for tensor in by_width.values()):
        raise ModelMissing("holds values that are not numbers")
    return by_width


def _fitting(ref: ModelRef, widths: Iterable[int], program: Program, long: int) -> ByWidth:
    """The vectors (n, width) by width where they are for encoders so wide (`long` is T5's, 0
    without one). Raises ModelMissing with half a sentence where they are not.
    """
    by_width = _read(ref)
    wanted = set(widths)
    if serves(set(by_width), wanted, program, long):
        return by_width
    family = _FAMILIES.get(tuple(sorted(by_width)), "another family")
    raise ModelMissing(
        f"was made for {family} (its vectors are {_joined(by_width)} wide, "
        f"this model's {_joined(wanted)})"
    )


def _joined(widths: Iterable[int]) -> str:
    return " and ".join(str(width) for width in sorted(widths))


def with_embeddings(
    towers: tuple[TextTower, ...],
    refs: tuple[ModelRef, ...],
    program: Program = Program.CALOTYPE,
    long: int = 0,
    *,
    emphasis: Emphasis = Emphasis.AUTO,
) -> tuple[TextTower, ...]:
    """The towers knowing those of these words that fit them, and how words are weighed; the other
    words stay plain, of which `notes` tells."""
    towers = tuple(replace(tower, emphasis=emphasis) for tower in towers)
    if not refs:
        return towers
    fitting = _vectors(refs, [tower.encoder.config.hidden_size for tower in towers], program, long)
    return tuple(
        replace(tower, vectors=_of_width(fitting, tower.encoder.config.hidden_size))
        for tower in towers
    )


def with_blank(towers: tuple[TextTower, ...]) -> tuple[TextTower, ...]:
    """The towers with a vector for hidden words: the mean of all that the vocabulary has.

    It stands for no word in particular. The token that fills up a chunk would do worse: it is the
    end of the text in most models, and in the middle of one it changed the pictures of the starter
    more than a word without any meaning (by 10 levels of 255 where the mean changed 3).
    """
    return tuple(replace(tower, vectors={**tower.vectors, BLANK: _mean(tower)}) for tower in towers)


def _mean(tower: TextTower) -> torch.Tensor:
    """(1, width), of the tokens that are ever read."""
    table = tower.encoder.text_model.embeddings.token_embedding.weight
    known = table[: tower.tokenizer.splitter.get_vocab_size()]
    return known.detach().float().mean(0, keepdim=True)


def long_vectors(
    refs: tuple[ModelRef, ...], towers: tuple[TextTower, ...], program: Program, long: int
) -> Vectors:
    """What those of the words that fit mean to a T5 encoder so wide: vectors (n, long) by word."""
    if not refs:
        return {}
    widths = [tower.encoder.config.hidden_size for tower in towers]
    return _of_width(_vectors(refs, widths, program, long), long)


def _vectors(
    refs: tuple[ModelRef, ...], widths: list[int], program: Program, long: int
) -> dict[str, ByWidth]:
    vectors: dict[str, ByWidth] = {}
    for key, ref in keys_of(refs).items():
        try:
            vectors[key] = _fitting(ref, widths, program, long)
        except ModelMissing:
            continue  # `notes` says it
    return vectors


def _of_width(fitting: Mapping[str, ByWidth], width: int) -> dict[str, torch.Tensor]:
    return {key: by_width[width] for key, by_width in fitting.items() if width in by_width}


def notes(job: Job, towers: tuple[TextTower, ...], long: int = 0) -> tuple[str, ...]:
    """A sentence for each embedding that the job's texts name and that does not fit,
    or is not there, or fits in part."""
    program = job.request.program
    texts = (job.request.prompt, job.request.negative_prompt)
    widths = [tower.encoder.config.hidden_size for tower in towers]
    sentences = list[str]()
    becomes = "it is read as a plain word"
    if program == Program.COMFYUI:
        becomes = "it is left out, as ComfyUI does"
    keys = keys_of(job.embeddings)
    for key, ref in keys.items():
        if not any(_names(text, (key,), program) for text in texts):
            continue
        try:
            missing = set(widths) - set(_fitting(ref, widths, program, long))
            if missing:
                sentences.append(
                    f'The embedding "{key}" has no vectors {_joined(missing)} wide: '
                    "only a part of this model reads it."
                )
        except ModelMissing as fault:
            sentences.append(f'The embedding "{key}" {fault.message}: {becomes}.')
    for said in dict.fromkeys(_unknown(texts, tuple(keys), program)):
        sentences.append(
            f'There is no embedding "{said}": {becomes.replace("a plain word", "plain words")}.'
        )
    return tuple(sentences[:MOST_NOTES])


def notes_where_unsupported(job: Job) -> tuple[str, ...]:
    """A sentence for each embedding that the job's texts name where the model takes none at all."""
    texts = (job.request.prompt, job.request.negative_prompt)
    return tuple(
        f'This model takes no embeddings: "{key}" is read as a plain word.'
        for key in keys_of(job.embeddings)
        if any(_names(text, (key,), Program.CALOTYPE) for text in texts)
    )[:MOST_NOTES]


def _names(text: str, names: tuple[str, ...], program: Program) -> bool:
    """Whether a text names one of them."""
    if program == Program.COMFYUI:
        return any(resolved_name(match[1], names) for match in SAID_TO_COMFYUI.finditer(text))
    return pattern_of(names).search(text) is not None


def _unknown(texts: Iterable[str], names: tuple[str, ...], program: Program) -> Iterator[str]:
    """What follows "embedding:" and is none of the names."""
    known = pattern_of(names, bare=False) if names else None
    for text in texts:
        for match in (SAID_TO_COMFYUI if program == Program.COMFYUI else SAID).finditer(text):
            if program == Program.COMFYUI or known is None:
                there = bool(resolved_name(match[1], names))
            else:
                there = known.match(text, match.start()) is not None
            if not there:
                yield match[1]


def placed(ids: list[int], vectors: Vectors) -> tuple[list[int], dict[int, torch.Tensor]]:
    """Plain ids for an encoder, 0 where vectors stand, and these (width,) by their places."""
    places = [place for place, token in enumerate(ids) if token >= FIRST_ID]
    if not places:
        return ids, {}
    table = torch.cat(list(vectors.values()))
    plain = [0 if token >= FIRST_ID else token for token in ids]
    return plain, {place: table[ids[place] - FIRST_ID] for place in places}


@contextmanager
def vectors_in_table(encoder: Any, ids: list[int], vectors: Vectors) -> Iterator[list[int]]:
    """Plain ids for an encoder of transformers', whose token embedding meanwhile gives the vectors
    (n, width) in their places. Ours is handed what `placed` gives."""
    plain, by_place = placed(ids, vectors)
    if not by_place:
        yield plain
        return
    places, table = list(by_place), torch.stack(list(by_place.values()))

    def put(module: Any, args: Any, output: torch.Tensor) -> torch.Tensor:
        """(1, tokens, width) with the vectors in their places."""
        changed = output.clone()
        changed[:, places] = table.to(output)
        return changed

    # T5's stack has the table that is read
    handle = encoder.encoder.embed_tokens.register_forward_hook(put)
    try:
        yield plain
    finally:
        handle.remove()

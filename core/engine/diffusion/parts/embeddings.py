"""Textual-inversion embeddings (Gal et al. 2022): words that stand for vectors learnt elsewhere,
read from safetensors files.

Forms: AUTOMATIC1111's `emb_params` and `*`, XL's pair `clip_l` and `clip_g`, Stable Diffusion 3's
with `t5xxl`, diffusers' tensors named by their tokens; what counts is how wide they are. A text
names one as a whole word or with "embedding:" before it; in AUTOMATIC1111's ways wherever its
tokens occur; in ComfyUI's only by "embedding:NAME", where a name that is not there is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open

from core.models.files.header import read_header
from core.prompt.pieces import WeightedText
from core.system.errors import ModelMissing
from core.values.job import Job, ModelRef
from core.values.program import Program

if TYPE_CHECKING:
    from core.engine.diffusion.parts.conditioning import TextTower

FIRST_ID = 1 << 30  # ids from here on are rows of the embeddings at hand, not of the vocabulary
MOST = 1000  # vectors; a table of more is no embedding
MOST_NOTES = 3
_ENCODERS = {768, 1024, 1280}  # how wide the CLIP encoders of the field are
_FAMILIES = {
    (768,): "Stable Diffusion 1.x",
    (1024,): "Stable Diffusion 2.x",
    (768, 1280): "Stable Diffusion XL",
    (1280,): "one half of Stable Diffusion XL",
    (768, 1280, 4096): "Stable Diffusion 3.x",
    (768, 4096): "FLUX.1",
}
_SAID = re.compile(r"(?<![^\s,(\[])embedding:([^\s,()\[\]<>:]{1,200})")
# which skips blanks before the name
_SAID_TO_COMFYUI = re.compile(r"(?<![^\s(])embedding:\s{0,20}([^\s,()\[\]<>:]{1,200})")
_MARK = "\0"  # before a key: a piece that is an embedding
_EXTENSION = r"(?:\.(?:safetensors|pt|bin))?"
Vectors = Mapping[str, torch.Tensor]
ByWidth = dict[int, torch.Tensor]


def _read(ref: ModelRef) -> ByWidth:
    """The file's vectors (n, width) by width, float32, the first of each. Raises ModelMissing with
    half a sentence where there are none."""
    try:
        shapes = read_header(Path(ref.path)).shapes
        names = [name for name, shape in shapes.items() if _may_be_vectors(shape)]
        with safe_open(ref.path, "pt") as file:
            tensors = [file.get_tensor(name) for name in names[:16]]
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


def _may_be_vectors(shape: tuple[int, ...]) -> bool:
    """(width,) or (n, width), of no more than `MOST` vectors."""
    if len(shape) not in (1, 2):
        return False
    count = shape[0] if len(shape) == 2 else 1
    return shape[-1] > 1 and 1 <= count <= MOST


def _fitting(ref: ModelRef, widths: Iterable[int], program: Program, long: int) -> ByWidth:
    """The vectors (n, width) by width where they are for encoders so wide (`long` is T5's, 0
    without one). Raises ModelMissing with half a sentence where they are not.

    ComfyUI gives each encoder what fits it. AUTOMATIC1111 wants all of them served, and so do we:
    half a word is another word.
    """
    by_width = _read(ref)
    wanted = set(widths)
    others = set(by_width) & _ENCODERS - wanted
    if wanted == {1280}:  # XL's refiner has only the second encoder
        others.clear()
    foreign = others or (4096 in by_width and not long and wanted != {768, 1280})
    if program == Program.COMFYUI and wanted & set(by_width):
        return by_width
    if wanted <= set(by_width) and not foreign:
        return by_width
    family = _FAMILIES.get(tuple(sorted(by_width)), "another family")
    raise ModelMissing(
        f"was made for {family} (its vectors are {_joined(by_width)} wide, "
        f"this model's {_joined(wanted)})"
    )


def _joined(widths: Iterable[int]) -> str:
    return " and ".join(str(width) for width in sorted(widths))


def _keys(refs: Sequence[ModelRef]) -> dict[str, ModelRef]:
    """The words that call them: names, and "folder/name" where a name is taken."""
    refs_by_key: dict[str, ModelRef] = {}
    lowered = set[str]()
    for ref in refs:
        key = ref.name
        if key.lower() in lowered:
            key = f"{Path(ref.path).parent.name}/{ref.name}"
        lowered.add(key.lower())
        refs_by_key.setdefault(key, ref)
    return refs_by_key


def with_embeddings(
    towers: tuple[TextTower, ...],
    refs: tuple[ModelRef, ...],
    program: Program = Program.CALOTYPE,
    long: int = 0,
) -> tuple[TextTower, ...]:
    """The towers knowing those of these words that fit them; the others stay plain
    words, of which `notes` tells."""
    if not refs:
        return towers
    fitting = _vectors(refs, [tower.encoder.config.hidden_size for tower in towers], program, long)
    return tuple(
        replace(tower, vectors=_of_width(fitting, tower.encoder.config.hidden_size))
        for tower in towers
    )


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
    for key, ref in _keys(refs).items():
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
    keys = _keys(job.embeddings)
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
        for key in _keys(job.embeddings)
        if any(_names(text, (key,), Program.CALOTYPE) for text in texts)
    )[:MOST_NOTES]


def _names(text: str, names: tuple[str, ...], program: Program) -> bool:
    """Whether a text names one of them."""
    if program == Program.COMFYUI:
        return any(_resolved(match[1], names) for match in _SAID_TO_COMFYUI.finditer(text))
    return pattern_of(names).search(text) is not None


def _unknown(texts: Iterable[str], names: tuple[str, ...], program: Program) -> Iterator[str]:
    """What follows "embedding:" and is none of the names."""
    known = pattern_of(names, bare=False) if names else None
    for text in texts:
        for match in (_SAID_TO_COMFYUI if program == Program.COMFYUI else _SAID).finditer(text):
            if program == Program.COMFYUI or known is None:
                there = bool(_resolved(match[1], names))
            else:
                there = known.match(text, match.start()) is not None
            if not there:
                yield match[1]


def pattern_of(names: Mapping[str, Any] | tuple[str, ...], *, bare: bool = True) -> re.Pattern[str]:
    """Where a text names one of them with "embedding:" before it, and a folder and an extension if
    it likes; or `bare`, as a whole word.

    One of three groups is the name.
    """
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    said = rf"\bembedding:(?:({words})|[^\s,()<>\[\]]{{0,200}}[/\\]({words})){_EXTENSION}(?![\w-])"
    return re.compile(rf"{said}|(?<![\w-])({words})(?![\w-])" if bare else said, re.IGNORECASE)


def ids_with(
    text: str, vectors: Vectors, tokenize: Any, program: Program = Program.CALOTYPE
) -> list[int]:
    """Token ids of the text, the names in it as ids from FIRST_ID on: one for each of the vectors
    (n, width) that a name stands for."""
    starts: dict[str, range] = {}
    at = FIRST_ID
    for name, tensor in vectors.items():
        starts[name.lower()] = range(at, at + len(tensor))
        at += len(tensor)
    if program == Program.COMFYUI:
        meant = text[1:].lower() if text[:1] == _MARK else ""
        return list(starts[meant]) if meant in starts else tokenize(text)
    plain = tokenize if program != Program.A1111 else _TokenNames(starts, tokenize)
    ids: list[int] = []
    behind = 0  # the name before this one
    for match in pattern_of(tuple(vectors), bare=program != Program.A1111).finditer(text):
        name = next(group for group in match.groups() if group)
        ids += plain(text[behind : match.start()])
        rows = starts.get(name.lower())  # None where two letters are alike by another rule of case
        ids += plain(match[0]) if rows is None else rows
        behind = match.end()
    return [*ids, *plain(text[behind:])]


class _TokenNames:
    """A text's ids, in which each name's own ids, wherever they stand,
    have become its vectors': the longest name first."""

    def __init__(self, starts: Mapping[str, range], tokenize: Any) -> None:
        self._tokenize = tokenize
        self._names: dict[int, list[tuple[list[int], range]]] = {}
        for name, vectors in starts.items():
            if ids := list(tokenize(name)):
                self._names.setdefault(ids[0], []).append((ids, vectors))
        for known in self._names.values():
            known.sort(key=lambda pair: -len(pair[0]))

    def __call__(self, text: str) -> list[int]:
        ids = list(self._tokenize(text))
        named: list[int] = []
        at = 0
        while at < len(ids):
            own, vectors = self._name_at(ids, at)
            named += vectors
            at += len(own)
        return named

    def _name_at(self, ids: list[int], at: int) -> tuple[list[int], Iterable[int]]:
        """The ids that stand there, and what becomes of them: a name's, or one that is none."""
        for own, vectors in self._names.get(ids[at], ()):
            if ids[at : at + len(own)] == own:
                return own, vectors
        return [ids[at]], [ids[at]]


def comfyui_pieces(pieces: Sequence[WeightedText], vectors: Vectors) -> Sequence[WeightedText]:
    """The pieces with each "embedding:NAME" as one of its own, which `ids_with` understands; a name
    that is not there is left out.

    As in ComfyUI's tokenizer: it begins a piece or follows a blank; the name ends at a blank, "<"
    or "[", and a comma at its end is text where the name is known only without.
    """
    if not any("embedding:" in piece.text for piece in pieces):
        return pieces
    names = tuple(vectors)
    return [part for piece in pieces for part in _comfyui_parts(piece, names)]


def _comfyui_parts(piece: WeightedText, names: tuple[str, ...]) -> Iterator[WeightedText]:
    first, *rest = re.split(r"(?<=\s)embedding:", piece.text)
    for word in [first, *(f"embedding:{part}" for part in rest)]:
        said = word.removeprefix("embedding:").split() if word.startswith("embedding:") else []
        if not said:
            if word:
                yield piece._replace(text=word)
            continue
        key, left = _key_and_rest(said[0], " ".join(said[1:]), names)
        if key:
            yield piece._replace(text=_MARK + key)
        if left.strip():
            yield piece._replace(text=left)


def _key_and_rest(name: str, left: str, names: tuple[str, ...]) -> tuple[str, str]:
    """Which of the names stands behind "embedding:" ("": none), and the text `left` behind it."""
    if cut := re.search(r"[<\[]", name):
        left = f"{name[cut.start() :]} {left}".rstrip()
        name = name[: cut.start()]
    key = _resolved(name, names)
    bare = name.strip(",")
    if not key and bare != name:
        key = _resolved(bare, names)
        left = f"{name[len(bare) :]} {left}"
    return key, left


def _resolved(said: str, names: tuple[str, ...]) -> str:
    """The name that is meant: exactly so, else without folder and extension,
    else in other case; "" for none."""
    plain = re.sub(rf"{_EXTENSION}$", "", said, flags=re.IGNORECASE).replace("\\", "/")
    for meant in (plain, plain.rpartition("/")[2]):
        if meant in names:
            return meant
        if alike := next((name for name in names if name.lower() == meant.lower()), ""):
            return alike
    return ""


def rows_of(vectors: Mapping[str, torch.Tensor]) -> dict[int, int]:
    """The id of each embedding's first vector, as `ids_with` gives it, to how many of (n, width) it
    has."""
    lengths: dict[int, int] = {}
    at = FIRST_ID
    for tensor in vectors.values():
        lengths[at] = len(tensor)
        at += len(tensor)
    return lengths


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

"""Text to conditioning: CLIP over chunks of 75 tokens, weights as AUTOMATIC1111
applies them, clip skip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch

from core.engine.diffusion.networks.attention import ToldRow
from core.engine.diffusion.networks.clip import ClipTextEncoder, TextStates
from core.engine.diffusion.parts.embeddings import placed
from core.prompt.embeddings import ids_with
from core.prompt.reading.token_places import PlacedToken, placed_chunks
from core.prompt.tokens.chunks import CHUNK, Chunk
from core.prompt.tokens.clip_tokenizer import ClipTokenizer
from core.prompt.words_read import weighted_chunks
from core.system.errors import ModelMissing
from core.values.program import Program
from core.values.request_parts.emphasis import Emphasis

TOGETHER = 8  # chunks that are read at a time where there are several texts


@dataclass(frozen=True, slots=True)
class TextTower:
    """A tokenizer and its text encoder. `pad` is the id that fills a chunk.

    XL's two towers are `paired`: their states are the last but one layer's, unnormalised; the
    second is also `pooled`.
    """

    tokenizer: ClipTokenizer
    encoder: ClipTextEncoder
    pad: int
    paired: bool = False
    pooled: bool = False
    vectors: Mapping[str, torch.Tensor] = field(default_factory=dict[str, torch.Tensor])
    emphasis: Emphasis = Emphasis.AUTO

    def split(self, prompt: str, program: Program = Program.CALOTYPE) -> tuple[Chunk, ...]:
        """The prompt's chunks of weighted token ids, its weights read as `program` has it.
        Raises InvalidRequest where its brackets weigh too much to be reckoned."""
        return weighted_chunks(prompt, self.tokenizer.ids, program, self.vectors, self.emphasis)

    def placed(
        self, prompt: str, program: Program = Program.CALOTYPE
    ) -> tuple[tuple[PlacedToken, ...], ...]:
        """The same tokens with their places in the prompt. Raises as `split`."""
        return placed_chunks(prompt, self.tokenizer, program, self.vectors, self.emphasis)

    def ids(self, text: str, program: Program = Program.CALOTYPE) -> list[int]:
        """Token ids without start and end; `vectors`, the embeddings at
        hand, have ids of their own."""
        if not self.vectors:
            return self.tokenizer.ids(text)
        return ids_with(text, self.vectors, self.tokenizer.ids, program)


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What the denoiser is told: text states (n, tokens, width); for XL also pooled text (n, 1280)
    and size numbers (n, 6 or 5); for instruct models the further input channels (n, k, h, w) that
    go with the text. `rows` says of which text each of the n is, where that is known."""

    states: torch.Tensor
    pooled: torch.Tensor | None = None
    sizes: torch.Tensor | None = None
    channels: torch.Tensor | None = None
    rows: tuple[ToldRow, ...] = ()

    def joined(self, other: Conditioning) -> Conditioning:
        """Both along the batch: n of this one, then m of the other."""

        def both(a: torch.Tensor | None, b: torch.Tensor | None) -> torch.Tensor | None:
            """(n, ...) and (m, ...) as (n + m, ...); None where one of the two is missing."""
            return None if a is None or b is None else torch.cat([a, b])

        return Conditioning(
            torch.cat([self.states, other.states]),
            both(self.pooled, other.pooled),
            both(self.sizes, other.sizes),
            both(self.channels, other.channels),
            self.rows + other.rows,
        )

    def as_row(self, row: int) -> Conditioning:
        """The same (n = 1), told as this row of a picture's texts."""
        return replace(self, rows=tuple(told._replace(row=row) for told in self.rows))


# by a tower's encoder and a chunk's ids, what it says of them
ReadChunks = dict[tuple[int, tuple[int, ...]], TextStates]
CheckCancelled = Callable[[], None]  # called between two chunks; it may raise, to break off


def never_cancelled() -> None:
    """Nobody asks between two chunks."""


@torch.no_grad()
def encode_all(
    towers: tuple[TextTower, ...],
    prompt: str,
    clip_skip: int,
    device: torch.device,
    program: Program = Program.CALOTYPE,
    between: CheckCancelled = never_cancelled,
    *,
    known: ReadChunks | None = None,
) -> Conditioning:
    """The prompt through every tower, their states side by side, (1, 77 * chunks, sum of widths);
    pooled text (1, width) from the first chunk of the last tower; `known` chunks are not read
    again. Raises as `encode` does."""
    rows = (prompt,)
    return encode_rows(towers, rows, clip_skip, device, program, between, known=known)[prompt]


@torch.no_grad()
def encode_rows(
    towers: tuple[TextTower, ...],
    rows: Sequence[str],
    clip_skip: int,
    device: torch.device,
    program: Program,
    between: CheckCancelled = never_cancelled,
    *,
    known: ReadChunks | None = None,
) -> dict[str, Conditioning]:
    """What `encode_all` gives of each of the texts that take turns in one prompt, read in one batch
    as AUTOMATIC1111 does: the shorter ones have empty chunks behind them, and all that is weighted
    is brought back to one mean, in which a text counts as often as it has a row."""
    read = [
        _rows_with_pooled(tower, rows, clip_skip, device, program, between, known=known)
        for tower in towers
    ]
    found: dict[str, Conditioning] = {}
    for text in dict.fromkeys(rows):
        states = torch.cat([one[text][0] for one in read], -1)
        pooled_text = read[-1][text][1] if towers[-1].pooled else None
        found[text] = Conditioning(states, pooled_text, rows=(ToldRow(0, text),))
    return found


@torch.no_grad()
def pooled(tower: TextTower, chunk: Chunk, device: torch.device) -> torch.Tensor:
    """(1, width) float32, projected where the encoder does so, without weights,
    as AUTOMATIC1111 and ComfyUI take it."""
    ids, _ = _filled(tower, chunk)
    return _pooled(_read(tower, ids, device))


def _pooled(read: TextStates) -> torch.Tensor:
    return (read.pooled if read.projected is None else read.projected).float()


def _filled(tower: TextTower, chunk: Chunk) -> tuple[list[int], list[float]]:
    """Ids and weights of a chunk with start, end and padding: 77 each."""
    start, end = tower.tokenizer.bos_token_id, tower.tokenizer.eos_token_id
    ids = [start, *(token for token, _ in chunk), end]
    weights = [1.0, *(weight for _, weight in chunk), 1.0]
    missing = CHUNK + 2 - len(ids)
    return ids + [tower.pad] * missing, weights + [1.0] * missing


def encode(
    tower: TextTower,
    prompt: str,
    clip_skip: int,
    device: torch.device,
    program: Program = Program.CALOTYPE,
    between: CheckCancelled = never_cancelled,
) -> torch.Tensor:
    """(1, 77 * chunks, width) float32, weights applied as `program` has it. Raises
    InvalidRequest as `TextTower.split` does, and what `between` raises."""
    return encode_with_pooled(tower, prompt, clip_skip, device, program, between)[0]


@torch.no_grad()
def encode_with_pooled(
    tower: TextTower,
    prompt: str,
    clip_skip: int,
    device: torch.device,
    program: Program = Program.CALOTYPE,
    between: CheckCancelled = never_cancelled,
    *,
    known: ReadChunks | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """What `encode` gives, and `pooled` of the first chunk from the same pass. Raises as `encode`
    does."""
    rows = (prompt,)
    read = _rows_with_pooled(tower, rows, clip_skip, device, program, between, known=known)
    return read[prompt]


def _rows_with_pooled(
    tower: TextTower,
    rows: Sequence[str],
    clip_skip: int,
    device: torch.device,
    program: Program,
    between: CheckCancelled,
    *,
    known: ReadChunks | None,
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """`encode_with_pooled` of each text of a batch."""
    split = {text: tower.split(text, program) for text in dict.fromkeys(rows)}
    states: dict[str, list[torch.Tensor]] = {text: [] for text in split}
    first: dict[str, torch.Tensor] = {}
    for number in range(max(map(len, split.values()), default=0)):
        told: dict[str, tuple[torch.Tensor, list[float]]] = {}
        for text, chunks in split.items():
            between()
            ids, weights = _filled(tower, chunks[number] if number < len(chunks) else ())
            read = None if known is None else known.get((id(tower.encoder), tuple(ids)))
            if read is None:
                read = _read(tower, ids, device, every_layer=clip_skip > 1 or tower.paired)
            told[text] = _after_skip(tower, read, clip_skip), weights
            first.setdefault(text, _pooled(read))
        for text, hidden in _weighted(tower, told, rows, clip_skip, program).items():
            states[text].append(hidden)
    return {text: (torch.cat(states[text], 1), first[text]) for text in split}


@torch.no_grad()
def read_together(
    towers: tuple[TextTower, ...],
    prompts: Sequence[str],
    clip_skip: int,
    device: torch.device,
    program: Program,
    between: CheckCancelled = never_cancelled,
) -> ReadChunks:
    """The chunks of several texts, a few at a time, which takes less than one by one; those with
    embeddings are left out. Raises as `encode` does."""
    known: ReadChunks = {}
    for tower in towers:
        every_layer = clip_skip > 1 or tower.paired
        split = (chunk for prompt in prompts for chunk in tower.split(prompt, program))
        all_ids = dict.fromkeys(tuple(_filled(tower, chunk)[0]) for chunk in split)
        most = tower.encoder.config.vocab_size
        plain = [ids for ids in all_ids if max(ids) < most]
        for at in range(0, len(plain), TOGETHER):
            between()
            rows = plain[at : at + TOGETHER]
            read = tower.encoder(torch.tensor(rows, device=device), every_layer=every_layer)
            for number, ids in enumerate(rows):
                known[id(tower.encoder), ids] = _of_row(read, number)
    return known


def _of_row(read: TextStates, number: int) -> TextStates:
    """What an encoder said of one row, (1, ...) each."""
    row = slice(number, number + 1)
    layers = read.hidden_states
    return TextStates(
        last_hidden_state=read.last_hidden_state[row],
        hidden_states=None if layers is None else tuple(layer[row] for layer in layers),
        pooled=read.pooled[row],
        projected=None if read.projected is None else read.projected[row],
    )


def _weighted(
    tower: TextTower,
    told: Mapping[str, tuple[torch.Tensor, list[float]]],
    rows: Sequence[str],
    clip_skip: int,
    program: Program,
) -> dict[str, torch.Tensor]:
    """The states (1, 77, width) of each text's chunk with its weights. Where nothing else is asked
    for ComfyUI moves each token's state away from the empty prompt's; the others scale, then
    restore the mean of all rows."""
    plain = {text: hidden for text, (hidden, _) in told.items()}
    if all(weight == 1.0 for _, weights in told.values() for weight in weights):
        return plain
    factors = {
        text: torch.tensor(weights, device=hidden.device).view(1, -1, 1)
        for text, (hidden, weights) in told.items()
    }
    emphasis = emphasis_of(tower.emphasis, program)
    if emphasis is not Emphasis.COMFYUI:
        return weighed_rows(plain, factors, rows, restored=emphasis is Emphasis.ORIGINAL)
    device = next(iter(plain.values())).device
    nothing = _read(tower, _filled(tower, ())[0], device, every_layer=True)
    empty = _after_skip(tower, nothing, clip_skip)
    return {
        text: torch.where(factors[text] == 1.0, hidden, (hidden - empty) * factors[text] + empty)
        for text, hidden in plain.items()
    }


def emphasis_of(asked: Emphasis, program: Program) -> Emphasis:
    """What is meant where it is the program's affair."""
    if asked is not Emphasis.AUTO:
        return asked
    return Emphasis.COMFYUI if program == Program.COMFYUI else Emphasis.ORIGINAL


def weighed(hidden: torch.Tensor, factors: torch.Tensor, *, restored: bool) -> torch.Tensor:
    """States (1, tokens, width) times the weights of their tokens (1, tokens, 1); where `restored`
    brought back to the mean that all had before, as AUTOMATIC1111 does."""
    return weighed_rows({"": hidden}, {"": factors}, ("",), restored=restored)[""]


def weighed_rows(
    states: Mapping[str, torch.Tensor],
    factors: Mapping[str, torch.Tensor],
    rows: Sequence[str],
    *,
    restored: bool,
) -> dict[str, torch.Tensor]:
    """`weighed` of each text that has rows in one batch, which has one mean."""
    scaled = {text: hidden * factors[text] for text, hidden in states.items()}
    before = torch.stack([states[text].mean() for text in rows]).mean()
    after = torch.stack([scaled[text].mean() for text in rows]).mean()
    # an encoder whose states average to nothing has no mean to restore
    if restored and after.abs() > 1e-4 * max(hidden.std() for hidden in scaled.values()):
        return {text: hidden * (before / after) for text, hidden in scaled.items()}
    return scaled


def _read(
    tower: TextTower, ids: list[int], device: torch.device, *, every_layer: bool = False
) -> TextStates:
    """What the encoder says of a chunk's ids, in which embeddings may stand. Raises ModelMissing
    for an id it does not know: a graphics card that looks it up is of no use afterwards."""
    plain, vectors = placed(ids, tower.vectors)
    if max(plain) >= tower.encoder.config.vocab_size:
        raise ModelMissing(
            "The text has a word that the model's tokenizer knows and its text encoder does not.",
            "Get a complete copy of the model.",
        )
    return tower.encoder(torch.tensor([plain], device=device), vectors, every_layer=every_layer)


def _after_skip(tower: TextTower, read: TextStates, clip_skip: int) -> torch.Tensor:
    """The text states (1, 77, width) after clip skip, float32."""
    layers = read.hidden_states
    if layers is None or (clip_skip == 1 and not tower.paired):
        return read.last_hidden_state.float()
    if tower.paired:
        return layers[max(-max(clip_skip, 2), -len(layers) + 1)].float()
    return tower.encoder.normalised(layers[max(-clip_skip, -len(layers) + 1)]).float()


def with_size_numbers(
    part: Conditioning, width: int, height: int, aesthetic: float | None
) -> Conditioning:
    """With XL's size numbers (1, 6): original size, crop and target size, heights first (Podell
    et al. 2023); (1, 5) for the refiner, whose last is a score instead."""
    told = (height, width) if aesthetic is None else (aesthetic,)
    numbers = [height, width, 0, 0, *told]
    sizes = torch.tensor([numbers], dtype=torch.float32, device=part.states.device)
    return replace(part, sizes=sizes)

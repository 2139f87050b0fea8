"""Gathers where words are looked at while a picture is made, beside the network's own attention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

import torch
import torch.nn.functional as F

from core.engine.contract.recorded_words import (
    MOST_CELLS,
    PassWords,
    RecordedToken,
    RecordedTokens,
    RecordedWords,
    StepWords,
    array_name,
    block_of,
)
from core.engine.contract.recording_file import MAX_ARRAY, RecordingFile
from core.engine.diffusion.networks.attention import (
    AttentionCall,
    ToldRow,
    mean_probabilities,
)
from core.prompt.grammar.places import Written
from core.prompt.reading.token_places import NOWHERE, PlacedToken
from core.prompt.tokens.chunks import CHUNK
from core.values.insight.attention import AttentionLayer, TokenKind

MOST_TOKENS = 60_000  # of all texts together: of more, which change at each step, none are kept
MOST_OF_A_TEXT = MAX_ARRAY // (4 * MOST_CELLS**2)  # whose maps can be read again
Chunks = tuple[tuple[PlacedToken, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A text that was met: its number in the recording (-1: it is not kept), and of which of its
    rows each position of the text is."""

    number: int
    groups: torch.Tensor


class WordsRecorder:
    """The watch of one picture's networks. `put` keeps an array of the recording, `copied` one of
    another recording.

    Per step it holds, of each text and each depth, one sum over calls and layers, (places, tokens)
    float32: a few MB of the largest pictures.
    """

    def __init__(
        self,
        put: Callable[[str, torch.Tensor], None],
        copied: Callable[[RecordingFile, str], None],
    ) -> None:
        self._put = put
        self._copied = copied
        self._read: Callable[[str], Chunks] = lambda _: ()
        self._written: Written | None = None
        self._known: dict[tuple[int, str], _Known] = {}
        self._texts: dict[RecordedTokens, int] = {}
        self._tokens = 0
        self._passes: list[PassWords] = []
        self._layers: dict[tuple[str, str], AttentionLayer] = {}  # of the last pass
        self._steps: list[StepWords] = []  # of the last pass
        self._told: tuple[ToldRow, ...] = ()
        self._size = (0, 0)  # of the latents of the last pass
        self._forget_step()

    def of_prompts(self, written: Written) -> None:
        """From now on texts are of these prompts."""
        self._written = written
        self._known.clear()

    def read_by(self, read: Callable[[str], Chunks]) -> None:
        """From now on `read` says what the network's text encoder makes of a text."""
        self._read = read
        self._known.clear()

    # --- what the network tells ---

    def told(self, rows: tuple[ToldRow, ...], size: tuple[int, int]) -> None:
        """See `AttentionWatch`. A call over a part of the picture, whose cells are no cells of it,
        is not heard."""
        self._told = rows if size == self._size else ()
        for one in self._told:
            self._now.setdefault(one.row, one.text)

    def hear(self, call: AttentionCall) -> None:
        """See `AttentionWatch`. Of several texts of a row in one step the first one counts."""
        if len(self._told) != len(call.query):
            return
        height, width = call.size
        depth = f"{width}x{height}"
        self._layers.setdefault(
            (call.layer, depth),
            AttentionLayer(
                name=call.layer,
                width=width,
                height=height,
                heads=call.query.shape[1],
                depth=depth,
            ),
        )
        for told, mass in zip(self._told, mean_probabilities(call.query, call.key), strict=True):
            key = told.row, depth
            if self._now[told.row] != told.text:
                continue
            known = self._sums.get(key)
            if known is None:
                self._sums[key] = mass
            elif known.shape == mass.shape:
                known += mass
            else:
                continue
            self._counts[key] = self._counts.get(key, 0) + 1

    # --- what the recorder tells ---

    def begin(self, size: tuple[int, int]) -> None:
        """A pass begins, over latents of `size` (h, w)."""
        self.end_pass()
        self._size = size
        self._layers = {}
        self._steps = []
        self._passes.append(PassWords(layers=(), steps=()))
        self._forget_step()

    def copy(self, file: RecordingFile, number: int, steps: int) -> None:
        """The first steps of this pass are those of another recording's. Raises WorldError where it
        cannot be read."""
        words = file.words()
        if words is None or number >= len(words.passes):
            return
        one = words.passes[number]
        self._layers = {(layer.name, layer.depth): layer for layer in one.layers}
        for step in takewhile(lambda step: step.step <= steps, one.steps):
            rows = tuple(-1 if text < 0 else self._number(words.texts[text]) for text in step.rows)
            for row, text in enumerate(rows):
                for depth in step.depths if text >= 0 else ():
                    self._copied(file, array_name(number, step.step, row, depth))
            self._steps.append(StepWords(step=step.step, rows=rows, depths=step.depths))

    def keep(self, step: int) -> None:
        """The step is done: what was heard in it is kept."""
        known = {row: self._of_text(row, text) for row, text in self._now.items()}
        kept = {row: one for row, one in known.items() if one.number >= 0}
        depths = [
            depth
            for depth in dict.fromkeys(depth for _, depth in self._sums)
            if kept and all(self._fits(row, depth, one) for row, one in kept.items())
        ]
        for depth in depths:
            for row, one in kept.items():
                mass = self._sums[row, depth] / self._counts[row, depth]
                name = array_name(len(self._passes) - 1, step, row, depth)
                self._put(name, _map_of(mass, _filled_up(one.groups, mass.shape[1]), depth))
        rows = [kept[row].number if row in kept else -1 for row in range(max(known, default=0) + 1)]
        self._steps.append(StepWords(step=step, rows=tuple(rows), depths=tuple(depths)))
        self._forget_step()

    def drop(self) -> None:
        """The step is done, and was kept before."""
        self._forget_step()

    def finish(self) -> RecordedWords | None:
        """All that is said of words; None where none were heard."""
        self.end_pass()
        if not any(step.depths for one in self._passes for step in one.steps):
            return None
        return RecordedWords(texts=tuple(self._texts), passes=tuple(self._passes))

    def end_pass(self) -> None:
        """What was heard in the last pass belongs to it."""
        if self._passes:
            self._passes[-1] = PassWords(
                layers=tuple(self._layers.values()), steps=tuple(self._steps)
            )

    def _forget_step(self) -> None:
        self._now: dict[int, str] = {}  # the text that counts of each row
        self._sums: dict[tuple[int, str], torch.Tensor] = {}  # by row and depth
        self._counts: dict[tuple[int, str], int] = {}

    def _fits(self, row: int, depth: str, one: _Known) -> bool:
        found = self._sums.get((row, depth))
        return found is not None and found.shape[1] >= len(one.groups)

    def _of_text(self, row: int, text: str) -> _Known:
        known = self._known.get((row, text))
        if known is None:
            tokens, groups = self._tokens_of(row, text)
            known = _Known(self._number(tokens), torch.tensor(groups, dtype=torch.long))
            self._known[row, text] = known
        return known

    def _number(self, tokens: RecordedTokens) -> int:
        """Of a text in the recording; -1 where there are too many."""
        known = self._texts.get(tokens)
        if known is None:
            many = len(tokens.tokens)
            if many > MOST_OF_A_TEXT or self._tokens + many > MOST_TOKENS:
                return -1
            known = self._texts[tokens] = len(self._texts)
            self._tokens += len(tokens.tokens)
        return known

    def _tokens_of(self, row: int, text: str) -> tuple[RecordedTokens, list[int]]:
        """The tokens of a text, and of which of them each position is."""
        assert self._written is not None
        places = self._written.places(row, text)
        found: list[RecordedToken] = []
        groups: list[int] = []
        for number, chunk in enumerate(self._read(text)):
            for token in _with_ends(number, chunk, places):
                groups += [len(found)] * token.count
                found.append(token)
        return RecordedTokens(written=self._written.of_row(row), tokens=tuple(found)), groups


def _with_ends(
    number: int, chunk: tuple[PlacedToken, ...], places: tuple[int, ...]
) -> list[RecordedToken]:
    """The tokens of a chunk with start, end and padding; 77 positions together."""

    def token(
        index: int, kind: TokenKind, one: PlacedToken | None = None, count: int = 1
    ) -> RecordedToken:
        start, end = (-1, -1) if one is None else _in_prompt(one, places)
        return RecordedToken(
            chunk=number,
            index=index,
            count=count,
            text="" if one is None else one.text,
            kind=kind,
            weight=1.0 if one is None else one.weight,
            start=start,
            end=end,
        )

    last = len(chunk) + 1
    left = CHUNK + 1 - last
    found = [token(0, TokenKind.START)]
    found += [token(index, TokenKind.WORD, one) for index, one in enumerate(chunk, 1)]
    found.append(token(last, TokenKind.END))
    return [*found, token(last + 1, TokenKind.PADDING, None, left)] if left else found


def _in_prompt(token: PlacedToken, places: tuple[int, ...]) -> tuple[int, int]:
    """Where a token stands in the prompt, by the places there of the signs of its text."""
    start, end = token.place
    if token.place == NOWHERE or end > len(places):
        return NOWHERE
    return places[start], places[end - 1] + 1


def _filled_up(groups: torch.Tensor, positions: int) -> torch.Tensor:
    """Of which token each position is, where a program filled the text up: more of its last."""
    return F.pad(groups, (0, positions - len(groups)), value=int(groups[-1]))


def _map_of(mass: torch.Tensor, groups: torch.Tensor, depth: str) -> torch.Tensor:
    """The map of each token, (tokens, h, w) as it is kept, of the mass of each position
    (places, positions)."""
    width, height = map(int, depth.split("x"))
    groups = groups.to(mass.device)
    found = mass.new_zeros(int(groups[-1]) + 1, len(mass)).index_add_(0, groups, mass.T)
    found = found.unflatten(1, (height, width))
    block = block_of(width, height)
    if block == 1:
        return found
    return F.avg_pool2d(found, block, ceil_mode=True, count_include_pad=False)

"""Maps of attention out of a recording's file."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.engine.contract.recorded_words import (
    PassWords,
    RecordedToken,
    RecordedTokens,
    RecordedWords,
    kept_cells,
)
from core.engine.contract.recording_file import RecordingFile
from core.prompt.reading.words import word_places
from core.service.insight.words.default_depth import depth_that_suits, finest_first
from core.system.errors import WorldError
from core.values.insight.attention import (
    WITH,
    WITHOUT,
    AttentionLook,
    AttentionMaps,
    TokenKind,
    TokenRow,
    WordsRow,
    WordsTable,
)

NOT_RECORDED = "Where words were looked at was not recorded with this picture."
RECORD_THEM = "Record the picture again with its words."
_Masses = NDArray[np.float64]  # (h, w)
# a token that is the same one in several texts: its place, text, kind, and which of such it is
_Key = tuple[int, int, str, str, int]


def words_table(recording: Path) -> WordsTable | None:
    """What a recording's file says of words; None where they were not recorded. Reads a file: not
    for the GUI thread. Raises WorldError where it cannot be read."""
    with RecordingFile(recording) as file:
        words = file.words()
        return None if words is None else _table(file, words)


def attention_maps(recording: Path, look: AttentionLook) -> AttentionMaps:
    """The maps that `look` asks for. Of a token that only some of the steps had the others count as
    nothing, so that all tokens are still 1 together. Reads a file: not for the GUI thread.

    Raises WorldError where it cannot be read, words were not recorded, or it lacks what is asked
    for.
    """
    with RecordingFile(recording) as file:
        words = file.words()
        if words is None:
            raise WorldError(NOT_RECORDED, RECORD_THEM)
        return _Reading(file, words, look).maps()


def _table(file: RecordingFile, words: RecordedWords) -> WordsTable:
    rows: dict[int, int] = {}
    for one in words.passes:
        for step in one.steps:
            for row, text in enumerate(step.rows):
                if text >= 0:
                    rows.setdefault(row, text)
    layers = tuple(one.layers for one in words.passes)
    depths = finest_first(layers[0]) if layers else ()
    return WordsTable(
        rows=tuple(
            WordsRow(
                branch=WITH if row else WITHOUT,
                part=max(row - 1, 0),
                written=words.texts[text].written,
            )
            for row, text in sorted(rows.items(), key=lambda pair: (pair[0] == 0, pair[0]))
        ),
        steps=tuple(
            tuple(_first(file, number) + step.step for step in one.steps)
            for number, one in enumerate(words.passes)
        ),
        layers=layers,
        depths=depths,
        depth=depth_that_suits(depths),
    )


def _first(file: RecordingFile, number: int) -> int:
    """How many steps the passes before have."""
    return sum(len(one.steps) for one in file.head.passes[:number])


@dataclass(slots=True)
class _Sum:
    """A token with the sum of its masses over steps."""

    token: TokenRow
    masses: _Masses


class _Reading:
    """One look at a recording."""

    def __init__(self, file: RecordingFile, words: RecordedWords, look: AttentionLook) -> None:
        self._file = file
        self._words = words
        self._look = look
        self._row = 0 if look.branch == WITHOUT else 1 + look.part
        self._own = look.step
        self._number = look.number
        if look.step:
            if not 1 <= look.step <= file.steps:
                raise WorldError(
                    f"The recording has no step {look.step}.", f"It has steps 1 to {file.steps}."
                )
            self._number, self._own = file.place_of(look.step)

    def maps(self) -> AttentionMaps:
        """What is asked for."""
        one = self._pass()
        depth = self._look.depth or depth_that_suits(finest_first(one.layers))
        layers = tuple(layer for layer in one.layers if layer.depth == depth)
        if not layers:
            raise WorldError(
                f"No layer of {depth or 'this depth'} cells was recorded.", "Choose another depth."
            )
        width, height = kept_cells(layers[0].width, layers[0].height)
        sums: dict[_Key, _Sum] = {}
        steps: list[int] = []
        for step, text in self._steps(one, depth):
            recorded = self._words.texts[text]
            masses = self._file.masses(self._number, step, self._row, depth, len(recorded.tokens))
            for key, token, mass in zip(_keys(recorded), self._rows(text), masses, strict=True):
                known = sums.setdefault(key, _Sum(token, np.zeros((height, width))))
                known.masses += mass
            steps.append(step)
        if not steps:
            raise self._nothing()
        ordered = sorted(sums.values(), key=lambda one: _order(one.token))
        stacked = np.stack([one.masses for one in ordered]) / len(steps)
        before = _first(self._file, self._number)
        return AttentionMaps(
            look=self._look,
            depth=depth,
            width=width,
            height=height,
            layers=layers,
            steps=tuple(before + step for step in steps),
            tokens=tuple(one.token for one in ordered),
            shares=tuple(map(float, stacked.mean((1, 2)))),
            masses=stacked.astype("<f4").tobytes(),
        )

    def _pass(self) -> PassWords:
        if not 0 <= self._number < len(self._words.passes):
            raise self._nothing()
        return self._words.passes[self._number]

    def _steps(self, one: PassWords, depth: str) -> Sequence[tuple[int, int]]:
        """The pass's steps that count, and the text that the row was told in each. A step that goes
        on from the features of an earlier one has the maps of that."""
        found = [
            (step.step, step.rows[self._row])
            for step in one.steps
            if depth in step.depths and self._row < len(step.rows) and step.rows[self._row] >= 0
        ]
        if not self._own:
            return found
        return [pair for pair in found if pair[0] <= self._own][-1:]

    def _rows(self, text: int) -> Sequence[TokenRow]:
        recorded = self._words.texts[text]
        branch = WITH if self._row else WITHOUT
        words = word_places(recorded.written)
        starts = [start for start, _ in words]
        return [
            TokenRow(
                branch=branch,
                part=max(self._row - 1, 0),
                chunk=token.chunk,
                index=token.index,
                count=token.count,
                text=token.text,
                kind=token.kind,
                weight=token.weight,
                word=_word_at(words, starts, token),
                start=token.start,
                end=token.end,
            )
            for token in recorded.tokens
        ]

    def _nothing(self) -> WorldError:
        row = "the negative prompt" if not self._row else "this text"
        where = f"step {self._look.step}" if self._look.step else "these steps"
        return WorldError(
            f"In {where} the model was not told {row}.", "Look at another step, or another text."
        )


def _word_at(words: Sequence[tuple[int, int]], starts: Sequence[int], token: RecordedToken) -> int:
    """The number of the word that a token begins in, -1 for none."""
    number = bisect_right(starts, token.start) - 1
    return number if token.start >= 0 <= number and token.start < words[number][1] else -1


def _order(token: TokenRow) -> tuple[int, int, int, int]:
    """Words as they are written, also those of different texts, between start and end."""
    return token.chunk, list(TokenKind).index(token.kind), token.start, token.index


def _keys(recorded: RecordedTokens) -> list[_Key]:
    """What makes each token of a text the same one in another text of its prompt: where it is
    written, else its chunk."""
    counts = Counter[_Key]()
    found: list[_Key] = []
    for token in recorded.tokens:
        start, end = token.start, token.end
        if start < 0:
            start, end = -1 - token.chunk, -1
        alike = start, end, token.kind.value, token.text, 0
        counts[alike] += 1
        found.append((*alike[:4], counts[alike]))
    return found

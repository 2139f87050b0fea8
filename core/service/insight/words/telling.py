"""What `calotype explain` says of where a picture's words were looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.service.insight.words.maps import cells_of, field_shares
from core.service.insight.words.reading import attention_maps, words_table
from core.values.insight.attention import AttentionLook, AttentionMaps, TokenRow, WordsRow

DIGITS = 8  # behind the point, of masses and shares


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedToken:
    """A token of a text: its place there as `TokenRow` has it, `share`, its part of all that was
    looked at in the picture (1 together with the others of its branch and part), `by_step` the same
    of each step, `fields` how its own mass lies over the nine fields (1 together), and `map`, its
    mass at each cell, row after row."""

    branch: str
    part: int
    text: str
    kind: str
    chunk: int
    index: int
    count: int
    weight: float
    word: int
    start: int
    end: int
    share: float
    by_step: tuple[float, ...]
    fields: tuple[float, ...]
    map: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class ExplainedWords:
    """The tokens of all texts, of the first pass and at one `depth`; `steps` are those of
    `by_step`."""

    depth: str = ""
    steps: tuple[int, ...] = ()
    tokens: tuple[ExplainedToken, ...] = ()


def explained_words(recording: Path) -> ExplainedWords:
    """Of a recording's file; nothing where it says nothing of words. Reads it: not for the GUI
    thread. Raises WorldError where it cannot be read."""
    table = words_table(recording)
    if table is None or not table.steps[0]:
        return ExplainedWords()
    tokens = [one for row in table.rows for one in _of_row(recording, row, table.steps[0])]
    return ExplainedWords(table.depth, table.steps[0], tuple(tokens))


def _of_row(recording: Path, row: WordsRow, steps: tuple[int, ...]) -> list[ExplainedToken]:
    whole = attention_maps(recording, AttentionLook(branch=row.branch, part=row.part))
    single = {
        step: _shares(
            attention_maps(recording, AttentionLook(branch=row.branch, part=row.part, step=step))
        )
        for step in steps
        if step >= whole.steps[0]
    }
    return [
        ExplainedToken(
            branch=token.branch,
            part=token.part,
            text=token.text,
            kind=token.kind.value,
            chunk=token.chunk,
            index=token.index,
            count=token.count,
            weight=round(token.weight, DIGITS),
            word=token.word,
            start=token.start,
            end=token.end,
            share=round(share, DIGITS),
            by_step=tuple(
                round(single.get(step, {}).get(_key(token), 0.0), DIGITS) for step in steps
            ),
            fields=tuple(round(field, DIGITS) for field in field_shares(whole, (number,))),
            map=_rows(whole, number),
        )
        for number, (token, share) in enumerate(zip(whole.tokens, whole.shares, strict=True))
    ]


def _shares(maps: AttentionMaps) -> dict[tuple[object, ...], float]:
    return {_key(token): share for token, share in zip(maps.tokens, maps.shares, strict=True)}


def _key(token: TokenRow) -> tuple[object, ...]:
    """The same of a token in a step and over all steps, though words before it may change."""
    if token.start >= 0:
        return token.start, token.end, token.text, token.kind
    return token.chunk, token.kind, token.text


def _rows(maps: AttentionMaps, number: int) -> tuple[tuple[float, ...], ...]:
    cells = cells_of(maps, (number,))
    return tuple(
        tuple(round(cell, DIGITS) for cell in cells[at : at + maps.width])
        for at in range(0, len(cells), maps.width)
    )

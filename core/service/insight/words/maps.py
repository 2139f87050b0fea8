"""What is reckoned with maps of attention that were read: sums of tokens, colours, fields, and who
was looked at in a place. Plain Python over a thousand cells: quick enough for the GUI thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.values.insight.attention import (
    AttentionMaps,
    TokenKind,
    TokenThere,
)
from core.values.insight.questions import Planes

Group = tuple[int, ...]  # numbers of tokens whose maps are added: a word, a phrase


def words_of(maps: AttentionMaps) -> tuple[Group, ...]:
    """The tokens of each word, in the prompt's order. Those in no word that begin at one place, as
    an emoji's or those of an embedding called "_x", are one; each of no known place is for
    itself."""
    found: dict[tuple[int, int], list[int]] = {}
    for number, token in enumerate(maps.tokens):
        if token.kind == TokenKind.WORD:
            apart = token.start if token.start >= 0 else -1 - number
            key = (token.word, 0) if token.word >= 0 else (-1, apart)
            found.setdefault(key, []).append(number)
    return tuple(tuple(group) for group in found.values())


def texts_of(maps: AttentionMaps, group: Iterable[int]) -> tuple[str, ...]:
    """What the tokens of a word say, one after another; the name of an embedding, which each of its
    vectors has, once."""
    tokens = [maps.tokens[number] for number in group]
    before = [None, *((one.start, one.end, one.text) for one in tokens)]
    return tuple(
        one.text
        for one, last in zip(tokens, before, strict=False)
        if one.start < 0 or last != (one.start, one.end, one.text)
    )


def tokens_between(maps: AttentionMaps, start: int, end: int) -> Group:
    """The tokens of a phrase: those that stand in [start, end) of the prompt as written, in part or
    whole."""
    return tuple(
        number
        for number, token in enumerate(maps.tokens)
        if token.start < end and token.end > start >= 0
    )


def share_of(maps: AttentionMaps, group: Iterable[int]) -> float:
    """Of several tokens together, from 0 to 1: of all that was looked at in the whole picture."""
    return sum(maps.shares[number] for number in group)


def cells_of(maps: AttentionMaps, group: Iterable[int]) -> list[float]:
    """The masses of several tokens together, row after row of cells."""
    size = maps.width * maps.height
    masses = memoryview(maps.masses).cast("f")
    found = [0.0] * size
    for number in group:
        of_token = masses[number * size : (number + 1) * size]
        found = [a + b for a, b in zip(found, of_token, strict=True)]
    return found


def common_scale(maps: AttentionMaps) -> float:
    """What the brightest colour stands for where all words share one scale that begins at 0: the
    most that any word has anywhere. Start, end and padding may have more."""
    return max((max(cells_of(maps, group)) for group in words_of(maps)), default=0.0)


def plane_of(maps: AttentionMaps, group: Sequence[int], high: float | None = None) -> Planes:
    """The map of several tokens together, from 0 to `high`; without, each on its own: from its
    least to its most."""
    cells = cells_of(maps, group)
    low = 0.0 if high is not None else min(cells)
    top = max(cells) if high is None else high
    wide = (top - low) or 1.0
    levels = bytes(round(255 * min(max((cell - low) / wide, 0.0), 1.0)) for cell in cells)
    return Planes(1, maps.width, maps.height, low, top, levels)


def field_shares(maps: AttentionMaps, group: Sequence[int]) -> tuple[float, ...]:
    """How the mass of several tokens lies over the nine fields of the picture, three rows of three
    from the upper left; 1 together. A cell on a border counts to both by its area."""
    cells = cells_of(maps, group)
    columns = _thirds(maps.width)
    found = [0.0] * 9
    for y, row in enumerate(_thirds(maps.height)):
        of_row = cells[y * maps.width : (y + 1) * maps.width]
        across = [
            sum(cell * columns[x][third] for x, cell in enumerate(of_row)) for third in range(3)
        ]
        for down in range(3):
            for third in range(3):
                found[3 * down + third] += row[down] * across[third]
    whole = sum(found) or 1.0
    return tuple(field / whole for field in found)


def tokens_at(maps: AttentionMaps, x: float, y: float) -> tuple[TokenThere, ...]:
    """All tokens by what they have at a place, 0 to 1 from the left and from the top; the most
    looked at first."""
    column = min(max(int(x * maps.width), 0), maps.width - 1)
    row = min(max(int(y * maps.height), 0), maps.height - 1)
    size = maps.width * maps.height
    masses = memoryview(maps.masses).cast("f")
    at = row * maps.width + column
    there = [
        TokenThere(token, masses[number * size + at]) for number, token in enumerate(maps.tokens)
    ]
    return tuple(sorted(there, key=lambda one: -one.mass))


def _thirds(count: int) -> list[tuple[float, ...]]:
    """Of each of `count` cells side by side, which part of it lies in each third."""
    edges = [count * third / 3 for third in range(4)]
    return [
        tuple(
            max(0.0, min(cell + 1, edges[third + 1]) - max(cell, edges[third]))
            for third in range(3)
        )
        for cell in range(count)
    ]

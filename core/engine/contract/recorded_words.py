"""What a recording says of words beside its arrays of attention: the member `words.json` of
`recording_file.py`. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.system.json import Malformed
from core.values.insight.attention import AttentionLayer, TokenKind

MOST_SIDE = 100_000  # cells along a side of a layer that are believed
MOST_CELLS = 32  # cells along a side of a map that is kept: of larger layers the means of blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedToken:
    """A token as `TokenRow` has it; which word it is of follows from its place."""

    chunk: int
    index: int
    count: int
    text: str
    kind: TokenKind
    weight: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTokens:
    """The tokens of a text that the denoiser was told, and the prompt as `written` that they stand
    in."""

    written: str
    tokens: tuple[RecordedToken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWords:
    """A step of a pass: `rows` are the texts that were told, by their numbers in
    `RecordedWords.texts`, the negative one first, -1 for one that was not; `depths` those that have
    arrays."""

    step: int
    rows: tuple[int, ...]
    depths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassWords:
    """A pass: the `layers` that were heard, with the cells that they have, and its steps."""

    layers: tuple[AttentionLayer, ...]
    steps: tuple[StepWords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedWords:
    """Of a whole recording."""

    texts: tuple[RecordedTokens, ...]
    passes: tuple[PassWords, ...]


def kept_cells(width: int, height: int) -> tuple[int, int]:
    """How many cells wide and high a map is kept of a layer of `width` by `height`."""
    block = block_of(width, height)
    return -(-width // block), -(-height // block)


def block_of(width: int, height: int) -> int:
    """How many cells along a side make one that is kept."""
    return max(-(-max(width, height) // MOST_CELLS), 1)


def array_name(number: int, step: int, row: int, depth: str) -> str:
    """The member with the masses of a row at a step of a pass: (tokens, height, width) as kept."""
    return f"{number}/{step}/words/{row}/{depth}"


def check_words(words: RecordedWords, steps: Sequence[int]) -> None:
    """Raises Malformed where what a file says does not fit together, or does not fit passes of so
    many `steps` each."""
    good = 0 < len(words.passes) <= len(steps) and all(map(_is_told, words.texts))
    for one, count in zip(words.passes, steps, strict=False):
        known = {layer.depth for layer in one.layers}
        good = good and all(map(_is_sound, one.layers))
        numbers = [step.step for step in one.steps]
        good = good and numbers == sorted({n for n in numbers if 1 <= n <= count})
        good = good and all(
            known.issuperset(step.depths) and all(-1 <= n < len(words.texts) for n in step.rows)
            for step in one.steps
        )
    if not good:
        raise Malformed("words that fit no steps")


def _is_told(text: RecordedTokens) -> bool:
    """Whether it has tokens, which stand in the prompt or nowhere."""
    most = len(text.written)
    return bool(text.tokens) and all(
        one.start == one.end == -1 or 0 <= one.start <= one.end <= most for one in text.tokens
    )


def _is_sound(layer: AttentionLayer) -> bool:
    sides = layer.width, layer.height
    return all(0 < side < MOST_SIDE for side in sides) and layer.depth == "{}x{}".format(*sides)

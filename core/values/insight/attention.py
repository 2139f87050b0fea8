"""Where the denoiser looked while it was told its words: attention mass by token and place.

A cross-attention layer shares out, at each of its cells, one whole look over all tokens of the text
that it is told: start, words, end and what fills the text up. The mean over its heads is the
token's mass at that cell; the masses of all tokens of one row are 1 together at every cell. That
a token was looked at does not say that it made anything.

A row is what the denoiser is told in one go: the negative prompt ("without"), the prompt ("with"),
or one of the texts that AND joins, each a `part`. Nothing here needs torch or numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WITH = "with"
WITHOUT = "without"
FIELDS = 9  # of a picture: three rows of three, from the upper left


class TokenKind(StrEnum):
    """What a token stands for; values are stable ids kept in recordings."""

    START = "start"
    WORD = "word"  # a word, a part of one, a sign, or a vector of an embedding
    END = "end"
    PADDING = "padding"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token of a row. `chunk` from 0, `index` its place there, 0 to 76; padding is one row a
    chunk, of `count` tokens from `index` on. `text` is what a person reads, "" for others than
    words. `weight` is that of its brackets. [start, end) is where it stands in the prompt as
    written, -1 where it does not; `word` counts the words there from 0, -1 for none: tokens of one
    number are parts of one word."""

    branch: str
    part: int
    chunk: int
    index: int
    count: int
    text: str
    kind: TokenKind
    weight: float = 1.0
    word: int = -1
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionLayer:
    """A layer that was heard: its `name` in the network, its cells, its heads. `depth` ("8x8",
    width by height) names all layers of that many cells."""

    name: str
    width: int
    height: int
    heads: int
    depth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionLook:
    """Which maps are wanted: of a row, at a `step` from 1 counted over all passes, or the mean over
    all steps of a `number`ed pass (step 0); at a depth, or at the one that suits ("")."""

    branch: str = WITH
    part: int = 0
    step: int = 0
    number: int = 0
    depth: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionMaps:
    """The answer: mass of each of `tokens` at `height` rows of `width` cells, the mean over the
    `layers` of a `depth` and over `steps` (counted over all passes). `masses` are little-endian
    float32, (tokens, height, width). `shares` are the means over the picture, 1 together."""

    look: AttentionLook
    depth: str
    width: int
    height: int
    layers: tuple[AttentionLayer, ...]
    steps: tuple[int, ...]
    tokens: tuple[TokenRow, ...]
    shares: tuple[float, ...]
    masses: bytes


@dataclass(frozen=True, slots=True)
class TokenThere:
    """A token and its mass at a place, from 0 to 1."""

    token: TokenRow
    mass: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsRow:
    """A row that was recorded, and the prompt as written that its tokens stand in."""

    branch: str
    part: int
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsTable:
    """What can be looked at: the `rows`, the `steps` (counted over all passes) of each pass that
    have maps, the `layers` of each pass, and the depths of the first pass, finest first."""

    rows: tuple[WordsRow, ...]
    steps: tuple[tuple[int, ...], ...]
    layers: tuple[tuple[AttentionLayer, ...], ...]
    depths: tuple[str, ...]
    depth: str

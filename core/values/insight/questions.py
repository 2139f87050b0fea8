"""Questions about the way from a text to a picture, each with its answer."""

from __future__ import annotations

from dataclasses import dataclass

from core.values.picture import Pixels

MOST_ROWS = 924  # tokens of a text whose states are shown: twelve chunks
MOST_NEAR = 3  # neighbours of a token that are named


@dataclass(frozen=True, slots=True)
class Planes:
    """Numbers as grey pictures: `count` planes, one after another, of `height` rows of `width`
    bytes. 0 stands for `low` and less, 255 for `high` and more."""

    count: int
    width: int
    height: int
    low: float
    high: float
    levels: bytes


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """What the text encoders make of a text."""

    text: str


@dataclass(frozen=True, slots=True)
class NearToken:
    """A token of the vocabulary, and the cosine of the angle between its vector and another's."""

    words: str
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnswer:
    """`states` is one plane: a row for each token, a column for each of `width` numbers, at most
    MOST_ROWS of all `tokens`. `norms` are the lengths of these rows. `words` say what the rows
    stand for and `near` which tokens of the first encoder's vocabulary have the nearest vectors;
    both are empty where rows of several encoders stand below one another. `vocabulary` is how many
    tokens it has."""

    states: Planes
    tokens: int
    width: int
    norms: tuple[float, ...]
    words: tuple[str, ...]
    near: tuple[tuple[NearToken, ...], ...]
    vocabulary: int
    seconds: float


@dataclass(frozen=True, slots=True)
class NoiseQuestion:
    """The start noise that the job's request has for latents of `shape` (1, c, h, w)."""

    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoiseAnswer:
    """`noise` has a plane for each channel. `mean` and `spread` are of all its numbers, `length` is
    the root of the sum of their squares. `angle`, in degrees, is between it and the noise of the
    seed alone; `straight` the length that the same share of both seeds' noise would have along a
    straight line (equal to `length` without a second seed)."""

    noise: Planes
    mean: float
    spread: float
    length: float
    angle: float
    straight: float


@dataclass(frozen=True, slots=True)
class NudgeQuestion:
    """The picture of a recording's finished latents, of which one channel, from 0, is raised by
    `by` times its own standard deviation."""

    recording: str
    channel: int = 0
    by: float = 0.0


@dataclass(frozen=True, slots=True)
class DecodedAnswer:
    """A picture, and the seconds that decoding it took."""

    pixels: Pixels
    seconds: float


@dataclass(frozen=True, slots=True)
class RoundTripQuestion:
    """What is left of any picture when it was encoded and decoded. Its sides are multiples of 8."""

    pixels: Pixels


@dataclass(frozen=True, slots=True)
class RoundTripAnswer:
    """The picture that came back, its latents between, and the seconds of both ways."""

    pixels: Pixels
    latents: Planes
    encoding: float
    decoding: float


@dataclass(frozen=True, slots=True)
class PartsQuestion:
    """How large the networks are."""


@dataclass(frozen=True, slots=True)
class PartSize:
    """How many numbers a network learnt, and the bytes that they take in memory."""

    parameters: int
    size: int


@dataclass(frozen=True, slots=True)
class PartsAnswer:
    """The text encoders together, the denoiser, and both halves of the autoencoder; None for an
    encoder where there is none."""

    text: PartSize
    denoiser: PartSize
    encoder: PartSize | None
    decoder: PartSize


Question = TextQuestion | NoiseQuestion | NudgeQuestion | RoundTripQuestion | PartsQuestion
Answer = TextAnswer | NoiseAnswer | DecodedAnswer | RoundTripAnswer | PartsAnswer

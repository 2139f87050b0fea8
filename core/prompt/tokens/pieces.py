"""What a prompt is parsed into, whoever's rules it follows, and what of it can be reckoned with and
given to a tokenizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core.system.errors import InvalidRequest

HEAVIEST = 1e30  # the weight that arithmetic in 32 bits bears


class WeightedText(NamedTuple):
    """Text of one weight; [start, end) is its place in the prompt as
    typed. `is_break` marks a BREAK."""

    text: str
    weight: float
    start: int
    end: int
    is_break: bool = False


def check_weights(pieces: Sequence[WeightedText]) -> Sequence[WeightedText]:
    """The pieces; raises InvalidRequest where brackets within brackets weigh so much that no
    picture can be reckoned."""
    for piece in pieces:
        if not abs(piece.weight) <= HEAVIEST:
            raise InvalidRequest(
                "prompt",
                f"The prompt's brackets multiply to a weight above {HEAVIEST:g}.",
                "Use fewer brackets.",
            )
    return pieces


def without_surrogates(text: str) -> str:
    """What a tokenizer can be given of a text that is kept as it is: halves of a surrogate pair
    joined, lone ones and NUL as U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return (
        text.replace("\0", "\ufffd")
        .encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "replace")
    )

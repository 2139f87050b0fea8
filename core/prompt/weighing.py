"""A text's pieces with their weights: by the rules of the program whose picture is made, and as the
emphasis that is asked for leaves them."""

from __future__ import annotations

from collections.abc import Sequence

from core.prompt.a1111 import parse
from core.prompt.comfyui import parse_comfyui
from core.prompt.embeddings import Vectors, comfyui_pieces
from core.prompt.tokens.pieces import WeightedText, check_weights
from core.values.program import Program
from core.values.request_parts.emphasis import Emphasis


def weighted_pieces(
    text: str,
    program: Program,
    emphasis: Emphasis = Emphasis.AUTO,
    vectors: Vectors | None = None,
    *,
    long: bool = False,
) -> Sequence[WeightedText]:
    """The pieces. Of ComfyUI's those that name an embedding, one of `vectors`, stand apart, unless
    that is None. `long`: as T5 is told them, for whose brackets all programs have one rule. Raises
    InvalidRequest where the brackets weigh too much to be reckoned."""
    if emphasis is Emphasis.NONE:
        pieces: Sequence[WeightedText] = (WeightedText(text, 1.0, 0, len(text)),)
    elif program == Program.COMFYUI and not long:
        pieces = check_weights(parse_comfyui(text))
    else:
        pieces = check_weights(parse(text, exact=program == Program.A1111 and not long))
    if emphasis is Emphasis.IGNORE:
        pieces = [piece if piece.is_break else piece._replace(weight=1.0) for piece in pieces]
    if program != Program.COMFYUI or vectors is None:
        return pieces
    return comfyui_pieces(pieces, vectors)

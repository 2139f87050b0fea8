"""Token ids in chunks of 75, the length that CLIP's text encoders read at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from core.prompt.tokens.pieces import WeightedText

CHUNK = 75
COMMA_REACH = 20  # tokens behind a comma that a full chunk hands on to the next one
Tokenize = Callable[[str], Sequence[int]]
Chunk = tuple[tuple[int, float], ...]


def chunks(
    pieces: Sequence[WeightedText],
    tokenize: Tokenize,
    comma: int | None = None,
    together: int = 0,
    rows: Mapping[int, int] | None = None,
    *,
    exact: bool = False,
) -> tuple[Chunk, ...]:
    """Token ids with weights, in chunks of at most 75; at least one (empty) chunk.

    `tokenize(text)` gives ids without start and end. A chunk that is full moves what stands behind
    its last comma (`comma` is its id) to the next one when that is at most 19 tokens (20 with the
    comma), so that a phrase is not torn; `exact`: not where the token that does not fit is a comma
    itself, as in AUTOMATIC1111. An embedding (`rows`: the id of its first vector to how many it
    has) is never torn unless it is longer than a chunk, nor is a stretch without embeddings of
    fewer than `together` tokens, as in ComfyUI.
    """
    filling = _Filling()
    for piece in pieces:
        if piece.is_break:
            filling.close()
            continue
        for tokens, is_embedding in _groups(tokenize(piece.text), rows or {}):
            if is_embedding and filling.free == 0:
                filling.close_behind(comma)
            undivided = is_embedding or len(tokens) < together
            if undivided and filling.free < len(tokens) <= CHUNK:
                filling.close()
            for token in tokens:
                if filling.free == 0 and exact and token == comma:
                    filling.close()
                elif filling.free == 0:
                    filling.close_behind(comma)
                filling.open.append((token, piece.weight))
    if filling.open or not filling.done:
        filling.close()
    return tuple(filling.done)


class _Filling:
    """The chunks that are done, and the one that is still open."""

    def __init__(self) -> None:
        self.done: list[Chunk] = []
        self.open: list[tuple[int, float]] = []

    @property
    def free(self) -> int:
        """How many tokens the open chunk still takes."""
        return CHUNK - len(self.open)

    def close(self) -> None:
        """The next token begins a new chunk."""
        self._close_at(len(self.open))

    def close_behind(self, comma: int | None) -> None:
        """The same, but what stands behind a near last comma begins it."""
        near = [token for token, _ in self.open[-COMMA_REACH:]]
        behind = near[::-1].index(comma) if comma in near else 0
        self._close_at(len(self.open) - behind)

    def _close_at(self, end: int) -> None:
        self.done.append(tuple(self.open[:end]))
        self.open = self.open[end:]


def _groups(tokens: Sequence[int], rows: Mapping[int, int]) -> Iterable[tuple[Sequence[int], bool]]:
    """The tokens in stretches: embeddings, of which each is one, and what stands between them."""
    at = 0
    since = 0  # where the stretch begins that has no embedding yet
    while at < len(tokens):
        if count := rows.get(tokens[at]) if rows else None:
            if at > since:
                yield tokens[since:at], False
            yield tokens[at : at + count], True
            at = since = at + count
        elif rows:
            at += 1
        else:
            break
    if since < len(tokens):
        yield tokens[since:], False

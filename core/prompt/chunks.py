"""Token ids in chunks of 75, the length that CLIP's text encoders read at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from core.prompt.pieces import WeightedText

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
    its last comma (`comma` is its id) to the next one when that is at most 20 tokens, so that a
    phrase is not torn; `exact`: not where the token that does not fit is a comma itself, as in
    AUTOMATIC1111. An embedding (`rows`: the id of its first vector to how many it has) is never
    torn unless it is longer than a chunk, nor is a stretch without embeddings of fewer than
    `together` tokens, as in ComfyUI.
    """
    done: list[Chunk] = []
    now: list[tuple[int, float]] = []
    for piece in pieces:
        if piece.is_break:
            done.append(tuple(now))
            now = []
            continue
        for tokens, whole in _groups(tokenize(piece.text), rows or {}):
            if whole and len(now) == CHUNK:
                keep = _cut(now, comma)
                done.append(tuple(now[:keep]))
                now = now[keep:]
            if (whole or len(tokens) < together) and CHUNK >= len(tokens) > CHUNK - len(now):
                done.append(tuple(now))
                now = []
            for token in tokens:
                if len(now) == CHUNK:
                    keep = CHUNK if exact and token == comma else _cut(now, comma)
                    done.append(tuple(now[:keep]))
                    now = now[keep:]
                now.append((token, piece.weight))
    if now or not done:
        done.append(tuple(now))
    return tuple(done)


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


def _cut(tokens: Sequence[tuple[int, float]], comma: int | None) -> int:
    for back in range(COMMA_REACH):
        if comma is not None and tokens[len(tokens) - 1 - back][0] == comma:
            return len(tokens) - back
    return len(tokens)

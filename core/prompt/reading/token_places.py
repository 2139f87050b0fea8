"""The tokens that a text encoder reads of a text, each with its place in the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.prompt.embeddings import FIRST_ID, Vectors, ids_with, rows_of
from core.prompt.tokens.clip_tokenizer import ClipTokenizer
from core.prompt.tokens.pieces import WeightedText, without_surrogates
from core.prompt.weighing import weighted_pieces
from core.prompt.words_read import spelled, weighted_chunks
from core.values.program import Program
from core.values.request_parts.emphasis import Emphasis

NOWHERE = (-1, -1)
Place = tuple[int, int]  # [start, end) in a text; NOWHERE for what does not stand there


@dataclass(frozen=True, slots=True)
class PlacedToken:
    """A token: what it says, for an embedding's the name of that; its weight and place."""

    text: str
    weight: float
    place: Place


def placed_chunks(
    text: str,
    tokenizer: ClipTokenizer,
    program: Program,
    vectors: Vectors,
    emphasis: Emphasis = Emphasis.AUTO,
) -> tuple[tuple[PlacedToken, ...], ...]:
    """The chunks of `weighted_chunks`, each token with its place in the text. Raises InvalidRequest
    as that does."""
    chunks = weighted_chunks(text, tokenizer.ids, program, vectors, emphasis)
    ids = [token for chunk in chunks for token, _ in chunk]
    names = {
        first + number: name
        for name, (first, length) in zip(vectors, rows_of(vectors).items(), strict=True)
        for number in range(length)
    }
    plain = _places(text, tokenizer, program, vectors, ids, emphasis=emphasis)
    places = _with_embeddings(text, plain, names)
    spellings = [tokenizer.splitter.id_to_token(token) or "" for token in ids]
    words = spelled(spellings)
    found = iter(zip(ids, words, places, strict=True))
    return tuple(
        tuple(
            PlacedToken(names.get(token, word.strip()), weight, place)
            for (_, weight), (token, word, place) in zip(chunk, found, strict=False)
        )
        for chunk in chunks
    )


def _places(
    text: str,
    tokenizer: ClipTokenizer,
    program: Program,
    vectors: Vectors,
    ids: Sequence[int],
    *,
    emphasis: Emphasis,
) -> list[tuple[int, Place]]:
    """Each id and where it stands, nowhere for those of embeddings, and for all where they are not
    what the pieces have."""
    pieces = weighted_pieces(text, program, emphasis, vectors)
    found: list[tuple[int, Place]] = []
    for piece in pieces:
        if not piece.is_break:
            found += _of_piece(text, piece, tokenizer, program, vectors)
    if [token for token, _ in found] != list(ids):
        return [(token, NOWHERE) for token in ids]
    return found


def _of_piece(
    text: str,
    piece: WeightedText,
    tokenizer: ClipTokenizer,
    program: Program,
    vectors: Vectors,
) -> Iterator[tuple[int, Place]]:
    """The ids of a piece. Those of embeddings have no place yet."""
    words = without_surrogates(piece.text)
    encoded = tokenizer.splitter.encode(words, add_special_tokens=False)
    plain = list(zip(encoded.ids, encoded.offsets, strict=True))
    signs = _signs(text, piece) if len(words) == len(piece.text) else []
    if not vectors:
        yield from ((token, _spread(signs, place)) for token, place in plain)
        return
    at = 0
    for token in ids_with(piece.text, vectors, tokenizer.ids, program):
        place = NOWHERE
        if token < FIRST_ID:  # what a name is split into is passed over
            behind = next((n for n in range(at, len(plain)) if plain[n][0] == token), None)
            if behind is not None:
                place = _spread(signs, plain[behind][1])
                at = behind + 1
        yield token, place


def _signs(text: str, piece: WeightedText) -> list[int]:
    """Where each sign of a piece stands in the text: brackets, escapes and numbers between them are
    passed over. Empty where it is not found."""
    found: list[int] = []
    at = piece.start
    for sign in piece.text:
        at = text.find(sign, at, piece.end)
        if at < 0:
            return []
        found.append(at)
        at += 1
    return found


def _spread(signs: Sequence[int], place: Place) -> Place:
    start, end = place
    if not 0 <= start < end <= len(signs):
        return NOWHERE
    return signs[start], signs[end - 1] + 1


def _with_embeddings(
    text: str, found: Sequence[tuple[int, Place]], names: Mapping[int, str]
) -> list[Place]:
    """The places, those of embeddings too: where their names stand behind the token before."""
    places = [place for _, place in found]
    lower = text.lower() if len(text.lower()) == len(text) else text
    before = 0
    last = -1
    for number, (token, place) in enumerate(found):
        if token < FIRST_ID:
            before = max(before, place[1])
        elif token == last + 1 and names[token] == names.get(last):
            places[number] = places[number - 1]
        elif (start := lower.find(names[token].lower(), before)) >= 0:
            before = start + len(names[token])
            places[number] = start, before
        last = token
    return places

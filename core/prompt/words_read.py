"""What a text encoder reads of a text: its tokens with their weights, in chunks of 75. No model is
loaded for it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from tokenizers import Tokenizer

from core.prompt.embeddings import FIRST_ID, Vectors, ids_with, rows_of
from core.prompt.tokens.blanks import BLANK, Tokenize, blanking
from core.prompt.tokens.chunks import Chunk, chunks
from core.prompt.tokens.clip_tokenizer import MAX_FILE, ClipTokenizer, load_tokenizer
from core.prompt.tokens.pieces import without_surrogates
from core.prompt.weighing import weighted_pieces
from core.system.errors import ModelMissing
from core.system.regular_files import read_limited
from core.values.program import Program
from core.values.request_parts.emphasis import Emphasis

WORD = 8  # tokens: shorter pieces ComfyUI moves to the next chunk whole
MOST_LEFT_OUT = 50  # words of a text that are named


@dataclass(frozen=True, slots=True)
class ReadEmbedding:
    """An embedding in a chunk: from the token `start` on it is `length` of them there."""

    name: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class ReadChunk:
    """One chunk for the text encoder `encoder`: its tokens as the vocabulary spells them, their ids
    and weights, without start, end and what fills it up. The tokens of an embedding are its name,
    its `embeddings` say which. `is_used`: what the encoder says of it reaches the picture. `words`
    are the tokens as a person reads them, blanks between words."""

    encoder: str
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    weights: tuple[float, ...]
    embeddings: tuple[ReadEmbedding, ...] = ()
    is_used: bool = True
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text for one text encoder. `left_out` are words, or parts of words, that its tokenizer has
    no token for."""

    encoder: str
    text: str
    chunks: tuple[ReadChunk, ...]
    left_out: tuple[str, ...] = ()


def weighted_chunks(
    text: str,
    tokenize: Tokenize,
    program: Program,
    vectors: Vectors,
    emphasis: Emphasis = Emphasis.AUTO,
) -> tuple[Chunk, ...]:
    """A text's chunks of weighted token ids, its weights read as `program` has it and `emphasis`
    leaves them; names of `vectors` have ids of their own, and so have hidden words where BLANK, the
    last, is one. Raises InvalidRequest where its brackets weigh too much to be reckoned."""
    if BLANK in vectors:
        return _with_blanks(text, tokenize, program, vectors, emphasis)
    return _chunked(text, tokenize, program, vectors, emphasis)


def _with_blanks(
    text: str, tokenize: Tokenize, program: Program, vectors: Vectors, emphasis: Emphasis
) -> tuple[Chunk, ...]:
    """`_chunked`, of a text with hidden words."""
    names = {name: rows for name, rows in vectors.items() if name != BLANK}
    blank = FIRST_ID + sum(len(rows) for rows in names.values())

    def count(word: str) -> int:
        return sum(len(chunk) for chunk in _chunked(word, tokenize, program, names, emphasis))

    def around(plain: Tokenize) -> Tokenize:
        return blanking(plain, count, blank)

    return _chunked(text, tokenize, program, names, emphasis, around)


def _chunked(
    text: str,
    tokenize: Tokenize,
    program: Program,
    vectors: Vectors,
    emphasis: Emphasis,
    around: Callable[[Tokenize], Tokenize] = lambda plain: plain,
) -> tuple[Chunk, ...]:
    ids = partial(ids_with, vectors=vectors, tokenize=tokenize, program=program)
    plain = around(ids if vectors else tokenize)
    rows = rows_of(vectors)
    pieces = weighted_pieces(text, program, emphasis, vectors)
    if program == Program.COMFYUI:
        return chunks(pieces, plain, together=WORD, rows=rows)
    comma: Sequence[int] = tokenize(",")
    return chunks(
        pieces,
        plain,
        comma[0] if len(comma) == 1 else None,
        rows=rows,
        exact=program == Program.A1111,
    )


def read_text(
    encoder: str,
    folder: Path,
    text: str,
    program: Program,
    lengths: Mapping[str, int] | None = None,
    *,
    most: int | None = None,
    emphasis: Emphasis = Emphasis.AUTO,
) -> ReadText:
    """A text as the tokenizer in `folder` splits it. `lengths` says of how many vectors each
    embedding is for this encoder; of more than `most` chunks those behind reach no picture.

    Raises ModelMissing where the tokenizer cannot be read, InvalidRequest where brackets weigh too
    much to be reckoned.
    """
    tokenizer = _tokenizer(folder)
    vectors = {name: range(length) for name, length in (lengths or {}).items()}
    parts = weighted_chunks(text, tokenizer.ids, program, vectors, emphasis)
    names = _names_by_id(vectors)
    return ReadText(
        encoder,
        text,
        tuple(
            _read(encoder, tokenizer.splitter, part, names, is_used=most is None or number < most)
            for number, part in enumerate(parts)
        ),
        tuple(dict.fromkeys(_left_out(text, tokenizer, program, emphasis)))[:MOST_LEFT_OUT],
    )


def read_long_text(
    encoder: str,
    folder: Path,
    text: str,
    program: Program,
    lengths: Mapping[str, int],
    length: int,
    *,
    emphasis: Emphasis = Emphasis.AUTO,
) -> ReadText:
    """A text as T5 reads it: one row of `length` tokens with the end; what comes behind reaches no
    picture. Raises as `read_text` does."""
    tokenizer = _long_tokenizer(folder)
    vectors = {name: range(many) for name, many in lengths.items()}
    names = _names_by_id(vectors)

    def plain(words: str) -> list[int]:
        # blanks beside an embedding are none
        words = without_surrogates(words.strip() if vectors else words)
        return tokenizer.encode(words, add_special_tokens=False).ids

    pieces = weighted_pieces(text, program, emphasis, vectors, long=True)
    row = [
        (token, piece.weight)
        for piece in pieces
        for token in (
            ids_with(piece.text, vectors, plain, program) if vectors else plain(piece.text)
        )
    ]
    parts = (tuple(row[: length - 1]), tuple(row[length - 1 :]))
    return ReadText(
        encoder,
        text,
        tuple(
            _read(encoder, tokenizer, part, names, is_used=number == 0, by_bytes=False)
            for number, part in enumerate(parts)
            if part or number == 0
        ),
    )


@lru_cache(maxsize=2)
def _long_tokenizer(folder: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_buffer(read_limited(folder / "tokenizer.json", MAX_FILE))
    except (OSError, ValueError) as fault:
        raise ModelMissing(
            "The tokenizer of the model cannot be loaded.", "Get a complete copy of the model."
        ) from fault
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@lru_cache(maxsize=4)
def _tokenizer(folder: Path) -> ClipTokenizer:
    return load_tokenizer(folder, "the model")


def _names_by_id(vectors: Vectors) -> dict[int, tuple[str, int]]:
    """By the id of each vector the embedding that it is of, and how many come before it there."""
    ids = zip(vectors, rows_of(vectors).items(), strict=True)
    return {
        first + number: (name, number) for name, (first, length) in ids for number in range(length)
    }


def _read(
    encoder: str,
    splitter: Tokenizer,
    part: Chunk,
    names: Mapping[int, tuple[str, int]],
    *,
    is_used: bool,
    by_bytes: bool = True,
) -> ReadChunk:
    ids = tuple(token for token, _ in part)
    tokens = tuple(
        names[token][0] if token >= FIRST_ID else splitter.id_to_token(token) or "" for token in ids
    )
    weights = tuple(weight for _, weight in part)
    words = spelled(tokens) if by_bytes else tuple(token.replace("▁", " ") for token in tokens)
    words = tuple(
        f"{token} " if number >= FIRST_ID else word
        for number, token, word in zip(ids, tokens, words, strict=True)
    )
    embeddings = tuple(_embeddings(ids, names))
    return ReadChunk(encoder, tokens, ids, weights, embeddings, is_used, words)


def _embeddings(
    ids: Sequence[int], names: Mapping[int, tuple[str, int]]
) -> Iterator[ReadEmbedding]:
    at = 0
    while at < len(ids):
        end = at + 1
        if ids[at] >= FIRST_ID:
            name, number = names[ids[at]]
            while end < len(ids) and names.get(ids[end]) == (name, number + end - at):
                end += 1
            yield ReadEmbedding(name, at, end - at)
        at = end


def _left_out(
    text: str, tokenizer: ClipTokenizer, program: Program, emphasis: Emphasis
) -> Iterator[str]:
    """Words that are no token, nor parts of one: most tokenizers know all bytes, a small model's
    knows the letters it was taught."""
    for piece in weighted_pieces(text, program, emphasis):
        words = without_surrogates(piece.text)
        at = 0
        for start, end in [*tokenizer.known_places(words), (len(words), len(words))]:
            yield from words[at:start].split()
            at = max(at, end)


def spelled(tokens: Sequence[str]) -> tuple[str, ...]:
    """What tokens of CLIP's vocabulary say, each as a person reads it: the end of a word as a
    blank, a letter that is of several tokens with the last of them."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    found: list[str] = []
    for token in tokens:
        is_end = token.endswith("</w>")
        signs = token.removesuffix("</w>")
        is_bytes = all(sign in _BYTES for sign in signs)
        data = bytes(_BYTES[sign] for sign in signs) if is_bytes else signs.encode()
        found.append(decoder.decode(data, is_end) + " " * is_end)
    return tuple(found)


def _bytes_by_sign() -> dict[str, int]:
    """The bytes that signs of a byte-level vocabulary stand for: printable ones for themselves, the
    others in order from U+0100 on (Radford et al. 2019)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    found = {chr(byte): byte for byte in printable}
    return found | {chr(256 + number): byte for number, byte in enumerate(others)}


_BYTES = _bytes_by_sign()

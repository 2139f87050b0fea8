"""Embeddings in a text: words that stand for vectors learnt elsewhere, as whole words or with
"embedding:" before them; in AUTOMATIC1111's ways wherever their tokens occur; in ComfyUI's only by
"embedding:NAME", where a name that is not there is left out.

What the vectors are is no affair of texts: an embedding is a name and as many of them as it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized

from core.prompt.tokens.pieces import WeightedText
from core.values.program import Program

FIRST_ID = 1 << 30  # ids from here on are rows of the embeddings at hand, not of the vocabulary
SAID = re.compile(r"(?<![^\s,(\[])embedding:([^\s,()\[\]<>:]{1,200})")
# which skips blanks before the name
SAID_TO_COMFYUI = re.compile(r"(?<![^\s(])embedding:\s{0,20}([^\s,()\[\]<>:]{1,200})")
_MARK = "\0"  # before a key: a piece that is an embedding
_EXTENSION = r"(?:\.(?:safetensors|pt|bin))?"
Tokenize = Callable[[str], list[int]]
Vectors = Mapping[str, Sized]  # by name: tensors (n, width), or whatever else has the length n


def pattern_of(names: Iterable[str], *, bare: bool = True) -> re.Pattern[str]:
    """Where a text names one of them with "embedding:" before it, and a folder and an extension if
    it likes; or `bare`, as a whole word.

    One of three groups is the name.
    """
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    said = rf"\bembedding:(?:({words})|[^\s,()<>\[\]]{{0,200}}[/\\]({words})){_EXTENSION}(?![\w-])"
    return re.compile(rf"{said}|(?<![\w-])({words})(?![\w-])" if bare else said, re.IGNORECASE)


def ids_with(
    text: str, vectors: Vectors, tokenize: Tokenize, program: Program = Program.CALOTYPE
) -> list[int]:
    """Token ids of the text, the names in it as ids from FIRST_ID on: one for each of the vectors
    (n, width) that a name stands for."""
    starts: dict[str, range] = {}
    at = FIRST_ID
    for name, tensor in vectors.items():
        starts[name.lower()] = range(at, at + len(tensor))
        at += len(tensor)
    if program == Program.COMFYUI:
        meant = text[1:].lower() if text[:1] == _MARK else ""
        return list(starts[meant]) if meant in starts else tokenize(text)
    plain = tokenize if program != Program.A1111 else _TokenNames(starts, tokenize)
    ids: list[int] = []
    behind = 0  # the name before this one
    for match in pattern_of(tuple(vectors), bare=program != Program.A1111).finditer(text):
        name = next(group for group in match.groups() if group)
        ids += plain(text[behind : match.start()])
        rows = starts.get(name.lower())  # None where two letters are alike by another rule of case
        ids += plain(match[0]) if rows is None else rows
        behind = match.end()
    return [*ids, *plain(text[behind:])]


class _TokenNames:
    """A text's ids, in which each name's own ids, wherever they stand,
    have become its vectors': the longest name first."""

    def __init__(self, starts: Mapping[str, range], tokenize: Tokenize) -> None:
        self._tokenize = tokenize
        self._names: dict[int, list[tuple[list[int], range]]] = {}
        for name, vectors in starts.items():
            if ids := list(tokenize(name)):
                self._names.setdefault(ids[0], []).append((ids, vectors))
        for known in self._names.values():
            known.sort(key=lambda pair: -len(pair[0]))

    def __call__(self, text: str) -> list[int]:
        ids = list(self._tokenize(text))
        named: list[int] = []
        at = 0
        while at < len(ids):
            own, vectors = self._name_at(ids, at)
            named += vectors
            at += len(own)
        return named

    def _name_at(self, ids: list[int], at: int) -> tuple[list[int], Iterable[int]]:
        """The ids that stand there, and what becomes of them: a name's, or one that is none."""
        for own, vectors in self._names.get(ids[at], ()):
            if ids[at : at + len(own)] == own:
                return own, vectors
        return [ids[at]], [ids[at]]


def comfyui_pieces(pieces: Sequence[WeightedText], vectors: Vectors) -> Sequence[WeightedText]:
    """The pieces with each "embedding:NAME" as one of its own, which `ids_with` understands; a name
    that is not there is left out.

    As in ComfyUI's tokenizer: it begins a piece or follows a blank; the name ends at a blank, "<"
    or "[", and a comma at its end is text where the name is known only without.
    """
    if not any("embedding:" in piece.text for piece in pieces):
        return pieces
    names = tuple(vectors)
    return [part for piece in pieces for part in _comfyui_parts(piece, names)]


def _comfyui_parts(piece: WeightedText, names: tuple[str, ...]) -> Iterator[WeightedText]:
    first, *rest = re.split(r"(?<=\s)embedding:", piece.text)
    for word in [first, *(f"embedding:{part}" for part in rest)]:
        said = word.removeprefix("embedding:").split() if word.startswith("embedding:") else []
        if not said:
            if word:
                yield piece._replace(text=word)
            continue
        key, left = _key_and_rest(said[0], " ".join(said[1:]), names)
        if key:
            yield piece._replace(text=_MARK + key)
        if left.strip():
            yield piece._replace(text=left)


def _key_and_rest(name: str, left: str, names: tuple[str, ...]) -> tuple[str, str]:
    """Which of the names stands behind "embedding:" ("": none), and the text `left` behind it."""
    if cut := re.search(r"[<\[]", name):
        left = f"{name[cut.start() :]} {left}".rstrip()
        name = name[: cut.start()]
    key = resolved_name(name, names)
    bare = name.strip(",")
    if not key and bare != name:
        key = resolved_name(bare, names)
        left = f"{name[len(bare) :]} {left}"
    return key, left


def resolved_name(said: str, names: tuple[str, ...]) -> str:
    """The name that is meant: exactly so, else without folder and extension,
    else in other case; "" for none."""
    plain = re.sub(rf"{_EXTENSION}$", "", said, flags=re.IGNORECASE).replace("\\", "/")
    for meant in (plain, plain.rpartition("/")[2]):
        if meant in names:
            return meant
        if alike := next((name for name in names if name.lower() == meant.lower()), ""):
            return alike
    return ""


def rows_of(vectors: Vectors) -> dict[int, int]:
    """The id of each embedding's first vector, as `ids_with` gives it, to how many of (n, width) it
    has."""
    lengths: dict[int, int] = {}
    at = FIRST_ID
    for tensor in vectors.values():
        lengths[at] = len(tensor)
        at += len(tensor)
    return lengths

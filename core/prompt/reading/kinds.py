"""What a place of a prompt can be, and by which rules it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from core.prompt.reading.embedding_names import EmbeddingNames
from core.values.program import Program


class Kind(StrEnum):
    """What a place can be."""

    WORDS = "words"  # of another weight than 1
    BRACKET = "bracket"  # what gives that weight
    EDIT = "edit"  # the signs and the step of [from:to:when]
    TURNS = "turns"  # the signs of [a|b]
    JOIN = "join"  # AND with the weight before it
    BREAK = "break"
    CHOICE = "choice"  # the signs of {a|b}
    WILDCARD = "wildcard"
    LORA = "lora"
    EMBEDDING = "embedding"
    COMMENT = "comment"


class Span(NamedTuple):
    """[start, end) is of this kind; `weight` is that of the words around, `depth` says in how many
    others of the kind it stands."""

    kind: Kind
    start: int
    end: int
    weight: float = 1.0
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """How a text is read: by whose rules, whether as the negative prompt, and which embeddings it
    can name."""

    program: Program = Program.CALOTYPE
    is_negative: bool = False
    embeddings: EmbeddingNames = field(default_factory=EmbeddingNames)

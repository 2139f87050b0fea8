"""What a query says once it is read: words, and fields with what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What of a query is not understood and left out: characters `start` to `end`, and why."""

    start: int
    end: int
    message: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words that must occur, or with `negated` must not: in a row where they are a `phrase`. With
    `begins` the last of them may be the beginning of one."""

    words: tuple[str, ...]
    phrase: bool = False
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A field of text, such as "model": its value holds `text`, whatever its case; with `whole` it
    is `text`."""

    field: str
    text: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """A field that is a number, from `low` to `high`, None: without that end. Both are included,
    unless the span is `open`, as with "steps:>20"."""

    field: str
    low: float | None
    high: float | None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Made:
    """Made from `low` until before `high`: seconds since 1970, None without that end."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Being:
    """What is true of a picture: "is:favourite" as "favourite", "has:lora" as "has lora"."""

    what: str


@dataclass(frozen=True, slots=True)
class Like:
    """Looks like the picture of this id."""

    picture: int


@dataclass(frozen=True, slots=True)
class Same:
    """Made as the picture of this id: by the same "recipe" but for the seed, or with the same
    "prompt", "model" or "seed"."""

    what: str
    picture: int


Meaning = Words | Named | Between | Size | Made | Being | Like | Same


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a query, characters `start` to `end` of it."""

    meaning: Meaning
    start: int
    end: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """All `terms` must be true of a picture; the `problems` name what was left out."""

    terms: tuple[Term, ...] = ()
    problems: tuple[Problem, ...] = ()

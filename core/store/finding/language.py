"""The query language: words, "phrases", -word, and fields such as `steps:>20`.

What is not understood is left out and named in mild words; the rest of a query still works.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from core.store.finding.dates import day_named, span_of
from core.store.finding.terms import (
    Being,
    Between,
    Like,
    Made,
    Meaning,
    Named,
    Problem,
    Query,
    Same,
    Size,
    Term,
    Words,
)
from core.store.finding.words import has_ideographs, words_in
from core.store.sqlite.storable import storable

TEXTS = ("model", "sampler", "schedule", "lora", "tag", "album", "program", "name", "folder")
NUMBERS = ("steps", "guidance", "seed", "width", "height", "rating")
ALIASES = {"cfg": "guidance", "scheduler": "schedule", "favorite": "favourite"}
STATES = {
    "favourite": "marked as a favourite",
    "rejected": "rejected",
    "rated": "with one to five stars",
    "candidate": "made for a document of Edit",
    "sweep": "made in a sweep",
    "imported": "not made here",
    "upscaled": "made larger",
    "edited": "made from another picture",
    "hidden": "hidden",
}
THINGS = {
    "lora": "with a LoRA",
    "recipe": "whose recipe is known",
    "note": "with a note",
    "tag": "with a tag",
    "album": "in an album",
    "parent": "made from another picture of the gallery",
    "negative": "with a negative prompt",
}
SAME = ("recipe", "prompt", "model", "seed")
FIELDS = (*TEXTS, *NUMBERS, "size", "date", "is", "has", "like", "same")
EXAMPLES = {
    "model": 'model:dream or model:"Dream 8"',
    "sampler": "sampler:euler",
    "schedule": "schedule:karras",
    "lora": "lora:ink",
    "tag": 'tag:sky or tag:"night sky"',
    "album": 'album:"Mine"',
    "program": "program:comfyui",
    "name": "name:0012",
    "folder": 'folder:outputs or folder:"/home/me/pictures"',
    "steps": "steps:>20 or steps:10..30",
    "guidance": "guidance:5..8",
    "seed": "seed:42",
    "width": "width:>=1024",
    "height": "height:768",
    "rating": "rating:>=3",
    "size": "size:512x768 or size:>1024",
    "date": "date:2026-11, date:today or date:>2026-10-01",
    "is": "is:favourite",
    "has": "has:lora",
    "like": "like:12, by a picture's number",
    "same": "same:recipe:12, by a picture's number",
}
MOST_OF_QUERY = 4000  # characters that are read
MOST_TERMS = 100  # which SQLite takes in one question
_PART = re.compile(
    r"""(?P<sign>-?)
        (?: "(?P<phrase>[^"]*)(?P<end>"?)
          | (?P<field>[A-Za-z]+):(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]*))
          | (?P<words>[^\s"]+) )""",
    re.VERBOSE,
)
_NUMBER = r"-?\d+(?:\.\d+)?"
_BOUND = re.compile(rf"(>=|<=|>|<|=|)({_NUMBER})")
_RANGE = re.compile(rf"({_NUMBER})?\.\.({_NUMBER})?")
_SIZE = re.compile(r"(\d{1,6})[x×*](\d{1,6})")


_PICTURE = re.compile(r"[0-9]{1,18}")


class _Odd(ValueError):
    """What is odd of a term, as a sentence."""


def parse(text: str) -> Query:
    """What a text asks for. The last word may be a beginning, where nothing stands behind it."""
    text = storable(text[:MOST_OF_QUERY])
    terms: list[Term] = []
    problems: list[Problem] = []
    for part in _PART.finditer(text):
        if len(terms) == MOST_TERMS:
            said = f"Only the first {MOST_TERMS} parts are looked for."
            problems.append(Problem(part.start(), len(text), said))
            break
        try:
            meaning = _meaning(part, last=part.end() == len(text.rstrip()))
        except _Odd as odd:
            problems.append(Problem(part.start(), part.end(), str(odd)))
        else:
            if meaning is not None:
                terms.append(Term(meaning, part.start(), part.end(), bool(part["sign"])))
    return Query(tuple(terms), tuple(problems))


@dataclass(frozen=True, slots=True)
class TypedPart:
    """A part of a query as far as it is typed: characters `start` to `end` of it, `value` only up
    to the cursor. `field`: in full, "" of a word."""

    start: int
    end: int
    value: str
    field: str = ""
    field_as_typed: str = ""
    negated: bool = False
    is_phrase: bool = False


def part_at(text: str, cursor: int) -> TypedPart | None:
    """The part in which the cursor stands, or at its end; None where it stands between parts."""
    for part in _PART.finditer(storable(text[:MOST_OF_QUERY])):
        if part.start() < cursor <= part.end():
            return _typed(part, cursor)
    return None


def _typed(part: re.Match[str], cursor: int) -> TypedPart:
    start, end, negated = part.start(), part.end(), bool(part["sign"])
    if part["phrase"] is not None:
        return TypedPart(start, end, part["phrase"], negated=negated, is_phrase=True)
    if part["field"] is not None:
        name = ALIASES.get(part["field"].lower(), part["field"].lower())
        behind = part.end("field") + 1
        if name in FIELDS and cursor >= behind:
            value = part.string[behind:cursor].replace('"', "")
            return TypedPart(start, end, value, name, part["field"], negated)
    value = part.string[start + len(part["sign"]) : cursor]
    return TypedPart(start, end, value, negated=negated)


def _meaning(part: re.Match[str], *, last: bool) -> Meaning | None:
    """None where nothing is said, as by a lone sign."""
    negated = bool(part["sign"])
    if part["phrase"] is not None:
        words = words_in(part["phrase"])
        begins = last and not part["end"] and not negated
        return Words(tuple(words), phrase=True, begins=begins) if words else None
    if part["field"] is not None:
        name = part["field"].lower()
        name = ALIASES.get(name, name)
        value = part["value"] if part["quoted"] is None else part["quoted"]
        if name in FIELDS:
            return _field(name, value.strip(), quoted=part["quoted"] is not None, last=last)
        if part["quoted"] is not None or part["field"].islower():
            raise _Odd(f'There is no field "{part["field"]}"; known are {", ".join(FIELDS)}.')
    said = part["words"] or part[0].removeprefix("-")
    words = words_in(said)
    if not words:
        return None
    phrase = negated or has_ideographs(said)
    begins = said.endswith("*") or (last and not negated)
    return Words(tuple(words), phrase=phrase, begins=begins)


def _field(name: str, value: str, *, quoted: bool, last: bool) -> Meaning | None:
    if not value:
        if last:
            return None  # it is being typed
        raise _Odd(f'Behind "{name}:" stands what is asked for.')
    if name in TEXTS:
        return Named(name, value, whole=quoted)
    if name in ("is", "has"):
        return _being(name, value.lower())
    return _READERS[name](value)


def _being(name: str, value: str) -> Being:
    known = STATES if name == "is" else THINGS
    value = ALIASES.get(value, value)
    if value not in known:
        raise _Odd(f'"{name}:" knows {", ".join(known)}.')
    return Being(value if name == "is" else f"has {value}")


def _number(name: str, value: str) -> Between:
    """A number, one with a sign before it, or two with dots between them."""
    if span := _RANGE.fullmatch(value):
        if span[1] is not None or span[2] is not None:
            low, high = (None if end is None else _exact(end) for end in span.groups())
            if low is not None and high is not None and low > high:
                low, high = high, low
            return Between(name, low, high)
    elif bound := _BOUND.fullmatch(value):
        sign, number = bound[1], _exact(bound[2])
        low = None if "<" in sign else number
        high = None if ">" in sign else number
        return Between(name, low, high, open=sign in ("<", ">"))
    raise _Odd(f'"{name}:" takes a number, as in {name}:20, {name}:>20 or {name}:10..30.')


def _exact(number: str) -> float:
    """Whole ones stay whole, of however many digits."""
    return float(number) if "." in number else int(number)


def _size(value: str) -> Meaning:
    if size := _SIZE.fullmatch(value):
        return Size(int(size[1]), int(size[2]))
    try:
        return _number("size", value)
    except _Odd:
        raise _Odd(
            '"size:" takes width and height, as in size:512x768, or the longer side, as in '
            "size:>1024."
        ) from None


def _date(value: str) -> Made:
    try:
        return _made(value)
    except (ValueError, OverflowError, OSError):
        raise _Odd(
            '"date:" takes a day, month or year, as in date:2026-11-27, date:2026-11, date:today, '
            "date:>2026-10-01 or date:2026-10..2026-11."
        ) from None


def _made(value: str) -> Made:
    """Raises ValueError where it is no date."""
    first, dots, second = value.partition("..")
    if dots:
        low = span_of(*day_named(first))[0] if first else None
        high = span_of(*day_named(second))[1] if second else None
        if low is None and high is None:
            raise ValueError(value)
        return Made(low, high)
    sign = re.match(r">=|<=|>|<|=|", value)
    assert sign is not None
    low, high = span_of(*day_named(value[sign.end() :]))
    match sign[0]:
        case ">":
            return Made(high, None)
        case ">=":
            return Made(low, None)
        case "<":
            return Made(None, low)
        case "<=":
            return Made(None, high)
        case _:
            return Made(low, high)


def _like(value: str) -> Like:
    if not _PICTURE.fullmatch(value):
        raise _Odd('"like:" takes the number of a picture, as in like:12.')
    return Like(int(value))


def _same(value: str) -> Same:
    what, _, number = value.lower().partition(":")
    if what not in SAME or not _PICTURE.fullmatch(number):
        raise _Odd(
            f'"same:" takes {", ".join(SAME)} and the number of a picture, as in same:recipe:12.'
        )
    return Same(what, int(number))


_READERS: dict[str, Callable[[str], Meaning]] = {
    **{name: partial(_number, name) for name in NUMBERS},
    "size": _size,
    "date": _date,
    "like": _like,
    "same": _same,
}

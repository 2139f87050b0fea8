"""The terms of a search as they stand in its text: each is found, taken out, turned round or put
in, and the rest of the text stays as it was typed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.store.finding.language import parse

# a sign for "not", a field, and a value: words without spaces, or some in quotes
_PARTS = re.compile(r"(?P<minus>-?)(?:(?P<field>[A-Za-z]+):)?(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ShownTerm:
    """Characters `start` to `end` of a text. `field` is "" for words, else in small letters;
    `value` stands without its quotes, which `quoted` tells of. `problem`: why it is left out."""

    start: int
    end: int
    field: str
    value: str
    negated: bool = False
    quoted: bool = False
    problem: str = ""


def terms_of(text: str) -> tuple[ShownTerm, ...]:
    """All of them, in order, those that are not understood too."""
    query = parse(text)
    spans = [(term.start, term.end, "") for term in query.terms]
    spans += [(problem.start, problem.end, problem.message) for problem in query.problems]
    return tuple(_term(text, *span) for span in sorted(spans))


def _term(text: str, start: int, end: int, problem: str) -> ShownTerm:
    parts = _PARTS.fullmatch(text[start:end])
    assert parts is not None
    value = parts["value"]
    return ShownTerm(
        start,
        end,
        (parts["field"] or "").lower(),
        value.replace('"', ""),
        negated=bool(parts["minus"]),
        quoted='"' in value,
        problem=problem,
    )


def exactly(field: str, value: str) -> str:
    """A term, as it is typed, for just this value: unquoted, all that hold it would answer."""
    return f'{field}:"{value.replace(chr(34), "")}"'


def without(text: str, term: ShownTerm) -> str:
    """The text with this term taken out, and a space beside it."""
    before, after = text[: term.start].rstrip(), text[term.end :].lstrip()
    return f"{before} {after}" if before and after else before + after


def turned_round(text: str, term: ShownTerm) -> str:
    """The text with this term meaning the opposite."""
    if term.negated:
        return text[: term.start] + text[term.start + 1 :]
    return f"{text[: term.start]}-{text[term.start :]}"


def changed(text: str, term: ShownTerm, new: str) -> str:
    """The text with another term in the place of this one, negated where this one is."""
    minus = "-" if term.negated else ""
    return f"{text[: term.start]}{minus}{new}{text[term.end :]}"


def added(text: str, new: str) -> str:
    """The text with one more term at its end; as it was where it has just that. What is being
    typed there is finished by a space."""
    if any(text[term.start : term.end] == new for term in terms_of(text)):
        return text
    return f"{text.rstrip()} {new}" if text.strip() else new


def find_term(text: str, field: str, value: str) -> ShownTerm | None:
    """The first term with this field and value that is not negated."""
    return next(
        (
            term
            for term in terms_of(text)
            if term.field == field and term.value.lower() == value and not term.negated
        ),
        None,
    )

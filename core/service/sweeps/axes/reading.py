"""Axes as they are typed: "steps=5-25(+5)"; and those of a prompt matrix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.service.sweeps.axes.kind import Known
from core.service.sweeps.axes.names import axis_names, kind_named
from core.service.sweeps.axes.words import MOST_PARTS, choices_of
from core.system.errors import InvalidRequest
from core.values.request import Request
from core.values.sweeping.sweep import Axis


def name_and_values(text: str) -> tuple[str, str]:
    """The two halves of "NAME=VALUES". Raises InvalidRequest where one is missing."""
    name, equals, values = text.partition("=")
    if not equals:
        raise InvalidRequest(
            "axis",
            f'"{text[:80]}" names no values.',
            f"Write NAME=VALUES, as in steps=5-25(+5). Names: {', '.join(axis_names())}.",
        )
    return name, values


def axis_of(text: str, known: Known) -> Axis:
    """The axis that "NAME=VALUES" asks for. Raises KnownError for what there is not."""
    return axis_named(*name_and_values(text), known)


def axis_named(name: str, values: str, known: Known) -> Axis:
    """The axis of a name with values as they are typed. Raises KnownError for what there is
    not."""
    kind = kind_named(name)
    if not values.strip() and not name.lower().startswith("wildcard:"):
        raise InvalidRequest("axis", f"{kind.label} has no values.", "Write them behind it.")
    return kind.read(values, known)


def axes_named(typed: Iterable[tuple[str, str]], known: Known) -> tuple[Axis, ...]:
    """The same of several, each a name and its values."""
    return tuple(axis_named(name, values, known) for name, values in typed)


def matrix_of(base: Request) -> tuple[Request, tuple[Axis, ...]]:
    """The request with the part of its prompt that stands before the first bar, and the axes over
    those behind: each is there or not, the first half across, the others down, as the web UI's
    prompt matrix has them. Raises InvalidRequest without such parts, and for too many."""
    first, *parts = (part.strip() for part in base.prompt.split("|"))
    parts = [part for part in parts if part]
    if not parts:
        raise InvalidRequest(
            "prompt",
            "The prompt has no parts for a matrix.",
            "Write bars between them, as in a house|at night|in snow.",
        )
    if len(parts) > MOST_PARTS:
        raise InvalidRequest(
            "prompt", f"{len(parts)} parts are too many.", f"Give at most {MOST_PARTS}."
        )
    half = (len(parts) + 1) // 2
    halves = [chosen for chosen in (parts[:half], parts[half:]) if chosen]
    axes = tuple(
        Axis(f"add:{number}", choices_of(chosen)) for number, chosen in enumerate(halves, 1)
    )
    return replace(base, prompt=first), axes


def label_of(name: str) -> str:
    """An axis for people; its name where this version knows it no more."""
    try:
        return kind_named(name).label
    except InvalidRequest:
        return name


def words_of(name: str, value: str) -> str:
    """A value of an axis for people."""
    try:
        return kind_named(name).shown(value)
    except (InvalidRequest, ValueError):  # of a later version, or a damaged file
        return value


def cell_words(cell: tuple[str, ...]) -> tuple[str, ...]:
    """What a picture's cell says, for people: "Steps 20" and the like."""
    words: list[str] = []
    for text in cell:
        name, _, value = text.partition("=")
        if name.startswith("replace:"):  # whose name may hold such a sign itself
            name, _, value = text.rpartition("=")
        words.append(f"{label_of(name)} {words_of(name, value)}")
    return tuple(words)

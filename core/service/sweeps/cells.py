"""What a sweep is made of: the requests that one becomes where something of it is varied."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from core.system.errors import InvalidRequest
from core.values.branching import origin_of
from core.values.declared.parameter import parameters
from core.values.request import Request
from core.values.request_parts.sweep_place import SweepPlace
from core.values.resolved_request import ResolvedRequest, resolve

MOST_VALUES = 24  # cells of a row
_NUMBERS = "Give numbers between commas, as 1, 3, 5.5."
_FEWER = f"Give at most {MOST_VALUES}."


@dataclass(frozen=True, slots=True)
class Variation:
    """One cell that is asked for: what it is called, and the fields of the request, by their names,
    that have other values in it."""

    name: str
    changes: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `request` None: there can be no such picture, and `refusal` says why.
    `is_reference`: nothing of it differs from what was varied."""

    name: str
    request: ResolvedRequest | None
    is_reference: bool = False
    refusal: str = ""


def numbers_in(text: str) -> tuple[float, ...]:
    """Numbers between commas or blanks, rising, each once. Raises InvalidRequest for what is none,
    and for more than `MOST_VALUES`."""
    try:
        values = {float(part) for part in text.replace(",", " ").replace(";", " ").split()}
    except ValueError:
        raise InvalidRequest("values", f"{text[:80]!r} are no numbers.", _NUMBERS) from None
    if not values or not all(math.isfinite(value) for value in values):
        raise InvalidRequest("values", "There are no values.", _NUMBERS)
    if len(values) > MOST_VALUES:
        raise InvalidRequest("values", f"{len(values)} values are too many.", _FEWER)
    return tuple(sorted(values))


def over(parameter: str, values: Iterable[float]) -> tuple[Variation, ...]:
    """A number of the request at each of these values, once each."""
    whole = parameters(Request)[parameter].decimals == 0
    numbers = dict.fromkeys(round(value) if whole else value for value in values)
    return tuple(Variation(f"{value:g}", ((parameter, value),)) for value in numbers)


def cells_of(
    origin: ResolvedRequest, variations: Sequence[Variation], parent: str = ""
) -> tuple[Cell, ...]:
    """A cell of each, in their order; `parent` is the SHA-256 of the pixels of the picture whose
    request `origin` is, "" where there is none: the cells name it as what they were made from."""
    return tuple(_cell(origin, one, parent) for one in variations)


def _cell(origin: ResolvedRequest, variation: Variation, parent: str) -> Cell:
    changes: dict[str, Any] = dict(variation.changes)
    is_reference = all(getattr(origin, name) == value for name, value in changes.items())
    values = _plain(origin)
    values["sweep"] = SweepPlace()  # a cell of another kind of row
    if parent:
        values |= {"parent": parent, "document": ""}
    try:
        asked = Request(**values | changes)
        if "levels" not in changes:  # a list of levels follows the steps
            asked = replace(asked, levels=asked.levels.for_steps(asked.steps))
        request = resolve(asked)
        origin_of(request)  # which may share steps with another picture
    except InvalidRequest as fault:
        return Cell(variation.name, None, is_reference, str(fault))
    return Cell(variation.name, request, is_reference)


def _plain(request: Request) -> dict[str, Any]:
    return {field.name: getattr(request, field.name) for field in fields(Request)}


def same_picture(first: Request, second: Request) -> bool:
    """Whether two requests ask for one picture, whatever it is made from or for."""
    no_cell: dict[str, Any] = {"parent": "", "document": "", "sweep": SweepPlace()}
    return replace(first, **no_cell) == replace(second, **no_cell)

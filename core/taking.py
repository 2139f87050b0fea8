"""A recipe read from a picture as this machine can use it: each field that is good, and the model it was made with."""

from __future__ import annotations

from dataclasses import dataclass

from core.metadata.reading import Understood
from core.models.library import Library, ModelEntry


@dataclass(frozen=True, slots=True)
class Taken:
    """`values` are fields of a Request, good one by one, never the model; `model` is the recipe's where it is here.

    `missing` is what the recipe calls a model that is not here ("" where it is, or where the recipe names none);
    `notes` are sentences about fields that were left out and why.
    """

    values: dict[str, object]
    model: ModelEntry | None = None
    missing: str = ""
    notes: tuple[str, ...] = ()


def taken(found: Understood, library: Library) -> Taken:
    """What of a picture's recipe can be used here. Looks at the disk: not for the window's thread."""
    from core.metadata import fields_of

    return Taken(fields_of(found), notes=(*found.approximated, *found.ignored))

"""What a picture was found to say of its making."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.metadata.parsing.named_models import NamedModel
from core.values.picture import Recipe


@dataclass(frozen=True, slots=True)
class ParsedRecipe:
    """What was read: `request` by the command line's names, and what was only
    approximated or left out.

    `likely` holds what the picture does not say but programs of its kind did,
    each with its reason in `approximated`. `fields` are the values of `request` as a Request has
    them, checked; `models` all files that were used, by the names and hashes the picture has for
    them; `version` the program that made it, with its version, as it calls itself.
    """

    format: str
    request: Mapping[str, object] = field(default_factory=lambda: dict[str, object]())
    approximated: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    recipe: Recipe | None = None
    likely: Mapping[str, object] = field(default_factory=lambda: dict[str, object]())
    fields: Mapping[str, object] = field(default_factory=lambda: dict[str, object]())
    models: tuple[NamedModel, ...] = ()
    version: str = ""

"""The recipe that a picture brings along, as one for another picture made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.recipes import read_file
from core.models.library.library import Library
from core.models.library.model_entry import STARTER_ID, ModelEntry
from core.prompt.loras import split_loras
from core.service.usable_recipe import UsableRecipe, absent_lora, usable_recipe
from core.system.errors import ModelMissing
from core.system.regular_files import display_name
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.request import Request

# what made this one picture of the recipe, and is no part of the next one's
_OF_ONE_PICTURE = (
    "seed",
    "count",
    "start",
    "hires",
    "upscale",
    "parent",
    "document",
    "sweep",
    "branch",
)
_WORDS = ("prompt", "negative_prompt")
_LONGEST_NAME = 100  # characters of a model's name in a sentence


@dataclass(frozen=True, slots=True)
class OwnRecipe:
    """`parsed` is what the picture says, `usable` what of it can be used here, `absent` its LoRAs
    that are not here.

    `request` is the recipe without its seed and without the picture that it started from, for
    `entry`: the recipe's model, where that is here, and `is_its_model`. `notes` are sentences about
    what is missing.
    """

    request: Request
    entry: ModelEntry
    is_its_model: bool
    parsed: ParsedRecipe
    usable: UsableRecipe
    absent: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def own_recipe(
    library: Library, path: Path, model: str = "", otherwise: str = STARTER_ID
) -> OwnRecipe:
    """The recipe of a picture file; an empty one where it carries none. `model` is the id or path
    of a model to be taken instead of the recipe's; without either it is `otherwise`.

    Looks at whole files: not for the GUI thread. Raises WorldError where the file is no readable
    picture, ModelMissing where `model` is not here.
    """
    parsed = read_file(path)
    usable = usable_recipe(parsed, library)
    own = usable.model if usable.model is not None and usable.model.ready else None
    entry = library.find(model) if model else own or library.find(otherwise)
    is_its_model = own is not None and own.path == entry.path
    values, absent = _without_absent_loras(usable.values, library)
    return OwnRecipe(
        request=_request_of(values, entry, library, whole=is_its_model),
        entry=entry,
        is_its_model=is_its_model,
        parsed=parsed,
        usable=usable,
        absent=absent,
        notes=_notes(display_name(path), parsed, usable, entry, absent),
    )


def _request_of(
    values: Mapping[str, Any], entry: ModelEntry, library: Library, *, whole: bool
) -> Request:
    """What was made for another model leaves its words to this one."""
    kept = {
        name: value
        for name, value in values.items()
        if name not in _OF_ONE_PICTURE and (whole or name in _WORDS)
    }
    if not whole:
        kept["prompt"], _ = split_loras(str(kept.get("prompt", "")))
    noise = kept.get("noise")
    if isinstance(noise, Noise):
        kept["noise"] = Noise(source=noise.source, seed_delta=noise.seed_delta)
    loras = cast("tuple[Lora, ...]", kept.get("loras", ()))
    family = library.family_row_for(entry, tuple(lora.id for lora in loras))
    chosen: dict[str, Any] = {**family.defaults(), **kept, "model": entry.id}
    return Request(**chosen)


def _without_absent_loras(
    values: Mapping[str, object], library: Library
) -> tuple[dict[str, object], tuple[str, ...]]:
    """The values with the LoRAs that are here as their own field, and the names of the others."""
    words, tagged = split_loras(str(values.get("prompt", "")))
    asked = (*cast("tuple[Lora, ...]", values.get("loras", ())), *tagged)
    if not asked:
        return dict(values), ()
    here: list[Lora] = []
    absent: list[str] = []
    for lora in asked:
        try:
            here.append(replace(lora, id=library.find_lora(lora.id).id))
        except ModelMissing:
            absent.append(lora.id)
    return {**values, "prompt": words, "loras": tuple(here)}, tuple(dict.fromkeys(absent))


def _notes(
    name: str,
    parsed: ParsedRecipe,
    usable: UsableRecipe,
    entry: ModelEntry,
    absent: tuple[str, ...],
) -> tuple[str, ...]:
    if not parsed.request:
        return (f"{name} carries no recipe: it is made anew without words.",)
    notes = [absent_lora(lora, of=name) for lora in absent]
    if usable.missing:
        model = usable.missing[:_LONGEST_NAME]
        notes.append(f'The model "{model}" of {name} is not here: {entry.name} is taken.')
    return tuple(notes)

"""A recipe read from a picture as this machine can use it: each field that is good, and the model
it was made with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import cast

from core.engine.contract.networks import other_networks
from core.metadata.infotext.absent import absence_notes, without_absent
from core.metadata.parsing.named_models import file_stem
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.recipes import fields_of
from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.models.library.naming import alike
from core.models.library.recall import only_called, recall_model
from core.prompt.loras import lora_tags, tag_remarks, with_lora
from core.system.paths import last_part
from core.values.job import ModelRef
from core.values.lora import Lora
from core.values.request_parts.start_picture import StartPicture

MOST_TAGS = 64  # of LoRAs, read from a prompt
_SHORTEST_HASH = 8  # digits by which a LoRA is known again
_LONGEST_NAME = 100  # characters of a name in a sentence


@dataclass(frozen=True, slots=True)
class UsableRecipe:
    """`values` are fields of a Request, good one by one and together, never the model; `model` is
    the recipe's where it is here.

    `missing` is what the recipe calls a model that is not here ("" where it is, or where the recipe
    names none); `notes` are sentences about fields that were left out or approximated, about files
    that are not here, and about networks that are others now. `left_out` are those of them that
    tell of what is not taken at all, `absent` the names of LoRAs that are not here.
    """

    values: dict[str, object]
    model: ModelEntry | None = None
    missing: str = ""
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def usable_recipe(
    parsed: ParsedRecipe, library: Library, is_kept: Callable[[str], bool] | None = None
) -> UsableRecipe:
    """What of a picture's recipe can be used here. `is_kept` says of an address whether that start
    picture or mask is; where it is None they stay named, and whoever uses them looks for them.
    Looks at the disk, at whole files too: not for the GUI thread."""
    values = {**parsed.likely, **fields_of(parsed)}
    if is_kept is not None:
        values = without_absent(values, is_kept)
    notes = [*_still_absent(parsed, values), *parsed.ignored]
    if parsed.recipe is not None and (said := other_networks(parsed.recipe)):
        notes.append(said)
    names, digest = _called(parsed)
    model = None
    missing = ""
    if names or digest:
        there = recall_model(library, names, digest, ours=parsed.format == "calotype")
        model = there.entry
        missing = "" if model else last_part(next(iter(names), digest))
        if model is not None and not model.ready:
            notes.append(f'The model "{model.name}" is here and cannot be used: {model.sentence}')
        if there.note:
            notes.append(there.note)
    without = _part(values, "vae", "VAE", library.vaes)
    without += _part(values, "refiner", "refiner", library.entries)
    respelt, absent = _loras(values, library, _by_their_hashes(parsed, library))
    without += [absent_lora(name) for name in absent]
    return UsableRecipe(
        values=values,
        model=model,
        missing=missing,
        notes=(*notes, *respelt, *without),
        left_out=(*parsed.ignored, *without),
        absent=absent,
    )


def absent_lora(name: str, of: str = "") -> str:
    """The sentence about a LoRA that is not here; `of` is the picture whose recipe names it."""
    whose = f" of {of}" if of else ""
    return f'The LoRA "{name[:_LONGEST_NAME]}"{whose} is not here.'


def _still_absent(parsed: ParsedRecipe, values: Mapping[str, object]) -> list[str]:
    """What was only approximated, without the sentences on pictures that are here."""
    start = values.get("start")
    here = absence_notes(start) if isinstance(start, StartPicture) else ()
    return [note for note in parsed.approximated if note not in here]


def _called(parsed: ParsedRecipe) -> tuple[list[str], str]:
    """What the recipe calls its model, the surest first, and its hash or ""."""
    digest = parsed.request.get("model_hash")
    names = [parsed.request.get("model")]
    if parsed.recipe is not None:
        names.append(parsed.recipe.model_name)
    said = [name for name in dict.fromkeys(names) if isinstance(name, str) and name.strip()]
    return said, str(digest or "")


def _part(
    values: dict[str, object],
    name: str,
    word: str,
    rows: Callable[[], tuple[ModelRef, ...] | tuple[ModelEntry, ...]],
) -> list[str]:
    """Call a VAE or refiner as it is called here; without it the model's own ways are taken, which
    is said."""
    asked = values.get(name)
    if not isinstance(asked, str) or not asked:
        return []
    entry = only_called(rows(), asked, lambda row: (row.id, row.name, row.path))
    if entry is not None:
        values[name] = entry.id
        return []
    del values[name]
    values.pop(f"{name}_at", None)
    return [f'The {word} "{asked[:_LONGEST_NAME]}" is not here; the picture is made without it.']


def _as_found(rows: Sequence[ModelRef], name: str) -> ModelRef | None:
    """The LoRA that a tag of this name gets when the picture is made, or None."""
    return next((row for row in rows if row.id == name), None) or alike(name, rows)


def _by_their_hashes(parsed: ParsedRecipe, library: Library) -> dict[str, str]:
    """The ids of LoRAs that are here, by what the recipe calls them, where it gives a file's hash
    that is known."""
    named = [model for model in parsed.models if model.kind == "lora" and model.hash]
    if not named:
        return {}
    known = library.known_hashes()
    rows = [(row.id, known.get(row.path, "")) for row in library.loras()]
    return {
        name: row
        for model in named
        for row, digest in rows
        if len(model.hash) >= _SHORTEST_HASH and digest.startswith(model.hash.lower())
        for name in (model.name, file_stem(model.name))
    }


def _loras(
    values: dict[str, object], library: Library, by_hash: Mapping[str, str]
) -> tuple[list[str], tuple[str, ...]]:
    """Call LoRAs as they are called here, by their hash before their name, in the prompt's tags
    too; notes on tags, and the names of those that are not here."""
    own = cast("tuple[Lora, ...]", values.get("loras", ()))
    prompt = str(values.get("prompt", ""))
    tagged = [lora for _, _, lora in lora_tags(prompt, MOST_TAGS)]
    if not own and not tagged:
        return [], ()
    asked = dict.fromkeys(lora.id for lora in (*own, *tagged))
    here = _called_here(asked, library.loras()) | {
        name: by_hash[name] for name in asked if name in by_hash
    }
    if own:
        values["loras"] = tuple(replace(lora, id=here.get(lora.id, lora.id)) for lora in own)
    notes: list[str] = []
    if any(here.get(lora.id, lora.id) != lora.id for lora in tagged):
        values["prompt"] = _with_names_of_here(prompt, tagged, here)
        # what a tag's new spelling leaves out
        notes += [sentence for _, sentence in islice(tag_remarks(prompt), MOST_TAGS)]
    return notes, tuple(name for name in asked if name not in here)


def _called_here(asked: Iterable[str], rows: Sequence[ModelRef]) -> dict[str, str]:
    """The ids of the LoRAs that are here, by what a recipe calls them."""
    here: dict[str, str] = {}
    for name in asked:
        entry = only_called(rows, name, lambda row: (row.id, row.name, row.path))
        entry = entry or _as_found(rows, name)
        if entry is not None:
            here[name] = entry.id
    return here


def _with_names_of_here(prompt: str, tagged: Sequence[Lora], here: Mapping[str, str]) -> str:
    """The prompt, whose tags name these LoRAs in their order, with the ids they have here."""
    for index, lora in enumerate(tagged):
        name = here.get(lora.id, lora.id)
        if name != lora.id:
            prompt = with_lora(prompt, index, replace(lora, id=name))
    return prompt

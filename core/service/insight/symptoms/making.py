"""What is known of how a picture was made, from its recipe and the models at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.models.files.families import FAMILIES, Family, for_distilled
from core.models.files.header_inspection import distilled_kind
from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.prompt.loras import split_loras
from core.service.remarks.hires import composed_size
from core.service.usable_recipe import usable_recipe
from core.system.errors import ModelMissing
from core.system.paths import last_part
from core.values.lora import Lora
from core.values.picture import Recipe
from core.values.request import Request

_NOTHING_MADE = ("none", "elsewhere")  # formats of pictures without a recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """`request` is the recipe, with its family's values where it says nothing; only fields in
    `said` are its own. `row` is the family, with what a distilled model or adapter wants where
    there is one (`is_distilled`), `plain` the family without adapters; None where the family is
    not known. `entry` is the model where it is here. `dtype` is the format that it was reckoned
    in, "" where nothing says it; `predicts` what the model's file says it predicts, `taken_as` what
    a person said instead. `vae_likeness` is that of the VAE in use to the
    model's own, where that was looked at."""

    request: Request
    said: frozenset[str]
    row: Family | None = None
    plain: Family | None = None
    is_distilled: bool = False
    entry: ModelEntry | None = None
    model_name: str = ""
    dtype: str = ""
    predicts: str = ""
    taken_as: str = ""
    vae_likeness: float | None = None

    def says(self, *names: str) -> bool:
        """Whether the recipe itself names all of these fields."""
        return all(name in self.said for name in names)

    @property
    def is_composed_at_once(self) -> bool:
        """Whether the picture was composed in the size it has: not where another picture gave the
        composition, nor where hires fix composed it smaller or it was made larger afterwards."""
        given = bool(self.request.start.source or self.request.upscale.source)
        if given or self.row is None:
            return not given
        size = composed_size(self.request, self.row)
        return size == (self.request.width, self.request.height)

    @property
    def largest_area(self) -> int | None:
        """In pixels, of the sizes that the family was trained for; None where that is not known."""
        if self.row is None:
            return None
        return max(width * height for width, height in self.row.sizes)


def making_of(parsed: ParsedRecipe, library: Library) -> Making | None:
    """What a picture's recipe says; None where it carries none. Looks at models' files: not for the
    GUI thread."""
    if parsed.format in _NOTHING_MADE:
        return None
    usable = usable_recipe(parsed, library)
    values = usable.values
    recipe = parsed.recipe
    entry = usable.model
    name = _name(entry, recipe, usable.missing)
    plain = entry.family_row if entry is not None else _row_by_name(parsed, name)
    words, tagged = split_loras(str(values.get("prompt", "")))
    loras = (*cast("tuple[Lora, ...]", values.get("loras", ())), *tagged)
    row = None if plain is None else _with_adapters(plain, loras, library)
    start: dict[str, Any] = {} if row is None else row.defaults()
    fields: dict[str, Any] = {**start, **values, "prompt": words, "loras": loras, "count": 1}
    fields["model"] = name if entry is None else entry.id
    fingerprint = dict(recipe.fingerprint) if recipe is not None else {}
    return Making(
        request=Request(**fields),
        said=frozenset(values),
        row=row,
        plain=plain,
        is_distilled=row is not None and _is_few_step(row),
        entry=entry,
        model_name=name,
        dtype=fingerprint.get("dtype", ""),
        predicts=entry.prediction if entry is not None else "",
        taken_as=entry.chosen if entry is not None else "",
    )


def _name(entry: ModelEntry | None, recipe: Recipe | None, missing: str) -> str:
    """What the model is called, by its own name where it is here."""
    if entry is not None:
        return entry.name
    return (recipe.model_name if recipe is not None else "") or missing


def _row_by_name(parsed: ParsedRecipe, name: str) -> Family | None:
    """The family that the recipe names, with the way that the model's name speaks of."""
    family = parsed.recipe.family if parsed.recipe is not None else ""
    row = FAMILIES.get(family)
    if row is None:
        return None
    return for_distilled(row, distilled_kind({}, last_part(name), family=family)[0], name)


def _with_adapters(row: Family, loras: tuple[Lora, ...], library: Library) -> Family:
    """The row with the defaults of adapters that are distilled: those that are here by their files,
    others by their names."""
    for lora in loras:
        try:
            ref = library.find_lora(lora.id)
            kind, name = library.inspection_of(ref).distilled, ref.name
        except ModelMissing:
            name = last_part(lora.id)
            kind = distilled_kind({}, name)[0]
        row = for_distilled(row, kind, name)
    return row


def _is_few_step(row: Family) -> bool:
    """Whether the row has other steps than its family, fewer."""
    family = FAMILIES.get(row.id)
    return family is not None and row.steps < family.steps // 2

"""One recipe on several models: which models suit, what each makes of the recipe, and what it took.
Looks at files: not for the GUI thread, but for `variation_on`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.metadata.reading import decode_pixels, open_image
from core.models.files.families import FAMILIES, Family, for_distilled
from core.models.files.fit import Fit
from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.prompt.loras import split_loras
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES
from core.service.again.recreate import again
from core.service.fit_prediction import fit_of_request
from core.service.live.way import FEW, companions_of
from core.service.starting.own_recipe import own_recipe
from core.service.stores import Stores
from core.service.sweeps.cells import Variation
from core.system.errors import ModelMissing
from core.system.regular_files import display_name
from core.values.lora import Lora
from core.values.model import ModelKind
from core.values.picture import Picture
from core.values.request import Request
from core.values.request_parts.branch import Branch
from core.values.request_parts.hires import Hires
from core.values.request_parts.levels import Levels
from core.values.resolved_request import ResolvedRequest, resolve

MOST = 6  # models that are compared at once
_OTHER_FAMILIES = frozenset({"sdxl-refiner"})  # which make no picture of words alone


@dataclass(frozen=True, slots=True)
class ModelWay:
    """A model as it is compared: `name` for people; `row` has the size, steps and the rest that
    suit it, `trained` width and height in pixels that it was trained for. `companion` is a LoRA
    that is put on it so that few steps are enough, None for the model alone; `few` the ids of all
    such LoRAs, which a recipe may have itself."""

    name: str
    entry: ModelEntry
    row: Family
    trained: tuple[int, int]
    companion: Lora | None = None
    few: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedRecipe:
    """The recipe of a picture's file, as it is made on models; `parent` is the SHA-256 of the
    picture's pixels, `family` that of its model, "" where that is not here."""

    path: Path
    request: ResolvedRequest
    parent: str
    family: str


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """What a model's picture took: `seconds`, those of loading the model among them where only the
    whole is known (`with_loading`), and its peak in bytes, 0 where it could not be measured, as
    while other models were in memory too."""

    seconds: float
    with_loading: bool
    peak: int


def recipe_for_models(stores: Stores, path: Path) -> ComparedRecipe:
    """Raises WorldError where the file is no picture, carries no recipe or one without a seed, or
    was made from a picture that is not here. Where its model is not here, the words and the seed
    are taken."""
    with open_image(path) as image:
        parent = decode_pixels(image, display_name(path)).sha256
    try:
        asked = again(stores, path)
    except ModelMissing:
        own = own_recipe(stores.library, path)
        request = resolve(replace(own.request, seed=own.usable.values["seed"]))
        return ComparedRecipe(path, request, parent, "")
    return ComparedRecipe(path, asked.request, parent, asked.entry.family)


def ways_of(library: Library) -> tuple[ModelWay, ...]:
    """All models here that make pictures of words; behind each that needs many steps the same with
    a LoRA of few. Those of one name are told apart by their ids."""
    entries = [entry for entry in library.entries() if _suits(entry)]
    names = [entry.name for entry in entries]
    ways: list[ModelWay] = []
    for entry in entries:
        name = entry.name if names.count(entry.name) == 1 else f"{entry.name} ({entry.id})"
        row = entry.family_row
        trained = for_distilled(FAMILIES[entry.family], entry.distilled, entry.name).sizes[0]
        companions = companions_of(library, entry, row) if row.steps > FEW else ()
        loras = {one.companion: one.row for one in companions if one.companion is not None}
        few = tuple(lora.id for lora in loras)
        ways.append(ModelWay(name, entry, row, trained, few=few))
        ways += (
            ModelWay(f"{name} + {lora.id}", entry, quick, trained, lora, few)
            for lora, quick in loras.items()
        )
    return tuple(ways)


def _suits(entry: ModelEntry) -> bool:
    return (
        entry.ready
        and entry.kind == ModelKind.CHECKPOINT
        and entry.family not in _OTHER_FAMILIES
        and not entry.variant
    )


def variation_on(origin: ComparedRecipe, way: ModelWay, *, own: bool) -> Variation:
    """The recipe on a model: in the size, with the steps, guidance, sampler and schedule that suit
    the model (`own`), or with those of the recipe. What belongs to another family (LoRAs, VAE,
    refiner, own noise levels) stays out, as do samplers that a model cannot walk by. LoRAs of few
    steps are on it only where the way says so."""
    request = origin.request
    changes: dict[str, Any] = {"model": way.entry.id, "branch": Branch()}
    if origin.family != way.entry.family:
        changes |= _without_other_family(request)
    if own:
        width, height = _size_like(request, way.row)
        changes |= way.row.defaults() | {"width": width, "height": height}
        changes |= {"hires": Hires(), "levels": Levels()}
    elif way.row.flow and not _walks_flow(request):
        changes |= {"sampler": way.row.sampler, "schedule": way.row.schedule}
    kept = changes.get("loras", request.loras)
    companion = () if way.companion is None else (way.companion,)
    changes["loras"] = (*(lora for lora in kept if lora.id not in way.few), *companion)
    return Variation(way.name, tuple(changes.items()))


def _walks_flow(request: Request) -> bool:
    has_levels = SCHEDULES[request.schedule].by_family is None
    return has_levels and SAMPLERS[request.sampler].suits_flow


def _without_other_family(request: Request) -> dict[str, Any]:
    prompt, tagged = split_loras(request.prompt)
    changes: dict[str, Any] = {"loras": (), "vae": "", "refiner": "", "levels": Levels()}
    if tagged:
        changes |= {"prompt": prompt.strip(), "template": ""}
    return changes


def _size_like(request: Request, row: Family) -> tuple[int, int]:
    """Of the model's sizes the first that is nearest in shape."""
    shape = request.width / request.height
    return min(row.sizes, key=lambda size: abs(size[0] / size[1] - shape))


def foreseen(
    stores: Stores, way: ModelWay, request: Request, kind: str, available: int, weights: str
) -> Fit:
    """How a picture of the model will fit so many bytes of a kind of device, and how long it takes
    there. Raises as `fit_of_request`."""
    return fit_of_request(stores, way.entry, request, kind, available, weights)[0]


def figures_of_picture(stores: Stores, way: ModelWay, picture: Picture) -> ModelFigures:
    """What is known of it. Raises WorldError where the database cannot be read."""
    size = picture.request.width, picture.request.height
    peak, run = stores.memory_history.noted_of(
        way.entry.path, size, picture.created, picture.job_id
    )
    if run is None:
        return ModelFigures(picture.seconds, with_loading=True, peak=peak)
    return ModelFigures(run.seconds, with_loading=False, peak=peak)

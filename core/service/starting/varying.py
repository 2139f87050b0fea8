"""Variations of a picture: of its noise where it can be made again, else of the picture itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.metadata.infotext.absent import SOURCE_ABSENT
from core.metadata.reading import open_image
from core.models.library.model_entry import STARTER_ID, ModelEntry
from core.service.remarks.canvas import is_composed_at_once, nearest_size, own_canvas
from core.service.starting.files import check_start, parent_of, start_from_file
from core.service.starting.own_recipe import OwnRecipe, own_recipe
from core.service.stores import Stores
from core.store.sources.opening import open_start_picture
from core.system.errors import WorldError
from core.system.regular_files import display_name
from core.values.declared.limits import MAX_SEED, MIN_SIZE
from core.values.noise import Noise
from core.values.picture import Picture
from core.values.request import CheckedRequest, Request
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.sweep_place import SweepPlace
from core.values.request_parts.upscale import Upscale
from core.values.resolved_request import random_seed

STRENGTH = 0.2  # of a variation, and how many, where nobody says otherwise
COUNT = 4


class Way(StrEnum):
    """How a picture is varied; values are those of the command line's results."""

    VARIATION = "variation"  # its recipe with other noise mixed into its own
    IMAGE = "image"  # image to image


@dataclass(frozen=True, slots=True)
class Variations:
    """One request a picture, made with the model of `entry`; `sentence` says in which way and why,
    `notes` what of the picture or its recipe is missing."""

    requests: tuple[CheckedRequest, ...]
    way: Way
    entry: ModelEntry
    sentence: str
    notes: tuple[str, ...] = ()


def vary_requests(
    stores: Stores,
    origin: Picture | Path,
    strength: float = STRENGTH,
    count: int = COUNT,
    *,
    model: str = "",
    otherwise: str = STARTER_ID,
    seed: int | None = None,
) -> Variations:
    """Requests for `count` variations of a picture, changed by `strength` from 0 to 1: where its
    recipe can be made again here its noise is varied, by variation seeds `seed`, `seed` + 1, ...;
    else it is made anew from the picture with such seeds. Random ones where `seed` is None.

    `model` (an id or path) is taken instead of the recipe's, `otherwise` where that one is not
    here. Reads files: not for the GUI thread.
    Raises InvalidRequest for a strength, count or seed beyond the limits and for a model that takes
    no picture, WorldError where a file cannot be read or kept.
    """
    Request(count=count, seed=seed, start=StartPicture(strength=strength)).check()
    path = Path(origin.path) if isinstance(origin, Picture) else origin
    own = own_recipe(stores.library, path, model, otherwise)
    first = random_seed() if seed is None else seed
    seeds = tuple((first + number) % (MAX_SEED + 1) for number in range(count))
    why = _why_not_again(stores, own, path)
    if not why:
        return _of_its_noise(stores, own, path, strength, seeds)
    return _of_the_picture(stores, own, path, strength, seeds, why)


def _why_not_again(stores: Stores, own: OwnRecipe, path: Path) -> str:
    """Why the recipe does not make this picture again, as the end of a sentence; "" where it
    does."""
    values = own.usable.values
    noise = values.get("noise", Noise())
    if own.parsed.format == "none" or not isinstance(values.get("seed"), int):
        return "it carries no recipe"
    upscale = values.get("upscale", Upscale())
    if isinstance(upscale, Upscale) and upscale.source:
        return "it was enlarged after it was made"
    if not own.is_its_model or own.absent:
        return "what its recipe was made with is not here"
    if isinstance(noise, Noise) and noise.variation_seed is not None and noise.variation_strength:
        return "it is a variation already"
    if own.entry.family_row.pipeline:
        return f"{own.entry.family_row.label} runs through a pipeline with noise of its own"
    if not _is_start_here(stores, own):
        return "the picture that it was made from is not here"
    if not _is_of_its_size(own, path):
        return "it has another size than its recipe makes"
    return ""


def _is_start_here(stores: Stores, own: OwnRecipe) -> bool:
    """Whether the picture was made from words alone, or from pictures that are kept."""
    start = own.usable.values.get("start", StartPicture())
    assert isinstance(start, StartPicture)
    if not start.source:
        return SOURCE_ABSENT not in own.parsed.approximated
    try:
        for address in (start.source, start.mask):
            if address:
                stores.sources.path_of(address)
    except WorldError:
        return False
    return True


def _is_of_its_size(own: OwnRecipe, path: Path) -> bool:
    """Where it was made from a picture, that one may give the size."""
    start = own.usable.values.get("start", StartPicture())
    if isinstance(start, StartPicture) and start.source:
        return True
    with open_image(path) as image:
        return image.size == (own.usable.values.get("width"), own.usable.values.get("height"))


def _of_its_noise(
    stores: Stores, own: OwnRecipe, path: Path, strength: float, seeds: tuple[int, ...]
) -> Variations:
    values: dict[str, Any] = {
        **own.usable.values,
        "count": 1,
        "loras": own.request.loras,
        "prompt": own.request.prompt,
        "model": own.entry.id,
        "parent": parent_of(stores, path, open_start_picture(path)),
        "document": "",  # nobody waits for it there
        "sweep": SweepPlace(),
    }
    again = Request(**values)
    varied = (
        replace(again.noise, variation_seed=seed, variation_strength=strength) for seed in seeds
    )
    return Variations(
        requests=tuple(replace(again, noise=noise).check() for noise in varied),
        way=Way.VARIATION,
        entry=own.entry,
        sentence=f"{display_name(path)} is varied by other noise, {strength:g} of it.",
    )


def _of_the_picture(
    stores: Stores, own: OwnRecipe, path: Path, strength: float, seeds: tuple[int, ...], why: str
) -> Variations:
    """In the picture's own size; one too large for the family is made anew as large as it composes
    well."""
    row = own.entry.family_row
    start = StartPicture(strength=strength)
    check_start(replace(own.request, start=start), row, has_mask=False)
    source = start_from_file(stores, path)
    name = display_name(path)
    size = (source.width, source.height)
    start = replace(start, source=source.address)
    if is_composed_at_once(size, row) and min(size) >= MIN_SIZE:
        start = replace(start, fit="source")
        width, height = own_canvas(start, size, row, name)
    else:
        width, height = nearest_size(size, row)
    request = replace(own.request, width=width, height=height, start=start, parent=source.parent)
    return Variations(
        requests=tuple(replace(request, seed=seed).check() for seed in seeds),
        way=Way.IMAGE,
        entry=own.entry,
        sentence=f"{name} is varied by image to image at strength {strength:g}: {why}.",
        notes=(*own.notes, *source.notes),
    )

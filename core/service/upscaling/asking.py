"""The request that makes a finished picture larger: the picture is kept in the data folder, the
request names it there and says of its making what its own recipe says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.recipes import read_file
from core.models.library.library import Library
from core.service.starting.files import start_from_file
from core.service.stores import Stores
from core.service.usable_recipe import usable_recipe
from core.values.job import ModelRef
from core.values.picture import Picture
from core.values.request import Request
from core.values.request_parts.branch import Branch
from core.values.request_parts.sweep_place import SweepPlace
from core.values.request_parts.upscale import LANCZOS, Upscale, upscaled_size
from core.values.resolved_request import ResolvedRequest, single

# of the recipe: what was made for somebody who waits for it, or leaves another picture's way
_NOT_TAKEN: Mapping[str, object] = {
    "count": 1,
    "document": "",
    "sweep": SweepPlace(),
    "branch": Branch(),
}


@dataclass(frozen=True, slots=True)
class UpscaleAsked:
    """A request for one larger picture of `width` x `height` pixels, and the model that makes it
    (None: Lanczos). `notes` are sentences about what of the file was changed."""

    request: ResolvedRequest
    width: int
    height: int
    upscaler: ModelRef | None = None
    notes: tuple[str, ...] = ()


def upscale_request(
    stores: Stores, origin: Picture | Path, upscale: Upscale | None = None
) -> UpscaleAsked:
    """What makes a picture larger as `upscale` says (twice by Lanczos where nothing is said); its
    `source` and `bare` are found here. The picture stays where it is: a copy is kept.

    Reads files: not for the GUI thread. Raises InvalidRequest for a scale beyond the limits or a
    result that is too large, ModelMissing for an upscaler that is not here or cannot be used,
    WorldError where a file cannot be read or kept.
    """
    upscale = replace(upscale or Upscale(), source="", bare=False)
    upscale.check()
    upscaler = upscaler_ref(stores.library, upscale.upscaler)
    path = Path(origin.path) if isinstance(origin, Picture) else origin
    parsed = read_file(path)
    _check_size(path, upscale.scale)
    source = start_from_file(stores, path)
    values = _known(parsed, stores.library)
    upscale = replace(upscale, source=source.address, bare=not values)
    if upscaler is not None:
        upscale = replace(upscale, upscaler=upscaler.id)
    taken: dict[str, Any] = {"model": "", **values, **_NOT_TAKEN}
    taken |= {"parent": source.parent, "upscale": upscale}
    request = Request(**taken).check()
    width, height = upscaled_size((source.width, source.height), upscale.scale)
    return UpscaleAsked(
        request=single(request, request.seed or 0),
        width=width,
        height=height,
        upscaler=upscaler,
        notes=source.notes,
    )


def upscaler_ref(library: Library, upscaler: str) -> ModelRef | None:
    """The upscaler of this id or path; None for Lanczos. Raises ModelMissing where there is none
    or the file holds none."""
    return None if upscaler == LANCZOS else library.find_upscaler(upscaler)


def _check_size(path: Path, scale: float) -> None:
    """Before anything is decoded or kept."""
    from core.metadata.reading import open_image

    with open_image(path) as image:
        upscaled_size(image.size, scale)


def _known(parsed: ParsedRecipe, library: Library) -> dict[str, object]:
    """The fields of a request that a picture's recipe names, its model by the id that it has here,
    else as the recipe calls it; nothing where it carries none, or one of what stood beside it."""
    if parsed.recipe is not None and not parsed.recipe.source_type.is_of_recipe:
        return {}
    usable = usable_recipe(parsed, library)
    values = dict(usable.values)
    if not isinstance(values.get("seed"), int):
        return {}
    values["model"] = usable.model.id if usable.model is not None else usable.missing
    return values

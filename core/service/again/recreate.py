"""From a picture's file to the request that makes it again, and from the new one to a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.metadata.infotext.absent import SOURCE_ABSENT
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.reading import decode_pixels, open_image
from core.metadata.writing import keeps_pixels, kind_of
from core.models.library.model_entry import ModelEntry
from core.prompt.expand import expand
from core.service.again.comparison import difference, made_otherwise, weights_and_mode
from core.service.making.runner import Rendered
from core.service.starting.own_recipe import OwnRecipe, own_recipe
from core.service.stores import Stores
from core.service.usable_recipe import absent_lora
from core.system.errors import ModelMissing, WorldError
from core.system.regular_files import display_name
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.upscale import LANCZOS
from core.values.resolved_request import ResolvedRequest, resolve

_LONGEST_NAME = 100  # characters of a model's name in a sentence
_MOST_REASONS = 40
_OURS = "Calotype"


@dataclass(frozen=True, slots=True)
class Again:
    """What makes the picture of a file again; `notes` are sentences about what of its recipe is not
    here. `weights` and `mode` are the format of the weights and the memory mode that it was made
    with, as `weights_and_mode` says."""

    path: Path
    request: ResolvedRequest
    entry: ModelEntry
    parsed: ParsedRecipe
    notes: tuple[str, ...]
    weights: str = "full"
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the new picture is bit for bit that of the file, or, where its format keeps pixels
    only nearly (JPEG), that which its recipe records. `greatest` is the greatest difference of a
    channel, 0 to 255, None where the sizes differ; `psnr` in decibels, None where there is no
    difference to measure; `reasons` whole sentences, none where it is identical."""

    identical: bool
    greatest: int | None
    psnr: float | None
    reasons: tuple[str, ...]


def again(stores: Stores, path: Path) -> Again:
    """The request of a picture's recipe, with the model that it names. Looks at whole files: not
    for the GUI thread.

    Raises WorldError where the file is no picture, carries no recipe or one without a seed, or was
    made from a picture that is not here; ModelMissing where its model is not here.
    """
    own = own_recipe(stores.library, path)
    name = display_name(path)
    recipe = own.parsed.recipe
    if recipe is not None and recipe.request.upscale.only_enlarges:
        return _larger_again(stores, own, recipe, path)
    _check_recipe(own, name)
    values: dict[str, Any] = {
        **own.usable.values,
        "count": 1,
        "loras": own.request.loras,
        "prompt": own.request.prompt,
        "model": own.entry.id,
    }
    request = replace(own.request, **values).check()
    _check_start(stores, own.parsed, request, name)
    (resolved, *_) = expand(request, drawn=True, told=own.parsed.recipe is not None)
    weights, mode = weights_and_mode(own.parsed.recipe)
    return Again(path, resolved, own.entry, own.parsed, _not_here(own), weights, mode)


def _larger_again(stores: Stores, own: OwnRecipe, recipe: Recipe, path: Path) -> Again:
    """Of a picture that was only made larger: the same is done again with the same one."""
    request = resolve(recipe.request)
    stores.sources.path_of(request.upscale.source)
    if request.upscale.upscaler != LANCZOS:
        stores.library.find_upscaler(request.upscale.upscaler)
    return Again(path, request, own.entry, own.parsed, ())


def _check_recipe(own: OwnRecipe, name: str) -> None:
    if own.parsed.format in ("none", "elsewhere"):
        raise WorldError(
            f"{name} carries no recipe.", "Choose a picture that its program wrote as it made it."
        )
    if not isinstance(own.usable.values.get("seed"), int):
        raise WorldError(
            f"The recipe of {name} names no seed.", "Take its words for a picture of its own."
        )
    if not own.is_its_model:
        missing = (own.usable.missing or "without a name")[:_LONGEST_NAME]
        raise ModelMissing(
            f'The model of {name}, "{missing}", is not here.',
            "Add it, for instance with: calotype models add PATH",
        )


def _check_start(stores: Stores, parsed: ParsedRecipe, request: Request, name: str) -> None:
    """Raises WorldError where it was made from a picture that is not kept here."""
    said = SOURCE_ABSENT in parsed.approximated or request.start != StartPicture()
    if not request.start.source and said and parsed.recipe is None:
        raise WorldError(
            f"{name} was made from a picture that it does not carry.",
            f"Make it from that picture: calotype generate --init FILE --strength "
            f"{request.start.strength:g}",
        )
    for address in (request.start.source, request.start.mask):
        if address:
            stores.sources.path_of(address)


def _not_here(own: OwnRecipe) -> tuple[str, ...]:
    absent = (absent_lora(lora) for lora in own.absent)
    usable = own.usable.notes if own.parsed.recipe is not None else ()
    return tuple(dict.fromkeys((*usable, *absent)))


def _by_text(version: str) -> str:
    """Why a picture of which no recipe of ours is whole may be another one now."""
    if version.startswith(_OURS):
        return f"Its file carries only what {_OURS} writes of a recipe for other programs."
    return f"It was made by {version or 'another program'}, and by other arithmetic than here."


def verdict(asked: Again, made: Rendered) -> Verdict:
    """How the new picture compares with the file. Raises WorldError where that cannot be read."""
    with open_image(asked.path) as image:
        before = decode_pixels(image, display_name(asked.path))
    now = made.result.pixels
    apart = difference(before, now)
    then = asked.parsed.recipe
    recorded = then.pixels_sha256 if then is not None else ""
    same_file = apart is not None and apart.greatest == 0 and before.alpha == now.alpha
    loses_pixels = not keeps_pixels(kind_of(asked.path))  # so that only its recipe knows them
    if same_file or (loses_pixels and recorded == now.sha256):
        return Verdict(identical=True, greatest=0, psnr=None, reasons=())
    reasons = [*asked.notes]
    if apart is None:
        reasons.append(
            f"It has {before.width}x{before.height} pixels, and its recipe makes "
            f"{now.width}x{now.height}."
        )
    if recorded and recorded != before.sha256 and not loses_pixels:
        reasons.append("The file's pixels were changed after it was made.")
    if then is not None:
        reasons += made_otherwise(then, made.result, made.job.model.hash)
    else:
        reasons.append(_by_text(asked.parsed.version))
        reasons += (*asked.parsed.approximated, *asked.parsed.ignored)
    if not reasons:
        reasons.append("Nothing that is recorded explains it.")
    return Verdict(
        identical=False,
        greatest=None if apart is None else apart.greatest,
        psnr=None if apart is None else apart.psnr,
        reasons=tuple(dict.fromkeys(reasons))[:_MOST_REASONS],
    )

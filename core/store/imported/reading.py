"""A picture file of any program as a row of the gallery will have it: size, recipe, when it was
made, and, where asked for, pixels and thumbnail from one decode."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.metadata.parsing.named_models import file_stem
from core.metadata.reading import decoding, is_whole, opaque, open_image
from core.metadata.recipes import fields_of, read_opened
from core.metadata.thumbnail import small_jpeg
from core.system.errors import InvalidRequest, WorldError
from core.system.regular_files import display_name
from core.values.gallery.origin import How, Origin
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.sweep_place import SweepPlace

if TYPE_CHECKING:
    from PIL import Image

    from core.metadata.parsing.parsed_recipe import ParsedRecipe

LATEST = 4_102_444_800.0  # the year 2100, in seconds since 1970: later times are no times
FRESH = 60.0  # seconds after its last change in which somebody may still write a file

LONGEST_NAME = 300  # characters of a model's name


class StillChanging(WorldError):
    """The file changed while it was read, or is not whole: it is worth another look later."""


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """`size` is width and height in pixels. `recipe.pixels_sha256` and `jpeg`, the thumbnail, are
    empty where its pixels were not decoded."""

    path: Path
    recipe: Recipe
    size: tuple[int, int]
    origin: Origin
    jpeg: bytes = b""


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """What only the pixels tell: the SHA-256 of their RGB bytes, and the thumbnail's JPEG."""

    sha256: str
    jpeg: bytes


def read_picture(path: Path, how: How, *, pixels: bool = False) -> ReadPicture:
    """The picture in a file, decoded only where `pixels` are wanted, its recipe lies behind them,
    or nothing else tells that the file is whole.

    Raises StillChanging where it is not whole or changes meanwhile, else WorldError where it is no
    picture, too large, or cannot be read.
    """
    before = _state(path)
    with open_image(path) as image:
        size = image.size
        decoded = None
        if pixels or not is_whole(image):
            decoded = _decoded_whole(image, path, before)
        with decoding(display_name(path)):  # whatever a stranger's texts do to a reader
            parsed = read_opened(image, path)
            values = fields_of(parsed)
    if _state(path) != before:
        raise StillChanging(
            f"{display_name(path)} changes while it is read.", "It is looked at again later."
        )
    model = _model_of(parsed)
    recipe = _recipe_of(parsed, values, model, when=before[1])
    if decoded is not None:
        recipe = replace(recipe, pixels_sha256=decoded.sha256)
    origin = Origin(
        how=how,
        program="" if parsed.format == "none" else parsed.format,
        bytes=before[0],
        mtime=before[1],
        known=tuple(sorted({*values, "model"} if model else values)),
    )
    jpeg = decoded.jpeg if decoded is not None else b""
    return ReadPicture(path=path, recipe=recipe, size=size, origin=origin, jpeg=jpeg)


def decode_picture(path: Path) -> DecodedPicture:
    """What the pixels of a file tell. Raises WorldError where they are damaged, or the file cannot
    be read."""
    with open_image(path) as image:
        return _decoded(image, display_name(path))


def _decoded(image: Image.Image, name: str) -> DecodedPicture:
    import hashlib

    with decoding(name):
        rgb = opaque(image)
        digest = hashlib.sha256(rgb.tobytes()).hexdigest()
        return DecodedPicture(digest, small_jpeg(rgb))


def _decoded_whole(image: Image.Image, path: Path, before: tuple[int, float]) -> DecodedPicture:
    """Raises StillChanging where the pixels end before the picture does and the file is new."""
    try:
        return _decoded(image, display_name(path))
    except WorldError as fault:
        if not is_whole(image) and time.time() - before[1] < FRESH:
            raise StillChanging(fault.message, "It is looked at again later.") from fault
        raise


def _state(path: Path) -> tuple[int, float]:
    """Bytes and time of the last change. Raises WorldError where it is no file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as fault:
        raise WorldError(
            f"{display_name(path)} cannot be read: {getattr(fault, 'strerror', None) or fault}.",
            "Choose a picture file that you may read.",
        ) from fault
    if not stat.S_ISREG(found.st_mode):
        raise WorldError(f"{display_name(path)} is no regular file.", "Choose a picture file.")
    return found.st_size, found.st_mtime


def _model_of(parsed: ParsedRecipe) -> str:
    """What the recipe calls its model, without folder and ending; "" where it names none."""
    if parsed.recipe is not None and parsed.recipe.model_name:
        return parsed.recipe.model_name[:LONGEST_NAME]
    named = parsed.request.get("model")
    return file_stem(named)[:LONGEST_NAME] if isinstance(named, str) and named.strip() else ""


def _recipe_of(parsed: ParsedRecipe, values: dict[str, object], model: str, when: float) -> Recipe:
    """As a row keeps it: not of a job or a document of this data folder, whoever made it; made
    `when` its file was written where it does not say so itself."""
    now = time.time()
    created = min(max(when, 0.0), LATEST)
    if parsed.recipe is not None:
        own = parsed.recipe
        if 0 < own.created < now + 86_400:
            created = own.created
        return replace(
            own,
            request=replace(own.request, document="", sweep=SweepPlace()),
            job_id="",
            created=created,
            pixels_sha256="",
        )
    digest = parsed.request.get("model_hash")
    return Recipe(
        request=_request_of(values, model),
        model_name=model,
        model_hash=digest if isinstance(digest, str) else "",
        created=created,
        version=parsed.version,
    )


def _request_of(values: dict[str, object], model: str) -> Request:
    values = {name: value for name, value in values.items() if name != "document"}
    try:
        return Request(**values, model=model)  # type: ignore[arg-type]
    except (InvalidRequest, TypeError, ValueError):  # each was checked; all together may not go
        return Request(
            prompt=str(values.get("prompt", "")),
            negative_prompt=str(values.get("negative_prompt", "")),
            model=model,
        )

"""What a picture needs once the engine has made it: its recipe, its file, its row."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from core.models.library.model_entry import ModelEntry
from core.service.incidents import ProgressRecorder
from core.service.stores import Stores
from core.store.files import put_in_gallery
from core.store.jobs import QueuedJob
from core.system.errors import WorldError
from core.system.version import program_version
from core.values.job import Job
from core.values.picture import Picture, Pixels, Recipe, Result, SourceType

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MadePicture:
    """What the engine made of a job of the queue, before any of it is on a disk. `recorder` knows
    how it went."""

    queued: QueuedJob
    job: Job
    entry: ModelEntry
    result: Result
    recorder: ProgressRecorder


class NotSaved(WorldError):
    """The picture was made but the disk refused it; the queue should wait."""


def save_in_gallery(stores: Stores, made: MadePicture, kind: str) -> Picture:
    """Write the picture's file, then its row, which ends the job as done.

    Raises NotSaved where the disk refuses the file or the encoder the picture, WorldError where the
    database cannot be written.
    """
    from core.metadata.writing import encode

    pixels = made.result.pixels
    recipe = recipe_of(made.job, made.entry, made.result, made.queued.id)
    last = stores.gallery.last_number
    try:
        data, suffix = encode(pixels, recipe, kind)
        path = put_in_gallery(stores.places.pictures, made.job.request.seed, data, suffix, last)
    except WorldError as error:
        raise NotSaved(error.message, error.hint) from error
    picture = stores.gallery.record(path, recipe, pixels.width, pixels.height)
    _keep_looks(stores, picture, pixels)
    return picture


def _keep_looks(stores: Stores, picture: Picture, pixels: Pixels) -> None:
    """Its thumbnail and what it is like, while the picture is in memory, so that no list decodes
    its file. What cannot be made now is made when it is looked at, or compared."""
    from PIL import Image

    from core.metadata.reading import decoding, opaque
    from core.metadata.thumbnail import small_jpeg
    from core.store.likeness.picture_hash import looks_of_thumbnail

    size = (pixels.width, pixels.height)
    try:
        with decoding("The picture"):
            image = Image.frombuffer("RGB", size, pixels.rgb, "raw", "RGB", 0, 1)
            if pixels.alpha is not None:
                image.putalpha(Image.frombytes("L", size, pixels.alpha))
            jpeg = small_jpeg(opaque(image))
    except WorldError as fault:
        _log.info("no thumbnail was made: %s", fault)
        return
    stores.thumbnails.put(picture.id, picture.sha256, picture.created, jpeg)
    looks = looks_of_thumbnail(jpeg)
    try:
        stores.gallery.index.note_looks([] if looks is None else [(picture.id, looks)])
    except WorldError as fault:
        _log.info("what the picture looks like was not noted: %s", fault)


def recipe_of(job: Job, entry: ModelEntry, result: Result, job_id: str) -> Recipe:
    """What goes into the picture's metadata; `job_id` is "" for a picture outside the queue. What
    was made only in part says so: the rest is the start picture's."""
    request = job.request
    source_type = SourceType.GENERATED
    if request.upscale.source and request.upscale.bare:
        source_type = SourceType.ENHANCED
    elif request.start.is_made_in_part:
        source_type = SourceType.COMPOSITE
    return Recipe(
        request=request,
        job_id=job_id,
        model_name=entry.name,
        model_hash=job.model.hash,
        family=entry.family,
        device=result.device,
        seconds=round(result.seconds, 3),
        created=time.time(),
        version=program_version(),
        pixels_sha256=result.pixels.sha256,
        fingerprint=result.fingerprint,
        source_type=source_type,
    )

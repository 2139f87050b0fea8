"""What an engine is given for a request: the model and all files that it names, found here."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from core.models.library.model_entry import ModelEntry
from core.service.stores import Stores
from core.store.checkpoints import CheckpointStore
from core.system.errors import ModelMissing
from core.values.job import Job, ModelRef, StartFiles, StartPixels
from core.values.model import ModelKind
from core.values.request_parts.upscale import LANCZOS, Upscale
from core.values.resolved_request import ResolvedRequest


def prepared(
    stores: Stores, request: ResolvedRequest, pixels: StartPixels | None = None
) -> tuple[ModelEntry, Job]:
    """The request's model, and the job for it. `pixels` are those of the pictures that it starts
    from, where they are not kept.

    Raises ModelMissing and SourceMissing for what is not here, WorldError where the database cannot
    be read.
    """
    if request.upscale.only_enlarges:
        return _enlarging(stores, request)
    library = stores.library
    entry = library.find(request.model)
    ref = entry.ref()
    upscaler, tiles = _enlarged_by(stores, request.upscale)
    return entry, Job(
        request=request,
        model=ref,
        loras=tuple(library.find_lora(lora.id) for lora in request.loras),
        embeddings=library.embeddings_in(request.prompt, request.negative_prompt),
        vae=library.find_vae(request.vae) if request.vae else None,
        refiner=library.find(request.refiner).ref() if request.refiner else None,
        outcomes=stores.memory_history.outcomes_needed(ref.path),
        tiny=library.tiny_for(entry.family),
        start=_start_files(stores, request) if pixels is None else pixels,
        upscaler=upscaler,
        tiles=tiles,
    )


def _enlarging(stores: Stores, request: ResolvedRequest) -> tuple[ModelEntry, Job]:
    """Nothing of the request is made again but the size. Its model made the smaller picture, and
    may have gone since."""
    upscale = request.upscale
    unknown = ModelEntry(
        id=request.model,
        name=request.model,
        family="",
        kind=ModelKind.UNKNOWN,
        source="",
        path="",
        bytes=0,
        license="",
    )
    entry = unknown
    ref = ModelRef(id=unknown.id, name=unknown.name, family="", path="")
    if request.model and not upscale.bare:
        with contextlib.suppress(ModelMissing):
            found = stores.library.find(request.model)
            ref, entry = found.ref(), found
    upscaler, tiles = _enlarged_by(stores, upscale)
    start = _start_files(stores, request)
    return entry, Job(request, ref, start=start, upscaler=upscaler, tiles=tiles)


def _enlarged_by(stores: Stores, upscale: Upscale) -> tuple[ModelRef | None, str]:
    """The upscaler of a picture that is made larger, and the folder of its finished tiles; None
    and "" for others. Lanczos alone takes too little to be kept."""
    if not upscale.source:
        return None, ""
    upscaler = upscaler_of(stores, upscale)
    if upscaler is None and upscale.only_enlarges:
        return None, ""
    kept = CheckpointStore(stores.places.checkpoints)
    return upscaler, str(kept.tiles_of(upscale, upscaler))


def upscaler_of(stores: Stores, upscale: Upscale) -> ModelRef | None:
    """The model that enlarges, with the fingerprint of its weights; None for Lanczos. Raises
    ModelMissing where it is not here or cannot be read."""
    from core.models.library.fingerprint import content_hash

    if upscale.upscaler == LANCZOS:
        return None
    ref = stores.library.find_upscaler(upscale.upscaler)
    try:
        return replace(ref, hash=content_hash(ref.path))
    except OSError as fault:
        raise ModelMissing(
            f"{ref.path} cannot be read: {fault.strerror or fault}.", "Choose another upscaler."
        ) from fault


def _start_files(stores: Stores, request: ResolvedRequest) -> StartFiles:
    """Where the kept pictures lie. Raises SourceMissing where one is not there."""
    if request.upscale.source:
        return StartFiles(source=_kept(stores, request.upscale.source))
    start = request.start
    if not start.source:
        return StartFiles()
    return StartFiles(source=_kept(stores, start.source), mask=_kept(stores, start.mask))


def _kept(stores: Stores, address: str) -> str:
    """The path of a kept picture; "" for none."""
    if not address:
        return ""
    stores.sources.note_use(address)  # a picture for a named file has no row that says so
    return str(stores.sources.path_of(address))

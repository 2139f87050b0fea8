"""What an engine is given for a request: the model and all files that it names, found here."""

from __future__ import annotations

from core.models.library.model_entry import ModelEntry
from core.service.stores import Stores
from core.values.job import Job, StartFiles, StartPixels
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import ResolvedRequest


def prepared(
    stores: Stores, request: ResolvedRequest, pixels: StartPixels | None = None
) -> tuple[ModelEntry, Job]:
    """The request's model, and the job for it. `pixels` are those of the pictures that it starts
    from, where they are not kept.

    Raises ModelMissing and SourceMissing for what is not here, WorldError where the database cannot
    be read.
    """
    library = stores.library
    entry = library.find(request.model)
    ref = entry.ref()
    return entry, Job(
        request=request,
        model=ref,
        loras=tuple(library.find_lora(lora.id) for lora in request.loras),
        embeddings=library.embeddings_in(request.prompt, request.negative_prompt),
        vae=library.find_vae(request.vae) if request.vae else None,
        refiner=library.find(request.refiner).ref() if request.refiner else None,
        outcomes=stores.memory_history.outcomes_needed(ref.path),
        tiny=library.tiny_for(entry.family),
        start=_start_files(stores, request.start) if pixels is None else pixels,
    )


def _start_files(stores: Stores, start: StartPicture) -> StartFiles:
    """Where the kept pictures lie. Raises SourceMissing where one is not there."""
    if not start.source:
        return StartFiles()
    return StartFiles(source=_kept(stores, start.source), mask=_kept(stores, start.mask))


def _kept(stores: Stores, address: str) -> str:
    """The path of a kept picture; "" for none."""
    if not address:
        return ""
    stores.sources.note_use(address)  # a picture for a named file has no row that says so
    return str(stores.sources.path_of(address))

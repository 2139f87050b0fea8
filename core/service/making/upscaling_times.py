"""What upscaling took on this machine, noted so that the next picture's time can be told."""

from __future__ import annotations

import logging
from pathlib import Path

from core.engine.contract.upscaling import multiplications
from core.models.files.header import read_header
from core.models.files.key_layouts.upscalers import UpscalerShape, upscaler_shape
from core.service.stores import Stores
from core.system.errors import ModelMissing, WorldError
from core.values.job import Job, MemoryOutcome

_log = logging.getLogger(__name__)


def shape_of(path: str) -> UpscalerShape | None:
    """The network of an upscaler's file; None where that cannot be read."""
    try:
        return upscaler_shape(read_header(Path(path)).shapes)
    except ModelMissing:
        return None


def note_upscaling(stores: Stores, job: Job, outcome: MemoryOutcome) -> None:
    """Remember it under the upscaler. A database that refuses costs no picture."""
    ref = job.upscaler
    if ref is None:
        return
    try:
        size = stores.sources.size_of(job.request.upscale.source)
        shape = shape_of(ref.path)
        work = 0.0 if shape is None else multiplications(shape, size[0] * size[1])
        stores.memory_history.record(ref.path, outcome, *size, work, job.id)
        stores.cards.note_use(ref.path, ref.hash)
    except WorldError as error:
        _log.warning("what upscaling took could not be noted: %s", error.message)

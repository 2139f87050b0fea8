"""Whether a larger picture fits into memory and onto the disk, and how long it takes, before it is
begun."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from core.engine.contract.upscaling import (
    TILE_BYTES,
    multiplications,
    sides_for,
    tile_bytes,
    upscaling_on,
)
from core.models.files.fit import BASE_BYTES, SOURCE_BYTES, Fit, SecondsSpan
from core.models.files.key_layouts.upscalers import UpscalerShape
from core.service.making.upscaling_times import shape_of
from core.service.stores import Stores
from core.service.time_prediction import estimate_seconds
from core.store.memory_history import TimedRun
from core.system.errors import ModelMissing
from core.values.device import MemoryMode
from core.values.job import ModelRef
from core.values.request_parts.upscale import LANCZOS, Upscale, upscaled_size

TILE_SHARE = 4.5  # times a tile's largest features that are in memory at once, measured
RESULT_BYTES = 12.0  # that a pixel of the result takes until its file is written, measured
KEPT_LATENTS = 2 * 4 * 4 / 64  # by pixel: those of the picture and of a step, in float32
_CHANNELS = 3

Size = tuple[int, int]  # width and height in pixels


@dataclass(frozen=True, slots=True)
class UpscaleFit:
    """For a result of `width` x `height` pixels: memory and time, the bytes of disk that its file
    takes at most, those of the tiles that are kept until it is saved, and those that are free."""

    width: int
    height: int
    memory: Fit
    file_bytes: int
    tile_bytes: int
    disk_free: int

    @property
    def disk_bytes(self) -> int:
        """All that it takes of the disk while it is made."""
        return self.file_bytes + self.tile_bytes

    @property
    def fits(self) -> bool:
        """Whether there is room in memory and on the disk."""
        return self.memory.fits and self.disk_bytes <= self.disk_free


def upscale_fit(
    stores: Stores, size: Size, upscale: Upscale, kind: str, available: int
) -> UpscaleFit:
    """The fit of a picture of this `size` on a kind of device with so many bytes.

    Reads headers and the database: not for the GUI thread. Raises InvalidRequest for a result that
    is too large, ModelMissing for an upscaler that is not here or none, WorldError where the
    database cannot be read.
    """
    large = upscaled_size(size, upscale.scale)
    pixels = large[0] * large[1]
    around = BASE_BYTES + SOURCE_BYTES * size[0] * size[1] + RESULT_BYTES * pixels
    tiles_kept = 0.0
    if upscale.upscaler == LANCZOS:
        memory = _first_fitting((around,), available)
    else:
        ref = stores.library.find_upscaler(upscale.upscaler)
        shape = shape_of(ref.path)
        weights = _weight_bytes(ref)
        tiles = [TILE_BYTES] if shape is None else [tile_bytes(shape, s) for s in sides_for(shape)]
        peaks = tuple(around + weights + TILE_SHARE * tile for tile in tiles)
        memory = _first_fitting(peaks, available)
        if shape is not None:
            memory = memory.with_seconds(_seconds(stores, ref, shape, size, kind))
        tiles_kept += _CHANNELS * pixels
    if upscale.refine > 0:
        tiles_kept += (_CHANNELS + KEPT_LATENTS) * pixels
    free = shutil.disk_usage(_there(stores.places.pictures)).free
    return UpscaleFit(*large, memory, _CHANNELS * pixels, int(tiles_kept), free)


def _first_fitting(peaks: tuple[float, ...], available: int) -> Fit:
    """In smaller tiles where the usual ones do not fit."""
    for nth, peak in enumerate(peaks):
        if peak <= available:
            mode = MemoryMode.SLICED if nth else MemoryMode.RESIDENT
            return Fit(fits=True, mode=mode, peak_bytes=int(peak), available_bytes=available)
    return Fit(fits=False, mode="", peak_bytes=int(peaks[-1]), available_bytes=available)


def _weight_bytes(ref: ModelRef) -> int:
    """At most: files are mostly in half precision, networks are not."""
    try:
        return 2 * Path(ref.path).stat().st_size
    except OSError as fault:
        raise ModelMissing(
            f"{ref.path} cannot be read: {fault.strerror or fault}.", "Choose another upscaler."
        ) from fault


def _seconds(
    stores: Stores, ref: ModelRef, shape: UpscalerShape, size: Size, kind: str
) -> SecondsSpan | None:
    """By what the upscaler took before, else others, else pictures; None where nothing was seen."""
    work = multiplications(shape, size[0] * size[1])
    own = stores.memory_history.runs(upscaling_on(kind), model=ref.path)
    seen: tuple[TimedRun, ...] = stores.memory_history.runs(upscaling_on(kind))
    seen = seen or stores.memory_history.runs(kind)
    return estimate_seconds(own, seen, work)


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())

"""The job of a picture that is only made larger, from its file to pixels with the fingerprint of
what made them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import PIL
import torch
from PIL import Image

from core.engine.contract.protocol import OnEvent
from core.engine.contract.upscaling import SIDES, sides_for, upscaling_on
from core.engine.diffusion.loaded.memory_modes import is_out_of_memory, release_memory
from core.engine.diffusion.loaded.peak_memory import PeakMemory
from core.engine.diffusion.parts.device import ComputeDevice, Versions, fingerprint
from core.engine.diffusion.picture_inputs.canvas import Source, read_source
from core.engine.diffusion.upscale.enlarging import (
    Enlarging,
    PixelRows,
    TileDone,
)
from core.engine.diffusion.upscale.upscaler import Upscaler, load_upscaler
from core.system.errors import WorldError
from core.values.device import MemoryMode
from core.values.events import Phase, PhaseStarted, Preview, StepDone, Tick
from core.values.job import Job, MemoryOutcome, ModelRef
from core.values.picture import Pixels, Result
from core.values.request_parts.upscale import upscaled_size

_SHOWN = 256  # pixels of a preview's longer side
_SHORTEST_HASH = 16
_log = logging.getLogger(__name__)


class UpscalerCache:
    """Keeps the upscaler used last: a batch reads its file once."""

    def __init__(self) -> None:
        self._ref: ModelRef | None = None
        self._kept: Upscaler | None = None

    def acquire(
        self, ref: ModelRef, compute: ComputeDevice, loading: Callable[[], None]
    ) -> Upscaler:
        """The upscaler of a file; `loading` hears where it is read. Raises ModelMissing where it
        cannot be used."""
        if self._kept is None or self._ref != ref or self._kept.device != compute.device:
            self.clear()
            loading()
            self._kept = load_upscaler(ref, compute.device)
            self._ref = ref
        return self._kept

    def evict(self, path: str) -> None:
        """Let go of the one at `path`, where it is kept."""
        if self._ref is not None and self._ref.path == path:
            self.clear()

    def clear(self) -> None:
        """Let go of it."""
        self._kept = self._ref = None


@dataclass(frozen=True, slots=True, eq=False)
class _Enlarged:
    """`in_one_go`: every tile was made once and now, none kept from an earlier try."""

    rows: PixelRows
    alpha: PixelRows | None
    in_one_go: bool


@dataclass(frozen=True, slots=True, eq=False)
class UpscaleJob:
    """A job that only enlarges, and where that is done."""

    job: Job
    compute: ComputeDevice
    cache: UpscalerCache
    on_event: OnEvent
    previews: bool = True

    def made(self, began: float) -> Result:
        """The larger picture; `began` is when the work on it did, by `time.monotonic`.

        Raises WorldError where the kept picture is gone or memory does not suffice, ModelMissing
        for an upscaler that cannot be used, InvalidRequest for a size beyond the limits, and what
        the listener raises to cancel.
        """
        meter = PeakMemory(self.compute.device)
        source = read_source(self.job.start)
        size = upscaled_size(source.size, self.job.request.upscale.scale)
        upscaler = self._upscaler()
        meter.start_clock()
        self.on_event(PhaseStarted(Phase.ENLARGING))
        made = self._enlarged(source, size, upscaler)
        alpha = None if made.alpha is None else made.alpha.tobytes()
        pixels = Pixels(*size, made.rows.tobytes(), alpha)
        seconds = time.monotonic() - began
        label = self.compute.label if upscaler is not None else "cpu"
        outcome = self._outcome(meter, size, upscaler, whole=made.in_one_go)
        return Result(pixels, seconds, label, self.made_by(upscaler), outcome)

    def made_by(self, upscaler: Upscaler | None) -> Versions:
        """All that decides the bits besides the request."""
        if upscaler is None or self.job.upscaler is None:
            return (("upscaler", f"Lanczos of Pillow {PIL.__version__}"),)
        digest = self.job.upscaler.hash[:_SHORTEST_HASH]
        by = f"{self.job.upscaler.name} {digest}".strip()
        return (*fingerprint(self.compute, ()), ("upscaler", by))

    def _upscaler(self) -> Upscaler | None:
        if self.job.upscaler is None:
            return None

        def loading() -> None:
            self.on_event(PhaseStarted(Phase.LOADING))

        return self.cache.acquire(self.job.upscaler, self.compute, loading)

    def _enlarged(
        self, source: Source, size: tuple[int, int], upscaler: Upscaler | None
    ) -> _Enlarged:
        """The result. Where memory runs out, in smaller tiles."""
        tiling = self.job.request.tiling
        shown = _preview(source.pixels) if self.previews else None

        new: list[TileDone] = []

        def told(done: TileDone) -> None:
            new.append(done)
            step = StepDone(done.tile, done.tiles, 0.0, done.seconds, shown)
            self.on_event(step)

        lacking = ""
        for side in SIDES[:1] if upscaler is None else sides_for(upscaler.shape):
            enlarging = Enlarging(
                size=size,
                upscaler=upscaler,
                joined="" if tiling == "none" else tiling,
                folder=self.job.tiles,
                made_by=str(self.made_by(upscaler)),
                side=side,
                beat=lambda: self.on_event(Tick()),
                told=told,
            )
            try:
                rows = enlarging.enlarged(source.pixels, source.alpha)
                alpha = None if source.alpha is None else enlarging.resized(source.alpha)
                return _Enlarged(rows, alpha, bool(new) and len(new) == new[-1].tiles)
            except (RuntimeError, MemoryError) as fault:
                if not is_out_of_memory(fault):
                    raise
                lacking = str(fault).split("\n")[0][:200]  # the fault itself holds the memory
            _log.warning("out of memory with tiles of %d: %s", side, lacking)
            release_memory(self.compute.device)
        raise WorldError(
            f"The memory of {self.compute.label} does not suffice for a picture of {size[0]} x "
            f"{size[1]}.",
            "Choose a smaller scale, or close other programs.",
        )

    def _outcome(
        self,
        meter: PeakMemory,
        size: tuple[int, int],
        upscaler: Upscaler | None,
        *,
        whole: bool,
    ) -> MemoryOutcome | None:
        """How it did with memory and, where the `whole` of it was made now, with time; None for
        Lanczos, of which nothing is predicted by models."""
        if upscaler is None or self.job.upscaler is None:
            return None
        seconds, processor, waited, loading = meter.times()
        return MemoryOutcome(
            device=upscaling_on(self.compute.memory_key),
            mode=MemoryMode.RESIDENT,
            pixels=size[0] * size[1],
            peak=meter.peak(),
            free=meter.free,
            seconds=seconds if whole else 0.0,
            processor=processor if self.compute.device.type == "cpu" else 0.0,
            waited=waited,
            threads=torch.get_num_threads(),
            loading=loading,
        )


def _preview(pixels: PixelRows) -> Preview:
    """The picture as it is, small."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((_SHOWN, _SHOWN))
    return Preview(image.width, image.height, image.tobytes())

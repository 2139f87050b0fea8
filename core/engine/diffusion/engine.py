"""The real engine: its verbs, and the memory ladder that each picture is made on.
Touches no database, settings or gallery."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import torch

from core.engine.contract.passes import is_refined
from core.engine.contract.protocol import EngineSpec, OnEvent
from core.engine.diffusion.accelerators.arithmetic import set_up
from core.engine.diffusion.families.generic import GenericPipeline
from core.engine.diffusion.families.model import learned_for
from core.engine.diffusion.loaded.memory_modes import (
    MEMORY_MODES,
    ModeSettings,
    is_out_of_memory,
    modes_for,
)
from core.engine.diffusion.loaded.model_cache import ModelCache
from core.engine.diffusion.loaded.peak_memory import PeakMemory
from core.engine.diffusion.parts.device import ComputeDevice, choose_device, describe
from core.engine.diffusion.picture_making.answering import answered
from core.engine.diffusion.picture_making.looking import looked_at
from core.engine.diffusion.picture_making.picture import make_picture
from core.engine.diffusion.picture_making.progress import PictureProgress
from core.engine.diffusion.picture_making.refining.larger_picture import refined_picture, with_start
from core.engine.diffusion.picture_making.workplace import LoadingTold, Workplace
from core.engine.diffusion.time_saving.int8_matrices import why_no_int8
from core.engine.diffusion.upscale.making import UpscaleJob, UpscalerCache
from core.system.errors import InvalidRequest, WorldError
from core.values.device import Device
from core.values.events import Tick
from core.values.insight.questions import Answer, Question
from core.values.job import Job, MemoryOutcome, ModelRef, RecordedLook
from core.values.picture import Pixels, Result

_log = logging.getLogger(__name__)
# how much more memory must be free than when it ran out, for the fast way to be tried again
ROOMIER = 1.25


class DiffusionEngine:
    """Keeps models loaded. Runs in whatever thread calls it."""

    def __init__(self, spec: EngineSpec) -> None:
        self._spec = spec
        self._compute: ComputeDevice | None = None
        self._cache: ModelCache | None = None
        self._upscalers = UpscalerCache()
        self._meter: PeakMemory | None = None  # of the picture being made
        # model path: the rung that worked last, and for how many pixels
        self._rungs: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> Self:
        warnings.filterwarnings("ignore", module=r"(transformers|diffusers|huggingface_hub)\.")
        return self

    def __exit__(self, *_: object) -> None:
        self._cache = None

    def prepare(self, model: ModelRef | None = None) -> None:
        """Choose the device and load `model` ahead of the first job.

        Raises InvalidRequest or WorldError for a device that is not there, ModelMissing for a
        model that cannot be used.
        """
        self._at()
        if model is not None:
            self._model_cache().acquire(model.path, MEMORY_MODES[0], lambda: None)

    def devices(self, on_event: OnEvent) -> list[Device]:
        """What torch can use on this machine, the chosen device first.

        Raises InvalidRequest or WorldError where the chosen one is not there.
        """
        compute = self._at()
        chosen = str(compute.device.type)
        first, *others = sorted(describe(), key=lambda device: not device.id.startswith(chosen))
        return [replace(first, no_int8=why_no_int8(compute)), *others]

    @torch.no_grad()
    def measure(self, job: Job, on_event: OnEvent) -> None:
        """See protocol.Engine. Raises InvalidRequest for a model that diffusers' own pipeline
        runs, ModelMissing for one that cannot be used, and what `on_event` raises to cancel."""
        from core.engine.diffusion.measuring.parts import measure

        mode = MEMORY_MODES[0]
        model, _ = self._model_cache().acquire(job.model.path, mode, LoadingTold(on_event))
        if isinstance(model, GenericPipeline):
            raise InvalidRequest(
                "model",
                f"{job.model.name} runs through a pipeline whose parts cannot be measured.",
                "Choose another model.",
            )
        if self._spec.previews and model.previewer is None:
            model.previewer = learned_for(model, job.request)

        def picture(job: Job) -> object:
            return self._run(job, lambda event: on_event(Tick()), time.monotonic(), mode)

        measure(model, job, picture, on_event)

    @torch.no_grad()
    def look(self, job: Job, look: RecordedLook, on_event: OnEvent) -> Pixels:
        """See protocol.Engine. Raises WorldError where the recording cannot be read or lacks the
        step, ModelMissing where the model cannot be used, and what `on_event` raises to cancel."""
        return looked_at(self._workplace(on_event, MEMORY_MODES[0]), job, look)

    @torch.no_grad()
    def ask(self, job: Job, question: Question, on_event: OnEvent) -> Answer:
        """See protocol.Engine. Raises InvalidRequest for a model that diffusers' own pipeline runs,
        WorldError and ModelMissing as `answered`, and what `on_event` raises to cancel."""
        ladder = modes_for(self._at().device)
        free = PeakMemory(self._at().device).free
        place = self._workplace(on_event, ladder[self._first_rung(job, ladder, free)])
        if place.is_generic(job):
            raise InvalidRequest(
                "model",
                f"{job.model.name} runs through a pipeline that cannot be looked into.",
                "Choose a picture of another model.",
            )
        return answered(place, job, question)

    def unload(self, path: str = "", on_event: OnEvent = lambda _: None) -> None:
        """Let go of the model at `path`, or of all."""
        if path:
            self._upscalers.evict(path)
        else:
            self._upscalers.clear()
        if self._cache is not None:
            if path:
                self._cache.evict(path)
            else:
                self._cache.clear()

    def restart(self) -> None:
        """Let go of everything; a device's context itself belongs to the process."""
        self._cache = None
        self._upscalers.clear()

    def _at(self) -> ComputeDevice:
        if self._compute is None:
            self._compute = choose_device(self._spec.device, self._spec.weights)
            set_up(self._compute.device)
        return self._compute

    def _model_cache(self) -> ModelCache:
        if self._cache is None:
            self._cache = ModelCache(self._at())
        return self._cache

    def run(self, job: Job, on_event: OnEvent) -> Result:
        """See protocol.Engine. Where memory runs out, the picture is begun again on the next
        rung of `memory_modes.MEMORY_MODES`.

        Raises WorldError after the last rung and where numbers overflow, ModelMissing for a model
        or an adapter that cannot be used, InvalidRequest for what the model cannot make, and what
        `on_event` raises to cancel.
        """
        began = time.monotonic()
        enlarged = self._enlarged(job, on_event, began)
        if enlarged is None:
            return self._made(job, on_event, began)
        if job.request.upscale.only_enlarges:
            return enlarged
        refined = self._made(with_start(job, enlarged.pixels), on_event, began)
        return replace(refined, fingerprint=(*refined.fingerprint, *enlarged.fingerprint[-1:]))

    def _enlarged(self, job: Job, on_event: OnEvent, began: float) -> Result | None:
        """The picture of a job that makes one larger; None for others. Raises InvalidRequest where
        it is to be recorded, and as `made` of UpscaleJob."""
        if not job.request.upscale.source:
            return None
        if job.recording or job.branch is not None:
            raise InvalidRequest(
                "upscale",
                "A picture that is made larger has no steps that could be recorded.",
                "Look at the one that it was made from.",
            )
        here = UpscaleJob(job, self._at(), self._upscalers, on_event, self._spec.previews)
        return here.made(began)

    def _made(self, job: Job, on_event: OnEvent, began: float) -> Result:
        """`run`, of what a model makes."""
        meter = PeakMemory(self._at().device)
        self._meter = meter
        ladder = modes_for(self._at().device)
        pixels = job.request.width * job.request.height
        rung = asked = self._first_rung(job, ladder, meter.free)
        while True:
            result, lacking = self._attempt(job, on_event, began, ladder[rung])
            if result is not None:
                if rung and not (job.mode and rung == asked):
                    self._rungs[job.model.path] = rung, pixels
                return replace(result, outcome=self._way(job, ladder[rung], meter))
            self._model_cache().clear()
            if rung + 1 == len(ladder):
                raise self._too_large(job, ladder[rung])
            rung += 1
            _log.warning(
                "out of memory; now %s: %s", ladder[rung].label, lacking.split("\n")[0][:200]
            )
            on_event(Tick())

    def _attempt(
        self, job: Job, on_event: OnEvent, began: float, mode: ModeSettings
    ) -> tuple[Result | None, str]:
        """The result; or None, and what was said when memory ran out. Words, since the fault itself
        holds the frames, and with them the memory."""
        try:
            return self._run(job, on_event, began, mode), ""
        except (RuntimeError, MemoryError) as fault:
            if not is_out_of_memory(fault):
                raise
            return None, str(fault)

    def _way(self, job: Job, mode: ModeSettings, meter: PeakMemory) -> MemoryOutcome:
        """How the picture just made did with the memory and the time there were."""
        request = job.request
        from_picture = bool(request.start.source or request.upscale.source)
        # what a picture from outside takes besides is not the model's
        peak = meter.peak() if self._model_cache().alone and not from_picture else 0
        seconds, processor, waited, loading = meter.times()
        # else the time is not that of the steps asked for
        whole = job.resume is None and job.refiner is None
        whole = whole and not from_picture and not is_refined(request)
        return MemoryOutcome(
            device=self._at().memory_key,
            mode=mode.id,
            pixels=request.width * request.height,
            peak=peak,
            free=meter.free,
            warm=self._model_cache().loaded_paths,
            seconds=seconds if whole else 0.0,
            processor=processor if self._at().device.type == "cpu" else 0.0,
            waited=waited,
            threads=torch.get_num_threads(),
            loading=loading,
        )

    def _too_large(self, job: Job, mode: ModeSettings) -> WorldError:
        return WorldError(
            (
                f"The memory of {self._at().label} does not suffice for a picture of "
                f"{job.request.width} x {job.request.height}, even when {mode.label}."
            ),
            "Choose a smaller size, or --device cpu.",
        )

    def _first_rung(self, job: Job, ladder: Sequence[ModeSettings], free: int) -> int:
        """The rung that is asked for, else the one that was needed before."""
        ids = [mode.id.value for mode in ladder]
        if job.mode in ids:
            return ids.index(job.mode)
        rung, pixels = self._rungs.get(job.model.path) or self._remembered(job, free)
        if job.request.width * job.request.height < pixels:
            return 0
        return min(rung, len(ladder) - 1)

    def _remembered(self, job: Job, free: int) -> tuple[int, int]:
        """The rung and the pixels it was needed for, from pictures made
        before this engine was opened.

        Where much more memory is free than at that time, the fast way gets another chance.
        """
        ids = [mode.id.value for mode in MEMORY_MODES]
        for outcome in job.outcomes:
            if outcome.device == self._at().memory_key and free <= outcome.free * ROOMIER:
                if outcome.mode not in ids:  # of another version's ladder
                    return 0, 0
                return ids.index(outcome.mode), outcome.pixels
        return 0, 0

    def _loaded(self) -> None:
        if self._meter is not None:
            self._meter.start_clock()

    def _run(self, job: Job, on_event: OnEvent, began: float, mode: ModeSettings) -> Result:
        return make_picture(self._workplace(on_event, mode), job, began, refined_picture)

    def _workplace(self, on_event: OnEvent, mode: ModeSettings) -> Workplace:
        return Workplace(
            spec=self._spec,
            cache=self._model_cache(),
            compute=self._at(),
            mode=mode,
            progress=PictureProgress(on_event),
            loaded=self._loaded,
        )

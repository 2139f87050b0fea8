"""The real engine: borrows weights, encodes text, runs the loop, decodes.
Touches no database, settings or gallery."""

from __future__ import annotations

import logging
import time
import warnings
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Self

import torch

from core.engine.contract.parity import plan_of
from core.engine.contract.protocol import EngineSpec, OnEvent
from core.engine.diffusion import loop
from core.engine.diffusion.accelerators.arithmetic import set_up
from core.engine.diffusion.families.generic import GenericPipeline
from core.engine.diffusion.families.model import LoadedNetworks, Model, learned_for
from core.engine.diffusion.memory_modes import (
    MEMORY_MODES,
    ModeSettings,
    is_out_of_memory,
    modes_for,
)
from core.engine.diffusion.model_cache import ModelCache
from core.engine.diffusion.parts.denoiser import Denoise, RefinerSwitch, guided
from core.engine.diffusion.parts.device import (
    ComputeDevice,
    Versions,
    choose_device,
    describe,
    fingerprint,
    saving_time,
)
from core.engine.diffusion.parts.embeddings import notes_where_unsupported
from core.engine.diffusion.parts.timesteps import told_timestep, with_lcm_boundary
from core.engine.diffusion.peak_memory import PeakMemory
from core.models.files.families import FAMILIES
from core.sampling.schedules import NoiseTable
from core.system.errors import InvalidRequest, WorldError
from core.values.device import Device
from core.values.events import NetworkCalled, Phase, PhaseStarted, PictureNote, StepDone, Tick
from core.values.job import Job, MemoryOutcome, ModelRef
from core.values.picture import Pixels, Result
from core.values.program import Program
from core.values.request_parts.time_saving import TINY

_log = logging.getLogger(__name__)
# how much more memory must be free than when it ran out, for the fast way to be tried again
ROOMIER = 1.25


class DiffusionEngine:
    """Keeps models loaded. Runs in whatever thread calls it."""

    def __init__(self, spec: EngineSpec) -> None:
        self._spec = spec
        self._compute: ComputeDevice | None = None
        self._cache: ModelCache | None = None
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
        chosen = str(self._at().device.type)
        return sorted(describe(), key=lambda device: not device.id.startswith(chosen))

    @torch.no_grad()
    def measure(self, job: Job, on_event: OnEvent) -> None:
        """See protocol.Engine. Raises InvalidRequest for a model that diffusers' own pipeline
        runs, ModelMissing for one that cannot be used, and what `on_event` raises to cancel."""
        from core.engine.diffusion.measuring.parts import measure

        mode = MEMORY_MODES[0]
        model, _ = self._model_cache().acquire(job.model.path, mode, _Loading(on_event))
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

    def unload(self, path: str = "", on_event: OnEvent = lambda _: None) -> None:
        """Let go of the model at `path`, or of all."""
        if self._cache is not None:
            if path:
                self._cache.evict(path)
            else:
                self._cache.clear()

    def restart(self) -> None:
        """Let go of everything; a device's context itself belongs to the process."""
        self._cache = None

    def _at(self) -> ComputeDevice:
        if self._compute is None:
            self._compute = choose_device(self._spec.device, self._spec.weights)
            set_up(self._compute.device)
        return self._compute

    def _model_cache(self) -> ModelCache:
        if self._cache is None:
            self._cache = ModelCache(self._at())
        return self._cache

    def _model(self) -> Model:
        model = self._model_cache().current()
        assert not isinstance(model, GenericPipeline)
        return model

    def run(self, job: Job, on_event: OnEvent) -> Result:
        """See protocol.Engine. Where memory runs out, the picture is begun again on the next
        rung of `memory_modes.MEMORY_MODES`.

        Raises WorldError after the last rung and where numbers overflow, ModelMissing for a model
        or an adapter that cannot be used, InvalidRequest for what the model cannot make, and what
        `on_event` raises to cancel.
        """
        began = time.monotonic()
        meter = PeakMemory(self._at().device)
        self._meter = meter
        ladder = modes_for(self._at().device)
        pixels = job.request.width * job.request.height
        known = self._rungs.get(job.model.path) or self._remembered(job, meter.free)
        rung = min(known[0], len(ladder) - 1) if pixels >= known[1] else 0
        while True:
            result, lacking = self._attempt(job, on_event, began, ladder[rung])
            if result is not None:
                if rung:
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
        peak = meter.peak() if self._model_cache().alone else 0
        seconds, processor, waited, loading = meter.times()
        # else the time is not that of the steps asked for
        whole = job.resume is None and job.refiner is None
        return MemoryOutcome(
            device=self._at().memory_key,
            mode=mode.id,
            pixels=job.request.width * job.request.height,
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

    @torch.no_grad()
    def _run(self, job: Job, on_event: OnEvent, began: float, mode: ModeSettings) -> Result:
        if (row := FAMILIES.get(job.model.family)) and row.pipeline:
            return self._through_pipeline(job, on_event, began, mode)
        with ExitStack() as lent:
            latents = self._sampled(job, mode, _Loading(on_event), lent)
        is_tiny = job.request.decoder == TINY
        on_event(PhaseStarted(Phase.DECODING))
        model = self._model()
        offloader = self._model_cache().offloader()
        with offloader.on_device("vae"):
            cut = job.request.program != Program.CALOTYPE
            pixels, values = model.decode(latents, cut=cut, tiny=is_tiny)
        if model.previewer is not None and not is_tiny:
            model.previewer.learn(latents, values)
        return self._result(pixels, began, mode, model, saving_time(job.request))

    def _result(
        self,
        pixels: Pixels,
        began: float,
        mode: ModeSettings,
        model: LoadedNetworks,
        more: Versions = (),
    ) -> Result:
        compute = self._at()
        known = (*fingerprint(compute, model.networks), ("memory", mode.id), *more)
        return Result(pixels, time.monotonic() - began, compute.label, known)

    def _sampled(
        self, job: Job, mode: ModeSettings, telling: _Loading, lent: ExitStack
    ) -> torch.Tensor:
        """The finished latents (1, c, h, w); the denoiser is lent to `lent` meanwhile."""
        request = job.request
        compute = self._at()
        on_event = telling.on_event
        denoise = self._seeing(job, job.model, mode, telling, lent)
        model = self._model()
        table = model.table(request)
        plan = plan_of(request, table, job.model.family)
        shape = model.shape(request)
        if job.refiner is not None:
            second = partial(self._refining, job, job.refiner, mode, telling, lent)
            at = plan.levels[round(request.refiner_at * (len(plan.levels) - 1))]
            denoise = RefinerSwitch(denoise, at, second)
        on_event(PhaseStarted(Phase.SAMPLING))
        previewer = model.previewer if self._spec.previews else None
        if previewer is not None:
            # where memory is scarce, no further network is loaded for previews
            tiny = job.tiny.path if job.tiny and mode is MEMORY_MODES[0] else ""
            previewer.use(tiny, compute.device)
        web_ui_lcm = request.program == Program.A1111 and request.sampler == "lcm"
        if web_ui_lcm and isinstance(table, NoiseTable):
            denoise = with_lcm_boundary(denoise, told_timestep(Program.A1111, "lcm", table))
        return loop.sample(
            job,
            plan,
            denoise,
            shape,
            device=compute.device,
            previewer=previewer,
            on_event=on_event,
            fingerprint=fingerprint(compute, model.networks),
            checkpoint_interval=self._spec.checkpoint_interval,
        )

    def _refining(
        self, job: Job, refiner: ModelRef, mode: ModeSettings, telling: _Loading, lent: ExitStack
    ) -> Denoise:
        """The refiner's denoiser, which takes the first one's place on the device."""
        lent.close()
        denoise = self._seeing(job, refiner, mode, telling, lent)
        telling.on_event(PhaseStarted(Phase.SAMPLING))
        return denoise

    def _through_pipeline(
        self, job: Job, on_event: OnEvent, began: float, mode: ModeSettings
    ) -> Result:
        """A model without a wrapper of ours: diffusers' pipeline runs, and tells of each step."""
        request = job.request
        vae = job.vae.path if job.vae else ""
        last = time.monotonic()
        model, offloader = self._model_cache().acquire(
            job.model.path, mode, _Loading(on_event), vae
        )
        assert isinstance(model, GenericPipeline)
        self._loaded()

        def stepped(step: int) -> None:
            nonlocal last
            now = time.monotonic()
            on_event(NetworkCalled())
            done = StepDone(
                step=min(step, request.steps),
                steps=request.steps,
                sigma=1 - step / request.steps,
                seconds=now - last,
            )
            on_event(done)
            last = now

        for words in notes_where_unsupported(job):
            on_event(PictureNote(words))
        on_event(PhaseStarted(Phase.SAMPLING))
        with offloader.on_device("unet"), offloader.on_device("vae"):
            pixels = model.render(request, stepped)
        return self._result(pixels, began, mode, model)

    def _seeing(
        self, job: Job, ref: ModelRef, mode: ModeSettings, telling: _Loading, lent: ExitStack
    ) -> Denoise:
        """The guided denoiser of a model, its denoiser lent to `lent`; adapters and another VAE are
        for the job's own model."""
        request = job.request
        on_event = telling.on_event
        if ref is job.model:
            vae = job.vae.path if job.vae else ""
            model, offloader = self._model_cache().acquire(ref.path, mode, telling, vae)
            assert not isinstance(model, GenericPipeline)
            self._loaded()
            on_event(PhaseStarted(Phase.ENCODING))
            model.use_decoder(job, self._at().device)
            for words in model.apply_adapters(job):
                on_event(PictureNote(words))
        else:
            model, offloader = self._model_cache().acquire(ref.path, mode, telling)
            assert not isinstance(model, GenericPipeline)
            on_event(Tick())
            model.apply_adapters(replace(job, request=replace(request, loras=()), loras=()))
        model.predict_as(ref.prediction)
        with offloader.on_device("text"):
            positive, negative = self._model_cache().texts.of(
                job, ref, lambda: model.encode_prompts(job, lambda: on_event(Tick()))
            )
        with offloader.on_device("vae"):
            extra_channels = model.extra_channels(model.shape(request))
            if ref is job.model and self._spec.previews and model.previewer is None:
                model.previewer = learned_for(model, request)
        network = offloader.sped_up(
            model.network(request, extra_channels, lambda: on_event(NetworkCalled()))
        )
        lent.enter_context(offloader.on_device("unet"))
        return guided(
            network,
            positive,
            negative,
            model.guidance(request),
            rescale=request.guidance_rescale,
            between=(request.guidance_from, request.guidance_until),
            apart=mode.sliced,
        )


class _Loading:
    """Says once that a model is being loaded, then beats."""

    def __init__(self, on_event: OnEvent) -> None:
        self.on_event = on_event
        self._said = False

    def __call__(self) -> None:
        self.on_event(Tick() if self._said else PhaseStarted(Phase.LOADING))
        self._said = True

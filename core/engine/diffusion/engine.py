"""The real engine: borrows weights, encodes text, runs the loop, decodes. Touches no database, settings or gallery."""

from __future__ import annotations

import logging
import time
import warnings
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import torch

from core.engine.compat import run_of
from core.engine.diffusion import conditioning, loop
from core.engine.diffusion.conditioning import Conditioning
from core.engine.diffusion.denoiser import Denoise, Denoiser, Handover, guided
from core.engine.diffusion.device import Place, choose, fingerprint
from core.engine.diffusion.embeddings import with_embeddings
from core.engine.diffusion.families import sd
from core.engine.diffusion.lora import Wanted
from core.engine.diffusion.memory import LADDER, Mode, is_out_of_memory, rungs
from core.engine.diffusion.preview import fit
from core.engine.diffusion.shelf import Shelf
from core.engine.protocol import EngineSpec, OnEvent
from core.errors import WorldError
from core.events import NetworkCalled, Phase, PhaseStarted, Tick
from core.job import Job, ModelRef
from core.picture import Result

_log = logging.getLogger(__name__)
SPATIAL = 8
AESTHETIC = (6.0, 2.5)  # the refiner's scores for the prompt and the negative prompt, as Stability's own pipeline sets them


class DiffusionEngine:
    """Keeps models loaded. Runs in whatever thread calls it."""

    def __init__(self, spec: EngineSpec) -> None:
        self._spec = spec
        self._place: Place | None = None
        self._shelf: Shelf | None = None
        self._rungs: dict[str, tuple[int, int]] = {}  # model path: the rung that worked last, and for how many pixels

    def __enter__(self) -> Self:
        warnings.filterwarnings("ignore", module=r"(transformers|diffusers|huggingface_hub)\.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._shelf = None

    def prepare(self, model: ModelRef | None = None) -> None:
        """Choose the device and load `model` ahead of the first job."""
        self._at()
        if model is not None:
            self._models().borrow(model.path, LADDER[0], lambda: None)

    def _at(self) -> Place:
        if self._place is None:
            self._place = choose(self._spec.device)
        return self._place

    def _models(self) -> Shelf:
        if self._shelf is None:
            self._shelf = Shelf(self._at())
        return self._shelf

    def run(self, job: Job, on_event: OnEvent) -> Result:
        """See protocol.Engine. Where memory runs out, the picture is begun again on the next rung of `memory.LADDER`."""
        began = time.monotonic()
        ladder, pixels = rungs(self._at().device), job.request.width * job.request.height
        known = self._rungs.get(job.model.path, (0, 0))
        rung = min(known[0], len(ladder) - 1) if pixels >= known[1] else 0
        while True:
            result, lacking = None, ""
            try:
                result = self._run(job, on_event, began, ladder[rung])
            except (RuntimeError, MemoryError) as fault:
                if not is_out_of_memory(fault):
                    raise
                lacking = str(fault)  # the fault itself holds the frames, and with them the memory
            if result is not None:
                if rung:
                    self._rungs[job.model.path] = rung, pixels
                return result
            self._models().forget()
            if rung + 1 == len(ladder):
                raise WorldError(f"The memory of {self._at().label} does not suffice for a picture of {job.request.width} x "
                                 f"{job.request.height}, even when {ladder[rung].label}.", "Choose a smaller size, or --device cpu.")
            rung += 1
            _log.warning("out of memory; now %s: %s", ladder[rung].label, lacking.split("\n")[0][:200])
            on_event(Tick())

    def _texts(self, model: sd.Loaded, job: Job) -> tuple[Conditioning, Conditioning]:
        """What the denoiser is told with and without the prompt."""
        request, towers = job.request, with_embeddings(model.towers, job.embeddings)
        positive, negative = (conditioning.encode_all(towers, text, request.clip_skip, model.place.device, request.compatibility)
                              for text in (request.prompt, request.negative_prompt))
        if not model.sized:
            return positive, negative
        scores = AESTHETIC if model.aesthetic else (None, None)
        return (conditioning.sized(positive, request.width, request.height, scores[0]),
                conditioning.sized(negative, request.width, request.height, scores[1]))

    @torch.no_grad()
    def _run(self, job: Job, on_event: OnEvent, began: float, mode: Mode) -> Result:
        request, place, telling = job.request, self._at(), _Loading(on_event)
        shape = (1, 4, request.height // SPATIAL, request.width // SPATIAL)
        with ExitStack() as lent:
            denoise = self._seeing(job, job.model, mode, shape, telling, lent)
            model, _ = self._models().current()
            run = run_of(request, model.table, job.model.family)
            if (refiner := job.refiner) is not None:
                def second() -> Denoise:
                    lent.close()
                    seeing = self._seeing(job, refiner, mode, shape, telling, lent)
                    on_event(PhaseStarted(Phase.SAMPLING))
                    return seeing
                denoise = Handover(denoise, run.levels[round(request.refiner_at * (len(run.levels) - 1))], second)
            on_event(PhaseStarted(Phase.SAMPLING))
            latents = loop.sample(request, run, denoise, shape, place.device, model.previewer if self._spec.previews else None, on_event)
        on_event(PhaseStarted(Phase.DECODING))
        model, steward = self._models().current()
        with steward.lends("vae"):
            pixels, values = sd.decode(model, latents)
        if model.previewer is None:
            model.previewer = fit(latents.cpu(), values)
        return Result(pixels, time.monotonic() - began, place.label, (*fingerprint(place), ("memory", mode.id)))

    def _seeing(self, job: Job, ref: ModelRef, mode: Mode, shape: tuple[int, ...], telling: _Loading, lent: ExitStack) -> Denoise:
        """The guided denoiser of a model, its denoiser lent to `lent`; adapters and another VAE are for the job's own model."""
        request, own = job.request, ref is job.model
        model, steward = self._models().borrow(ref.path, mode, telling, job.vae.path if job.vae and own else "")
        telling.on_event(PhaseStarted(Phase.ENCODING) if own else Tick())
        model.adapted.apply(tuple(
            Wanted(one.path, one.name, lora.weight, lora.weight if lora.text_weight is None else lora.text_weight)
            for lora, one in zip(request.loras, job.loras, strict=True)) if own else ())
        with steward.lends("text"):
            positive, negative = self._texts(model, job)
        with steward.lends("vae"):
            shown = sd.blank_picture(model, shape)
        if request.freeu is None:
            model.unet.disable_freeu()
        else:
            b1, b2, s1, s2 = request.freeu
            model.unet.enable_freeu(s1, s2, b1, b2)
        denoiser = Denoiser(model.unet, model.table, model.prediction, model.place.dtype, lambda: telling.on_event(NetworkCalled()), shown,
                            nearest=request.compatibility == "comfyui")
        lent.enter_context(steward.lends("unet"))
        return guided(denoiser, positive, negative, request.guidance, rescale=request.guidance_rescale,
                      between=(request.guidance_from, request.guidance_until), apart=mode.sliced)


class _Loading:
    """Says once that a model is being loaded, then beats."""

    def __init__(self, on_event: OnEvent) -> None:
        self.on_event, self._said = on_event, False

    def __call__(self) -> None:
        self.on_event(Tick() if self._said else PhaseStarted(Phase.LOADING))
        self._said = True

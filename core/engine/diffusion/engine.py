"""The real engine: borrows weights, encodes text, runs the loop, decodes. Touches no database, settings or gallery."""

from __future__ import annotations

import time
import warnings
from types import TracebackType
from typing import Self

import torch

from core.engine.compat import run_of
from core.engine.diffusion import conditioning, loop
from core.engine.diffusion.conditioning import Conditioning
from core.engine.diffusion.denoiser import Denoiser, guided
from core.engine.diffusion.device import Place, choose, fingerprint
from core.engine.diffusion.families import sd
from core.engine.diffusion.lora import Wanted
from core.engine.diffusion.preview import fit
from core.engine.protocol import EngineSpec, OnEvent
from core.errors import WorldError
from core.events import NetworkCalled, Phase, PhaseStarted, Tick
from core.job import Job, ModelRef
from core.picture import Result
from core.request import Request

SPATIAL = 8
AESTHETIC = (6.0, 2.5)  # the refiner's scores for the prompt and the negative prompt, as Stability's own pipeline sets them


class DiffusionEngine:
    """Keeps the last model loaded. Runs in whatever thread calls it."""

    def __init__(self, spec: EngineSpec) -> None:
        self._spec = spec
        self._place: Place | None = None
        self._model: sd.Loaded | None = None

    def __enter__(self) -> Self:
        warnings.filterwarnings("ignore", module=r"(transformers|diffusers|huggingface_hub)\.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._model = None

    def prepare(self, model: ModelRef | None = None) -> None:
        """Choose the device and load `model` ahead of the first job."""
        self._at()
        if model is not None:
            self._borrow(model, lambda event: None)

    def _at(self) -> Place:
        if self._place is None:
            self._place = choose(self._spec.device)
        return self._place

    def _borrow(self, model: ModelRef, on_event: OnEvent) -> sd.Loaded:
        if self._model is None or self._model.path != model.path:
            on_event(PhaseStarted(Phase.LOADING))
            self._model = None
            self._model = sd.load(model.path, self._at(), lambda: on_event(Tick()))
        return self._model

    def run(self, job: Job, on_event: OnEvent) -> Result:
        """See protocol.Engine."""
        began = time.monotonic()
        try:
            return self._run(job, on_event, began)
        except torch.OutOfMemoryError as fault:
            self._model = None
            torch.cuda.empty_cache()
            raise WorldError("The device's memory does not suffice for this picture.", "Choose a smaller size, or --device cpu.") from fault

    def _texts(self, model: sd.Loaded, request: Request) -> tuple[Conditioning, Conditioning]:
        """What the denoiser is told with and without the prompt."""
        positive, negative = (conditioning.encode_all(model.towers, text, request.clip_skip, model.place.device, request.compatibility)
                              for text in (request.prompt, request.negative_prompt))
        if not model.sized:
            return positive, negative
        scores = AESTHETIC if model.aesthetic else (None, None)
        return (conditioning.sized(positive, request.width, request.height, scores[0]),
                conditioning.sized(negative, request.width, request.height, scores[1]))

    @torch.no_grad()
    def _run(self, job: Job, on_event: OnEvent, began: float) -> Result:
        request, place = job.request, self._at()
        model = self._borrow(job.model, on_event)
        on_event(PhaseStarted(Phase.ENCODING))
        model.adapted.apply(tuple(
            Wanted(ref.path, ref.name, lora.weight, lora.weight if lora.text_weight is None else lora.text_weight)
            for lora, ref in zip(request.loras, job.loras, strict=True)))
        positive, negative = self._texts(model, request)
        shape = (1, 4, request.height // SPATIAL, request.width // SPATIAL)
        shown = sd.blank_picture(model, shape)
        on_event(PhaseStarted(Phase.SAMPLING))
        denoiser = Denoiser(model.unet, model.table, model.prediction, place.dtype, lambda: on_event(NetworkCalled()), shown,
                            nearest=request.compatibility == "comfyui")
        denoise = guided(denoiser, positive, negative, request.guidance, rescale=request.guidance_rescale,
                         between=(request.guidance_from, request.guidance_until))
        latents = loop.sample(request, run_of(request, model.table, job.model.family), denoise, shape, place.device,
                              model.previewer if self._spec.previews else None, on_event)
        on_event(PhaseStarted(Phase.DECODING))
        pixels, values = sd.decode(model, latents)
        if model.previewer is None:
            model.previewer = fit(latents.cpu(), values)
        return Result(pixels, time.monotonic() - began, place.label, fingerprint(place))

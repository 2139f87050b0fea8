"""Where a picture is made: the models in memory on one rung of the memory ladder, whose parts are
lent out, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

import torch

from core.engine.contract.protocol import EngineSpec, OnEvent
from core.engine.diffusion.families.generic import GenericPipeline
from core.engine.diffusion.families.model import Model, encode_prompts, learned_for
from core.engine.diffusion.loaded.memory_modes import ModeSettings, Offloader
from core.engine.diffusion.loaded.model_cache import ModelCache
from core.engine.diffusion.parts.conditioning import Conditioning
from core.engine.diffusion.parts.denoiser import Denoise, Denoiser, Network, composed, guided
from core.engine.diffusion.parts.device import ComputeDevice, Versions
from core.engine.diffusion.parts.embeddings import with_embeddings
from core.engine.diffusion.parts.told_texts import (
    ChangingTexts,
    StepClock,
    ToldTexts,
    equally_long,
    told_once,
    told_over,
)
from core.engine.diffusion.picture_inputs.encoding import PixelRows
from core.engine.diffusion.picture_inputs.instruct import guided_by_picture
from core.engine.diffusion.picture_making.progress import PictureProgress
from core.engine.diffusion.recording.tape import Tape
from core.prompt.grammar.plan import PromptPlan
from core.sampling.samplers import SAMPLERS
from core.values.events import NetworkCalled, Phase, PhaseStarted, PictureNote, Tick
from core.values.job import Job, ModelRef
from core.values.program import Program
from core.values.request import Request
from core.values.request_parts.emphasis import Emphasis

NO_WORDS = (
    "Where its words are looked at cannot be recorded: this model's text and picture look at each "
    "other in one."
)
INSTRUCT_CHANNELS = 4  # that an instruct model is shown beside its latents


class LoadingTold:
    """Says once that a model is being loaded, then beats."""

    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event
        self._said = False

    def __call__(self) -> None:
        self._on_event(Tick() if self._said else PhaseStarted(Phase.LOADING))
        self._said = True


@dataclass(slots=True, kw_only=True)
class Workplace:
    """For one picture. `loaded` hears, once, that its model is in memory; `undo` holds what is to
    be undone when the picture is done; `encoded_by` says for its fingerprint what pictures were
    brought in by; `composed_in` is set for the second pass of hires fix: how many places its first
    one had, as `told_texts.places_of` counts; `tape` listens to each step."""

    spec: EngineSpec
    cache: ModelCache
    compute: ComputeDevice
    mode: ModeSettings
    progress: PictureProgress
    loaded: Callable[[], None]
    undo: ExitStack = field(default_factory=ExitStack)
    encoded_by: Versions = ()
    composed_in: int | None = None
    tape: Tape = field(default_factory=Tape)
    _loading: LoadingTold = field(init=False)
    _is_loaded: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._loading = LoadingTold(self.progress)

    @property
    def model(self) -> Model:
        """The one borrowed last, which runs in our own loop."""
        model = self.cache.current()
        assert not isinstance(model, GenericPipeline)
        return model

    @property
    def networks(self) -> Versions:
        """Whose made the picture; none where none was needed."""
        return self.cache.current().networks if self._is_loaded else ()

    @property
    def offloader(self) -> Offloader:
        """Of that model."""
        return self.cache.offloader()

    def beat(self) -> None:
        """A chance to cancel: raises what the listener raises."""
        self.progress(Tick())

    def enter(self, phase: Phase) -> None:
        """Say that a phase begins."""
        self.progress(PhaseStarted(phase))

    def note(self, words: str) -> None:
        """Tell a sentence about this picture, unless it was told."""
        self.progress(PictureNote(words))

    def pipeline(self, job: Job) -> tuple[GenericPipeline, Offloader]:
        """The job's model, which runs as diffusers' own. Raises ModelMissing where a file is
        missing or damaged, InvalidRequest for another autoencoder than its own."""
        model, offloader = self._acquire(job)
        assert isinstance(model, GenericPipeline)
        return model, offloader

    def is_generic(self, job: Job) -> bool:
        """Whether the job's model runs as diffusers' own. Raises as `borrow`."""
        return isinstance(self._acquire(job)[0], GenericPipeline)

    def borrow(self, job: Job) -> Model:
        """The job's model with all that the job wants of it. Raises ModelMissing where a file is
        missing or damaged, InvalidRequest for what the model cannot do."""
        model, _ = self._acquire(job)
        assert not isinstance(model, GenericPipeline)
        self.enter(Phase.ENCODING)
        model.use_decoder(job, self.compute.device)
        for words in model.apply_adapters(job):
            self.note(words)
        return model

    @contextmanager
    def autoencoder(self, request: Request) -> Iterator[Model]:
        """The model borrowed last with its autoencoder on the device, edges joined as the request
        wants it; each tile that it works on is a chance to cancel."""
        model = self.model
        with self.offloader.on_device("vae"), ExitStack() as heard:
            self._join_edges(model, request)
            for vae in model.parts("vae"):
                for part in (vae.encoder, vae.decoder):
                    if part is not None:
                        hook = part.register_forward_pre_hook(lambda *_: self.beat())
                        heard.callback(hook.remove)
            yield model

    def encode(self, model: Model, pixels: PixelRows) -> torch.Tensor:
        """The latents (1, c, h / 8, w / 8) of pixels (h, w, 3), by what `autoencoder` gave: the
        encoder's mean."""
        self.encoded_by = (("encoder", f"mean of {model.encoder_name}"),)
        return model.encode(pixels, self.beat)

    def lend_denoiser(
        self,
        job: Job,
        ref: ModelRef,
        lent: ExitStack,
        plan: PromptPlan,
        clock: StepClock,
        shown: torch.Tensor | None = None,
    ) -> Denoise:
        """The guided denoiser of a model, on the device until `lent` is closed. Its texts are those
        of `plan` at the `clock`'s place. `shown` (1, 4 or 5, h, w) is what a model of that many
        further input channels sees of a picture."""
        request = job.request
        model = self.borrow(job) if ref is job.model else self._borrow_refiner(job, ref)
        model.predict_as(ref.prediction)
        offloader = self.offloader
        with offloader.on_device("text"):
            told = self.cache.texts.of(job, ref, lambda: self._read(model, job, plan), plan)
        with offloader.on_device("vae"):
            if ref is job.model and self.spec.previews and model.previewer is None:
                model.previewer = learned_for(model, request)
            self._join_edges(model, request)
            beside = model.extra_channels(model.shape(request)) if shown is None else shown
        network = model.network(request, beside, lambda: self.progress(NetworkCalled()))
        self._record_words(network, model, job)
        network = offloader.sped_up(network)
        lent.enter_context(offloader.on_device("unet"))
        weights = [branch.weight for branch in told.positive]

        def guide(texts: tuple[Conditioning, ...]) -> Denoise:
            """Guidance by these texts: the negative one, then those of the prompt."""
            if request.program == Program.A1111:
                texts = (texts[0], *equally_long(texts[1:]))
            texts = tuple(text.as_row(row) for row, text in enumerate(texts))
            positive = list(zip(texts[1:], weights, strict=True))
            if shown is not None and shown.shape[1] == INSTRUCT_CHANNELS:
                return self._guided_by_picture(network, positive, texts[0], request, shown)
            scale = model.guidance(request)
            return self._guided(network, positive, texts[0], request, scale)

        return ChangingTexts(told, clock, guide) if plan.changes else guide(told.at(0))

    def _record_words(self, network: Network, model: Model, job: Job) -> None:
        """Where somebody wants to know which words are looked at, they are heard until the picture
        is done. Says which networks cannot tell."""
        words = self.tape.words
        if words is None:
            return
        if not isinstance(network, Denoiser):
            self.note(NO_WORDS)
            return
        request = job.request
        emphasis = Emphasis(request.emphasis)
        towers = with_embeddings(model.towers, job.embeddings, request.program, emphasis=emphasis)
        words.read_by(lambda text: towers[0].placed(text, request.program))
        self.undo.callback(network.watched_by(words))

    def _read(self, model: Model, job: Job, plan: PromptPlan) -> ToldTexts:
        """The texts of a plan through a model's encoders, each once."""
        if plan.is_plain:
            return told_once(*encode_prompts(model, job, self.beat))
        return told_over(
            plan,
            lambda prompts, negatives: model.encode_texts(job, prompts, negatives, self.beat),
            job.request.program,
        )

    def _guided(
        self,
        network: Network,
        positive: list[tuple[Conditioning, float]],
        negative: Conditioning,
        request: Request,
        scale: float,
    ) -> Denoise:
        between = request.guidance_from, request.guidance_until
        rescale = request.guidance_rescale
        if len(positive) > 1 or positive[0][1] != 1.0:
            return composed(
                network,
                positive,
                negative,
                scale,
                rescale=rescale,
                between=between,
                on_branches=self.tape.on_branches,
            )
        return guided(
            network,
            positive[0][0],
            negative,
            scale,
            rescale=rescale,
            between=between,
            apart=self.mode.sliced,
            both=SAMPLERS[request.sampler].both_branches,
            on_branches=self.tape.on_branches,
        )

    def _guided_by_picture(
        self,
        network: Network,
        positive: list[tuple[Conditioning, float]],
        negative: Conditioning,
        request: Request,
        shown: torch.Tensor,
    ) -> Denoise:
        if len(positive) > 1 or positive[0][1] != 1.0:
            self.note(
                "A model that changes pictures by words is told one text: of those that AND joins "
                "only the first one counts, without its weight."
            )
        return guided_by_picture(
            network,
            positive[0][0],
            negative,
            shown,
            guidance=request.guidance,
            image_guidance=request.start.image_guidance,
            rescale=request.guidance_rescale,
            between=(request.guidance_from, request.guidance_until),
            apart=self.mode.sliced,
            on_branches=self.tape.on_branches,
        )

    def _borrow_refiner(self, job: Job, refiner: ModelRef) -> Model:
        """A refiner has neither the job's adapters nor its autoencoder."""
        model, _ = self.cache.acquire(refiner.path, self.mode, self._loading)
        assert not isinstance(model, GenericPipeline)
        self.beat()
        model.apply_adapters(replace(job, request=replace(job.request, loras=()), loras=()))
        return model

    def _acquire(self, job: Job) -> tuple[Model | GenericPipeline, Offloader]:
        vae = job.vae.path if job.vae else ""
        found = self.cache.acquire(job.model.path, self.mode, self._loading, vae)
        if not self._is_loaded:
            self._is_loaded = True
            self.loaded()
        return found

    def _join_edges(self, model: Model, request: Request) -> None:
        """Until the picture is done. Says what of the model cannot."""
        if not (joined := joined_directions(request)):
            return
        self.undo.callback(model.join_edges, "")
        if words := model.join_edges(joined):
            self.note(words)


def joined_directions(request: Request) -> str:
    """In which directions opposite edges are to be joined: "x", "y", "xy" or ""."""
    return "" if request.tiling == "none" else request.tiling

"""One walk down the noise with a model in memory, its denoiser lent meanwhile; and the picture of
what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import torch

from core.engine.contract.parity import plan_of
from core.engine.diffusion.loaded.memory_modes import MEMORY_MODES
from core.engine.diffusion.networks.convolutions.mapped_pages import close_large_holes
from core.engine.diffusion.parts.denoiser import Denoise, RefinerSwitch
from core.engine.diffusion.parts.device import Versions, fingerprint
from core.engine.diffusion.parts.preview import Previewer
from core.engine.diffusion.parts.timesteps import told_timestep, with_lcm_boundary
from core.engine.diffusion.parts.told_texts import StepClock, clock_of, places_of
from core.engine.diffusion.picture_inputs.holding import StartLatents
from core.engine.diffusion.picture_making import loop
from core.engine.diffusion.picture_making.adapters_over_steps import AdaptersOverSteps, in_step
from core.engine.diffusion.picture_making.workplace import Workplace, joined_directions
from core.prompt.grammar.places import Written
from core.prompt.grammar.plan import PromptPlan, plan_prompts
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import FlowTable, NoiseTable
from core.system.errors import InvalidRequest
from core.values.events import Phase
from core.values.job import Job, ModelRef
from core.values.picture import Pixels
from core.values.program import Program
from core.values.request import Request
from core.values.request_parts.time_saving import TINY

# raised where the same text becomes other texts over its steps, or is read otherwise
LANGUAGE = {Program.CALOTYPE: "1", Program.A1111: "2", Program.COMFYUI: "1"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beginning:
    """What a walk starts from in place of pure noise. `shown` (1, 4 or 5, h, w) is what a model
    that looks at a picture sees of it. `spread` makes of the denoiser, which knows pictures of the
    request's size, one of latents as large as those it starts from."""

    latents: StartLatents
    shown: torch.Tensor | None = None
    spread: Callable[[Denoise], Denoise] | None = None


def sampled(place: Workplace, job: Job, beginning: Beginning | None = None) -> torch.Tensor:
    """The finished latents (1, c, h, w) of a job's request, by its model and perhaps its refiner,
    which is then the one borrowed last."""
    request = job.request
    start = None if beginning is None else beginning.latents
    texts, clock = texts_over(place, request, start)
    if place.tape.words is not None:
        place.tape.words.of_prompts(_written(place, request, start))
    with ExitStack() as lent:
        shown = None if beginning is None else beginning.shown

        def lend(job: Job) -> Denoise:
            return place.lend_denoiser(job, job.model, lent, texts, clock, shown)

        denoise = lend(in_step(job, 1, request.steps))
        model = place.model
        table = model.table(request)
        plan = plan_of(request, table, job.model.family) if start is None else start.levels.plan
        whole = plan.levels if start is None else start.levels.whole
        denoise = _over_steps(job, whole, denoise, partial(_with_adapters, place, lent, lend))
        if job.refiner is not None:
            at = whole[round(request.refiner_at * (len(whole) - 1))]
            second = partial(_refining, place, job, job.refiner, lent, texts, clock)
            denoise = RefinerSwitch(denoise, at, second)
        shape = model.shape(request)
        spread = None if beginning is None else beginning.spread
        if beginning is not None and spread is not None:
            _check_spread(request)
            denoise = spread(denoise)
            shape = tuple(beginning.latents.source.shape)
        place.enter(Phase.SAMPLING)
        previewer = _previewer(place, job) if spread is None else None
        denoise = _as_program_has_it(request, denoise, table)
        known = place.tape.begin(plan, table, request.sampler, shape)
        if known is not None:
            return loop.finished(known, plan, start)
        return loop.sample(
            job,
            plan,
            denoise,
            shape,
            device=place.compute.device,
            previewer=previewer,
            on_event=place.progress,
            start=start,
            fingerprint=(
                *fingerprint(place.compute, model.networks),
                *language_of(texts, request.program),
            ),
            clock=clock if texts.changes else None,
            tape=place.tape,
            checkpoint_interval=place.spec.checkpoint_interval,
        )


def _over_steps(
    job: Job,
    whole: Sequence[float],
    denoise: Denoise,
    change: Callable[[Denoise, Job], Denoise],
) -> Denoise:
    """With the adapters of each step, where those are not the same in all."""
    if all(lora.always for lora in job.request.loras):
        return denoise
    first = in_step(job, 1, job.request.steps)
    return AdaptersOverSteps(job, whole, denoise, first, change)


def _as_program_has_it(
    request: Request, denoise: Denoise, table: NoiseTable | FlowTable
) -> Denoise:
    """As the web UI's LCM is told its timesteps, for its pictures."""
    web_ui_lcm = request.program == Program.A1111 and request.sampler == "lcm"
    if not web_ui_lcm or not isinstance(table, NoiseTable):
        return denoise
    return with_lcm_boundary(denoise, told_timestep(Program.A1111, "lcm", table))


def _check_spread(request: Request) -> None:
    """Raises InvalidRequest for a sampler that asks what the whole picture is without the prompt,
    which tiles do not tell."""
    row = SAMPLERS[request.sampler]
    if row.both_branches:
        raise InvalidRequest(
            "sampler",
            f"{row.label} cannot refine in tiles.",
            "Choose a sampler without CFG++ in its name.",
        )


def texts_over(
    place: Workplace, request: Request, start: StartLatents | None = None
) -> tuple[PromptPlan, StepClock]:
    """A request's texts over the steps that are run, and the clock that says where they are."""
    steps = request.steps if start is None else start.levels.steps
    texts = plan_prompts(
        request.prompt,
        request.negative_prompt,
        request.program,
        places_of(request, steps),
        place.composed_in,
    )
    return texts, clock_of(request)


def _written(place: Workplace, request: Request, start: StartLatents | None) -> Written:
    """The prompts that the texts of `texts_over` stand in."""
    return Written(
        prompt=request.prompt,
        negative=request.negative_prompt,
        program=request.program,
        steps=places_of(request, request.steps if start is None else start.levels.steps),
        first_steps=place.composed_in,
    )


def language_of(texts: PromptPlan, program: Program) -> Versions:
    """What a fingerprint says of texts that are more than words; nothing of others."""
    return () if texts.is_plain else (("prompt", LANGUAGE[program]),)


def decoded(place: Workplace, job: Job, latents: torch.Tensor) -> Pixels:
    """The picture of latents (1, c, h, w), by the model borrowed last."""
    request = job.request
    is_tiny = request.decoder == TINY
    place.enter(Phase.DECODING)
    if place.compute.device.type == "cpu":
        close_large_holes()
    with place.autoencoder(request) as model:
        cut = request.program != Program.CALOTYPE
        pixels, values = model.decode(latents, cut=cut, tiny=is_tiny)
    if model.previewer is not None and not is_tiny:
        model.previewer.learn(latents, values)
    return pixels


def _refining(
    place: Workplace,
    job: Job,
    refiner: ModelRef,
    lent: ExitStack,
    texts: PromptPlan,
    clock: StepClock,
) -> Denoise:
    """The refiner's denoiser, which takes the first one's place on the device."""
    lent.close()
    denoise = place.lend_denoiser(job, refiner, lent, texts, clock)
    place.enter(Phase.SAMPLING)
    return denoise


def _with_adapters(
    place: Workplace,
    lent: ExitStack,
    lend: Callable[[Job], Denoise],
    denoise: Denoise,
    job: Job,
) -> Denoise:
    """The denoiser with the adapters of a job. Weights that lie where they are used are written
    over; for graphics cards, which may have copies of them, the network is lent anew."""
    if place.compute.device.type == "cpu":
        place.beat()
        for words in place.model.apply_adapters(job):
            place.note(words)
        return denoise
    lent.close()
    again = lend(job)
    place.enter(Phase.SAMPLING)
    return again


def _previewer(place: Workplace, job: Job) -> Previewer | None:
    """Who shows the steps of a job on the way, made ready for it; None where nobody does."""
    previewer = place.model.previewer if place.spec.previews else None
    if previewer is None:
        return None
    # where memory is scarce, no further network is loaded for previews
    tiny = job.tiny.path if job.tiny and place.mode is MEMORY_MODES[0] else ""
    previewer.use(tiny, place.compute.device)
    previewer.join(joined_directions(job.request))
    return previewer

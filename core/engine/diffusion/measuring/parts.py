"""Times the parts of a picture with a loaded model, ours and plain in turn, and says what bounds
each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from core.engine.contract.parity import plan_of
from core.engine.contract.protocol import OnEvent
from core.engine.diffusion.families.model import Model, encode_prompts
from core.engine.diffusion.measuring.plain import plain_layers
from core.engine.diffusion.measuring.rates import Rates, measure_rates, seconds_of
from core.engine.diffusion.measuring.work import Work, bound, count
from core.engine.diffusion.parts.denoiser import Denoise, guided
from core.engine.diffusion.parts.preview import Previewer
from core.values.events import NetworkCalled, PartMeasured, Tick
from core.values.job import Job
from core.values.measurement import Measurement, Part

Run = Callable[[], object]

PAIRS = 5  # of a part at most
PICTURE_PAIRS = 3
PART_SECONDS = 4.0  # after so many no further pair is begun
PICTURE_SECONDS = 8.0  # a picture that would take longer is measured with fewer steps


@dataclass(frozen=True, slots=True)
class Timed:
    """Medians in seconds."""

    ours: float
    plain: float


class PartsMeasurement:
    """One measurement of `model`, told part by part to `on_event`, which may raise to end it.
    `picture` makes a picture of so many steps, all of it but its file."""

    def __init__(
        self, model: Model, job: Job, picture: Callable[[int], object], on_event: OnEvent
    ) -> None:
        self._model = model
        self._job = job
        self._picture = picture
        self._on_event = on_event
        self._compute = model.compute
        self._rates = Rates(0.0, 0.0, 0.0)

    def run(self) -> None:
        """All parts in their order. Raises what `on_event` raises."""
        model = self._model
        self._tell(Part.TEXT, lambda: encode_prompts(model, self._job), model.parts("text"))
        denoise = self._denoise()
        plan = plan_of(self._job.request, model.table(self._job.request), self._job.model.family)
        noise = torch.randn(model.shape(self._job.request)).to(self._compute.device)
        noisy = noise * plan.levels[0]
        step = self._tell(Part.STEP, lambda: denoise(noisy, plan.levels[0]), model.parts("unet"))
        decoding = self._tell(Part.DECODE, lambda: model.decode(noise), model.parts("vae"))
        if model.previewer is not None:
            self._tell_preview(model.previewer, noise)
        self._tell_picture(step, decoding)

    def _denoise(self) -> Denoise:
        """As a picture's first step has it: guided, both branches at once where texts allow."""
        request, model = self._job.request, self._model
        positive, negative = encode_prompts(model, self._job)
        extra = model.extra_channels(model.shape(request))
        network = model.network(request, extra, lambda: self._on_event(NetworkCalled()))
        return guided(network, positive, negative, model.guidance(request))

    def _tell(self, part: Part, run: Run, networks: list[Any]) -> tuple[Timed, Work]:
        """Measures a part, which reads the weights of `networks`, and tells of it."""
        with plain_layers(networks):
            work = count(run, networks)
        self._on_event(Tick())
        timed = self._in_turn(run, run, networks)
        self._say(part, timed, work)
        return timed, work

    def _tell_preview(self, previewer: Previewer, latents: torch.Tensor) -> None:
        tiny = previewer.tiny
        networks = [tiny] if isinstance(tiny, torch.nn.Module) else []
        self._tell(Part.PREVIEW, lambda: previewer.look(latents, fine=tiny is not None), networks)

    def _tell_picture(self, step: tuple[Timed, Work], decoding: tuple[Timed, Work]) -> None:
        """A whole picture, of as many steps as a person can wait for."""
        wanted = self._job.request.steps
        steps = max(1, min(wanted, int(PICTURE_SECONDS / max(step[0].plain, 1e-6))))
        networks = [part for name in ("text", "unet", "vae") for part in self._model.parts(name)]
        timed = self._in_turn(
            lambda: self._picture(steps), lambda: self._picture(1), networks, PICTURE_PAIRS
        )
        work = Work(
            flops=steps * step[1].flops + decoding[1].flops,
            weight_bytes=steps * step[1].weight_bytes + decoding[1].weight_bytes,
            calls=steps * step[1].calls + decoding[1].calls,
        )
        self._say(Part.PICTURE, timed, work, steps)

    def _say(self, part: Part, timed: Timed, work: Work, steps: int = 0) -> None:
        tried = measure_rates(self._compute.device, self._compute.dtype)
        self._rates = self._rates.or_better(tried)
        found = bound(work, timed.ours, self._rates)
        self._on_event(
            PartMeasured(
                Measurement(
                    part=part,
                    ours=timed.ours,
                    plain=timed.plain,
                    limit=found.limit,
                    share=found.share,
                    work=found.work,
                    rate=found.rate,
                    steps=steps,
                )
            )
        )

    def _in_turn(self, run: Run, warm: Run, networks: list[Any], pairs: int = PAIRS) -> Timed:
        """Both in turn, until there are enough pairs or enough time has gone. Before each comes
        `warm`, in which weights are brought into the order that the way wants."""
        device = self._compute.device
        ours, plain = list[float](), list[float]()
        began = time.perf_counter()
        while not ours or (len(ours) < pairs and time.perf_counter() - began < PART_SECONDS):
            warm()
            ours.append(seconds_of(run, device))
            with plain_layers(networks):
                warm()
                plain.append(seconds_of(run, device))
            self._on_event(Tick())
        return Timed(statistics.median(ours), statistics.median(plain))


def measure(model: Model, job: Job, picture: Callable[[Job], object], on_event: OnEvent) -> None:
    """Times all parts of `job` with `model`, which is loaded; `on_event` hears of each as
    PartMeasured and may raise to end it. `picture` makes the pixels of a job. The model is left
    with the adapters of `job`."""
    model.apply_adapters(job)

    def of_steps(steps: int) -> object:
        return picture(replace(job, request=replace(job.request, steps=steps)))

    PartsMeasurement(model, job, of_steps, on_event).run()

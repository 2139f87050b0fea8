"""`calotype generate`: fills a wish with the model's defaults, runs it, reports each picture."""

from __future__ import annotations

import math
import re
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from rich.progress import BarColumn, TextColumn

from core.cli.options import GenerateOptions
from core.cli.output import progress_on_stderr
from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec, known_weights
from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.models.library.vocabulary import known_subjects, unknown_prompt
from core.prompt.expand import expand
from core.prompt.loras import named_loras, parse_lora
from core.service.remarks import remarks
from core.service.runner import Runner
from core.service.stores import Stores
from core.system.errors import InvalidRequest, WorldError
from core.values.events import Event, PhaseStarted, PictureNote, StepDone
from core.values.job import JobState
from core.values.picture import Recipe
from core.values.request import (
    USUAL_NOISE,
    CheckedRequest,
    Lora,
    Noise,
    Request,
    in_full,
    size_of,
)
from core.values.resolved_request import ResolvedRequest

T = TypeVar("T")
Report = Callable[[dict[str, object], str], None]


def rendered(options: GenerateOptions, request: Request) -> Request:
    """The request in the ways of a program, with its noise and what bends guidance.

    Without `--noise`, as the program mostly drew it: on a graphics card (of ComfyUI only the step
    noise), our own on the processor. Raises InvalidRequest for numbers that are none.
    """
    variation_seed, variation_strength = None, 0.0
    if options.variation is not None:
        variation_seed, variation_strength = _variation(options.variation)
    guidance_from, guidance_until = 0.0, 1.0
    if options.guidance_interval is not None:
        guidance_from, guidance_until = _numbers(
            "guidance_interval", options.guidance_interval, 2, "FROM:UNTIL, as in 0.1:0.8"
        )
    freeu = None
    if options.freeu is not None:
        freeu = _numbers("freeu", options.freeu, 4, "B1:B2:S1:S2, as in 1.3:1.4:0.9:0.2")
    return replace(
        request,
        compatibility=options.compatibility,
        noise=Noise(
            source=options.noise or USUAL_NOISE.get(options.compatibility, "cpu"),
            variation_seed=variation_seed,
            variation_strength=variation_strength,
            seed_delta=options.ensd,
        ),
        eta=options.eta,
        guidance_rescale=options.guidance_rescale,
        guidance_from=guidance_from,
        guidance_until=guidance_until,
        freeu=freeu,
    )


def _variation(text: str) -> tuple[int, float]:
    """Seed, every digit of it, and strength."""
    number, strength = _numbers("variation", text, 2, "SEED:STRENGTH, as in 7:0.2")
    seed = text.partition(":")[0].strip()
    if re.fullmatch(r"[+-]?\d{1,40}", seed):
        return int(seed), strength
    if number != int(number):
        raise InvalidRequest(
            "variation", f"{in_full(number)} is no seed.", "Write a whole number, as in 7:0.2."
        )
    return int(number), strength


def _numbers(field: str, text: str, count: int, form: str) -> tuple[Any, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(":"))
    except ValueError:
        numbers = ()
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
        raise InvalidRequest(
            field, f'"{text}" is not {count} numbers with colons between.', f"Write {form}."
        )
    return numbers


def request_of(options: GenerateOptions, library: Library) -> CheckedRequest:
    """What was typed, with the defaults of the model and of few-step LoRAs where nothing was.

    Raises InvalidRequest, which names the first fault, and ModelMissing where there is no such
    model.
    """
    loras = tuple(_lora(text) for text in options.lora or ())
    Request(loras=loras).check()  # a fault of what was typed is told before one of the world
    library.typed_names(*(lora.id for lora in loras), options.vae)
    entry = library.find(options.model)
    _, of_prompt = named_loras(options.prompt)
    family = library.family_row_for(entry, tuple(lora.id for lora in (*loras, *of_prompt)))
    width, height = family.sizes[0] if options.size is None else size_of(options.size)
    request = Request(
        prompt=options.prompt,
        negative_prompt=options.negative,
        model=options.model,
        width=width,
        height=height,
        steps=_chosen(options.steps, family.steps),
        guidance=_chosen(options.guidance, family.guidance),
        sampler=_chosen(options.sampler, family.sampler),
        schedule=_chosen(options.schedule, family.schedule),
        seed=options.seed,
        count=options.count,
        clip_skip=options.clip_skip,
        loras=loras,
        vae=options.vae,
        refiner=options.refiner,
        refiner_at=options.refiner_at,
    )
    return rendered(options, request).check()


def _chosen(given: T | None, default: T) -> T:
    return default if given is None else given


def _lora(text: str) -> Lora:
    """`parse_lora`; InvalidRequest where that makes no sense."""
    lora = parse_lora(text)
    weights = (lora.weight, lora.text_weight or 0.0)
    if not lora.id or not all(math.isfinite(weight) for weight in weights):
        raise InvalidRequest(
            "lora", f'"{text}" is no LoRA with a weight.', "Write ID:WEIGHT, as in style:0.8."
        )
    return lora


class _RenderBar:
    """A progress bar on a terminal's stderr, nothing when piped.

    It also keeps an interrupt (Ctrl+C) that Python lost, as it does where one arrives inside a
    callback of its own: every event asks again. A polite end (SIGTERM) is such an interrupt too, so
    that the job does not stay behind as running.
    """

    def __init__(self) -> None:
        self._progress = progress_on_stderr(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        )
        self._task = self._progress.add_task("starting", total=1)
        self._interrupted = False
        self._told = set[str]()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _RenderBar:
        if threading.current_thread() is threading.main_thread():
            self._before = {
                number: signal.signal(number, self._interrupt)
                for number in (signal.SIGINT, signal.SIGTERM)
            }
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        for number, before in self._before.items():
            signal.signal(number, before)

    def _interrupt(self, number: int, frame: object) -> None:
        self._interrupted = True
        raise KeyboardInterrupt

    def hear(self, event: Event) -> None:
        """Show an event. Raises KeyboardInterrupt where one came, also where Python lost it."""
        if self._interrupted:
            raise KeyboardInterrupt
        if isinstance(event, PhaseStarted):
            self._progress.update(self._task, description=event.phase.value)
        elif isinstance(event, StepDone):
            self._progress.update(self._task, completed=event.step, total=event.steps)
        elif isinstance(event, PictureNote) and event.text not in self._told:
            self._told.add(event.text)
            self._progress.console.print(
                f"calotype: {event.text}", markup=False, highlight=False, soft_wrap=True
            )


def generate_pictures(
    stores: Stores, options: GenerateOptions, report: Report, picture_format: str = "png"
) -> None:
    """Make the pictures asked for on their device, reporting each as it is saved.

    They go into the gallery, or to `--out`, a file or folder. Raises KnownError at the first that
    fails, and KeyboardInterrupt where a person ends it; what was reported stays.
    """
    known_weights(options.weights)
    entry = stores.library.find(options.model)
    request = request_of(options, stores.library)
    out = options.out
    model = entry.ref()
    _check_parts(stores, request)
    _check_folder(out)
    for sentence in _remarks(request, entry, options.prompt):
        print(f"calotype: {sentence}", file=sys.stderr)
    spec = EngineSpec(
        runs_in="process",
        device=options.device,
        weights=options.weights,
        previews=False,
        warm_model=model,
        logs=str(stores.places.logs),
    )
    with open_engine(spec) as engine, _RenderBar() as bar:
        runner = Runner(stores, engine, picture_format)
        for single in expand(request):
            if out is not None:
                path, recipe = runner.render_to(single, out, bar.hear)
                _tell(report, str(path), recipe, entry)
            else:
                _one_for_gallery(stores, runner, single, entry, bar, report)


def _check_parts(stores: Stores, request: Request) -> None:
    """ModelMissing for a refiner or an autoencoder that is not there, before anything is loaded."""
    if request.refiner:
        stores.library.find(request.refiner).ref()
    if request.vae:
        stores.library.find_vae(request.vae)


def _check_folder(out: Path | None) -> None:
    if out is not None and not out.parent.is_dir():
        raise WorldError(
            f"There is no folder {out.parent}.", "Make it first, or choose another --out."
        )


def _remarks(request: Request, entry: ModelEntry, prompt: str) -> tuple[str, ...]:
    """What a person should know of the request before it runs, the model's own remark first."""
    unknown = unknown_prompt(entry, prompt)
    of_model = (f"{unknown} {known_subjects(entry)}",) if unknown else ()
    return (*of_model, *remarks(request, entry.family_row))


def _one_for_gallery(
    stores: Stores,
    runner: Runner,
    request: ResolvedRequest,
    entry: ModelEntry,
    bar: _RenderBar,
    report: Report,
) -> None:
    job = stores.jobs.add([request], running=True)[0]
    try:
        outcome = runner.run_claimed(job, bar.hear)
    except KeyboardInterrupt:
        stores.jobs.finish(job.id, JobState.STOPPED)
        raise
    if outcome.picture is None:
        raise outcome.error or WorldError(outcome.message or "The job was stopped.", outcome.hint)
    from core.metadata import read_file

    written = read_file(Path(outcome.picture.path))
    assert written.recipe is not None
    _tell(report, outcome.picture.path, written.recipe, entry)


def _tell(report: Report, path: str, recipe: Recipe, entry: ModelEntry) -> None:
    request = recipe.request
    report(
        {
            "path": path,
            "seed": request.seed,
            "model": entry.id,
            "family": entry.family,
            "steps": request.steps,
            "sampler": request.sampler,
            "schedule": request.schedule,
            "guidance": request.guidance,
            "width": request.width,
            "height": request.height,
            "seconds": recipe.seconds,
            "device": recipe.device,
            "sha256": recipe.pixels_sha256,
        },
        path,
    )

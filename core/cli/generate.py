"""`calotype generate`: fills a wish with the model's defaults, runs it, reports each picture."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, TextColumn

from core.cli.options import GenerateOptions
from core.cli.output import progress_on_stderr
from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec, known_weights
from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.models.library.vocabulary import answer, known_subjects
from core.prompt.expand import expand
from core.prompt.loras import named_loras
from core.service.making.queue_run import QueueRun
from core.service.making.runner import Outcome, Runner
from core.service.remarks.texts import remarks
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.errors import Cancelled, KnownError, WorldError
from core.values.events import Event, PhaseStarted, PictureNote, StepDone
from core.values.job import JobState
from core.values.noise import USUAL_NOISE
from core.values.parameter import with_values
from core.values.picture import Picture, Recipe
from core.values.request import CheckedRequest, Request
from core.values.resolved_request import ResolvedRequest

Report = Callable[[dict[str, object], str], None]


def request_of(options: GenerateOptions, library: Library) -> CheckedRequest:
    """What was typed, with the defaults of the model and of few-step LoRAs where nothing was.

    Without `--noise`, it is drawn as the program mostly drew it: on a graphics card (of ComfyUI
    only the step noise), our own on the processor. Raises InvalidRequest, which names the first
    fault, and ModelMissing where there is no such model.
    """
    values = options.values()
    typed = with_values(Request(), values)
    Request(loras=typed.loras).check()  # a fault of what was typed is told before one of the world
    library.typed_names(*(lora.id for lora in typed.loras), typed.vae)
    entry = library.find(typed.model)
    _, of_prompt = named_loras(typed.prompt)
    family = library.family_row_for(entry, tuple(lora.id for lora in (*typed.loras, *of_prompt)))
    request = with_values(replace(Request(), **family.defaults()), values)
    if not values.get(("noise", "source")):
        source = USUAL_NOISE.get(request.compatibility, "cpu")
        request = with_values(request, {("noise", "source"): source})
    return request.check()


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
        self.interrupted = False
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
        self.interrupted = True
        raise KeyboardInterrupt

    def hear(self, event: Event) -> None:
        """Show an event. Raises KeyboardInterrupt where one came, also where Python lost it."""
        if self.interrupted:
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
    program = options.program
    known_weights(program.weights)
    entry = stores.library.find(options.model)
    request = request_of(options, stores.library)
    out = program.out
    model = entry.ref()
    _check_parts(stores, request)
    _check_folder(out)
    for sentence in _remarks(request, entry):
        print(f"calotype: {sentence}", file=sys.stderr)
    spec = EngineSpec(
        runs_in="process",
        device=program.device,
        weights=program.weights,
        previews=False,
        warm_model=model,
        logs=str(stores.places.logs),
    )
    with open_engine(spec) as engine, _RenderBar() as bar:
        engine.prepare()
        runner = Runner(stores, engine, picture_format)
        if out is None:
            with _GalleryRun(stores, runner, entry, bar, report) as run:
                for single in expand(request):
                    run.make(single)
            return
        for single in expand(request):
            path, recipe = runner.render_to(single, out, bar.hear)
            _tell(report, str(path), recipe, entry)


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


def _remarks(request: Request, entry: ModelEntry) -> tuple[str, ...]:
    """What a person should know of the request before it runs, the model's own remark first."""
    unknown = answer(entry.vocabulary, entry.name, request.prompt)
    of_model = (f"{unknown} {known_subjects(entry.vocabulary)}",) if unknown else ()
    return (*of_model, *remarks(request, entry.family_row))


class _GalleryRun:
    """Pictures for the gallery: each is saved, and reported, while the next one is made.

    Within its `with`, `make` raises what ended the picture before or this one; the end of the
    `with` what ended the last.
    """

    def __init__(
        self, stores: Stores, runner: Runner, entry: ModelEntry, bar: _RenderBar, report: Report
    ) -> None:
        self._stores = stores
        self._entry = entry
        self._bar = bar
        self._report = report
        self._fault: Exception | None = None
        self._run = QueueRun(
            runner, on_event=self._hear, on_ended=self._ended, while_silent=self._check
        )

    def __enter__(self) -> _GalleryRun:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._run.__exit__()
        if kind is None and self._fault is not None:
            raise self._fault

    def make(self, request: ResolvedRequest) -> None:
        """One picture; the one before may still be on its way to the disk afterwards, this one
        too."""
        job = self._stores.jobs.add([request], running=True)[0]
        try:
            self._run.make(job)
        except KeyboardInterrupt:
            self._stores.jobs.finish(job.id, JobState.STOPPED)
            raise
        if self._fault is not None:
            raise self._fault

    def _check(self, job: QueuedJob) -> None:
        if self._bar.interrupted:
            raise KeyboardInterrupt

    def _hear(self, event: Event) -> None:
        if self._fault is not None:
            raise Cancelled
        self._bar.hear(event)

    def _ended(self, outcome: Outcome) -> None:
        """Report a picture; the first that there is not, or that nobody hears of, ends all."""
        if self._fault is not None:
            return
        if outcome.picture is None:
            stopped = WorldError(outcome.message or "The job was stopped.", outcome.hint)
            self._fault = outcome.error or stopped
            return
        try:
            self._tell_of(outcome.picture)
        except (KnownError, OSError) as fault:  # raised later, not in the middle of the next one
            self._fault = fault

    def _tell_of(self, picture: Picture) -> None:
        from core.metadata.recipes import read_file

        written = read_file(Path(picture.path))
        assert written.recipe is not None
        _tell(self._report, picture.path, written.recipe, self._entry)


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

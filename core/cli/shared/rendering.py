"""Rendering pictures from the command line: the engine, a bar, the gallery or a named file, and a
result line for each picture."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, TextColumn

from core.cli.shared.options import ProgramOptions
from core.cli.shared.output import progress_on_stderr
from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.models.library.model_entry import ModelEntry
from core.prompt.expand import expand
from core.service.making.queue_run import QueueRun
from core.service.making.runner import Outcome, Runner
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.errors import Cancelled, KnownError, WorldError
from core.values.events import Event, PhaseStarted, PictureNote, StepDone
from core.values.job import JobState
from core.values.picture import Picture, Recipe
from core.values.request import CheckedRequest
from core.values.resolved_request import ResolvedRequest

Report = Callable[[dict[str, object], str], None]
Failed = Callable[["WantedPicture", KnownError], None]


@dataclass(frozen=True, slots=True)
class WantedPicture:
    """A picture to make, the model it is made with (None: it is only made larger), and what its
    result line says beside the promised keys. `asked` is what it was made of, its prompt's tags
    still in place."""

    asked: CheckedRequest
    request: ResolvedRequest
    entry: ModelEntry | None
    facts: Mapping[str, object] = field(default_factory=dict[str, object])


def wanted_pictures(
    asked: CheckedRequest, entry: ModelEntry, facts: Mapping[str, object] | None = None
) -> tuple[WantedPicture, ...]:
    """The single pictures of a request. Raises InvalidRequest as `expand`."""
    return tuple(WantedPicture(asked, one, entry, facts or {}) for one in expand(asked))


def check_out(out: Path | None) -> None:
    """Raises WorldError for a named file whose folder is not there."""
    if out is not None and not out.parent.is_dir():
        raise WorldError(
            f"There is no folder {out.parent}.", "Make it first, or choose another --out."
        )


def render(
    stores: Stores,
    program: ProgramOptions,
    wanted: Sequence[WantedPicture],
    report: Report,
    picture_format: str,
    *,
    together: bool = False,
    on_failed: Failed | None = None,
    jobs: Sequence[QueuedJob] = (),
) -> None:
    """Make the pictures on the device asked for, reporting each as it is saved; into the gallery,
    or to `program.out`, a file or folder. `together`: they stand in the queue as one entry, `jobs`
    where it is there already, claimed by this process. Where somebody hears `on_failed`, a picture
    of the gallery that cannot be made costs no other.

    Raises KnownError at the first that fails, and KeyboardInterrupt where a person ends it; what
    was reported stays.
    """
    spec = engine_spec(stores, program, wanted[0].entry)
    with open_engine(spec) as engine, RenderBar() as bar:
        engine.prepare()
        runner = Runner(stores, engine, picture_format)
        if program.out is None:
            with _GalleryRun(stores, runner, bar, report, on_failed) as run:
                run.make_all(wanted, together=together, jobs=jobs)
            return
        for number, one in enumerate(wanted):
            spare_sources(stores, [each.request for each in wanted[number:]])
            path, recipe = runner.render_to(one.request, program.out, bar.hear)
            _tell(report, str(path), recipe, one)


def engine_spec(stores: Stores, program: ProgramOptions, first: ModelEntry | None) -> EngineSpec:
    """The engine for a command that begins with this model, or with none."""
    return EngineSpec(
        runs_in="process",
        device=program.device,
        weights=program.weights,
        previews=False,
        warm_model=None if first is None else first.ref(),
        logs=str(stores.places.logs),
    )


def spare_sources(stores: Stores, wanted: Sequence[ResolvedRequest]) -> None:
    """What these start from is not swept within an hour from now: where they go to named files, no
    job says that it is needed."""
    named = [(one.start.source, one.start.mask, one.upscale.source) for one in wanted]
    for address in {address for addresses in named for address in addresses}:
        if address:
            stores.sources.note_use(address)


class RenderBar:
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

    def __enter__(self) -> RenderBar:
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


class _GalleryRun:
    """Pictures for the gallery: each is saved, and reported, while the next one is made.

    Within its `with`, `make_all` raises what ended a picture; the end of the `with` what ended the
    last.
    """

    def __init__(
        self,
        stores: Stores,
        runner: Runner,
        bar: RenderBar,
        report: Report,
        on_failed: Failed | None = None,
    ) -> None:
        self._stores = stores
        self._on_failed = on_failed
        self._bar = bar
        self._report = report
        self._wanted: dict[str, WantedPicture] = {}  # by the ids of their jobs
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

    def make_all(
        self, wanted: Sequence[WantedPicture], *, together: bool, jobs: Sequence[QueuedJob] = ()
    ) -> None:
        """All pictures, one after the other; the last may still be on its way to the disk
        afterwards. Those that stand `together` in the queue and are not begun are stopped where one
        fails or a person ends it."""
        groups = (wanted,) if together else tuple((one,) for one in wanted)
        for group in groups:
            queued = jobs or self._stores.jobs.add([one.request for one in group], running=True)
            self._wanted |= zip((job.id for job in queued), group, strict=True)
            left = list(queued)
            try:
                while left:
                    self._make(left.pop(0))
            finally:
                self._stop(left)

    def _make(self, job: QueuedJob) -> None:
        try:
            self._run.make(job)
        except KeyboardInterrupt:
            self._stop([job])
            raise
        if self._fault is not None:
            raise self._fault

    def _stop(self, jobs: Iterable[QueuedJob]) -> None:
        for job in jobs:
            self._stores.jobs.finish(job.id, JobState.STOPPED)

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
            fault = outcome.error or stopped
            if self._on_failed is None or outcome.pause_queue or outcome.stopped:
                self._fault = fault
                return
            if outcome.begun_again:
                self._stop([outcome.job])  # no window is there that would
            self._on_failed(self._wanted[outcome.job.id], fault)
            return
        try:
            self._tell_of(outcome.picture, self._wanted[outcome.job.id])
        except (KnownError, OSError) as fault:  # raised later, not in the middle of the next one
            self._fault = fault

    def _tell_of(self, picture: Picture, wanted: WantedPicture) -> None:
        from core.metadata.recipes import read_file

        written = read_file(Path(picture.path))
        assert written.recipe is not None
        _tell(self._report, picture.path, written.recipe, wanted)


def _tell(report: Report, path: str, recipe: Recipe, wanted: WantedPicture) -> None:
    from core.metadata.reading import open_image

    request = recipe.request
    with open_image(Path(path)) as image:
        width, height = image.size  # a start picture may have given it sides of its own
    values = {"path": path}
    if wanted.entry is not None:
        values |= {
            "seed": request.seed,
            "model": wanted.entry.id,
            "family": wanted.entry.family,
            "steps": request.steps,
            "sampler": request.sampler,
            "schedule": request.schedule,
            "guidance": request.guidance,
        }
    report(
        {
            **values,
            "width": width,
            "height": height,
            "seconds": recipe.seconds,
            "device": recipe.device,
            "sha256": recipe.pixels_sha256,
            **wanted.facts,
        },
        path,
    )

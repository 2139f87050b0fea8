"""The pictures of a lesson: from its file, or made here and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.service.lessons.authoring import MadePicture, ToldLook
from core.service.lessons.files import OpenLesson
from core.service.lessons.unkept import UnkeptEnd, UnkeptOrder, UnkeptStep
from core.system.errors import KnownError
from core.values.insight.lesson import NO_REFERENCE, STEPS, WORDS, Shot, Stop
from core.values.request import Request
from desktop.state.services import Services
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.sweeps.figures import CellFigures
    from core.values.job import Job
    from core.values.picture import Pixels

OWN = -1  # the place of a person's own picture
MOST_TRIES = 4  # of a stop that are kept
Place = tuple[str, int]  # the id of a stop, and the place of a shot there


class LessonPictures(QObject):
    """`changed` carries the id of a stop of which a picture or its figures are here now,
    `progressed` the same with a step and how many there are, `failed` it with a KnownError, after
    which nothing of that stop is made any more.

    `figures` are of a picture beside the reference of its stop.
    """

    changed = Signal(str)
    progressed = Signal(str, int, int)
    failed = Signal(str, KnownError)

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._turn = 0  # counts what was opened or given up: answers for before are dropped
        self.made: dict[Place, MadePicture] = {}
        self.tries: dict[str, tuple[MadePicture, ...]] = {}  # a person's own, the newest last
        self.figures: dict[Place, CellFigures] = {}
        self.waiting: set[Place] = set()
        self._references: dict[str, int] = {}

    def open(self, opened: OpenLesson) -> None:
        """Those of this lesson from now on."""
        from core.service.lessons.authoring import pictures_made

        self.stop()
        self.tries.clear()
        self.figures.clear()
        self._references = {stop.id: stop.reference for stop in opened.lesson.stops}
        self.made = pictures_made(opened)
        for place in self.made:
            self._measure(place)

    def stop(self) -> None:
        """Make nothing more of what waits."""
        self._turn += 1
        if self.waiting:
            self.waiting.clear()
            self._services.service.looks.unkept.forget(self)

    def is_busy(self, stop: str) -> bool:
        """Whether something of a stop waits or is made."""
        return any(place[0] == stop for place in self.waiting)

    @property
    def own(self) -> dict[str, MadePicture]:
        """A person's newest own picture of each stop that has one."""
        return {stop: made[-1] for stop, made in self.tries.items()}

    def missing(self, stop: Stop) -> list[int]:
        """The places of a stop's shots that have no picture."""
        return [n for n in range(len(stop.shots)) if (stop.id, n) not in self.made]

    def make(self, stop: Stop) -> None:
        """What a stop lacks."""
        places = [n for n in self.missing(stop) if (stop.id, n) not in self.waiting]
        self._order([((stop.id, place), stop.shots[place]) for place in places])

    def make_own(self, stop: Stop, request: Request) -> None:
        """A person's own picture."""
        self._order([((stop.id, OWN), Shot(stop.title, request))])

    def _order(self, shots: Iterable[tuple[Place, Shot]]) -> None:
        turn = self._turn
        tasks = self._services.database_tasks
        for place, shot in shots:
            self.waiting.add(place)
            tasks.submit(
                partial(_job, self._services, shot),
                partial(self._put, turn, place, shot),
                partial(self._fail, turn, place),
            )

    def _put(self, turn: int, place: Place, shot: Shot, job: Job) -> None:
        if turn == self._turn:
            hear = partial(self._hear, turn, place, shot)
            self._services.service.looks.unkept.put(
                UnkeptOrder(job, self, shot.film == STEPS), hear
            )

    def _hear(self, turn: int, place: Place, shot: Shot, told: UnkeptStep | UnkeptEnd) -> None:
        if turn != self._turn:
            return
        if isinstance(told, UnkeptStep):
            self.progressed.emit(place[0], told.step, told.steps)
        elif told.fault is not None or told.pixels is None:
            self._fail(turn, place, told.fault or KnownError(""))
        else:
            self._take(place, MadePicture(shot.request, told.pixels, _film(told)))

    def _take(self, place: Place, picture: MadePicture) -> None:
        self.waiting.discard(place)
        if place[1] == OWN:
            self.tries[place[0]] = (*self.tries.get(place[0], ()), picture)[-MOST_TRIES:]
        else:
            self.made[place] = picture
            self._measure(place)
        self.changed.emit(place[0])

    def _fail(self, turn: int, place: Place, fault: KnownError) -> None:
        if turn == self._turn:
            self.stop()
            self.failed.emit(place[0], fault)

    def reference(self, stop: str) -> MadePicture | None:
        """The picture that others of a stop are compared with; None where there is none yet."""
        return self.made.get((stop, self._references.get(stop, NO_REFERENCE)))

    def _measure(self, place: Place) -> None:
        """Beside the reference of its stop, once both are here."""
        reference = self.reference(place[0])
        if reference is None:
            return
        is_reference = self.made[place] is reference
        others = [one for one in self.made if one[0] == place[0]] if is_reference else [place]
        for other in others:
            if self.made[other] is not reference and other not in self.figures:
                work = partial(_figures, self.made[other].pixels, reference.pixels)
                self._services.image_tasks.submit(work, partial(self._know, other, reference))

    def _know(self, place: Place, reference: MadePicture, figures: CellFigures) -> None:
        if self.reference(place[0]) is reference:
            self.figures[place] = figures
            self.changed.emit(place[0])


def _job(services: Services, shot: Shot) -> Job:
    """Raises KnownError where the model is not here, or the request cannot be made."""
    from core.service.making.prepared import prepared
    from core.values.resolved_request import resolve

    _, job = prepared(services.stores, resolve(shot.request))
    if shot.film:
        scratch = str(services.stores.recordings.scratch())
        job = replace(job, recording=scratch, words=shot.film == WORDS)
    return job


def _film(told: UnkeptEnd) -> tuple[ToldLook, ...]:
    steps = len(told.film)
    noise = () if told.noise is None else (_noise(told.noise),)
    guesses = [
        ToldLook(
            tr("guess at step {n} of {steps}, drawn quickly and a little coarse", n=n, steps=steps),
            pixels,
            tr("step {n} of {steps}", n=n, steps=steps),
        )
        for n, pixels in enumerate(told.film, 1)
    ]
    words = [
        ToldLook(
            tr(
                'where "{word}" was looked at: {n} % of all looks at words',
                word=one.word,
                n=round(100 * one.share),
            ),
            one.pixels,
            one.word,
        )
        for one in told.words
    ]
    return (*noise, *guesses, *words)


def _noise(pixels: Pixels) -> ToldLook:
    return ToldLook(tr("the noise that the seed gives, before any step"), pixels, tr("noise"))


def _figures(pixels: Pixels, first: Pixels) -> CellFigures:
    from core.service.sweeps.figures import figures_of

    return figures_of(pixels, first)

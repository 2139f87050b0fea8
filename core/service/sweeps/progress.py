"""How far a sweep is: which of its cells are made, wait in the queue, or came to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from core.service.making.runner import Outcome
from core.service.stores import Stores
from core.service.sweeps.cells import Cell, same_picture
from core.store.jobs import QueuedJob
from core.values.job import JobState
from core.values.picture import Picture
from core.values.resolved_request import ResolvedRequest


class CellState(Enum):
    """Where a cell stands."""

    WANTED = auto()  # nobody has asked the queue for it
    WAITING = auto()
    MAKING = auto()
    MADE = auto()
    FAILED = auto()
    STOPPED = auto()
    REFUSED = auto()  # there can be no such picture


@dataclass(frozen=True, slots=True)
class CellNow:
    """A cell and how far it is. `picture` where it is made, `job` the id of what makes it, `said`
    why it failed or is refused."""

    cell: Cell
    state: CellState
    picture: Picture | None = None
    job: str = ""
    said: str = ""


_UNDER_WAY = {JobState.WAITING: CellState.WAITING, JobState.RUNNING: CellState.MAKING}
# of jobs that ended in the queue
_ENDED = {JobState.FAILED: CellState.FAILED, JobState.STOPPED: CellState.STOPPED}


class SweepProgress:
    """Follows the jobs of one sweep by what the queue tells. Knows no thread."""

    def __init__(self, cells: Sequence[Cell], made: Mapping[int, Picture]) -> None:
        """`made` are pictures that are there already, by the cell's place."""
        self._now = [_first(cell, made.get(place)) for place, cell in enumerate(cells)]

    @property
    def cells(self) -> tuple[CellNow, ...]:
        """In the order they were asked for."""
        return tuple(self._now)

    @property
    def is_running(self) -> bool:
        """Whether any cell waits or is being made."""
        return any(one.state in (CellState.WAITING, CellState.MAKING) for one in self._now)

    def take(self) -> tuple[ResolvedRequest, ...]:
        """What is still to be made; its cells wait from now on. The jobs that come of it are told
        to `queued`, in the same order."""
        taken: list[ResolvedRequest] = []
        for place, one in enumerate(self._now):
            open_ones = (CellState.WANTED, CellState.FAILED, CellState.STOPPED)
            if one.state in open_ones and one.cell.request is not None:
                self._now[place] = CellNow(one.cell, CellState.WAITING)
                taken.append(one.cell.request)
        return tuple(taken)

    def queued(self, jobs: Sequence[QueuedJob]) -> tuple[str, ...]:
        """The jobs of what was taken; the ids of those that nobody waits for any more, since they
        were stopped before this was told."""
        unwanted: list[str] = []
        for job in jobs:
            waiting = (p for p, one in enumerate(self._now) if _waits_for(one, job))
            place = next(waiting, None)
            if place is None:
                unwanted.append(job.id)
            else:
                self._now[place] = replace(self._now[place], job=job.id)
        return tuple(unwanted)

    def adopt(self, jobs: Iterable[QueuedJob]) -> None:
        """Jobs of the queue that make cells which nobody was known to have asked for: those of the
        same sweep before the program was started anew, or the view left."""
        for job in jobs:
            state = _UNDER_WAY.get(job.state)
            for place, one in enumerate(self._now):
                asked = one.cell.request
                if state and one.state is CellState.WANTED and asked == job.request:
                    self._now[place] = CellNow(one.cell, state, job=job.id)
                    break

    def begun(self, job: QueuedJob) -> bool:
        """A job is being made; whether it is one of ours."""
        return self._put(job.id, state=CellState.MAKING)

    def ended(self, outcome: Outcome) -> int | None:
        """A job came to its end, or waits once more; the place of its cell where it is ours."""
        place = self._place_of(outcome.job.id)
        if place is None:
            return None
        if outcome.picture is not None:
            self._put(outcome.job.id, state=CellState.MADE, picture=outcome.picture)
        elif outcome.begun_again:
            self._put(outcome.job.id, state=CellState.WAITING)
        elif outcome.stopped:
            self._put(outcome.job.id, state=CellState.STOPPED)
        else:
            said = f"{outcome.message} {outcome.hint}".strip()
            self._put(outcome.job.id, state=CellState.FAILED, said=said)
        return place

    def seen(self, jobs: Iterable[QueuedJob]) -> bool:
        """The queue as it is: jobs of ours that wait may have been stopped in it, and stopped ones
        wait again; whether anything changed."""
        changed = False
        for job in jobs:
            place = self._place_of(job.id)
            if place is None:
                continue
            state = self._now[place].state
            if state is CellState.WAITING and job.state in _ENDED:
                changed |= self._put(job.id, state=_ENDED[job.state], said=job.message)
            elif state in _ENDED.values() and job.state is JobState.WAITING:
                changed |= self._put(job.id, state=CellState.WAITING, said="")
        return changed

    def stop(self) -> tuple[str, ...]:
        """None of those that wait is to be made; the ids of all that the queue is to be rid of, the
        one that is being made with them, which ends in its own time."""
        jobs: list[str] = []
        for place, one in enumerate(self._now):
            if one.state is CellState.WAITING:
                self._now[place] = replace(one, state=CellState.STOPPED)
            if one.job and one.state in (CellState.WAITING, CellState.MAKING):
                jobs.append(one.job)
        return tuple(jobs)

    def _place_of(self, job: str) -> int | None:
        places = (place for place, one in enumerate(self._now) if one.job == job)
        return next(places, None) if job else None

    def _put(self, job: str, **changes: object) -> bool:
        place = self._place_of(job)
        if place is not None:
            self._now[place] = replace(self._now[place], **changes)
        return place is not None


def pictures_there(stores: Stores, cells: Sequence[Cell], parent: str) -> dict[int, Picture]:
    """Of the cells those that are in the gallery already, by their place: made from the picture of
    the pixels `parent`, or, of a reference, that picture. Looks through all rows: not for the GUI
    thread. Raises WorldError where the database cannot be read."""
    children = [one for one in stores.lineage.children_of(parent) if one.trashed is None]
    origin = stores.gallery.with_pixels(parent) if parent else None
    if origin is not None and origin.trashed is not None:
        origin = None
    found: dict[int, Picture] = {}
    for place, cell in enumerate(cells):
        if cell.request is None:
            continue
        if cell.is_reference and origin is not None:
            found[place] = origin
            continue
        for child in children:
            if same_picture(child.request, cell.request):
                found[place] = child
                break
    return found


def _first(cell: Cell, made: Picture | None) -> CellNow:
    if cell.request is None:
        return CellNow(cell, CellState.REFUSED, said=cell.refusal)
    if made is not None:
        return CellNow(cell, CellState.MADE, made)
    return CellNow(cell, CellState.WANTED)


def _waits_for(one: CellNow, job: QueuedJob) -> bool:
    waits = one.state is CellState.WAITING and not one.job
    return waits and one.cell.request == job.request

"""A sweep as it stands: its cells, which of them are made, wait or came to nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from core.service.stores import Stores
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.making.grid_cells import GridCell, cells_of_sweep, in_making_order
from core.store.jobs import QueuedJob
from core.store.sweeps.sweep_rows import jobs_of_sweep, pictures_by_cell
from core.system.errors import InvalidRequest, WorldError
from core.values.job import JobState
from core.values.picture import Picture
from core.values.resolved_request import ResolvedRequest
from core.values.sweeping.sweep import Sweep

Key = tuple[str, ...]
Values = tuple[str, ...]


class Stand(Enum):
    """Where a cell stands."""

    MISSING = auto()  # nobody has asked the queue for it
    WAITING = auto()
    MAKING = auto()
    MADE = auto()
    FAILED = auto()
    REFUSED = auto()  # there can be no such picture


_OPEN = {JobState.WAITING: Stand.WAITING, JobState.RUNNING: Stand.MAKING}


@dataclass(frozen=True, slots=True)
class SweepNow:
    """`pictures` and `jobs` by what they say of their cells; of several jobs of a cell the last."""

    sweep: Sweep
    cells: tuple[GridCell, ...]
    pictures: Mapping[Key, Picture]
    jobs: Mapping[Key, QueuedJob]

    def stand(self, cell: GridCell) -> Stand:
        """How far a cell is. One that is made and made again is being made; one that was made
        stays so, though what it needs is gone."""
        if cell.request is None:
            return Stand.MADE if cell.key in self.pictures else Stand.REFUSED
        job = self.jobs.get(cell.key)
        if job is not None and job.state in _OPEN:
            return _OPEN[job.state]
        if cell.key in self.pictures:
            return Stand.MADE
        if job is not None and job.state is JobState.FAILED:
            return Stand.FAILED
        return Stand.MISSING

    def said(self, cell: GridCell) -> str:
        """Why a cell is refused or failed; "" for others."""
        if self.stand(cell) is Stand.REFUSED:
            return cell.refusal
        job = self.jobs.get(cell.key)
        if job is None or self.stand(cell) is not Stand.FAILED:
            return ""
        return f"{job.message} {job.hint}".strip()

    def missing(self) -> tuple[ResolvedRequest, ...]:
        """What is to be asked for so that all cells are there, in the order they are made in."""
        return tuple(cell.request for cell in self.missing_cells() if cell.request is not None)

    def missing_cells(self, again: Collection[Values] = ()) -> tuple[GridCell, ...]:
        """The cells of that, each with a request; and those of the values `again` that are made."""
        open_ones = (Stand.MISSING, Stand.FAILED)
        return in_making_order(
            cell
            for cell in self.cells
            if (stand := self.stand(cell)) in open_ones
            or (stand is Stand.MADE and cell.values in again)
        )

    def ended_jobs(self) -> tuple[QueuedJob, ...]:
        """Those that failed or were stopped and would make what is missing, as it is asked for."""
        missing = {request.sweep.cell: request for request in self.missing()}
        return tuple(job for key, job in self.jobs.items() if missing.get(key) == job.request)

    @property
    def refused(self) -> tuple[GridCell, ...]:
        """The cells that do not suit."""
        return tuple(cell for cell in self.cells if self.stand(cell) is Stand.REFUSED)

    def waiting(self) -> tuple[str, ...]:
        """The jobs that wait or run."""
        return tuple(job.id for job in self.jobs.values() if job.state in _OPEN)

    def with_job(self, job: QueuedJob, state: JobState, picture: Picture | None) -> SweepNow:
        """With what is told of a job of this sweep."""
        key = job.request.sweep.cell
        jobs = {**self.jobs, key: replace(job, state=state)}
        if picture is None:
            return replace(self, jobs=jobs)
        return replace(self, jobs=jobs, pictures={**self.pictures, key: picture})


def sweep_now(stores: Stores, sweep: Sweep) -> SweepNow:
    """All of it; reads files and the database: not for the GUI thread. Raises KnownError where
    that cannot be."""
    return sweep_with(stores, Known(stores.library, stores.places, sweep.base), sweep)


def sweep_with(stores: Stores, known: Known, sweep: Sweep) -> SweepNow:
    """The same, with what is known already."""
    return read_again(stores, SweepNow(sweep, cells_of_sweep(known, sweep), {}, {}))


def sweep_asked(stores: Stores, known: Known, sweep: Sweep) -> SweepNow:
    """The same of a sweep that is to be made. Raises InvalidRequest where no cell of it suits,
    WorldError where that is for want of something."""
    now = sweep_with(stores, known, sweep)
    if len(now.refused) == len(now.cells):
        first = now.refused[0]
        raise WorldError(first.refusal) if first.lacks else InvalidRequest("axis", first.refusal)
    return now


def read_again(stores: Stores, now: SweepNow) -> SweepNow:
    """What the gallery and the queue have of it now. Raises WorldError where the database cannot be
    read."""
    sweep = now.sweep
    found = jobs_of_sweep(stores.database, stores.jobs, sweep.id)
    return replace(
        now,
        pictures=pictures_by_cell(stores.database, stores.gallery, sweep.stack),
        jobs={job.request.sweep.cell: job for job in found},
    )


def put_into_queue(
    stores: Stores, sweep: Sweep, requests: Sequence[ResolvedRequest]
) -> Sequence[QueuedJob]:
    """The jobs of those pictures of a sweep that nobody has made or asked for meanwhile: another
    window or a command may go on with it. Raises WorldError where the queue cannot be written, or
    another takes too long."""
    with stores.sweeps.claiming():
        taken = set(pictures_by_cell(stores.database, stores.gallery, sweep.stack))
        for job in jobs_of_sweep(stores.database, stores.jobs, sweep.id):
            if job.state in _OPEN:
                taken.add(job.request.sweep.cell)
        return stores.jobs.add([one for one in requests if one.sweep.cell not in taken])

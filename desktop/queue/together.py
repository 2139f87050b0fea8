"""Pictures of a sweep, or that are made larger together, stand in the queue as one entry: how far
they are, and what is done to all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.store.jobs import QueuedJob
from core.values.job import JobState
from desktop.widgets.i18n import tr

_OPEN = (JobState.RUNNING, JobState.WAITING)
_FOLDED = (*_OPEN, JobState.DONE)


@dataclass(frozen=True, slots=True)
class Together:
    """The jobs of one wish that are listed and not lost; `lead` is the one being made, else the
    next one. `failed` are those of it that failed, which stand in the queue one by one."""

    lead: QueuedJob
    failed: int = 0

    @property
    def words(self) -> str:
        """What they are."""
        if self.lead.request.sweep.id:
            return tr("Sweep: {n} pictures", n=self.lead.of)
        return tr("Upscale {n} pictures", n=self.lead.of)

    @property
    def facts(self) -> str:
        """How far they are."""
        about = sweep_words if self.lead.request.sweep.id else upscale_words
        parts = [tr("{nth} of {of}", nth=self.lead.nth, of=self.lead.of), about(self.lead)]
        if self.failed:
            parts.append(tr("{n} failed", n=self.failed))
        return " · ".join(parts)


def upscale_words(job: QueuedJob) -> str:
    """How much larger a job makes its picture, and whether details are drawn anew."""
    upscale = job.request.upscale
    words = tr("{n} times as large", n=f"{upscale.scale:.3g}")
    if upscale.refine > 0:
        words += " · " + tr("refined, {strength}", strength=f"{upscale.refine:.2f}")
    return words


def sweep_words(job: QueuedJob) -> str:
    """Which cell of its sweep a job makes."""
    from core.service.sweeps.axes.reading import cell_words

    return " · ".join(cell_words(job.request.sweep.cell))


def folded(jobs: Sequence[QueuedJob]) -> tuple[tuple[QueuedJob, ...], dict[str, Together]]:
    """The jobs that get a row of their own, and by the ids of those that stand for others whom they
    stand for."""
    shown: list[QueuedJob] = []
    leads: dict[float, QueuedJob] = {}
    failed: dict[float, int] = {}
    for job in jobs:
        if _is_of_many(job) and job.state is JobState.FAILED:
            failed[job.created] = failed.get(job.created, 0) + 1
        if not (_is_of_many(job) and job.state in _FOLDED):
            shown.append(job)
        elif job.created not in leads and job.state in _OPEN:
            leads[job.created] = job
            shown.append(job)
    together = {lead.id: Together(lead, failed.get(created, 0)) for created, lead in leads.items()}
    return tuple(shown), together


def _is_of_many(job: QueuedJob) -> bool:
    return job.of > 1 and bool(job.request.upscale.source or job.request.sweep.id)

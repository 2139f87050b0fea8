"""Makes the pictures of trials one by one, and measures each beside that of its seed. They are kept
nowhere but in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.engine.contract.protocol import Engine, OnEvent
from core.service.again.recreate import Again
from core.service.insight.without.judging import Apart
from core.service.insight.without.trials import Change, Trial, job_of, seeds_of
from core.service.insight.without.words import Prompts, prompts_of
from core.service.making.prepared import prepared
from core.service.stores import Stores
from core.system.errors import WorldError
from core.values.job import Job
from core.values.picture import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class MadeTrial:
    """The picture of a trial, the job that made it, and how far it is from that of its seed: None
    for that one itself."""

    trial: Trial
    job: Job
    pixels: Pixels
    apart: Apart | None


class TrialMaker:
    """For one picture; made and used in the thread of the engine, or of the command line."""

    def __init__(self, stores: Stores, asked: Again) -> None:
        """Raises WorldError where its words cannot be tried, ModelMissing and SourceMissing for
        what is not here."""
        if asked.request.branch.origin:
            raise WorldError(
                "The picture goes on from a step of another one: its words made only a part of it.",
                "Try the words of the picture that it branches off from.",
            )
        _, job = prepared(stores, asked.request)
        self.job = replace(job, mode=asked.mode)
        self.prompts: Prompts = prompts_of(job)
        self.seeds: Sequence[int] = seeds_of(job)
        self._as_it_is: dict[int, Pixels] = {}

    def make(self, engine: Engine, trial: Trial, on_event: OnEvent) -> MadeTrial:
        """One picture; that of its seed before it, where that was not made yet. Raises what the
        engine raises, InvalidRequest where there can be no such picture."""
        job = job_of(self.job, self.prompts, trial)
        if trial.change is Change.NONE:
            pixels = engine.run(job, on_event).pixels
            self._as_it_is[trial.seed] = pixels
            return MadeTrial(trial, job, pixels, None)
        before = self._as_it_is.get(trial.seed)
        if before is None:
            before = self.make(engine, Trial(trial.seed), on_event).pixels
        pixels = engine.run(job, on_event).pixels
        return MadeTrial(trial, job, pixels, apart_of(before, pixels))


def apart_of(before: Pixels, now: Pixels) -> Apart:
    """Of two pictures of one size. Not for the GUI thread."""
    from core.service.insight.without.forms import forms_apart
    from core.service.sweeps.picture_measures import apart
    from core.service.sweeps.visible import visibly_apart

    visible, difference = visibly_apart(before, now), apart(before, now)
    assert visible is not None and difference is not None  # of one request but for its words
    return Apart(visible, difference, forms_apart(before, now))

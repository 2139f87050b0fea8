"""The jobs of a picture's trials, and how far what comes of each is from the picture of its seed.
They are kept nowhere but in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.service.again.recreate import Again
from core.service.insight.recorded import check_has_steps
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
    """The picture of a trial, and how far it is from that of its seed: None for that one itself."""

    trial: Trial
    pixels: Pixels
    apart: Apart | None


class PictureTrials:
    """Of one picture. Reads files as it is built: not in the GUI thread."""

    def __init__(self, stores: Stores, asked: Again) -> None:
        """Raises WorldError where its words cannot be tried, ModelMissing and SourceMissing for
        what is not here."""
        check_has_steps(asked)
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

    def job_of(self, trial: Trial) -> Job:
        """What makes its picture. Raises InvalidRequest where there can be no such picture."""
        return job_of(self.job, self.prompts, trial)

    def made(self, trial: Trial, pixels: Pixels) -> MadeTrial:
        """With what came of its job; that of the seed itself came before the others of the seed.
        Reckons with pictures: not for the GUI thread."""
        if trial.change is Change.NONE:
            self._as_it_is[trial.seed] = pixels
            return MadeTrial(trial, pixels, None)
        return MadeTrial(trial, pixels, apart_of(self._as_it_is[trial.seed], pixels))


def apart_of(before: Pixels, now: Pixels) -> Apart:
    """Of two pictures of one size. Not for the GUI thread."""
    from core.service.insight.without.forms import forms_apart
    from core.service.sweeps.picture_measures import apart
    from core.service.sweeps.visible import visibly_apart

    visible, difference = visibly_apart(before, now), apart(before, now)
    assert visible is not None and difference is not None  # of one request but for its words
    return Apart(visible, difference, forms_apart(before, now))

"""Other pictures from a step on: they are put into the queue, listed, and shown beside the one that
they branch off from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.errors import InvalidRequest
from core.values.picture import Picture, Pixels
from core.values.request import Request
from core.values.request_parts.sweep_place import SweepPlace
from desktop.pictures.actions import read_image
from desktop.state.services import Services
from desktop.steps.branch_form import BranchForm, Wish
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.recorded import RecordedPicture
    from core.service.insight.rewind.branch_tree import BranchNode
    from core.service.making.runner import Outcome
    from core.values.events import Event
    from core.values.resolved_request import ResolvedRequest


class Branches(QObject):
    """`there` carries the Picture and the QImage of a branch that is to stand beside its parent,
    `developing` what can be seen of one that is being made, and its Request; `ended` when it came
    to nothing; `alone` when the picture itself is asked for; `refused` a sentence on why a branch
    cannot be. Of branches that were asked for elsewhere the tree alone tells."""

    there = Signal(object, object)
    developing = Signal(QImage, Request)
    ended = Signal()
    alone = Signal()
    refused = Signal(str)

    def __init__(self, services: Services, form: BranchForm, parent: QObject) -> None:
        super().__init__(parent)
        self._stores = services.stores
        self._service = service = services.service
        self._library = services.library
        self._form = form
        self._records = services.gallery_tasks
        self._images = services.image_tasks
        self._picture: RecordedPicture | None = None
        self._step = 1
        self._asked: set[str] = set()  # ids of the jobs that the form asked for
        form.asked.connect(self.develop)
        form.opened.connect(self.show)
        service.queued.connect(self._queued)
        service.started.connect(self._started)
        service.progressed.connect(self._heard)
        service.finished.connect(self._finished)

    def open(self, picture: RecordedPicture | None) -> None:
        """Branches of this picture from now on."""
        from core.models.files.families import FAMILIES
        from core.values.program import Program

        self._picture = picture
        if picture is not None:
            request = picture.job.request
            family = FAMILIES.get(picture.job.model.family)
            self._form.open(
                request,
                models=self._kin(picture),
                flow=family is not None and family.flow,
                own_sampling=request.compatibility != Program.CALOTYPE,
            )
            self._form.show_branches((), 1)
            self._list()

    def _kin(self, picture: RecordedPicture) -> tuple[tuple[str, str], ...]:
        """Ids and names of the models that can go on from its steps: its own, and those of its
        family that are shown as many pictures."""
        own = picture.job.model
        entry = self._library.entry(own.id)
        variant = "" if entry is None else entry.variant
        others = [
            (one.id, one.name)
            for one in self._library.models
            if one.id != own.id and one.ready and (one.family, one.variant) == (own.family, variant)
        ]
        return ((own.id, own.name), *others)

    def go_to(self, step: int) -> None:
        """From which step the next one goes on."""
        self._step = step
        if self._picture is not None:
            self._form.show_step(step, len(self._picture.steps))

    def develop(self, wish: Wish) -> None:
        """Put what is wished for into the queue."""
        from core.prompt.expand import expand

        if self._picture is None:
            return
        try:
            request = branched(self._picture, wish, self._step)
            for one in expand(request.check(), drawn=True):
                self._service.submit_drawn(one, then=self._note)
        except InvalidRequest as fault:
            self.refused.emit(str(fault))

    def _note(self, jobs: Sequence[QueuedJob]) -> None:
        self._asked.update(job.id for job in jobs)

    def show(self, picture: Picture) -> None:
        """A picture of the tree beside the one that is open."""
        parent = self._picture
        if parent is not None and picture.path == str(parent.path):
            self.alone.emit()
            return

        def seen(image: QImage) -> None:
            if parent is not self._picture:
                return
            if image.isNull():
                self.refused.emit(tr("The file of this branch is missing or damaged."))
            else:
                self.there.emit(picture, image)

        self._images.submit(partial(read_image, picture.path), seen)

    def _list(self) -> None:
        picture = self._picture
        if picture is None:
            return

        def found(nodes: Sequence[BranchNode]) -> None:
            if picture is self._picture:
                self._form.show_branches(nodes, len(picture.steps))

        self._records.submit(partial(_tree, self._stores, picture), found)

    def _is_ours(self, request: Request) -> bool:
        picture = self._picture
        branches = bool(request.branch.origin)
        return picture is not None and branches and request.parent == picture.pixels

    def _is_asked(self, job: QueuedJob) -> bool:
        return job.id in self._asked and self._is_ours(job.request)

    # --- while they are made ---

    def _queued(self, jobs: Sequence[QueuedJob]) -> None:
        if any(map(self._is_asked, jobs)):
            self._form.tell(tr("It waits in the queue."))

    def _started(self, job: QueuedJob) -> None:
        if self._is_asked(job):
            self._form.tell(tr("It is being made."))

    def _heard(self, event: Event) -> None:
        from core.values.events import StepDone  # after the paint
        from desktop.pictures.comparing.compared import image_of

        current = self._service.current
        if isinstance(event, StepDone) and current is not None and self._is_asked(current):
            words = tr("Step {step} of {steps}", step=event.step, steps=event.steps)
            self._form.tell(words)
            if event.preview is not None:
                seen = event.preview
                pixels = Pixels(seen.width, seen.height, seen.rgb)
                self.developing.emit(image_of(pixels), current.request)

    def _finished(self, outcome: Outcome) -> None:
        if outcome.picture is not None and self._is_ours(outcome.job.request):
            self._list()
        if not self._is_asked(outcome.job):
            return
        self._form.tell(tr("It was stopped.") if outcome.stopped else outcome.message)
        if outcome.picture is not None:
            self.show(outcome.picture)
        else:
            self.ended.emit()


def _tree(stores: Stores, picture: RecordedPicture) -> tuple[BranchNode, ...]:
    from core.service.insight.rewind.branch_tree import branch_tree  # numpy, which no start needs

    return branch_tree(stores, picture)


def branched(picture: RecordedPicture, wish: Wish, step: int) -> Request:
    """The request that goes on from a step of a picture as somebody wishes. Raises InvalidRequest
    where it cannot."""
    from core.values.branching import branch_off

    origin: ResolvedRequest = picture.job.request
    words = (wish.prompt, wish.negative_prompt) != (origin.prompt, origin.negative_prompt)
    templates = ("", "") if words else (origin.template, origin.negative_template)
    changed = replace(
        origin,
        prompt=wish.prompt,
        negative_prompt=wish.negative_prompt,
        template=templates[0],
        negative_template=templates[1],
        guidance=wish.guidance,
        model=wish.model or origin.model,
        sampler=wish.sampler,
        noise=replace(origin.noise, seed_delta=origin.noise.seed_delta + wish.noise),
        parent=picture.pixels,
        document="",
        sweep=SweepPlace(),
    )
    return branch_off(origin, changed, step)

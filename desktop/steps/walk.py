"""Going through the steps of a picture, and on from one: what slider, stage and form have to do
with each other."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from core.system.errors import KnownError
from core.values.picture import Picture
from core.values.request import Request
from desktop.state.services import Services
from desktop.steps.branch_form import BranchForm, branch_words
from desktop.steps.branches import Branches
from desktop.steps.captions import caption
from desktop.steps.looks import Look, Looks
from desktop.steps.opening import Opening, State
from desktop.steps.stage import StepStage, as_large
from desktop.steps.timeline import Timeline
from desktop.widgets.i18n import tr


class Walk(QObject):
    """`begun` when the steps of a picture are there, `looked` carries the step, from 1, that is
    looked at from now on; `beside_changed` where a branch came to stand beside the picture, or
    no longer does: `beside` are words on it; `complained` and `told` carry a sentence."""

    begun = Signal()
    looked = Signal(int)
    beside_changed = Signal()
    complained = Signal(str)
    told = Signal(str)
    asked = Signal(object)  # the LoopDialog that was opened

    def __init__(
        self,
        services: Services,
        opening: Opening,
        timeline: Timeline,
        stage: StepStage,
        form: BranchForm,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self.opening = opening
        self.timeline = timeline
        self.stage = stage
        self.beside = ""
        self._other: tuple[Path, QImage] | None = None  # the finished picture that stands beside
        self._awaited = False  # a branch was asked for, and nothing of it was seen yet
        self._develops = False  # what stands beside the picture is not finished
        self._images = services.image_tasks
        self.looks = Looks(services.service, self)
        self.branches = Branches(services, form, self)
        opening.changed.connect(self.follow)
        opening.seen.connect(self.see)
        self.looks.came.connect(self._came)
        self.looks.failed.connect(self._failed)
        timeline.moved.connect(self._move)
        timeline.chosen.connect(lambda _: self._choose())
        timeline.rested.connect(self._rest)
        stage.viewer.stepped.connect(timeline.go_by)
        self.branches.there.connect(self._set_beside)
        self.branches.developing.connect(self._develop)
        self.branches.ended.connect(self._drop_developing)
        self.branches.refused.connect(self.complained)
        self.branches.alone.connect(self.show_step_alone)
        form.asked.connect(self._await)
        timeline.loop.clicked.connect(self._ask_loop)

    def is_open(self) -> bool:
        """Whether there are steps to go through."""
        return self.opening.state is State.RECORDED

    def follow(self) -> None:
        """Where the opening is now: another picture, or another state of it."""
        self._awaited = False
        self.go_back()
        if self.is_open():
            self._begin()
        else:
            self.timeline.halt()
            self.looks.open(None)
            self.branches.open(None)

    def see(self) -> None:
        """The finished picture; the backslash shows it beside any step."""
        if not self.opening.image.isNull():
            self.stage.viewer.show_image(self.opening.image)
            if self.is_open():
                self._show_step()

    # --- its steps ---

    def _begin(self) -> None:
        picture = self.opening.picture
        assert picture is not None  # of this state
        self.looks.open(picture)
        self.branches.open(picture)
        self.begun.emit()
        self.timeline.open(len(picture.steps))

    def _look(self) -> Look:
        return Look(self.timeline.step, self.timeline.shown)

    def _move(self, step: int) -> None:
        self.branches.go_to(step)
        self._ask_rough()
        self.show_step_alone()

    def _choose(self) -> None:
        self._ask_rough()
        self.show_step_alone()

    def _ask_rough(self) -> None:
        """Of all steps that have what is shown, the nearest first; nothing is decoded for who
        does not see it."""
        picture = self.opening.picture
        if picture is None or not self.timeline.needs_pictures():
            return
        shown = self.timeline.shown
        needs_two = shown in ("with", "without")
        steps = [
            one.step for one in picture.steps if one.guidance_norm is not None or not needs_two
        ]
        steps.sort(key=lambda step: abs(step - self.timeline.step))
        self.looks.ask_rough(shown, steps)

    def _rest(self) -> None:
        if self.timeline.needs_pictures():
            self._ask_rough()
            self.looks.ask_whole(self._look())

    def _came(self, look: Look) -> None:
        if look == self._look():
            self._show_step()

    def _show_step(self) -> None:
        picture = self.opening.picture
        if not self.is_open() or picture is None:
            return
        timeline = self.timeline
        figures = picture.steps[timeline.step - 1]
        self.looked.emit(timeline.step)
        timeline.offer_branches(figures.guidance_norm is not None)
        look = self._look()
        words = caption(figures, look.shown, picture.job.request.negative_prompt)
        timeline.caption.setText(words)
        whole, rough = self.looks.whole(look), self.looks.rough(look)
        image = whole or rough
        if image is not None:
            self.stage.show_image(image, self.opening.image)
        timeline.quality.set_full(_quality(whole is not None, rough is not None))
        self.stage.viewer.describe(f"{timeline.count.text()}, {words}")

    def _failed(self, fault: KnownError) -> None:
        self.timeline.halt()
        self.complained.emit(str(fault))

    # --- branches ---

    def _set_beside(self, picture: Picture, image: QImage) -> None:
        self._awaited = False
        self._other = Path(picture.path), image
        self._compare(picture.request, image, develops=False)

    def _compare(self, request: Request, image: QImage, *, develops: bool) -> None:
        from desktop.pictures.comparing.compared import from_image

        opened = self.opening.picture
        name = tr("Another one")
        if opened is not None and request.parent == opened.pixels and request.branch.origin:
            name = tr("Its branch")
            self.beside = tr(
                "A is the picture, B its branch. {branch}",
                branch=branch_words(request),
            )
        else:
            self.beside = tr(
                "A is the picture, B another one of its tree: {prompt}",
                prompt=request.prompt,
            )
        self._develops = develops
        images = (
            (tr("The picture"), self.opening.image),
            (name, as_large(image, self.opening.image)),
        )
        pictures = [from_image(name, one) for name, one in images]
        self.stage.compare(pictures, self.beside, self._images)
        self.timeline.show_details(False)
        self.beside_changed.emit()

    def _develop(self, image: QImage, request: Request) -> None:
        """A branch as far as it is; not where a person looks at something else meanwhile."""
        if self._develops:
            self.stage.show_second(image, self.opening.image)
        elif self._awaited:
            self._awaited = False
            self._compare(request, image, develops=True)

    def _await(self) -> None:
        self._awaited = True

    def is_awaiting(self) -> bool:
        """Whether a branch was asked for that does not stand beside the picture yet, finished."""
        return self._awaited or self._develops

    def _drop_developing(self) -> None:
        self._awaited = False
        if self._develops:
            self.show_step_alone()

    def go_back(self) -> None:
        """From a branch to the picture of a step, in whose place it stood."""
        self._develops = False
        self._other = None
        if self.stage.go_back():
            self.timeline.show_details(True)
            self.beside = ""
            self.beside_changed.emit()

    # --- a loop ---

    def _ask_loop(self) -> None:
        from desktop.steps.loop_dialog import LoopDialog
        from desktop.steps.loop_export import LoopSource

        if (picture := self.opening.picture) is None:
            return
        other, other_image = self._other or (None, None)
        source = LoopSource(picture, self.opening.image, other, other_image)
        dialog = LoopDialog(self._services, source, self.stage.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.saved.connect(lambda path: self.told.emit(tr("Saved as {name}.", name=path.name)))
        dialog.open()
        self.asked.emit(dialog)

    def show_step_alone(self) -> None:
        """The picture of a step, also where a branch stands in its place."""
        self.go_back()
        self._show_step()


def _quality(is_whole: bool, is_rough: bool) -> str:
    if is_whole:
        return tr("decoded in full")
    return tr("rough preview") if is_rough else tr("not decoded yet")

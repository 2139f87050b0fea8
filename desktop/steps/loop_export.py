"""A loop of the steps is made: each step decoded in turn, then all written, beside the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.system.errors import KnownError
from core.values.job import RecordedLook
from desktop.state.services import Services
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from PIL.Image import Image

    from core.service.insight.looking import LookEnd
    from core.service.insight.recorded import RecordedPicture
    from core.service.insight.rewind.loops import LoopChoices
    from core.values.picture import Pixels


class Content(Enum):
    """What a loop shows."""

    STEPS = auto()  # of the picture
    BOTH = auto()  # steps of the picture and of the other one, beside each other
    TURNS = auto()  # the picture and the other one, one turning into the other


@dataclass(frozen=True, slots=True)
class LoopSource:
    """What there is for a loop: a picture with its steps, `image` as it is; `other` the file of
    another one and `other_image`, where one stands beside it."""

    picture: RecordedPicture
    image: QImage
    other: Path | None = None
    other_image: QImage | None = None


class LoopExport(QObject):
    """One at a time. `moved`: so many of so many steps are there; `saved` the file's path, `failed`
    a KnownError."""

    moved = Signal(int, int)
    saved = Signal(Path)
    failed = Signal(KnownError)

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._turn = 0  # answers for what was cancelled are dropped
        self._steps: list[dict[int, Image]] = []  # of each picture, by their number
        self._wanted = 0

    def start(
        self, source: LoopSource, content: Content, choices: LoopChoices, target: Path
    ) -> None:
        """Make it, and write it to `target`."""
        self.cancel()
        if content is Content.TURNS:
            assert source.other_image is not None  # only then it is offered
            self._write(partial(_turning, source.image, source.other_image, choices, target))
        elif content is Content.BOTH:
            assert source.other is not None
            turn = self._turn
            self._services.image_tasks.submit(
                partial(_find, self._services, source.other),
                lambda other: self._found(turn, (source.picture, other), choices, target),
                partial(self._fail, turn),
            )
        else:
            self._look([source.picture], choices, target)

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._turn += 1
        self._services.service.looks.forget(self)
        self._steps = []

    def _found(
        self,
        turn: int,
        pictures: tuple[RecordedPicture, RecordedPicture],
        choices: LoopChoices,
        target: Path,
    ) -> None:
        if turn == self._turn:
            self._look(pictures, choices, target)

    def _look(
        self, pictures: Sequence[RecordedPicture], choices: LoopChoices, target: Path
    ) -> None:
        from core.service.insight.looking import LookOrder

        self._steps = [{} for _ in pictures]
        self._wanted = sum(len(picture.steps) for picture in pictures)
        self.moved.emit(0, self._wanted)
        for at, picture in enumerate(pictures):
            for one in picture.steps:
                look = RecordedLook(str(picture.recording), one.step, "x0")
                order = LookOrder(picture.job, look, self, patient=True)
                there = partial(self._there, self._turn, at, choices, target)
                self._services.service.looks.put(order, there)

    def _there(self, turn: int, at: int, choices: LoopChoices, target: Path, end: LookEnd) -> None:
        if turn != self._turn:
            return
        if end.fault is not None:
            self._fail(turn, end.fault)
        elif end.pixels is not None:
            step = end.order.look.step
            self._services.image_tasks.submit(
                partial(_reduced, end.pixels, choices),
                lambda image: self._keep(turn, at, step, image, choices, target),
                partial(self._fail, turn),
            )

    def _keep(
        self, turn: int, at: int, step: int, image: Image, choices: LoopChoices, target: Path
    ) -> None:
        if turn != self._turn:
            return
        self._steps[at][step] = image
        done = sum(len(steps) for steps in self._steps)
        self.moved.emit(done, self._wanted)
        if done == self._wanted:
            pictures = [[steps[step] for step in sorted(steps)] for steps in self._steps]
            self._write(partial(_stepping, pictures, choices, target))

    def _write(self, work: Callable[[], Path]) -> None:
        turn = self._turn

        def written(path: Path) -> None:
            if turn == self._turn:
                self.saved.emit(path)

        tasks = self._services.image_tasks
        tasks.submit(work, written, partial(self._fail, turn), saves=True)

    def _fail(self, turn: int, fault: KnownError) -> None:
        if turn == self._turn:
            self.cancel()
            self.failed.emit(fault)


def _find(services: Services, path: Path) -> RecordedPicture:
    from core.service.insight.recorded import recorded_already
    from core.system.errors import WorldError

    found = recorded_already(services.stores, path)
    if found is None:
        raise WorldError(
            tr("The steps of {name} are not recorded any more.", name=path.name),
            tr("Open it in Insight, which records them again."),
        )
    return found


def _reduced(pixels: Pixels, choices: LoopChoices) -> Image:
    from core.service.insight.rewind.loops import reduced

    return reduced(pixels, choices)


def _stepping(pictures: Sequence[Sequence[Image]], choices: LoopChoices, target: Path) -> Path:
    from core.service.insight.rewind.loops import save_loop, steps_of

    return save_loop(target, steps_of(*pictures, choices=choices), choices)


def _turning(first: QImage, second: QImage, choices: LoopChoices, target: Path) -> Path:
    from core.service.insight.rewind.loops import in_turn, reduced, save_loop
    from desktop.pictures.comparing.compared import from_image

    one, other = (reduced(from_image("", image).pixels, choices) for image in (first, second))
    return save_loop(target, in_turn(one, other, choices), choices)

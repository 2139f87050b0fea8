"""Both guesses of each step and their difference as pictures, and the share of clipped pixels."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.system.errors import KnownError
from desktop.pictures.comparing.compared import image_of
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.service.insight.looking import LookEnd
    from core.service.insight.recorded import RecordedPicture
    from core.values.job import RecordedLook
    from core.values.picture import Pixels

MOST_WHOLE = 192 * 2**20  # bytes of whole pictures that are kept
QUICK = 0.4  # seconds of a decode, below which all steps are measured unasked
MOST_UNASKED = 60  # steps


@dataclass(frozen=True, slots=True)
class StepPair:
    """The pictures of a step. `against` and `difference` are null images where there was one guess
    only; the difference is drawn `gain` times as much. Not `is_whole`: as previews are made."""

    with_prompt: QImage
    against: QImage
    difference: QImage
    gain: int
    is_whole: bool


class StepPictures(QObject):
    """`came` carries a step whose pictures, or better ones, are here now, `clipped_came` one whose
    share of clipped pixels is, `failed` a KnownError. Nothing is asked for while it sleeps."""

    came = Signal(int)
    clipped_came = Signal(int)
    failed = Signal(KnownError)

    def __init__(self, service: JobService, images: SerialTasks, parent: QObject) -> None:
        super().__init__(parent)
        self._service = service
        self._images = images
        self._picture: RecordedPicture | None = None
        self._turn = 0  # counts what was opened: answers for an earlier one are dropped
        self._awake = False
        self._step = 1
        self._rough: dict[int, StepPair] = {}
        self._whole: OrderedDict[int, StepPair] = OrderedDict()
        self._halves: dict[tuple[int, str, bool], Pixels] = {}
        self._pending: tuple[int, str] | None = None  # the one whole look that was asked for
        self._asked_at = 0.0
        self._has_asked_rough = False
        self._counted: set[int] = set()  # steps whose clipped pixels are counted, or were
        self._declined = False  # a person stopped the measuring
        self.is_measuring = False  # of all steps, one after the other
        self.clipped: dict[int, float] = {}  # shares, by step
        self.seconds: float | None = None  # the quickest decode so far

    def open(self, picture: RecordedPicture | None) -> None:
        """From now on of this picture; None for none."""
        self._turn += 1
        if self._picture is not None:
            self._service.looks.forget(self)
        self._picture = picture
        self._rough.clear()
        self._whole.clear()
        self._halves.clear()
        self._pending = None
        self._has_asked_rough = False
        self._counted.clear()
        self._declined = False
        self.is_measuring = False
        self.clipped.clear()
        self.seconds = None

    def wake(self, awake: bool) -> None:
        """Whether anybody sees the pictures."""
        self._awake = awake
        if awake and self._picture is not None:
            self._ask_rough()
            self._ask_next()

    def pair(self, step: int) -> StepPair | None:
        """The best there is of a step; None where nothing is here yet."""
        whole = self._whole.get(step)
        if whole is not None:
            self._whole.move_to_end(step)
        return whole or self._rough.get(step)

    def look_at(self, step: int) -> None:
        """Whole pictures of this step are wanted first."""
        self._step = step
        self._ask_next()

    def measure_all(self, on: bool) -> None:
        """Measure the clipped pixels of all steps, or no further ones."""
        self._declined = not on
        self.is_measuring = on
        self._ask_next()

    # --- what is asked for ---

    def _kinds(self, step: int) -> tuple[str, ...]:
        assert self._picture is not None
        guided = self._picture.steps[step - 1].guidance_norm is not None
        return ("with", "without") if guided else ("x0",)

    def _ask_rough(self) -> None:
        """Of all steps, the nearest first, once."""
        if self._has_asked_rough or self._picture is None:
            return
        self._has_asked_rough = True
        for step in self._by_nearness():
            for shown in self._kinds(step):
                self._ask(step, shown, rough=True)

    def _by_nearness(self) -> list[int]:
        assert self._picture is not None
        steps = range(1, len(self._picture.steps) + 1)
        return sorted(steps, key=lambda step: abs(step - self._step))

    def _ask_next(self) -> None:
        """The next whole picture, if nothing else was asked for."""
        if self._pending is not None or not self._awake or self._picture is None:
            return
        self._pending = self._missing()
        if self._pending is not None:
            self._asked_at = time.monotonic()
            self._ask(*self._pending, rough=False)

    def _missing(self) -> tuple[int, str] | None:
        step = self._step
        if step not in self._whole:
            for shown in self._kinds(step):
                if (step, shown, True) not in self._halves:
                    return step, shown
        if step not in self._counted:
            return step, "x0"
        if self.is_measuring:
            rest = (one for one in self._by_nearness() if one not in self._counted)
            found = next(rest, None)
            self.is_measuring = found is not None
            return None if found is None else (found, "x0")
        return None

    def _ask(self, step: int, shown: str, *, rough: bool) -> None:
        from core.service.insight.looking import LookOrder
        from core.values.job import RecordedLook

        assert self._picture is not None
        look = RecordedLook(str(self._picture.recording), step, shown, rough)
        order = LookOrder(self._picture.job, look, asker=self, patient=not rough)
        self._service.looks.put(order, partial(self._there, self._turn))

    # --- what came ---

    def _there(self, turn: int, end: LookEnd) -> None:
        if turn != self._turn:
            return  # of a picture that was left
        look = end.order.look
        if not look.rough:
            self._pending = None
        if end.fault is not None:
            self.failed.emit(end.fault)
        elif end.pixels is not None:
            self._take(look, end.pixels)
            if not look.rough:
                self._note_time()
                self._ask_next()

    def _note_time(self) -> None:
        took = time.monotonic() - self._asked_at
        self.seconds = took if self.seconds is None else min(took, self.seconds)
        picture = self._picture
        if picture is None or self._declined or took >= QUICK:
            return
        if len(self._counted) < len(picture.steps) <= MOST_UNASKED:
            self.is_measuring = True

    def _take(self, look: RecordedLook, pixels: Pixels) -> None:
        step, whole = look.step, not look.rough
        if whole and look.shown == "x0":
            self._counted.add(step)
            self._images.submit(
                partial(_clipped, pixels),
                partial(self._measured, self._turn, step),
                partial(self._fail, self._turn),
            )
        kinds = self._kinds(step)
        if look.shown not in kinds or (whole and step in self._whole):
            return
        self._halves[step, look.shown, whole] = pixels
        halves = [self._halves.get((step, shown, whole)) for shown in kinds]
        both = [half for half in halves if half is not None]
        if len(both) == len(kinds):
            self._images.submit(
                partial(_paired, both, whole),
                partial(self._put, self._turn, step),
                partial(self._fail, self._turn),
            )

    def _measured(self, turn: int, step: int, share: float) -> None:
        if turn == self._turn:
            self.clipped[step] = share
            self.clipped_came.emit(step)

    def _put(self, turn: int, step: int, pair: StepPair) -> None:
        if turn != self._turn:
            return
        for shown in self._kinds(step):
            self._halves.pop((step, shown, pair.is_whole), None)
        if pair.is_whole:
            self._whole[step] = pair
            self._bound()
        else:
            self._rough[step] = pair
        self.came.emit(step)

    def _fail(self, turn: int, fault: KnownError) -> None:
        if turn == self._turn:
            self.failed.emit(fault)

    def _bound(self) -> None:
        """Of the whole ones those go that were not seen for longest."""
        total = sum(_bytes(pair) for pair in self._whole.values())
        while total > MOST_WHOLE and len(self._whole) > 1:
            _, pair = self._whole.popitem(last=False)
            total -= _bytes(pair)


def _bytes(pair: StepPair) -> int:
    images = pair.with_prompt, pair.against, pair.difference
    return sum(image.sizeInBytes() for image in images)


def _clipped(pixels: Pixels) -> float:
    from core.service.sweeps.picture_measures import clipped

    return clipped(pixels)


def _paired(both: Sequence[Pixels], whole: bool) -> StepPair:
    from core.service.insight.guiding.signed_difference import signed_difference

    images = [image_of(pixels) for pixels in both]
    found = signed_difference(*both) if len(both) > 1 else None
    difference, gain = (QImage(), 1) if found is None else (image_of(found[0]), found[1])
    against = images[1] if len(images) > 1 else QImage()
    return StepPair(images[0], against, difference, gain, whole)

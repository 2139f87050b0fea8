"""Pictures of the steps of one recording, kept in memory: rough ones of all steps, whole ones of
those that were rested on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.system.errors import KnownError
from desktop.pictures.comparing.compared import image_of
from desktop.state.job_service import JobService

if TYPE_CHECKING:
    from core.service.insight.looking import LookEnd
    from core.service.insight.recorded import RecordedPicture

MOST_WHOLE = 256 * 2**20  # bytes of whole pictures that are kept


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen of a step from 1: `shown` as `RecordedLook` has it."""

    step: int
    shown: str


class Looks(QObject):
    """`came` carries a Look of which a rough or a whole picture is there now, `failed` a
    KnownError."""

    came = Signal(object)
    failed = Signal(KnownError)

    def __init__(self, service: JobService, parent: QObject) -> None:
        super().__init__(parent)
        self._service = service
        self._picture: RecordedPicture | None = None
        self._rough: dict[Look, QImage] = {}
        self._whole: OrderedDict[Look, QImage] = OrderedDict()
        self._asked: set[str] = set()  # what all rough ones were asked for

    def open(self, picture: RecordedPicture | None) -> None:
        """From now on of this picture; None for none."""
        if self._picture is not None:
            self._service.looks.forget(self)
        self._picture = picture
        self._rough.clear()
        self._whole.clear()
        self._asked.clear()

    def rough(self, look: Look) -> QImage | None:
        """As previews are made; None where it is not here yet."""
        return self._rough.get(look)

    def whole(self, look: Look) -> QImage | None:
        """As the decoder makes it; None where it is not here yet."""
        image = self._whole.get(look)
        if image is not None:
            self._whole.move_to_end(look)
        return image

    def ask_rough(self, shown: str, steps: Sequence[int]) -> None:
        """Rough ones of all these steps, in their order, once."""
        if shown not in self._asked:
            self._asked.add(shown)
            for step in steps:
                self._ask(Look(step, shown), rough=True)

    def ask_whole(self, look: Look) -> None:
        """The whole one, in place of another that nobody has seen yet."""
        if look not in self._whole:
            self._ask(look, rough=False)

    def _ask(self, look: Look, *, rough: bool) -> None:
        from core.service.insight.looking import LookOrder
        from core.values.job import RecordedLook

        picture = self._picture
        if picture is not None:
            what = RecordedLook(str(picture.recording), look.step, look.shown, rough)
            self._service.looks.put(LookOrder(picture.job, what, self), self._there)

    def _there(self, end: LookEnd) -> None:
        if self._picture is None or end.order.job is not self._picture.job:
            return  # of a picture that was left
        if end.fault is not None:
            self.failed.emit(end.fault)
        elif end.pixels is not None:
            what = end.order.look
            look = Look(what.step, what.shown)
            if what.rough:
                self._rough[look] = image_of(end.pixels)
            else:
                self._whole[look] = image_of(end.pixels)
                self._bound()
            self.came.emit(look)

    def _bound(self) -> None:
        """Of the whole ones those go that were not seen for longest."""
        total = sum(image.sizeInBytes() for image in self._whole.values())
        while total > MOST_WHOLE and len(self._whole) > 1:
            _, image = self._whole.popitem(last=False)
            total -= image.sizeInBytes()

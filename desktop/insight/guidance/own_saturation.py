"""The span of saturation of the open picture's model, read picture by picture, and more pictures
for it where there are too few."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.service.stores import Stores
from core.system.errors import KnownError
from desktop.pictures.strips.running import SweepRun
from desktop.shared.context import RoomContext

if TYPE_CHECKING:
    from core.service.insight.guiding.own_span import OwnPictures, Span
    from core.service.insight.recorded import RecordedPicture


class OwnSaturation(QObject):
    """`changed` when `span` is another one, or pictures for it are being made or no longer are."""

    changed = Signal()

    def __init__(self, context: RoomContext, parent: QObject) -> None:
        super().__init__(parent)
        services = context.services
        self._stores = services.stores
        self._records = services.gallery_tasks
        self._images = services.image_tasks
        self._picture: RecordedPicture | None = None
        self._turn = 0
        self.span: Span | None = None
        self.samples = SweepRun(
            services.stores,
            services.service,
            records=services.gallery_tasks,
            images=services.image_tasks,
            parent=self,
        )
        self.samples.changed.connect(self.changed)
        self.samples.ended.connect(self._measure)

    def open(self, picture: RecordedPicture | None) -> None:
        """Of this picture's model; None for none."""
        self._picture = picture
        self.samples.close()
        self._measure()

    @property
    def missing(self) -> int:
        """How many more pictures are needed; 0 while that is not known."""
        from core.service.insight.guiding.own_span import FEWEST

        if self.span is None or self.span.low is not None:
            return 0
        return FEWEST - self.span.count

    def make_more(self) -> None:
        """The open picture's words with other seeds, as the model is usually used."""
        from core.service.sweeps.cells import Variation
        from core.values.declared.limits import MAX_SEED
        from core.values.request_parts.branch import Branch
        from core.values.request_parts.start_picture import StartPicture

        picture, span = self._picture, self.span
        if picture is None or span is None or self.samples.is_running:
            return
        usual = (
            ("guidance", span.guidance),
            ("steps", span.steps),
            ("loras", ()),
            ("start", StartPicture()),
            ("branch", Branch()),
        )
        first = picture.job.request.seed + 1
        seeds = [(first + i) % (MAX_SEED + 1) for i in range(self.missing)]
        variations = [Variation(str(seed), (("seed", seed), *usual)) for seed in seeds]
        self.samples.open(picture.job.request, variations, parent=picture.pixels, begin=True)

    def _measure(self) -> None:
        self._turn += 1
        self.span = None
        self.changed.emit()
        picture = self._picture
        if picture is not None:
            work = partial(_own_pictures, self._stores, picture)
            turn = self._turn
            self._records.submit(work, partial(self._found, turn), partial(self._unknown, turn))

    def _found(self, turn: int, own: OwnPictures) -> None:
        if turn == self._turn:
            self._read(turn, own, list(own.paths), [])

    def _read(self, turn: int, own: OwnPictures, left: list[Path], values: list[float]) -> None:
        """One picture after the other: whatever else is to be read meanwhile goes between."""
        from core.service.insight.guiding.own_span import saturation_of, span_of

        if not left:
            self.span = span_of(own, values)
            self.changed.emit()
            return

        def there(value: float | None) -> None:
            if turn == self._turn:
                self._read(turn, own, left[1:], values if value is None else [*values, value])

        self._images.submit(partial(saturation_of, left[0]), there)

    def _unknown(self, turn: int, _: KnownError) -> None:
        """The model is gone: there is no span to tell of."""
        if turn == self._turn:
            self.changed.emit()


def _own_pictures(stores: Stores, picture: RecordedPicture) -> OwnPictures:
    from core.service.insight.guiding.own_span import own_pictures

    return own_pictures(stores, picture.job.request)

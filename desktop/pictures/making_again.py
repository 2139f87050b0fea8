"""Make it again: a picture's recipe rendered once more, and how far the new one is off."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.values.picture import Picture
from desktop.pictures.current import CurrentPicture
from desktop.state.job_service import JobService
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.again.making import AgainEnd
    from core.service.again.recreate import Verdict
    from core.values.resolved_request import ResolvedRequest

MOST_REASONS = 6
TOPIC = "again"


class MakingAgain(QObject):
    """`told` carries a sentence for the status line, `shown` asks for the room where the new
    picture is seen. The new one is kept nowhere until a person asks for that."""

    told = Signal(str)
    shown = Signal()

    def __init__(
        self, service: JobService, current: CurrentPicture, notice: NoticeBar, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._current = current
        self._notice = notice
        service.made_again.connect(self._ended)

    def make(self, origin: Picture | Path) -> None:
        """Of a picture of the gallery, or of any file; after the pictures that wait."""
        self._notice.clear(TOPIC)
        path = origin if isinstance(origin, Path) else Path(origin.path)
        self.told.emit(tr("{name} is made again after the pictures that wait.", name=path.name))
        self._service.make_again(path)

    def _ended(self, end: AgainEnd) -> None:
        if end.fault is not None:
            self._notice.say(str(end.fault), problem=True, topic=TOPIC)
        elif end.verdict is None:
            self.told.emit(tr("{name} was not made again.", name=end.path.name))
        elif end.verdict.identical:
            words = tr("{name} was made again: the new one is identical.", name=end.path.name)
            self._notice.say(words, topic=TOPIC)
        else:
            self._tell_difference(end, end.verdict)

    def _tell_difference(self, end: AgainEnd, verdict: Verdict) -> None:
        assert end.request is not None  # it comes with a verdict
        words = [_how_far(end.path.name, verdict), *verdict.reasons[:MOST_REASONS]]
        self._notice.say(
            " ".join(words),
            label=tr("Show"),
            action=partial(self._show, end),
            other=(tr("Make one to keep"), partial(self._keep, end.request)),
            topic=TOPIC,
        )

    def _show(self, end: AgainEnd) -> None:
        pixels = end.pixels
        assert pixels is not None  # it comes with a verdict
        width, height = pixels.width, pixels.height
        image = QImage(pixels.rgb, width, height, 3 * width, QImage.Format.Format_RGB888)
        self.shown.emit()
        self._current.show_made_again(end.path, image.copy())

    def _keep(self, request: ResolvedRequest) -> None:
        self._service.submit_all([request.check()])


def _how_far(name: str, verdict: Verdict) -> str:
    if verdict.greatest is None:
        return tr("{name} was made again: the new one is of another size.", name=name)
    return tr(
        "{name} was made again: the new one differs by up to {n} of 255, PSNR {psnr} dB.",
        name=name,
        n=verdict.greatest,
        psnr="∞" if verdict.psnr is None else f"{verdict.psnr:g}",
    )

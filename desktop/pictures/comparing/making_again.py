"""Make it again: a picture's recipe rendered once more, and how far the new one is off."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.system.errors import KnownError
from core.system.regular_files import display_name
from core.values.picture import Picture
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.again.making import AgainEnd
    from core.service.again.recreate import Verdict
    from core.values.resolved_request import ResolvedRequest
    from desktop.pictures.comparing.compared import ComparedPicture

MOST_REASONS = 6
TOPIC = "again"


class MakingAgain(QObject):
    """`told` carries a sentence for the status line, `shown` the window in which both pictures are
    compared. The new one is kept nowhere until a person asks for that."""

    told = Signal(str)
    shown = Signal(object)  # ComparingDialog

    def __init__(
        self, service: JobService, images: SerialTasks, notice: NoticeBar, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._images = images
        self._notice = notice
        self._window = parent
        service.again_begun.connect(self._begun)
        service.made_again.connect(self._ended)

    def make(self, origin: Picture | Path) -> None:
        """Of a picture of the gallery, or of any file; after the pictures that wait."""
        path = origin if isinstance(origin, Path) else Path(origin.path)
        words = tr("{name} is made again after the pictures that wait.", name=path.name)
        self._tell_on(path, words)
        self._service.make_again(path)

    def _begun(self, path: Path, recording: bool) -> None:
        if not recording:  # that, Insight tells
            self._tell_on(path, tr("{name} is being made again.", name=path.name))

    def _tell_on(self, path: Path, words: str) -> None:
        """It is not over yet, and can be stopped from every room."""
        stop = partial(self._service.stop_again, path)
        self._notice.say(words, label=tr("Stop"), action=stop, topic=_topic(path), expires=False)

    def _ended(self, end: AgainEnd) -> None:
        if end.recording:
            return
        if end.fault is not None:
            self._notice.say(str(end.fault), problem=True, topic=_topic(end.path))
        elif end.verdict is None:
            self._notice.clear(_topic(end.path))
            self.told.emit(tr("{name} was not made again.", name=end.path.name))
        elif end.verdict.identical:
            words = tr("{name} was made again: the new one is identical.", name=end.path.name)
            self._notice.say(words, topic=_topic(end.path))
        else:
            self._tell_difference(end, end.verdict)

    def _tell_difference(self, end: AgainEnd, verdict: Verdict) -> None:
        assert end.request is not None  # it comes with a verdict
        words = [how_far(end.path.name, verdict), *verdict.reasons[:MOST_REASONS]]
        self._notice.say(
            " ".join(words),
            label=tr("Show"),
            action=partial(self._show, end, verdict),
            other=(tr("Make one to keep"), partial(self._keep, end.request)),
            topic=_topic(end.path),
        )

    def _show(self, end: AgainEnd, verdict: Verdict) -> None:
        """Both, in a window of their own. Raises nothing: a file that is gone is said."""

        def read() -> tuple[ComparedPicture, ...]:
            from core.metadata.reading import decode_pixels, open_image
            from desktop.pictures.comparing.compared import ComparedPicture, image_of

            now = end.pixels
            assert now is not None  # it comes with a verdict
            with open_image(end.path) as image:
                before = decode_pixels(image, display_name(end.path))
            return (
                ComparedPicture(tr("Before"), before, image_of(before), path=end.path),
                ComparedPicture(tr("Made again"), now, image_of(now)),
            )

        self._images.submit(read, partial(self._compare, end, verdict), self._unreadable)

    def _unreadable(self, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic=TOPIC)

    def _compare(
        self, end: AgainEnd, verdict: Verdict, pictures: tuple[ComparedPicture, ...]
    ) -> None:
        from desktop.pictures.comparing.dialog import Compared, ComparingDialog

        words = (how_far(end.path.name, verdict), *verdict.reasons[:MOST_REASONS])
        title = tr("{name}, made again", name=end.path.name)
        compared = Compared(title, pictures, words)
        dialog = ComparingDialog(compared, self._images, self._window)
        dialog.show()
        self.shown.emit(dialog)

    def _keep(self, request: ResolvedRequest) -> None:
        self._service.submit_all([request.check()])


def _topic(path: Path) -> str:
    return f"{TOPIC}:{path}"


def how_far(name: str, verdict: Verdict) -> str:
    """A sentence on a picture that was made again, and is another one."""
    if verdict.greatest is None:
        return tr("{name} was made again: the new one is of another size.", name=name)
    return tr(
        "{name} was made again: the new one differs by up to {n} of 255, PSNR {psnr} dB.",
        name=name,
        n=verdict.greatest,
        psnr="∞" if verdict.psnr is None else f"{verdict.psnr:g}",
    )

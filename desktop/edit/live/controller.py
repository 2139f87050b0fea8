"""Live painting: each finished stroke or changed word asks for a picture of what the document shows
now, the newest wins, and what comes is shown over the canvas.

Nothing of it is stored: only `keep` and `refine` make jobs, whose pictures are kept as any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from core.models.files.families import Family
from core.service.editing.starting import HandedOver
from core.service.live.order import LiveOrder, LivePicture, LiveSettings
from core.service.live.request import kept_request, refined_request
from core.service.live.turns import HOLD_SECONDS, LiveEnd
from core.service.stores import Stores
from core.system.errors import EngineCrashed
from core.system.settings import Settings
from core.values.editing.document import Box
from core.values.picture import Pixels
from core.values.request import CheckedRequest
from core.values.resolved_request import random_seed
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr

SETTLED_MS = 400  # after a changed word or number

Submit = Callable[[CheckedRequest, Box], object]  # and where the picture lies in the document


@dataclass(frozen=True, slots=True)
class LiveSource:
    """What is painted on: the id of the document, its form's model, and what gives its picture for
    a model of a family. That is called in another thread, so it works on frozen values."""

    document: str
    model: str
    given: Callable[[Family], HandedOver]


class LiveState(Enum):
    """Where the picture of the last stroke stands."""

    OFF = auto()
    WAITING = auto()  # for a picture of the queue
    MAKING = auto()
    SHOWN = auto()
    PAUSED = auto()


class LiveController(QObject):
    """`picture` carries what is to be laid over the document, and its box there: left, top, width,
    height in the document's pixels, to which it is scaled; a null image and None take it away.
    `said` is a sentence for the person; `state_changed`: the bar has something else to show;
    `switched`: it is going to be on, or off.

    `tasks` are those of the database. `given` is asked in the window's thread, and gives None where
    no document is open; `submit` puts a request into the queue as Generate does.
    """

    picture = Signal(QImage, object)
    said = Signal(str)
    state_changed = Signal()
    switched = Signal(bool)

    def __init__(
        self,
        stores: Stores,
        service: JobService,
        tasks: SerialTasks,
        parent: QObject | None = None,
        *,
        given: Callable[[], LiveSource | None],
        submit: Submit,
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._service = service
        self._tasks = tasks
        self._given = given
        self._submit = submit
        self._session = 0
        self._holds_queue = True
        self._order: LiveOrder | None = None
        self.state = LiveState.OFF
        self.reason = ""  # why it pauses, with the remedy
        self._told = ""  # the last such reason
        self.settings = LiveSettings(seed=random_seed())
        self.shown: LivePicture | None = None
        self._settled = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settled.timeout.connect(self.stroke_finished)
        self._service.started.connect(self._tell_of_queue)
        self._service.finished.connect(self._tell_of_queue)
        self._service.queue_changed.connect(self._tell_of_waiting)

    # --- what a person does ---

    @property
    def on(self) -> bool:
        """Whether strokes are answered."""
        return self.state is not LiveState.OFF

    def switch(self, on: bool) -> None:
        """Begin, with a picture of what there is; or end, which takes the last one away."""
        if on == self.on:
            return
        self.switched.emit(on)
        if on:
            self._session = random_seed()  # of no other time that it was on
            self._to(LiveState.MAKING)
            self.stroke_finished()
            return
        self._settled.stop()
        self._service.end_live()
        self._order = None
        self._forget()
        self._to(LiveState.OFF)

    def another_document(self) -> None:
        """Another one is shown, or none, which ends it: what was made for the last one goes."""
        if self.on:
            self._forget()
            self.stroke_finished()

    def _forget(self) -> None:
        self.shown = None
        self.picture.emit(QImage(), None)

    def stroke_finished(self) -> None:
        """The document looks otherwise now, or perhaps: what was made last is not made again."""
        self._settled.stop()
        if not self.on:
            return
        source = self._given()
        if source is None:
            self.switch(False)
            return
        self._order = LiveOrder(self._session, source.model, self.settings, source.given)
        self._service.live(self._order, self._hear)
        self._to(LiveState.MAKING if self._service.current is None else LiveState.WAITING)

    def changed(self) -> None:
        """A word or a number is being changed: once that settles, it counts as a stroke."""
        if self.on:
            self._settled.start()

    def use(self, settings: LiveSettings) -> None:
        """What the bar says from now on; the form keeps its own."""
        if settings != self.settings:
            self.settings = settings
            self.state_changed.emit()
            self.changed()

    def new_seed(self) -> None:
        """Another start for the same strokes."""
        self.use(replace(self.settings, seed=random_seed()))

    def keep(self) -> None:
        """The picture that is shown becomes one of the gallery: made once more, by the queue."""
        self._order_of(kept_request)

    def refine(self) -> None:
        """What is shown is made anew with the form's own model, steps and strength."""
        self._order_of(refined_request)

    def use_settings(self, settings: Settings) -> None:
        """Whether the queue waits while somebody paints."""
        self._holds_queue = settings.live_holds_queue
        self._service.hold_for_live(HOLD_SECONDS if self._holds_queue else 0.0)

    def _order_of(self, request_of: Callable[[Stores, LivePicture], CheckedRequest]) -> None:
        picture = self.shown
        if picture is None:
            return

        def there(request: CheckedRequest) -> None:
            self._submit(request, picture.given.place)

        self._tasks.submit(partial(request_of, self._stores, picture), there)

    # --- what comes of it ---

    def _hear(self, end: LiveEnd) -> None:
        if not self.on or end.order.session != self._session:
            return
        is_latest = end.order is self._order
        if end.fault is not None:
            self._pause(f"{end.fault.message} {end.fault.hint}")
            if isinstance(end.fault, EngineCrashed):
                self.switch(False)
        elif end.begun:
            self._to(LiveState.MAKING)
        else:
            self._told = ""
            if end.picture is not None and self._is_of_this(end.picture):
                self.shown = end.picture
                self.picture.emit(_image(end.picture.pixels), end.picture.given.place)
            self._to(LiveState.SHOWN if is_latest else self.state)

    def _is_of_this(self, picture: LivePicture) -> bool:
        """Whether it was made for the document that is shown."""
        source = self._given()
        return source is not None and source.document == picture.request.document

    def _pause(self, reason: str) -> None:
        """Until the next stroke, which may be of another frame."""
        if reason != self._told:
            self._told = reason
            self.said.emit(reason)
        self._to(LiveState.PAUSED, reason)

    def _tell_of_queue(self, _: object) -> None:
        """A picture of the queue begins or ends, for which the one of the last stroke waits."""
        if self.state is LiveState.MAKING and self._service.current is not None:
            self._to(LiveState.WAITING)

    def _tell_of_waiting(self, _: object) -> None:
        """Whether pictures of the queue wait is part of what there is to say."""
        if self.state is LiveState.SHOWN:
            self.state_changed.emit()

    def _to(self, state: LiveState, reason: str = "") -> None:
        self.state = state
        self.reason = reason
        self.state_changed.emit()

    # --- words ---

    def words(self) -> str:
        """What there is to say now, for the bar."""
        match self.state:
            case LiveState.OFF:
                return ""
            case LiveState.WAITING:
                return tr("Waits until the picture of the queue is done.")
            case LiveState.PAUSED:
                return self.reason
            case LiveState.MAKING | LiveState.SHOWN:
                return self._of_shown()

    def _of_shown(self) -> str:
        shown = self.shown
        if shown is None:
            return tr("The first picture is on its way.")
        way = shown.way
        with_what = shown.model_name
        if way.companion is not None:
            with_what = tr("{model} with {lora}", model=shown.model_name, lora=way.companion.id)
        words = tr(
            "{model} · {steps} steps · strength {strength:.2f} · seed {seed} · {seconds:.1f} s",
            model=with_what,
            steps=shown.request.steps,
            strength=shown.request.start.strength,
            seed=shown.request.seed,
            seconds=shown.seconds,
        )
        if self._service.waiting and self._holds_queue and self._service.current is None:
            words += " · " + tr("the queue waits while you paint")
        return words


def _image(pixels: Pixels) -> QImage:
    """With bytes of its own."""
    size = (pixels.width, pixels.height)
    image = QImage(pixels.rgb, *size, 3 * pixels.width, QImage.Format.Format_RGB888)
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    if pixels.alpha is not None:
        alpha = QImage(pixels.alpha, *size, pixels.width, QImage.Format.Format_Grayscale8)
        image.setAlphaChannel(alpha)
    return image

"""The curve that is being shaped, those it lies over, and the noise of the model that it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.models.library.model_entry import ModelEntry
from core.system.errors import KnownError, ModelMissing
from core.values.request import Request
from core.values.request_parts.levels import Levels
from desktop.state.services import Services
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.sampling.schedules import AnyTable
    from core.service.insight.recorded import RecordedPicture
    from core.service.insight.steps.level_curves import Level, LevelCurve, Scale

MOST_PINNED = 3
SOON = 60  # milliseconds in which nothing else is wished, before files are read


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A curve that the shaped one is drawn over, and what it is called."""

    name: str
    curve: LevelCurve


@dataclass(frozen=True, slots=True)
class _Found:
    curve: LevelCurve
    table: AnyTable
    trained: tuple[Level, ...]
    entry: ModelEntry


class Curves(QObject):
    """`changed` when there is another curve, or others below it, or none of what was asked for:
    `fault` says why. `request` is the curve's, `wished` what was asked for last."""

    changed = Signal()

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._turn = 0  # answers for what was asked for before are dropped
        self._of_picture: Overlaid | None = None
        self._pinned: list[Overlaid] = []
        self.request = self.wished = services.draft.stored()
        self.fault: KnownError | None = None
        self._is_stale = False  # what is wished was not looked for yet
        self._soon = QTimer(self, interval=SOON, singleShot=True)
        self._soon.timeout.connect(self._look)
        self.curve: LevelCurve | None = None
        self.table: AnyTable | None = None
        self.trained: tuple[Level, ...] = ()
        self.entry: ModelEntry | None = None

    @property
    def overlaid(self) -> tuple[Overlaid, ...]:
        """Those below the shaped one: the open picture's first."""
        return (*filter(None, (self._of_picture,)), *self._pinned)

    @property
    def can_pin(self) -> bool:
        """Whether one more has room."""
        return self.curve is not None and len(self._pinned) < MOST_PINNED

    @property
    def has_pinned(self) -> bool:
        """Whether a person laid any below."""
        return bool(self._pinned)

    def ask(self, request: Request, *, seen: bool = True) -> None:
        """The curve of this request from now on; unless it is `seen`, once `show` is called."""
        self.wished = request
        self._turn += 1
        self._is_stale = True
        if seen:
            self._soon.start()

    def show(self) -> None:
        """Somebody looks."""
        if self._is_stale:
            self._soon.start()

    def _look(self) -> None:
        self._is_stale = False
        request, turn = self.wished, self._turn

        def there(found: _Found) -> None:
            if turn == self._turn:
                self.request = request
                self.fault = None
                self.curve = found.curve
                self.table = found.table
                self.trained = found.trained
                self.entry = found.entry
                self.changed.emit()

        def failed(fault: KnownError) -> None:
            if turn == self._turn:
                self.fault = fault
                self.changed.emit()

        self._services.gallery_tasks.submit(self._finder(request), there, failed)

    def show_picture(self, picture: RecordedPicture | None) -> None:
        """What the open picture walked lies below; None for none."""
        from core.service.insight.steps.level_curves import walked_by

        self._of_picture = None
        if picture is not None and picture.steps:
            curve = walked_by(picture.job.request.check(), picture.steps)
            self._of_picture = Overlaid(tr("the open picture"), curve)
        self.changed.emit()

    def pin(self) -> None:
        """The curve as it is stays below the next ones."""
        if self.curve is not None and self.can_pin:
            self._pinned.append(Overlaid(curve_name(self.curve.request), self.curve))
            self.changed.emit()

    def unpin(self) -> None:
        """None lies below but the picture's."""
        self._pinned.clear()
        self.changed.emit()

    def move(self, point: int, value: float, scale: Scale) -> None:
        """A point of the curve is dragged to a value on a scale; its levels are a list then."""
        from core.service.insight.steps.level_curves import moved, sigma_at

        if self.curve is None or self.table is None:
            return
        curve = moved(self.curve, point, sigma_at(value, scale, self.table), self.table)
        if curve != self.curve:
            self._turn += 1
            self._soon.stop()
            self._is_stale = False
            self.fault = None
            self.curve = curve
            self.request = self.wished = curve.request
            self.changed.emit()

    def _finder(self, request: Request) -> Callable[[], _Found]:
        library = self._services.library
        kind, _ = library.machine
        entry = library.entry(request.model)
        eight = library.weights == "8bit"
        return partial(_find, self._services, entry, request, kind, eight)


def _find(
    services: Services, entry: ModelEntry | None, request: Request, kind: str, eight: bool
) -> _Found:
    """Reads the model's files and the database. Raises KnownError where there is no such curve."""
    from core.service.insight.steps.level_curves import Machine, curve_of, seconds_of, trained_on

    if entry is None or not entry.ready:
        raise ModelMissing(
            f'The model "{request.model}" is not here.', "Choose another model in Create."
        )
    if entry.family_row.pipeline:
        raise ModelMissing(
            f"{entry.name} brings its own way of sampling, whose noise levels nobody is told.",
            "Choose another model in Create.",
        )
    checked = _alone(request).check()
    table = entry.noise(checked.width, checked.height, checked.levels.shift)
    seconds = seconds_of(services.stores, entry, checked, Machine(kind=kind, eight=eight))
    curve = curve_of(checked, table, entry.family, seconds)
    return _Found(curve, table, trained_on(table), entry)


def _alone(request: Request) -> Request:
    """What of a request makes its levels and costs its time."""
    return Request(
        model=request.model,
        width=request.width,
        height=request.height,
        steps=request.steps,
        guidance=request.guidance,
        guidance_from=request.guidance_from,
        guidance_until=request.guidance_until,
        sampler=request.sampler,
        schedule=request.schedule,
        compatibility=request.compatibility,
        feature_reuse=request.feature_reuse,
        levels=request.levels,
    )


def curve_name(request: Request) -> str:
    """A few words on how a request's levels are spaced."""
    from core.sampling.samplers import SAMPLERS
    from core.sampling.schedules import SCHEDULES
    from desktop.widgets.i18n import tr_data

    levels = request.levels
    schedule = tr_data(SCHEDULES[request.schedule].label)
    parts = [SAMPLERS[request.sampler].label, tr("a list") if levels.sigmas else schedule]
    parts.append(tr("{n} steps", n=request.steps))
    if not levels.sigmas:
        parts += (f"{word} {value:g}" for word, value in _told(levels) if value is not None)
    return ", ".join(parts)


def _told(levels: Levels) -> tuple[tuple[str, float | None], ...]:
    return (
        (tr("rho"), levels.rho),
        (tr("shift"), levels.shift),
        (tr("from"), levels.sigma_max),
        (tr("to"), levels.sigma_min),
    )

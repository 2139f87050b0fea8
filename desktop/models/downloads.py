"""Downloads beside everything else: a queue of installations on threads of their own, kept over a
restart, paused and resumed.

The plan of each lies on disk from the moment it is asked for (core.models.fetch.install), so
nothing is lost when the window goes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.models.fetch import connect
from core.models.fetch.download import Progress
from core.models.fetch.hub import Plan
from core.models.fetch.install import Installer
from core.service.stores import Stores
from core.system.errors import Cancelled, KnownError
from core.system.settings import Settings
from core.system.tokens import AccessTokens
from desktop.state.tasks import NetworkTasks

_log = logging.getLogger(__name__)

AT_ONCE = 2
SPEAK_SECONDS = 0.25  # between two signs of progress: each redraws a line
SPEED_SECONDS = 5.0  # over which the speed is smoothed
YIELD_SECONDS = 0.05  # after each piece of some 64 kB, while a picture is made
# states of a row
WAITING = "waiting"
RUNNING = "running"
PAUSED = "paused"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Download:
    """One row: `state` is waiting, running, paused or failed; `speed` in bytes a second."""

    id: str
    name: str
    state: str
    done: int = 0
    total: int | None = None
    speed: float = 0.0
    words: str = ""
    page: str = ""

    @property
    def seconds_left(self) -> float | None:
        """Until it is done, at this speed; None while nobody can know."""
        if self.total is None or self.speed <= 0:
            return None
        return (self.total - self.done) / self.speed


class Downloads(QObject):
    """`changed` after every change of a row; `installed` carries the path and the plan;
    `failed` a row's id and the error."""

    _spoke = Signal(str, Progress)
    changed = Signal()
    installed = Signal(Path, Plan)
    failed = Signal(str, KnownError)

    def __init__(self, stores: Stores, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self._stores = stores
        self._installer = Installer(stores.places.models)
        self._rows: OrderedDict[str, Download] = OrderedDict()
        self._stops: dict[str, threading.Event] = {}  # of those that are running
        self._marks: dict[str, tuple[float, int]] = {}
        self._errands = NetworkTasks(_not_here, self)
        self._spoke.connect(self._hear)
        self._busy = threading.Event()
        self.keys = AccessTokens()

    def set_busy(self, busy: bool) -> None:
        """A picture is being made, or no longer: downloads step back if the settings say so."""
        if busy and self.settings.downloads_yield:
            self._busy.set()
        else:
            self._busy.clear()

    @property
    def installer(self) -> Installer:
        """Where plans are begun; touches the disk."""
        return self._installer

    def rows(self) -> tuple[Download, ...]:
        """Every unfinished download, in order."""
        return tuple(self._rows.values())

    def show_pending(self, unfinished: tuple[tuple[str, Plan, int], ...]) -> None:
        """At start: what an earlier run left stands here paused."""
        for pending, plan, done in unfinished:
            if pending not in self._rows:
                self._rows[pending] = _row(pending, plan, PAUSED, done)
        self.changed.emit()

    def add(self, pending: str, plan: Plan, done: int = 0) -> None:
        """A plan was begun: fetch it as soon as there is a place."""
        self._rows[pending] = _row(pending, plan, WAITING, done)
        self._next()

    def resume(self, pending: str) -> None:
        """Go on with a paused or failed one."""
        if pending in self._rows and self._rows[pending].state in (PAUSED, FAILED):
            self._put(pending, state=WAITING, words="")
            self._next()

    def pause(self, pending: str) -> None:
        """Stop it; what has come stays."""
        if pending in self._stops:
            self._stops[pending].set()
        if pending in self._rows:
            self._put(pending, state=PAUSED, speed=0.0)

    def drop(self, pending: str) -> None:
        """Give it up, with what has come."""
        self._rows.pop(pending, None)
        if pending in self._stops:
            self._stops[pending].set()  # `_ended` clears away
        else:
            self._clear_away(pending)
        self.changed.emit()

    def end(self) -> None:
        """The window closes: all stop where they are; a silent connection is not waited for."""
        for stop in self._stops.values():
            stop.set()
        self._errands.close()

    def _clear_away(self, pending: str) -> None:
        self._errands.submit(lambda: self._installer.drop(pending), lambda _: None)

    def _put(self, pending: str, **values: object) -> None:
        self._rows[pending] = replace(self._rows[pending], **values)
        self.changed.emit()

    def _next(self) -> None:
        for pending, row in list(self._rows.items()):
            if len(self._stops) >= AT_ONCE:
                break
            if row.state == WAITING and pending not in self._stops:
                stop = self._stops[pending] = threading.Event()
                self._marks[pending] = time.monotonic(), row.done
                self._put(pending, state=RUNNING, words="")
                self._errands.submit(
                    partial(self._install, pending, stop, self.settings),
                    partial(self._ended, pending),
                    partial(self._broke, pending),
                )
        self.changed.emit()

    def _install(
        self, pending: str, stop: threading.Event, settings: Settings
    ) -> tuple[Path, Plan] | None:
        """In a thread of its own: fetch, put in place, and write down where it came from.
        None where it was stopped."""
        spoken = 0.0

        def hear(progress: Progress) -> None:
            """Raises Cancelled once it was stopped."""
            nonlocal spoken
            if stop.is_set():
                raise Cancelled
            if self._busy.is_set():
                time.sleep(YIELD_SECONDS)
            now = time.monotonic()
            if now - spoken >= SPEAK_SECONDS or progress.waiting:
                spoken = now
                self._spoke.emit(pending, progress)

        _, web = connect.connect(settings, self.keys)
        try:
            path, plan = self._installer.run(pending, web, hear, self._stores.cards.installed)
        except Cancelled:
            return None
        finally:
            web.close()
        return path, plan

    def _hear(self, pending: str, progress: Progress) -> None:
        row = self._rows.get(pending)
        if row is None or row.state != RUNNING:
            return
        since, done = self._marks[pending]
        now = time.monotonic()
        passed = now - since
        speed = row.speed
        if passed >= 1:
            fresh = max(0.0, (progress.done - done) / passed)
            # the first measurement counts whole, later ones by the time they cover
            weight = min(1.0, passed / SPEED_SECONDS) if speed else 1.0
            speed += (fresh - speed) * weight
            self._marks[pending] = now, progress.done
        self._put(
            pending, done=progress.done, total=progress.total, speed=speed, words=progress.waiting
        )

    def _ended(self, pending: str, result: tuple[Path, Plan] | None) -> None:
        del self._stops[pending]
        if result is not None:
            self._rows.pop(pending, None)
            self.installed.emit(*result)
        elif pending not in self._rows:
            self._clear_away(pending)
        self._next()

    def _broke(self, pending: str, fault: KnownError) -> None:
        del self._stops[pending]
        if pending in self._rows:
            self._put(pending, state=FAILED, words=str(fault), speed=0.0)
            self.failed.emit(pending, fault)
        else:
            self._clear_away(pending)
        self._next()


def _row(pending: str, plan: Plan, state: str, done: int) -> Download:
    return Download(
        id=pending, name=plan.name, state=state, done=done, total=plan.total, page=plan.page
    )


def _not_here(fault: KnownError) -> None:
    _log.warning("clearing a download away: %s", fault)

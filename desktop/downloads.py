"""Downloads beside everything else: a queue of installations on threads of their own, kept over a restart, paused and resumed.

The plan of each lies on disk from the moment it is asked for (core.models.install), so nothing is lost when the window goes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from core import online
from core.errors import Cancelled, KnownError
from core.keys import Keys
from core.models.download import Progress
from core.models.hub import Plan
from core.models.install import Installer
from core.runner import Stores
from core.settings import Settings

AT_ONCE, SPEAK_SECONDS, SPEED_SECONDS = 2, 0.25, 5.0
YIELD_SECONDS = 0.05  # after each piece of some 64 kB, while a picture is made
WAITING, RUNNING, PAUSED, FAILED = "waiting", "running", "paused", "failed"


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
        return (self.total - self.done) / self.speed if self.total is not None and self.speed > 0 else None


class _Worker(QThread):
    """Runs one installation; speaks through signals alone."""

    spoke = Signal(str, object)
    ended = Signal(str, object, object)  # id, (path, plan) or None, a KnownError or None

    def __init__(self, pending: str, stores: Stores, installer: Installer, settings: Settings, stop: threading.Event,
                 busy: threading.Event, keys: Keys) -> None:
        super().__init__()
        self._busy, self._keys = busy, keys
        self._pending, self._stores, self._installer, self._settings, self._stop = pending, stores, installer, settings, stop
        self._spoken = 0.0

    def run(self) -> None:
        result: tuple[Path, Plan] | None = None
        fault: KnownError | None = None
        try:
            _, web = online.connect(self._settings, self._keys)
            try:
                result = self._installer.run(self._pending, web, self._hear)
                self._stores.cards.installed(str(result[0]), result[1])
            finally:
                web.close()
        except Cancelled:
            pass
        except KnownError as error:
            fault = error
        self.ended.emit(self._pending, result, fault)

    def _hear(self, progress: Progress) -> None:
        if self._stop.is_set():
            raise Cancelled
        if self._busy.is_set():
            time.sleep(YIELD_SECONDS)
        now = time.monotonic()
        if now - self._spoken >= SPEAK_SECONDS or progress.waiting:
            self._spoken = now
            self.spoke.emit(self._pending, progress)


class Downloads(QObject):
    """`changed` after every change of a row; `installed` carries the path and the plan; `failed` a row's id and the error."""

    changed = Signal()
    installed = Signal(object, object)
    failed = Signal(str, object)

    def __init__(self, stores: Stores, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings, self._stores, self._installer = settings, stores, Installer(stores.places.models)
        self._rows: OrderedDict[str, Download] = OrderedDict()
        self._workers: dict[str, tuple[_Worker, threading.Event]] = {}
        self._marks: dict[str, tuple[float, int]] = {}
        self._leaving: dict[str, bool] = {}
        self._busy, self.keys = threading.Event(), Keys()

    def set_busy(self, busy: bool) -> None:
        """A picture is being made, or no longer: downloads step back meanwhile, if the settings say so."""
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

    def show_pending(self, found: tuple[tuple[str, Plan, int], ...]) -> None:
        """At start: what an earlier run left stands here paused."""
        for pending, plan, done in found:
            if pending not in self._rows:
                self._rows[pending] = Download(pending, plan.name, PAUSED, done, plan.total, page=plan.page)
        self.changed.emit()

    def add(self, pending: str, plan: Plan, done: int = 0) -> None:
        """A plan was begun: fetch it as soon as there is a place."""
        self._rows[pending] = Download(pending, plan.name, WAITING, done, plan.total, page=plan.page)
        self._next()

    def resume(self, pending: str) -> None:
        """Go on with a paused or failed one."""
        if pending in self._rows and self._rows[pending].state in (PAUSED, FAILED):
            self._put(pending, state=WAITING, words="")
            self._next()

    def pause(self, pending: str) -> None:
        """Stop it; what has come stays."""
        if pending in self._workers:
            self._workers[pending][1].set()
        if pending in self._rows:
            self._put(pending, state=PAUSED, speed=0.0)

    def drop(self, pending: str) -> None:
        """Give it up, with what has come."""
        self._rows.pop(pending, None)
        if pending in self._workers:
            self._leaving[pending] = True
            self._workers[pending][1].set()
        else:
            self._installer.drop(pending)
        self.changed.emit()

    def end(self) -> None:
        """The window closes: all stop where they are."""
        for _, stop in self._workers.values():
            stop.set()
        for worker, _ in list(self._workers.values()):
            worker.wait()
        self._workers.clear()

    def _put(self, pending: str, **values: object) -> None:
        self._rows[pending] = replace(self._rows[pending], **values)  # type: ignore[arg-type]
        self.changed.emit()

    def _next(self) -> None:
        for pending, row in list(self._rows.items()):
            if len(self._workers) >= AT_ONCE:
                break
            if row.state == WAITING and pending not in self._workers:
                stop = threading.Event()
                worker = _Worker(pending, self._stores, self._installer, self.settings, stop, self._busy, self.keys)
                worker.spoke.connect(self._hear)
                worker.ended.connect(self._ended)
                self._workers[pending] = worker, stop
                self._marks[pending] = time.monotonic(), row.done
                self._put(pending, state=RUNNING, words="")
                worker.start()
        self.changed.emit()

    def _hear(self, pending: str, progress: Progress) -> None:
        row = self._rows.get(pending)
        if row is None or row.state != RUNNING:
            return
        since, done = self._marks[pending]
        now = time.monotonic()
        speed = row.speed
        if now - since >= 1:
            fresh = max(0.0, (progress.done - done) / (now - since))
            speed = fresh if not speed else speed + (fresh - speed) * min(1.0, (now - since) / SPEED_SECONDS)
            self._marks[pending] = now, progress.done
        self._put(pending, done=progress.done, total=progress.total, speed=speed, words=progress.waiting)

    def _ended(self, pending: str, result: tuple[Path, Plan] | None, fault: KnownError | None) -> None:
        if pending not in self._workers:  # it ended while the window was closing
            return
        worker, _ = self._workers.pop(pending)
        worker.wait()
        worker.deleteLater()
        if self._leaving.pop(pending, False):
            self._installer.drop(pending)
        elif result is not None:
            self._rows.pop(pending, None)
            self.installed.emit(*result)
        elif fault is not None and pending in self._rows:
            self._put(pending, state=FAILED, words=str(fault), speed=0.0)
            self.failed.emit(pending, fault)
        elif pending in self._rows and self._rows[pending].state == RUNNING:
            self._put(pending, state=PAUSED, speed=0.0)
        self._next()

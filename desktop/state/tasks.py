"""A thread for disks and databases, so that the window never waits for one: work goes in, its
answer comes back by signal."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from core.system.errors import KnownError

_log = logging.getLogger(__name__)
Then = Callable[[Any], None]
SAVED_SECONDS = 0.05  # between two looks whether all is saved


def _raise(bug: BaseException) -> None:
    raise bug


class SerialTasks(QObject):
    """Runs one piece of work after another, from `start` until `finish`; `then` and `failed` are
    called in the thread that made this object. Where `finish` has a patience, what hangs, as on a
    network that is down, does not keep the program from ending."""

    _answered = Signal(object, object)

    def __init__(self, failed: Callable[[KnownError], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._failed = failed
        self._work: queue.SimpleQueue[
            tuple[Callable[[], Any], Then | None, Callable[[KnownError], None]] | None
        ] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._given_up = threading.Event()
        self._unsaved: deque[Callable[[], Any]] = deque()  # work that writes, in its order
        self._now: Callable[[], Any] | None = None
        self._answered.connect(self._deliver)

    def start(self) -> None:
        """What was submitted is done from now on."""
        if not self.is_running():
            self._thread = threading.Thread(target=self._run, name="tasks", daemon=True)
            self._thread.start()

    def is_running(self) -> bool:
        """Whether it was started, and has not ended."""
        return self._thread is not None and self._thread.is_alive()

    def submit(
        self,
        work: Callable[[], Any],
        then: Then | None = None,
        failed: Callable[[KnownError], None] | None = None,
        *,
        saves: bool = False,
    ) -> None:
        """Run `work` in the thread, then `then(result)` here; a KnownError goes to `failed`
        (default: the one given at birth). `saves`: a file that somebody asked for is written, which
        no `finish` cuts short."""
        if saves:
            self._unsaved.append(work)
        self._work.put((work, then, failed or self._failed))

    def finish(self, patience: float | None = None) -> None:
        """Do what is queued, then end: at most so many seconds without anything being saved, then
        it is left alone, and nobody hears of it any more."""
        if self._thread is None:
            return
        self._work.put(None)
        self._thread.join(patience)
        if patience is not None and self._thread.is_alive():
            self._wait_for_saves(self._thread, patience)
        if self._thread.is_alive():
            self._given_up.set()

    def _wait_for_saves(self, thread: threading.Thread, patience: float) -> None:
        until = time.monotonic() + patience
        while thread.is_alive() and (unsaved := tuple(self._unsaved)):
            if self._now is unsaved[0]:
                until = time.monotonic() + patience
            elif time.monotonic() > until:
                return
            thread.join(SAVED_SECONDS)

    def _run(self) -> None:
        while (item := self._work.get()) is not None and not self._given_up.is_set():
            work, then, failed = item
            self._now = work
            try:
                result = work()
            except KnownError as error:
                self._answer(failed, error)
            except Exception as bug:  # noqa: BLE001
                # carried to the GUI thread, whose excepthook reports it; this thread must live on
                self._answer(_raise, bug)
            else:
                if then is not None:
                    self._answer(then, result)
            self._now = None
            if self._unsaved and self._unsaved[0] is work:
                self._unsaved.popleft()

    def _answer(self, call: Callable[[Any], None], value: object) -> None:
        if not self._given_up.is_set():
            self._answered.emit(call, value)

    @Slot(object, object)
    def _deliver(self, call: Callable[[Any], None], value: object) -> None:
        call(value)


class NetworkTasks(QObject):
    """Work that may hang on a network: each in a thread of its own that never keeps
    the program from ending."""

    _answered = Signal(object, object)

    def __init__(self, failed: Callable[[KnownError], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._failed = failed
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._answered.connect(self._deliver)

    def submit(
        self,
        work: Callable[[], Any],
        then: Then,
        failed: Callable[[KnownError], None] | None = None,
    ) -> None:
        """As `SerialTasks.submit`, but beside everything else."""
        thread = threading.Thread(
            target=self._run, args=(work, then, failed or self._failed), name="errand", daemon=True
        )
        self._threads = [*(running for running in self._threads if running.is_alive()), thread]
        thread.start()

    def close(self, patience: float = 1.0) -> None:
        """The window is going: what can end within `patience` seconds does,
        the rest is not waited for."""
        self._closed.set()
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(
        self, work: Callable[[], Any], then: Then, failed: Callable[[KnownError], None]
    ) -> None:
        try:
            answer: tuple[Callable[[Any], None], Any] = then, work()
        except KnownError as error:
            answer = failed, error
        except Exception as bug:  # noqa: BLE001
            # carried to the GUI thread, whose excepthook reports it
            answer = _raise, bug
        if not self._closed.is_set():
            self._answered.emit(*answer)

    @Slot(object, object)
    def _deliver(self, call: Callable[[Any], None], value: object) -> None:
        if not self._closed.is_set():
            call(value)

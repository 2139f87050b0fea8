"""Notices that the machine goes to sleep and wakes up: by logind's word on Linux,
by the clocks everywhere."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import SLOT, QObject, QTimer, Signal, Slot

LOOK_MS = 2_000
LEAST = 5.0  # seconds asleep that count
LATE = 30.0  # seconds between two looks that count where no clock tells of sleep


def seconds_slept() -> float | None:
    """Seconds that this machine has slept since it started; None where no clock tells (Windows)."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC) - time.clock_gettime(time.CLOCK_UPTIME_RAW)
    return None


class SleepWatch(QObject):
    """`about_to_sleep` just before sleep, where the system says so; `woke` after it, always."""

    about_to_sleep = Signal()
    woke = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asleep = seconds_slept()
        self._last = time.monotonic()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.check_clocks)

    def start(self) -> None:
        """Begin to watch."""
        self._timer.start()
        if sys.platform == "linux":
            from PySide6.QtDBus import QDBusConnection

            bus = QDBusConnection.systemBus()
            if bus.isConnected():
                bus.connect(
                    "org.freedesktop.login1",
                    "/org/freedesktop/login1",
                    "org.freedesktop.login1.Manager",
                    "PrepareForSleep",
                    self,
                    SLOT("prepare(bool)"),  # pyright: ignore[reportArgumentType]: bytes by its stub
                )

    @Slot(bool)
    def prepare(self, going: bool) -> None:
        """logind's PrepareForSleep: True before, False after."""
        if going:
            self.about_to_sleep.emit()
        else:
            self._note()
            self.woke.emit()

    def check_clocks(self) -> None:
        """Compare the clocks; without a clock that tells of sleep, a tick that
        comes far too late does."""
        asleep = seconds_slept()
        if asleep is None or self._asleep is None:
            late = time.monotonic() - self._last > LATE
        else:
            late = asleep - self._asleep > LEAST
        self._note()
        if late:
            self.woke.emit()

    def _note(self) -> None:
        self._asleep = seconds_slept()
        self._last = time.monotonic()

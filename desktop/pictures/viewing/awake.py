"""Keeps the screen on while pictures go by: by the desktop's word on Linux, by the system's call on
Windows, by its own small program on macOS."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QObject, QProcess

SERVICE = "org.freedesktop.ScreenSaver"  # freedesktop.org's idle inhibition
PATH = "/org/freedesktop/ScreenSaver"
# of its own: what was asked for through it ends with it, and UnInhibit is not needed
CONNECTION = "calotype-awake"
# winbase.h: ES_CONTINUOUS, and ES_DISPLAY_REQUIRED with ES_SYSTEM_REQUIRED
WINDOWS_USUAL = 0x80000000
WINDOWS_AWAKE = 0x80000003


class AwakeScreen(QObject):
    """`keep` and `release` cost next to nothing and wait for nobody; where the system has no such
    thing, nothing happens. It ends with the process, too, however that ends."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.is_kept = False
        self._program: QProcess | None = None

    def keep(self, reason: str) -> None:
        """From now on; `reason` is for a person who asks the system why."""
        if self.is_kept:
            return
        self.is_kept = True
        if sys.platform == "win32":
            _tell_windows(WINDOWS_AWAKE)
        elif sys.platform == "darwin":
            self._program = QProcess(self)
            # -d: the display; -w: until this process is gone
            self._program.start("/usr/bin/caffeinate", ["-d", "-w", str(os.getpid())])
        else:
            self._inhibit(reason)

    def release(self) -> None:
        """The system may do as it usually does."""
        if not self.is_kept:
            return
        self.is_kept = False
        if sys.platform == "win32":
            _tell_windows(WINDOWS_USUAL)
        elif self._program is not None:
            self._program.kill()
            self._program = None
        else:
            _hang_up()

    def _inhibit(self, reason: str) -> None:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage

        bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, CONNECTION)
        if bus.isConnected():
            call = QDBusMessage.createMethodCall(SERVICE, PATH, SERVICE, "Inhibit")
            call.setArguments(["Calotype", reason])
            bus.asyncCall(call)


def _hang_up() -> None:
    from PySide6.QtDBus import QDBusConnection

    QDBusConnection.disconnectFromBus(CONNECTION)


def _tell_windows(state: int) -> None:
    import ctypes

    ctypes.windll.kernel32.SetThreadExecutionState(state)  # type: ignore[attr-defined]

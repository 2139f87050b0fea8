"""Starts that never came to rest, and the sleep of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from desktop.app.safe_mode import StartCounter, wants_safe_mode
from desktop.app.sleep import SleepWatch
from tests.desktop.driving import press


def test_a_clock_that_jumped_is_a_waking(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop.app import sleep

    asleep = [100.0]
    monkeypatch.setattr(sleep, "seconds_slept", lambda: asleep[0])
    watch, woke = SleepWatch(), list[int]()
    watch.woke.connect(lambda: woke.append(1))
    for more in (0.0, 0.01, 3600.0, 0.0):
        asleep[0] += more
        watch.check_clocks()
    assert len(woke) == 1


def test_two_starts_that_never_came_to_rest_bring_the_offer(
    tmp_path: Path, qapp: QApplication
) -> None:
    def begin(crashed: bool) -> int:
        return StartCounter(tmp_path).begin(crashed=crashed)

    assert [begin(False) for _ in range(5)] == [0] * 5, "killed from outside: no crash of ours"
    assert [begin(True), begin(True), begin(False)] == [1, 2, 2]
    StartCounter(tmp_path).came_to_rest()
    assert begin(True) == 0, "a fault long after the start does not count"
    StartCounter(tmp_path).failed()
    StartCounter(tmp_path).failed()
    assert begin(False) == 2
    (tmp_path / "starting").write_bytes(b"\xff nonsense")
    assert begin(False) == 0
    press("safe mode")
    assert wants_safe_mode()
    press("as usual")
    assert not wants_safe_mode()


LOGIND = """
import sys
from PySide6.QtCore import QCoreApplication
from PySide6.QtDBus import QDBusConnection, QDBusMessage
app = QCoreApplication([])
bus = QDBusConnection.systemBus()
assert bus.registerService("org.freedesktop.login1"), "no name"
for going in (True, False):
    path, name = "/org/freedesktop/login1", "org.freedesktop.login1.Manager"
    message = QDBusMessage.createSignal(path, name, "PrepareForSleep")
    message.setArguments([going])
    assert bus.send(message)
app.processEvents()
"""


LISTENER = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from desktop.app.sleep import SleepWatch
from desktop.app.safe_mode import StartCounter, wants_safe_mode
app = QCoreApplication([])
watch = SleepWatch()
watch.about_to_sleep.connect(lambda: print("going", flush=True))
watch.woke.connect(lambda: (print("woke", flush=True), app.quit()))
watch.start()
print("ready", flush=True)
QTimer.singleShot(20000, app.quit)
app.exec()
"""


@pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="needs a bus of its own")
def test_logind_is_heard(tmp_path: Path) -> None:
    """On a bus of our own, where another process speaks as logind does."""
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--print-address", "--nofork"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert bus.stdout is not None
    root = Path(__file__).parents[3]
    env = os.environ | {
        "DBUS_SYSTEM_BUS_ADDRESS": bus.stdout.readline().strip(),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(root),
    }
    listener = subprocess.Popen(
        [sys.executable, "-c", LISTENER], stdout=subprocess.PIPE, text=True, env=env
    )
    assert listener.stdout is not None and listener.stdout.readline().strip() == "ready"
    subprocess.run([sys.executable, "-c", LOGIND], check=True, env=env, timeout=20)
    said, _ = listener.communicate(timeout=30)
    bus.kill()
    bus.wait()
    bus.stdout.close()
    assert said.split() == ["going", "woke"]

"""When things go wrong under the real window: an engine that falls silent, a device that fails,
sleep, an interrupted picture, newer data."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.service.runner import Outcome
from core.service.stores import open_stores
from core.system.paths import Places
from core.values.events import Phase
from core.values.job import JobState
from core.values.request import Request
from desktop.app import app as app_module
from desktop.app.app import Application
from desktop.app.safe_mode import StartCounter, wants_safe_mode
from desktop.app.sleep import SleepWatch
from desktop.shell.failures.report_dialog import ReportDialog
from tests.desktop.driving import form_of, press, pump, settings_of, take_down, until

Open = Callable[..., Application]
posix = pytest.mark.skipif(os.name == "nt", reason="signals are not of this system")


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    opened: list[Application] = []

    def start(spec: EngineSpec) -> Application:
        application = Application(qapp, where, spec)
        opened.append(application)
        application.start()
        until(lambda: application.service._worker.isRunning())
        return application

    qapp.setStyle("Fusion")
    yield start
    for application in opened:
        take_down(application)


def engine_pid() -> int:
    return next(
        child.pid
        for child in psutil.Process().children()
        if "spawn_main" in " ".join(child.cmdline())
    )


def outcomes_of(application: Application) -> list[Outcome]:
    found: list[Outcome] = []
    application.service.finished.connect(found.append)
    return found


@posix
@pytest.mark.parametrize("answer", ["Restart engine", "Wait"])
def test_a_silent_engine_is_told_and_the_person_decides(
    open_app: Open, where: Places, answer: str
) -> None:
    application = open_app(
        EngineSpec(
            kind="fake",
            runs_in="process",
            heartbeat_timeout=2.0,
            kill_after=1e9,
            logs=str(where.logs),
            fake=FakeScript(0.05),
        )
    )
    outcomes, notice = outcomes_of(application), application.window.notice
    application.service.submit(
        Request("a red house of mine", seed=1, steps=60, width=64, height=64)
    )
    until(lambda: application.service.current is not None)
    pump(1500)
    pid = engine_pid()
    os.kill(pid, signal.SIGSTOP)
    until(
        lambda: "no sign of life" in notice.text.text() and notice.isVisibleTo(application.window)
    )
    (notice.button if answer == "Restart engine" else notice.other).click()
    if answer == "Wait":
        pump(1500)
        os.kill(pid, signal.SIGCONT)
        until(lambda: outcomes)
        assert outcomes[0].picture is not None and engine_pid() == pid
        return
    until(lambda: outcomes)
    assert (
        outcomes[0].picture is None
        and outcomes[0].incident is not None
        and "did not answer" in notice.text.text()
    )
    shown: list[str] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, ReportDialog):
            QTimer.singleShot(20, look)
            return
        shown.append(box.text.toPlainText())
        box.with_prompts.click()
        shown.append(box.text.toPlainText())
        box.reject()

    QTimer.singleShot(20, look)
    notice.other.click()
    until(lambda: len(shown) == 2)
    assert (
        "kind: silent" in shown[0]
        and "of mine" not in shown[0]
        and "prompt: a red house of mine" in shown[1]
    )
    application.service.submit(Request("again", seed=1, steps=2, width=64, height=64))
    until(lambda: len(outcomes) == 2)
    assert outcomes[1].picture is not None


def test_a_failed_device_costs_one_engine_and_no_picture(open_app: Open) -> None:
    application = open_app(
        EngineSpec(
            kind="fake", runs_in="process", fake=FakeScript(0.0, Phase.SAMPLING, "device", 1)
        )
    )
    outcomes = outcomes_of(application)
    application.service.submit(
        Request("a red house", seed=1, steps=2, width=64, height=64, count=2)
    )
    until(lambda: len(outcomes) == 3)
    assert [outcome.picture is not None for outcome in outcomes] == [
        False,
        True,
        True,
    ] and outcomes[0].begun_again
    assert outcomes[0].job.id == outcomes[1].job.id


def test_sleep_holds_the_queue_and_waking_brings_a_new_engine(open_app: Open) -> None:
    application = open_app(EngineSpec(kind="fake", runs_in="process", fake=FakeScript(0.0)))
    outcomes = outcomes_of(application)
    application.service.submit(Request("before", seed=1, steps=1, width=64, height=64))
    until(lambda: outcomes)
    before = engine_pid()
    application.sleep.prepare(True)
    application.service.submit(Request("during", seed=1, steps=1, width=64, height=64))
    pump(800)
    assert len(outcomes) == 1 and application.service.waiting == 1
    application.sleep.prepare(False)
    until(lambda: len(outcomes) == 2)
    assert (
        outcomes[1].picture is not None
        and engine_pid() != before
        and not application.service.paused
    )


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


def test_an_interrupted_picture_is_offered_where_it_stood(open_app: Open, where: Places) -> None:
    stores = open_stores(where)
    jobs = stores.jobs.add(
        [Request(f"picture {number}", seed=1, steps=1, width=64, height=64) for number in range(3)]
    )
    assert stores.jobs.claim_next() is not None
    stores.database.connection().execute("UPDATE jobs SET owner = ''")  # of a program that is gone
    stores.close()
    application = open_app(EngineSpec(kind="fake", runs_in="here", fake=FakeScript(0.0)))
    outcomes, notice = outcomes_of(application), application.window.notice
    until(lambda: "interrupted" in notice.text.text())
    pump(300)
    assert not outcomes and application.stores.jobs.get(jobs[0].id).state is JobState.FAILED  # type: ignore[union-attr]
    notice.button.click()
    until(lambda: len(outcomes) == 3)
    assert [outcome.job.id for outcome in outcomes] == [job.id for job in jobs]


def test_newer_data_offers_the_copy_from_before(qapp: QApplication, where: Places) -> None:
    stores = open_stores(where)
    stores.jobs.add([Request("kept")])
    stores.database.copy("before-version-99")
    stores.database.connection().execute("PRAGMA user_version = 99")
    stores.close()

    press("Close")
    with pytest.raises(app_module.NewerData):
        app_module._open(qapp, where)
    press("Go back")
    application = app_module._open(qapp, where)
    assert application.stores.jobs.waiting() == 1 and list(where.root.glob("calotype.db.newer-*"))
    take_down(application)


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


def test_safe_mode_leaves_settings_and_models_as_they_are(
    qapp: QApplication, where: Places
) -> None:
    where.create()
    where.settings.write_text('{"device": "cuda", "theme": "light", "picture_format": "webp"}')
    (where.models / "broken.safetensors").write_bytes(b"\xff" * 4000)
    kept = where.settings.read_bytes()
    application = Application(qapp, where, safe=True)
    application.start()
    pump(400)
    assert application.settings.device == "cpu" and application.settings.theme == "light"
    until(lambda: "Safe mode" in application.window.notice.text.text())
    assert not settings_of(application.window).isEnabled()
    box = form_of(application.window).parameters.model
    assert box.findData("starter") >= 0 and box.findData("broken.safetensors") < 0
    take_down(application)
    assert where.settings.read_bytes() == kept and (where.models / "broken.safetensors").exists()


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

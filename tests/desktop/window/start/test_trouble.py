"""When things go wrong under the real window: an engine that falls silent, a device that fails,
sleep, an interrupted picture, newer data."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import psutil
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.service.making.runner import Outcome
from core.service.stores import open_stores
from core.system.paths import Places
from core.values.events import Phase
from core.values.job import JobState
from core.values.request import Request
from desktop.app import run as run_module
from desktop.app.app import Application
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
    with pytest.raises(run_module.NewerData):
        run_module._open(qapp, where)
    press("Go back")
    application = run_module._open(qapp, where)
    assert application.stores.jobs.waiting() == 1 and list(where.root.glob("calotype.db.newer-*"))
    take_down(application)


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

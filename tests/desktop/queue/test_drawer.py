"""The queue's drawer alone, over a real store of jobs and a service whose worker does not run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.service.library_overview import LibraryItem
from core.service.making.runner import Outcome
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.store.thumbnails import Thumbnails
from core.system.errors import KnownError
from core.system.paths import RESOURCES
from core.values.events import Phase, PhaseStarted, Preview, StepDone
from core.values.job import FailureReason, JobState
from core.values.request import Request
from desktop.queue.announcer import QueueAnnouncer
from desktop.queue.drawer import TALLEST, QueueDrawer
from desktop.queue.row import JobNames, QueueRow, job_facts, spoken_row, state_words
from desktop.state.job_service import JobService
from desktop.state.library import LibraryState
from desktop.state.portraits import Portraits
from desktop.widgets.controls import IconButton
from tests.desktop.driving import until
from tests.desktop.parts import HeldTasks, put_picture, starter_library

ALT = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier


@dataclass
class Bench:
    """Drawer, service and store; `settle` runs what the service asked of its tasks."""

    stores: Stores
    tasks: HeldTasks
    service: JobService
    drawer: QueueDrawer

    def settle(self) -> None:
        self.tasks.run_all()

    def add(self, *prompts: str) -> list[str]:
        """Waiting jobs of these prompts; their ids."""
        requests = [Request(prompt=prompt, seed=7, steps=5) for prompt in prompts]
        jobs = self.stores.jobs.add(requests)
        self.refresh()
        return [job.id for job in jobs]

    def refresh(self) -> None:
        self.service.refresh()
        self.settle()

    def claim(self) -> QueuedJob:
        """The next job is being made from now on."""
        job = self.stores.jobs.claim_next()
        assert job is not None
        self.service._on_claimed(job)
        self.settle()
        return job

    def finish(self, job: QueuedJob, state: JobState, message: str = "") -> None:
        self.stores.jobs.finish(job.id, state, message)
        self.service._on_ended(Outcome(job, message=message))
        self.settle()

    def rows(self) -> list[QueueRow]:
        jobs = self.drawer.list
        found = [jobs.itemWidget(jobs.item(row)) for row in range(jobs.count())]
        return [row for row in found if isinstance(row, QueueRow)]

    def order(self) -> list[tuple[str, str]]:
        return [(row.job.request.prompt, row.job.state.value) for row in self.rows()]

    def choose(self, row: int, words: str) -> None:
        """An entry of a row's menu."""
        menu = self.drawer.menu_of(self.rows()[row].job)
        next(action for action in menu.actions() if action.text() == words).trigger()
        self.settle()

    def press(self, row: int, words: str) -> None:
        """A button of a row."""
        buttons = self.rows()[row].findChildren(IconButton)
        next(button for button in buttons if button.toolTip() == words).click()
        self.settle()


@pytest.fixture
def bench(qapp: QApplication, stores: Stores) -> Iterator[Bench]:
    tasks = HeldTasks()
    service = JobService(stores, EngineSpec(kind="fake", runs_in="here"), tasks)
    drawer = QueueDrawer(service)
    drawer.resize(500, 300)
    drawer.show()
    drawer.toggle.setChecked(True)
    yield Bench(stores, tasks, service, drawer)
    assert not tasks.faults


def waiting(*prompts: str) -> list[tuple[str, str]]:
    return [(prompt, "waiting") for prompt in prompts]


def test_the_head_says_how_many_are_made_and_wait(bench: Bench) -> None:
    drawer = bench.drawer
    assert drawer.toggle.text() == "Queue: empty" and drawer.pause.isHidden()
    assert drawer.list.isHidden(), "without a job it takes no place"
    bench.add("one", "two", "three")
    assert drawer.toggle.text() == "Queue: 3 waiting" and not drawer.pause.isHidden()
    job = bench.claim()
    assert drawer.toggle.text() == "Queue: making 1, 2 waiting"
    drawer.pause.click()
    assert bench.service.paused and drawer.pause.text() == "Resume"
    assert drawer.toggle.text() == "Queue: making 1, 2 waiting · paused"
    assert drawer.toggle.accessibleDescription() == drawer.toggle.text()
    drawer.pause.click()
    assert not bench.service.paused and drawer.pause.text() == "Pause"
    bench.finish(job, JobState.STOPPED)
    assert drawer.toggle.text() == "Queue: 2 waiting"


def test_rows_are_made_only_while_it_is_open(bench: Bench) -> None:
    drawer = bench.drawer
    drawer.toggle.setChecked(False)
    bench.add("one")
    assert drawer.list.count() == 0 and drawer.list.isHidden()
    assert drawer.toggle.arrowType() == Qt.ArrowType.RightArrow
    drawer.toggle.setChecked(True)
    assert bench.order() == waiting("one") and not drawer.list.isHidden()
    assert drawer.toggle.arrowType() == Qt.ArrowType.DownArrow
    (row,) = bench.rows()
    bench.refresh()
    assert bench.rows() == [row], "nothing changed: the row stays"
    bench.add(*(str(number) for number in range(20)))
    assert drawer.list.height() == TALLEST


def test_each_state_has_its_words_and_buttons(bench: Bench) -> None:
    bench.add("failed", "stopped", "running", "waiting")
    for state in (JobState.FAILED, JobState.STOPPED):
        bench.finish(bench.claim(), state, "The fox ran away.")
    bench.claim()

    def buttons(row: QueueRow) -> list[str]:
        return [button.toolTip() for button in row.findChildren(IconButton)]

    found = {row.job.request.prompt: (row.state.text(), buttons(row)) for row in bench.rows()}
    assert found == {
        "failed": ("failed", ["Run again", "Remove from the list"]),
        "stopped": ("stopped", ["Run again", "Remove from the list"]),
        "running": ("developing", ["Cancel this job"]),
        "waiting": ("waiting", ["Cancel this job"]),
    }
    drawer = bench.drawer.list
    said = [
        drawer.item(at).data(Qt.ItemDataRole.AccessibleTextRole) for at in range(drawer.count())
    ]
    failed = next(words for words in said if words.startswith("failed"))
    assert failed == (
        "failed. 1 of 4, seed 7, starter, 256 x 256, 5 steps. failed. The fox ran away."
    )


def test_a_job_in_words() -> None:
    request = Request(prompt="", seed=3, width=64, height=32, steps=2)
    job = QueuedJob("id", JobState.DONE, request, created=0.0, nth=2, of=4, hint="Look.")
    assert spoken_row(job, JobNames("Starter")) == (
        "without a prompt. 2 of 4, seed 3, Starter, 64 x 32, 2 steps. done. Look."
    )
    edited = replace(job, request=replace(request, document="d" * 32))
    assert job_facts(edited, JobNames("A")).startswith("2 of 4 · seed 3 · for Edit · A")
    assert " · for house.png · A" in job_facts(edited, JobNames("A", "house.png"))
    assert f" · for {'n' * 39}… · A" in job_facts(edited, JobNames("A", "n" * 200))
    assert {state_words(QueuedJob("", state, request, 0.0)) for state in JobState} == {
        "waiting",
        "developing",
        "failed",
        "stopped",
        "done",
    }


def test_a_model_that_failed_its_job_can_be_looked_at(bench: Bench) -> None:
    bench.add("one")
    job = bench.claim()
    bench.stores.jobs.finish(job.id, JobState.FAILED, "Gone.", "", reason=FailureReason.MODEL)
    bench.refresh()
    asked: list[bool] = []
    bench.drawer.models_asked.connect(lambda: asked.append(True))
    bench.press(0, "Open Models")
    assert asked == [True]


def test_waiting_jobs_are_moved_by_keys_and_by_dragging(bench: Bench) -> None:
    bench.add("one", "two", "three")
    drawer = bench.drawer.list
    for row, key, order, chosen in (
        (2, Qt.Key.Key_Up, ("one", "three", "two"), 1),
        (1, Qt.Key.Key_Up, ("three", "one", "two"), 0),
        (0, Qt.Key.Key_Up, ("three", "one", "two"), 0),
        (0, Qt.Key.Key_Down, ("one", "three", "two"), 1),
        (1, Qt.Key.Key_Down, ("one", "two", "three"), 2),
        (2, Qt.Key.Key_Down, ("one", "two", "three"), 2),
    ):
        drawer.setCurrentRow(row)
        QTest.keyClick(drawer, key, ALT)
        bench.settle()
        assert bench.order() == waiting(*order)
        assert drawer.currentRow() == chosen, "the one that was moved stays chosen"
    root = drawer.rootIndex()
    for start, to, order in (
        (0, 3, ("two", "three", "one")),
        (2, 0, ("one", "two", "three")),
        (1, 3, ("one", "three", "two")),
    ):
        assert drawer.model().moveRow(root, start, root, to)
        bench.settle()
        assert bench.order() == waiting(*order)


def test_what_is_made_stays_where_it_is_and_others_are_moved_among_themselves(
    bench: Bench,
) -> None:
    bench.add("one", "two", "three")
    bench.claim()
    drawer = bench.drawer.list
    made = [row.job.state for row in bench.rows()].index(JobState.RUNNING)
    assert not drawer.item(made).flags() & Qt.ItemFlag.ItemIsDragEnabled
    first = [prompt for prompt, _ in bench.order()].index("two")
    assert drawer.item(first).flags() & Qt.ItemFlag.ItemIsDragEnabled
    drawer.setCurrentRow(made)
    QTest.keyClick(drawer, Qt.Key.Key_Down, ALT)
    bench.settle()
    drawer.setCurrentRow(first)
    QTest.keyClick(drawer, Qt.Key.Key_Up, ALT)
    bench.settle()
    assert [prompt for prompt, state in bench.order() if state == "waiting"] == ["two", "three"]
    # dragged over the one that is made: it is drawn anew where it was
    root = drawer.rootIndex()
    assert drawer.model().moveRow(root, first, root, made)
    bench.settle()
    assert [prompt for prompt, state in bench.order() if state == "waiting"] == ["two", "three"]
    assert len(bench.rows()) == drawer.count() == 3


def test_keys_cancel_remove_and_run_again(bench: Bench) -> None:
    bench.add("one", "two")
    drawer = bench.drawer.list
    drawer.setCurrentRow(0)
    QTest.keyClick(drawer, Qt.Key.Key_Return)
    bench.settle()
    assert bench.order() == waiting("one", "two"), "it waits already"
    QTest.keyClick(drawer, Qt.Key.Key_Delete)
    bench.settle()
    assert ("one", "stopped") in bench.order()
    drawer.setCurrentRow(bench.order().index(("one", "stopped")))
    QTest.keyClick(drawer, Qt.Key.Key_Enter)
    bench.settle()
    assert bench.order() == waiting("two", "one"), "at the end"
    bench.press(0, "Cancel this job")
    drawer.setCurrentRow(bench.order().index(("two", "stopped")))
    QTest.keyClick(drawer, Qt.Key.Key_Delete)
    bench.settle()
    assert bench.order() == waiting("one")
    drawer.setCurrentRow(-1)
    QTest.keyClick(drawer, Qt.Key.Key_Delete)
    QTest.keyClick(drawer, Qt.Key.Key_Down, ALT)
    assert not bench.tasks.held, "no job is chosen"


def test_the_one_that_is_made_is_stopped_and_not_taken_from_the_list(bench: Bench) -> None:
    bench.add("one")
    job = bench.claim()
    stopping: list[bool] = []
    bench.service.stopping.connect(lambda: stopping.append(True))
    bench.press(0, "Cancel this job")
    assert stopping == [True] and bench.order() == [("one", "running")]
    assert bench.stores.jobs.get(job.id) is not None


def test_the_menu_offers_what_a_job_can(bench: Bench) -> None:
    bench.add("failed", "running", "waiting")
    bench.finish(bench.claim(), JobState.FAILED)
    bench.claim()

    def offered(prompt: str) -> list[str]:
        job = next(row.job for row in bench.rows() if row.job.request.prompt == prompt)
        return [action.text() for action in bench.drawer.menu_of(job).actions()]

    again = "Run all failed again"
    assert offered("waiting") == [
        "Make it next",
        "Take back into the form",
        "Duplicate",
        "Cancel",
        again,
    ]
    assert offered("running") == ["Duplicate", "Stop", again]
    assert offered("failed") == ["Run again", "Duplicate", "Remove from the list", again]


def test_the_menu_does_what_it_says(bench: Bench) -> None:
    bench.add("one", "two", "three")
    wanted: list[str] = []
    bench.drawer.edit_asked.connect(lambda job: wanted.append(job.request.prompt))
    bench.choose(2, "Make it next")
    assert bench.order() == waiting("three", "one", "two")
    bench.choose(1, "Duplicate")
    assert bench.order() == waiting("three", "one", "two", "one")
    bench.choose(2, "Take back into the form")
    assert wanted == ["two"], "the form decides what happens to the job"
    bench.choose(0, "Cancel")
    stopped = bench.order().index(("three", "stopped"))
    assert all(
        action.text() != "Run all failed again"
        for action in bench.drawer.menu_of(bench.rows()[stopped].job).actions()
    ), "none failed"
    bench.choose(stopped, "Run again")
    assert bench.order() == waiting("one", "two", "one", "three")
    for _ in range(2):
        bench.finish(bench.claim(), JobState.FAILED)
    bench.choose(bench.order().index(("one", "failed")), "Run all failed again")
    assert sorted(bench.order()) == sorted(waiting("one", "two", "one", "three"))
    bench.finish(bench.claim(), JobState.FAILED)
    failed = next(at for at, (_, state) in enumerate(bench.order()) if state == "failed")
    bench.choose(failed, "Remove from the list")
    assert len(bench.order()) == 3


def test_the_chosen_row_stays_chosen_when_the_list_changes(bench: Bench) -> None:
    bench.add("one", "two")
    bench.drawer.list.setCurrentRow(1)
    bench.add("three")
    assert bench.drawer.list.currentRow() == 1
    bench.claim()
    chosen = bench.rows()[bench.drawer.list.currentRow()]
    assert chosen.job.request.prompt == "two"


class RedModels(Portraits):
    """Every model of the library is shown by the same picture."""

    def of_model(self, item: LibraryItem) -> QPixmap:
        made = QPixmap(20, 10)
        made.fill(Qt.GlobalColor.red)
        return made


@pytest.fixture
def library(stores: Stores) -> Iterator[LibraryState]:
    """One that was read."""
    faults: list[KnownError] = []
    library = starter_library(stores, faults)
    library.start()
    until(lambda: library.items)
    yield library
    library.end()
    assert not faults


def colour_of(row: QueueRow) -> str:
    picture = row.thumb.pixmap()
    if picture.isNull():
        return ""
    return picture.toImage().pixelColor(picture.width() // 2, picture.height() // 2).name()


def test_a_row_shows_its_model_then_its_preview_then_its_picture(
    bench: Bench, library: LibraryState
) -> None:
    cache = Thumbnails(bench.stores.places.thumbnails)
    images = HeldTasks()
    bench.drawer.use_library(library, RedModels(bench.stores, cache, images))
    bench.add("one", "two")
    assert [colour_of(row) for row in bench.rows()] == ["#ff0000", "#ff0000"]
    assert "· Starter ·" in bench.rows()[0].facts.toolTip()
    assert bench.rows()[0].thumb.pixmap().size().width() == 36
    job = bench.claim()
    bench.service.progressed.emit(PhaseStarted(Phase.SAMPLING))
    preview = Preview(2, 1, bytes([0, 255, 0] * 2))
    step = StepDone(step=1, steps=5, sigma=1.0, seconds=0.1, preview=preview)
    bench.service.progressed.emit(step)
    made = next(row for row in bench.rows() if row.job.id == job.id)
    assert colour_of(made) == "#00ff00"
    assert [colour_of(row) for row in bench.rows() if row is not made] == ["#ff0000"]
    # its last of the Count waits yet, so that the done one is shown beside it
    picture = put_picture(bench.stores, "one", seed=9, job_id=job.id)
    assert bench.stores.gallery.of_job(job.id) == picture
    bench.service._on_ended(Outcome(job, picture=picture))
    bench.settle()
    done = next(row for row in bench.rows() if row.job.id == job.id)
    assert done.job.state is JobState.DONE and colour_of(done) == "#ff0000"
    images.run_all()
    shown = colour_of(done)
    assert shown not in ("#ff0000", "#00ff00", ""), "its own picture came"
    cache.close()


def test_a_row_follows_what_its_model_is_called(bench: Bench, library: LibraryState) -> None:
    """A model that comes, and one that goes, while its job waits."""
    cache = Thumbnails(bench.stores.places.thumbnails)
    bench.drawer.use_library(library, RedModels(bench.stores, cache, HeldTasks()))
    bench.stores.jobs.add([Request(prompt="one", model="second.one"), Request(prompt="two")])
    bench.refresh()
    bench.drawer.list.setCurrentRow(1)

    def shows(name: str) -> bool:
        first = bench.rows()[0]
        return f"· {name} ·" in f"· {first.facts.toolTip()}"

    assert shows("second") and colour_of(bench.rows()[0]) == ""  # as well as it can be told
    folder = bench.stores.places.models / "second.one"
    shutil.copytree(RESOURCES / "starter", folder)
    library.reload()
    until(lambda: shows("second.one"))
    assert colour_of(bench.rows()[0]) == "#ff0000" and bench.drawer.list.currentRow() == 1
    same = bench.rows()
    read: list[bool] = []
    library.reload(lambda: read.append(True))
    until(lambda: read)
    assert bench.rows() == same  # rows are made anew only where something differs
    shutil.rmtree(folder)
    library.reload()
    until(lambda: shows("second"))
    cache.close()


def test_what_happens_in_the_queue_is_told(bench: Bench) -> None:
    told: list[tuple[str, bool]] = []
    voice = QueueAnnouncer(bench.service, bench.drawer)
    voice.announced.connect(lambda words, urgent: told.append((words, urgent)))
    bench.service.submit(Request(prompt="x", count=2))
    bench.service.submit(Request(prompt="x"))
    bench.settle()
    assert told == [
        ("2 pictures wait in the queue.", False),
        ("The picture waits in the queue.", False),
    ]
    told.clear()
    job = bench.claim()
    for outcome, words, urgent in (
        (Outcome(job, stopped=True), "The picture was stopped.", False),
        (
            Outcome(job, message="It fell.", hint="Again.", begun_again=True),
            "It fell. Again.",
            True,
        ),
    ):
        bench.service.finished.emit(outcome)
        assert told == [(words, urgent)]
        told.clear()
    bench.service.finished.emit(Outcome(job, message="It failed for good."))
    assert told == [], "which is a notice"

"""One picture is saved while the next one is made: order, ends, disks that refuse, stops."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.metadata.reading import open_image
from core.service.making import made_picture
from core.service.making.queue_run import QueueRun
from core.service.making.runner import Outcome, PutBack, Runner
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.store.likeness.picture_hash import looks_of_thumbnail
from core.store.thumbnails import thumbnail_of
from core.system.errors import Cancelled, WorldError
from core.values.events import Event, StepDone
from core.values.job import JobState
from core.values.request import Request
from core.values.resolved_request import resolve

FAKE = EngineSpec(kind="fake", previews=False)


class Heard:
    """All that a listener of a queue run is told, in order, by the jobs' seeds."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.outcomes: list[Outcome] = []
        self.silent: list[int] = []
        self.at_step: Callable[[int], None] = lambda seed: None
        self.while_silent: Callable[[QueuedJob], None] = lambda job: None
        self._seed = 0

    def begun(self, job: QueuedJob) -> None:
        self._seed = job.request.seed or 0
        self.told.append(("begun", self._seed))

    def event(self, event: Event) -> None:
        if isinstance(event, StepDone):
            self.told.append(("step", self._seed))
            self.at_step(self._seed)

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.told.append(("ended", outcome.job.request.seed or 0))

    def is_silent(self, job: QueuedJob) -> None:
        self.silent.append(job.request.seed or 0)
        self.while_silent(job)


@contextmanager
def run_of(stores: Stores, heard: Heard) -> Iterator[QueueRun]:
    with (
        open_engine(FAKE) as engine,
        QueueRun(
            Runner(stores, engine),
            on_event=heard.event,
            on_ended=heard.ended,
            on_begun=heard.begun,
            while_silent=heard.is_silent,
        ) as run,
    ):
        yield run


def put_in(stores: Stores, *seeds: int, steps: int = 3) -> list[str]:
    asked = [Request(f"p{seed}", seed=seed, steps=steps, width=64, height=64) for seed in seeds]
    return [job.id for job in stores.jobs.add(resolve(one) for one in asked)]


def states(stores: Stores) -> dict[int, str]:
    rows = stores.database.connection().execute(
        "SELECT json_extract(request, '$.seed'), state FROM jobs"
    )
    return {int(seed): str(state) for seed, state in rows}


class SlowDisk:
    """Holds the file of the picture with `seed` back until it is let go, or refuses it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.refuses = False
        self.threads: list[int] = []
        put = made_picture.put_in_gallery

        def slow(pictures: Path, of: int, *rest: object) -> Path:
            self.threads.append(threading.get_ident())
            if of == seed:
                self.reached.set()
                assert self.go_on.wait(30)
            if of == seed and self.refuses:
                from core.store import files

                def full(*_: object) -> None:
                    raise OSError(errno.ENOSPC, "No space left on device")

                with monkeypatch.context() as only_here:
                    only_here.setattr(files, "write_new", full)
                    return put(pictures, of, *rest)  # type: ignore[arg-type]
            return put(pictures, of, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(made_picture, "put_in_gallery", slow)


def test_the_next_one_is_made_meanwhile_and_told_of_afterwards(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, heard = SlowDisk(monkeypatch, 1), Heard()
    put_in(stores, 1, 2, 3)
    seen: list[dict[int, str]] = []

    def silent(job: QueuedJob) -> None:
        assert disk.reached.wait(30)
        seen.append(states(stores))
        if len(heard.silent) == 6:
            disk.go_on.set()

    heard.while_silent = silent
    with run_of(stores, heard) as run:
        while run.make_next():
            pass
        assert [kind for kind, _ in heard.told if kind != "step"] == ["begun", "ended"] * 3
        assert [seed for kind, seed in heard.told if kind == "ended"] == [1, 2, 3]
    assert heard.silent[:6] == [2] * 6
    assert seen[0] == {1: "running", 2: "running", 3: "waiting"}, "done only when its row is"
    first_of_2 = heard.told.index(("begun", 2))
    assert heard.told.index(("ended", 1)) < first_of_2 < heard.told.index(("step", 2))
    assert states(stores) == {1: "done", 2: "done", 3: "done"}
    newest_first = stores.gallery.page(stores.gallery.ids())
    assert [picture.request.seed for picture in newest_first] == [3, 2, 1]
    assert threading.get_ident() not in disk.threads and len(set(disk.threads)) == 1


def test_at_most_one_picture_waits_to_be_saved(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, heard = SlowDisk(monkeypatch, 1), Heard()
    put_in(stores, 1, 2, 3)
    with run_of(stores, heard) as run:
        assert run.make_next()
        assert disk.reached.wait(30)
        waiting = threading.Timer(0.2, disk.go_on.set)
        waiting.start()
        assert run.make_next()
        assert ("ended", 1) in heard.told, "the second one is handed over after the first"
        assert states(stores)[3] == "waiting"
        waiting.join()


def test_a_full_disk_fails_its_own_picture_and_the_next_one_is_fine(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, heard = SlowDisk(monkeypatch, 1), Heard()
    disk.refuses = True
    put_in(stores, 1, 2)
    heard.while_silent = lambda job: disk.go_on.set()
    with run_of(stores, heard) as run:
        while run.make_next():
            pass
    first, second = heard.outcomes
    assert first.job.request.seed == 1 and first.picture is None and first.pause_queue
    assert "could not be saved" in first.message and "No space left" in first.message
    assert "run the job again" in first.hint
    assert second.picture is not None and not second.pause_queue
    assert states(stores) == {1: "failed", 2: "done"}
    assert len(list(stores.places.pictures.rglob("*.png"))) == 1


def test_what_was_begun_unseen_is_put_back_where_a_full_disk_pauses_the_queue(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, heard = SlowDisk(monkeypatch, 1), Heard()
    disk.refuses = True
    put_in(stores, 1)
    put_in(stores, 2, steps=200)  # some of them are made after the first picture has failed

    def rest_if_paused(job: QueuedJob) -> None:
        disk.go_on.set()
        if heard.outcomes and heard.outcomes[0].pause_queue:
            raise PutBack
        while states(stores)[1] != "failed":
            time.sleep(0.01)

    heard.while_silent = rest_if_paused
    with run_of(stores, heard) as run:
        assert run.make_next() and run.make_next()
    assert ("begun", 2) not in heard.told and len(heard.outcomes) == 1
    assert states(stores) == {1: "failed", 2: "waiting"}


def test_a_database_that_refuses_fails_its_own_picture(stores: Stores) -> None:
    heard = Heard()
    ids = put_in(stores, 1, 2)
    stores.database.connection().execute(
        "CREATE TRIGGER full BEFORE INSERT ON pictures WHEN new.job_id = "
        f"'{ids[0]}' BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
    )
    with run_of(stores, heard) as run:
        while run.make_next():
            pass
    assert heard.outcomes[1].picture is not None and heard.outcomes[0].picture is None
    assert states(stores) == {1: "failed", 2: "done"}
    stores.database.connection().execute("DROP TRIGGER full")
    assert stores.gallery.sweep() == 1, "its file was there, and is found"


def test_what_is_stopped_unseen_is_stopped_and_told_after_the_one_before(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, heard = SlowDisk(monkeypatch, 1), Heard()
    put_in(stores, 1, 2)

    def stop(job: QueuedJob) -> None:
        disk.go_on.set()
        raise Cancelled

    heard.while_silent = stop
    with run_of(stores, heard) as run:
        while run.make_next():
            pass
    assert [kind for kind, _ in heard.told if kind != "step"] == ["begun", "ended"] * 2
    assert heard.outcomes[0].picture is not None and heard.outcomes[1].stopped
    assert states(stores) == {1: "done", 2: "stopped"}


def test_what_is_put_back_unseen_waits_as_if_it_had_never_begun(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, heard = SlowDisk(monkeypatch, 1), Heard()
    put_in(stores, 1, 2, 3)

    def rest(job: QueuedJob) -> None:
        disk.go_on.set()
        raise PutBack

    heard.while_silent = rest
    with run_of(stores, heard) as run:
        assert run.make_next() and run.make_next()
        assert [one for one in heard.told if one[0] != "step"] == [("begun", 1), ("ended", 1)]
        assert states(stores) == {1: "done", 2: "waiting", 3: "waiting"}
        waiting = [job.request.seed for job in stores.jobs.recent()]
        assert waiting == [2, 3], "where it stood"
        heard.while_silent = lambda job: None
        while run.make_next():
            pass
    assert states(stores) == {1: "done", 2: "done", 3: "done"}


def test_a_stop_of_the_one_being_made_leaves_the_one_being_saved(stores: Stores) -> None:
    heard = Heard()
    put_in(stores, 1)
    put_in(stores, 2, steps=1000)  # some of them are made after the first picture is saved

    def stop(seed: int) -> None:
        if seed == 2:
            raise Cancelled

    def until_saved(job: QueuedJob) -> None:
        while states(stores)[1] != "done":
            time.sleep(0.01)
        time.sleep(0.002)  # what it looks like is noted after its row

    heard.at_step = stop
    heard.while_silent = until_saved
    with run_of(stores, heard) as run:
        while run.make_next():
            pass
    assert states(stores) == {1: "done", 2: "stopped"}
    assert heard.outcomes[0].picture is not None and heard.outcomes[1].stopped


def test_a_job_that_cannot_be_made_is_told_in_its_turn(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, heard = SlowDisk(monkeypatch, 1), Heard()
    put_in(stores, 1)
    stores.jobs.add([resolve(Request("no model", seed=2, model="nowhere"))])
    put_in(stores, 3)
    threading.Timer(0.1, disk.go_on.set).start()
    with run_of(stores, heard) as run:
        while run.make_next():
            pass
    assert [outcome.job.request.seed for outcome in heard.outcomes] == [1, 2, 3]
    assert states(stores) == {1: "done", 2: "failed", 3: "done"}


def test_leaving_waits_for_the_disk(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, heard = SlowDisk(monkeypatch, 1), Heard()
    put_in(stores, 1)
    with pytest.raises(KeyboardInterrupt), run_of(stores, heard) as run:
        assert run.make_next() and disk.reached.wait(30)
        assert states(stores) == {1: JobState.RUNNING} and not heard.outcomes
        threading.Timer(0.1, disk.go_on.set).start()
        raise KeyboardInterrupt
    assert heard.outcomes[0].picture is not None
    assert states(stores) == {1: "done"}


def test_thumbnail_and_looks_are_made_while_the_picture_is_in_memory(stores: Stores) -> None:
    put_in(stores, 7)
    with open_engine(FAKE) as engine:
        outcome = Runner(stores, engine).run_one(lambda event: None)
    assert outcome is not None and outcome.picture is not None
    file = Path(outcome.picture.path)
    with open_image(file) as image:
        expected = thumbnail_of(image)
    file.unlink()
    assert stores.thumbnails.get(outcome.picture) == expected
    looks = "SELECT phash, mirrored FROM facts"
    (known,) = stores.gallery.index.asked(lambda db: db.execute(looks).fetchall())
    assert tuple(known) == looks_of_thumbnail(expected) and all(known)
    assert stores.gallery.ids(f"like:{outcome.picture.id}") == (outcome.picture.id,)


def test_a_picture_whose_looks_cannot_be_noted_is_saved_all_the_same(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise WorldError("The disk is full.")

    monkeypatch.setattr("core.store.finding.filling.note_looks", refuse)
    put_in(stores, 7)
    with open_engine(FAKE) as engine:
        outcome = Runner(stores, engine).run_one(lambda event: None)
    assert outcome is not None and outcome.picture is not None
    assert states(stores) == {7: "done"}

"""Database, queue, files and gallery on a real disk."""

from __future__ import annotations

import builtins
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metadata.writing import encode_png
from core.service.stores import Stores, open_stores
from core.store.files import put, put_in_gallery, remove_partials
from core.store.memory_history import peak_correction
from core.store.model_cards import Card
from core.store.sqlite.database import NewerData
from core.store.sqlite.update_copies import go_back
from core.system import atomic_files
from core.system.errors import WorldError
from core.system.paths import Places, safe_join
from core.values.job import FailureReason, JobState, MemoryOutcome
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request

PIXELS = Pixels(8, 8, bytes(192))


def save_picture(
    stores: Stores, prompt: str, job_id: str = "", *, record: bool = True
) -> Picture | Path:
    recipe = Recipe(
        Request(prompt, seed=1), job_id, model_name="Starter", pixels_sha256=PIXELS.sha256
    )
    path = put_in_gallery(stores.places.pictures, 1, encode_png(PIXELS, recipe))
    return stores.gallery.record(path, recipe, 8, 8) if record else path


def test_queue_keeps_order_over_a_restart(where: Places) -> None:
    first = open_stores(where)
    first.jobs.add([Request(prompt=str(i)) for i in range(3)])
    assert first.jobs.claim_next().request.prompt == "0"  # type: ignore[union-attr]
    # as by a program that is gone
    first.database.connection().execute("UPDATE jobs SET owner = ''")
    first.close()
    second = open_stores(where)
    assert (lambda found: (found[0], len(found[1])))(second.recover()) == (0, 1)
    assert [second.jobs.claim_next().request.prompt for _ in range(2)] == ["1", "2"]  # type: ignore[union-attr]
    assert second.jobs.claim_next() is None
    failed = [job for job in second.jobs.recent() if job.state is JobState.FAILED]
    second.jobs.requeue_last(failed[0].id)
    assert second.jobs.claim_next().request.prompt == "0"  # type: ignore[union-attr]
    second.close()


def test_a_picture_saved_but_not_recorded_finishes_its_job(stores: Stores) -> None:
    job = stores.jobs.add([Request("a red house", seed=1)])[0]
    stores.jobs.claim_next()
    save_picture(stores, "a red house", job.id, record=False)
    assert stores.find_pictures() == 0, "this process is about to record it"
    stores.database.connection().execute("UPDATE jobs SET owner = ''")  # as one that is gone
    assert stores.recover() == (1, ())
    assert stores.jobs.get(job.id).state is JobState.DONE  # type: ignore[union-attr]
    assert len(stores.gallery.ids()) == 1
    assert stores.recover() == (0, ())


def test_search_favourites_and_trash(stores: Stores) -> None:
    ids = [save_picture(stores, p).id for p in ("a red house", "a blue boat", "Crème brûlée")]  # type: ignore[union-attr]
    assert stores.gallery.ids("red hou") == (ids[0],) and stores.gallery.ids("creme") == (ids[2],)
    assert stores.gallery.ids('"; DROP TABLE pictures; --') == ()
    stores.gallery.set_favourite([ids[1]], True)
    assert stores.gallery.ids("is:favourite") == (ids[1],)
    path = Path(stores.gallery.get(ids[0]).path)  # type: ignore[union-attr]
    stores.gallery.trash([ids[0]])
    assert not path.exists() and stores.gallery.ids(trashed=True) == (ids[0],)
    assert Path(stores.gallery.get(ids[0]).path).exists()  # type: ignore[union-attr]
    stores.gallery.restore([ids[0]])
    assert path.exists() and len(stores.gallery.ids()) == 3
    stores.gallery.trash([ids[0]])
    assert stores.gallery.empty_trash(older_than_days=0) == 1 and len(stores.gallery.ids()) == 2
    assert stores.gallery.ids("red") == ()


def test_check_finds_missing_orphaned_and_damaged(stores: Stores) -> None:
    kept, lost, bad = (Path(save_picture(stores, p).path) for p in "abc")  # type: ignore[union-attr]
    save_picture(stores, "orphan", record=False)
    lost.unlink()
    bad.write_bytes(bad.read_bytes()[:60])
    health = stores.gallery.check()
    assert (health.pictures, len(health.missing), len(health.orphans), len(health.corrupt)) == (
        3,
        1,
        1,
        1,
    )
    assert kept.exists()


def test_a_ruined_database_is_moved_aside_and_rebuilt_from_the_pictures(where: Places) -> None:
    first = open_stores(where)
    for prompt in "abc":
        save_picture(first, prompt)
    first.close()
    where.database.write_bytes(os.urandom(5000))
    second = open_stores(where)
    assert "damaged" in second.database.notice
    assert second.recover()[0] == 3 and len(second.gallery.ids()) == 3
    assert list(where.root.glob("calotype.db.bad-*"))
    second.close()


def test_a_newer_database_is_refused_and_untouched(where: Places) -> None:
    first = open_stores(where)
    first.database.connection().execute("PRAGMA user_version = 99")
    first.close()
    with pytest.raises(WorldError, match="newer"):
        open_stores(where)
    assert where.database.exists()


def test_going_back_from_a_newer_version_brings_the_copy_and_the_pictures_made_since(
    where: Places,
) -> None:
    first = open_stores(where)
    save_picture(first, "before the update")
    first.gallery.set_favourite(first.gallery.ids(), True)
    first.database.copy("before-version-99")
    save_picture(first, "after the update")
    first.database.connection().execute("PRAGMA user_version = 99")
    first.close()
    with pytest.raises(NewerData, match="go-back") as refused:
        open_stores(where)
    assert refused.value.copy == where.backups / "before-version-99.db"
    kept = go_back(where.database, where.backups)
    assert kept.exists()
    again = open_stores(where)
    assert (
        again.recover()[0] == 1
        and len(again.gallery.ids()) == 2
        and len(again.gallery.ids("is:favourite")) == 1
    )
    again.close()
    with pytest.raises(WorldError, match="nothing to go back from"):
        go_back(where.database, where.backups)
    third = open_stores(where)
    third.database.connection().execute("PRAGMA user_version = 99")
    third.close()
    for copy in where.backups.iterdir():
        copy.unlink()
    with pytest.raises(WorldError, match="no copy"):
        go_back(where.database, where.backups)


def test_only_what_was_not_left_cleanly_is_looked_at(where: Places) -> None:
    first = open_stores(where)
    save_picture(first, "a red house")
    first.close()
    again = open_stores(where)
    assert not again.database.touched
    again.close()
    raw = bytearray(where.database.read_bytes())
    at = raw.index(b'"prompt":"a red house"')
    raw[at + 12 : at + 15] = b"big"
    where.database.write_bytes(raw)
    third = open_stores(where)
    assert third.database.touched and third.recover() == (0, ())
    assert [picture.request.prompt for picture in third.gallery.page(third.gallery.ids())] == [
        "a red house"
    ], "read again from the file"
    third.close()


def test_what_a_damaged_database_still_holds_is_taken_over(where: Places) -> None:
    """Not only pictures, which lie in files: favourites, the trash, waiting jobs and notes."""
    first = open_stores(where)
    ids = [save_picture(first, f"picture {number}").id for number in range(60)]  # type: ignore[union-attr]
    first.gallery.set_favourite(ids[:20], True)
    first.gallery.trash(ids[-5:])
    first.jobs.add([Request(f"waiting {number}") for number in range(10)])
    first.cards.put(Card("/m.safetensors", notes="mine"))
    first.database.daily_copy()
    first.jobs.add([Request("later than the copy")])
    first.close()
    raw = where.database.read_bytes()
    for damaged in (
        raw[:100] + bytes(len(raw) - 100),
        os.urandom(100) + raw[100:],
        raw[: len(raw) // 2],
        b"",
    ):
        where.database.write_bytes(damaged)
        second = open_stores(where)
        second.recover()
        assert "damaged" in second.database.notice
        assert (
            len(second.gallery.ids()) == 55
            and len(second.gallery.ids("is:favourite")) == 20
            and len(second.gallery.ids(trashed=True)) == 5
        )
        assert (
            second.cards.get("/m.safetensors").notes == "mine" and len(second.jobs.recent()) >= 10
        )
        second.gallery.ids("picture")
        second.close()


def test_a_damaged_database_is_not_taken_from_under_an_open_window(where: Places) -> None:
    first = open_stores(where)
    save_picture(first, "a red house")
    first.close()
    where.database.write_bytes(os.urandom(5000))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as window:
        (where.root / "window.lock").write_text(f"{window.pid}\ncalotype\nhost\n")
        with pytest.raises(WorldError, match="window"):
            open_stores(where)
        window.communicate(b"\n")
    again = open_stores(where)
    assert again.recover()[0] == 1
    again.close()


def test_rows_of_an_older_copy_come_back_only_with_their_files(where: Places) -> None:
    first = open_stores(where)
    ids = [save_picture(first, f"picture {number}").id for number in range(4)]  # type: ignore[union-attr]
    first.database.daily_copy()
    first.gallery.trash(ids[:2])
    first.gallery.empty_trash(older_than_days=0)
    first.close()
    where.database.write_bytes(b"")
    again = open_stores(where)
    again.recover()
    assert len(again.gallery.ids()) == 2 and again.gallery.check().missing == ()
    again.close()


def test_a_database_that_turns_out_damaged_is_repaired_at_the_next_start(where: Places) -> None:
    first = open_stores(where)
    for number in range(300):
        first.jobs.add([Request(f"waiting {number} " + "long " * 40)])
    first.close()
    mine = open_stores(where)
    raw = bytearray(where.database.read_bytes())
    for page in range(8, len(raw) // 4096):
        raw[page * 4096 : (page + 1) * 4096] = os.urandom(4096)
    where.database.write_bytes(raw)
    with pytest.raises(WorldError, match="damaged"):
        for _ in range(300):
            assert mine.jobs.claim_next() is not None
    mine.close()
    again = open_stores(where)
    assert "damaged" in again.database.notice
    again.jobs.add([Request("works again")])
    again.close()


def test_a_read_only_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *a: False)
    with pytest.raises(WorldError, match="read-only"):
        open_stores(Places(tmp_path, tmp_path / "p", tmp_path / "m"))


def test_names_are_never_reused(tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [
        threading.Thread(
            target=lambda: found.extend(put(tmp_path, "same", b"x") for _ in range(20))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 80 and remove_partials(tmp_path, older_than=-1) == 0


@pytest.mark.parametrize(
    "failing", [("fsync",), ("open",), ("no renameat2",), ("no renameat2", "link", "rename")]
)
def test_every_failing_write_leaves_no_half_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: tuple[str, ...]
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    for call in failing:
        if call == "no renameat2":
            monkeypatch.setattr(atomic_files, "_rename_call", lambda: None)
        elif call == "open":
            monkeypatch.setattr(builtins, "open", fail)
        else:
            monkeypatch.setattr(os, call, fail)
    if failing == ("no renameat2",):
        assert put(tmp_path, "x", b"data").read_bytes() == b"data"
        return
    with pytest.raises(WorldError, match="No space"):
        put(tmp_path, "x", b"data")
    monkeypatch.undo()
    assert not [p for p in tmp_path.iterdir() if p.stat().st_size]


@given(st.text(max_size=40))
def test_no_name_leaves_the_root(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.getbasetemp()
    for text in (name, f"../{name}", f"/{name}", f"a/../../{name}"):
        try:
            target = safe_join(root, text)
        except (WorldError, OSError):
            continue
        assert target.is_relative_to(root.resolve())


KILLED = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from core.store.files import put
print("go", flush=True)
for i in range(10**6):
    put(Path({folder!r}), str(i), b"x" * 300_000)
"""


def test_kill_while_saving_leaves_only_whole_files(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    for wait in (0.02, 0.05, 0.11):
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED.format(root=root, folder=str(tmp_path))],
            stdout=subprocess.PIPE,
        )
        assert child.stdout and child.stdout.readline()
        threading.Event().wait(wait)
        child.kill()
        child.wait()
        child.stdout.close()
        assert all(p.stat().st_size == 300_000 for p in tmp_path.glob("*.png"))
    shutil.rmtree(tmp_path)


def test_what_worked_on_this_machine_is_remembered(stores: Stores) -> None:
    note = stores.memory_history.record
    note(
        "sd.safetensors",
        MemoryOutcome("cuda:0 (Card)", "sliced", 512 * 512, 5 * 10**9, 6 * 10**9),
        512,
        512,
    )
    note(
        "sd.safetensors",
        MemoryOutcome("cuda:0 (Card)", "components", 768 * 768, 4 * 10**9, 6 * 10**9),
        768,
        768,
    )
    note(
        "sd.safetensors",
        MemoryOutcome("cuda:0 (Card)", "resident", 256 * 256, 3 * 10**9, 6 * 10**9),
        256,
        256,
    )
    note(
        "sd.safetensors",
        MemoryOutcome("cpu", "resident", 512 * 512, 3 * 10**9, 6 * 10**9),
        512,
        512,
    )
    needed = stores.memory_history.outcomes_needed("sd.safetensors")
    assert [(outcome.device, outcome.mode, outcome.pixels) for outcome in needed] == [
        ("cuda:0 (Card)", "sliced", 512 * 512)
    ], "of its smallest picture"
    assert stores.memory_history.outcomes_needed("other.safetensors") == ()
    assert stores.memory_history.measured_peaks("sd.safetensors", "cuda")[-1] == (
        512,
        512,
        "sliced",
        5 * 10**9,
    )
    note("sd.safetensors", MemoryOutcome("cuda:0 (Card)", "resident", 1024 * 1024), 1024, 1024)
    assert stores.memory_history.outcomes_needed("sd.safetensors") == (), (
        "a larger picture went the fast way since"
    )
    assert stores.memory_history.measured_peaks("sd.safetensors", "cpu") == (
        (512, 512, "resident", 3 * 10**9),
    )
    assert len(stores.memory_history.measured_peaks("sd.safetensors", "cuda")) == 3, (
        "a peak that was not measured corrects nothing"
    )


def test_measured_peaks_correct_within_reason() -> None:
    assert (
        peak_correction([]) == 1
        and peak_correction([1.2, 1.1, 9.0]) == 1.2
        and peak_correction([0.01]) == 0.5
        and peak_correction([99.0]) == 3
    )


def test_waiting_jobs_are_moved_duplicated_withdrawn_and_retried(stores: Stores) -> None:
    jobs = stores.jobs
    a, b, c, d = (job.id for job in jobs.add([Request(prompt=name) for name in "abcd"]))

    def order() -> str:
        return "".join(job.request.prompt for job in jobs.recent() if job.state is JobState.WAITING)

    jobs.make_next(c)
    assert order() == "cabd"
    jobs.move(a)
    assert order() == "cbda"
    jobs.move(a, b)
    assert order() == "cabd"
    jobs.make_next(c)
    jobs.move("no such job", a)
    assert order() == "cabd"
    for _ in range(200):  # always into the same gap
        jobs.move(d, a)
        jobs.move(b, d)
        jobs.move(d, b)
    assert sorted(order()) == list("abcd") and order().index("d") < order().index(
        "b"
    ) < order().index("a")
    assert jobs.duplicate(a)[0].request.prompt == "a" and order().endswith("a")
    assert jobs.withdraw(b) and not jobs.withdraw(b) and "b" not in order()
    first, second = jobs.claim_next(), jobs.claim_next()
    assert first is not None and second is not None
    for job in (first, second):
        assert not jobs.withdraw(job.id), "a job being made stays"
        jobs.finish(job.id, JobState.FAILED, "x", "y")
    before = order()
    assert (
        jobs.retry_failed() == 2
        and order() == before + first.request.prompt + second.request.prompt
    )


def test_a_failure_keeps_its_reason_and_older_rows_do_without(stores: Stores) -> None:
    jobs = stores.jobs
    told, untold, old = (job.id for job in jobs.add([Request(), Request(), Request()]))
    for job_id, reason in ((told, FailureReason.MODEL), (untold, FailureReason.OTHER)):
        jobs.claim_next()
        jobs.finish(job_id, JobState.FAILED, "x", "y", reason)
    jobs.claim_next()
    with stores.database.transaction() as db:  # as an older program ends a job
        db.execute("UPDATE jobs SET state = 'failed', message = 'model' WHERE id = ?", (old,))

    def reasons() -> list[FailureReason]:
        return [found.reason for one in (told, untold, old) if (found := jobs.get(one))]

    assert reasons() == [FailureReason.MODEL, FailureReason.OTHER, FailureReason.OTHER]
    jobs.requeue_last(told)
    assert reasons()[0] is FailureReason.OTHER, "a job that waits has no reason to have failed"
    again = jobs.claim_next()
    assert again is not None and again.id == told and jobs.fail_orphans() == (), (
        "it has its owner again"
    )
    jobs.finish(told, JobState.FAILED, "x", "y")
    assert reasons()[0] is FailureReason.OTHER

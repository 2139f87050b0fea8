"""Several processes on one data folder, deaths in the middle of a repair, disks that take no
writes, and jobs whose process is gone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.metadata.writing import encode_png
from core.service.stores import Stores, open_stores
from core.store.checkpoints import CheckpointStore
from core.store.files import last_number, put_in_gallery
from core.store.sqlite import repair
from core.store.sqlite.migrations import MIGRATIONS, statements, version_of
from core.store.thumbnails import Thumbnails
from core.system import atomic_files
from core.system.errors import WorldError
from core.system.paths import Places
from core.values.job import JobState, ModelRef
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from tests.core.store.dying import Death, Life

ROOT = Path(__file__).parents[3]
PIXELS = Pixels(8, 8, bytes(192))
HEAD = """
import sys, time
sys.path.insert(0, {root!r})
from core.system.paths import places
from core.values.request import Request
from core.service.stores import open_stores
from tests.core.store.test_repair import make
where = places({data!r})
sys.stdin.readline()
"""


def make(stores: Stores, number: int) -> int:
    recipe = Recipe(
        Request(f"p{number}", seed=number),
        f"job{number}",
        model_name="S",
        pixels_sha256=PIXELS.sha256,
        created=1.7e9 + number,
    )
    path = put_in_gallery(
        stores.places.pictures,
        number,
        encode_png(PIXELS, recipe),
        ".png",
        stores.gallery.last_number,
    )
    return stores.gallery.record(path, recipe, 8, 8).id


def together(where: Places, count: int, work: str) -> list[str]:
    """What `count` processes said, that were let go at the same instant."""
    code = HEAD.format(root=str(ROOT), data=str(where.root)) + work
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(k)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for k in range(count)
    ]
    said: list[str] = []
    for child in running:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in running:
        out, fault = child.communicate(timeout=200)
        said.append(out.strip() or fault.strip()[-300:])
    return said


def damaged(where: Places, page: int | None = None) -> None:
    raw = bytearray(where.database.read_bytes())
    at = (page or random.Random(5).randrange(2, len(raw) // 4096)) * 4096
    raw[at : at + 4096] = os.urandom(4096)
    where.database.write_bytes(raw)


def favourites(stores: Stores) -> set[str]:
    return {one.request.prompt for one in stores.gallery.page(stores.gallery.ids("is:favourite"))}


def test_first_starts_at_once_all_begin(where: Places) -> None:
    assert (
        together(
            where,
            5,
            "s = open_stores(where); s.jobs.add([Request(sys.argv[1])]); s.close(); print('ok')",
        )
        == ["ok"] * 5
    )
    stores = open_stores(where)
    assert stores.jobs.waiting() == 5 and version_of(stores.database.connection()) == len(
        MIGRATIONS
    )
    stores.close()


def test_repairs_at_once_keep_every_favourite_and_what_was_set_meanwhile(where: Places) -> None:
    first = open_stores(where)
    ids = [make(first, number) for number in range(40)]
    first.gallery.set_favourite(ids[:20], True)
    first.close()
    damaged(where)
    said = together(
        where,
        4,
        (
            "s = open_stores(where); n = 100 + int(sys.argv[1]); s.gallery.set_favourite([make(s, "
            "n)], True); s.close(); print('ok')"
        ),
    )
    assert said == ["ok"] * 4
    again = open_stores(where)
    again.recover()
    assert (
        favourites(again) == {f"p{n}" for n in (*range(20), *range(100, 104))}
        and len(again.gallery.ids()) == 44
    )
    again.close()
    assert (
        len([one for one in where.root.glob("calotype.db.bad-*") if one.name[-1].isdigit()]) == 1
    ), "repaired once"


def test_every_page_can_be_lost_and_what_a_person_said_comes_back(where: Places) -> None:
    first = open_stores(where)
    ids = [make(first, number) for number in range(30)]
    first.gallery.set_favourite(ids[::2], True)
    first.gallery.set_rating(ids[::3], 4)
    first.gallery.set_tags(ids[::5], ["sky"])
    first.gallery.put_in_album(first.gallery.add_album("Mine"), ids[::4])
    (held,) = (
        first.database.connection()
        .execute("SELECT rootpage - 1 FROM sqlite_master WHERE name = 'album_pictures'")
        .fetchone()
    )
    first.close()
    whole = where.database.read_bytes()
    for page in range(1, len(whole) // 4096):
        where.database.write_bytes(whole)
        damaged(where, page)
        stores = open_stores(where)
        stores.recover()
        assert len(stores.gallery.ids()) == 30, f"page {page}"
        assert favourites(stores) == {f"p{n}" for n in range(0, 30, 2)}, f"page {page}"
        for query, step in (("rating:4", 3), ("tag:sky", 5), ("has:album", 4)):
            said = {one.request.seed for one in stores.gallery.page(stores.gallery.ids(query))}
            lost = query == "has:album" and page == held  # which pictures is said there alone
            assert said == set(range(0, 30, step)) or lost, f"page {page}, {query}: {said}"
        stores.close()
        for bad in where.root.glob("calotype.db.bad-*"):
            bad.unlink()


@pytest.mark.parametrize("page", ["pictures", "albums", "pictures_marked"])
def test_an_older_copy_takes_back_nothing_that_was_said_since(where: Places, page: str) -> None:
    first = open_stores(where)
    ids = [make(first, number) for number in range(30)]
    first.gallery.set_rating(ids[:3], 2)
    first.database.daily_copy()
    first.gallery.set_rating(ids[:10], 4)
    first.gallery.set_tags(ids[:5], ["sky"])
    first.gallery.put_in_album(first.gallery.add_album("Mine"), ids[:7])
    asked = "SELECT rootpage - 1 FROM sqlite_master WHERE name = ?"
    (number,) = first.database.connection().execute(asked, (page,)).fetchone()
    first.close()
    damaged(where, number)
    stores = open_stores(where)
    stores.recover()
    for query, count in (("rating:4", 10), ("tag:sky", 5), ("has:album", 7), ("", 30)):
        found = {one.request.seed for one in stores.gallery.page(stores.gallery.ids(query))}
        assert found == set(range(count)), query
    rows = stores.database.connection().execute("SELECT count(*) FROM remembered")
    assert rows.fetchone()[0] == 0
    stores.close()


def test_what_is_remembered_of_lost_rows_outlasts_the_next_repair(where: Places) -> None:
    stores = open_stores(where)
    picture = stores.gallery.get(make(stores, 1))
    assert picture is not None
    stores.gallery.set_rating([1], 3)
    stores.gallery.set_tags([1], ["sky"])
    stores.gallery.put_in_album(stores.gallery.add_album("Mine"), [1])
    away = Path(picture.path).with_suffix(".away")
    os.rename(picture.path, away)
    with stores.database.transaction() as db:
        db.execute("UPDATE pictures SET sum = 1")
        db.execute("INSERT INTO remembered VALUES ('odd.png', '[7]'), ('odder.png', x'ff')")
    stores.gallery.repair_rows()
    assert stores.gallery.get(1) is None, "without its file the row cannot be believed"
    for _ in range(2):
        stores.database.repair()
    os.rename(away, picture.path)
    stores.recover()
    (again,) = stores.gallery.page(stores.gallery.ids('album:"Mine"'))
    assert (again.rating, again.tags, again.favourite) == (3, ("sky",), False)
    recipe = Recipe(Request("odd"), pixels_sha256="1")
    odd = stores.gallery.record(where.pictures / "odd.png", recipe, 8, 8)
    assert (odd.rating, odd.favourite) == (0, False)
    stores.close()


def test_a_window_opens_first_and_reads_through_what_a_crash_left_afterwards(
    where: Places,
) -> None:
    first = open_stores(where)
    for number in range(30):
        make(first, number)
    first.gallery.set_favourite(first.gallery.ids()[:5], True)
    first.close()
    said = list[str]()
    stores = open_stores(where, checked_later=True)
    stores.database.connection().set_trace_callback(said.append)
    stores.check_database()
    assert said == [], "nothing is read through after a clean end"
    root = stores.database.connection().execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'pictures'"
    )
    page = root.fetchone()[0] - 1
    stores.close()
    damaged(where, page)
    stores = open_stores(where, checked_later=True)
    assert not stores.database.notice and stores.database.touched
    stores.check_database()
    assert "damaged" in stores.database.notice
    stores.recover()
    assert len(favourites(stores)) == 5 and len(stores.gallery.ids()) == 30
    stores.close()


def test_a_database_that_cannot_be_repaired_takes_no_writes(
    where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_stores(where)
    ids = [make(first, number) for number in range(3)]
    first.close()
    damaged(where, 3)
    stores = open_stores(where, checked_later=True)

    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(repair, "rebuild", full)
    with pytest.raises(WorldError, match="cannot be repaired"):
        stores.check_database()
    with pytest.raises(WorldError, match="cannot be repaired"):
        stores.gallery.set_favourite(ids, True)
    monkeypatch.undo()
    stores.close()
    again = open_stores(where)
    again.gallery.set_favourite(again.gallery.ids(), True)
    again.close()


def test_a_table_whose_text_is_damaged_costs_no_start(where: Places) -> None:
    """SQLite quotes the text in its message, which Python then cannot decode."""
    first = open_stores(where)
    for number in range(5):
        make(first, number)
    first.close()
    raw = where.database.read_bytes()
    where.database.write_bytes(raw.replace(b"CREATE TABLE jobs", b"CREATE \xa0ABLE jobs"))
    stores = open_stores(where)
    stores.recover()
    assert stores.database.notice and len(stores.gallery.ids()) == 5
    stores.close()


def test_thumbnails_whose_table_is_damaged_begin_anew(where: Places) -> None:
    stores = open_stores(where)
    picture = stores.gallery.get(make(stores, 1))
    stores.close()
    assert picture is not None
    file = where.root / "small.db"
    for _ in range(2):
        thumbnails = Thumbnails(file)
        assert thumbnails.get(picture)
        thumbnails.close()
        raw = file.read_bytes()
        file.write_bytes(raw.replace(b"CREATE TABLE small", b"CREATE \xa0ABLE small"))


def test_a_death_at_any_step_of_a_repair_is_made_good_at_the_next_start(
    where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_stores(where)
    ids = [make(first, number) for number in range(10)]
    first.gallery.set_favourite(ids, True)
    first.close()
    damaged(where)
    for death in range(1, 60):
        life = Life(death)
        for module, name in (
            (os, "replace"),
            (repair, "name_new"),
            (repair, "replace_file"),
            (repair, "fill"),
            (Path, "unlink"),
        ):
            monkeypatch.setattr(module, name, life.mortal(getattr(module, name)))
        try:
            open_stores(where).close()
        except Death:
            monkeypatch.undo()
        else:
            monkeypatch.undo()
            assert death > 6
            break
        again = open_stores(where)
        again.recover()
        assert favourites(again) == {f"p{n}" for n in range(10)}, f"step {death}"
        again.close()
        left = [
            one.name for one in where.root.iterdir() if ".fresh" in one.name or ".swap" in one.name
        ]
        assert left == [], f"step {death}"
        damaged(where)
    stores = open_stores(where)
    stores.recover()
    assert favourites(stores) == {f"p{n}" for n in range(10)}
    stores.close()


def test_a_database_in_use_is_not_replaced(where: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.sqlite.repair.ALONE_SECONDS", 0.2)
    user = open_stores(where)
    make(user, 1)
    user.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = where.database.read_bytes()
    where.database.write_bytes(os.urandom(len(raw)))
    with pytest.raises(WorldError, match="uses it"):
        open_stores(where)
    where.database.write_bytes(raw)
    user.close()
    again = open_stores(where)
    assert len(again.gallery.ids()) == 1
    again.close()


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling link"])
@pytest.mark.skipif(os.name == "nt", reason="no named pipes in folders there")
@pytest.mark.timeout(60)
def test_something_odd_in_the_place_of_the_database_is_moved_aside(
    where: Places, kind: str
) -> None:
    where.create()
    if kind == "folder":
        where.database.mkdir()
        (where.database / "mine").touch()
    elif kind == "pipe":
        os.mkfifo(where.database)
    else:
        where.database.symlink_to(where.root / "nowhere" / "at" / "all")
    stores = open_stores(where)
    make(stores, 1)
    assert len(stores.gallery.ids()) == 1
    stores.close()
    assert kind != "folder" or next(where.root.glob("calotype.db.bad-*/mine")).exists()


@pytest.mark.skipif(os.name == "nt", reason="no limit of file sizes there")
def test_a_disk_that_takes_no_writes_lets_pictures_be_looked_at(where: Places) -> None:
    first = open_stores(where)
    ids = [make(first, number) for number in range(3)]
    first.gallery.set_favourite(ids, True)
    first.close()
    work = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
s = open_stores(where)
s.recover()
assert len(s.gallery.ids("is:favourite")) == 3 and s.database.notice, s.database.notice
try:
    s.gallery.set_favourite(s.gallery.ids(), False)
except Exception as fault:
    sys.stdout.write(type(fault).__name__)
s.close()
"""
    assert together(where, 1, work) == ["WorldError"]
    again = open_stores(where)
    assert len(again.gallery.ids("is:favourite")) == 3 and not again.database.notice
    again.close()


def test_jobs_of_a_dead_process_end_and_those_of_a_living_one_stay(where: Places) -> None:
    code = (
        HEAD.format(root=str(ROOT), data=str(where.root))
        + """
s = open_stores(where)
print(s.jobs.add([Request('a')], running=True)[0].id, flush=True)
time.sleep(100)
"""
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin and child.stdout
        child.stdin.write("\n")
        child.stdin.flush()
        job = child.stdout.readline().strip()
        stores = open_stores(where)
        mine = stores.jobs.add([Request("mine")], running=True)[0].id
        assert stores.recover() == (0, ()), "both still run"
        child.send_signal(signal.SIGKILL)
        child.wait()
    stores.fail_orphans()
    assert (
        stores.jobs.get(job).state is JobState.FAILED
        and stores.jobs.get(mine).state is JobState.RUNNING
    )  # type: ignore[union-attr]
    db = stores.database.connection()
    for owner, started, state in (
        (f"{atomic_files.os.getpid()}", 0.0, JobState.FAILED),
        ("elsewhere 1 1.0", 4e9, JobState.RUNNING),
        ("elsewhere 1 1.0", 1.0, JobState.FAILED),
        ("", None, JobState.FAILED),
    ):
        db.execute(
            "UPDATE jobs SET state = 'running', owner = ?, started = ? WHERE id = ?",
            (owner, started, mine),
        )
        stores.jobs.fail_orphans()
        assert stores.jobs.get(mine).state is state, owner  # type: ignore[union-attr]
    stores.close()


def test_scripts_are_told_apart_into_statements() -> None:
    for script in MIGRATIONS:
        assert "".join("".join(statements(script)).split()) == "".join(script.split())
    assert len(list(statements(MIGRATIONS[0]))) == 8


def test_a_repair_that_is_refused_keeps_its_share(
    where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.store.sqlite.repair.ALONE_SECONDS", 0.2)
    first, second = open_stores(where), open_stores(where)
    with pytest.raises(WorldError, match="uses it"):
        first.database.repair()
    second.close()
    with (
        pytest.raises(repair.DatabaseInUse),
        repair.DatabaseUsers(where.root / "calotype.db.users").alone(0.2),
    ):
        pass
    (where.root / "calotype.db.suspect").unlink()
    first.close()


@pytest.mark.skipif(os.name == "nt", reason="no named pipes in folders there")
@pytest.mark.timeout(60)
def test_pipes_among_copies_and_latents_are_passed_over(where: Places) -> None:
    first = open_stores(where)
    first.gallery.set_favourite([make(first, number) for number in range(5)], True)
    first.database.daily_copy()
    first.close()
    os.mkfifo(where.backups / "daily-9999-01-01.db")
    where.database.write_bytes(b"")
    again = open_stores(where)
    again.recover()
    assert favourites(again) == {f"p{n}" for n in range(5)}
    where.checkpoints.mkdir(exist_ok=True)
    os.mkfifo(where.checkpoints / "job.latents")
    assert (
        CheckpointStore(where.checkpoints).load("job", Request(), ModelRef("m", "m", "sd15", "/m"))
        is None
    )
    again.close()


def test_long_numbers_of_other_programs_do_not_count() -> None:
    assert last_number(["0007-1.png", "9999999999.jpg", "x.png", "12-3.png"]) == 12

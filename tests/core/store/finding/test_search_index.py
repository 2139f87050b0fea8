"""The search index is a cache: whatever becomes of its file, the same is found."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.service.importing.places import opened
from core.service.stores import Stores, open_stores
from core.store.finding import filling, index_file
from core.store.finding.search_index import SearchIndex
from core.store.sqlite import update_copies
from core.store.sqlite.connection import DatabaseDamaged
from core.store.sqlite.database import Database
from core.system.errors import WorldError
from core.system.paths import Places
from core.values.gallery.question import Order, PictureQuestion
from core.values.picture import Recipe
from core.values.request import Request

ROOT = Path(__file__).parents[4]
QUESTIONS = (
    PictureQuestion("red"),
    PictureQuestion("tag:sky rating:>2"),
    PictureQuestion("-boat", order=Order.RATING),
    PictureQuestion(order=Order.NAME, rising=True),
)


def record(stores: Stores, number: int) -> int:
    """A picture's row; there is no file."""
    prompt = ("a red house", "a boat", "redwood, 猫の目")[number % 3]
    recipe = Recipe(
        Request(f"{prompt} {number}", seed=number), model_name="Starter", created=1.7e9 + number
    )
    path = stores.places.pictures / f"{number}.png"
    return stores.gallery.record(path, recipe, 64, 64).id


@pytest.fixture
def filled(where: Places) -> Places:
    """A closed folder of forty pictures, with its index."""
    stores = open_stores(where)
    ids = [record(stores, number) for number in range(40)]
    stores.gallery.set_rating(ids[::2], 3)
    stores.gallery.set_tags(ids[::4], ["sky"])
    answers(stores)
    stores.close()
    return where


def answers(stores: Stores) -> list[list[int]]:
    return [list(stores.gallery.find(question) or ()) for question in QUESTIONS]


def plain(where: Places) -> list[list[int]]:
    """What an index made anew says."""
    for file in where.root.glob("search.db*"):
        file.unlink()
    stores = open_stores(where)
    try:
        return answers(stores)
    finally:
        stores.close()


def _folder(file: Path) -> None:
    file.unlink()
    (file / "full").mkdir(parents=True)


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _older(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 1")
        db.execute("DROP TABLE labels")
    db.close()


def _random(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    chance = random.Random(3)
    for page in range(1, len(raw) // 4096):
        raw[page * 4096 + 8 : page * 4096 + 1000] = chance.randbytes(992)
    file.write_bytes(raw)


TROUBLES: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "empty": lambda file: file.write_bytes(b""),
    "no database": lambda file: file.write_bytes(b"x" * 9000),
    "half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "other bytes": _random,
    "a folder": _folder,
    "a pipe": _pipe,
    "of an older version": _older,
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_index_that_is_not_whole_is_made_anew(filled: Places, trouble: str) -> None:
    wanted = plain(filled)
    TROUBLES[trouble](filled.root / "search.db")
    stores = open_stores(filled)
    heard: list[str] = []
    stores.gallery.index.begun_anew = lambda: heard.append(trouble)
    assert answers(stores) == wanted and wanted[0]
    assert bool(heard) == (trouble not in ("gone", "empty", "of an older version"))
    assert stores.gallery.suggestions("tag:", 4)[0].count == 10
    stores.gallery.set_tags([1], ["sea"])
    assert stores.gallery.ids("tag:sea") == (1,) and not stores.database.notice
    stores.close()
    assert (filled.root / "search.db").is_file()


def test_an_index_that_cannot_be_replaced_lies_in_memory(
    filled: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = plain(filled)
    _random(filled.root / "search.db")

    def refuse(_: Path) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(index_file, "remove_index", refuse)
    stores = open_stores(filled)
    assert answers(stores) == wanted
    record(stores, 99)
    found: list[tuple[int, ...]] = []
    thread = threading.Thread(target=lambda: found.append(stores.gallery.ids("99")))
    thread.start()
    thread.join()
    assert found == [(41,)], "for every thread"
    stores.close()


def test_an_index_that_takes_no_writes_is_made_anew(filled: Places) -> None:
    stores = open_stores(filled)

    def refuse(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA query_only = ON")  # what a file without the right to write answers

    stores.gallery.index.asked(refuse)
    picture = record(stores, 99)
    assert picture in stores.gallery.ids("a red house 99")
    stores.gallery.index.asked(refuse)
    stores.gallery.set_rating([picture], 1)
    stores.gallery.index.fill_all()
    assert stores.gallery.ids("rating:1") == (picture,)
    stores.close()


def test_a_database_that_is_only_looked_at_is_searched_too(
    filled: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = plain(filled)

    def full(_: Database) -> None:
        raise WorldError("The disk is full.")

    monkeypatch.setattr(Database, "_open_or_replace", full)
    before = (filled.root / "search.db").stat().st_mtime_ns
    stores = open_stores(filled)
    assert stores.database.refusal is not None and answers(stores) == wanted
    stores.close()
    assert (filled.root / "search.db").stat().st_mtime_ns == before


def test_an_index_of_another_database_is_not_believed(filled: Places) -> None:
    """Of one put back from a copy, and of one that was changed without the index."""
    stores = open_stores(filled)
    copy = stores.database.copy("before-version-99")
    stores.gallery.set_rating([1, 2], 5)
    record(stores, 77)
    assert stores.gallery.ids("rating:5") == (2, 1) and stores.gallery.ids("77") == (41,)
    stores.database.connection().execute("PRAGMA user_version = 99")
    stores.close()
    assert update_copies.copy_for(filled.backups, 9) == copy
    update_copies.go_back(filled.database, filled.backups)
    again = open_stores(filled)
    assert again.gallery.ids("rating:5") == () == again.gallery.ids("77")
    again.gallery.set_rating([3], 4)
    with again.database.transaction() as db:  # as if it had been taken in elsewhere
        db.execute("DELETE FROM unindexed")
    assert again.gallery.ids("rating:4") == ()
    again.close()
    last = open_stores(filled)
    assert last.gallery.ids("rating:4") == (3,)
    last.close()


def test_after_a_crash_an_index_of_other_pictures_is_made_anew(filled: Places) -> None:
    with sqlite3.connect(filled.root / "search.db") as db:
        db.execute("DELETE FROM facts WHERE id > 35")
    db.close()
    stores = open_stores(filled)
    assert len(stores.gallery.ids("is:rated")) == 18
    stores.gallery.index.check()
    assert len(stores.gallery.ids("is:rated")) == 20
    stores.close()


KILLED = """
import os, signal, sys
from core.service.stores import open_stores
from core.store.finding import filling
from core.system.paths import Places
from pathlib import Path
root = Path(sys.argv[1])
moment, stores = int(sys.argv[2]), open_stores(Places(root, root / "pictures", root / "models"))
count = 0
def statement(text):
    global count
    count += text.startswith(("INSERT", "UPDATE", "DELETE", "COMMIT"))
    if count == moment:
        os.kill(os.getpid(), signal.SIGKILL)
stores.gallery.index._file.asked(lambda db: db.set_trace_callback(statement))
while stores.gallery.index.fill(7):
    pass
"""


@pytest.mark.parametrize("moment", [1, 40, 100])
def test_a_kill_while_it_is_made_costs_a_slice(filled: Places, moment: int) -> None:
    wanted = plain(filled)
    for file in filled.root.glob("search.db*"):
        file.unlink()
    command = [sys.executable, "-c", KILLED, str(filled.root), str(moment)]
    killed = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    stores = open_stores(filled)
    assert (stores.gallery.index._file.asked(filling.left) == 40) == (moment == 1)
    assert answers(stores) == wanted
    stores.gallery.index.check()
    stores.close()


def test_several_threads_fill_ask_and_write_at_once(filled: Places) -> None:
    stores = open_stores(filled)
    faults: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                picture = record(stores, 100 + number * 10 + turn)
                stores.gallery.set_tags([picture], [f"of {number}"])
                found = stores.gallery.ids(f'tag:"of {number}"')
                assert len(found) == turn + 1, found
        except (AssertionError, WorldError, sqlite3.Error) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    stores.gallery.index.fill_all()
    stores.gallery.index.check()
    assert stores.gallery.index.left() == 0 and len(stores.gallery.ids("has:tag")) == 30
    stores.close()


def insert_many(stores: Stores, column: str = "", value: object = "") -> None:
    """2500 rows without files, whose prompt is "many", one column more said."""
    more = (f", {column}", ", ?", [value]) if column else ("", "", [])
    with stores.database.transaction() as db:
        db.executemany(
            "INSERT INTO pictures (path, created, width, height, request, job_id, prompt, "
            f"negative, model_name, seconds, sha256{more[0]}) "
            f"VALUES (?, ?, 8, 8, '{{}}', '', 'many', '', 'Starter', 0, ''{more[1]})",
            [(f"/away/{number}.png", 1.7e9 + number, *more[2]) for number in range(2500)],
        )


def is_kept_up(stores: Stores) -> bool:
    """Whether the index has seen all changes, asked past the index, which else would look."""
    with sqlite3.connect(stores.places.root / "search.db") as db:
        seen = db.execute("SELECT seen FROM progress").fetchone()[0]
    db.close()
    newest = "SELECT seq FROM sqlite_sequence WHERE name = 'unindexed'"
    return seen == stores.database.connection().execute(newest).fetchone()[0]


OF_MANY: tuple[tuple[Callable[[Stores], object], object], ...] = (
    (lambda stores: stores.gallery.ids("width:>=8"), (1,)),
    (lambda stores: list(stores.gallery.find(PictureQuestion(order=Order.NAME)) or ()), [1]),
    (lambda stores: stores.gallery.ids("model:starter"), (1,)),
    (lambda stores: stores.gallery.labels(PictureQuestion(order=Order.NAME)), [("1", 1)]),
    (lambda stores: stores.gallery.suggestions("model:", 6)[0].count, 1),
)


@pytest.mark.parametrize(("ask", "wanted"), OF_MANY)
def test_what_many_changes_let_go_is_never_found(
    where: Places, ask: Callable[[Stores], object], wanted: object
) -> None:
    """Whoever let go: a question takes in only the first thousand changes by itself."""
    stores = open_stores(where)
    record(stores, 1)
    insert_many(stores)
    stores.gallery.index.fill_all()
    assert ask(stores) != wanted
    with stores.database.transaction() as db:
        db.execute("DELETE FROM pictures WHERE prompt = 'many'")
    assert ask(stores) == wanted
    stores.close()


def _discard(stores: Stores) -> int:
    insert_many(stores, "trashed", 1)
    stores.gallery.index.fill_all()
    return stores.gallery.discard(stores.gallery.ids(trashed=True))


def _unwatch(stores: Stores) -> int:
    insert_many(stores, "origin", '{"how":"in_place"}')
    stores.gallery.index.fill_all()
    return opened(stores.database, stores.places, stores.thumbnails).unwatch(Path("/away"))


def _hide(stores: Stores) -> int:
    insert_many(stores, "origin", '{"how":"in_place"}')
    stores.gallery.index.fill_all()
    importing = opened(stores.database, stores.places, stores.thumbnails)
    return len(importing.rows.hide(stores.gallery.ids(), hidden=True))


@pytest.mark.parametrize("deed", [_discard, _unwatch, _hide])
def test_who_changes_many_has_the_index_kept_up(
    where: Places, deed: Callable[[Stores], int]
) -> None:
    stores = open_stores(where)
    record(stores, 1)
    assert deed(stores) == 2500
    assert is_kept_up(stores)
    assert stores.gallery.ids("seed:1") == (1,)
    stores.gallery.index.check()
    stores.close()


def test_an_index_that_another_process_threw_away_is_filled_again(where: Places) -> None:
    """An import, which has an index of its own, says nothing to the window."""
    stores = open_stores(where)
    insert_many(stores)
    stores.gallery.index.fill_all()
    heard: list[int] = []
    stores.gallery.index.begun_anew = lambda: heard.append(1)
    assert len(stores.gallery.ids("many")) == 2500 and not heard
    other = SearchIndex(stores.database)

    def damaged(_: sqlite3.Connection) -> None:
        if not heard:
            heard.append(0)
            raise DatabaseDamaged("The search index is damaged.")

    other.asked(damaged)
    assert len(stores.gallery.ids("many")) < 2500 and heard == [0, 1]
    assert len(stores.gallery.ids("many")) < 2500 and heard == [0, 1], "it is said once"
    stores.gallery.index.fill_all()
    assert len(stores.gallery.ids("many")) == 2500
    other.close()
    stores.close()


def test_many_that_are_changed_at_once_are_all_found(where: Places) -> None:
    stores = open_stores(where)
    insert_many(stores)
    assert len(stores.gallery.ids()) == 2500 > len(stores.gallery.ids("many"))
    stores.gallery.index.fill_all()
    assert len(stores.gallery.ids("many")) == 2500 and stores.gallery.index.left() == 0
    stores.gallery.set_rating(stores.gallery.ids(), 5)
    assert len(stores.gallery.ids("rating:5 many")) == 2500
    stores.gallery.index.fill_all()
    left = "SELECT count(*) FROM unindexed"
    assert stores.database.connection().execute(left).fetchone()[0] == 0
    stores.close()

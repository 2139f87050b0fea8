"""What names kept pictures keeps them: every place, also where it cannot be read; the rest goes."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.cli.main import run
from core.metadata.writing import encode
from core.service.doctor import collect_facts
from core.service.editing.upkeep import sweep_documents
from core.service.source_upkeep import check_sources, sweep_sources
from core.service.stores import Stores, open_stores
from core.store.files import put_in_gallery
from core.store.sources.opened_picture import OpenedPicture
from core.system.paths import Places
from core.values.device import Device
from core.values.job import JobState
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import resolve
from core.values.sweeping.sweep import Axis, new_sweep
from desktop.state import session
from tests.core.store.documents.documents import document, named, record

LATER = 2**40  # long after any file here was kept
PIXELS = Pixels(8, 8, bytes(192))


def keep(stores: Stores, grey: int) -> str:
    return stores.sources.keep(OpenedPicture(2, 1, "RGB", bytes([grey] * 6)))


def asking(source: str, mask: str = "") -> Request:
    return Request("a red house", seed=1, start=StartPicture(source=source, mask=mask))


def saved(stores: Stores, request: Request, kind: str = "png") -> Path:
    """A picture's file, without a row."""
    recipe = Recipe(request, model_name="Starter", pixels_sha256=PIXELS.sha256)
    return put_in_gallery(stores.places.pictures, 1, *encode(PIXELS, recipe, kind))


def recorded(stores: Stores, request: Request) -> int:
    path = saved(stores, request)
    recipe = Recipe(request, model_name="Starter", pixels_sha256=PIXELS.sha256)
    return stores.gallery.record(path, recipe, 8, 8).id


# --- places that name a picture: each gives back what lets go of it again ---

Released = Callable[[], object]


def a_job(stores: Stores, source: str, state: JobState | None) -> Released:
    job = stores.jobs.add([resolve(asking(source))])[0]
    if state is None:
        return lambda: stores.jobs.withdraw(job.id)
    stores.jobs.finish(job.id, state)
    return lambda: stores.jobs.remove(job.id)


def a_picture(stores: Stores, source: str, *, trashed: bool) -> Released:
    number = recorded(stores, asking(source))
    if trashed:
        stores.gallery.trash([number])

    def gone() -> None:
        stores.gallery.trash([number])
        stores.gallery.discard([number])

    return gone


def a_draft(stores: Stores, source: str, saves: int) -> Released:
    """In the session, or in the generation of it before."""
    path = stores.places.session
    session.save(path, session.Session(asking(source), fresh=False))
    for number in range(saves):
        session.save(path, session.Session(Request(f"later {number}"), fresh=False))
    return lambda: [one.unlink() for one in path.parent.glob(f"{path.name}*")]


def a_file(stores: Stores, source: str, kind: str, folder: str, damaged: bool = False) -> Released:
    path = saved(stores, asking(source), kind)
    if folder == "trash":
        stores.places.trash.mkdir(exist_ok=True)
        path = path.rename(stores.places.trash / f"9-{path.name}")
    if damaged:
        path.write_bytes(path.read_bytes().replace(b"IDAT", b"IDAX"))
    return path.unlink


def a_database(stores: Stores, source: str, name: str) -> Released:
    """One that a person can go back to, or came back from."""
    job = stores.jobs.add([resolve(asking(source))])[0]
    copy = stores.database.copy("before-version-99")
    stores.jobs.withdraw(job.id)
    if name == "newer":
        newer = stores.places.database.with_name("calotype.db.newer-17")
        return copy.rename(newer).unlink
    return copy.unlink


def a_document(stores: Stores, source: str, *, closed: bool) -> Released:
    """In the form of a document, whose window is gone."""
    kept = replace(record(), request=asking(source))
    stores.documents.create(kept, document(1), named(1))
    if closed:
        stores.documents.close(kept.id)

    def gone() -> None:
        stores.documents.close(kept.id)
        assert sweep_documents(stores, now=LATER) == 1

    return gone


def a_sweep(stores: Stores, source: str) -> Released:
    sweep = new_sweep(asking(source), (Axis("steps", ("1", "2")),))
    stores.sweeps.keep(sweep)
    return lambda: stores.sweeps.remove(sweep.id)


PLACES: dict[str, Callable[[Stores, str], Released]] = {
    "waiting job": lambda stores, source: a_job(stores, source, None),
    "failed job": lambda stores, source: a_job(stores, source, JobState.FAILED),
    "stopped job": lambda stores, source: a_job(stores, source, JobState.STOPPED),
    "done job": lambda stores, source: a_job(stores, source, JobState.DONE),
    "picture": lambda stores, source: a_picture(stores, source, trashed=False),
    "trashed picture": lambda stores, source: a_picture(stores, source, trashed=True),
    "draft": lambda stores, source: a_draft(stores, source, 0),
    "draft before": lambda stores, source: a_draft(stores, source, 1),
    "png without row": lambda stores, source: a_file(stores, source, "png", "pictures"),
    "webp without row": lambda stores, source: a_file(stores, source, "webp", "pictures"),
    "file in the trash": lambda stores, source: a_file(stores, source, "png", "trash"),
    "damaged file": lambda stores, source: a_file(stores, source, "png", "pictures", damaged=True),
    "copy before an update": lambda stores, source: a_database(stores, source, "before"),
    "document": lambda stores, source: a_document(stores, source, closed=False),
    "closed document": lambda stores, source: a_document(stores, source, closed=True),
    "sweep": lambda stores, source: a_sweep(stores, source),
    "newer database": lambda stores, source: a_database(stores, source, "newer"),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_names_a_picture_keeps_it_and_lets_it_go(stores: Stores, place: str) -> None:
    named, free = keep(stores, 1), keep(stores, 2)
    release = PLACES[place](stores, named)
    assert sweep_sources(stores) == 0, "within the hour nothing goes"
    assert sweep_sources(stores, now=LATER) == 1
    assert [path.stem for path in stores.sources.files()] == [named] != [free]
    release()
    assert sweep_sources(stores, now=LATER) == 1


def test_masks_and_what_a_later_program_names_are_kept_too(stores: Stores) -> None:
    source, mask, later = (keep(stores, grey) for grey in range(3))
    job = stores.jobs.add([resolve(asking(source, mask))])[0]
    text = json.dumps({"prompt": "x", "control": [{"picture": later}]})
    with stores.database.transaction() as db:
        db.execute(
            "INSERT INTO jobs SELECT 'b', 2, state, ?, 1, NULL, NULL, '', '', 0, '', ''"
            " FROM jobs WHERE id = ?",
            (text, job.id),
        )
    assert sweep_sources(stores, now=LATER) == 0
    assert sweep_sources(stores, drafts=[asking(source)], now=LATER) == 0


def test_the_draft_of_this_start_counts_though_no_file_holds_it(stores: Stores) -> None:
    source, mask = keep(stores, 1), keep(stores, 2)
    assert sweep_sources(stores, drafts=[asking(source, mask)], now=LATER) == 0
    assert sweep_sources(stores, drafts=[asking(source)], now=LATER) == 1
    assert [path.stem for path in stores.sources.files()] == [source]


def damage_job(stores: Stores) -> None:
    job = stores.jobs.add([resolve(Request("x", seed=1))])[0]
    with stores.database.transaction() as db:
        db.execute("UPDATE jobs SET request = substr(request, 3) WHERE id = ?", (job.id,))


def damage_row(stores: Stores) -> None:
    """It is JSON still, and names another picture than was written."""
    number = recorded(stores, asking("a" * 64))
    with stores.database.transaction() as db:
        db.execute(
            "UPDATE pictures SET request = replace(request, 'aaa', 'bbb') WHERE id = ?", (number,)
        )


def damage_session(stores: Stores) -> None:
    stores.places.session.write_text('{"request": {"start": {"sou')


def take_pictures_away(stores: Stores) -> None:
    stores.places.pictures.rmdir()


def repair(stores: Stores) -> None:
    stores.database.notice = "The database was damaged and rebuilt."


def lock_copy(stores: Stores) -> None:
    """A layout that this program does not know."""
    stores.database.copy("before-version-99")
    with sqlite3.connect(stores.places.backups / "before-version-99.db") as db:
        db.execute("ALTER TABLE jobs RENAME COLUMN request TO asked")
    db.close()


def damage_document(stores: Stores) -> None:
    kept = record()
    stores.documents.create(kept, document(1), named(1))
    path = stores.places.documents / f"{kept.id}.sqlite"
    path.write_bytes(path.read_bytes()[:4096] + b"damaged" * 1000)


@pytest.mark.parametrize(
    "damage",
    [
        damage_job,
        damage_row,
        damage_session,
        damage_document,
        take_pictures_away,
        repair,
        lock_copy,
    ],
    ids=lambda damage: damage.__name__,
)
def test_where_a_reference_cannot_be_read_all_stay(
    stores: Stores, damage: Callable[[Stores], None]
) -> None:
    keep(stores, 1)
    damage(stores)
    assert sweep_sources(stores, now=LATER) == 0
    assert stores.sources.usage().count == 1


def test_a_copy_that_is_no_database_keeps_nothing(stores: Stores) -> None:
    keep(stores, 1)
    stores.places.backups.mkdir(exist_ok=True)
    (stores.places.backups / "before-version-3.db").write_bytes(b"no database" * 1000)
    assert sweep_sources(stores, now=LATER) == 1


def test_nothing_goes_beside_another_window_or_when_nobody_waits(stores: Stores) -> None:
    keep(stores, 1)
    saved(stores, Request("without a row", seed=3))
    assert sweep_sources(stores, lambda: False, now=LATER) == 0
    lock = stores.places.root / "window.lock"
    lock.write_text(f"{os.getppid()}\ncalotype\nhost\n")
    assert sweep_sources(stores, now=LATER) == 0
    lock.write_text(f"{os.getpid()}\ncalotype\nhost\n")
    assert sweep_sources(stores, now=LATER) == 1


def test_a_start_takes_away_what_a_kill_left_half_written(stores: Stores) -> None:
    path = stores.sources.path_of(keep(stores, 1))
    half = path.with_name(".4194305-0123abcd.partial")  # no system has so many processes
    half.write_bytes(b"half")
    stores.recover()
    assert not half.exists() and path.exists()


def test_kept_pictures_are_no_pictures_of_the_gallery(stores: Stores) -> None:
    keep(stores, 1)
    assert stores.recover() == (0, ()) and stores.gallery.ids() == ()
    health = stores.gallery.check()
    assert (health.pictures, health.orphans) == (0, ())


def test_a_lost_database_finds_the_picture_and_what_it_started_from(where: Places) -> None:
    first = open_stores(where)
    source, mask = keep(first, 1), keep(first, 2)
    request = replace(asking(source, mask), parent="p" * 64)
    recorded(first, request)
    first.close()
    for path in where.root.glob("calotype.db*"):
        path.unlink()
    second = open_stores(where)
    assert second.recover()[0] == 1
    (picture,) = second.gallery.page(second.gallery.ids())
    assert picture.request == request and (picture.width, picture.height) == (8, 8)
    assert sweep_sources(second, now=LATER) == 0
    assert second.lineage.started_from(source) == (picture,)
    second.close()


# --- what is told ---


def test_the_check_knows_missing_and_damaged_ones(
    stores: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, lost = (keep(stores, grey) for grey in range(3))
    stores.jobs.add([resolve(replace(asking(good, lost), parent="d" * 64))])
    recorded(stores, asking(bad))
    stores.sources.path_of(bad).write_bytes(b"\x89PNG")
    damaged = str(stores.sources.path_of(bad))
    stores.sources.path_of(lost).unlink()
    health = check_sources(stores)
    assert (health.count, health.missing, health.corrupt) == (2, (lost,), (damaged,))
    assert run(["gallery", "check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sources"], told["missing_sources"], told["corrupt_sources"]) == (2, 1, 1)
    assert told["missing_source_addresses"] == [lost]
    assert told["corrupt_source_paths"] == [damaged] and told["pictures"] == 1
    assert run(["gallery", "check"]) == 0
    assert "2 pictures to start from, 1 missing, 1 damaged" in capsys.readouterr().out


def test_the_check_reads_documents_to_the_last_tile(
    stores: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, open_one = (record() for _ in range(3))
    for kept in (good, bad, open_one):
        stores.documents.create(kept, document(1, 2), named(1, 2))
    stores.documents.add_step(open_one.id, 0, "Brush", document(3, 2), named(3))
    path = stores.places.documents / f"{bad.id}.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("UPDATE tiles SET data = x'00'")
    db.close()
    assert run(["gallery", "check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["documents"], told["corrupt_documents"]) == (3, 1)
    assert told["corrupt_document_paths"] == [str(path)] and path.exists()
    assert run(["gallery", "check"]) == 0
    assert "3 documents, 1 damaged" in capsys.readouterr().out


def test_the_report_says_what_they_take(stores: Stores) -> None:
    keep(stores, 1)
    stores.documents.create(record(), document(1), named(1))
    facts = collect_facts(stores.places, [Device("cpu", "a processor", memory=1, free=1)])
    assert facts["sources"] == {"count": 1, "bytes": stores.sources.bytes_used()}
    assert facts["documents"] == {"count": 1, "bytes": stores.documents.bytes_used()}

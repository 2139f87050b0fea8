"""Data folders of earlier versions open: every archive of tests/data, against the values and names
written down beside it.

The names there (tables, columns, JSON keys, files, options) are the contract of the FILE FORMAT.
Where one of these tests fails after a class or a field got another name, the program has to go on
reading and writing the stored name; the archives and their .json stay.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec, OnEvent
from core.service.making.runner import Runner
from core.values.gallery.origin import How
from core.values.gallery.question import Order
from core.values.job import Job, JobState
from core.values.picture import Result
from core.values.request_parts.emphasis import Emphasis
from tests.data.deeds import deeds
from tests.data.folder import (
    ARCHIVES,
    NEWEST,
    disbelieved,
    missing,
    multiply,
    names,
    neutral,
    same,
    unpack,
)
from tests.data.make_folder import moved_away
from tests.data.measured import Measured
from tests.data.seen import COMMANDS, opened, options, said, values

FAKE = EngineSpec(kind="fake")
# what only an engine's process tells of its death
OF_THE_PROCESS = ("exit_code", "kind", "memory", "signal", "trace")


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name)
def archive(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def into(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder, and no other program's models."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "none"))
    folder = unpack(archive, tmp_path / "copy")
    monkeypatch.setenv("CALOTYPE_DATA", str(folder / "data"))
    return folder


@pytest.fixture
def written(archive: Path) -> dict[str, Any]:
    return json.loads(archive.with_name(archive.name.removesuffix(".tar.xz") + ".json").read_text())


def test_the_archive_is_as_it_was(into: Path, written: dict[str, Any]) -> None:
    same(written["names"], names(into))
    assert disbelieved(into) == 0


def test_what_a_person_would_find_is_there(into: Path, written: dict[str, Any]) -> None:
    wanted = written["values"]
    with opened(into) as stores:
        found = neutral(values(stores), into)
        assert stores.database.notice == "", "nothing had to be put right"
    for one in (wanted, found):
        for card in one["cards"].values():
            card.pop("fingerprint")  # of the starter's weights, which may be trained on
    same(wanted, found)
    assert not (into / "data" / "models" / "vae").exists(), "the move of the models was ended"


def test_the_command_line_reads_it(into: Path, written: dict[str, Any]) -> None:
    with opened(into):
        pass
    for words in COMMANDS:
        line = " ".join(words)
        found = neutral(said(into, *words), into)
        if line == "models list":  # what came with the program later is no fault
            known = {one["id"] for one in written["said"][line]}
            found = [one for one in found if one["id"] in known or one["source"] != "built in"]
        same(written["said"][line], found, line)


def test_commands_and_options_are_spelt_as_before(written: dict[str, Any]) -> None:
    same(written["options"], options())


class Listening:
    """The fake engine, noting where each job was to go on from."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.resumed = inner, dict[str, int]()

    def run(self, job: Job, on_event: OnEvent) -> Result:
        self.resumed[job.id] = job.resume.step if job.resume is not None else 0
        return self._inner.run(job, on_event)


def test_what_waits_and_what_failed_is_made(into: Path, written: dict[str, Any]) -> None:
    kept = {job: latents["step"] for job, latents in written["values"]["kept"].items()}
    with opened(into) as stores, open_engine(FAKE) as fake:
        listening, queue = Listening(fake), stores.jobs.recent()
        engine: Any = listening
        failed = sum(job.state is JobState.FAILED for job in queue)
        assert stores.jobs.retry_failed() == failed >= 2
        runner = Runner(stores, engine, "webp")
        count = stores.jobs.waiting()
        made = [runner.run_one(lambda event: None) for _ in range(count)]
        assert all(one is not None and one.picture is not None for one in made), made
        waiting = [job.id for job in queue if job.state is JobState.WAITING]
        assert list(listening.resumed)[: len(waiting)] == waiting, "in the order they stood in"
        assert {job: step for job, step in listening.resumed.items() if step} == kept
        assert not list(stores.places.checkpoints.iterdir()) and stores.jobs.waiting() == 0
        assert len(stores.gallery.ids()) == len(written["values"]["pictures"]) + count


def test_trash_is_restored_and_emptied(into: Path, written: dict[str, Any]) -> None:
    loved, other = written["values"]["trash"]
    with opened(into) as stores:
        stores.gallery.restore([loved["id"]])
        picture = stores.gallery.get(loved["id"])
        assert picture is not None and picture.favourite and picture.trashed is None
        assert (
            Path(picture.path).is_file()
            and Path(picture.path).parent.parent == stores.places.pictures
        )
        assert (
            stores.gallery.empty_trash(older_than_days=0) == 1
            and stores.gallery.get(other["id"]) is None
        )


def test_a_damaged_database_comes_back_from_the_copy_of_its_day(
    into: Path, written: dict[str, Any]
) -> None:
    (into / "data" / "calotype.db-wal").unlink(missing_ok=True)
    (into / "data" / "calotype.db").write_bytes(b"no database" * 1000)
    with opened(into) as stores:
        assert "was rebuilt" in stores.database.notice
        found = {Path(one.path).name: one for one in stores.gallery.page(stores.gallery.ids())}
        for one in written["values"]["pictures"]:
            assert found[Path(one["path"]).name].favourite == one["favourite"]
            assert found[Path(one["path"]).name].sha256 == one["sha256"]
            assert list(found[Path(one["path"]).name].tags) == one.get("tags", [])
        hidden = {one.id for one in stores.gallery.page(stores.gallery.ids("is:hidden"))}
        assert hidden == set(written["values"].get("hidden", ()))


def test_a_folder_written_today_has_every_old_name(
    tmp_path: Path, written: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program of today does what the one of the archive did: tables, columns, keys and files
    may only have become more.

    What the window writes is looked at in tests/desktop/window/start/test_old_folder.py.
    """
    home = tmp_path / "home"
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "none"))
    with open_engine(FAKE) as fake:
        engine: Any = Measured(fake)
        deeds(home, engine, fake, lambda event: None, engine)
    moved_away(home)
    wanted, found = written["names"], names(home)
    facts = wanted["keys"]["incident.json"]
    wanted["keys"]["incident.json"] = [
        one for one in facts if one.split(".")[0] not in OF_THE_PROCESS
    ]
    wanted["keys"] = {
        place: keys for place, keys in wanted["keys"].items() if "session" not in place
    }
    wanted["files"] = [name for name in wanted["files"] if "session" not in name]
    same(wanted, found)
    assert {"steps", "tiles"} < found["tables"]["document.sqlite"].keys()
    assert {"data/documents/ID.sqlite", "data/pinned-prompts.json"} < set(found["files"])
    with opened(home) as stores:
        found = values(stores)
    (document,) = found["documents"]
    assert document["position"] == 1 and document["document"]["active_mask"] == 2
    assert [one["picture_id"] for one in document["candidates"]] == document["pictures"] != []
    assert found["closed documents"] == ["a house that was put away"]


# what is taken away of the newest archive, and where the look at it says so
TAKEN = {
    "UPDATE pictures SET rating = 0 WHERE rating = 4": "pictures",
    "UPDATE pictures SET rating = 0 WHERE rating = -1": "orders.rating",
    "UPDATE pictures SET marks = ''": "pictures",
    "UPDATE pictures SET origin = replace(origin, 'true', 'false') WHERE origin GLOB "
    '\'*"hidden":true,"gone":false*\'': "hidden",
    "DELETE FROM album_pictures": "albums",
    "UPDATE albums SET query = 'is:rated' WHERE query != ''": "albums",
    "DELETE FROM folders": "watched",
    "DELETE FROM jobs WHERE state = 'failed' AND request GLOB '*many ways*'": "sweeps[0].said",
    "UPDATE pictures SET document = ''": "stacked",
    "UPDATE pictures SET request = replace(request, 'no_norm', 'auto')": "pictures",
    "UPDATE pictures SET request = replace(request, '\"gits\"', '\"karras\"')": "pictures",
    "UPDATE pictures SET request = replace(request, 's_churn', 's_no')": "pictures",
}


@pytest.mark.parametrize("archive", [NEWEST], indirect=True)
@pytest.mark.parametrize(("statement", "place"), TAKEN.items())
def test_what_is_taken_away_is_missed(
    into: Path, written: dict[str, Any], statement: str, place: str
) -> None:
    with opened(into) as stores:
        with stores.database.transaction() as db:
            assert db.execute(statement).rowcount > 0
        gone = missing(written["values"], neutral(values(stores), into))
    assert any(one.startswith(f".{place}") for one in gone), gone


@pytest.mark.parametrize("archive", [NEWEST], indirect=True)
def test_the_newest_archive_holds_something_of_everything(written: dict[str, Any]) -> None:
    found, session = written["values"], written["session"]
    requests = [one["request"] for one in found["pictures"]]
    assert {one["emphasis"] for one in requests} == set(Emphasis)
    assert {"gits", "karras"} <= {one["schedule"] for one in requests}
    assert any(one["fresh_noise"]["s_churn"] for one in requests)
    assert any(one["upscale"]["source"] for one in requests)
    assert {one["rating"] for one in found["pictures"]} >= {-1, 0, 3, 4, 5}
    assert any(one["note"] for one in found["pictures"])
    origins = [one["origin"] for one in found["pictures"] if one["origin"]]
    assert {one["how"] for one in origins} == set(How) and len(found["hidden"]) == 2
    assert found["refused"] and found["watched"] and len(found["stacked"]) < len(requests)
    assert {bool(query) for _, query, ids in found["albums"] if ids} == {False, True}
    (sweep,) = found["sweeps"]
    assert set(sweep["cells"].values()) == {"made", "failed", "missing", "refused"}
    assert any(axis["skipped"] for axis in sweep["sweep"]["axes"])
    assert session["gallery"]["order"] == Order.FILE_SIZE and session["gallery"]["before"]
    assert session["export"]["kind"] == "jpeg" and session["viewing"]["geometry"]
    assert "data/search.db" in written["names"]["files"]


def test_some_hundred_rows_more(into: Path) -> None:
    multiply(into, 400)
    assert disbelieved(into) == 0
    with opened(into) as stores:
        ids = stores.gallery.ids()
        others = *stores.gallery.ids(trashed=True), *stores.gallery.ids("is:hidden")
        assert len(ids) + len(others) == 400
        (one,) = stores.gallery.page(stores.gallery.ids("copy123"))
        assert one.request.seed == 123 and "copy123" in one.request.prompt
        assert {picture.request.prompt for picture in stores.gallery.page(ids[:64])} and len(
            stores.gallery.page(ids)
        ) == len(ids)


def test_a_name_that_is_gone_is_named() -> None:
    old = {
        "jobs.request": ["guidance", "noise.source"],
        "values": {"steps": 3, "loras": [{"id": "ink"}]},
    }
    new = {
        "jobs.request": ["cfg", "noise.source"],
        "values": {"steps": 4, "loras": [{"name": "ink"}], "more": 1},
    }
    assert missing(old, old | {"more": 1}) == []
    assert missing(old, new) == [
        ".jobs.request: no guidance",
        ".values.steps: 4 instead of 3",
        ".values.loras[0].id: no such name",
    ]

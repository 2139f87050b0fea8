"""The real window on data folders of earlier versions: pictures, queue, form, keys, models and
downloads are there as they were left.

The expected names are those of the FILE FORMAT; see tests/core/store/test_old_folder.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.system.json import dumps
from core.system.paths import places
from core.values.gallery.question import PictureQuestion
from desktop.app.app import Application
from desktop.models.downloads import PAUSED
from desktop.pictures.picture_model import PICTURE_ROLE
from desktop.queue.row import QueueRow
from desktop.shell.restore import session_of
from desktop.state.session import Session
from tests.data.folder import ARCHIVES, multiply, neutral, not_shown, same, unpack
from tests.desktop.driving import (
    Open,
    create_of,
    form_of,
    gallery_of,
    models_of,
    opening,
    pump,
    take_down,
    until,
)

FAKE = EngineSpec(kind="fake", runs_in="here")


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name)
def written(request: pytest.FixtureRequest) -> dict[str, Any]:
    archive: Path = request.param
    file = archive.with_name(archive.name.removesuffix(".tar.xz") + ".json")
    return json.loads(file.read_text()) | {"archive": archive}


@pytest.fixture
def into(written: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "none"))
    return unpack(written["archive"], tmp_path / "copy")


@pytest.fixture
def open_app(qapp: QApplication, into: Path) -> Iterator[Open]:
    def ready(application: Application) -> None:
        until(models_of(application.window).list.rowCount)
        until(
            lambda: application.window.newest.rowCount() and application.window.notice.text.text()
        )

    yield from opening(qapp, places(into / "data"), FAKE, ready)


def prompts(application: Application) -> list[tuple[str, str]]:
    """The rows of the queue: state and prompt."""
    jobs = create_of(application.window).stage.drawer.list
    found = [jobs.itemWidget(jobs.item(row)) for row in range(jobs.count())]
    return [
        (one.job.state.value, one.job.request.prompt) for one in found if isinstance(one, QueueRow)
    ]


def test_the_window_is_as_it_was_left(open_app: Open, written: dict[str, Any], into: Path) -> None:
    application = open_app()
    window, session = application.window, written["session"]
    same(session["request"], json.loads(dumps(application.draft.stored())))
    assert application.draft.random_seed == session["random_seed"]
    assert window.rooms.shown == ("create", "gallery", "models", "settings")[session["room"]]
    assert create_of(window).history.isHidden() != session["history"]
    assert form_of(window).parameters.more.isChecked() == session["more"]
    assert form_of(window).prompt.examples.choice == session["examples"]
    until(lambda: window.current.picture is not None)
    assert window.current.picture is not None and window.current.picture.id == session["picture"]
    now = neutral(json.loads(dumps(session_of(window, Session()))), into)
    for name in ("gallery", "viewing", "export"):
        same(session.get(name), now[name] if name in session else None, name)
    settings = neutral(json.loads(dumps(application.settings)), into)
    same(written["values"]["settings"], settings)
    keys = {name: action.shortcut().toString() for name, action in window.actions_by_id.items()}
    for command, key in written["values"]["settings"]["shortcuts"]:
        assert keys.get(command, key) == key


def test_pictures_queue_and_models_are_there(
    open_app: Open, written: dict[str, Any], into: Path
) -> None:
    application = open_app()
    window, wanted = application.window, written["values"]
    window.go("gallery")
    gallery_of(window).show_question(PictureQuestion())
    shown = wanted.get("stacked", wanted["pictures"])
    until(lambda: gallery_of(window).grid.model().rowCount() == len(shown))
    grid, sha256 = gallery_of(window).grid, wanted["pictures"][0]["sha256"]
    until(
        lambda: (
            (one := grid.model().index(0).data(PICTURE_ROLE)) is not None and one.sha256 == sha256
        )
    )
    until(lambda: grid.model().index(0).data(Qt.ItemDataRole.DecorationRole) is not None)
    gallery_of(window).search.setText("red house")
    until(
        lambda: gallery_of(window).grid.model().rowCount() == len(wanted["searches"]["red house"])
    )
    gallery_of(window).search.setText("")
    gallery_of(window).trash.click()
    until(lambda: gallery_of(window).grid.model().rowCount() == len(wanted["trash"]))
    window.go("create")
    create_of(window).stage.drawer.toggle.setChecked(True)
    queue = [(job["state"], job["request"]["prompt"]) for job in wanted["queue"]]
    until(lambda: sorted(prompts(application)) == sorted([*queue, *done(wanted)]))
    assert [one for one in prompts(application) if one[0] == "waiting"] == [
        one for one in queue if one[0] == "waiting"
    ]
    listed = {(one["id"], one["kind"]) for one in written["said"]["models list"]}
    until(lambda: listed <= {(one.entry.id, one.entry.kind) for one in application.library.items})
    later = [one.entry for one in application.library.items if one.entry.id not in dict(listed)]
    assert all(entry.source == "built in" for entry in later)
    until(lambda: set(wanted["cards"]) == set(neutral([*application.stores.cards.all()], into)))
    application.library.reload()  # the cards of models that were moved come after the first look
    until(lambda: ratings(application) == {"dream.safetensors": 4, "ink": 2})
    assert [(one.id, one.state, one.done) for one in models_of(window).downloads.rows()] == [
        (pending, PAUSED, come) for pending, come, _ in wanted["downloads"]
    ]


def ratings(application: Application) -> dict[str, int]:
    """What the Models room shows of them."""
    found = application.library.items
    return {one.entry.id: one.card.rating for one in found if one.card.rating}


def done(wanted: dict[str, Any]) -> list[tuple[str, str]]:
    """Jobs that are shown though they are done, since others of their wish wait."""
    prompts = {one["job_id"]: one["request"]["prompt"] for one in wanted["pictures"]}
    return [("done", prompts[job]) for job in wanted["done beside"]]


def test_the_next_end_writes_the_same_names(
    open_app: Open, written: dict[str, Any], into: Path
) -> None:
    application = open_app()
    file = into / "data" / "session.json"
    file.unlink()
    application.draft.set(steps=11)
    until(lambda: file.is_file() and json.loads(file.read_text())["request"]["steps"] == 11)
    take_down(application)
    session = json.loads(file.read_text())
    same(written["session"]["request"] | {"steps": 11}, session["request"])
    assert (
        set(written["session"]) <= set(session)
        and session["picture"] == written["session"]["picture"]
    )
    settings = json.loads((into / "data" / "settings.json").read_text())
    same(written["values"]["settings"], neutral(settings, into))


def test_some_hundred_rows_fill_the_first_screen(
    qapp: QApplication, written: dict[str, Any], into: Path
) -> None:
    multiply(into, 400)
    qapp.setStyle("Fusion")
    application = Application(qapp, places(into / "data"), FAKE)
    application.start()
    try:
        window = application.window
        count = 400 - not_shown(written)
        until(lambda: gallery_of(window).grid.model().rowCount() == count)
        pump(50)
        until(
            lambda: all(
                gallery_of(window).grid.model().index(row).data(PICTURE_ROLE) is not None
                for row in range(20)
            )
        )
    finally:
        take_down(application)

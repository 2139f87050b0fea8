"""The Models room of the real window: a library used in place, and a download from a real server,
over a restart, to a picture."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QPushButton

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.models.fetch import download
from core.service import library_overview
from core.service.library_overview import KINDS
from core.system.paths import RESOURCES, Places
from desktop.app.app import Application
from desktop.models.downloads import PAUSED, RUNNING
from desktop.models.room import ModelsRoom
from tests.core.models.fetch import hub_server
from tests.core.models.fetch.hub_server import Fault
from tests.core.models.files import layouts
from tests.desktop.driving import Open, form_of, models_of, opening, press, take_down, until

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.0))
STARTER = RESOURCES / "starter"


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(
        qapp, where, FAKE, lambda application: until(models_of(application.window).list.rowCount)
    )


def close(application: Application) -> None:
    if not application.ended:
        take_down(application)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[hub_server.Hub]:
    monkeypatch.setattr(download, "PAUSE", 0.005)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    with hub_server.serving() as found:
        found.repos["calo/starter-two"] = {
            path.relative_to(STARTER).as_posix(): path.read_bytes()
            for path in STARTER.rglob("*")
            if path.is_file()
        }
        yield found


def ask(application: Application, server: hub_server.Hub, address: str) -> None:
    """Type an address into the line and press Return."""
    room = models_of(application.window)
    room.use_settings(application.settings.with_value("mirror", server.url))
    application.window.signals.get_models.emit("")
    room.get.line.setText(address)
    QTest.keyClick(room.get.line, Qt.Key.Key_Return)


def test_choose_watch_pause_quit_restart_resume_generate(
    open_app: Open, server: hub_server.Hub, where: Places
) -> None:
    application = open_app()
    room = models_of(application.window)
    server.faults = [Fault(stall=4.0)]
    press("Download")
    ask(application, server, "calo/starter-two")
    until(
        lambda: (
            room.downloads.rows()
            and room.downloads.rows()[0].state == RUNNING
            and room.downloads.rows()[0].done > 0
        )
    )
    pending = room.downloads.rows()[0].id
    line = room.get._lines[pending]
    assert "of" in line.words.text() and line.bar.value() >= 0
    line.pause.click()
    assert room.downloads.rows()[0].state == PAUSED
    close(application)
    # a new process would not have to wait
    until(lambda: not any(thread.name == "errand" for thread in threading.enumerate()))
    again = open_app()
    room = models_of(again.window)
    until(lambda: bool(room.downloads.rows()))
    assert (room.downloads.rows()[0].id, room.downloads.rows()[0].state) == (pending, PAUSED)
    room.use_settings(again.settings.with_value("mirror", server.url))
    room.get._lines[pending].pause.click()
    until(lambda: not room.downloads.rows())
    until(lambda: room.list.row_of(str(where.models / "starter-two")) >= 0)
    assert again.stores.cards.get(str(where.models / "starter-two")).license == "openrail"
    until(lambda: again.window.notice.button.text() == "Use now")
    again.window.notice.button.click()
    assert again.draft.request.model == "starter-two"
    before = len(again.window.newest.ids())
    again.draft.set(prompt="a red house", steps=1)
    form_of(again.window).generate()
    until(lambda: len(again.window.newest.ids()) > before)
    made = again.stores.gallery.page(again.stores.gallery.ids(limit=1))[0]
    assert made.model_name == "starter-two"


def test_one_kind_is_shown_where_one_is_asked_for(open_app: Open) -> None:
    application = open_app()
    room = models_of(application.window)
    every = room.list.rowCount()
    for kind in KINDS:
        room.panel.kind.setCurrentIndex(room.panel.kind.findData(kind))
        room.panel.ask()
        wanted = [one for one in application.library.items if one.entry.kind is kind]
        assert room.list.rowCount() == len(wanted)
    room.panel.show_everything()
    assert room.list.rowCount() == every > 1


def test_defaults_that_are_taken_and_a_note_that_is_being_typed_both_stay(open_app: Open) -> None:
    application = open_app()
    room = models_of(application.window)
    path = room.list.data(room.list.index(0, 0), Qt.ItemDataRole.ToolTipRole)
    room.panel.select(path)
    cards = application.stores.cards
    application.draft.set(steps=7)
    room.card.notes.setPlainText("good at hands")
    cards.note_use(path, "abc")
    room.card.defaults.click()
    until(lambda: cards.get(path).notes and cards.get(path).defaults)
    kept = cards.get(path)
    assert kept.defaults is not None and kept.defaults.steps == 7
    assert (kept.notes, kept.fingerprint) == ("good at hands", "abc")
    until(lambda: (item := room.card.item) is not None and item.card == kept)
    room.card.defaults.click()
    until(lambda: cards.get(path).defaults is None)
    assert cards.get(path).notes == "good at hands"


def test_a_gated_model_asks_for_a_token_and_then_comes(
    open_app: Open, server: hub_server.Hub
) -> None:
    application = open_app()
    room, notice = models_of(application.window), application.window.notice
    server.gated["calo/starter-two"] = "hf_right_token_1"
    server.repos["calo/starter-two"] = dict(server.repos["calo/starter-two"])
    ask(application, server, "calo/starter-two")
    until(lambda: notice.button.text() == "Enter token...")

    def type_token() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QInputDialog):
            box.setTextValue("hf_right_token_1")
            box.accept()
        else:
            QTimer.singleShot(20, type_token)

    QTimer.singleShot(20, type_token)
    notice.button.click()
    until(lambda: "keyring" in notice.text.text())
    press("Download")
    ask(application, server, "calo/starter-two")
    until(lambda: notice.button.text() == "Use now")
    assert room.downloads.rows() == ()


def test_a_search_a_failure_and_giving_up(
    open_app: Open, server: hub_server.Hub, where: Places
) -> None:
    application = open_app()
    room, notice = models_of(application.window), application.window.notice
    server.repos["other/one"] = {"x.safetensors": random.Random(0).randbytes(200_000)}
    ask(application, server, "other")
    until(lambda: room.get.found.isVisibleTo(room.get) and room.get.found.findChildren(QPushButton))
    assert "other/one" in room.get.found.findChildren(QPushButton)[0].accessibleName()
    assert application.window.status.network.text().startswith("Last connection: 127.0.0.1")
    server.faults = [Fault(flip=True)]
    press("Download")
    room.get.found.findChildren(QPushButton)[0].click()
    until(lambda: "other content" in notice.text.text())
    pending = room.downloads.rows()[0].id
    assert (
        room.downloads.rows()[0].state == "failed"
        and "other content" in room.get._lines[pending].words.text()
    )
    room.get._lines[pending].cross.click()
    assert room.downloads.rows() == ()
    until(lambda: not (where.models / ".downloads" / pending).exists())
    application.window.change_settings(application.settings.with_value("offline", True))
    room.get.line.setText("other/one")
    room.get.look_up.click()
    until(lambda: "stay offline" in notice.text.text())


def test_a_library_in_place(open_app: Open, tmp_path: Path, where: Places) -> None:
    home = tmp_path / "ComfyUI"
    for name, shapes in {
        "checkpoints/dream": layouts.SD1,
        "loras/ink": layouts.kohya(layouts.ATTENTION, 768),
        "vae/soft": layouts.VAE,
        "controlnet/depth": layouts.CONTROL_XL,
    }.items():
        (home / "models" / name).parent.mkdir(parents=True, exist_ok=True)
        layouts.write(home / "models" / f"{name}.safetensors", shapes)
    application = open_app()
    window, room = application.window, models_of(application.window)
    room.get_controller.link(home)
    until(lambda: room.list.rowCount() == 7)
    window.signals.show_models.emit()
    room.panel.select(str(home / "models" / "controlnet" / "depth.safetensors"))
    assert not room.panel.grab().isNull(), "its row is painted"
    assert (
        not room.card.use.isVisible()
        and "does not work with ControlNets yet" in room.card.state.text()
    )
    room.panel.search.setText("comfy stable 1.x model")
    assert room.list.rowCount() == 1
    room.panel.search.setText("nothing like this")
    assert room.list.rowCount() == 0
    room.panel.search.setText("")
    path = str(home / "models" / "loras" / "ink.safetensors")
    room.panel.select(path)
    room.card.stars[4].click()
    room.card.tags.setText("brush black")
    room.card.keep()
    until(lambda: application.stores.cards.get(path).tags == ("brush", "black"))
    assert application.stores.cards.get(path).rating == 5
    room.panel.search.setText("brush")
    assert (
        room.list.rowCount() == 1
        and room.card.item is not None
        and room.card.item.entry.name == "ink"
    )
    room.card.use.click()
    assert "<lora:ink:1>" in application.draft.stored().prompt
    room.panel.search.setText("")
    room.panel.select(str(home / "models" / "checkpoints" / "dream.safetensors"))
    room.card.use.click()
    assert (
        application.draft.request.model == "dream.safetensors"
        and application.draft.request.width == 512
    )
    until(lambda: form_of(window).parameters.model.findData("dream.safetensors") >= 0)
    until(lambda: where.session.exists() and "dream.safetensors" in where.session.read_text())
    close(application)
    again = open_app()
    assert again.draft.request.model == "dream.safetensors", (
        "the form's model is there at once, though it lies in a linked folder"
    )
    layouts.write(home / "models" / "checkpoints" / "new.safetensors", layouts.XL)
    until(lambda: models_of(again.window).list.rowCount() == 7, 20)


def test_five_thousand_models_are_listed_and_searched(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With values as from a library; how long it takes is measured in tests/bench."""
    application = open_app()
    room = models_of(application.window)
    one = application.library.items[0]
    many = tuple(
        replace(
            one,
            entry=replace(one.entry, name=f"model {k}", path=f"/models/{k}"),
            words=f"model {k} stable",
        )
        for k in range(5000)
    )
    monkeypatch.setattr(library_overview, "library_items", lambda *_: many)
    application.library.reload()
    until(lambda: room.list.rowCount() == 5000)
    room.panel.search.setText("model 4999")
    assert room.list.rowCount() == 1


def test_a_cache_of_another_program_is_listed_with_its_size_and_moved(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, drive = tmp_path / "home" / "hub", tmp_path / "drive"
    blobs, shot = (
        cache / "models--calo--tiny" / "blobs",
        cache / "models--calo--tiny" / "snapshots" / "one",
    )
    for folder in (blobs, shot, drive):
        folder.mkdir(parents=True)
    layouts.write(blobs / "abc", layouts.SD1)
    (shot / "tiny.safetensors").symlink_to("../../blobs/abc")
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    application = open_app()
    room = models_of(application.window)
    application.window.signals.get_models.emit("")
    room.get_controller.show_offers()

    def button(words: str) -> QPushButton | None:
        return next(
            (
                one
                for one in room.get.findChildren(QPushButton)
                if one.accessibleName() == f"{words} Hugging Face cache"
            ),
            None,
        )

    until(lambda: button("Move...") and button("Use its models"))
    use = button("Use its models")
    assert use is not None
    use.click()
    until(lambda: button("Stop using it"))
    room.get_controller.move_cache_to(cache, drive)
    until(lambda: "a link in their old place" in application.window.notice.text.text())
    assert cache.is_symlink() and (drive / "models--calo--tiny" / "blobs" / "abc").is_file()
    until(lambda: any(one.entry.path.startswith(str(drive)) for one in application.library.items))
    assert not any(one.entry.path.startswith(str(cache)) for one in application.library.items)


def test_a_room_built_after_the_library_was_read_lists_it(open_app: Open) -> None:
    application = open_app()
    until(lambda: application.library.items)
    late = ModelsRoom(application.window.rooms._context)
    for _ in late.slices():
        pass
    late.start()
    shown = late.controller.list.rowCount()
    late.end()
    assert shown == models_of(application.window).list.rowCount() > 0

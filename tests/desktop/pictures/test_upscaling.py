"""Upscale from the window: by its key, for one picture, several and a folder; the dialog says what
it takes, what cannot be is named, and the result is set beside what it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.service.upscaling.wishes import STRENGTH, UpscaleWish
from core.system.paths import Places
from core.values.job import JobState
from core.values.picture import Picture
from core.values.request import Request
from core.values.request_parts.upscale import LANCZOS
from desktop.app.app import Application
from desktop.pictures.comparing.dialog import ComparingDialog
from desktop.pictures.picture_model import PICTURE_ROLE
from desktop.pictures.upscaling.dialog import Foretold, Subject, UpscaleDialog
from desktop.pictures.upscaling.last_wish import wish_of
from desktop.pictures.upscaling.refused import RefusedDialog
from desktop.state.session import UpscaleKept
from tests.desktop.driving import Open, in_front, opening, take_down, until

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.001))


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, FAKE, in_front)


@pytest.fixture
def dialog(qapp: QApplication) -> Iterator[UpscaleDialog]:
    window = QWidget()
    subject = Subject("x.png", "Starter")
    made = UpscaleDialog(subject, [("u1", "Sharp")], UpscaleWish(otherwise="m"), window)
    made.show()
    yield made
    made.close()
    window.deleteLater()


def test_the_wish_is_what_is_set_and_only_what_counts_is_shown(dialog: UpscaleDialog) -> None:
    assert dialog.wish() == UpscaleWish(otherwise="m")
    assert not dialog.side.isVisible() and not dialog.prompt.isVisible()
    short = dialog.height()
    dialog.size_box.setCurrentIndex(dialog.size_box.count() - 1)
    dialog.side.setValue(3000)
    dialog.upscaler.setCurrentIndex(1)
    assert dialog.side.isVisible()
    assert dialog.wish() == UpscaleWish(side=3000, upscaler="u1", otherwise="m")
    QTest.keyClick(dialog.refine, Qt.Key.Key_Space)
    assert dialog.strength.isVisible() and dialog.prompt.isVisible() and dialog.height() > short
    assert dialog.wish().refine == STRENGTH and dialog.wish().prompt is None
    dialog.strength.slider.setValue(45)
    dialog.prompt.setPlainText(" fine grain\n")
    assert (dialog.wish().refine, dialog.wish().prompt) == (0.45, "fine grain")
    dialog.refine.setChecked(False)
    assert dialog.wish().refine == 0 and dialog.wish().prompt is None


def test_it_says_what_it_takes_and_does_not_begin_what_cannot_be(dialog: UpscaleDialog) -> None:
    wish = dialog.wish()
    dialog.foretell(wish, Foretold("128 x 64 pixels", "why"))
    assert dialog.fit.text() == "128 x 64 pixels" and dialog.go.isEnabled()
    assert dialog.fit.accessibleDescription() == "128 x 64 pixels why"
    dialog.foretell(wish, Foretold("It is too large.", possible=False))
    assert not dialog.go.isEnabled() and dialog.go.toolTip() == "It is too large."
    dialog.size_box.setCurrentIndex(1)
    dialog.foretell(wish, Foretold("of an earlier wish"))
    assert dialog.fit.text() == "It is too large."


def made_pictures(application: Application, count: int) -> list[Picture]:
    ended: list[Picture] = []
    application.service.finished.connect(
        lambda outcome: ended.append(outcome.picture) if outcome.picture else None
    )
    for seed in range(count):
        request = Request("a red house", seed=seed, width=64, height=64, steps=2)
        application.service.submit(request.check())
    until(lambda: len(ended) == count, 30)
    return ended


def test_u_makes_a_picture_larger_and_sets_it_beside_what_it_was(open_app: Open) -> None:
    application = open_app()
    window = application.window
    (picture,) = made_pictures(application, 1)
    assert not window.actions_by_id["compare-before"].isEnabled()
    window.go("gallery")
    grid = window.rooms["gallery"].grids()[0]
    until(lambda: grid.model().rowCount() == 1 and grid.model().index(0, 0).data(PICTURE_ROLE))
    grid.setCurrentIndex(grid.model().index(0, 0))
    grid.setFocus()
    until(window.actions_by_id["upscale"].isEnabled)
    QTest.keyClick(grid, Qt.Key.Key_U)
    dialog = window.upscalings.dialog
    assert dialog is not None and dialog.isVisible()
    dialog.upscaler.setCurrentIndex(dialog.upscaler.findData(LANCZOS))
    until(lambda: "128 x 128 pixels" in dialog.fit.text())
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    until(lambda: len(application.stores.gallery.ids(limit=9)) == 2, 30)
    larger = application.stores.gallery.page(application.stores.gallery.ids(limit=1))[0]
    assert larger.request.upscale.scale == 2 and larger.request.parent == picture.sha256
    assert window.rooms.shown == "gallery"
    until(lambda: window.notice.button.text() == "Compare")
    shown: list[ComparingDialog] = []
    window.upscalings.shown.connect(shown.append)
    window.notice.button.click()
    until(lambda: shown, 30)
    before, after = shown[0].panel.pictures
    assert (before.pixels.width, after.pixels.width) == (64, larger.width)
    assert "64 x 64" in shown[0].panel.words
    shown[0].close()
    window.current.open(larger)
    window.command_states.refresh()
    window.upscalings.ask((larger,))
    again = window.upscalings.dialog
    assert again is not None and again.wish().upscaler == LANCZOS, "what was chosen last"
    window.upscalings.ask((larger,))
    on_top = window.upscalings.dialog
    assert on_top is not None and on_top is not again
    on_top.reject()
    until(lambda: "256 x 256 pixels" in again.fit.text())
    again.reject()
    assert window.upscalings.dialog is None


def test_the_next_start_offers_what_was_chosen_last(open_app: Open) -> None:
    application = open_app()
    (picture,) = made_pictures(application, 1)
    upscalings = application.window.upscalings
    upscalings.ask((picture,))
    dialog = upscalings.dialog
    assert dialog is not None
    dialog.size_box.setCurrentIndex(dialog.size_box.count() - 1)
    dialog.side.setValue(192)
    dialog.upscaler.setCurrentIndex(dialog.upscaler.findData(LANCZOS))
    dialog.refine.setChecked(True)
    dialog.strength.set_value(0.45)
    dialog.prompt.setPlainText("bricks")
    application.service.pause(True)
    dialog.accept()
    file = application.stores.places.session
    until(lambda: file.exists() and '"side": 192' in file.read_text())
    take_down(application)
    again = open_app().window.upscalings
    again.ask((picture,))
    assert again.dialog is not None
    wish = again.dialog.wish()
    assert (wish.side, wish.upscaler, wish.refine, wish.prompt) == (192, LANCZOS, 0.45, None)
    again.dialog.reject()


def test_what_is_kept_and_makes_no_sense_is_as_usual() -> None:
    here = {LANCZOS, "u1"}
    assert wish_of(UpscaleKept(upscaler="gone"), here, "u1") == UpscaleWish(upscaler="u1")
    for strange in (UpscaleKept(scale=1e300), UpscaleKept(side=-7), UpscaleKept(refine=99.0)):
        assert wish_of(replace(strange, upscaler=LANCZOS), here, "u1") == UpscaleWish()


def test_a_folder_is_one_entry_and_bad_files_are_named(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    window, notice = application.window, application.window.notice
    application.service.pause(True)
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        Image.new("RGB", (30, 20), (200, 60, 40)).save(folder / name)
    Image.new("RGB", (4000, 8)).save(folder / "long.png")
    (folder / "torn.png").write_bytes(b"\x89PNG")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    window.actions_by_id["upscale-folder"].trigger()
    until(lambda: window.upscalings.dialog is not None)
    dialog = window.upscalings.dialog
    assert dialog is not None
    dialog.size_box.setCurrentIndex(dialog.size_box.findData(3.0))
    until(lambda: "2 pictures, the first 90 x 60 pixels" in dialog.fit.text())
    dialog.accept()
    until(lambda: "2 of 4 pictures cannot" in notice.text.text())
    until(lambda: application.stores.jobs.waiting() == 2)
    waiting = [job for job in application.stores.jobs.recent() if job.state is JobState.WAITING]
    assert [(job.nth, job.of) for job in waiting] == [(1, 2), (2, 2)]
    assert len({job.created for job in waiting}) == 1
    listed: list[RefusedDialog] = []
    window.upscalings.shown.connect(listed.append)
    notice.button.click()
    (refused,) = listed
    lines = [refused.list.item(row).text() for row in range(refused.list.count())]
    assert [line.split(":")[0] for line in lines] == ["long.png", "torn.png"]
    refused.close()


def test_looking_at_many_can_be_stopped(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    window, notice = application.window, application.window.notice
    paths: list[Path] = []
    for number in range(40):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (300, 300), (number, 60, 40)).save(path)
        paths.append(path)
    window.upscalings.make(paths, UpscaleWish())
    assert notice.button.text() == "Stop"
    notice.button.click()
    until(lambda: window.status_message.text() == "Nothing is made larger.")
    assert application.stores.jobs.waiting() == 0 and not notice.texts()
    application.service.pause(True)
    window.upscalings.make(paths[:9], UpscaleWish())
    window.upscalings.make(paths[9:10], UpscaleWish())
    until(lambda: application.stores.jobs.waiting() == 10)  # another wish takes none back

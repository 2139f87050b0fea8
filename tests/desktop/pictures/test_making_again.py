"""Make it again, from the window: identical and kept nowhere, or how far off and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.metadata.recipes import read_file
from core.metadata.writing import encode_png
from core.system.paths import Places
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from desktop.app.app import Application
from desktop.pictures.comparing.dialog import ComparingDialog
from tests.desktop.driving import Open, create_of, in_front, opening, until

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.001))


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, FAKE, in_front)


def made_picture(application: Application) -> Picture:
    ended: list[Picture] = []
    application.service.finished.connect(
        lambda outcome: ended.append(outcome.picture) if outcome.picture else None
    )
    application.service.submit(Request("a red house", seed=3, width=64, height=64, steps=2).check())
    until(lambda: ended, 30)
    return ended[0]


def with_one_pixel_changed(path: Path, folder: Path) -> Path:
    recipe = read_file(path).recipe
    assert recipe is not None
    with Image.open(path) as image:
        rgb = bytearray(image.convert("RGB").tobytes())
        width, height = image.size
    rgb[0] = rgb[0] - 9 if rgb[0] >= 9 else rgb[0] + 9
    other = folder / "changed.png"
    other.write_bytes(encode_png(Pixels(width, height, bytes(rgb)), recipe))
    return other


def test_identical_pictures_are_not_kept_and_others_are_explained(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window, notice = application.window, application.window.notice
    picture = made_picture(application)
    before = application.stores.gallery.ids(limit=9)
    window.current.open(picture)
    window.command_states.refresh()
    assert window.actions_by_id["make-again"].isEnabled()
    window.actions_by_id["make-again"].trigger()
    until(lambda: "identical" in notice.text.text(), 30)
    assert not notice.button.isVisible()
    window.making_again.make(with_one_pixel_changed(Path(picture.path), tmp_path))
    until(lambda: "differs by up to 9 of 255" in notice.text.text(), 30)
    assert notice.button.text() == "Show"
    shown: list[ComparingDialog] = []
    window.making_again.shown.connect(shown.append)
    notice.button.click()
    until(lambda: shown, 30)
    (dialog,) = shown
    assert dialog.isVisible() and not dialog.isModal()
    until(lambda: dialog.panel.bar.factor.currentData() == 16)  # the first that makes 9 plain
    dialog.close()
    assert application.stores.gallery.ids(limit=9) == before


def test_it_tells_how_far_it_is_and_can_be_stopped_while_it_waits_and_while_it_is_made(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window, service = application.window, application.service
    picture = made_picture(application)
    stage = create_of(window).stage
    path = Path(picture.path)
    long = replace(picture.request, steps=100)
    slow = tmp_path / "slow.png"
    black = Pixels(64, 64, bytes(64 * 64 * 3))
    slow.write_bytes(encode_png(black, Recipe(long, model_name="Starter")))
    told: list[str] = []
    window.making_again.told.connect(told.append)
    service.again_progressed.connect(lambda _: told.append(stage.status.toolTip()))
    window.making_again.make(slow)
    window.making_again.make(path)  # which waits
    until(lambda: any("slow.png again: step" in words for words in told), 30)
    assert stage.stop.isEnabled() and service.is_making and window.command_states.now()["stop"]
    assert "again" in stage.drawer.toggle.text()
    service.stop_again(path)
    assert told[-1] == f"{path.name} was not made again."
    assert stage.stop.isEnabled(), "the other one is still made"
    stage.stop.click()
    until(lambda: told[-1] == "slow.png was not made again.", 30)
    assert not service.is_making and not stage.stop.isEnabled()
    assert stage.status.text() == "Ready" and not window.notice.texts()


def test_a_file_without_a_recipe_is_refused(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    path = tmp_path / "plain.png"
    Image.new("RGB", (20, 20)).save(path)
    application.window.making_again.make(path)
    until(lambda: "carries no recipe" in application.window.notice.text.text(), 30)

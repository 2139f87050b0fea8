"""Recipes come into the form whole: from the gallery, the queue and files of any program, with
their model, as one step."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.metadata.writing import encode_png
from core.store.sources.opened_picture import OpenedPicture
from core.system.paths import RESOURCES, Places
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from desktop.app.app import Application
from desktop.widgets.drop_target import RECIPE
from tests.desktop.driving import create_of, form_of, in_front, models_of, pump, take_down, until

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.001))
PAIRS = "Steps: 7, Sampler: Euler, CFG scale: 3.5, Seed: 99, Size: 256x256"
Open = Callable[[], Application]


@pytest.fixture
def open_app(qapp: object, where: Places) -> Iterator[Open]:
    opened: list[Application] = []

    def start() -> Application:
        shutil.copytree(RESOURCES / "starter", where.models / "second")
        application = Application(qapp, where, FAKE)  # type: ignore[arg-type]
        opened.append(application)
        application.start()
        in_front(application)
        until(lambda: application.library.entry("second") is not None)
        application.window.notice.clear()
        application.draft.history.clear()
        return application

    yield start
    for application in opened:
        take_down(application)


def file_with(folder: Path, pairs: str, prompt: str = "a blue boat") -> Path:
    info, path = PngInfo(), folder / "theirs.png"
    info.add_text("parameters", f"{prompt}\nNegative prompt: fog\n{pairs}")
    Image.new("RGB", (32, 32), "blue").save(path, pnginfo=info)
    return path


def take_from_sheet(application: Application) -> None:
    sheet = form_of(application.window).sheet
    until(sheet.isVisible, 20)
    QTest.keyClick(sheet.take, Qt.Key.Key_Return)


def picture(application: Application, **values: object) -> Picture:
    request = replace(
        Request(prompt="a red house", seed=5, width=256, height=256, steps=9), **values
    )  # type: ignore[arg-type]
    return Picture(1, "", 0.0, 256, 256, request, "", "Its name", 1.0, "", False, None)


def test_a_file_brings_its_model_and_one_undo_takes_all_away(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window, draft = application.window, application.draft
    before, steps = draft.request, len(draft.history)
    window.opening.open_path(file_with(tmp_path, f"{PAIRS}, Model: second"))
    take_from_sheet(application)
    until(lambda: draft.request.prompt == "a blue boat", 20)
    assert (draft.request.model, draft.request.steps, draft.request.seed) == ("second", 7, 99)
    assert (
        form_of(window).parameters.model.currentData() == "second"
        and form_of(window).prompt.prompt.toPlainText() == "a blue boat"
    )
    assert len(draft.history) == steps + 1 and window.notice.button.text() == "Undo"
    window.notice.button.click()
    assert (
        draft.request == before
        and form_of(window).parameters.model.currentData() == before.model
        and window.notice.top() is None
    )
    draft.redo()
    assert draft.request.model == "second" and draft.request.steps == 7


def test_a_missing_model_is_said_and_can_be_looked_for(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    window, draft = application.window, application.draft
    model = draft.request.model
    window.opening.open_path(file_with(tmp_path, f"{PAIRS}, Model: dreamshaper_8"))
    take_from_sheet(application)
    until(lambda: draft.request.prompt == "a blue boat", 20)
    assert draft.request.model == model and draft.request.steps == 7
    assert (
        'The recipe\'s model "dreamshaper_8" is not here; the form keeps "Starter".'
        in window.notice.text.text()
    )
    assert (window.notice.button.text(), window.notice.other.text()) == ("Find it", "Undo")
    window.notice.button.click()
    until(lambda: window.rooms.shown == "models")
    assert models_of(window).panel.get.isChecked()
    assert models_of(window).get.line.text() == "dreamshaper_8"
    assert window.notice.top() is None


def test_reuse_all_takes_the_model_and_the_others_leave_it(open_app: Open) -> None:
    application = open_app()
    window, draft = application.window, application.draft
    mine = picture(application, model="second")
    form_of(window).recipes.reuse(mine, "prompt", "negative_prompt")
    form_of(window).recipes.reuse(mine, "seed")
    assert (
        draft.request.model == "starter"
        and draft.request.prompt == "a red house"
        and draft.request.seed == 5
    )
    form_of(window).recipes.reuse(mine)
    assert draft.request.model == "second" and draft.request.steps == 9
    draft.undo()
    assert draft.request.model == "starter"
    form_of(window).recipes.reuse(picture(application, model="gone"))
    until(lambda: "is not here" in window.notice.text.text(), 20)
    assert (
        '"Its name"' in window.notice.text.text()
        and draft.request.model == "starter"
        and draft.request.steps == 9
    )


def test_a_model_that_came_since_the_start_is_found(open_app: Open) -> None:
    application = open_app()
    window, draft = application.window, application.draft
    shutil.copytree(RESOURCES / "starter", application.stores.places.models / "third")
    form_of(window).recipes.reuse(picture(application, model="third"))
    until(lambda: draft.request.model == "third", 20)
    assert form_of(window).parameters.model.currentData() == "third" and draft.request.steps == 9


def test_a_job_comes_back_with_its_model(open_app: Open) -> None:
    application = open_app()
    window, draft, service = application.window, application.draft, application.service
    service.pause(True)
    service.submit(Request(prompt="one", seed=1, steps=3, model="second"))
    create_of(window).stage.drawer.toggle.setChecked(True)
    until(lambda: create_of(window).stage.drawer.list.count() == 1)
    before = draft.request
    form_of(window).actions.take_job(
        create_of(window).stage.drawer.list.item(0).data(Qt.ItemDataRole.UserRole)
    )
    until(lambda: draft.request.prompt == "one", 10)
    assert draft.request.model == "second" and draft.history.top().text == "Edit job"
    window.notice.button.click()
    assert draft.request == before
    until(lambda: create_of(window).stage.drawer.list.count() == 1, 10)
    assert window.rooms.shown == "create"


def test_what_is_dragged_over_the_window_has_a_target_with_a_name(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window, target = application.window, application.window.drop_targets
    path = file_with(tmp_path, f"{PAIRS}, Model: second")

    def over(file: Path) -> tuple[QMimeData, QDragEnterEvent]:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file))])
        event = QDragEnterEvent(
            QPoint(600, 300),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        window.dragEnterEvent(event)
        return data, event

    for name, words in (
        ("a.safetensors", "Use this model"),
        ("notes.txt", "Open notes.txt"),
        (path.name, "Take its recipe"),
    ):
        data, event = over(tmp_path / name)
        assert event.isAccepted() and target.isVisible()
        assert words in [one.words for one in target.targets]
        target.hide()
    assert target.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    window.dragLeaveEvent(QDragLeaveEvent())
    assert not target.isVisible()
    over(path)
    recipe = next(one for one in target.targets if one.does == RECIPE)
    drop = QDropEvent(
        QPointF(target.mapTo(window, recipe.area.center())),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(drop)
    assert not target.isVisible()
    take_from_sheet(application)
    until(
        lambda: (
            application.draft.request.model == "second"
            and application.draft.request.prompt == "a blue boat"
        ),
        20,
    )


def test_a_file_without_a_recipe_changes_nothing(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    path = tmp_path / "plain.png"
    Image.new("RGB", (20, 20)).save(path)
    before = application.draft.request
    application.window.opening.open_path(path)
    until(lambda: "carries no recipe" in application.window.notice.text.text(), 20)
    assert application.draft.request == before and application.draft.history.top() is None


@pytest.mark.parametrize("kept", [True, False])
def test_a_recipe_brings_its_start_picture_where_that_is_kept(
    open_app: Open, tmp_path: Path, kept: bool
) -> None:
    application = open_app()
    draft = application.draft
    source = "5e" * 32
    if kept:
        pixels = OpenedPicture(64, 64, "RGB", bytes(64 * 64 * 3))
        source = application.stores.sources.keep(pixels)
    request = Request("a boat", seed=4, start=StartPicture(source=source, strength=0.35))
    path = tmp_path / "ours.png"
    path.write_bytes(encode_png(Pixels(8, 8, bytes(192)), Recipe(request, version="1")))
    application.window.opening.open_path(path)
    if not kept:
        sheet = form_of(application.window).sheet
        until(sheet.isVisible, 20)
        assert any("does not carry it" in note.text() for note in sheet.findChildren(QLabel))
        take_from_sheet(application)
    until(lambda: draft.request.prompt == "a boat", 20)
    assert draft.request.start == StartPicture(source=source if kept else "", strength=0.35)


def test_the_recipe_asked_for_last_is_the_one_in_the_form(open_app: Open) -> None:
    """Looking for a model that is not here takes a while; meanwhile another recipe,
    or a person's words, came."""
    application = open_app()
    window, draft = application.window, application.draft
    form_of(window).recipes.apply(
        Request(prompt="first", model="gone"), "taken", step="Reuse all", name="gone"
    )
    form_of(window).recipes.apply(
        Request(prompt="second", model="second"), "taken", step="Reuse all"
    )
    pump(600)
    assert draft.request.prompt == "second"
    form_of(window).recipes.apply(
        Request(prompt="third", model="gone"), "taken", step="Reuse all", name="gone"
    )
    form_of(window).prompt.prompt.replace_text("typed meanwhile")
    until(lambda: window.notice.button.text() == "Take the recipe")
    assert draft.request.prompt == "typed meanwhile"
    window.notice.button.click()
    until(lambda: draft.request.prompt == "third")

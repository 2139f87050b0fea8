"""A picture to start from, in the whole window: dropped, chosen, taken away, found again; vary and
hires fix from where they are offered."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest

from core.service.stores import Stores
from core.values.picture import Picture
from core.values.request_parts.hires import BY_HAND
from desktop.app.app import Application
from desktop.pictures.picture_model import PICTURE_ROLE
from desktop.shell.main_window import MainWindow
from desktop.state import starting
from desktop.widgets.drop_target import RECIPE, START
from desktop.widgets.filter_dialog import CommandPalette
from tests.desktop.driving import Open, create_of, form_of, settings_of, take_down, until

COPY = Qt.DropAction.CopyAction
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def photo(folder: Path, name: str = "photo.png", size: tuple[int, int] = (192, 96)) -> Path:
    path = folder / name
    Image.effect_noise(size, 80).convert("RGB").save(path)
    return path


def of_file(path: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def middle_of(window: MainWindow, does: str) -> QPoint:
    """Of the target that does this, in the window."""
    target = next(one for one in window.drop_targets.targets if one.does == does)
    return window.drop_targets.mapTo(window, target.area.center())


def drag(window: MainWindow, path: Path) -> QMimeData:
    """Over the window; the caller keeps the data alive."""
    data = of_file(path)
    window.dragEnterEvent(QDragEnterEvent(QPoint(9, 99), COPY, data, LEFT, NONE))
    return data


def drop(window: MainWindow, path: Path, does: str) -> None:
    data = drag(window, path)
    at = middle_of(window, does)
    window.dragMoveEvent(QDragMoveEvent(at, COPY, data, LEFT, NONE))
    window.dropEvent(QDropEvent(QPointF(at), COPY, data, LEFT, NONE))


def newest(application: Application, count: int) -> list[Picture]:
    """The pictures of the gallery, the newest first, once there are so many and nothing is made."""
    model = application.window.newest
    until(lambda: len(model.ids()) == count and application.service.current is None)
    return list(application.stores.gallery.page(model.ids()))


def test_a_picture_dropped_on_create_is_the_start_until_it_is_taken_away(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window, draft, form = application.window, application.draft, form_of(application.window)
    assert not form.chip.isVisible() and not window.actions_by_id["no-start"].isEnabled()
    data = drag(window, photo(tmp_path))
    offered = [one.words for one in window.drop_targets.targets]
    assert offered == ["Use as start", "Take its recipe", "Edit"]
    assert window.drop_targets.at(QPoint(1, 1)).does == START and data.hasUrls()
    drop(window, photo(tmp_path), START)
    assert form.chip.isVisible() and form.chip.detail.text() == "Being kept..."
    until(lambda: draft.request.start.source and form.chip.detail.text() == "192 x 96")
    assert form.chip.name.text() == "photo.png" and not form.chip.thumbnail.pixmap().isNull()
    assert form.chip.fit.combo.isVisible(), "192 x 96 has another shape than 256 x 256"
    form.chip.strength.number.field.setValue(0.4)
    assert draft.request.start.strength == 0.4
    form.chip.fit.combo.setCurrentIndex(form.chip.fit.combo.findData("source"))
    form.chip.fit.combo.activated.emit(0)
    assert (draft.request.width, draft.request.height) == (192, 96)
    assert not form.parameters.size_fields.choice.isEnabled()
    draft.undo()
    assert draft.request.start.fit == "crop" and draft.request.width == 256
    until(window.actions_by_id["no-start"].isEnabled)
    form.chip.remove.setFocus()
    QTest.keyClick(form.chip.remove, Qt.Key.Key_Space)
    assert not form.chip.isVisible() and not draft.request.start.source
    assert form.prompt.prompt.hasFocus()
    draft.undo()
    assert form.chip.isVisible() and form.chip.name.text() == "photo.png"
    draft.set(prompt="a red house", steps=2)
    form.generate()
    (made,) = newest(application, 1)
    assert made.request.start == draft.request.start and made.request.start.strength == 0.4
    until(lambda: not window.saver.isActive())
    take_down(application)

    again = open_app()
    chip = form_of(again.window).chip
    until(lambda: chip.detail.text() == "192 x 96")
    assert chip.name.text() == "photo.png" and chip.strength.number.field.value() == 0.4
    again.draft.take_over(again.draft.request.__class__(prompt="words alone", seed=3))
    assert not chip.isVisible()
    again.window.current.open(made)
    again.window.picture_commands.reuse_all()
    until(lambda: chip.isVisible() and chip.strength.number.field.value() == 0.4)
    again.window.go("settings")
    until(lambda: settings_of(again.window).kept.text().startswith("1 picture, "))


def test_use_as_start_keeps_first_and_generate_waits_for_it(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    window, draft, form = application.window, application.draft, form_of(application.window)
    draft.set(prompt="a red house", steps=2)
    form.generate()
    (made,) = newest(application, 1)
    until(create_of(window).stage.viewer.has_image)
    may_go_on = threading.Event()
    keep = starting.keep

    def slow(stores: Stores, path: Path) -> object:
        may_go_on.wait(60)
        return keep(stores, path)

    monkeypatch.setattr(starting, "keep", slow)
    window.go("gallery")
    window.go("settings")
    window.current.open(made)
    window.actions_by_id["use-start"].trigger()
    assert window.rooms.shown == "create" and not form.chip.strength.number.field.isEnabled()
    form.generate()
    assert form.chip.detail.text() == "Being kept..." and not draft.request.start.source
    may_go_on.set()
    second, first = newest(application, 2)
    assert first == made and second.request.start.source == draft.request.start.source
    assert second.request.parent == made.sha256
    monkeypatch.undo()
    start = draft.request.start
    for name, data in (("empty.png", b""), ("words.png", b"not a picture at all")):
        (tmp_path / name).write_bytes(data)
        drop(window, tmp_path / name, START)
        until(lambda: name in window.notice.text.text())  # noqa: B023
        assert window.notice.top().problem and not form.start.keeping
    assert draft.request.start == start and form.chip.isVisible()
    drop(window, Path(made.path), RECIPE)
    until(lambda: not draft.request.start.source)
    assert draft.request.prompt == "a red house" and draft.request.seed == made.request.seed


def test_vary_asks_for_four_from_any_room_and_says_in_which_way(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window, form = application.window, form_of(application.window)
    application.draft.set(prompt="a red house", steps=2)
    form.generate()
    (made,) = newest(application, 1)
    window.go("gallery")
    grid = window.rooms["gallery"].grids()[0]
    until(lambda: grid.model().rowCount() == 1 and grid.model().index(0, 0).data(PICTURE_ROLE))
    grid.setCurrentIndex(grid.model().index(0, 0))
    grid.setFocus()
    until(window.actions_by_id["vary"].isEnabled)
    QTest.keyClick(grid, Qt.Key.Key_V)
    pictures = newest(application, 5)[:4]
    assert window.rooms.shown == "gallery" and "noise" in window.status_message.text()
    assert {one.request.noise.variation_strength for one in pictures} == {0.2}
    assert len({one.request.noise.variation_seed for one in pictures}) == 4
    assert {(one.request.seed, one.request.parent) for one in pictures} == {
        (made.request.seed, made.sha256)
    }
    window.signals.open_file.emit(photo(tmp_path))
    until(lambda: window.current.outside)
    window.command_states.refresh()
    window.actions_by_id["vary"].trigger()
    pictures = newest(application, 9)[:4]
    assert "image to image" in window.status_message.accessibleName()
    assert {one.request.start.strength for one in pictures} == {0.2}
    window.actions_by_id["vary-by"].trigger()
    dialog = window.variations.dialog
    assert dialog is not None and dialog.isVisible()
    assert (dialog.strength.field.value(), dialog.count.value()) == (0.2, 4)
    dialog.strength.field.setValue(0.35)
    dialog.count.setValue(2)
    QTest.mouseClick(dialog.go, LEFT)
    pictures = newest(application, 11)[:2]
    assert {one.request.start.strength for one in pictures} == {0.35}
    for words in ("img2img", "image to image", "variation"):
        palette = CommandPalette(list(window.actions_by_id.values()), window)
        palette.field.setText(words)
        found = [palette.list.item(at).text() for at in range(palette.list.count())]
        wanted = "Vary" if words == "variation" else "Use as start"
        assert any(text.startswith(wanted) for text in found), (words, found)
        palette.deleteLater()


def test_a_size_too_large_offers_hires_fix_which_says_what_it_composes(open_app: Open) -> None:
    application = open_app()
    window, draft, form = application.window, application.draft, form_of(application.window)
    assert not window.fit.refine.isVisible()
    draft.set(prompt="a red house", width=512, height=512, steps=2)
    until(window.fit.refine.isVisible)
    assert "repeats itself" in window.fit.remark.toolTip()
    QTest.mouseClick(window.fit.refine, LEFT)
    assert draft.request.hires.mode == "auto"
    until(lambda: not window.fit.refine.isVisible())
    assert window.fit.remark.toolTip() == "Composed at 256 x 256, refined to 512 x 512."
    form.generate()
    (made,) = newest(application, 1)
    assert (made.request.hires.mode, made.request.hires.scale) == (BY_HAND, 2.0)
    assert draft.request.hires.mode == "auto", "the form still chooses by itself"
    form.parameters.more.setChecked(True)
    scale = form.parameters.control("hires.scale")
    assert not scale.isVisible()
    draft.put("hires.mode", BY_HAND)
    assert scale.isVisible()
    scale.field.setValue(1.6)  # type: ignore[attr-defined]
    until(lambda: "Composed at 320 x 320" in window.fit.remark.toolTip())
    draft.undo()
    assert draft.request.hires.scale == 2.0

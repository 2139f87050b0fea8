"""The large picture: keys, menu, dragging out, and one current picture in all rooms,
over deletion, undo and a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.system.paths import Places
from core.values.picture import Picture
from desktop.app.app import Application
from desktop.pictures.picture_model import PICTURE_ROLE
from tests.desktop.driving import (
    Open,
    create_of,
    form_of,
    gallery_of,
    in_front,
    opening,
    press,
    pump,
    take_down,
    until,
)

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.001))
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def open_app(
    qapp: QApplication, where: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    yield from opening(
        qapp,
        where,
        FAKE,
        lambda application: (in_front(application), application.window.notice.clear()),
    )


def is_current(application: Application) -> bool:
    """Whether a picture that is not in the trash is the one that commands work on."""
    picture = application.window.current.picture
    return picture is not None and picture.id in application.window.newest.ids()


def make(application: Application, *prompts: str) -> list[Picture]:
    """Pictures of these prompts, oldest first."""
    window = application.window
    application.draft.set_random_seed(False)
    for number, prompt in enumerate(prompts):
        before = len(window.newest.ids())
        application.draft.set(prompt=prompt, seed=number + 1, steps=2)
        form_of(window).generate()
        if (asked := window.notice.top()) is not None and asked.topic == "generate":
            window.notice.button.click()  # the starter does not know these words
        until(lambda n=before: len(window.newest.ids()) > n and not application.service.current)
    until(lambda: shown(application) == prompts[-1] and create_of(window).stage.viewer.has_image())
    until(lambda: all(window.newest.index(row).data(PICTURE_ROLE) for row in range(len(prompts))))
    return [window.newest.index(row).data(PICTURE_ROLE) for row in reversed(range(len(prompts)))]


def shown(application: Application) -> str:
    picture = application.window.current.picture
    return "" if picture is None else picture.request.prompt


def test_arrows_and_ends_go_through_history(open_app: Open) -> None:
    application = open_app()
    make(application, "one", "two", "three")
    window, viewer = application.window, create_of(application.window).stage.viewer
    viewer.setFocus()
    for key, prompt in (
        (Qt.Key.Key_Right, "two"),
        (Qt.Key.Key_Down, "one"),
        (Qt.Key.Key_Right, "one"),
        (Qt.Key.Key_Left, "two"),
        (Qt.Key.Key_Home, "three"),
        (Qt.Key.Key_Left, "three"),
        (Qt.Key.Key_End, "one"),
    ):
        QTest.keyClick(viewer, key)
        until(lambda: shown(application) == prompt, 10)  # noqa: B023
        pump(30)
        assert shown(application) == prompt
        rows = [index.row() for index in create_of(window).history.grid.selectedIndexes()]
        assert rows == [{"three": 0, "two": 1, "one": 2}[prompt]], "History has it too"
    assert not create_of(window).stage.following
    until(lambda: "one, seed 1, 3 of 3" in viewer.accessibleDescription())
    assert (
        create_of(window).history.grid.model().index(2, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        == "one, seed 1, 3 of 3"
    )


def test_keys_and_menu_of_the_large_picture(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    make(application, "one", "two")
    window, viewer = application.window, create_of(application.window).stage.viewer
    window.activateWindow()
    viewer.setFocus()
    QTest.keyClick(viewer, Qt.Key.Key_F)
    until(lambda: window.current.picture is not None and window.current.picture.favourite, 10)
    until(lambda: "favourite" in viewer.accessibleDescription(), 10)
    QTest.keyClick(viewer, Qt.Key.Key_Z)
    assert viewer.zoom() == 1.0
    QTest.mouseDClick(viewer, Qt.MouseButton.LeftButton, NONE, viewer.rect().center())
    assert viewer.zoom() == viewer._fit_zoom()
    before, now = viewer._before, viewer._image
    assert before.cacheKey() != now.cacheKey()
    QTest.keyPress(viewer, Qt.Key.Key_Backslash)
    assert viewer._comparing and viewer._other().cacheKey() == before.cacheKey()
    QTest.keyRelease(viewer, Qt.Key.Key_Backslash)
    assert not viewer._comparing
    shown_menus: list[QMenu] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, at: shown_menus.append(menu))
    viewer.customContextMenuRequested.emit(QPoint(30, 30))
    entries = [action.text() for action in shown_menus[0].actions()]
    assert {"Reuse all", "Favourite", "Reject", "Copy", "Delete"} <= set(entries)
    assert "Restore from trash" not in entries and "Open or close the stack" not in entries
    assert all(action.isEnabled() for action in shown_menus[0].actions() if action.text())
    copying = shown_menus[0].findChild(QMenu, "Copy")
    assert isinstance(copying, QMenu)
    assert "Copy picture" in [action.text() for action in copying.actions()]
    within = {one.text() for each in shown_menus[0].findChildren(QMenu) for one in each.actions()}
    can = window.command_states.now()
    rows = [row for row in window.commands.values() if row.needs_picture and can.get(row.id, True)]
    assert {window.actions_by_id[row.id].text() for row in rows} <= {*entries, *within}


def test_it_can_be_dragged_out_as_a_file(
    open_app: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    application = open_app()
    picture = make(application, "one")[0]
    viewer, dragged = create_of(application.window).stage.viewer, list[str]()
    monkeypatch.setattr(
        viewer, "start_drag", lambda data: dragged.extend(url.toLocalFile() for url in data.urls())
    )

    def drag() -> None:
        middle = viewer.rect().center()
        QTest.mousePress(viewer, Qt.MouseButton.LeftButton, NONE, middle)
        QTest.mouseMove(viewer, middle + QPoint(40, 40))
        QTest.mouseRelease(viewer, Qt.MouseButton.LeftButton, NONE, middle + QPoint(40, 40))

    drag()
    assert dragged == [picture.path]
    viewer.set_zoom(32.0)
    centre = viewer._centre.x()
    drag()
    assert len(dragged) == 1 and viewer._centre.x() != centre, (
        "where it is larger than its room it is moved"
    )
    other = tmp_path / "other.png"
    Image.new("RGB", (40, 30), "green").save(other)
    application.window.opening.open_path(other)
    until(lambda: viewer._image.width() == 40, 10)
    assert not application.window.picture_commands.any(), (
        "no command is for a picture that is not shown"
    )
    drag()
    assert dragged[-1] == str(other)


def test_deleting_goes_to_the_next_and_undo_brings_it_back(open_app: Open) -> None:
    application = open_app()
    one, two, three = make(application, "one", "two", "three")
    window, viewer = application.window, create_of(application.window).stage.viewer
    window.activateWindow()
    viewer.setFocus()
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    until(lambda: shown(application) == "two", 10)
    QTest.keyClick(viewer, Qt.Key.Key_Delete)
    until(lambda: shown(application) == "one", 10)
    assert (
        window.picture_commands.pictures()[0].id == one.id
        and "moved to the trash" in window.notice.text.text()
    )
    window.notice.button.click()
    until(lambda: shown(application) == "two" and len(window.newest.ids()) == 3, 10)
    assert (
        window.current.picture is not None
        and window.current.picture.trashed is None
        and Path(window.current.picture.path).exists()
    )
    window.picture_commands.delete()
    until(lambda: shown(application) == "one", 10)
    window.picture_commands.delete()
    until(lambda: shown(application) == "three", 10)
    window.picture_commands.delete()
    until(lambda: not viewer.has_image(), 10)
    assert not window.picture_commands.any() and viewer._message and window.current.file() == ""
    window.command_states.refresh()
    assert not window.actions_by_id["delete"].isEnabled()
    window.notice.button.click()
    until(lambda: shown(application) == "three" and viewer.has_image(), 10)
    assert (two.id, three.id) == (two.id, window.current.picture.id)


def test_delete_in_the_trash_asks_and_the_system_has_it_then(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    make(application, "one", "two")
    window = application.window
    window.picture_commands.delete()
    until(lambda: len(window.newest.ids()) == 1, 10)
    until(lambda: list((tmp_path / "data" / "trash").glob("*.png")), 10)  # the file is there too
    window.go("gallery")
    gallery_of(window).trash.setChecked(True)
    until(
        lambda: (
            gallery_of(window).grid.model().rowCount() == 1
            and (there := gallery_of(window).grid.model().index(0).data(PICTURE_ROLE))
            and there.trashed
        ),
        10,
    )
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(0))
    name = Path(window.picture_commands.pictures()[0].path)
    press("Cancel")
    window.picture_commands.delete()
    pump(100)
    assert name.exists() and gallery_of(window).grid.model().rowCount() == 1
    press("Move to the system's trash")
    window.picture_commands.delete()
    until(lambda: gallery_of(window).grid.model().rowCount() == 0, 10)
    there = tmp_path / "share" / "Trash" / "files" / name.name
    assert (
        not name.exists() and there.exists() and application.stores.gallery.ids(trashed=True) == ()
    )
    assert window.notice.texts() == ("The picture is in the system's trash now.",), (
        "the Undo that cannot be is gone"
    )
    window.go("create")
    assert shown(application) == "one", (
        "what was looked at in the trash did not become the current picture"
    )


def test_emptying_the_trash_asks_once_with_count_and_size(
    open_app: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    application = open_app()
    make(application, "one", "two")
    window, asked = application.window, list[str]()
    monkeypatch.setattr(window.trash, "_asked", lambda words: asked.append(words) or True)
    for left in (1, 0):
        until(lambda: is_current(application), 10)
        window.picture_commands.delete()
        until(lambda: len(window.newest.ids()) == left, 10)  # noqa: B023
    window.go("gallery")
    gallery_of(window).trash.setChecked(True)
    monkeypatch.setattr("desktop.pictures.trash.to_system", lambda file: False)
    gallery_of(window).empty_trash.click()
    until(lambda: "no trash of the system" in window.notice.text.text(), 10)
    assert len(asked) == 1 and "2 pictures" in asked[0] and "B" in asked[0]
    assert (
        len(application.stores.gallery.ids(trashed=True)) == 2
        and window.notice.button.text() == "Delete 2 for good"
    )
    window.notice.button.click()
    until(
        lambda: (
            application.stores.gallery.ids(trashed=True) == ()
            and gallery_of(window).grid.model().rowCount() == 0
        ),
        10,
    )
    assert not list(application.stores.places.trash.iterdir())


def test_rooms_do_not_change_the_current_picture_and_a_restart_finds_it(open_app: Open) -> None:
    first = open_app()
    pictures = make(first, "one", "two", "three")
    window = first.window
    window.go("gallery")
    until(lambda: gallery_of(window).grid.model().rowCount() == 3, 10)
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(1))
    until(lambda: shown(first) == "two", 10)
    for room in ("settings", "create", "gallery", "create"):
        window.go(room)
        pump(30)
        assert shown(first) == "two"
    assert [index.row() for index in create_of(window).history.grid.selectedIndexes()] == [1]
    until(lambda: not window.saver.isActive(), 10)
    take_down(first)
    second = open_app()
    until(lambda: shown(second) == "two" and create_of(second.window).stage.viewer.has_image(), 10)
    until(
        lambda: (
            [index.row() for index in create_of(second.window).history.grid.selectedIndexes()]
            == [1]
        ),
        10,
    )
    second.stores.gallery.trash([pictures[1].id])
    take_down(second)
    third = open_app()
    until(lambda: shown(third) == "three", 10)


def test_what_the_program_chooses_is_chosen_alone_whatever_keys_are_held(open_app: Open) -> None:
    application = open_app()
    make(application, "one", "two")
    window, grid = application.window, create_of(application.window).history.grid
    QTest.keyPress(window, Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier)
    try:
        for row in (1, 0, 0):
            grid.setCurrentIndex(window.newest.index(row))
            assert [index.row() for index in grid.selectedIndexes()] == [row]
    finally:
        QTest.keyRelease(window, Qt.Key.Key_Control)


def test_a_fast_end_opens_a_picture_that_is_not_read_yet(open_app: Open) -> None:
    application = open_app()
    make(application, "one", "two")
    window = application.window
    window.newest.forget_records()
    grid: Any = create_of(window).history.grid
    grid.setCurrentIndex(window.newest.index(1))
    until(lambda: shown(application) == "one", 10)


def test_what_is_done_at_a_preview_is_not_done_to_the_picture_before(open_app: Open) -> None:
    application = open_app(
        EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.1))
    )
    make(application, "one")
    window, viewer = application.window, create_of(application.window).stage.viewer
    application.draft.set(prompt="two", seed=2, steps=200)
    application.service.submit(application.draft.request)
    until(viewer.is_developing)
    viewer.setFocus()
    assert (
        not viewer.file()
        and not window.picture_commands.any()
        and window.picture_commands.pictures() == []
    )
    application.service.stop_current()
    until(lambda: application.service.current is None and not viewer.is_developing())
    assert shown(application) == "one" and [
        one.request.prompt for one in window.picture_commands.pictures()
    ] == ["one"]


def test_a_second_delete_does_not_cost_the_first_its_undo(open_app: Open) -> None:
    application = open_app()
    one, _ = make(application, "one", "two")
    window = application.window
    window.trash.delete([one])
    window.trash.delete([one])
    until(lambda: "moved to the trash" in window.notice.text.text())
    pump(300)
    assert window.notice.texts()[0] == "The picture was moved to the trash."
    window.notice.button.click()
    until(lambda: len(window.newest.ids()) == 2)

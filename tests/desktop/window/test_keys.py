"""Keys in the window: where each works, when its command can, and what of a person's choice is
refused."""

from __future__ import annotations

import json
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from core.store.prompts.prompt_history import PromptPair
from core.system.paths import Places
from core.system.settings import Settings
from core.values.device import Device
from desktop.form.past_prompts.dialog import PromptHistoryDialog
from desktop.pictures.picture_model import PICTURE_ROLE
from desktop.shell.command_handlers import handlers
from desktop.shell.rooms import COMMANDS
from tests.desktop.driving import (
    Open,
    create_of,
    form_of,
    gallery_of,
    models_of,
    pump,
    settings_of,
    take_down,
    until,
)
from tests.desktop.parts import put_picture

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_wrong_keys_of_the_settings_are_said_once_and_both_commands_live(
    open_app: Open, where: Places
) -> None:
    where.settings.parent.mkdir(parents=True, exist_ok=True)
    where.settings.write_text(
        json.dumps(
            {
                "shortcuts": [
                    ["stop", "Ctrl+J"],
                    ["open", "Ctrl+J"],
                    ["gallery", "Flurp"],
                    ["later", "F9"],
                ]
            }
        )
    )
    application = open_app()
    actions = application.window.actions_by_id
    assert [
        actions[command_id].shortcut().toString() for command_id in ("stop", "open", "gallery")
    ] == [
        "Ctrl+J",
        "Ctrl+O",
        "Ctrl+4",
    ]
    until(lambda: "both" in application.window.notice.text.text())
    assert "Flurp" in application.window.notice.text.text()
    until(
        lambda: (
            json.loads(where.settings.read_text())["shortcuts"]
            == [["stop", "Ctrl+J"], ["later", "F9"]]
        )
    )
    take_down(application)
    again = open_app()
    pump(300)
    assert (
        "both" not in again.window.notice.text.text()
        and again.window.actions_by_id["stop"].shortcut().toString() == "Ctrl+J"
    )


def press_key(edit: object, key: str) -> None:
    edit.setKeySequence(QKeySequence(key))  # type: ignore[attr-defined]
    edit.editingFinished.emit()  # type: ignore[attr-defined]


def test_the_settings_refuse_a_key_that_another_command_has_and_take_it_on_request(
    open_app: Open,
) -> None:
    application = open_app()
    window, keys = application.window, settings_of(application.window).keys
    window.actions_by_id["shortcuts"].trigger()
    press_key(keys.edits["stop"], "Ctrl+Return")
    assert (
        "Generate" in keys.note.text() and keys.take.isVisible() and "Generate" in keys.take.text()
    )
    assert (
        keys.edits["stop"].keySequence().toString() == "Ctrl+."
        and not application.settings.shortcuts
    )
    assert window.actions_by_id["generate"].shortcut().toString() == "Ctrl+Return"
    QTest.mouseClick(keys.take, Qt.MouseButton.LeftButton)
    assert dict(application.settings.shortcuts) == {"stop": "Ctrl+Return", "generate": ""}
    assert (
        window.actions_by_id["stop"].shortcut().toString() == "Ctrl+Return"
        and not window.actions_by_id["generate"].shortcuts()
    )
    assert not keys.take.isVisible() and keys.edits["generate"].keySequence().isEmpty()
    press_key(keys.edits["generate"], "Ctrl+Shift+J")
    press_key(keys.edits["stop"], "Ctrl+.")
    assert dict(application.settings.shortcuts) == {"generate": "Ctrl+Shift+J"}
    settings_of(window)._replace(Settings(), redraw=True)
    assert (
        keys.edits["generate"].keySequence().toString()
        == "Ctrl+Return"
        == window.actions_by_id["generate"].shortcut().toString()
    )


def test_delete_and_letters_work_on_pictures_and_stay_letters_in_text(open_app: Open) -> None:
    application = open_app()
    window = application.window
    application.draft.set(prompt="a red house", count=2)
    form_of(window).generate()
    until(lambda: len(window.newest.ids()) == 2 and application.service.current is None)
    window.go("gallery")
    until(
        lambda: (
            gallery_of(window).grid.model().rowCount() == 2
            and gallery_of(window).grid.model().index(0).data(PICTURE_ROLE)
        )
    )
    assert gallery_of(window).grid.hasFocus()
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(0))
    until(window.picture_commands.any)
    QTest.keyClick(gallery_of(window).grid, Qt.Key.Key_F)
    until(
        lambda: (
            gallery_of(window).grid.model().index(0).data(PICTURE_ROLE)
            and gallery_of(window).grid.model().index(0).data(PICTURE_ROLE).favourite
        )
    )
    grid = gallery_of(window).grid
    QTest.keyClick(grid, Qt.Key.Key_I, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert grid.chosen_rows() == [range(1, 2)], "the other one"
    QTest.keyClick(grid, Qt.Key.Key_A, CONTROL)
    assert grid.chosen_rows() == [range(2)]
    QTest.keyClick(gallery_of(window).grid, Qt.Key.Key_Slash)
    assert gallery_of(window).search.hasFocus() and gallery_of(window).search.text() == ""
    QTest.keyClicks(gallery_of(window).search, "f/1")
    QTest.keyClick(gallery_of(window).search, Qt.Key.Key_Delete)
    QTest.keyClick(gallery_of(window).search, Qt.Key.Key_Backspace, CONTROL)
    pump(300)
    assert len(window.newest.ids()) == 2
    gallery_of(window).search.clear()
    pump(300)
    window.go("create")
    prompt = form_of(window).prompt.prompt
    prompt.setFocus()
    prompt.selectAll()
    QTest.keyClicks(prompt, "fz")
    QTest.keyClick(prompt, Qt.Key.Key_Delete)
    pump(200)
    assert prompt.toPlainText() == "fz" and len(window.newest.ids()) == 2
    create_of(window).history.grid.setFocus()
    create_of(window).history.grid.setCurrentIndex(window.newest.index(0))
    QTest.keyClick(create_of(window).history.grid, Qt.Key.Key_Delete)
    until(lambda: window.newest.rowCount() == 1)


def test_focus_goes_where_the_hand_expects_it(open_app: Open) -> None:
    application = open_app()
    window = application.window
    assert form_of(window).prompt.prompt.hasFocus()
    form_of(window).parameters.control("steps").field.setFocus()
    window.go("gallery")
    QTest.keyClicks(QApplication.focusWidget(), "abc1")
    assert gallery_of(window).search.text() == "" and not gallery_of(window).search.hasFocus()
    window.signals.show_models.emit()
    until(models_of(window).panel.list.hasFocus)
    QTest.keyClick(models_of(window).panel.list, Qt.Key.Key_F, CONTROL)
    assert models_of(window).panel.search.hasFocus()
    window.go("create")
    assert form_of(window).parameters.control("steps").field.hasFocus()
    application.draft.set(prompt="a red house")
    QTest.keyClick(form_of(window).parameters.control("steps").field, Qt.Key.Key_Return, CONTROL)
    until(lambda: len(window.newest.ids()) == 1)
    assert form_of(window).parameters.control("steps").field.hasFocus()
    window.signals.show_models.emit()
    assert models_of(window).panel.search.hasFocus()
    assert window.rooms["settings"]
    window.go("settings")
    assert not models_of(window).panel.search.hasFocus()


def test_menus_are_no_taller_than_small_screens_and_keys_work_in_menus_within_menus(
    open_app: Open,
) -> None:
    window = open_app().window
    room = 768 - window.menuBar().sizeHint().height()
    for bar in window.menuBar().actions():
        for menu in [bar.menu(), *bar.menu().findChildren(QMenu)]:  # type: ignore[attr-defined]
            assert 0 < menu.sizeHint().height() <= room, menu.title()
            entries = menu.actions()
            assert not entries[0].isSeparator() and not entries[-1].isSeparator()
            lines = [one.isSeparator() for one in entries]
            assert (True, True) not in zip(lines, lines[1:], strict=False), "one line, not two"
    listed = [action for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()]
    for command_id, action in window.actions_by_id.items():
        assert listed.count(action) == 1, f"{command_id} stands in one menu"
    styles, done = window.actions_by_id["styles"], []
    within = window.menuBar().findChild(QMenu, "Styles and presets")
    assert within is not None and styles in within.actions()
    styles.triggered.disconnect()
    styles.triggered.connect(lambda *_: done.append(1))
    QTest.keyClick(window, Qt.Key.Key_Y, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert done, "its key works"


def test_enabled_means_possible(open_app: Open) -> None:
    application = open_app()
    window, actions = application.window, application.window.actions_by_id
    window.command_states.refresh()
    idle = {row.id for row in COMMANDS.values() if not actions[row.id].isEnabled()}
    of_pictures = {row.id for row in COMMANDS.values() if row.needs_picture}
    assert (
        idle >= of_pictures | {"stop", "undo", "redo", "prediction", "zoom", "fit"}
        and "generate" not in idle
    )
    assert all(
        actions[command_id].statusTip().endswith(".")
        and actions[command_id].toolTip() == actions[command_id].statusTip()
        for command_id in idle
    )
    application.draft.set(prompt="a red house", steps=40)
    until(lambda: actions["undo"].isEnabled() and actions["reset"].isEnabled())
    form_of(window).generate()
    until(lambda: actions["stop"].isEnabled())
    until(lambda: len(window.newest.ids()) == 1 and not actions["stop"].isEnabled())
    until(
        lambda: (
            actions["fit"].isEnabled()
            and actions["copy"].isEnabled()
            and actions["free-memory"].isEnabled()
        )
    )
    assert not actions["restore"].isEnabled() and not actions["copy"].statusTip()
    picture = window.current.picture
    assert picture is not None and not actions["draw-again"].isEnabled()
    assert "choices or wildcards" in actions["draw-again"].statusTip()
    drawn = replace(picture.request, template="a {red|blue} house")
    window.current.picture = replace(picture, request=drawn)
    window.command_states.refresh()
    assert actions["draw-again"].isEnabled()
    window.go("gallery")
    assert not actions["fit"].isEnabled() and not actions["history"].isEnabled()
    until(lambda: gallery_of(window).grid.model().rowCount() == 1)
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(0))
    until(lambda: actions["delete"].isEnabled() and not actions["restore"].isEnabled())
    actions["delete"].trigger()
    until(lambda: gallery_of(window).grid.model().rowCount() == 0)
    gallery_of(window).trash.setChecked(True)
    until(lambda: gallery_of(window).grid.model().rowCount() == 1)
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(0))
    until(lambda: actions["restore"].isEnabled())
    actions["free-memory"].trigger()
    until(lambda: not actions["free-memory"].isEnabled())


def test_every_command_is_handled_and_one_that_cannot_says_why(open_app: Open) -> None:
    window = open_app().window
    assert handlers(window).keys() == COMMANDS.keys()
    assert window.command_states.now().keys() == {row.id for row in COMMANDS.values() if row.why}
    for row in COMMANDS.values():
        assert not row.why or row.why.endswith("."), row.id


def test_the_settings_offer_what_there_is(open_app: Open) -> None:
    application = open_app()
    page = settings_of(application.window)
    combo = page._controls["device"]
    assert "language" not in page._controls  # one language is no choice
    page.use_devices([Device("cpu", "", 0, 0), Device("cuda:0", "", 0, 0)])
    assert [combo.itemData(at) for at in range(combo.count())] == ["auto", "cpu", "cuda"]
    page.take("device", "cuda")
    page.use_devices([Device("cpu", "", 0, 0)])
    assert [combo.itemText(at) for at in range(combo.count())][-1].endswith(
        "(not here)"
    ) and combo.currentData() == "cuda"
    page._replace(Settings(), redraw=True)
    assert [combo.itemData(at) for at in range(combo.count())] == [
        "auto",
        "cpu",
    ] and combo.currentData() == "auto"


def test_find_is_the_prompts_where_it_has_the_focus(open_app: Open) -> None:
    application = open_app()
    window, form = application.window, form_of(application.window)
    form.prompt.prompt.replace_text("a red house, a red tree")
    form.prompt.prompt.setFocus()
    window.actions_by_id["find"].trigger()
    finder = form.helpers._finder
    assert finder is not None and finder.is_open() and window.rooms.shown == "create"
    QTest.keyClicks(finder.bar.field, "red")
    window.actions_by_id["find-next"].trigger()
    assert form.prompt.prompt.textCursor().selectionStart() == 15
    window.actions_by_id["replace"].trigger()
    assert finder.bar.replacement.isVisible()
    QTest.keyClick(finder.bar.field, Qt.Key.Key_Escape)
    form.side.generate.setFocus()
    window.actions_by_id["find"].trigger()
    assert not finder.is_open() and gallery_of(window).search.hasFocus()

    put_picture(application.stores, "a lighthouse")
    window.go("create")
    before = application.draft.request
    window.actions_by_id["prompt-history"].trigger()
    dialog = window.findChild(PromptHistoryDialog)
    assert isinstance(dialog, PromptHistoryDialog)
    until(lambda: dialog.current() == PromptPair("a lighthouse"))
    dialog.use()
    assert form.prompt.prompt.toPlainText() == "a lighthouse"
    application.draft.undo()
    assert application.draft.request == before and form.prompt.prompt.toPlainText() == before.prompt

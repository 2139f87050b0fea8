"""Edit in the whole window: a picture opened by its key, a mask drawn, results chosen, everything
undone, and all of it there after a restart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from core.metadata.recipes import read_file
from core.service.making.runner import Outcome
from core.values.editing.record import CandidateState
from core.values.picture import SourceType
from desktop.edit.acts.clipboard import GENERATED
from desktop.edit.desk import EditDesk
from desktop.edit.document.painting import Target
from desktop.edit.page import EditPage
from desktop.edit.panels.canvas_menu import GROUPS, RESULT
from desktop.edit.tools.table import ToolId
from desktop.pictures.picture_model import PictureModel
from tests.desktop.driving import Open, create_of, form_of, take_down, until
from tests.desktop.edit.rooms import (
    CONTROL,
    desk_of,
    drawn,
    made,
    newest,
    opened,
    photo,
    rendered,
    results,
)


def lies_at(desk: EditDesk) -> tuple[int, ...] | None:
    """Where the result on the canvas does."""
    candidate = desk.canvas._candidate
    return None if candidate is None else candidate.box.getRect()


def test_keys_go_to_what_is_opened_while_another_window_is_in_front(qtbot) -> None:
    window, page, canvas = QWidget(), EditPage(), QPushButton()
    QVBoxLayout(window).addWidget(page)
    page.splitter.addWidget(canvas)
    page.empty.open.setFocus()  # as far as it can have it there
    assert QApplication.focusWidget() is None
    page.show_work(True, canvas)
    assert window.focusWidget() is canvas
    page.show_work(False, canvas)
    assert window.focusWidget() is page.empty.open
    window.deleteLater()


def stacked_row(model: PictureModel) -> int:
    """The row that stands for three pictures, once their records are here; else -1."""
    there = [model.at(at)[0] for at in range(model.rowCount())]
    counts = [0 if one is None else model.stacks.count(one) for one in there]
    return counts.index(3) if 3 in counts else -1


def test_from_a_picture_to_an_accepted_result_and_back_and_on_after_a_restart(
    open_app: Open,
) -> None:
    application = open_app()
    window = application.window
    picture = made(application)
    desk = opened(application)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    paper = tab.open
    assert desk.canvas.hasFocus() and tab.record.origin.picture_sha256 == picture.sha256
    assert desk.form.prompt.prompt.toPlainText() == "a red house"
    desk.form.prompt.prompt.selectAll()
    QTest.keyClicks(desk.form.prompt.prompt, "a blue house")
    assert application.draft.request.prompt == "a red house"  # Create's own
    of_mask = desk.form.lines.content.combo
    assert not of_mask.isEnabled() and "Nothing is selected" in of_mask.toolTip()
    drawn(desk, (20, 20), (60, 40), (90, 60))
    until(lambda: paper.document.mask() is not None)
    assert of_mask.isEnabled() and desk.form.lines.strength.number.field.isEnabled()
    chosen = [name for name in desk.draft.defaulted() if desk.draft.differs(name)]
    assert chosen == ["steps"] and not desk.draft.differs("start.strength")
    rendered(desk, application, 1)
    result = application.stores.gallery.pictures_of_document(tab.id)[0]
    request = result.request
    recipes = [read_file(Path(one.path)).recipe for one in (picture, result)]
    kinds = [one.source_type for one in recipes if one is not None]
    assert kinds == [SourceType.GENERATED, SourceType.COMPOSITE], "only a part of it was made"
    assert request.prompt == "a blue house" and request.start.source and request.start.mask
    assert request.start.strength == 1 and desk.form.lines.strength.number.field.value() == 1
    assert request.document == tab.id and request.parent == picture.sha256
    rendered(desk, application, 2)
    assert desk.results.place() == (2, 2), "what was asked for is what is seen"
    until(desk.canvas.has_candidate)
    application.service.pause(True)
    window.actions_by_id["generate"].trigger()
    until(lambda: application.service.waiting == 1)
    desk.canvas.setFocus()
    QTest.keyClick(desk.canvas, Qt.Key.Key_N)
    assert desk.results.place() == (1, 2)
    application.service.pause(False)
    until(results(desk, 3), 20)
    assert desk.results.place() == (1, 3), "while one chooses none comes in between"
    desk.results.step(-1)
    desk.results.discard()
    until(results(desk, 2))
    desk.results.step(1)
    desk.canvas.setFocus()
    QTest.keyClick(desk.canvas, Qt.Key.Key_N)
    assert desk.results.place() == (2, 2)
    before = paper.document
    QTest.keyClick(desk.canvas, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    until(lambda: len(paper.document.layers) == 2)
    assert not desk.canvas.has_candidate() and desk.results.put_away() == 1
    QGuiApplication.clipboard().clear()
    QTest.keyClick(desk.canvas, Qt.Key.Key_C, CONTROL)
    until(lambda: not QGuiApplication.clipboard().image().isNull())
    assert QGuiApplication.clipboard().mimeData().hasFormat(GENERATED)
    QTest.keyClick(desk.canvas, Qt.Key.Key_Z, CONTROL)
    assert paper.document == before and desk.results.place() == (2, 2)
    assert "Accept result" in window.status_message.text()
    QTest.keyClick(desk.canvas, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    until(lambda: len(paper.document.layers) == 2)
    assert not desk.canvas.has_candidate() and not desk.line.accept.isVisible()
    QTest.keyClick(desk.canvas, Qt.Key.Key_Z, CONTROL)
    QTest.keyClick(desk.canvas, Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert len(paper.document.layers) == 2 and desk.results.place() == (0, 0)
    until(lambda: not window.saver.isActive())
    take_down(application)

    again = open_app()
    desk = desk_of(again.window)
    until(lambda: desk.documents.current is not None)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None and again.window.rooms.shown == "edit"
    assert len(tab.open.document.layers) == 2 and tab.open.document.mask() is not None
    again.window.notice.say("Words.")
    until(lambda: again.window.notice.width() == desk.canvas.width())
    assert desk.form.prompt.prompt.toPlainText() == "a blue house"
    states = [one.state for one in tab.record.candidates]
    assert states[:2] == [CandidateState.KEPT, CandidateState.ACCEPTED]
    desk.canvas.setFocus()
    QTest.keyClick(desk.canvas, Qt.Key.Key_Z, CONTROL)
    assert desk.results.place()[1] == 2  # undone across the restart, they lie there again


def test_each_document_has_its_form_its_results_and_its_place(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window = application.window
    made(application)
    desk = opened(application)
    first = desk.documents.current
    assert first is not None
    drawer = create_of(window).stage.drawer
    drawer.toggle.setChecked(True)

    def said() -> list[str]:
        rows = [drawer.list.item(at) for at in range(drawer.list.count())]
        return [str(row.data(Qt.ItemDataRole.AccessibleTextRole)) for row in rows]

    application.service.pause(True)  # what is made leaves the list
    window.actions_by_id["generate"].trigger()
    until(lambda: any(f"for {first.record.title}" in words for words in said()))
    application.service.pause(False)
    until(results(desk, 1))
    photo = tmp_path / "photo.png"
    Image.effect_noise((96, 64), 80).convert("RGB").save(photo)
    window.signals.edit_file.emit(photo)
    until(lambda: len(desk.documents.tabs) == 2 and desk.documents.current is not first)
    assert desk.tabs.isVisible() and desk.tabs.tabText(1) == "photo.png"
    assert desk.results.place() == (0, 0) and not desk.canvas.has_candidate()
    assert desk.form.prompt.prompt.toPlainText() == "a red house"  # a photo has Create's form
    desk.form.prompt.prompt.selectAll()
    QTest.keyClicks(desk.form.prompt.prompt, "a green house")
    desk.tabs.setCurrentIndex(0)
    assert desk.documents.current is first and desk.results.place() == (1, 1)
    assert desk.canvas.has_candidate()
    assert desk.form.prompt.prompt.toPlainText() == "a red house"
    QTest.keyClick(desk.form.prompt.prompt, Qt.Key.Key_Z, CONTROL)
    assert desk.form.prompt.prompt.toPlainText() == "a red house"  # no step of the other's
    window.signals.edit_file.emit(photo)
    until(lambda: desk.documents.current is desk.documents.tabs[1])  # returned to, not opened anew
    assert (
        len(desk.documents.tabs) == 2 and desk.form.prompt.prompt.toPlainText() == "a green house"
    )
    QTest.keyClick(desk.form.prompt.prompt, Qt.Key.Key_Z, CONTROL)
    assert desk.form.prompt.prompt.toPlainText() != "a green house"
    window.actions_by_id["document-close"].trigger()
    assert len(desk.documents.tabs) == 1 and "photo.png" in window.notice.text.text()
    window.notice.button.click()
    until(lambda: len(desk.documents.tabs) == 2)
    window.actions_by_id["form-to-create"].trigger()
    assert window.rooms.shown == "create"
    window.actions_by_id["undo"].trigger()
    assert application.draft.request.prompt == "a red house"


def test_painting_on_ends_the_choice_and_the_trash_takes_and_gives(open_app: Open) -> None:
    application = open_app()
    window = application.window
    made(application)
    desk = opened(application)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    desk.form.side.count.setValue(2)
    rendered(desk, application, 2)
    actions = window.actions_by_id
    actions["result-discard"].trigger()
    until(results(desk, 1))
    until(lambda: window.notice.isVisible() and window.notice.width() == desk.canvas.width())
    lowest = window.notice.mapTo(window, window.notice.rect().bottomLeft())
    assert lowest == desk.canvas.mapTo(window, desk.canvas.rect().bottomLeft()), "covers no button"
    window.notice.button.click()
    until(results(desk, 2))
    until(desk.canvas.has_candidate)
    desk.canvas.set_tool(ToolId.PICK)
    drawn(desk, (10, 10), (40, 30))
    assert desk.canvas.has_candidate(), "a colour was looked at, nothing was painted"
    desk.canvas.set_tool(ToolId.BRUSH)
    desk.canvas.set_target(Target.LAYER)
    drawn(desk, (10, 10), (40, 30))
    until(results(desk, 0))
    assert len(application.stores.gallery.pictures_of_document(tab.id)) == 2
    actions["undo"].trigger()
    assert desk.results.place()[1] == 2 and desk.canvas.has_candidate(), "as before the stroke"
    actions["redo"].trigger()
    assert desk.line.again.isVisible() and actions["result-again"].isEnabled()
    desk.line.again.click()
    assert desk.results.place()[1] == 2 and desk.canvas.has_candidate()
    again = application.stores.gallery.pictures_of_document(tab.id)[0].request.check()
    application.service.submit(again, lambda jobs: desk.results.look_at(jobs[0].id))
    until(lambda: desk.results.place() == (3, 3), 20)  # as one of live that is refined
    count = len(window.newest.ids())
    actions["document-save"].trigger()
    until(lambda: len(window.newest.ids()) == count + 1)
    saved = application.stores.gallery.get(newest(window))
    assert saved is not None and saved.request.document == "" and saved.request.parent
    # History and Gallery show the three as one
    model = window.newest
    until(lambda: stacked_row(model) >= 0)
    row = stacked_row(model)
    window.go("create")
    grid = create_of(window).history.grid
    grid.setFocus()
    grid.setCurrentIndex(model.index(row))
    rows = model.rowCount()
    QTest.keyClick(grid, Qt.Key.Key_S)
    until(lambda: model.rowCount() == rows + 2)


@pytest.mark.parametrize("key", ["Ctrl+S", "Ctrl+Shift+S"])
def test_keys_of_the_room_go_before_the_windows(open_app: Open, key: str) -> None:
    window = open_app().window
    desk_of(window)  # is built, but not in front
    of = {
        command_id: [one.toString() for one in action.shortcuts()]
        for command_id, action in window.actions_by_id.items()
    }
    assert key not in of["document-save"] + of["document-save-layers"]
    window.go("edit")
    there = [
        command_id
        for command_id, action in window.actions_by_id.items()
        if key in [one.toString() for one in action.shortcuts()]
    ]
    assert len(there) == 1 and there[0].startswith("document-save")


def test_of_both_forms_create_s_keeps_the_preview_of_a_style(open_app: Open) -> None:
    application = open_app()
    picture = made(application)
    desk = opened(application)
    collection = form_of(application.window).words.styles.collection
    collection.read()
    until(lambda: collection.style("Woodcut"))
    style = collection.style("Woodcut")
    assert style is not None and not style.preview
    styles = (replace(style.chosen(), applied=True),)
    request = replace(picture.request, model="other", styles=styles)
    application.service.pause(True)
    (job,) = application.stores.jobs.add([picture.request])
    application.service.finished.emit(Outcome(job, replace(picture, request=request)))
    until(lambda: (now := collection.style("Woodcut")) and now.preview)
    assert desk.form.words._styles is None


def test_a_right_click_offers_what_can_be_done_with_what_lies_there(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    window = application.window
    window.signals.edit_file.emit(photo(tmp_path))
    desk = desk_of(window)
    until(lambda: desk.documents.current is not None)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    drawn(desk, (20, 20), (40, 30))
    for target in (Target.LAYER, Target.MASK):
        QTest.keyClick(desk.canvas, Qt.Key.Key_T)
        assert desk.canvas.target() is target and desk.tools.targets[target].isChecked()
    assert "(T)" in desk.tools.targets[Target.MASK].toolTip()
    offered = [one.objectName() for one in desk.menu.menu().actions()]
    for group in GROUPS:
        assert set(group) <= set(offered)
    assert not set(RESULT) & set(offered)
    rendered(desk, application, 1)
    results_offered = {one.objectName() for one in desk.menu.menu().actions()}
    assert {"result-accept", "result-keep"} <= results_offered
    assert "result-next" not in results_offered, "there is only one"
    desk.canvas.setFocus()
    for command_id, box in (("sheet-turn", (0, 0, 64, 96)), ("undo", (0, 0, 96, 64))):
        window.actions_by_id[command_id].trigger()  # the result goes with what it lies on
        until(lambda box=box: lies_at(desk) == box)
        assert desk.results.place() == (1, 1)
    QTest.keyClick(desk.canvas, Qt.Key.Key_Delete)
    until(lambda: tab.open is not None and tab.open.undo_words() == "Erase selection")
    assert tab.open.image().pixelColor(30, 25).alpha() == 0
    assert tab.open.image().pixelColor(90, 60).alpha() == 255

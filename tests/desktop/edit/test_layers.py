"""The panel of layers in the window, by keys and mouse as a person has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QIcon
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QSpinBox, QWidget

from desktop.edit.desk import EditDesk
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.document.painting import Target
from desktop.edit.panels.layers import LayersPanel
from desktop.edit.pixels.checks import DARK, LIGHT
from desktop.edit.room import EditRoom
from desktop.edit.tools.table import ToolId
from desktop.shell.main_window import MainWindow
from tests.desktop.driving import Open, until
from tests.desktop.edit.rooms import desk_of, photo

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


def opened(window: MainWindow, path: Path) -> tuple[EditDesk, OpenDocument, LayersPanel]:
    """A photo in Edit, with an empty layer above it."""
    desk = desk_of(window)
    window.signals.edit_file.emit(path)
    until(lambda: desk.documents.current is not None)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    window.actions_by_id["layer-add"].trigger()
    paper = tab.open
    until(lambda: len(paper.document.layers) == 2)
    return desk, paper, desk.side.layers


def row_of(panel: LayersPanel, at: int) -> QPoint:
    return panel.layers.visualItemRect(panel.layers.item(at)).center()


def after(part: QWidget) -> QWidget:
    """Where Tab leads from there."""
    following = part.nextInFocusChain()
    while following is not None:
        if following.isVisible() and following.focusPolicy() & Qt.FocusPolicy.TabFocus:
            return following
        following = following.nextInFocusChain()
    raise AssertionError("no chain of the window")


def names(paper: OpenDocument) -> list[str]:
    return [layer.name for layer in paper.document.layers]


def test_layers_are_renamed_in_place_faded_in_one_step_and_taken_away(
    open_app: Open, tmp_path: Path
) -> None:
    desk, paper, panel = opened(open_app().window, photo(tmp_path))
    view = panel.layers.viewport()
    QTest.mouseDClick(view, LEFT, pos=row_of(panel, 0))
    field = panel.layers.findChild(QLineEdit)
    assert field is not None and field.hasFocus() and field.selectedText() == "Paint 2"
    QTest.keyClicks(field, "sun bed")  # letters are keys of tools elsewhere
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert names(paper) == ["photo", "sun bed"] and panel.layers.hasFocus()
    QTest.keyClick(panel.layers, Qt.Key.Key_F2)
    field = panel.layers.findChildren(QLineEdit)[-1]
    QTest.keyClicks(field, "none of it")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert names(paper) == ["photo", "sun bed"] and desk.canvas.tool() is ToolId.BRUSH
    before = paper.position
    slider = panel.opacity.slider
    slider.setSliderDown(True)
    for value in (90, 70, 40):
        slider.setValue(value)
    assert paper.shown.layers[1].opacity == 0.4 and paper.position == before
    assert panel.opacity.field.value() == 40
    slider.setSliderDown(False)
    assert (paper.document.layers[1].opacity, paper.position) == (0.4, before + 1)
    slider.setValue(55)  # by a key, which goes on while it is held
    desk.step(back=True)
    assert paper.document.layers[1].opacity == 0.4, "what was begun is done, and undone"
    QTest.keyClick(panel.layers, Qt.Key.Key_Delete)
    until(lambda: len(paper.document.layers) == 1)
    assert names(paper) == ["photo"]


def test_another_layer_is_chosen_without_a_step_and_keys_of_the_canvas_work_beside_it(
    open_app: Open, tmp_path: Path
) -> None:
    window = open_app().window
    desk, paper, panel = opened(window, photo(tmp_path))
    panel.layers.setFocus()
    QTest.keyClick(panel.layers, Qt.Key.Key_Z, CONTROL)
    assert len(paper.document.layers) == 1 and paper.redo_words() == "Add layer"
    QTest.keyClick(panel.layers, Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    window.actions_by_id["layer-duplicate"].trigger()
    until(lambda: len(paper.document.layers) == 3)
    QTest.keyClick(panel.layers, Qt.Key.Key_Z, CONTROL)
    QTest.mouseClick(panel.layers.viewport(), LEFT, pos=row_of(panel, 1))
    assert paper.document.active_layer == paper.document.layers[0].id
    assert paper.redo_words() == "Duplicate layer", "what was undone can still be redone"
    QTest.keyClick(panel.layers, Qt.Key.Key_M)
    assert desk.canvas.tool() is ToolId.RECTANGLE
    QTest.keyClick(panel.layers, Qt.Key.Key_B)
    size = next(box for box in desk.options.findChildren(QSpinBox) if box.value() == 60)
    size.setFocus()
    size.selectAll()
    QTest.keyClicks(size, "25")
    QTest.keyClick(size, Qt.Key.Key_Return)
    assert desk.canvas.hasFocus() and desk.canvas.options().size == 25, "on with the tool"
    menu = desk.layers.menu(of_masks=False)
    words = [action.text() for action in menu.actions()]
    assert words[:2] == ["Rename", "Duplicate layer"] and "Lock or unlock layer" in words
    menu.actions()[words.index("Lock or unlock layer")].trigger()
    until(lambda: paper.document.layers[0].locked)
    desk.layers.menu(of_masks=False).actions()[words.index("Show or hide layer")].trigger()
    until(lambda: not paper.document.layers[0].visible)


@pytest.mark.parametrize("empty", [True, False])
def test_one_paints_on_a_new_sheet_and_selects_in_a_picture(
    open_app: Open, tmp_path: Path, empty: bool
) -> None:
    window = open_app().window
    desk = desk_of(window)
    if empty:
        window.go("edit")
        window.actions_by_id["document-new"].trigger()
        until(lambda: len(desk.documents.tabs) == 1)
        window.actions_by_id["document-new"].trigger()
    else:
        window.signals.edit_file.emit(photo(tmp_path))
    until(lambda: len(desk.documents.tabs) == 1 + empty)
    until(lambda: desk.documents.current is desk.documents.tabs[-1])
    assert desk.canvas.target() is (Target.LAYER if empty else Target.MASK)
    field = desk.form.lines.strength.number.field
    assert field.isEnabled() is not empty and ("words alone" in field.toolTip()) is empty
    if empty:  # what is clear shows checks, also where it is chosen
        icon = desk.side.layers.layers.item(0).icon
        until(lambda: not icon().isNull())
        image = icon().pixmap(24, QIcon.Mode.Selected).toImage()
        colours = {image.pixelColor(x, 1).name() for x in range(image.width())}
        assert {LIGHT.name(), DARK.name()} <= colours
    window.actions_by_id["live"].trigger()
    assert desk.canvas.target() is Target.LAYER, "colours are what live painting answers"
    window.actions_by_id["live"].trigger()
    assert after(desk.form.parameters.more) is desk.form.side.generate
    room = window.rooms["edit"]
    assert isinstance(room, EditRoom) and after(desk.canvas) is room.painting.bar.toggle
    titles = [tab.record.title for tab in desk.documents.tabs]
    assert titles == (["Untitled", "Untitled 2"] if empty else ["photo.png"])

"""Pictures compared: the line between two, all side by side, in turn, what differs, what the keys
do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.service.again.unlike import told_by
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from desktop.pictures.comparing.bar import first_factor
from desktop.pictures.comparing.compared import ComparedPicture, image_of
from desktop.pictures.comparing.dialog import Compared, ComparingDialog
from desktop.pictures.comparing.differences import RecipeDifferences
from desktop.pictures.comparing.panel import ComparingPanel
from desktop.pictures.comparing.viewer import Shown
from tests.desktop.driving import until
from tests.desktop.parts import HeldTasks

SIDE = 40
RED, BLUE, GREEN = (200, 10, 10), (10, 10, 200), (10, 200, 10)


def plain(colour: tuple[int, int, int], width: int = SIDE, height: int = SIDE) -> ComparedPicture:
    pixels = Pixels(width, height, bytes(colour) * width * height)
    return ComparedPicture(str(colour), pixels, image_of(pixels))


@pytest.fixture
def parent(qapp: QApplication) -> Iterator[QWidget]:
    made = QWidget()
    yield made
    made.deleteLater()


def panel_of(tasks: HeldTasks, parent: QWidget, *pictures: ComparedPicture) -> ComparingPanel:
    dialog = ComparingDialog(Compared("x.png", pictures), tasks, parent)
    dialog.show()
    dialog.activateWindow()
    tasks.run_all()
    until(lambda: dialog.panel.first_focus().hasFocus())
    return dialog.panel


def colours(panel: ComparingPanel, down: float = 0.35) -> list[tuple[int, int, int]]:
    """Left and right of the middle, as they are drawn; so far down, by default above the knob."""
    image = panel.viewer.grab().toImage()
    y = round(image.height() * down)
    middle = image.width() // 2
    seen = (image.pixelColor(x, y) for x in (middle - 40, middle + 40))
    return [(colour.red(), colour.green(), colour.blue()) for colour in seen]


def press(letter: str) -> None:
    """Where the keys go now."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key[f"Key_{letter}"])


def test_the_line_uncovers_the_first_and_is_dragged_and_moved_by_keys(
    tasks: HeldTasks, parent: QWidget
) -> None:
    panel = panel_of(tasks, parent, plain(RED), plain(BLUE))
    viewer = panel.viewer
    assert colours(panel) == [RED, BLUE]
    middle = QPoint(viewer.width() // 2, viewer.height() // 2)
    QTest.mousePress(viewer, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(viewer, middle + QPoint(90, 0))
    QTest.mouseRelease(viewer, Qt.MouseButton.LeftButton, pos=middle + QPoint(90, 0))
    assert viewer.split > 0.6
    assert colours(panel) == [RED, RED]
    QTest.keyClick(viewer, Qt.Key.Key_Home)
    assert colours(panel) == [BLUE, BLUE]
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.split == pytest.approx(0.05)
    QTest.keyPress(viewer, Qt.Key.Key_Backslash)
    assert colours(panel) == [RED, RED]
    QTest.keyRelease(viewer, Qt.Key.Key_Backslash)
    panel.window().close()


def test_what_differs_is_shown_so_many_times_as_much(tasks: HeldTasks, parent: QWidget) -> None:
    panel = panel_of(tasks, parent, plain((100, 10, 10)), plain((103, 10, 9)))
    assert panel.bar.factor.currentData() == 64 and "up to 3 of 255" in panel.said.text()
    panel.see(Shown.DIFFERENCE)
    panel.bar.factor.setCurrentIndex(panel.bar.factor.findData(16))
    tasks.run_all()
    assert set(colours(panel)) == {(48, 0, 16)}
    panel.see(Shown.SECOND)
    assert set(colours(panel)) == {(103, 10, 9)}
    panel.bar.factor.setCurrentIndex(0)
    panel.window().close()
    tasks.run_all()  # for nobody any more


def test_pictures_of_other_sizes_have_no_difference_and_keep_their_shapes(
    tasks: HeldTasks, parent: QWidget
) -> None:
    panel = panel_of(tasks, parent, plain(RED, 20, 10), plain(BLUE))
    assert not panel.bar.ways[Shown.DIFFERENCE].isEnabled() and not panel.bar.factor.isEnabled()
    assert "other sizes" in panel.said.text()
    assert colours(panel) == [RED, BLUE]
    left, right = colours(panel, 0.15)
    assert right == BLUE
    assert left not in (RED, BLUE), "the wide one lies in the middle of the square one"
    panel.window().close()


def test_the_keys_show_each_alone_and_both_in_turn(tasks: HeldTasks, parent: QWidget) -> None:
    panel = panel_of(tasks, parent, plain(RED), plain(BLUE))
    seen: list[Shown] = []
    for key in "ABDGS":
        press(key)
        seen.append(panel.shown)
        assert panel.bar.ways[panel.shown].isChecked()
    assert seen == [Shown.FIRST, Shown.SECOND, Shown.DIFFERENCE, Shown.SIDES, Shown.BOTH]
    press("K")
    assert panel.bar.blink.isChecked() and set(colours(panel)) == {RED}
    until(lambda: panel.shown is Shown.SECOND)
    assert set(colours(panel)) == {BLUE}
    until(lambda: panel.shown is Shown.FIRST)
    press("S")
    assert not panel.bar.blink.isChecked() and panel.shown is Shown.BOTH
    panel.bar.blink.click()
    panel.window().hide()
    assert not panel.bar.blink.isChecked(), "nobody looks"
    panel.window().close()


def test_four_stand_side_by_side_and_what_is_zoomed_in_one_is_in_all(
    tasks: HeldTasks, parent: QWidget
) -> None:
    pictures = (plain(RED), plain(BLUE), plain(GREEN, 80, 80), plain(RED, 20, 20))
    panel = panel_of(tasks, parent, *pictures)
    assert panel.shown is Shown.SIDES, "a line stands between two only"
    cells = panel.linked.cells
    assert [cell.viewer.isVisible() for cell in cells] == [True] * 4
    cells[1].viewer.set_zoom(8.0, QPointF(10, 10))
    assert [cell.viewer.zoom() for cell in cells] == [8.0, 8.0, 4.0, 16.0]
    assert len({cell.viewer.place() for cell in cells}) == 1
    cells[0].viewer.setFocus()
    QTest.keyClick(cells[0].viewer, Qt.Key.Key_Right)
    QTest.keyClick(cells[1].viewer, Qt.Key.Key_Right)
    assert panel.other == 2 and panel.bar.other.currentText().startswith("with C: ")
    place = cells[0].viewer.place()
    panel.see(Shown.SECOND)
    assert panel.viewer.place() == place and set(colours(panel)) == {GREEN}
    panel.bar.other.setCurrentIndex(0)
    assert set(colours(panel)) == {BLUE}
    panel.show_pictures(pictures[:2])
    assert len(panel.linked.cells) == 2 and panel.other == 1
    panel.window().close()
    tasks.run_all()


@pytest.mark.parametrize(
    ("greatest", "factor"), [(None, 255), (0, 255), (1, 255), (2, 64), (9, 16), (40, 4), (190, 1)]
)
def test_the_factor_at_first_makes_the_greatest_plain(greatest: int | None, factor: int) -> None:
    assert first_factor(greatest) == factor


def test_what_the_recipes_have_otherwise_is_read_beside_them(qapp: QApplication) -> None:
    def of(**values: Any) -> ComparedPicture:
        recipe = Recipe(Request("a red house <in snow>", seed=1, **values), model_name="Starter")
        return replace(plain(RED), recipe=told_by(recipe))

    text = RecipeDifferences()
    text.show_pictures((of(), of()), 1)
    assert text.toPlainText() == "Their recipes are the same."
    blue = replace(
        plain(BLUE), recipe=told_by(Recipe(Request("a blue house <in snow>", seed=1, steps=9)))
    )
    text.show_pictures((of(), blue, of(steps=9, sampler="euler"), plain(GREEN)), 1)
    lines = [line for line in text.toPlainText().splitlines() if line.strip()]
    assert lines[0] == "D says nothing of how it was made."
    after = lines.index("Prompt")
    assert lines[after + 1 : after + 7 : 2] == ["A", "B", "C"]
    assert lines[after + 2] == lines[after + 6] == "a red house <in snow>"
    steps = lines.index("Steps")
    assert lines[steps + 1 : steps + 5] == ["A", "20", "B, C", "9"]
    assert "Euler" in lines and "Guidance" not in lines
    assert "underline" in text.toHtml()
    text.deleteLater()


def test_names_have_all_the_room_that_the_other_buttons_leave(
    tasks: HeldTasks, parent: QWidget
) -> None:
    long = "a-very-long-name-of-a-picture-that-somebody-made-00012.png"
    first, second = replace(plain(RED), name=long), replace(plain(BLUE), name=f"b{long}")
    bar = panel_of(tasks, parent, first, second).bar
    bar.resize(2400, bar.height())
    assert bar.ways[Shown.FIRST].text() == f"A: {long}"
    bar.resize(700, bar.height())
    shown = bar.ways[Shown.FIRST].text()
    assert "…" in shown and shown.endswith("12.png"), "the end tells names apart"
    assert long in bar.ways[Shown.FIRST].toolTip()

"""Two pictures compared: the line between them, what differs, what the keys do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.values.picture import Pixels
from desktop.pictures.comparing.dialog import Compared, ComparingDialog, first_factor, image_of
from desktop.pictures.comparing.viewer import Shown
from tests.desktop.parts import HeldTasks

SIDE = 40
RED, BLUE = (200, 10, 10), (10, 10, 200)


def plain(colour: tuple[int, int, int], side: int = SIDE) -> Pixels:
    return Pixels(side, side, bytes(colour) * side * side)


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[HeldTasks]:
    made = HeldTasks()
    yield made
    assert not made.faults


@pytest.fixture
def parent(qapp: QApplication) -> Iterator[QWidget]:
    made = QWidget()
    yield made
    made.deleteLater()


def dialog_of(first: Pixels, second: Pixels, tasks: HeldTasks, parent: QWidget) -> ComparingDialog:
    greatest = None if first.width != second.width else 190
    compared = Compared(
        title="x.png",
        pixels=(first, second),
        images=(image_of(first), image_of(second)),
        names=("Before", "After"),
        words=("They differ.",),
        greatest=greatest,
    )
    dialog = ComparingDialog(compared, tasks, parent)
    dialog.show()
    return dialog


def colours(dialog: ComparingDialog) -> list[tuple[int, int, int]]:
    """Left and right of the middle, as they are drawn."""
    image = dialog.viewer.grab().toImage()
    y = image.height() // 3  # above the knob
    middle = image.width() // 2
    seen = (image.pixelColor(x, y) for x in (middle - 40, middle + 40))
    return [(colour.red(), colour.green(), colour.blue()) for colour in seen]


def test_the_line_uncovers_the_first_and_is_dragged_and_moved_by_keys(
    tasks: HeldTasks, parent: QWidget
) -> None:
    dialog = dialog_of(plain(RED), plain(BLUE), tasks, parent)
    viewer = dialog.viewer
    assert colours(dialog) == [RED, BLUE]
    middle = QPoint(viewer.width() // 2, viewer.height() // 2)
    QTest.mousePress(viewer, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(viewer, middle + QPoint(90, 0))
    QTest.mouseRelease(viewer, Qt.MouseButton.LeftButton, pos=middle + QPoint(90, 0))
    assert viewer.split > 0.6
    assert colours(dialog) == [RED, RED]
    QTest.keyClick(viewer, Qt.Key.Key_Home)
    assert colours(dialog) == [BLUE, BLUE]
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.split == pytest.approx(0.05)
    QTest.keyPress(viewer, Qt.Key.Key_Backslash)
    assert colours(dialog) == [RED, RED]
    QTest.keyRelease(viewer, Qt.Key.Key_Backslash)
    dialog.close()


def test_what_differs_is_shown_so_many_times_as_much(tasks: HeldTasks, parent: QWidget) -> None:
    dialog = dialog_of(plain((100, 10, 10)), plain((103, 10, 9)), tasks, parent)
    dialog.ways[Shown.DIFFERENCE].click()
    dialog.factor.setCurrentIndex(dialog.factor.findData(16))
    tasks.run_all()
    assert set(colours(dialog)) == {(48, 0, 16)}
    dialog.ways[Shown.SECOND].click()
    assert set(colours(dialog)) == {(103, 10, 9)}
    dialog.factor.setCurrentIndex(0)
    dialog.close()
    tasks.run_all()  # for nobody any more


def test_pictures_of_other_sizes_have_no_difference(tasks: HeldTasks, parent: QWidget) -> None:
    dialog = dialog_of(plain(RED, 20), plain(BLUE), tasks, parent)
    assert not dialog.ways[Shown.DIFFERENCE].isEnabled() and not dialog.factor.isEnabled()
    assert colours(dialog) == [RED, BLUE]
    dialog.close()


@pytest.mark.parametrize(
    ("greatest", "factor"), [(None, 255), (0, 255), (1, 255), (2, 64), (9, 16), (40, 4), (190, 1)]
)
def test_the_factor_at_first_makes_the_greatest_plain(greatest: int | None, factor: int) -> None:
    assert first_factor(greatest) == factor

"""The bar of the picture that is made."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.queue.progress import ProgressBar
from tests.desktop.driving import until


class Canvas(QWidget):
    """Counts how often it is painted."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1


def test_what_else_waits_to_be_painted_is_not_while_the_bar_moves_on(qtbot) -> None:
    window, canvas, bar = QWidget(), Canvas(), ProgressBar()
    canvas.setMinimumSize(40, 40)
    column = QVBoxLayout(window)
    column.addWidget(canvas)
    column.addWidget(bar)
    window.show()
    until(lambda: canvas.painted > 0)
    before = canvas.painted
    canvas.update()
    bar.move_on(30)
    assert (canvas.painted, bar.value(), bar.updatesEnabled()) == (before, 30, True)
    until(lambda: canvas.painted == before + 1)
    window.deleteLater()

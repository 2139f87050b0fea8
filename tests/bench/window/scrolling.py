"""One step of scrolling a grid, by the event that a person would cause."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication

NOTCH = 120  # eighths of a degree
NONE = Qt.KeyboardModifier.NoModifier


def step(grid: QAbstractItemView, way: str, share: float) -> None:
    """ "wheel": a notch; "bar": the slider at this share of the way; "PageDown": the key."""
    if way == "wheel":
        _turn(grid, NOTCH)
    elif way == "bar":
        bar = grid.verticalScrollBar()
        bar.setSliderDown(True)
        bar.setSliderPosition(int(bar.maximum() * share))
        bar.setSliderDown(False)
    else:
        QApplication.sendEvent(grid, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_PageDown, NONE))


def _turn(grid: QAbstractItemView, angle: int) -> None:
    viewport = grid.viewport()
    at = QPointF(viewport.rect().center())
    event = QWheelEvent(
        at,
        viewport.mapToGlobal(at),
        QPoint(),
        QPoint(0, -angle),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)

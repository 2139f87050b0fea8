"""What begins once a window has been painted, and where it never is."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.app import first_paint
from desktop.app.first_paint import FirstPaint
from tests.desktop.driving import pump, until


class Slow(QWidget):
    """Takes longer to show than a paint is waited for, and notes when it is painted."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self._told = told

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            time.sleep(0.4)
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._told.append("painted")


def show(window: QWidget, told: list[str]) -> None:
    FirstPaint(window, lambda: told.append("begun")).show()
    until(lambda: "begun" in told)


def test_nothing_begins_before_a_slow_window_is_painted(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_paint, "LATEST_MS", 300)
    told = list[str]()
    window = Slow(told)
    show(window, told)
    assert told[0] == "painted" and told.count("begun") == 1
    window.update()
    pump(60)
    assert told.count("begun") == 1


def test_all_begins_though_a_window_is_not_painted(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_paint, "LATEST_MS", 30)
    told = list[str]()
    window = Slow(told)
    window.setUpdatesEnabled(False)
    show(window, told)
    assert told == ["begun"]

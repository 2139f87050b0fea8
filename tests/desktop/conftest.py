"""Shared by tests of the window: no widget outlives its test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget


@pytest.fixture(autouse=True)
def no_widget_is_left() -> Iterator[None]:
    """What stayed would get the style of every later window, which takes longer each time."""
    before = set(_windows())
    yield
    for widget in _windows():
        if widget not in before:
            widget.hide()
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _windows() -> list[QWidget]:
    """But popups, which belong to what they pop up from."""
    if QApplication.instance() is None:
        return []
    popup = Qt.WindowType.Popup
    return [one for one in QApplication.topLevelWidgets() if one.windowType() != popup]

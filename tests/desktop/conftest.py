"""Shared by tests of the window: no widget outlives its test, and garbage is found in the thread of
the window."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from tests.desktop.parts import HeldTasks


@pytest.fixture(autouse=True)
def garbage_is_found_here() -> Iterator[None]:
    """As `desktop.app.garbage` does it: a QObject that dies in another thread than its own may take
    the process with it."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


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


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[HeldTasks]:
    """Work of the background that is held back until a test runs it, none of which may fail."""
    made = HeldTasks()
    yield made
    assert not made.faults


def _windows() -> list[QWidget]:
    """But popups, which belong to what they pop up from."""
    if QApplication.instance() is None:
        return []
    popup = Qt.WindowType.Popup
    return [one for one in QApplication.topLevelWidgets() if one.windowType() != popup]

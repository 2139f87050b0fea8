"""Garbage is searched for in the window's thread only: a QObject dies where it lived."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.app.garbage import PATIENCE, SETTLES, GarbageCollection, search, spare_what_is_here
from tests.desktop.driving import until


class InACycle:
    """Garbage once nobody knows it, and `died` says in which thread it was found."""

    def __init__(self, died: list[int]) -> None:
        self._itself = self
        self._died = died

    def __del__(self) -> None:
        self._died.append(threading.get_ident())


@pytest.fixture
def collection(qtbot: QtBot) -> Iterator[GarbageCollection]:
    gc.collect()
    parent = QObject()
    collection = GarbageCollection(parent)
    yield collection
    collection.end()


def allocate(kept: list[list[int]]) -> None:
    """As much as lets Python search in the thread that does so."""
    kept.extend([] for _ in range(2 * gc.get_threshold()[0]))


@pytest.mark.usefixtures("collection")
def test_what_another_thread_allocates_makes_it_find_nothing() -> None:
    died: list[int] = []
    kept: list[list[int]] = []
    for _ in range(5):
        InACycle(died)
        other = threading.Thread(target=allocate, args=(kept,))
        other.start()
        other.join()
    assert not died
    until(lambda: len(died) == 5)
    assert set(died) == {threading.get_ident()}


def test_at_its_end_python_searches_by_itself_again(collection: GarbageCollection) -> None:
    assert not gc.isenabled()
    collection.end()
    assert gc.isenabled()


@pytest.mark.usefixtures("collection")
def test_the_old_are_searched_too_in_time() -> None:
    died: list[int] = []
    old = InACycle(died)
    gc.collect()  # it has outlived one as deep as they go
    del old
    kept: list[list[int]] = []
    for _ in range((gc.get_threshold()[1] + 2) * (gc.get_threshold()[2] + 2)):
        allocate(kept)
        search()
    assert died


def test_what_lives_before_the_window_is_searched_no_more() -> None:
    kept: list[list[int]] = []
    allocate(kept)
    try:
        spare_what_is_here()
        assert not any(other is kept for other in gc.get_objects())
        later: list[list[int]] = []
        assert any(other is later for other in gc.get_objects())
    finally:
        gc.unfreeze()


def test_a_stroke_keeps_the_search_waiting_and_not_for_ever(
    collection: GarbageCollection, qtbot: QtBot
) -> None:
    died: list[int] = []
    kept: list[list[int]] = []
    canvas = QPushButton()
    qtbot.addWidget(canvas)
    canvas.show()
    collection._timer.stop()

    def tick() -> int:
        allocate(kept)
        collection._timer.timeout.emit()
        return len(died)

    QTest.mousePress(canvas, Qt.MouseButton.LeftButton)
    InACycle(died)
    assert [tick() for _ in range(PATIENCE + 1)] == [0] * PATIENCE + [1]
    InACycle(died)
    assert tick() == 1
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton)
    assert tick() == 2


def is_searched(thing: object) -> bool:
    return any(other is thing for other in gc.get_objects())


def test_what_a_start_or_a_new_room_brings_is_searched_no_more(
    collection: GarbageCollection,
) -> None:
    tick = collection._timer.timeout
    window: list[list[int]] = []
    collection.spare_new_part()
    tick.emit()
    assert is_searched(window), "not where other windows may come"
    try:
        collection.spare_start()
        for _ in range(SETTLES):
            tick.emit()
        picture, room = [window], [window]
        tick.emit()
        assert not is_searched(window) and is_searched(picture)
        collection.spare_new_part()
        tick.emit()
        assert not is_searched(room)
    finally:
        gc.unfreeze()

"""What the menu of orders asks for, and what stands above the pictures then."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.values.gallery.question import Order
from desktop.pictures.grids.headings import heading_words
from desktop.pictures.grids.layout.groups import FILE_SIZES, key_of
from tests.desktop.gallery.conftest import Room


def choose(room: Room, order: Order) -> None:
    """As by keys in the closed list: from its first row down to the order."""
    orders = room.panel.view.orders
    orders.setFocus()
    orders.setCurrentIndex(0)
    for _ in range(orders.findData(order)):
        QTest.keyClick(orders, Qt.Key.Key_Down)


def test_each_random_order_is_another_until_it_is_asked_again(room: Room) -> None:
    panel = room.panel
    panel.show()
    choose(room, Order.RANDOM)
    first = panel.question.shuffle
    assert panel.question.order is Order.RANDOM
    order = room.prompts()
    room.model.search_again()
    assert room.prompts() == order, "asked again by itself"
    panel.search.setText("a")
    panel.search.setText("")
    assert panel.question.shuffle == first and room.prompts() == order
    assert panel.view.direction.accessibleName() == "Shuffle again"
    panel.view.direction.click()
    second = panel.question.shuffle
    assert second != first and not panel.question.rising
    panel.view.orders.activated.emit(panel.view.orders.currentIndex())  # chosen once more
    assert panel.question.shuffle not in (first, second)
    choose(room, Order.NAME)
    assert panel.view.direction.accessibleName() == "Direction: Falling"
    panel.view.direction.click()
    assert panel.question.rising
    choose(room, Order.RANDOM)
    assert panel.question.shuffle not in (first, second)


def test_headings_say_how_large_files_are(room: Room) -> None:
    choose(room, Order.FILE_SIZE)
    room.panel.view.direction.click()
    room.model.want(groups=True, shapes=False)
    assert len(room.prompts()) == 3
    groups = room.model.groups
    assert groups.rows == 3 and heading_words(Order.FILE_SIZE, groups.keys[0])[0] == "Up to 128 kB"
    assert key_of(Order.FILE_SIZE, "0") == ""
    assert heading_words(Order.FILE_SIZE, "")[0] == "Without a known size"
    last = key_of(Order.FILE_SIZE, str(FILE_SIZES[-1] + 1))
    assert heading_words(Order.FILE_SIZE, last)[0] == "Over 16 MB"
    assert heading_words(Order.RANDOM, "") == ("In random order", "")

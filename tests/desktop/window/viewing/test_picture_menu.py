"""The menu of a picture: its groups, and what stands in none."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu

from desktop.shell.viewing.picture_menu import fill_picture_menu


def listed(*possible: str) -> list[str]:
    menu = QMenu()
    actions = {one: QAction(one, menu) for one in (*possible, "compare", "album-take")}
    fill_picture_menu(menu, actions, possible)
    return [action.text() for action in menu.actions()]


def test_in_the_trash_restore_stands_first_and_what_goes_away_last(qapp: QApplication) -> None:
    assert listed("delete", "copy", "view", "restore", "copy-seed") == [
        "restore",
        "",
        "view",
        "",
        "Copy",
        "",
        "delete",
    ]


def test_what_no_group_knows_is_listed_too(qapp: QApplication) -> None:
    assert listed("delete", "something new") == ["something new", "", "delete"]
    assert listed("rate-3", "reject", "gone") == ["Rating", "reject", "", "gone"]

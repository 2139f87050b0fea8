"""The commands that work on the chosen pictures: the gallery's selection, or the one in the viewer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.picture import Picture
from desktop.commands import COMMANDS
from desktop.grid import PictureGrid
from desktop.notices import NoticeBar
from desktop.pictures import PictureActions
from desktop.strings import tr
from desktop.trash import TrashActions


@dataclass(frozen=True, slots=True)
class Desk:
    """What of the window these commands need: the chosen pictures, the room Create, the viewer."""

    pictures: Callable[[], list[Picture]]
    go_create: Callable[[], None]
    open: Callable[[Picture], None]


class Chosen(QObject):
    """One method a command."""

    def __init__(self, desk: Desk, actions: PictureActions, trash: TrashActions, notice: NoticeBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._actions, self._trash, self._notice = desk, actions, trash, notice

    def _first(self) -> Picture | None:
        pictures = self._desk.pictures()
        if not pictures:
            self._notice.say(tr("Choose a picture first."))
        return pictures[0] if pictures else None

    def _reuse(self, *names: str) -> None:
        if picture := self._first():
            self._desk.go_create()
            self._actions.reuse(picture, *names)

    def reuse_all(self) -> None:
        self._reuse()

    def reuse_prompt(self) -> None:
        self._reuse("prompt", "negative_prompt")

    def reuse_seed(self) -> None:
        self._reuse("seed")

    def show_large(self) -> None:
        if picture := self._first():
            self._desk.go_create()
            self._desk.open(picture)

    def toggle_favourite(self) -> None:
        if pictures := self._desk.pictures():
            self._actions.favourite(pictures)

    def copy(self) -> None:
        if picture := self._first():
            self._actions.copy(picture)

    def copy_recipe(self) -> None:
        if picture := self._first():
            self._actions.copy_recipe(picture)

    def save_as(self) -> None:
        if picture := self._first():
            self._actions.save(picture, with_recipe=True)

    def save_without_recipe(self) -> None:
        if picture := self._first():
            self._actions.save(picture, with_recipe=False)

    def show_in_folder(self) -> None:
        if picture := self._first():
            self._actions.show_in_folder(picture)

    def delete(self) -> None:
        if pictures := self._desk.pictures():
            self._trash.delete(pictures)

    def restore(self) -> None:
        self._trash.restore([picture.id for picture in self._desk.pictures()])

    def menu(self, grid: PictureGrid, at: QPoint, actions: dict[str, QAction], *, trashed: bool) -> None:
        """The commands for the picture under the pointer; in the trash those that apply there too."""
        index = grid.indexAt(at)
        if not index.isValid():
            return
        if not grid.selectionModel().isSelected(index):
            grid.setCurrentIndex(index)
        self.menu_of(grid, actions, trashed=trashed).popup(grid.viewport().mapToGlobal(at))

    def menu_of(self, place: QWidget, actions: dict[str, QAction], *, trashed: bool = False) -> QMenu:
        """The commands for pictures as a menu of `place`, gone when it closes."""
        menu = QMenu(place)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for row in COMMANDS:
            if row.needs_picture and (trashed or row.id != "restore"):
                menu.addAction(actions[row.id])
        return menu

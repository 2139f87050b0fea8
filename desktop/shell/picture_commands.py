"""The commands that work on the chosen pictures: the gallery's selection,
or the one in the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from core.values.picture import Picture
from desktop.pictures.actions import PictureActions
from desktop.pictures.current import CurrentPicture
from desktop.pictures.grid import PictureGrid
from desktop.pictures.picture_model import PICTURE_ROLE
from desktop.pictures.trash import TrashActions
from desktop.shell.rooms import COMMANDS
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow


class PictureCommands(QObject):
    """One method a command."""

    def __init__(
        self,
        current: CurrentPicture,
        actions: PictureActions,
        trash: TrashActions,
        notice: NoticeBar,
        window: MainWindow,
    ) -> None:
        super().__init__(window)
        self._current = current
        self._actions = actions
        self._trash = trash
        self._notice = notice
        self._window = window

    def _in_gallery(self) -> bool:
        return self._window.rooms.shown == "gallery"

    def pictures(self) -> list[Picture]:
        """The pictures commands apply to: in the Gallery its selection, elsewhere the current one
        and what is chosen with it."""
        if self._in_gallery():
            return _selected(self._window.gallery.grid)
        current = self._current.picture
        if current is None or self._at_a_preview():
            return []
        selected = _selected(self._window.history.grid)
        with_others = len(selected) > 1 and any(
            chosen_one.id == current.id for chosen_one in selected
        )
        return selected if with_others else [current]

    def any(self) -> bool:
        """Whether there is one of them, without asking for all."""
        if self._in_gallery():
            return self._window.gallery.grid.selectionModel().hasSelection()
        return self._current.picture is not None and not self._at_a_preview()

    def _at_a_preview(self) -> bool:
        """Whether a person is at a picture that is still developing: what is done there is not
        meant for the one before it."""
        viewer = self._window.stage.viewer
        return viewer.hasFocus() and viewer.is_developing()

    def _first(self) -> Picture | None:
        pictures = self.pictures()
        if pictures:
            return pictures[0]
        self._notice.say(tr("Choose a picture first."))
        return None

    def _reuse(self, *names: str) -> None:
        if picture := self._first():
            self._window.go_create()
            self._window.recipes.reuse(picture, *names)

    def reuse_all(self) -> None:
        self._reuse()

    def reuse_prompt(self) -> None:
        self._reuse("prompt", "negative_prompt")

    def reuse_seed(self) -> None:
        self._reuse("seed")

    def show_large(self) -> None:
        if picture := self._first():
            self._window.go_create()
            self._current.open(picture)

    def toggle_favourite(self) -> None:
        if pictures := self.pictures():
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
        if pictures := self.pictures():
            self._trash.delete(pictures)

    def restore(self) -> None:
        self._trash.restore([picture.id for picture in self.pictures()])

    def menu(self, grid: PictureGrid, at: QPoint) -> None:
        """The commands for the picture under the pointer; in the trash
        those that apply there too."""
        index = grid.indexAt(at)
        if not index.isValid():
            return
        if not grid.selectionModel().isSelected(index):
            grid.setCurrentIndex(index)
        trashed = self._in_gallery() and self._window.gallery.trash.isChecked()
        self.menu_of(grid, trashed=trashed).popup(grid.viewport().mapToGlobal(at))

    def menu_of_viewer(self, at: QPoint) -> None:
        """The same for the large picture."""
        viewer = self._window.stage.viewer
        if viewer.has_image():
            self.menu_of(viewer).popup(viewer.mapToGlobal(viewer.menu_place(at)))

    def menu_of(self, place: QWidget, *, trashed: bool = False) -> QMenu:
        """The commands for pictures as a menu of `place`, gone when it closes."""
        menu = QMenu(place)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for row in COMMANDS.values():
            if row.needs_picture and (trashed or row.id != "restore"):
                menu.addAction(self._window.actions_by_id[row.id])
        return menu


def _selected(grid: PictureGrid) -> list[Picture]:
    pictures = (index.data(PICTURE_ROLE) for index in grid.selectedIndexes())
    return [picture for picture in pictures if picture is not None]

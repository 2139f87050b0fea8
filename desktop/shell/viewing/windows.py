"""The two windows for pictures alone: which pictures they go through, and what comes back to the
main window."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from desktop.shell.viewing.acts import Around, ViewingActs

if TYPE_CHECKING:
    from desktop.pictures.grid import PictureGrid
    from desktop.pictures.viewing.roll import PictureRoll
    from desktop.pictures.viewing.window import ViewingWindow
    from desktop.state.services import Services
    from desktop.state.session import ViewingKept


class ViewingWindows(QObject):
    """One over the whole screen, which closes when a person has seen enough, and one that stays
    beside the main window and shows what is current there. Each is built when it is first asked
    for."""

    def __init__(self, around: Around, services: Services) -> None:
        super().__init__(around.window)
        self._around = around
        self._window = around.window
        self._services = services
        self._kept = services.session.viewing
        self.full: ViewingWindow | None = None
        self.second: ViewingWindow | None = None
        self._came_from: PictureGrid | None = None  # where the full screen was asked for
        self._acts = ViewingActs(around, services, self._sort_out_in, self)
        self._following = False  # while the second window is shown what is current

    # --- commands ---

    def any(self) -> bool:
        """Whether there is a picture to be shown."""
        return self._around.current.picture is not None or self._around.newest.rowCount() > 0

    def any_to_sort(self) -> bool:
        """Whether there is one where a person is: of a search that found nothing there is none."""
        grid = self._grid()
        model = None if grid is None else grid.pictures()
        return self.any() if model is None else model.rowCount() > 0

    def show_full_screen(self) -> None:
        """The picture that is chosen or shown, over the screen of the main window; where several
        are chosen, these alone."""
        full = self.full = self.full or self._new(is_second=False)
        self._came_from = self._grid()
        if self._go_through(full, chosen=True):
            full.open_over(self._window.screen().geometry())

    def show_slides(self) -> None:
        """The same, going by by themselves."""
        self.show_full_screen()
        if self.full is not None and self.full.isVisible() and not self.full.slides.is_running:
            self.full.toggle_slides()

    def sort_out(self) -> None:
        """Those that are chosen where they are several, from the first of them on, else all that
        are found; over the whole screen."""
        full = self.full = self.full or self._new(is_second=False)
        self._came_from = self._grid()
        if self._go_through(full, chosen=True, from_first=True):
            self._sort_out_in(full)

    def _sort_out_in(self, view: ViewingWindow) -> None:
        """What a search finds otherwise meanwhile neither leaves nor joins."""
        from desktop.pictures.viewing.roll import PictureRoll

        walk = view.walk
        walk.use_roll(PictureRoll(ids=walk.roll.ids()), walk.current)
        if not view.isVisible():
            view.open_over(self._window.screen().geometry())
        view.sort_out()

    def show_second(self) -> None:
        """In front, where it is open."""
        second = self.second = self.second or self._new(is_second=True)
        if self._go_through(second, chosen=False):
            mine = self._window.screen()
            screens = [one.geometry() for one in QGuiApplication.screens() if one is not mine]
            second.open_beside([mine.availableGeometry(), *screens])

    def end(self) -> None:
        """The program ends."""
        for view in (self.full, self.second):
            if view is not None:
                view.end()
                view.deleteLater()
        self.full = self.second = None

    def kept(self) -> ViewingKept:
        """What the next start should find."""
        for view in (self.full, self.second):
            if view is not None:
                self._kept = view.kept(self._kept)
        return self._kept

    # --- which pictures ---

    def _grid(self) -> PictureGrid | None:
        """Where a person chooses pictures just now; None where that is the current picture."""
        return self._around.chosen_in()

    def _go_through(self, view: ViewingWindow, *, chosen: bool, from_first: bool = False) -> bool:
        """Show what is current with those around it; `chosen`: of several that are chosen these
        alone, `from_first`: from the first of them on. Whether there is something."""
        from desktop.pictures.viewing.roll import PictureRoll

        grid = self._grid()
        model = None if grid is None else grid.pictures()
        if grid is not None and model is not None and model.rowCount():
            rows = grid.chosen_rows()
            index = grid.currentIndex()
            row = index.row() if index.isValid() else rows[0].start if rows else 0
            ids = model.ids()
            if chosen and sum(map(len, rows)) > 1:
                some = array("q", (ids[one] for part in rows for one in part))
                begins = from_first or not any(row in part for part in rows)
                self._show(view, PictureRoll(ids=some), some[0] if begins else ids[row])
            else:
                self._show(view, PictureRoll(model), ids[row])
            return True
        picture, newest = self._around.current.picture, self._around.newest
        if picture is None and newest.rowCount():
            picture_id = newest.ids()[0]
        elif picture is not None:
            picture_id = picture.id
        else:
            return False
        self._show(view, PictureRoll(newest), picture_id)
        return True

    def _show(self, view: ViewingWindow, roll: PictureRoll, picture_id: int) -> None:
        now = view.walk.roll
        if roll.model is not None and roll.model is now.model:
            roll.deleteLater()
            roll = now
        view.walk.use_roll(roll, picture_id)

    # --- building ---

    def _new(self, *, is_second: bool) -> ViewingWindow:
        from desktop.pictures.viewing.window import ViewingWindow

        view = ViewingWindow(self._services, is_second=is_second)
        view.use_kept(self._kept)
        around = self._around
        view.kept_changed.connect(around.signals.session_changed)
        self._acts.give_to(view)
        around.signals.gallery_changed.connect(view.walk.read_again)
        around.trash.deleted.connect(view.walk.note_gone)
        if is_second:
            around.current.changed.connect(self._follow)
            view.walk.stepped_to.connect(self._lead)
        else:
            view.closed.connect(self._come_back)
        return view

    def use_keys(self, *_: object) -> None:
        """A person may have other keys for the commands now."""
        for view in (self.full, self.second):
            if view is not None:
                self._acts.use_keys_in(view)

    # --- the main window ---

    def _come_back(self, picture_id: int) -> None:
        """The full screen is left: the picture that was seen last is chosen where it was asked
        for."""
        self._window.activateWindow()
        grid = self._came_from
        model = None if grid is None else grid.pictures()
        row = -1 if model is None else model.row_of(picture_id)
        if grid is not None and model is not None and row >= 0:
            several = sum(map(len, grid.chosen_rows())) > 1
            if not several:
                grid.setCurrentIndex(model.index(row, 0))
                grid.scrollTo(model.index(row, 0))
        elif grid is None and picture_id:
            self._around.current.go_to(picture_id)
        if grid is not None:
            grid.setFocus()

    def _follow(self) -> None:
        """The second window shows what is current in the main one."""
        second, picture = self.second, self._around.current.picture
        if second is None or not second.isVisible() or picture is None or self._following:
            return
        busy = second.slides.is_running or second.sorting.is_on or second.bar.hold.isChecked()
        if second.walk.current != picture.id and not busy:
            self._following = True
            self._go_through(second, chosen=False)
            self._following = False

    def _lead(self, picture_id: int) -> None:
        """What somebody goes to in the second window becomes current in the main one."""
        if self.second is None or self.second.bar.hold.isChecked():
            return
        grid = self._grid()
        model = None if grid is None else grid.pictures()
        row = -1 if model is None else model.row_of(picture_id)
        self._following = True
        if grid is not None and model is not None and row >= 0:
            grid.setCurrentIndex(model.index(row, 0))
            grid.scrollTo(model.index(row, 0))
        else:
            self._around.current.go_to(picture_id)
        self._following = False

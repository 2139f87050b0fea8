"""The two windows for pictures alone: which pictures they go through, what is done with the one
that is seen, and what comes back to the main window."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from core.values.gallery.origin import How
from desktop.shell.viewing.commands import BESIDE, EXCEPT, SORT_OUT
from desktop.widgets.i18n import tr, tr_data

STEPS = ("undo", "redo")

if TYPE_CHECKING:
    from core.values.picture import Picture
    from desktop.pictures.current import CurrentPicture
    from desktop.pictures.grid import PictureGrid
    from desktop.pictures.marking.marks import MarkActions
    from desktop.pictures.picture_model import PictureModel
    from desktop.pictures.trash import TrashActions
    from desktop.pictures.viewing.judging import Judging
    from desktop.pictures.viewing.roll import PictureRoll
    from desktop.pictures.viewing.window import ViewingWindow
    from desktop.shared.signals import RoomSignals
    from desktop.state.commands import Commands
    from desktop.state.services import Services
    from desktop.state.session import ViewingKept


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What these windows know of the main one. `chosen_in` answers where pictures are chosen just
    now, None where that is the current one; `actions` are its commands by their ids, and `act` does
    one of them about a picture."""

    window: QWidget
    signals: RoomSignals
    commands: Commands
    current: CurrentPicture
    newest: PictureModel
    trash: TrashActions
    marks: MarkActions
    chosen_in: Callable[[], PictureGrid | None]
    actions: Callable[[], Mapping[str, QAction]]
    act: Callable[[str, Picture], object]


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
        self._judging: Judging | None = None  # from the first window on
        self._following = False  # while the second window is shown what is current

    # --- commands ---

    def any(self) -> bool:
        """Whether there is a picture to be shown."""
        return self._around.current.picture is not None or self._around.newest.rowCount() > 0

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
        """Those that are chosen where they are several, else all that are found; over the whole
        screen."""
        full = self.full = self.full or self._new(is_second=False)
        self._came_from = self._grid()
        if self._go_through(full, chosen=True):
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

    def _go_through(self, view: ViewingWindow, *, chosen: bool) -> bool:
        """Show what is current with those around it; `chosen`: of several that are chosen these
        alone. Whether there is something."""
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
                first = ids[row] if any(row in part for part in rows) else some[0]
                self._show(view, PictureRoll(ids=some), first)
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
        view.recipe.taken.connect(partial(self._do, view, "reuse-all"))
        view.recipe.whole_copied.connect(partial(self._do, view, "copy-recipe"))
        view.menu_wanted.connect(partial(self._menu, view))
        self._connect_judging(view)
        self._give_actions(view)
        around.signals.gallery_changed.connect(view.walk.read_again)
        around.trash.deleted.connect(view.walk.note_gone)
        if is_second:
            around.current.changed.connect(self._follow)
            view.walk.stepped_to.connect(self._lead)
        else:
            view.closed.connect(self._come_back)
        return view

    def _connect_judging(self, view: ViewingWindow) -> None:
        from desktop.pictures.viewing.judging import Judging

        around, sorting = self._around, view.sorting
        judging = self._judging
        if judging is None:
            stores, tasks = self._services.stores, self._services.database_tasks
            judging = self._judging = Judging(
                stores.gallery, around.marks, around.trash, tasks, self
            )
        judging.told.connect(partial(self._tell, view))
        judging.back_to.connect(partial(self._go_back, view))
        around.trash.restored.connect(view.walk.note_back)
        around.trash.restored.connect(sorting.note_back)
        sorting.bar.undo.clicked.connect(judging.undo)
        sorting.end.trash.clicked.connect(partial(sorting.take_rejected, judging.delete))

    def _tell(self, view: ViewingWindow, words: str) -> None:
        if view.isVisible():
            view.tell(words)

    def _go_back(self, view: ViewingWindow, picture_id: int) -> None:
        if view.isActiveWindow():
            view.show_pictures()
            view.walk.go(picture_id)

    def _give_actions(self, view: ViewingWindow) -> None:
        """The commands for pictures, with the keys that they have in the main window."""
        for row in self._around.commands.values():
            if not row.needs_picture or row.id in EXCEPT:
                continue
            action = QAction(tr_data(row.label), view)
            action.setObjectName(row.id)
            action.triggered.connect(partial(self._do, view, row.id))
            view.addAction(action)
        for command_id in STEPS:
            action = QAction(tr_data(self._around.commands[command_id].label), view)
            action.setObjectName(command_id)
            action.triggered.connect(partial(self._step, command_id))
            view.addAction(action)
        self._use_keys_in(view)

    def use_keys(self, *_: object) -> None:
        """A person may have other keys for the commands now."""
        for view in (self.full, self.second):
            if view is not None:
                self._use_keys_in(view)

    def _use_keys_in(self, view: ViewingWindow) -> None:
        of_main = self._around.actions()
        for action in view.actions():
            action.setShortcuts(of_main[action.objectName()].shortcuts())

    def _menu(self, view: ViewingWindow, at: QPoint) -> None:
        menu = QMenu(view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(view.actions())
        menu.popup(at)

    # --- what is done with the picture ---

    def _do(self, view: ViewingWindow, command_id: str, _: bool = False) -> None:
        """This command, on the picture that is seen here. What shows or asks something in the main
        window brings that to the front."""
        picture = view.walk.picture()
        if picture is None:
            return
        if command_id == SORT_OUT.id:
            self._sort_out_in(view)
            return
        if self._judge(view, command_id, picture):
            return
        if command_id not in BESIDE:
            if view.isFullScreen():
                view.close() if not view.is_second else view.toggle_full_screen()
            self._window.raise_()
            self._window.activateWindow()
        self._around.act(command_id, picture)
        said = {
            "copy": tr("The picture was copied, without its recipe."),
            "copy-recipe": tr("The recipe was copied as text."),
        }
        if command_id in said:
            view.tell(said[command_id])

    def _judge(self, view: ViewingWindow, command_id: str, picture: Picture) -> bool:
        """Whether the command is one of those, and was done. Elsewhere than in a sorting a picture
        whose file is another program's is not deleted without a question."""
        from desktop.pictures.viewing.judging import JUDGED

        if command_id not in JUDGED or self._judging is None:
            return False
        is_foreign = picture.origin is not None and picture.origin.how is How.IN_PLACE
        sorts = view.sorting.is_on
        if command_id == "delete" and (picture.trashed or (is_foreign and not sorts)):
            return False
        self._judging.do(command_id, picture)
        if sorts:
            view.sorting.go_on(command_id, picture)
        return True

    def _step(self, command_id: str, _: bool = False) -> None:
        if self._judging is not None:
            (self._judging.undo if command_id == "undo" else self._judging.redo)()

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
        busy = second.slides.is_running or second.sorting.is_on
        if second.walk.current != picture.id and not busy:
            self._following = True
            self._go_through(second, chosen=False)
            self._following = False

    def _lead(self, picture_id: int) -> None:
        """What somebody goes to in the second window becomes current in the main one."""
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

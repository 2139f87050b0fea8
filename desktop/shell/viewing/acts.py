"""What is done with the picture that is seen in a window of its own: the commands for pictures,
with their keys and their menu there, and what is said of a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from core.values.gallery.origin import How
from desktop.shell.viewing.commands import BESIDE, EXCEPT, SORT_OUT
from desktop.shell.viewing.picture_menu import fill_picture_menu
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.values.picture import Picture
    from desktop.pictures.current import CurrentPicture
    from desktop.pictures.grid import PictureGrid
    from desktop.pictures.marking.marks import MarkActions
    from desktop.pictures.picture_model import PictureModel
    from desktop.pictures.trash import TrashActions
    from desktop.pictures.viewing.judging import Judging
    from desktop.pictures.viewing.window import ViewingWindow
    from desktop.shared.signals import RoomSignals
    from desktop.state.commands import Commands
    from desktop.state.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What these windows know of the main one. `chosen_in` answers where pictures are chosen just
    now, None where that is the current one; `actions` are its commands by their ids, `keys` theirs
    whatever room is in front, `possible` says which of them can do nothing about a picture, and
    `act` does one of them about it."""

    window: QWidget
    signals: RoomSignals
    commands: Commands
    current: CurrentPicture
    newest: PictureModel
    trash: TrashActions
    marks: MarkActions
    chosen_in: Callable[[], PictureGrid | None]
    actions: Callable[[], Mapping[str, QAction]]
    keys: Callable[[], Mapping[str, Sequence[str]]]
    possible: Callable[[Picture], Mapping[str, bool]]
    act: Callable[[str, Picture], object]


class ViewingActs(QObject):
    """`sort_out` begins that in a window."""

    def __init__(
        self,
        around: Around,
        services: Services,
        sort_out: Callable[[ViewingWindow], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._around = around
        self._services = services
        self._sort_out = sort_out
        self._judging: Judging | None = None  # from the first window on

    def give_to(self, view: ViewingWindow) -> None:
        """A window that was just built."""
        view.recipe.taken.connect(partial(self._do, view, "reuse-all"))
        view.recipe.whole_copied.connect(partial(self._do, view, "copy-recipe"))
        view.menu_wanted.connect(partial(self._menu, view))
        self._connect_judging(view)
        self._give_actions(view)

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
        around.trash.restored.connect(partial(self._note_back, view))
        around.trash.restored.connect(sorting.note_back)
        sorting.bar.undo.clicked.connect(judging.undo)
        sorting.end.trash.clicked.connect(partial(sorting.take_rejected, judging.delete))

    def _tell(self, view: ViewingWindow, words: str) -> None:
        if view.isVisible():
            view.tell(words)

    def _note_back(self, view: ViewingWindow, ids: tuple[int, ...]) -> None:
        """In a window that nobody sees no picture is gone to, let alone read."""
        if view.isVisible():
            view.walk.note_back(ids)

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
            action.setAutoRepeat(False)  # a key that is held would go on to the next picture
            view.addAction(action)
        for command_id, act in self._of_its_own(view).items():
            action = QAction(tr_data(self._around.commands[command_id].label), view)
            action.setObjectName(command_id)
            action.triggered.connect(act)
            view.addAction(action)
        self.use_keys_in(view)

    def _of_its_own(self, view: ViewingWindow) -> dict[str, Callable[[], object]]:
        """Commands that mean this window here, or the program, by their ids."""
        of_main = self._around.actions()
        return {
            "undo": partial(self._step, "undo"),
            "redo": partial(self._step, "redo"),
            "full-screen": view.toggle_full_screen,
            "slide-show": view.toggle_slides,
            "fit": lambda: view.viewer.set_zoom(None),
            "zoom": view.viewer.toggle_zoom,
            "help.explain": of_main["help.explain"].trigger,
            "quit": of_main["quit"].trigger,
        }

    def use_keys_in(self, view: ViewingWindow) -> None:
        """A person may have other keys for the commands now."""
        keys = self._around.keys()
        for action in view.actions():
            its = keys.get(action.objectName(), ())
            action.setShortcuts([QKeySequence(key) for key in its])
        native = QKeySequence.SequenceFormat.NativeText
        take, full, slides = (
            QKeySequence(next(iter(keys.get(command_id, ())), "")).toString(native)
            for command_id in ("reuse-all", "full-screen", "slide-show")
        )
        view.recipe.name_key(take)
        view.bar.name_keys(full, slides)

    def _menu(self, view: ViewingWindow, at: QPoint) -> None:
        menu = QMenu(view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picture = view.walk.picture()
        possible = {} if picture is None else self._around.possible(picture)
        actions = {action.objectName(): action for action in view.actions()}
        of_pictures = (one for one in actions if self._around.commands[one].needs_picture)
        fill_picture_menu(menu, actions, [one for one in of_pictures if possible.get(one, True)])
        menu.popup(at)

    # --- what is done with the picture ---

    def _do(self, view: ViewingWindow, command_id: str, _: bool = False) -> None:
        """This command, on the picture that is seen here. What shows or asks something in the main
        window brings that to the front."""
        picture = view.walk.picture()
        if picture is None:
            return
        if view.is_at_end():
            view.tell(tr("No picture is seen here: go back to the pictures first."))
            return
        if command_id == SORT_OUT.id:
            self._sort_out(view)
            return
        if self._judge(view, command_id, picture):
            return
        if not self._around.possible(picture).get(command_id, True):
            label = tr_data(self._around.commands[command_id].label)
            view.tell(tr("{command}: this cannot be done with this picture.", command=label))
            return
        paths = self._few(view)
        if command_id not in BESIDE:
            if view.isFullScreen():
                view.close() if not view.is_second else view.toggle_full_screen()
            self._around.window.raise_()
            self._around.window.activateWindow()
        if command_id == "compare" and len(paths) > 1:
            self._around.signals.compare_files.emit(paths)
        else:
            self._around.act(command_id, picture)
        said = {
            "copy": tr("The picture was copied, without its recipe."),
            "copy-recipe": tr("The recipe was copied as text."),
        }
        if command_id in said:
            view.tell(said[command_id])

    def _few(self, view: ViewingWindow) -> tuple[Path, ...]:
        """The files of all that are gone through, where they are as few as can be compared."""
        from desktop.pictures.comparing.compared import MOST

        roll = view.walk.roll
        if roll.model is not None or len(roll) > MOST:
            return ()
        known = (view.walk.records.get(picture_id) for picture_id in roll.ids())
        return tuple(Path(picture.path) for picture in known if picture is not None)

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
        self._judging.do(command_id, picture, turns=not sorts)  # said again there, it agrees
        if sorts:
            view.sorting.go_on(command_id, picture)
        return True

    def _step(self, command_id: str) -> None:
        if self._judging is not None:
            (self._judging.undo if command_id == "undo" else self._judging.redo)()

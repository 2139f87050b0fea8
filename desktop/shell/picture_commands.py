"""The commands that work on the chosen pictures: what is selected in the room that is shown, or
the current one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from core.values.picture import Picture
from desktop.pictures.actions import PictureActions
from desktop.pictures.comparing.making_again import MakingAgain
from desktop.pictures.current import CurrentPicture
from desktop.pictures.exporting.asking import PictureExport
from desktop.pictures.grid import PictureGrid
from desktop.pictures.kin.acts import KinActs
from desktop.pictures.marking.asking import MarkQuestions
from desktop.pictures.marking.bringing_back import bring_back
from desktop.pictures.marking.chosen import ids_chosen_in
from desktop.pictures.marking.marks import MarkActions
from desktop.pictures.marking.steps import MarkStep
from desktop.pictures.picture_model import PictureModel
from desktop.pictures.trash import TrashActions
from desktop.pictures.upscaling.upscaling import Upscalings
from desktop.pictures.variations import Variations
from desktop.shared.signals import RoomSignals
from desktop.shell.viewing.picture_menu import fill_picture_menu
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow
    from desktop.state.services import Services


class PictureCommands(QObject):
    """One method a command."""

    def __init__(
        self,
        current: CurrentPicture,
        actions: PictureActions,
        trash: TrashActions,
        *,
        notice: NoticeBar,
        variations: Variations,
        upscalings: Upscalings,
        making_again: MakingAgain,
        signals: RoomSignals,
        window: MainWindow,
    ) -> None:
        super().__init__(window)
        self._current = current
        self._actions = actions
        self._trash = trash
        self._notice = notice
        self._variations = variations
        self._upscalings = upscalings
        self._making_again = making_again
        self._signals = signals
        self._window = window
        self._only: Picture | None = None  # the one that commands are about just now

    @contextmanager
    def about(self, picture: Picture) -> Iterator[None]:
        """Within, commands are about this picture, whatever is chosen."""
        self._only = picture
        try:
            yield
        finally:
            self._only = None

    def only(self) -> Picture | None:
        """The one that commands are about whatever is chosen; None for what is chosen."""
        return self._only

    def _grid(self) -> PictureGrid | None:
        """Where pictures are chosen; None where that is the current picture."""
        return None if self._only is not None else self._window.rooms.front().chosen_in()

    def pictures(self) -> list[Picture]:
        """The pictures commands apply to: in a room where pictures are chosen its selection,
        elsewhere the current one and what is chosen with it."""
        if self._only is not None:
            return [self._only]
        grid = self._grid()
        return self._current.chosen() if grid is None else grid.selected_pictures()

    def any(self) -> bool:
        """Whether there is one of them, without asking for all."""
        if self._only is not None:
            return True
        grid = self._grid()
        if grid is None:
            return self._current.is_chosen()
        return grid.selectionModel().hasSelection()

    def any_to_begin_with(self) -> bool:
        """Whether there is one that another can be made of: a file of another folder, too."""
        return self.any() or self._outside() is not None

    def can_draw_again(self) -> bool:
        """Whether chance drew something of the words of the first one."""
        from core.prompt.wildcards.signs import picture_may_choose

        first = self._first_known()
        return first is not None and picture_may_choose(first.request)

    def _first_known(self) -> Picture | None:
        """The first of them, where its record was read, without asking for the others."""
        if self._only is not None:
            return self._only
        grid = self._grid() or self._current.grid_of_chosen()
        if grid is None:
            return self._current.picture if self._current.is_chosen() else None
        rows, model = grid.chosen_rows(), grid.pictures()
        return next(iter(model.known([rows[0][:1]])), None) if rows and model else None

    def _outside(self) -> Path | None:
        """The file of another folder that is shown, where pictures are chosen nowhere else."""
        chosen = self._only is not None or self._grid() is not None
        if chosen or not self._current.outside:
            return None
        return Path(self._current.outside)

    def _origin(self) -> Picture | Path | None:
        return self._outside() or self._first()

    def _first(self) -> Picture | None:
        pictures = self.pictures()
        if pictures:
            return pictures[0]
        self._notice.say(tr("Choose a picture first."))
        return None

    def _reuse(self, *names: str) -> None:
        if picture := self._first():
            self._signals.reuse.emit(picture, names)

    def reuse_all(self) -> None:
        self._reuse()

    def reuse_prompt(self) -> None:
        self._reuse("prompt", "negative_prompt")

    def reuse_seed(self) -> None:
        self._reuse("seed")

    def use_as_start(self) -> None:
        """Of several the first."""
        self._with_file(self._signals.start_from.emit)

    def edit(self) -> None:
        """Of several the first."""
        self._with_file(self._signals.edit_file.emit)

    def insight(self) -> None:
        """Of several the first."""
        self._with_file(self._signals.insight_file.emit)

    def what_went_wrong(self) -> None:
        """Of several the first."""
        self._with_file(self._signals.wrong_file.emit)

    def compare(self) -> None:
        """All that are chosen."""
        if outside := self._outside():
            self._signals.compare_files.emit((outside,))
            return

        def there(pictures: list[Picture]) -> None:
            self._signals.compare_files.emit(tuple(Path(picture.path) for picture in pictures))

        self.with_all(there)

    def _with_file(self, then: Callable[[Path], object]) -> None:
        origin = self._origin()
        if origin is not None:
            then(origin if isinstance(origin, Path) else Path(origin.path))

    def vary(self) -> None:
        """Of several the first."""
        origin = self._origin()
        if origin is not None:
            self._variations.make(origin)

    def vary_by(self) -> None:
        """The same, asked how far and how many."""
        origin = self._origin()
        if origin is not None:
            self._variations.ask(origin, self._window)

    def upscale(self) -> None:
        """All that are chosen."""
        if outside := self._outside():
            self._upscalings.ask((outside,))
        else:
            self.with_all(self._upscalings.ask)

    def can_compare_before(self) -> bool:
        """Whether the first one was made larger."""
        first = self._first_known()
        return first is not None and bool(first.request.upscale.source)

    def compare_before(self) -> None:
        """Of several the first."""
        picture = self._first()
        if picture is not None and picture.request.upscale.source:
            self._upscalings.compare(picture)

    def make_again(self) -> None:
        """Of several the first."""
        origin = self._origin()
        if origin is not None:
            self._making_again.make(origin)

    def show_large(self, *, in_create: bool = False) -> None:
        """Over the whole screen, or there; what stands for its sweep opens that."""
        picture = self._first()
        if picture is None:
            return
        sweep = picture.request.sweep.id if in_create or self._grid() is not None else ""
        if sweep and self._stacks().stacks.count(picture) > 1:
            self._signals.open_sweep.emit(sweep)
        elif in_create:
            self._signals.open_picture.emit(picture)
        else:
            self._window.viewing.show_full_screen()

    def _stacks(self) -> PictureModel:
        """Where stacks are opened: the room's own pictures, else the newest."""
        grid = self._grid()
        model = None if grid is None else grid.pictures()
        return model or self._window.newest

    def can_fold(self) -> bool:
        """Whether the first of the chosen pictures lies on a stack."""
        first = self.pictures()[:1]
        return any(one.request.sweep.id or self._stacks().stacks.has(one) for one in first)

    def fold_stack(self) -> None:
        """Show all pictures of its document, or the newest alone; of a sweep its grid."""
        picture = self._first()
        if picture is not None and picture.request.sweep.id:
            self._signals.open_sweep.emit(picture.request.sweep.id)
        elif picture is not None and picture.request.document:
            self._stacks().fold(picture.request.document)

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
        self.with_all(self._trash.delete)

    def restore(self) -> None:
        self.with_ids(self._trash.restore)

    def with_all(self, then: Callable[[list[Picture]], object]) -> None:
        """`then` gets all chosen pictures, where there are some; those of thousands that were never
        on the screen too."""

        def found(pictures: list[Picture]) -> None:
            if pictures:
                then(pictures)

        grid = self._grid_of_all()
        if grid is None:
            found(self.pictures())
        else:
            grid.take_selected(found)

    def _grid_of_all(self) -> PictureGrid | None:
        """Where all of them are chosen; None where there is one alone, or none."""
        grid = self._grid()
        if grid is None and self._only is None:
            grid = self._current.grid_of_chosen()
        return grid

    def with_ids(self, then: Callable[[Sequence[int]], object]) -> None:
        """`then` gets the ids of all chosen pictures, where there are some."""
        grid = self._grid_of_all()
        ids = tuple(one.id for one in self.pictures()) if grid is None else ids_chosen_in(grid)
        if ids:
            then(ids)

    def menu(self, grid: PictureGrid, at: QPoint) -> None:
        """The commands for the picture under the pointer."""
        index = grid.indexAt(at)
        if not index.isValid():
            return
        if not grid.selectionModel().isSelected(index):
            grid.setCurrentIndex(index)
        self.menu_of(grid).popup(grid.viewport().mapToGlobal(at))

    def menu_of_viewer(self, at: QPoint) -> None:
        """The same for the large picture."""
        viewer = self._window.viewer
        if viewer.has_image():
            self.menu_of(viewer).popup(viewer.mapToGlobal(viewer.menu_place(at)))

    def menu_of(self, place: QWidget) -> QMenu:
        """What can be done now with the pictures of `place`, as a menu, gone when it closes; in the
        trash what can be done there."""
        menu = QMenu(place)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window = self._window
        can = window.command_states.now()
        if isinstance(place, PictureGrid) and place is not self._grid():
            can["restore"] = False  # it is about the pictures of another place
        possible = [row.id for row in window.commands.values() if row.needs_picture]
        possible = [one for one in possible if can.get(one, True)]
        fill_picture_menu(menu, window.actions_by_id, possible)
        return menu


def build_kin(window: MainWindow, services: Services) -> KinActs:
    """What is like the pictures that commands work on."""
    kin = KinActs(
        services.stores,
        services.thumbnails,
        services.image_tasks,
        chosen=window.picture_commands.pictures,
        trash=window.trash,
        notice=window.notice,
        parent=window,
    )
    kin.find.connect(window.signals.find_pictures)
    kin.go.connect(window.current.show)
    kin.open.connect(window.signals.open_picture)
    kin.looked.connect(window.signals.gallery_changed)
    return kin


def build_export(window: MainWindow, services: Services) -> PictureExport:
    """Export, for the pictures that commands work on."""
    export = PictureExport(
        services.stores,
        window.current,
        window.notice,
        front=lambda: window.rooms.front().chosen_in(),
        chosen=window.picture_commands.pictures,
        only=window.picture_commands.only,
        kept=services.session.export,
        parent=window,
    )
    export.exportings.kept_changed.connect(window.signals.session_changed)
    return export


def build_marks(window: MainWindow, services: Services) -> tuple[MarkActions, MarkQuestions]:
    """What does all of it, and what asks before."""
    gallery = services.stores.gallery
    marks = MarkActions(
        gallery,
        services.database_tasks,
        window.notice,
        changed=window.signals.gallery_changed.emit,
        parent=window,
    )
    return marks, MarkQuestions(gallery, services.gallery_tasks, marks, window)


def remember_deleted(window: MainWindow, services: Services, ids: tuple[int, ...]) -> None:
    """Undo brings them back in its turn among what was noted on pictures."""
    gallery, trash, notice = services.stores.gallery, window.trash, window.notice

    def turned(gone: bool) -> None:
        if not gone:
            notice.clear("trash")
        (trash.deleted if gone else trash.restored).emit(ids)

    words = tr("The picture was moved to the trash.")
    if len(ids) > 1:
        words = tr("{n} pictures were moved to the trash.", n=f"{len(ids):,}")
    do, back = partial(gallery.trash, ids), partial(bring_back, gallery, ids)
    step = MarkStep(tr("Delete"), words, ids, do, before=lambda: back, turned=turned)
    window.marks.remember(step)

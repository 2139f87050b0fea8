"""What each command of the window does, by its id: one table that a type checker reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.pictures.grid import PictureGrid
from desktop.pictures.grids.layout.rows import choose_others
from desktop.pictures.marking.marks import MOST_STARS
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit

    from desktop.shell.main_window import MainWindow

STEPS = ("undo", "redo")


def handlers(window: MainWindow) -> dict[str, Callable[[], object]]:
    """The methods of the window and its rooms, for every command. Where several rooms answer one
    (Generate, Undo), the one in front does, else the first; a room that is not built yet does
    once it is."""
    by_id = _of_the_window(window) | _of_marks(window)
    by_id |= {command_id: partial(_step_back, window, command_id) for command_id in STEPS}
    rest = (command_id for command_id in window.commands if command_id not in by_id)
    return by_id | {command_id: partial(_do_in_a_room, window, command_id) for command_id in rest}


def _step_back(window: MainWindow, command_id: str) -> None:
    """Undo or Redo: of what was noted on pictures where they have the focus, else of the room."""
    marks = window.marks
    step = marks.undo if command_id == "undo" else marks.redo
    if not (undo_is_of_marks(window) and step()):
        _do_in_a_room(window, command_id)


def _of_a_room(window: MainWindow, room_id: str) -> dict[str, Callable[[], object]]:
    return {room_id: partial(window.go, room_id)} | window.rooms[room_id].handlers()


def _do_in_a_room(window: MainWindow, command_id: str) -> None:
    for row in sorted(window.rooms.rows, key=lambda row: row.id != window.rooms.shown):
        room = window.rooms.built.get(row.id)
        if room is None and command_id in row.answered():
            window.builder.ask(row.id, partial(_do_in_a_room, window, command_id))
            return
        if room is not None and (act := _of_a_room(window, row.id).get(command_id)):
            act()
            return


def _of_the_window(window: MainWindow) -> dict[str, Callable[[], object]]:
    """Of those that are no room's affair."""
    return {
        "open": window.opening.open_picture,
        "show-pictures": window.help.show_pictures_folder,
        "quit": window.close,
        "find": partial(_find, window),
        "use-start": window.picture_commands.use_as_start,
        "vary": window.picture_commands.vary,
        "vary-by": window.picture_commands.vary_by,
        "upscale": window.picture_commands.upscale,
        "upscale-folder": window.upscalings.ask_folder,
        "compare-before": window.picture_commands.compare_before,
        "make-again": window.picture_commands.make_again,
        "reuse-all": window.picture_commands.reuse_all,
        "reuse-prompt": window.picture_commands.reuse_prompt,
        "reuse-seed": window.picture_commands.reuse_seed,
        "edit-picture": window.picture_commands.edit,
        "insight-picture": window.picture_commands.insight,
        "what-went-wrong": window.picture_commands.what_went_wrong,
        "compare": window.picture_commands.compare,
        "fold-stack": window.picture_commands.fold_stack,
        "view": window.picture_commands.show_large,
        "view-create": partial(window.picture_commands.show_large, in_create=True),
        "choose-all": partial(_choose, window, PictureGrid.selectAll),
        "choose-others": partial(_choose, window, _choose_others),
        "copy": window.picture_commands.copy,
        "copy-recipe": window.picture_commands.copy_recipe,
        "copy-seed": window.exports.copy_seed,
        "export": window.exports.ask,
        "looks-like": window.kin.looks_like,
        "same-recipe": partial(window.kin.more, "recipe"),
        "same-prompt": partial(window.kin.more, "prompt"),
        "same-model": partial(window.kin.more, "model"),
        "family": window.kin.show_family,
        "duplicates": window.kin.find_duplicates,
        "save-as": window.picture_commands.save_as,
        "save-plain": window.picture_commands.save_without_recipe,
        "show-in-folder": window.picture_commands.show_in_folder,
        "delete": window.picture_commands.delete,
        "restore": window.picture_commands.restore,
        "full-screen": window.viewing.show_full_screen,
        "second-window": window.viewing.show_second,
        "slide-show": window.viewing.show_slides,
        "sort-out": window.viewing.sort_out,
        "palette": window.help.show_palette,
        "help.explain": window.help.explain,
        "machine-speed": window.help.show_machine_speed,
        "report": window.failures.report,
        "logs": window.help.open_logs,
        "help.prompt": lambda: window.help.show_page("prompt", tr("The prompt")),
        "help.edit": lambda: window.help.show_page("edit", tr("Editing pictures")),
        "help.gallery": lambda: window.help.show_page("gallery", tr("The Gallery")),
        "help.insight": lambda: window.help.show_page("insight", tr("How a picture came to be")),
        "help.limits": lambda: window.help.show_page("limits", tr("What models cannot do well")),
        "help.tour": window.signals.tour_asked.emit,
        "help.sweep": lambda: window.help.show_page("sweep", tr("Sweeps")),
        "help.upscale": lambda: window.help.show_page("upscale", tr("Making pictures larger")),
        "help.viewing": lambda: window.help.show_page("viewing", tr("Looking at pictures")),
        "help.about": window.help.about,
    }


def _of_marks(window: MainWindow) -> dict[str, Callable[[], object]]:
    """What each of them does, by its id."""
    marks = window.marks
    with_ids = window.picture_commands.with_ids

    def rate(rating: int, ids: Sequence[int]) -> None:
        marks.rate_ids(ids, rating)

    ratings = range(MOST_STARS + 1)
    return {
        **{f"rate-{n}": partial(with_ids, partial(rate, n)) for n in ratings},
        "favourite": partial(with_ids, marks.favourite_ids),
        "reject": partial(with_ids, marks.reject_ids),
        "tags": partial(with_ids, window.mark_questions.ask_tags),
        "album-add": partial(with_ids, window.mark_questions.ask_album),
    }


def undo_is_of_marks(window: MainWindow) -> bool:
    """Whether Undo and Redo are about what was noted on pictures: where pictures have the keys, or
    the room in front is about nothing else."""
    if window.rooms.front().chosen_in() is not None:
        return True
    focus = QApplication.focusWidget()
    return focus is not None and (focus is window.viewer or focus in window.grids())


def grid_in_use(window: MainWindow) -> PictureGrid | None:
    """The one that has the keys, else that of the room in front."""
    focus = QApplication.focusWidget()
    here = (grid for grid in window.grids() if grid is focus)
    return next(here, None) or window.rooms.front().chosen_in()


def _choose(window: MainWindow, choose: Callable[[PictureGrid], object]) -> None:
    grid = grid_in_use(window)
    if grid is not None:
        choose(grid)


def _choose_others(grid: PictureGrid) -> None:
    choose_others(grid.selectionModel())


def _find(window: MainWindow) -> None:
    """In what has the focus where that is a prompt, else in the search field of the room that is
    shown, else of the first room that has one."""
    if window.rooms.front().find_here():
        return
    field = window.rooms.front().search_field()
    if field is None:
        field = _go_to_a_search(window)
    if field is not None:
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()


def _go_to_a_search(window: MainWindow) -> QLineEdit | None:
    for row in sorted(window.rooms.rows, key=lambda row: row.id not in window.rooms.built):
        field = window.rooms[row.id].search_field()
        if field is not None:
            window.go(row.id)
            return field
    return None

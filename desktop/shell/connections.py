"""Who in the window hears whom. What rooms say to each other they connect themselves, through
RoomSignals."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from core.values.request_parts.sweep_place import SweepPlace
from desktop.shell.picture_commands import remember_deleted
from desktop.shell.viewing.acts import Around
from desktop.shell.viewing.windows import ViewingWindows
from desktop.state.services import Services
from desktop.widgets.announce import announce

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from core.store.jobs import QueuedJob
    from core.values.picture import Picture
    from desktop.pictures.grid import PictureGrid
    from desktop.shell.main_window import MainWindow
    from desktop.state.draft import Draft


def connect_all(window: MainWindow, services: Services) -> None:
    """Connect what stands around the rooms, once all are made."""
    _connect_rooms(window)
    _connect_pictures(window)
    _connect_jobs(window, services)
    window.trash.moved.connect(partial(remember_deleted, window, services))
    window.trash.restored.connect(window.marks.forget_turned)
    services.draft.changed.connect(lambda _: _save_soon(window))
    services.draft.history.stepped.connect(window.notice.drop_idle)


def _connect_rooms(window: MainWindow) -> None:
    signals = window.signals
    signals.go.connect(window.go)
    signals.progress.connect(window.show_progress)
    signals.settings_changed.connect(window.change_settings)
    signals.host_asked.connect(window.status.note_connection)
    signals.help_asked.connect(partial(_show_help, window))
    signals.session_changed.connect(partial(_save_soon, window))
    for row in window.rooms.unbuilt():
        for ask in row.hears(signals):
            ask.connect(partial(_ask_again, window, row.id, ask))
    window.fit.eight_bit_asked.connect(lambda: signals.choose_setting.emit("weights", "8bit"))


def _show_help(window: MainWindow, page: str) -> None:
    """A page that a lesson names may be none of this version."""
    if (action := window.actions_by_id.get(f"help.{page}")) is not None:
        action.trigger()


def _save_soon(window: MainWindow) -> None:
    """Soon after the first change, not the last: whoever types without a pause is saved too."""
    if not window.saver.isActive():
        window.saver.start()


def _ask_again(window: MainWindow, room_id: str, ask: SignalInstance, *what: object) -> None:
    """The room that answers may not be built yet: then it has not heard."""
    if room_id not in window.rooms.built:
        window.builder.ask(room_id, partial(ask.emit, *what))


def _connect_pictures(window: MainWindow) -> None:
    signals = window.signals
    current = window.current
    signals.gallery_changed.connect(window.newest.search_again)
    signals.gallery_changed.connect(current.refresh)
    window.trash.changed.connect(signals.gallery_changed)
    window.trash.deleted.connect(current.note_deleted)
    window.trash.restored.connect(current.note_restored)
    current.changed.connect(lambda *_: _save_soon(window))
    current.changed.connect(window.command_states.soon)
    window.variations.told.connect(window.status_message.say)
    window.upscalings.told.connect(window.status_message.say)
    window.upscalings.kept_changed.connect(signals.session_changed)
    window.exports.exportings.told.connect(window.status_message.say)
    window.kin.told.connect(window.status_message.say)
    window.marks.told.connect(window.status_message.say)
    signals.told.connect(window.status_message.say)
    window.making_again.told.connect(window.status_message.say)
    window.viewer.customContextMenuRequested.connect(window.picture_commands.menu_of_viewer)
    connect_grids(window, window.grids())


def connect_grids(window: MainWindow, grids: Iterable[PictureGrid]) -> None:
    """The menu of pictures, and what opens one, wherever they are chosen."""
    for grid in grids:
        grid.customContextMenuRequested.connect(partial(window.picture_commands.menu, grid))
        grid.activated.connect(partial(_open, window, grid))
        grid.open_sweep = window.signals.open_sweep.emit
        window.signals.sweep_lost.connect(partial(_unfold_sweep, grid))


def _open(window: MainWindow, grid: PictureGrid, _: object) -> None:
    """Over the whole screen, from where one comes back to it; of History on the stage beside it."""
    is_of_room = window.rooms.front().chosen_in() is grid
    window.picture_commands.show_large(in_create=not is_of_room)


def _unfold_sweep(grid: PictureGrid, sweep_id: str) -> None:
    """All pictures of a sweep that cannot be shown as a table."""
    model = grid.pictures()
    key = SweepPlace(sweep_id).stack
    if model is not None and key not in model.question.unfolded:
        model.fold(key)


def viewing_windows(window: MainWindow, services: Services) -> ViewingWindows:
    """The windows for pictures alone, and what they know of the main one."""
    around = Around(
        window=window,
        signals=window.signals,
        commands=window.commands,
        current=window.current,
        newest=window.newest,
        trash=window.trash,
        marks=window.marks,
        chosen_in=lambda: window.rooms.front().chosen_in(),
        actions=lambda: window.actions_by_id,
        keys=lambda: window.keys_by_id,
        possible=partial(_possible, window),
        act=partial(_act, window),
    )
    viewing = ViewingWindows(around, services)
    window.settings_changed.connect(viewing.use_keys)
    for key in ("Return", "Enter"):  # in a grid they show the picture here
        shortcut = QShortcut(QKeySequence(key), window.viewer)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(viewing.show_full_screen)
    return viewing


def _possible(window: MainWindow, picture: Picture) -> dict[str, bool]:
    """Which commands can do something about this picture, of those that cannot always."""
    with window.picture_commands.about(picture):
        return window.command_states.now()


def _act(window: MainWindow, command_id: str, picture: Picture) -> None:
    """Do a command about this picture, where it can be done."""
    with window.picture_commands.about(picture):
        window.command_states.refresh()
        window.actions_by_id[command_id].trigger()
    window.command_states.soon()


def _connect_jobs(window: MainWindow, services: Services) -> None:
    service = services.service
    window.voice.announced.connect(lambda words, urgent: announce(window, words, urgent=urgent))
    service.started.connect(partial(_note_seed, services.draft))
    service.finished.connect(window.finished)
    service.finished.connect(lambda _: window.fit.refresh())
    service.error.connect(window.complain)
    service.found_devices.connect(services.library.use_devices)
    service.found_devices.connect(window.status.use_devices)
    service.noted.connect(lambda words: window.notice.say_once(words, "noted"))


def _note_seed(draft: Draft, job: QueuedJob) -> None:
    """The form shows the seed of what it asked for; Edit notes those of its documents itself."""
    if not job.request.document and job.request.seed is not None:
        draft.note_seed(job.request.seed)

"""The window: rooms behind a rail, with what belongs to none of them around them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from core.system import settings as settings_file
from core.system.errors import KnownError
from core.system.settings import Settings
from desktop.form.model.choice import SUFFIXES
from desktop.pictures.actions import PictureActions
from desktop.pictures.comparing.making_again import MakingAgain
from desktop.pictures.current import CurrentPicture
from desktop.pictures.grid import PictureGrid
from desktop.pictures.picture_model import PictureModel
from desktop.pictures.trash import TrashActions
from desktop.pictures.upscaling.upscaling import Upscalings
from desktop.pictures.variations import Variations
from desktop.pictures.viewer import Viewer
from desktop.queue.announcer import QueueAnnouncer
from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room
from desktop.shared.signals import RoomSignals
from desktop.shell import connections, help_texts, restore
from desktop.shell.command_handlers import handlers
from desktop.shell.command_states import CommandStates
from desktop.shell.failures.failures import FailureNotices
from desktop.shell.file_opening import FileOpening
from desktop.shell.help import Help
from desktop.shell.picture_commands import PictureCommands, build_export, build_kin, build_marks
from desktop.shell.rooms import ROOMS, Rail, RoomBuilder, Rooms, boxed, commands_of
from desktop.shell.status_line import FitWatch, StatusLine
from desktop.state import commands, session, shortcuts
from desktop.state.portraits import Portraits
from desktop.state.services import Services
from desktop.widgets import theme
from desktop.widgets.drop_target import DropTargets, accept_copy, dragged_file
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar
from desktop.widgets.status_message import StatusMessage

if TYPE_CHECKING:
    from core.service.making.runner import Outcome

SAVE_AFTER_MS = 600


class MainWindow(QMainWindow):
    """Builds the rooms of `rows` and knows none of them by name; what they say to each other and to
    the window goes through `signals`. `settings_changed` tells the composition root."""

    settings_changed = Signal(Settings)

    def __init__(self, services: Services, rows: Sequence[Room] = ROOMS) -> None:
        super().__init__()
        self._services = services
        self._settings = services.settings
        self._tokens = services.tokens
        self._started = False
        self.draft = services.draft
        self.service = services.service
        self.commands = commands_of(rows)
        self.signals = RoomSignals(self)
        self.setObjectName("main")
        self.setWindowTitle("Calotype")
        self.setAcceptDrops(True)
        self.setMinimumSize(1024, 640)
        self.notice = NoticeBar()
        self._build_pictures(services)
        self._build_around(services)
        self._build_rooms(services, rows)
        self.viewing = connections.viewing_windows(self, services)
        self.command_states = CommandStates(self)
        self._build_actions(services.settings)
        self.status = StatusLine(self.statusBar(), services.settings.device, self.fit)
        self.status_message = StatusMessage(self.statusBar(), self.draft.step_undone)
        self.saver = QTimer(self, interval=SAVE_AFTER_MS, singleShot=True)
        self.saver.timeout.connect(self._save_session)
        connections.connect_all(self, services)
        self._restore()

    # --- building ---

    def _build_pictures(self, services: Services) -> None:
        store = services.stores.gallery
        records = services.database_tasks
        self.viewer = Viewer()
        self.newest = PictureModel(
            gallery=store,
            thumbnails=services.thumbnails,
            records=services.gallery_tasks,
            images=services.image_tasks,
            parent=self,
        )
        services.service.finished.connect(self._add_made)  # before any room hears of it
        self.pictures = PictureActions(records, self.notice, self)
        self.marks, self.mark_questions = build_marks(self, services)
        self.trash = TrashActions(store, records, self.notice, self)
        self.current = CurrentPicture(
            self.viewer,
            store,
            newest=self.newest,
            records=records,
            images=services.image_tasks,
            notice=self.notice,
            parent=self,
        )
        self.variations = Variations(
            services.stores, services.service, services.draft, self.notice, self
        )
        self.upscalings = Upscalings(
            services.stores,
            services.service,
            services.draft,
            services.library,
            images=services.image_tasks,
            notice=self.notice,
            parent=self,
            kept=services.session.upscale,
        )
        self.making_again = MakingAgain(services.service, services.image_tasks, self.notice, self)
        self.picture_commands = PictureCommands(
            self.current,
            self.pictures,
            self.trash,
            notice=self.notice,
            variations=self.variations,
            upscalings=self.upscalings,
            making_again=self.making_again,
            signals=self.signals,
            window=self,
        )
        self.exports = build_export(self, services)
        self.kin = build_kin(self, services)

    def _build_around(self, services: Services) -> None:
        records = services.database_tasks
        self.failures = FailureNotices(
            services.stores,
            services.service,
            notice=self.notice,
            records=records,
            disk=services.image_tasks,
            window=self,
        )
        self.fit = FitWatch(
            services.stores, services.library, services.draft, records=records, parent=self
        )
        self.opening = FileOpening(services.library, records, self)
        self.voice = QueueAnnouncer(services.service, self)
        self.help = Help(services, self)

    def _build_rooms(self, services: Services, rows: Sequence[Room]) -> None:
        context = RoomContext(
            services=services,
            window=self,
            signals=self.signals,
            commands=self.commands,
            notice=self.notice,
            portraits=Portraits(
                services.stores, services.thumbnails, services.image_tasks, parent=self
            ),
            viewer=self.viewer,
            newest=self.newest,
            current=self.current,
            trash=self.trash,
            questions=self.mark_questions,
            chosen_pictures=self.picture_commands.pictures,
        )
        self.rooms = Rooms(rows, context, services.session.room)
        self.builder = RoomBuilder(self.rooms, self.complain, self)
        self._wanted = ""  # the room that was asked for last
        right = boxed(QVBoxLayout(), self.rooms)
        self.notice.float_over(right, self.viewer, self.rooms)
        self.notice.emptied.connect(self.rooms.focus_in)
        self.rail = Rail(rows, services.tokens)
        self.rail.chosen.connect(self.go)
        self.rail.approached.connect(self.builder.expect)
        central = boxed(QHBoxLayout(), self.rail, right)
        self.setCentralWidget(central)
        self.drop_targets = DropTargets(SUFFIXES, central)

    def _build_actions(self, settings: Settings) -> None:
        self.keys_by_id = shortcuts.resolve(settings.shortcuts, self.commands)
        self.actions_by_id = self.help.actions = commands.build_actions(
            self, self.menuBar(), self.commands, self.keys_by_id, handlers(self)
        )
        commands.scope_to(self.actions_by_id, self.commands, *self.grids(), self.viewer)
        for room in self.rooms.built.values():
            self._scope_to(room)
        self._use_keys()
        self.rooms.currentChanged.connect(lambda _: self._use_keys())

    def _scope_to(self, room: BuiltRoom) -> None:
        for scope, places in (
            (commands.CANVAS, room.canvases()),
            (commands.PROMPTS, room.prompts()),
        ):
            commands.scope_to(self.actions_by_id, self.commands, *places, scope=scope)

    def _use_keys(self) -> None:
        """The keys that work in the room in front."""
        row = next(row for row in self.rooms.rows if row.id == self.rooms.shown)
        own = [command.id for command in row.all_commands()]
        here = commands.keys_in_front(self.keys_by_id, self.commands, own)
        commands.use_keys(self.actions_by_id, here)
        self.fit.use_draft(self.rooms.front().draft() or self.draft)

    def _restore(self) -> None:
        restore.restore(self, self._services.session)
        help_texts.explain(self)
        self.command_states.follow()
        self.rooms.focus_in()
        self.rooms.joined.connect(self._join)

    def _join(self, room: BuiltRoom) -> None:
        """A room was built after the others: all that they got, and what has changed since."""
        commands.scope_to(self.actions_by_id, self.commands, *room.grids())
        self._scope_to(room)
        connections.connect_grids(self, room.grids())
        room.restore(self._services.session)
        help_texts.explain_room(self, room)
        if self._settings != self._services.settings:
            room.use_settings(self._settings)
        if self._tokens != self._services.tokens:
            room.use_tokens(self._tokens)
        self.command_states.follow_grids(room.grids())
        self.command_states.soon()
        if self._started:
            room.start()

    def start(self) -> None:
        """After the first paint: what the rooms begin with, and the gallery."""
        self._started = True
        for room in self.rooms.built.values():
            room.start()
        self.fit.start()
        self.newest.search_again()
        self.current.come_back(self._services.session.picture)
        self.builder.start(self._services)

    def end(self) -> None:
        """The program ends."""
        self.builder.end()
        for room in self.rooms.built.values():
            room.end()
        self.variations.end()
        self.upscalings.end()
        self.trash.end()
        self.viewing.end()
        self.exports.end()
        self.kin.end()

    # --- rooms ---

    def grids(self) -> list[PictureGrid]:
        """Wherever pictures are chosen."""
        return [grid for room in self.rooms.built.values() for grid in room.grids()]

    def go(self, room_id: str) -> None:
        """Show a room, as soon as it is built; not where another one was asked for meanwhile."""
        self._wanted = room_id
        self.rail.show_room(room_id)
        self.builder.ask(room_id, partial(self._show_room, room_id))

    def _show_room(self, room_id: str) -> None:
        if room_id == self._wanted:
            self.rooms.go(room_id)
            self.saver.start()

    # --- pictures ---

    def read_gallery(self) -> None:
        """Show what lies in the gallery now."""
        self.signals.gallery_changed.emit()
        self.current.come_back(self._services.session.picture)

    def show_progress(self, percent: int) -> None:
        self.setWindowTitle("Calotype" if percent < 0 else tr("{n} % - Calotype", n=percent))

    def _add_made(self, outcome: Outcome) -> None:
        if outcome.picture is not None:
            self.newest.add(outcome.picture)
            self.signals.picture_made.emit(outcome.picture)

    def finished(self, outcome: Outcome) -> None:
        if outcome.picture is None and not outcome.stopped:
            self.failures.failed(outcome)

    def complain(self, error: KnownError) -> None:
        """The door for faults that have no better place."""
        self.notice.say(str(error), problem=True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_file(event.mimeData()) is not None:
            self._show_targets(event)
            accept_copy(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        accept_copy(event)
        event.setAccepted(self._show_targets(event))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_targets.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        file = dragged_file(event.mimeData())
        wanted = self._show_targets(event)
        self.drop_targets.hide()
        if file is None or not wanted:
            return
        accept_copy(event)
        target = self.drop_targets.at(self._in_targets(event))
        self.opening.take_dropped(target.does, file)

    def _show_targets(self, event: QDropEvent) -> bool:
        """What letting go would do; False over the place from which a picture of ours is dragged,
        which is on its way to another program, too."""
        file = dragged_file(event.mimeData())
        source = event.source()
        targets = self.drop_targets
        if file is None or (isinstance(source, QWidget) and self._is_over(source, event)):
            targets.hide()
            return False
        if not targets.isVisible():
            targets.offer(file, self.rooms.front().drop)
        targets.point_at(self._in_targets(event))
        return True

    def _is_over(self, place: QWidget, event: QDropEvent) -> bool:
        point = self.mapToGlobal(event.position().toPoint())
        return place.rect().contains(place.mapFromGlobal(point))

    def _in_targets(self, event: QDropEvent) -> QPoint:
        return self.drop_targets.mapFrom(self, event.position().toPoint())

    # --- settings, session ---

    def change_settings(self, settings: Settings) -> None:
        self._settings = settings
        for room in self.rooms.built.values():
            room.use_settings(settings)
        path = self._services.stores.places.settings
        self._services.database_tasks.submit(lambda: settings_file.save(path, settings))
        self.keys_by_id = shortcuts.resolve(settings.shortcuts, self.commands)
        self._use_keys()
        help_texts.name_keys(self)
        self.settings_changed.emit(settings)

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self._tokens = tokens
        for room in self.rooms.built.values():
            room.use_tokens(tokens)
        self.rail.draw(tokens)

    def _save_session(self) -> None:
        kept = restore.session_of(self, self._services.session)
        path = self._services.stores.places.session
        self._services.database_tasks.submit(lambda: session.save(path, kept))

    def closeEvent(self, event: QCloseEvent) -> None:
        from desktop.shell.dialogs import close_question

        current = self._services.service.current
        how = close_question.ask_before_closing(self) if current is not None else "stop"
        if how == "stay":
            event.ignore()
            return
        self._save_session()
        self.hide()
        close_question.end_jobs(self._services, now=how == "stop")
        event.accept()
        QApplication.quit()

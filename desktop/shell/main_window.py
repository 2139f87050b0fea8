"""The window: rooms behind a rail, panels joined through draft, service and commands."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QSplitter, QVBoxLayout

from core.models.library.model_entry import ModelEntry
from core.models.library.vocabulary import known_words
from core.service.library_overview import LibraryItem
from core.service.runner import Outcome
from core.system import settings as settings_file
from core.system.errors import KnownError
from core.system.settings import Settings
from desktop.create.stage import StagePanel
from desktop.form import model_choice
from desktop.form.actions import FormActions
from desktop.form.few_step_loras import FewStepLoras
from desktop.form.loras import LorasPanel
from desktop.form.panel import SidePanel
from desktop.form.parameters.panel import ParametersPanel
from desktop.form.prompt import insert_dialog
from desktop.form.prompt.panel import PromptPanel
from desktop.form.recipes import Recipes
from desktop.gallery.panel import GalleryPanel
from desktop.models.controller import ModelsController
from desktop.pictures import viewer
from desktop.pictures.actions import PictureActions
from desktop.pictures.current import CurrentPicture
from desktop.pictures.history import HistoryPanel
from desktop.pictures.picture_model import PictureModel
from desktop.pictures.trash import TrashActions
from desktop.queue.announcer import QueueAnnouncer
from desktop.settings.panel import SettingsPanel
from desktop.shell import close_question, connections, help_texts, restore
from desktop.shell.command_handlers import handlers
from desktop.shell.command_states import CommandStates
from desktop.shell.failures.failures import FailureNotices
from desktop.shell.file_opening import FileOpening
from desktop.shell.help import Help
from desktop.shell.model_intake import ModelIntake
from desktop.shell.picture_commands import PictureCommands
from desktop.shell.rooms import COMMANDS, ROOMS, Rail, Rooms, boxed
from desktop.shell.status_line import FitWatch, StatusLine
from desktop.state import commands, session, shortcuts
from desktop.state.services import Services
from desktop.widgets import theme
from desktop.widgets.drop_target import DropTarget, dragged_file
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar
from desktop.widgets.status_message import StatusMessage

SAVE_AFTER_MS = 600


class MainWindow(QMainWindow):
    """`settings_changed` tells the composition root; everything else happens here."""

    settings_changed = Signal(Settings)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._settings = services.settings
        self.draft = services.draft
        self.service = services.service
        self._groups: dict[str, list[str]] = {}
        self.setObjectName("main")
        self.setWindowTitle("Calotype")
        self.setAcceptDrops(True)
        self.setMinimumSize(1024, 640)
        self.settings_page = SettingsPanel(services.settings, COMMANDS)
        self._build_form(services)
        self._build_pictures(services)
        self._build_deeds(services)
        self._build_rooms()
        self.help = Help(services.stores.places, self)
        self.command_states = CommandStates(self)
        self.actions_by_id = self.help.actions = commands.build_actions(
            self,
            self.menuBar(),
            COMMANDS,
            shortcuts.resolve(services.settings.shortcuts, COMMANDS),
            handlers(self),
        )
        commands.scope_to(
            self.actions_by_id, COMMANDS, self.history.grid, self.gallery.grid, self.stage.viewer
        )
        self.status = StatusLine(self.statusBar(), self._settings.device, self.fit)
        self.status_message = StatusMessage(self.statusBar(), self.draft.step_undone)
        self.saver = QTimer(self, interval=SAVE_AFTER_MS, singleShot=True)
        self.saver.timeout.connect(self._save_session)
        connections.connect_all(self, services)
        self._restore()

    # --- building ---

    def _build_form(self, services: Services) -> None:
        self.notice = NoticeBar()
        self.prompt = PromptPanel(services.draft, services.tokens)
        self.parameters = ParametersPanel(services.draft)
        self.loras = LorasPanel(services.draft)
        self.side = SidePanel(services.draft, self.prompt, self.loras, self.parameters)
        self.stage = StagePanel(services.service)
        self.failures = FailureNotices(
            services.stores,
            services.service,
            notice=self.notice,
            records=services.database_tasks,
            disk=services.image_tasks,
            window=self,
        )

    def _build_pictures(self, services: Services) -> None:
        store = services.stores.gallery
        records = services.database_tasks
        self.history_model = self._picture_model(services)
        self.history = HistoryPanel(self.history_model)
        self.gallery_model = self._picture_model(services)
        self.gallery = GalleryPanel(self.gallery_model)
        self.pictures = PictureActions(
            store, records, self.notice, changed=self.gallery_changed, parent=self
        )
        self.trash = TrashActions(store, records, self.notice, self)
        self.current = CurrentPicture(
            self.stage.viewer,
            store,
            history=self.history.grid,
            grid=self.gallery.grid,
            records=records,
            images=services.image_tasks,
            notice=self.notice,
            parent=self,
        )
        self.picture_commands = PictureCommands(
            self.current, self.pictures, self.trash, notice=self.notice, window=self
        )

    def _picture_model(self, services: Services) -> PictureModel:
        return PictureModel(
            gallery=services.stores.gallery,
            thumbnails=services.thumbnails,
            records=services.database_tasks,
            images=services.image_tasks,
            parent=self,
        )

    def _build_deeds(self, services: Services) -> None:
        library = services.library
        draft = services.draft
        records = services.database_tasks
        self.model_choice = model_choice.ModelChoice(
            library,
            draft=draft,
            records=records,
            notice=self.notice,
            parameters=self.parameters,
            parent=self,
        )
        self.recipes = Recipes(
            library, draft, self.model_choice, notice=self.notice, find=self.find_model, parent=self
        )
        self.form = FormActions(
            draft,
            self.notice,
            services.service,
            take=self.recipes.apply,
            side=self.side,
            later=self.prompt.after_keys,
        )
        self.few_steps = FewStepLoras(library, draft, records, notice=self.notice, parent=self)
        self.fit = FitWatch(services.stores, draft, records, self)
        self.models_room = ModelsController(
            services.stores,
            services.settings,
            library,
            images=services.image_tasks,
            thumbnails=services.thumbnails,
            tokens=services.tokens,
            notice=self.notice,
            draft=draft,
            parent=self,
        )
        self.submission = connections.make_submission(self, services)
        self.opening = FileOpening(library, records, self)
        self.taking_in = ModelIntake(
            library, self.models_room, self.model_choice, self.notice, self.go_models
        )
        self.voice = QueueAnnouncer(services.service, self)

    def _build_rooms(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for part in (self.side, self.stage, self.history):
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([theme.PANEL_WIDTH, 900, 148])
        self.rooms = Rooms(
            {
                "create": (self.splitter, self.prompt.prompt),
                "gallery": (self.gallery, self.gallery.grid),
                "models": (self.models_room.panel, self.models_room.panel.list),
                "settings": (self.settings_page, self.settings_page),
            }
        )
        right = boxed(QVBoxLayout(), self.rooms)
        self.notice.float_over(right, self.stage.viewer, self.rooms)
        self.notice.emptied.connect(self.rooms.focus_in)
        self.rail = Rail(ROOMS, self._services.tokens)
        self.rail.chosen.connect(self.go)
        central = boxed(QHBoxLayout(), self.rail, right)
        self.setCentralWidget(central)
        self.drop_target = DropTarget(model_choice.SUFFIXES, central)

    def _restore(self) -> None:
        self.model_choice.restore()
        restore.restore(self, self._services.session, self._groups.get("examples", []))
        help_texts.explain(self)
        self.command_states.follow()
        self.rooms.focus_in()

    def start(self) -> None:
        """After the first paint: read the library and the gallery."""
        self.models_room.start()
        self.read_gallery()

    def read_gallery(self) -> None:
        """Show what lies in the gallery now."""
        self.history_model.search()
        self.gallery.ask()
        self.current.come_back(self._services.session.picture)

    # --- rooms and models ---

    def go(self, room: str) -> None:
        """Show a room."""
        self.rooms.go(room)
        self.rail.show_room(room)
        self.saver.start()

    def go_create(self) -> None:
        self.go("create")

    def go_gallery(self) -> None:
        self.go("gallery")

    def go_models(self) -> None:
        self.go("models")
        self.models_room.panel.get.setChecked(False)

    def get_models(self) -> None:
        """To the page where models come from."""
        self.go("models")
        self.models_room.panel.get.setChecked(True)

    def show_model(self, path: str) -> None:
        """To a model in its room."""
        self.go_models()
        self.models_room.show_model(path)

    def use_item(self, item: LibraryItem) -> None:
        """From the Models room into the form."""
        self.go("create")
        self.model_choice.use_item(item)

    def find_model(self, name: str) -> None:
        """To where models come from, with this name to be looked for; nothing is asked yet."""
        self.get_models()
        self.models_room.get.line.setText(name)
        self.models_room.get.line.setFocus()

    def go_settings(self) -> None:
        self.go("settings")

    def go_shortcuts(self) -> None:
        """To the keys in the settings."""
        self.go("settings")
        self.settings_page.show_keys()

    def go_search(self) -> None:
        """To the search field: of the models in their room, else of the gallery."""
        field = self.models_room.panel.search
        if self.rooms.shown != "models" or self.models_room.panel.get.isChecked():
            self.go("gallery")
            field = self.gallery.search
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()

    def toggle_history(self) -> None:
        self.history.setVisible(not self.history.isVisible())
        self.saver.start()

    def use_entry(self, entry: ModelEntry) -> None:
        self._groups = known_words(Path(entry.path))
        self.submission.use_words(self._groups)
        self.prompt.use_model(entry)
        self.fit.use_model(entry)
        self.few_steps.use_model(entry)
        self.prompt.examples.show_texts(self._groups.get("examples", [])[1:7])

    # --- generating ---

    def generate(self) -> None:
        """Add the form to the queue, where nothing speaks against it."""
        self.submission.generate()

    def show_making(self) -> None:
        self.go("create")
        self.stage.set_following(True)
        self.prompt.examples.leave()

    def show_progress(self, percent: int) -> None:
        self.setWindowTitle("Calotype" if percent < 0 else tr("{n} % - Calotype", n=percent))

    def finished(self, outcome: Outcome) -> None:
        if outcome.picture is not None:
            self.history_model.add(outcome.picture)
            self.gallery_model.add(outcome.picture)
            if self.stage.following:
                self.current.show(outcome.picture)
            return
        if self.stage.following:
            self.current.reload()
        if not outcome.stopped:
            self.failures.failed(outcome)

    def complain(self, error: KnownError) -> None:
        """The door for faults that have no better place."""
        self.notice.say(str(error), problem=True)

    # --- pictures ---

    def follow(self) -> None:
        self.stage.set_following(True)
        self.current.step(-viewer.FAR)

    def gallery_changed(self) -> None:
        self.history_model.search_again()
        self.gallery_model.search_again()
        self.current.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is None and (file := dragged_file(event.mimeData())) is not None:
            self.drop_target.offer(file)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_target.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop_target.hide()
        if (file := dragged_file(event.mimeData())) is not None:
            self.opening.open_path(file)

    # --- help, settings, session ---

    def insert_word(self) -> None:
        insert_dialog.offer(self._services.library, self.prompt, self.notice, self)

    def change_settings(self, settings: Settings) -> None:
        self._settings = settings
        self.models_room.use_settings(settings)
        path = self._services.stores.places.settings
        self._services.database_tasks.submit(lambda: settings_file.save(path, settings))
        commands.use_keys(self.actions_by_id, shortcuts.resolve(settings.shortcuts, COMMANDS))
        help_texts.name_keys(self)
        self.settings_changed.emit(settings)

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self._services = replace(self._services, tokens=tokens)
        self.prompt.set_colours(tokens)
        self.models_room.use_tokens(tokens)
        self.rail.draw(tokens)

    def _save_session(self) -> None:
        kept = restore.session_of(self)
        path = self._services.stores.places.session
        self._services.database_tasks.submit(lambda: session.save(path, kept))

    def closeEvent(self, event: QCloseEvent) -> None:
        current = self._services.service.current
        how = close_question.ask_before_closing(self) if current is not None else "stop"
        if how == "stay":
            event.ignore()
            return
        self._save_session()
        self.hide()
        self._services.service.end(now=how == "stop")
        if current is not None and how == "stop":
            jobs = self._services.stores.jobs
            keep = partial(close_question.keep_in_queue, jobs, current.id)
            self._services.database_tasks.submit(keep)
        event.accept()
        QApplication.quit()

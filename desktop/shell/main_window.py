"""The window: rooms behind a rail, panels joined through draft, service and commands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QSplitter, QVBoxLayout

from core.models.library.model_entry import ModelEntry
from core.models.library.vocabulary import known_words
from core.service.library_overview import Holding
from core.service.runner import Outcome
from core.system import settings as settings_file
from core.system.errors import KnownError
from core.system.settings import Settings
from desktop.create.stage import StagePanel
from desktop.form import model_choice
from desktop.form.actions import FormActions
from desktop.form.few_step_loras import FewSteps
from desktop.form.loras import LorasPanel
from desktop.form.panel import SidePanel
from desktop.form.parameters.panel import ParametersPanel
from desktop.form.prompt import insert_dialog
from desktop.form.prompt.panel import PromptPanel
from desktop.form.recipes import Recipes
from desktop.gallery.panel import GalleryPanel
from desktop.models.controller import ModelRoom
from desktop.pictures import viewer
from desktop.pictures.actions import PictureActions
from desktop.pictures.current import CurrentPicture
from desktop.pictures.history import HistoryPanel
from desktop.pictures.picture_model import PictureModel
from desktop.pictures.trash import TrashActions
from desktop.queue.announcements import QueueVoice
from desktop.settings.panel import SettingsPanel
from desktop.shell import close_question, connections, help_texts, reopening
from desktop.shell.command_handlers import handlers
from desktop.shell.failures.failures import Troubles
from desktop.shell.file_opening import FileOpening
from desktop.shell.help import Help
from desktop.shell.model_intake import TakingIn
from desktop.shell.picture_commands import Chosen
from desktop.shell.possible import Possible
from desktop.shell.rooms import CREATE, GALLERY, MODELS, SETTINGS, Rail, Rooms, boxed
from desktop.shell.status_line import FitWatch, StatusLine
from desktop.state import commands, session, shortcuts
from desktop.state.services import Desk
from desktop.widgets import theme
from desktop.widgets.drop_target import DropTarget, dragged_file
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar
from desktop.widgets.status_message import Said

SAVE_AFTER_MS = 600


class MainWindow(QMainWindow):
    """`settings_changed` tells the composition root; everything else happens here."""

    settings_changed = Signal(Settings)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._settings = desk.settings
        self.draft = desk.draft
        self.service = desk.service
        self._groups: dict[str, list[str]] = {}
        self.setObjectName("main")
        self.setWindowTitle("Calotype")
        self.setAcceptDrops(True)
        self.setMinimumSize(1024, 640)
        self.settings_page = SettingsPanel(desk.settings)
        self._build_form(desk)
        self._build_pictures(desk)
        self._build_deeds(desk)
        self._build_rooms()
        self.help = Help(desk.stores.places, self)
        self.possible = Possible(self)
        self.actions_by_id = self.help.actions = commands.build(
            self, self.menuBar(), shortcuts.resolve(desk.settings.shortcuts), handlers(self)
        )
        commands.scope_to(
            self.actions_by_id, self.history.grid, self.gallery.grid, self.stage.viewer
        )
        self.status = StatusLine(self.statusBar(), self._settings.device, self.fit)
        self.said = Said(self.statusBar(), self.draft.said)
        self.saver = QTimer(self, interval=SAVE_AFTER_MS, singleShot=True)
        self.saver.timeout.connect(self._save_session)
        connections.connect_all(self, desk)
        self._restore()

    # --- building ---

    def _build_form(self, desk: Desk) -> None:
        self.notice = NoticeBar()
        self.prompt = PromptPanel(desk.draft, desk.tokens)
        self.parameters = ParametersPanel(desk.draft)
        self.loras = LorasPanel(desk.draft)
        self.side = SidePanel(desk.draft, self.prompt, self.loras, self.parameters)
        self.stage = StagePanel(desk.service)
        self.troubles = Troubles(
            desk.stores,
            desk.service,
            notice=self.notice,
            records=desk.records,
            disk=desk.images,
            window=self,
        )

    def _build_pictures(self, desk: Desk) -> None:
        store = desk.stores.gallery
        self.recent = self._picture_model(desk)
        self.history = HistoryPanel(self.recent)
        self.all = self._picture_model(desk)
        self.gallery = GalleryPanel(self.all)
        self.pictures = PictureActions(
            store, desk.records, self.notice, changed=self.gallery_changed, parent=self
        )
        self.trash = TrashActions(store, desk.records, self.notice, self)
        self.current = CurrentPicture(
            self.stage.viewer,
            store,
            history=self.history.grid,
            grid=self.gallery.grid,
            records=desk.records,
            images=desk.images,
            notice=self.notice,
            parent=self,
        )
        self.chosen = Chosen(
            self.current, self.pictures, self.trash, notice=self.notice, window=self
        )

    def _picture_model(self, desk: Desk) -> PictureModel:
        return PictureModel(
            gallery=desk.stores.gallery,
            thumbnails=desk.thumbnails,
            records=desk.records,
            images=desk.images,
            parent=self,
        )

    def _build_deeds(self, desk: Desk) -> None:
        self.models = model_choice.Models(
            desk.stores.library,
            desk.entries,
            draft=desk.draft,
            records=desk.records,
            notice=self.notice,
            parameters=self.parameters,
            parent=self,
        )
        self.recipes = Recipes(
            desk.stores.library,
            desk.draft,
            self.models,
            notice=self.notice,
            find=self.find_model,
            parent=self,
        )
        self.form = FormActions(
            desk.draft,
            self.notice,
            desk.service,
            take=self.recipes.take,
            side=self.side,
            later=self.prompt.after_keys,
        )
        self.few_steps = FewSteps(
            desk.stores.library, desk.draft, desk.records, notice=self.notice, parent=self
        )
        self.fit = FitWatch(desk.stores, desk.draft, desk.records, self)
        self.room = ModelRoom(
            desk.stores,
            desk.settings,
            images=desk.images,
            thumbnails=desk.thumbnails,
            tokens=desk.tokens,
            notice=self.notice,
            draft=desk.draft,
            parent=self,
        )
        self.asking = connections.asking(self, desk)
        self.opening = FileOpening(desk.records, self)
        self.taking_in = TakingIn(self.room, self.models, self.notice, self.go_models)
        self.voice = QueueVoice(desk.service, self)

    def _build_rooms(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for part in (self.side, self.stage, self.history):
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([theme.PANEL_WIDTH, 900, 148])
        self.rooms = Rooms(
            (self.splitter, self.gallery, self.room.panel, self.settings_page),
            (self.prompt.prompt, self.gallery.grid, self.room.panel.list, self.settings_page),
        )
        right = boxed(QVBoxLayout(), self.rooms)
        self.notice.float_over(right, self.stage.viewer, self.rooms)
        self.notice.left.connect(self.rooms.focus_in)
        self.rail = Rail(self._desk.tokens)
        self.rail.chosen.connect(self.go)
        central = boxed(QHBoxLayout(), self.rail, right)
        self.setCentralWidget(central)
        self.drop_target = DropTarget(model_choice.SUFFIXES, central)

    def _restore(self) -> None:
        self.models.restore()
        reopening.restore(self, self._desk.session, self._groups.get("examples", []))
        help_texts.explain(self)
        self.possible.follow()
        self.rooms.focus_in()

    def start(self) -> None:
        """After the first paint: read the library and the gallery."""
        self.room.start()
        self.read_gallery()

    def read_gallery(self) -> None:
        """Show what lies in the gallery now."""
        self.recent.search()
        self.gallery.ask()
        self.current.come_back(self._desk.session.picture)

    # --- rooms and models ---

    def go(self, room: int) -> None:
        """Show a room."""
        self.rooms.go(room)
        self.rail.show_room(room)
        self.saver.start()

    def go_create(self) -> None:
        self.go(CREATE)

    def go_gallery(self) -> None:
        self.go(GALLERY)

    def go_models(self) -> None:
        self.go(MODELS)
        self.room.panel.get.setChecked(False)

    def get_models(self) -> None:
        """To the page where models come from."""
        self.go(MODELS)
        self.room.panel.get.setChecked(True)

    def show_model(self, path: str) -> None:
        """To a model in its room."""
        self.go_models()
        self.room.show_model(path)

    def use_holding(self, holding: Holding) -> None:
        """From the Models room into the form."""
        self.go(CREATE)
        self.models.use_holding(holding)

    def find_model(self, name: str) -> None:
        """To where models come from, with this name to be looked for; nothing is asked yet."""
        self.get_models()
        self.room.get.line.setText(name)
        self.room.get.line.setFocus()

    def go_settings(self) -> None:
        self.go(SETTINGS)

    def go_shortcuts(self) -> None:
        """To the keys in the settings."""
        self.go(SETTINGS)
        self.settings_page.show_keys()

    def go_search(self) -> None:
        """To the search field: of the models in their room, else of the gallery."""
        field = self.room.panel.search
        if self.rooms.currentIndex() != MODELS or self.room.panel.get.isChecked():
            self.go(GALLERY)
            field = self.gallery.search
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()

    def zoom(self) -> None:
        """The whole picture, or one of its pixels on one of the screen."""
        viewer = self.stage.viewer
        viewer.set_zoom(None if viewer.zoom() == 1.0 else 1.0)

    def toggle_history(self) -> None:
        self.history.setVisible(not self.history.isVisible())
        self.saver.start()

    def use_entry(self, entry: ModelEntry) -> None:
        self._groups = known_words(Path(entry.path))
        self.asking.use_words(self._groups)
        self.prompt.use_model(entry)
        self.fit.use_model(entry)
        self.few_steps.use_model(entry)
        self.prompt.examples.show_texts(self._groups.get("examples", [])[1:7])

    # --- generating ---

    def generate(self) -> None:
        """Add the form to the queue, where nothing speaks against it."""
        self.asking.generate()

    def show_making(self) -> None:
        self.go(CREATE)
        self.stage.set_following(True)
        self.prompt.examples.leave()

    def show_progress(self, percent: int) -> None:
        self.setWindowTitle("Calotype" if percent < 0 else tr("{n} % - Calotype", n=percent))

    def finished(self, outcome: Outcome) -> None:
        if outcome.picture is not None:
            self.recent.add(outcome.picture)
            self.all.add(outcome.picture)
            if self.stage.following:
                self.current.show(outcome.picture)
            return
        if self.stage.following:
            self.current.reload()
        if not outcome.stopped:
            self.troubles.failed(outcome)

    def complain(self, error: KnownError) -> None:
        """The door for faults that have no better place."""
        self.notice.say(str(error), problem=True)

    # --- pictures ---

    def follow(self) -> None:
        self.stage.set_following(True)
        self.current.step(-viewer.FAR)

    def gallery_changed(self) -> None:
        self.recent.search_again()
        self.all.search_again()
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
        insert_dialog.offer(
            self._desk.stores.library, self.prompt, self._desk.records, self.notice, self
        )

    def change_settings(self, settings: Settings) -> None:
        self._settings = settings
        self.room.use_settings(settings)
        path = self._desk.stores.places.settings
        self._desk.records.do(lambda: settings_file.save(path, settings))
        commands.use_keys(self.actions_by_id, shortcuts.resolve(settings.shortcuts))
        help_texts.name_keys(self)
        self.settings_changed.emit(settings)

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self._desk = replace(self._desk, tokens=tokens)
        self.prompt.set_colours(tokens)
        self.room.use_tokens(tokens)
        self.rail.draw(tokens)

    def _save_session(self) -> None:
        kept = reopening.current(self)
        path = self._desk.stores.places.session
        self._desk.records.do(lambda: session.save(path, kept))

    def closeEvent(self, event: QCloseEvent) -> None:
        current = self._desk.service.current
        how = close_question.ask(self) if current is not None else "stop"
        if how == "stay":
            event.ignore()
            return
        self._save_session()
        self.hide()
        self._desk.service.end(now=how == "stop")
        if current is not None and how == "stop":
            jobs = self._desk.stores.jobs
            self._desk.records.do(lambda: close_question.keep_in_queue(jobs, current.id))
        event.accept()
        QApplication.quit()

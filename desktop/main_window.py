"""The window: rooms behind a rail, panels joined through draft, service and commands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QPoint, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from core import settings as settings_file
from core.errors import InvalidRequest, KnownError
from core.models.library import ModelEntry
from core.models.world import answer, known_words
from core.picture import Picture
from core.runner import Outcome, Stores, program_version
from core.settings import Settings
from core.store.gallery import Thumbnails
from desktop import commands, session, theme
from desktop.backstage import Backstage
from desktop.dialogs import words
from desktop.dialogs.palette import CommandPalette
from desktop.draft import Draft
from desktop.few_steps import FewSteps
from desktop.grid import PictureGrid
from desktop.lists import PICTURE_ROLE, PictureModel
from desktop.panels.gallery import GalleryPanel
from desktop.panels.history import HistoryPanel
from desktop.panels.parameters import ParametersPanel
from desktop.panels.prompt import PromptPanel
from desktop.panels.settings import SettingsPanel
from desktop.panels.side import SidePanel
from desktop.panels.stage import StagePanel
from desktop.pictures import PictureActions
from desktop.status import FitWatch, StatusLine
from desktop.strings import tr, tr_data
from desktop.widgets import NoticeBar
from desktop.worker import JobService

CREATE, GALLERY, SETTINGS = range(3)
SAVE_AFTER_MS = 600
MODEL_SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the composition root hands to the window."""

    stores: Stores
    settings: Settings
    session: session.Session
    service: JobService
    draft: Draft
    records: Backstage
    images: Backstage
    thumbnails: Thumbnails
    tokens: theme.Tokens
    entries: tuple[ModelEntry, ...]


class MainWindow(QMainWindow):
    """`settings_changed` tells the composition root; everything else happens here."""

    settings_changed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk, self._settings = desk, desk.settings
        self._groups: dict[str, list[str]] = {}
        self._answered = ""
        self._shown: Picture | None = None
        self.setObjectName("main")
        self.setWindowTitle("Calotype")
        self.setAcceptDrops(True)
        self.setMinimumSize(1024, 640)
        self._build_panels()
        self._build_rooms()
        self.actions_by_id = commands.build(self, self.menuBar(), dict(desk.settings.shortcuts))
        self.status = StatusLine(self.statusBar(), self._settings.device, self.fit)
        self._connect()
        self._restore()

    # --- building ---

    def _build_panels(self) -> None:
        desk = self._desk
        self.notice = NoticeBar()
        self.prompt = PromptPanel(desk.draft, desk.records, desk.tokens)
        self.parameters = ParametersPanel(desk.draft)
        self.side = SidePanel(desk.draft, self.prompt, self.parameters)
        self.stage = StagePanel(desk.service)
        self.recent = PictureModel(desk.stores.gallery, desk.thumbnails, desk.records, desk.images, self)
        self.history = HistoryPanel(self.recent)
        self.all = PictureModel(desk.stores.gallery, desk.thumbnails, desk.records, desk.images, self)
        self.gallery = GalleryPanel(self.all)
        shortcuts = {row.id: (tr_data(row.label), dict(desk.settings.shortcuts).get(row.id, row.key)) for row in commands.COMMANDS}
        self.settings_page = SettingsPanel(desk.settings, shortcuts)
        self.few_steps = FewSteps(desk.stores.library, desk.draft, desk.records, self.notice, self)
        self.fit = FitWatch(desk.stores, desk.draft, desk.records, self)
        self.pictures = PictureActions(desk.stores, desk.draft, desk.records, self.notice, self._gallery_changed, self)

    def _build_rooms(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for part in (self.side, self.stage, self.history):
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([theme.PANEL_WIDTH, 900, 148])
        self.rooms = QStackedWidget()
        for room in (self.splitter, self.gallery, self.settings_page):
            self.rooms.addWidget(room)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.rooms, 1)
        column.addWidget(self.notice)
        central = QWidget()
        line = QHBoxLayout(central)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self._build_rail())
        line.addWidget(right, 1)
        self.setCentralWidget(central)

    def _build_rail(self) -> QWidget:
        rail = QWidget()
        rail.setObjectName("rail")
        rail.setMinimumWidth(theme.RAIL_WIDTH)
        column = QVBoxLayout(rail)
        column.setContentsMargins(6, theme.SPACE_3, 6, theme.SPACE_3)
        column.setSpacing(theme.SPACE_1)
        self.rail: list[QToolButton] = []
        for at, (name, icon) in enumerate(((tr("Create"), "create"), (tr("Gallery"), "gallery"), (tr("Settings"), "settings"))):
            if at == SETTINGS:
                column.addStretch(1)
            button = QToolButton()
            button.setText(name)
            button.setAccessibleName(name)
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(22, 22))
            button.setProperty("icon_name", icon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self.go, at))
            column.addWidget(button)
            self.rail.append(button)
        self._draw_rail()
        return rail

    def _draw_rail(self) -> None:
        for button in self.rail:
            button.setIcon(theme.icon(button.property("icon_name"), self._desk.tokens.text, 22))

    def _connect(self) -> None:
        desk = self._desk
        self.side.generate_asked.connect(self.generate)
        self.parameters.model_chosen.connect(self._choose_model)
        self.parameters.folder_asked.connect(self.open_model_folder)
        self.parameters.file_asked.connect(self.open_model_file)
        self.stage.follow_asked.connect(self._follow)
        self.stage.progress.connect(self._show_progress)
        self.gallery.emptied.connect(self.pictures.empty_trash)
        self.settings_page.changed.connect(self._change_settings)
        desk.service.started.connect(lambda job: desk.draft.note_seed(job.request.seed))
        desk.service.finished.connect(self._finished)
        desk.service.finished.connect(lambda _: self.fit.look())
        desk.service.troubled.connect(self.complain)
        desk.service.found_devices.connect(self.status.use_devices)
        for grid in (self.history.grid, self.gallery.grid):
            grid.customContextMenuRequested.connect(partial(self._menu, grid))
            grid.activated.connect(lambda _: self.show_large())
            grid.delete_pressed.connect(self.delete)
        self.history.grid.selectionModel().currentChanged.connect(lambda index, _: self._open(index.data(PICTURE_ROLE)))
        self._saver = QTimer(self, interval=SAVE_AFTER_MS, singleShot=True)
        self._saver.timeout.connect(self._save_session)
        desk.draft.changed.connect(lambda _: self._saver.start())
        self.splitter.splitterMoved.connect(lambda *_: self._saver.start())

    def _restore(self) -> None:
        desk, kept = self._desk, self._desk.session
        self.parameters.show_models(desk.entries, desk.draft.request.model)
        self._use_entry(self._entry(desk.draft.request.model) or desk.entries[0])
        if kept.geometry:
            self.restoreGeometry(QByteArray.fromHex(kept.geometry.encode()))
        else:
            self.resize(1440, 900)
        if kept.splitter:
            self.splitter.restoreState(QByteArray.fromHex(kept.splitter.encode()))
        self.history.setVisible(kept.history)
        self.parameters.more.setChecked(kept.more)
        self.go(kept.room)
        self.stage.viewer.show_message(tr("The picture develops here. Describe it on the left and press Generate."))
        if kept.fresh and (examples := self._groups.get("examples")):
            self.prompt.prompt.replace_text(examples[0])
            self.prompt.prompt.selectAll()
        self.prompt.prompt.setFocus()

    def _look_for_helpers(self) -> None:
        """VAEs and refiners at hand, for their boxes; looks at the disk backstage."""
        library, entries = self._desk.stores.library, self._desk.entries
        refiners = [(entry.id, entry.name) for entry in entries if entry.family in ("sdxl", "sdxl-refiner") and entry.state == "ready"]
        self._desk.records.do(lambda: [ref.id for ref in library.vaes()], lambda vaes: self.parameters.show_helpers(vaes, refiners))

    def start(self) -> None:
        """After the first paint: read the gallery."""
        self._look_for_helpers()
        self.recent.search()
        self.gallery.ask()

    # --- rooms and models ---

    def go(self, room: int) -> None:
        """Show a room."""
        self.rooms.setCurrentIndex(room)
        self.rail[room].setChecked(True)
        if hasattr(self, "_saver"):
            self._saver.start()

    def go_create(self) -> None:
        self.go(CREATE)

    def go_gallery(self) -> None:
        self.go(GALLERY)

    def go_settings(self) -> None:
        self.go(SETTINGS)

    def find(self) -> None:
        """To the gallery's search field."""
        self.go(GALLERY)
        self.gallery.search.setFocus()

    def toggle_history(self) -> None:
        self.history.setVisible(not self.history.isVisible())
        self._saver.start()

    def _entry(self, model: str) -> ModelEntry | None:
        return next((entry for entry in self._desk.entries if entry.id == model), None)

    def _choose_model(self, model: str) -> None:
        entry = self._entry(model)
        if entry is not None:
            self._desk.draft.use_family(entry.id, entry.family_row)
            self._use_entry(entry)
            if entry.undecided:
                self._ask_prediction(entry)
            if entry.state != "ready":
                self.notice.say(tr("{name} cannot be used: {why}", name=entry.name, why=entry.state), problem=True)

    def _ask_prediction(self, entry: ModelEntry) -> None:
        """Stable Diffusion 2 files of 512 and 768 px look the same: take the likelier, offer the other, remember the answer."""
        self.notice.say(tr("The file of {name} does not say what it predicts; it is taken for a 768 px model (v). If its pictures "
                           "are only noise, it is a 512 px one (epsilon).", name=entry.name),
                        label=tr("Take epsilon"), act=partial(self._choose_prediction, entry, "epsilon"))

    def _choose_prediction(self, entry: ModelEntry, prediction: str) -> None:
        library = self._desk.stores.library

        other = "v" if prediction == "epsilon" else "epsilon"

        def chosen(found: ModelEntry) -> None:
            self._add_model(found)
            words = tr("{name} is taken to predict {prediction}; that is remembered.", name=found.name, prediction=found.prediction)
            self.notice.say(words, label=tr("Take {other}", other=other), act=partial(self._choose_prediction, found, other))
        self._desk.records.do(lambda: library.choose_prediction(entry.id, prediction), chosen)

    def change_prediction(self) -> None:
        """For a model whose pictures are noise: take it to predict the other thing."""
        entry = self._entry(self._desk.draft.request.model)
        if entry is not None:
            self._choose_prediction(entry, "epsilon" if entry.prediction == "v" else "v")

    def _use_entry(self, entry: ModelEntry) -> None:
        self._groups, self._answered = known_words(Path(entry.path)), ""
        self.prompt.use_model(entry)
        self.fit.use_model(entry)
        self.few_steps.use_model(entry)
        self.prompt.show_examples(self._groups.get("examples", [])[1:7], self.prompt.prompt.replace_text)

    def open_model_folder(self) -> None:
        """Ask for a diffusers folder and use it in place."""
        chosen = QFileDialog.getExistingDirectory(self, tr("Open model folder"))
        if chosen:
            self._open_model(Path(chosen))

    def open_model_file(self) -> None:
        """Ask for a single model file and use it in place."""
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Open model file"), "", tr("Models") + " (*.safetensors)")
        if chosen:
            self._open_model(Path(chosen))

    def _open_model(self, path: Path) -> None:
        self._desk.records.do(lambda: self._desk.stores.library.find(str(path.resolve())), self._add_model)

    def _add_model(self, entry: ModelEntry) -> None:
        others = tuple(e for e in self._desk.entries if e.id != entry.id)
        self._desk = replace(self._desk, entries=(*others, entry))
        self.parameters.show_models(self._desk.entries, entry.id)
        self._choose_model(entry.id)
        self._look_for_helpers()

    # --- generating ---

    def generate(self) -> None:
        """Add the form to the queue; a prompt outside the model's world is answered first, once."""
        request = self._desk.draft.request
        entry = self._entry(request.model)
        try:
            request.check()
        except InvalidRequest as error:
            self.notice.say(str(error), problem=True)
            return
        words = answer(self._groups, entry.name if entry else "", request.prompt)
        if words and words != self._answered:
            self._answered = words
            self.notice.say(words, label=tr("Generate anyway"), act=self.generate)
            return
        self._answered = ""
        self.go(CREATE)
        self.stage.set_following(True)
        self._desk.service.submit(request)

    def stop(self) -> None:
        self._desk.service.stop_current()

    def _show_progress(self, percent: int) -> None:
        self.setWindowTitle("Calotype" if percent < 0 else tr("{n} % - Calotype", n=percent))

    def _finished(self, outcome: Outcome) -> None:
        if outcome.picture is not None:
            self.recent.add(outcome.picture)
            self.all.add(outcome.picture)
            if self.stage.following:
                self._load(outcome.picture)
        elif not outcome.stopped:
            again = partial(self._desk.service.run_again, outcome.job.id)
            self.notice.say(f"{outcome.message} {outcome.hint}", problem=True, label=tr("Run again"), act=again)

    def complain(self, error: KnownError) -> None:
        """The one door for faults that have no better place."""
        self.notice.say(str(error), problem=True)

    # --- pictures ---

    def _open(self, picture: Picture | None) -> None:
        if picture is not None:
            newest = not self.recent.ids() or self.recent.ids()[0] == picture.id
            self.stage.set_following(newest)
            self._load(picture)

    def _follow(self) -> None:
        self.stage.set_following(True)
        self.history.grid.clearSelection()
        if self.recent.rowCount():
            self._open(self.recent.index(0).data(PICTURE_ROLE))

    def _load(self, picture: Picture) -> None:
        self._shown = picture

        def show(image: QImage) -> None:
            if image.isNull():
                self.notice.say(tr("The file of this picture is missing or damaged: {path}", path=picture.path), problem=True)
            else:
                self.stage.show_finished(image)
        self._desk.images.do(lambda: QImage(picture.path), show)

    def chosen(self) -> list[Picture]:
        """The pictures commands apply to: the gallery's selection, or the one in the viewer."""
        grid = self.gallery.grid if self.rooms.currentIndex() == GALLERY else self.history.grid
        found = [index.data(PICTURE_ROLE) for index in grid.selectedIndexes()]
        pictures = [picture for picture in found if picture is not None]
        return pictures or ([self._shown] if self._shown is not None and self.rooms.currentIndex() == CREATE else [])

    def _first(self) -> Picture | None:
        pictures = self.chosen()
        if not pictures:
            self.notice.say(tr("Choose a picture first."))
        return pictures[0] if pictures else None

    def _menu(self, grid: PictureGrid, at: QPoint) -> None:
        index = grid.indexAt(at)
        if not index.isValid():
            return
        if not grid.selectionModel().isSelected(index):
            grid.setCurrentIndex(index)
        trashed = self.rooms.currentIndex() == GALLERY and self.gallery.trash.isChecked()
        menu = QMenu(self)
        for row in commands.COMMANDS:
            if row.needs_picture and (row.id == "restore") == (trashed and row.id in ("restore", "delete")):
                menu.addAction(self.actions_by_id[row.id])
        menu.exec(grid.viewport().mapToGlobal(at))

    def _gallery_changed(self) -> None:
        self.recent.search_again()
        self.all.search_again()

    def reuse_all(self) -> None:
        if picture := self._first():
            self.go(CREATE)
            self.pictures.reuse(picture.request)

    def reuse_prompt(self) -> None:
        if picture := self._first():
            self.go(CREATE)
            self.pictures.reuse(picture.request, "prompt", "negative_prompt")

    def reuse_seed(self) -> None:
        if picture := self._first():
            self.go(CREATE)
            self.pictures.reuse(picture.request, "seed")

    def show_large(self) -> None:
        if picture := self._first():
            self.go(CREATE)
            self._open(picture)

    def toggle_favourite(self) -> None:
        if pictures := self.chosen():
            self.pictures.favourite(pictures)

    def copy_picture(self) -> None:
        if picture := self._first():
            self.pictures.copy(picture)

    def copy_recipe(self) -> None:
        if picture := self._first():
            self.pictures.copy_recipe(picture)

    def save_as(self) -> None:
        if picture := self._first():
            self.pictures.save(picture, with_recipe=True)

    def save_without_recipe(self) -> None:
        if picture := self._first():
            self.pictures.save(picture, with_recipe=False)

    def show_in_folder(self) -> None:
        if picture := self._first():
            self.pictures.show_in_folder(picture)

    def delete(self) -> None:
        if pictures := self.chosen():
            self._shown = None
            self.pictures.delete(pictures)

    def restore(self) -> None:
        self.pictures.restore([picture.id for picture in self.chosen()])

    def open_picture(self) -> None:
        """Show a picture of any program and take its recipe."""
        kinds = tr("Pictures") + " (*.png *.jpg *.jpeg *.webp *.avif)"
        name, _ = QFileDialog.getOpenFileName(self, tr("Open picture"), "", kinds)
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """A picture file, or a model's file or folder, from the command line or dropped."""
        if path.is_dir() or path.suffix.lower() in MODEL_SUFFIXES:
            self._open_model(path)
            return
        self.go(CREATE)
        self.stage.set_following(False)
        self.pictures.open_file(path, self.stage.show_finished)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and event.source() is None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls()[:1]:
            if url.isLocalFile():
                self.open_path(Path(url.toLocalFile()))

    # --- the form ---

    def undo_form(self) -> None:
        """In a text field the field's own undo, elsewhere the last change of the whole form."""
        focus = QApplication.focusWidget()
        in_editor = isinstance(focus, QPlainTextEdit) and focus.document().isUndoAvailable()
        in_line = isinstance(focus, QLineEdit) and focus.isUndoAvailable()
        if isinstance(focus, QPlainTextEdit | QLineEdit) and (in_editor or in_line):
            focus.undo()
        else:
            self._desk.draft.undo()

    def reset_form(self) -> None:
        self._desk.draft.reset()
        self.notice.say(tr("The parameters are the model's defaults again."), label=tr("Undo"), act=self._desk.draft.undo)

    def fit_picture(self) -> None:
        self.stage.viewer.set_zoom(None)

    # --- help, settings, session ---

    def show_palette(self) -> None:
        CommandPalette(list(self.actions_by_id.values()), self).exec()

    def insert_word(self) -> None:
        words.offer(self._desk.stores.library, self.prompt, self._desk.records, self.notice, self)

    def explain(self) -> None:
        """Show the focused control's help beside it."""
        focus = QApplication.focusWidget()
        if focus is not None:
            words = focus.toolTip() or focus.accessibleDescription() or focus.accessibleName()
            QToolTip.showText(focus.mapToGlobal(QPoint(0, focus.height())), words, focus)

    def show_pictures_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._desk.stores.places.pictures)))

    def open_logs(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._desk.stores.places.logs)))

    def about(self) -> None:
        """Version and licences."""
        words = tr("Calotype {version}: a desktop darkroom for Stable Diffusion. Nothing leaves this machine.", version=program_version())
        licences = tr("Calotype and its starter model: Apache-2.0. Qt and PySide6: LGPL-3.0. PyTorch: BSD-3-Clause. "
                      "diffusers, transformers, safetensors, tokenizers: Apache-2.0. Pillow: MIT-CMU.")
        QMessageBox.about(self, tr("About Calotype"), f"{words}\n\n{licences}")

    def _change_settings(self, settings: Settings) -> None:
        self._settings = settings
        path = self._desk.stores.places.settings
        self._desk.records.do(lambda: settings_file.save(path, settings))
        for row in commands.COMMANDS:
            action: QAction = self.actions_by_id[row.id]
            action.setShortcut(dict(settings.shortcuts).get(row.id, row.key))
        self.settings_changed.emit(settings)

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self._desk = replace(self._desk, tokens=tokens)
        self.prompt.set_colours(tokens)
        self._draw_rail()

    def current_session(self) -> session.Session:
        """What the next start should find."""
        draft = self._desk.draft
        return session.Session(
            draft.stored(), draft.random_seed, bytes(self.saveGeometry().toHex().data()).decode(),
            bytes(self.splitter.saveState().toHex().data()).decode(), self.rooms.currentIndex(), not self.history.isHidden(),
            self.parameters.more.isChecked(), fresh=False)

    def _save_session(self) -> None:
        kept, path = self.current_session(), self._desk.stores.places.session
        self._desk.records.do(lambda: session.save(path, kept))

    def ask_how_to_close(self) -> str:
        """"finish", "stop" or "stay", asked while a picture is being made."""
        box = QMessageBox(self)
        box.setWindowTitle(tr("A picture is being made"))
        box.setText(tr("A picture is being made. Waiting jobs stay in the queue either way."))
        finish = box.addButton(tr("Finish it, then close"), QMessageBox.ButtonRole.AcceptRole)
        stop = box.addButton(tr("Stop and keep it in the queue"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(tr("Do not close"), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        return "finish" if box.clickedButton() is finish else "stop" if box.clickedButton() is stop else "stay"

    def closeEvent(self, event: QCloseEvent) -> None:
        current = self._desk.service.current
        how = self.ask_how_to_close() if current is not None else "stop"
        if how == "stay":
            event.ignore()
            return
        self._save_session()
        self.hide()
        self._desk.service.end(now=how == "stop")
        if current is not None and how == "stop":
            self._desk.records.do(lambda: self._desk.stores.jobs.wait_again(current.id) if self._unfinished(current.id) else None)
        event.accept()
        QApplication.quit()

    def _unfinished(self, job_id: str) -> bool:
        job = self._desk.stores.jobs.get(job_id)
        return job is not None and job.state not in ("done", "waiting")


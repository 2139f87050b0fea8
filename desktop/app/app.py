"""The composition root: opens stores, builds service and window in order, by hand,
and takes them down again."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.models.library.chosen_folders import check_folders, with_chosen_folders
from core.models.library.model_entry import ModelEntry
from core.service.stores import Stores, open_stores
from core.store.sqlite.database import NewerData
from core.store.thumbnails import Thumbnails
from core.system import settings as settings_file
from core.system.errors import KnownError, ModelMissing
from core.system.logs import open_log
from core.system.paths import RESOURCES, Places, places
from core.system.settings import Settings, declarations
from core.values.job import JobState, ModelRef
from desktop.app.garbage import GarbageCollection, spare_what_is_here
from desktop.app.instance import LISTENS_AFTER_MS, Instance, read_network
from desktop.app.native_faults import catch_native_faults
from desktop.app.safe_mode import (
    IN_A_ROW,
    RESTS_AFTER_MS,
    StartCounter,
    wants_copy,
    wants_safe_mode,
)
from desktop.app.sleep import SleepWatch
from desktop.app.updates import UpdateCheck
from desktop.pictures.trash import to_system
from desktop.shell.main_window import MainWindow
from desktop.shell.rooms import COMMANDS
from desktop.state import session, shortcuts
from desktop.state.draft import Draft
from desktop.state.job_service import JobService
from desktop.state.library import LibraryState
from desktop.state.services import Services
from desktop.state.tasks import NetworkTasks, SerialTasks
from desktop.widgets import theme
from desktop.widgets.i18n import PseudoTranslator, tr

_log = logging.getLogger(__name__)
# after which another thread gives Python's lock to the window, which asks for it dozens of times
SWITCH_SECONDS = 0.001


class Application(QObject):
    """Everything that lives as long as the window. `safe`: on the processor, with default settings
    and the built-in model alone.

    Raises NewerData where a newer program wrote the database, WorldError where it or its folder
    refuses.
    """

    def __init__(
        self, qt: QApplication, where: Places, spec: EngineSpec | None = None, *, safe: bool = False
    ) -> None:
        from core.service.finish_moves import settled

        super().__init__()
        self.qt = qt
        self.ended = False
        self._failed: tuple[str, ...] = ()  # jobs that were being made when the program ended
        self._waiting = 0  # jobs in the queue at this start
        self._old = 0  # pictures in the trash for longer than `_trash_days`
        settled(where)
        where = self._read_settings(where)
        self._trash_days = self.settings.trash_days  # as this start found it
        if safe:
            where = self._use_safe_settings(where)
        self.stores: Stores = open_stores(where)
        open_log(where.logs)
        tokens = theme.apply(qt, self.settings.theme)
        kept = session.load(where.session)
        self._first_draft = kept.request
        self.database_tasks = SerialTasks(self._complain, self)
        self.gallery_tasks = SerialTasks(self._complain, self)
        self.image_tasks = SerialTasks(self._complain, self)
        self.sweeping = NetworkTasks(self._complain, self)
        self.thumbnails = Thumbnails(where.thumbnails)
        self.service = JobService(
            self.stores, spec or self._engine_spec(where), self.database_tasks, self
        )
        self.service.set_picture_format(self.settings.picture_format)
        self.service.keep_models(self.settings.model_minutes)
        self._in_use = self._make_form(kept)
        services = Services(
            stores=self.stores,
            settings=self.settings,
            session=kept,
            service=self.service,
            draft=self.draft,
            library=self.library,
            database_tasks=self.database_tasks,
            gallery_tasks=self.gallery_tasks,
            image_tasks=self.image_tasks,
            thumbnails=self.thumbnails,
            tokens=tokens,
            safe=safe,
        )
        with theme.sheet_comes_last(qt):
            self.window = MainWindow(services)
        self.window.settings_changed.connect(self._settings_changed)
        self._watch_outside()
        self._garbage = GarbageCollection(self)  # before the first thread, and where all went well

    # --- building ---

    def _read_settings(self, where: Places) -> Places:
        """The places with the folders that the settings name. What is wrong with them is said once
        the window is up."""
        self.settings, notice = settings_file.load(where.settings)
        where, troubles = check_folders(where, self.settings)
        kept_keys, key_words = shortcuts.usable_keys(self.settings.shortcuts, COMMANDS)
        self.settings = replace(self.settings, shortcuts=kept_keys)
        self._sound_keys = kept_keys if key_words else None
        notices = (notice, *key_words, *(trouble.words for trouble in troubles))
        self._notices = [text for text in notices if text]
        self._no_pictures = any(trouble.setting == "pictures_folder" for trouble in troubles)
        return where

    def _use_safe_settings(self, where: Places) -> Places:
        """The places with a folder of its own for models, so that none of the person's is read."""
        kept = self.settings
        self.settings = replace(
            Settings(), device="cpu", theme=kept.theme, trash_days=kept.trash_days
        )
        self._notices.append(tr("Safe mode: your settings and models come back at the next start."))
        return replace(where, models=where.root / "safe-mode")

    def _engine_spec(self, where: Places) -> EngineSpec:
        return EngineSpec(
            runs_in="process",
            device=self.settings.device,
            weights=self.settings.weights,
            previews=self.settings.previews,
            kill_after=math.inf,  # a silent engine is asked about, never killed unasked
            logs=str(where.logs),
        )

    def _make_form(self, kept: session.Session) -> ModelEntry:
        """The form as it was, the library as far as it is known; the model that is in use."""
        known = self.stores.library.start_entries(kept.request.model)
        entry = next((e for e in known if e.id == kept.request.model), known[0])
        self.draft = Draft(entry.family_row, self)
        if not kept.fresh:
            request = replace(kept.request, model=entry.id)
            self.draft.restore(request, kept.random_seed, entry.family_row)
        self.library = LibraryState(
            self.stores, known, self.draft, self.settings, failed=self._complain, parent=self
        )
        return entry

    def _watch_outside(self) -> None:
        """Newer versions, and the sleep of the machine."""
        self.updates = UpdateCheck(self.window.notice, self)
        self.updates.asked.connect(self.window.status.note_connection)
        self.sleep = SleepWatch(self)
        self.sleep.about_to_sleep.connect(lambda: self.service.rest(True))
        self.sleep.woke.connect(lambda: self.service.rest(False))

    # --- starting ---

    def start(self) -> None:
        """Show the window; everything slow begins after it is painted."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self.database_tasks.start()
        self.image_tasks.start()
        self.window.show()
        QTimer.singleShot(50, self._after_paint)

    def _after_paint(self) -> None:
        self.library.start()
        self.window.start()
        self.sleep.start()
        self.database_tasks.submit(self.stores.repair_rows, None, self._note_fault)
        # a repair wants to be alone with the database, so only now is the gallery looked at
        self.database_tasks.submit(lambda: None, lambda _: self._look_at_gallery())
        if (keys := self._sound_keys) is not None:  # said once
            self.database_tasks.submit(
                lambda: settings_file.change(self.stores.places.settings, shortcuts=keys),
                None,
                self._note_fault,
            )
        self.database_tasks.submit(self.stores.fail_orphans, self._note_orphans, self._note_fault)
        self.database_tasks.submit(self.stores.jobs.waiting, self._note_waiting, self._note_fault)
        # comes whatever of the others fails, so that pictures can be made
        self.database_tasks.submit(self._ready_model, self._begin_work)

    def _look_at_gallery(self) -> None:
        if not self.ended:  # the answer may come late
            self.gallery_tasks.start()

    def _note_orphans(self, jobs: tuple[str, ...]) -> None:
        self._failed = jobs

    def _note_waiting(self, count: int) -> None:
        self._waiting = count

    def _note_fault(self, error: KnownError) -> None:
        self._notices.append(str(error))

    def _ready_model(self) -> ModelRef | None:
        """The model in use, to be warmed up; a file that cannot be read is said when it is used."""
        with contextlib.suppress(ModelMissing):
            return self._in_use.ref()
        return None

    def _begin_work(self, warm: ModelRef | None) -> None:
        """Pictures can be made from now on. What may take long, as the look at files of other
        programs does, goes on beside that."""
        if self._waiting or self._no_pictures:
            self.service.pause(True)
        self.service.start(warm)
        self.sweeping.submit(self._find, self._recovered, self._found_nothing)
        self.database_tasks.submit(_idle_card, self.window.status.note_idle_card)
        self.updates.check(self.settings)

    def _find(self) -> tuple[int, tuple[str, ...]]:
        from core.service.editing.upkeep import sweep_unneeded

        number = self.stores.find_pictures(lambda: not self.ended)
        gallery = self.stores.gallery
        gallery.empty_trash(older_than_days=self._trash_days, gone=to_system)
        self._old = gallery.trash_size(older_than_days=self._trash_days)[0]
        sweep_unneeded(self.stores, lambda: not self.ended, [self._first_draft])
        failed = tuple(job for job in self._failed if self._still_failed(job))
        self.stores.database.daily_copy()
        return number, failed

    def _still_failed(self, job_id: str) -> bool:
        """Not where its pictures were found."""
        job = self.stores.jobs.get(job_id)
        return job is not None and job.state is JobState.FAILED

    def _found_nothing(self, error: KnownError) -> None:
        self._note_fault(error)
        self._recovered((0, self._failed))

    def _recovered(self, what: tuple[int, tuple[str, ...]]) -> None:
        number, failed = what
        if number:
            self.window.read_gallery()
        if self._old:
            self.window.trash.offer_old(self._old, self._trash_days)
        said = (*dict.fromkeys(self._notices), self.stores.database.notice)
        notices = [text for text in said if text]
        if number:
            notices.append(tr("{n} pictures were found and put into the gallery.", n=number))
        if failed:
            self.window.failures.offer_again(failed, *notices)
        elif notices:
            self.window.notice.say(" ".join(notices), expires=False, topic="start")

    def _settings_changed(self, settings: Settings) -> None:
        before = self.settings
        self.settings = settings
        self.service.set_picture_format(settings.picture_format)
        self.service.keep_models(settings.model_minutes)
        self.service.use_engine(
            device=settings.device, weights=settings.weights, previews=settings.previews
        )
        self.library.use_settings(settings)
        if settings.theme != before.theme:
            self.window.use_tokens(theme.apply(self.qt, settings.theme))
        late = (name for name, setting in declarations().items() if setting.restart)
        if any(getattr(settings, name) != getattr(before, name) for name in late):
            self.window.notice.say(tr("This takes effect at the next start."), topic="settings")

    def _complain(self, error: KnownError) -> None:
        self.window.complain(error)

    def end(self) -> None:
        """Finish all threads and close all files; safe to call twice."""
        if not self.ended:
            self.ended = True
            self.service.end(now=True)
            self.window.end()
            self.library.end()
            self.updates.end()
            self.sweeping.close()
            self.database_tasks.finish()
            self.gallery_tasks.finish()
            self.image_tasks.finish()
            self.thumbnails.close()
            self.stores.close()
            self._garbage.end()


def _idle_card() -> tuple[str, str] | None:
    from core.system import gpus

    return gpus.idle_card_advice(gpus.torch_build(), gpus.graphics_cards())


def install_language(qt: QApplication, choice: str) -> None:
    """The pseudo-language for layout tests; other languages come with their translation files."""
    if choice == "pseudo":
        translator = PseudoTranslator(qt)
        qt.installTranslator(translator)
    if choice not in ("system", "pseudo"):
        QLocale.setDefault(QLocale(choice))


def _open(qt: QApplication, where: Places, *, safe: bool = False) -> Application:
    """The window on its data; where a newer program wrote that, the copy from
    before its update is offered."""
    from core.store.sqlite.update_copies import go_back

    try:
        return Application(qt, where, safe=safe)
    except NewerData as error:
        if error.copy is None or not wants_copy(error.copy):
            raise
        settings, _ = settings_file.load(where.settings)
        go_back(with_chosen_folders(where, settings).database, where.backups)
        return Application(qt, where, safe=safe)


def _qt_application(language: str) -> QApplication:
    qt = QApplication([sys.argv[0]])
    qt.setApplicationName("Calotype")
    qt.setDesktopFileName("calotype")
    qt.setStyle("Fusion")
    qt.setWindowIcon(QIcon(str(RESOURCES / "icons" / "calotype.svg")))
    install_language(qt, language)
    return qt


def _counted_start(
    qt: QApplication, where: Places, starts: StartCounter, *, crashed: bool
) -> Application:
    """The window. What ends its start, but a fault in known words, counts as a crash of it."""
    try:
        safe = starts.begin(crashed=crashed) >= IN_A_ROW and wants_safe_mode()
        return _open(qt, where, safe=safe)
    except KnownError:
        raise
    except BaseException:
        starts.failed()
        raise


def _complain_outside(error: KnownError) -> None:
    """Where there is no window to say it in."""
    from PySide6.QtWidgets import QMessageBox

    print(f"calotype: {error}", file=sys.stderr)
    # with a copy to go back to, the person has just closed that question
    if not (isinstance(error, NewerData) and error.copy):
        QMessageBox.critical(None, "Calotype", str(error))


def run(arguments: list[str], data: str | None = None, language: str = "") -> int:
    """Open the window on `data`, with files named in `arguments`; returns the exit code."""
    qt = _qt_application(language)
    try:
        where = places(data).create()
        instance = Instance(where.root)
        if not instance.first_or_handed_over([os.path.abspath(argument) for argument in arguments]):
            return 0
        crashed = catch_native_faults(where)
        starts = StartCounter(where.root)
        spare_what_is_here()
        application = _counted_start(qt, where, starts, crashed=crashed)
    except KnownError as error:
        _complain_outside(error)
        return error.exit_code
    instance.asked.connect(application.window.opening.come_forward)
    application.start()
    QTimer.singleShot(
        LISTENS_AFTER_MS,
        lambda: application.sweeping.submit(read_network, lambda _: instance.listen()),
    )
    QTimer.singleShot(
        RESTS_AFTER_MS,
        lambda: application.database_tasks.submit(starts.came_to_rest, lambda _: None),
    )
    if arguments:
        QTimer.singleShot(200, lambda: application.window.opening.open_path(Path(arguments[0])))
    code = qt.exec()
    instance.deafen()
    application.end()
    starts.came_to_rest()
    instance.end()
    return code

"""The composition root: opens stores, builds service and window in order, by hand,
and takes them down again."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.models.library.chosen_folders import check_folders
from core.models.library.model_entry import ModelEntry
from core.service.stores import Stores, open_stores
from core.store.sqlite.connection import DatabaseDamaged
from core.system import settings as settings_file
from core.system.errors import KnownError, ModelMissing
from core.system.logs import open_log
from core.system.paths import Places
from core.system.settings import Settings, declarations
from core.values.job import JobState, ModelRef
from desktop.app.elsewhere import ElsewhereWatch
from desktop.app.first_paint import FirstPaint
from desktop.app.garbage import GarbageCollection
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
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.store.jobs import QueuedJob

# after which another thread gives Python's lock to the window, which asks for it dozens of times
SWITCH_SECONDS = 0.001
INDEX_REST = 0.02  # seconds between two slices of the search index
# what the window's thread imports in the moments after the paint: read in another one before
SOON = (
    "desktop.state.job_thread",
    "core.service.remarks.canvas",
    "core.service.remarks.hires",
    "core.service.remarks.sizes",
    "desktop.form.prompt.insert_dialog",
)
PATIENCE = 5.0  # seconds that the end waits for what reads pictures


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
        self._waiting = 0  # jobs left in the queue by an earlier start
        self._asked = 0  # jobs that this window put there
        self._old = 0  # pictures in the trash for longer than `_trash_days`
        settled(where)
        where = self._read_settings(where)
        self._trash_days = self.settings.trash_days  # as this start found it
        if safe:
            where = self._use_safe_settings(where)
        self.stores: Stores = open_stores(where, checked_later=True)
        open_log(where.logs)
        tokens = theme.apply(qt, self.settings.theme)
        kept = session.load(where.session)
        self._first_draft = kept.request
        known = self._known_models(kept.request.model)  # before anybody else has the stores
        self.database_tasks = SerialTasks(self._complain, self)
        self.gallery_tasks = SerialTasks(self._complain, self)
        self.image_tasks = SerialTasks(self._complain, self)
        self.sweeping = NetworkTasks(self._complain, self)
        self.thumbnails = self.stores.thumbnails
        self.service = JobService(
            self.stores, spec or self._engine_spec(where), self.database_tasks, self
        )
        self.service.queued.connect(self._note_asked)
        self.service.set_picture_format(self.settings.picture_format)
        self.service.keep_models(self.settings.model_minutes)
        self._in_use = self._make_form(kept, known)
        services = self._services(kept, tokens, safe=safe)
        with theme.sheet_comes_last(qt):
            self.window = MainWindow(services)
        self.window.settings_changed.connect(self._settings_changed)
        self._watch_outside()
        self.garbage = GarbageCollection(self)  # before the first thread, and where all went well
        self.window.rooms.joined.connect(lambda _: self.garbage.spare_new_part())

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

    def _make_form(self, kept: session.Session, known: tuple[ModelEntry, ...]) -> ModelEntry:
        """The form as it was, the library as far as it is known; the model that is in use."""
        entry = next((e for e in known if e.id == kept.request.model), known[0])
        self.draft = Draft(entry.family_row, self)
        if not kept.fresh:
            request = replace(kept.request, model=entry.id)
            self.draft.restore(request, kept.random_seed, entry.family_row)
        self.library = LibraryState(
            self.stores, known, self.draft, self.settings, failed=self._complain, parent=self
        )
        return entry

    def _known_models(self, model: str) -> tuple[ModelEntry, ...]:
        """The first that is read of the database, which is not checked yet."""
        try:
            return self.stores.library.start_entries(model)
        except DatabaseDamaged:
            self.stores.close()
            self.stores = open_stores(self.stores.places)  # is repaired
            return self.stores.library.start_entries(model)

    def _services(self, kept: session.Session, tokens: theme.Tokens, *, safe: bool) -> Services:
        return Services(
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

    def _watch_outside(self) -> None:
        """Newer versions, the sleep of the machine, and pictures of other processes."""
        self.updates = UpdateCheck(self.window.notice, self)
        self.updates.asked.connect(self.window.status.note_connection)
        self.sleep = SleepWatch(self)
        self.sleep.about_to_sleep.connect(lambda: self.service.rest(True))
        self.sleep.woke.connect(lambda: self.service.rest(False))
        shows = self._is_listed
        self.elsewhere = ElsewhereWatch(self.stores.gallery, self.gallery_tasks, shows, self)
        self.window.signals.picture_made.connect(self.elsewhere.note)
        self.elsewhere.came.connect(self.window.signals.gallery_changed)

    def _is_listed(self, picture_id: int) -> bool:
        return self.window.newest.row_of(picture_id) >= 0

    # --- starting ---

    def start(self) -> None:
        """Show the window; everything slow begins after it is painted."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self.database_tasks.start()
        self.image_tasks.start()
        FirstPaint(self.window, self._after_paint).show()

    def _after_paint(self) -> None:
        self.database_tasks.submit(_import_soon)
        # alone with the database, as a repair wants to be: the first that is done with it
        check = self.stores.check_database
        self.database_tasks.submit(check, self._go_on, self._go_on_with_a_fault)

    def _go_on_with_a_fault(self, error: KnownError) -> None:
        self._note_fault(error)
        self._go_on()

    def _go_on(self, _: None = None) -> None:
        if self.ended:  # the answer may come late
            return
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
            self.elsewhere.start()

    def _note_orphans(self, jobs: tuple[str, ...]) -> None:
        self._failed = jobs

    def _note_asked(self, jobs: Sequence[QueuedJob]) -> None:
        self._asked += len(jobs)

    def _note_waiting(self, count: int) -> None:
        """Who presses Generate before the queue was looked at waits for no Resume."""
        self._waiting = count - self._asked

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
        from core.service.sweeps.upkeep import drop_old_sweeps

        gallery = self.stores.gallery
        if self.stores.database.touched:
            gallery.index.check()
        self._fill_index()
        gallery.index.begun_anew = lambda: self.sweeping.submit(self._fill_index, lambda _: None)
        number = self.stores.find_pictures(lambda: not self.ended)
        gallery.empty_trash(older_than_days=self._trash_days, gone=to_system)
        self._old = gallery.trash_size(older_than_days=self._trash_days)[0]
        drop_old_sweeps(self.stores)  # before the pictures that they start from are looked at
        sweep_unneeded(self.stores, lambda: not self.ended, [self._first_draft])
        failed = tuple(job for job in self._failed if self._still_failed(job))
        self.stores.database.daily_copy()
        return number, failed

    def _fill_index(self) -> None:
        """All pictures are to be found by words and fields."""
        self.stores.gallery.index.fill_all(lambda: not self.ended, rest=INDEX_REST)

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
            notices.append(_found_words(number))
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
            self.image_tasks.finish(PATIENCE)
            self.thumbnails.close()
            self.stores.close()
            self.garbage.end()


def _found_words(number: int) -> str:
    if number == 1:
        return tr("A picture was found and put into the gallery.")
    return tr("{n} pictures were found and put into the gallery.", n=f"{number:,}")


def _import_soon() -> None:
    for name in SOON:
        import_module(name)


def _idle_card() -> tuple[str, str] | None:
    from core.system import gpus

    return gpus.idle_card()

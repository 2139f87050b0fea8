"""The stores of a data folder, opened together, and what is put right after a crash."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from core.models.library.inspection_cache import InspectionCache
from core.models.library.library import Library
from core.service.finish_moves import tidy_models
from core.store.files import remove_partials
from core.store.gallery import Gallery
from core.store.jobs import JobStore
from core.store.model_cards import Cards
from core.store.sqlite.connection import DatabaseDamaged
from core.store.sqlite.database import Database
from core.system import atomic_files, settings
from core.system.errors import WorldError
from core.system.json import Malformed
from core.system.paths import Places
from core.values.job import JobState

if TYPE_CHECKING:
    from core.store.documents.document_store import DocumentStore
    from core.store.memory_history import MemoryHistory
    from core.store.recordings import RecordingStore
    from core.store.sources.lineage import Lineage
    from core.store.sources.source_store import SourceStore
    from core.store.sweeps.sweep_store import SweepStore
    from core.store.thumbnails import Thumbnails

T = TypeVar("T")
MEGABYTE = 2**20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Stores:
    """What is kept on disk, opened together; what a window needs none of before its first paint is
    read and made when it is asked for."""

    places: Places
    database: Database
    jobs: JobStore
    gallery: Gallery
    library: Library
    cards: Cards

    @cached_property
    def memory_history(self) -> MemoryHistory:
        from core.store.memory_history import MemoryHistory

        return MemoryHistory(self.database)

    @cached_property
    def sources(self) -> SourceStore:
        from core.store.sources.source_store import SourceStore

        return SourceStore(self.places.sources)

    @cached_property
    def thumbnails(self) -> Thumbnails:
        from core.store.thumbnails import Thumbnails

        return Thumbnails(self.places.thumbnails)

    @cached_property
    def lineage(self) -> Lineage:
        from core.store.sources.lineage import Lineage

        return Lineage(self.database, self.gallery)

    @cached_property
    def documents(self) -> DocumentStore:
        from core.store.documents.document_store import DocumentStore

        return DocumentStore(self.places.documents)

    @cached_property
    def recordings(self) -> RecordingStore:
        from core.store.recordings import RecordingStore

        return RecordingStore(self.places.recordings)

    @cached_property
    def sweeps(self) -> SweepStore:
        from core.store.sweeps.sweep_store import SweepStore

        return SweepStore(self.places.sweeps)

    def recover(self) -> tuple[int, tuple[str, ...]]:
        """After a crash: pictures saved but not recorded get their rows, jobs left running fail;
        how many, and the ids of which. Raises as `repair_rows` and `find_pictures` do."""
        self.repair_rows()
        return self.find_pictures(), self.fail_orphans()

    def check_database(self) -> None:
        """After a crash: a database that is damaged is repaired. Only while nobody else in this
        process uses it. Raises WorldError where it cannot be repaired: then it takes no writes."""
        try:
            self.database.check()
        except DatabaseDamaged:
            try:
                self.database.repair()
            except WorldError as error:
                self.database.refusal = error
                raise

    def repair_rows(self) -> None:
        """After a crash: rows that are not as they were written are put right, what a kill left
        half moved is settled, and a database that turns out damaged is repaired. Only while nobody
        else in this process uses the database. Raises WorldError where it cannot be repaired.
        """
        try:
            self._repair_rows()
        except DatabaseDamaged:  # what the look at opening did not meet: an index, the words
            self.database.repair()
            self._repair_rows()

    def _repair_rows(self) -> None:
        if self.database.touched:
            self.database.read_all()
            self._try(self.gallery.repair_rows, 0)
        self._try(self.gallery.settle_trash, None)

    def find_pictures(self, wanted: Callable[[], bool] = lambda: True) -> int:
        """Files without a row get one, while `wanted`, and what crashes left half
        written goes; how many got one.

        What the look for files cannot do (a full disk, a folder that is gone) is said in the
        database's notice and keeps no other step from being done. Raises DatabaseDamaged where the
        database turns out to be.
        """
        from core.prompt.styles.files import PREVIEWS  # which no first paint needs
        from core.store.checkpoints import CheckpointStore

        number = self._try(lambda: self.gallery.sweep(wanted), 0)
        checkpoints = CheckpointStore(self.places.checkpoints)
        checkpoints.forget_old()
        self._try(lambda: checkpoints.drop_of(self._is_stopped), None)
        remove_partials(self.places.pictures)
        remove_partials(self.places.sources)
        for folder in (self.places.styles, self.places.styles / PREVIEWS, self.places.wildcards):
            remove_partials(folder)
        for folder in (
            self.places.root,
            self.places.trash,
            self.places.backups,
            self.places.checkpoints,
            self.places.documents,
            self.places.recordings,
            self.places.sweeps,
            self.places.models,
        ):
            atomic_files.remove_partials(folder)
        tidy_models(self.places, self.cards)
        self.recordings.bound(self.recordings_limit)  # a crash may have come before that
        return number

    @property
    def recordings_limit(self) -> int:
        """Bytes that all recordings together may have, as the settings say now."""
        return settings.load(self.places.settings)[0].recordings_mb * MEGABYTE

    def fail_orphans(self) -> tuple[str, ...]:
        """Jobs left running by a window or command that is gone fail; their ids. Raises
        DatabaseDamaged where the database turns out to be."""
        return self._try(self.jobs.fail_orphans, ())

    def _is_stopped(self, job_id: str) -> bool:
        with contextlib.suppress(Malformed):
            job = self.jobs.get(job_id)
            return job is not None and job.state is JobState.STOPPED
        return False

    def _try(self, step: Callable[[], T], otherwise: T) -> T:
        try:
            return step()
        except DatabaseDamaged:
            raise
        except (WorldError, OSError) as error:
            _log.warning("a step of the recovery failed: %s", error)
            self.database.notice = self.database.notice or str(error)
            return otherwise

    def close(self) -> None:
        """Close the database, the documents and the thumbnails."""
        if "documents" in vars(self):  # some were opened
            self.documents.disconnect()
        if "thumbnails" in vars(self):
            self.thumbnails.close()
        self.database.close()


def open_stores(where: Places, *, checked_later: bool = False) -> Stores:
    """Create folders, open and migrate the database. With `checked_later` `check_database` comes
    before it is worked with.

    Raises NewerData where a newer program wrote it, DatabaseInUse where it is damaged and another
    process has it open, WorldError where the folders cannot be made.
    """
    where.create()
    database = Database(
        where.database,
        where.backups,
        where.pictures,
        where.trash,
        checked_later=checked_later,
    )
    cards = Cards(database)
    library = Library(
        where.models,
        user_metadata=cards.user_metadata,
        index=InspectionCache(where.root / "models-index.db"),
    )
    gallery = Gallery(database, where.pictures, where.trash)
    return Stores(
        places=where,
        database=database,
        jobs=JobStore(database),
        gallery=gallery,
        library=library,
        cards=cards,
    )

"""The documents of the Edit room: those that are open, those closed within the last 30 days, each
with every step of its undo.

What is called here takes as long as a disk does: nothing of it but `tile` is for the GUI thread.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.store.documents.document_file import DocumentFile, make_document
from core.store.documents.looking import document_files
from core.store.documents.rescue import finish_rescue, rescue
from core.store.documents.schema import SUFFIXES
from core.store.files import made_folder
from core.store.sqlite.connection import DatabaseDamaged
from core.system.atomic_files import replace_file
from core.system.errors import WorldError, disk_refusals
from core.system.json_files import list_or_empty, table_in
from core.system.regular_files import items_in
from core.values.editing.document import Document
from core.values.editing.kept_document import ClosedDocument, StoredDocument
from core.values.editing.record import DocumentRecord

KEPT_CLOSED = 30 * 86_400.0  # seconds for which a closed document can be opened again
_ID = re.compile(r"[0-9a-f]{32}")
_ENDING = ".sqlite"
_LARGEST_ORDER = 2**20  # bytes
_SPACE = "Free some space or check the folder's permissions; what was kept so far is not lost."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DocumentUsage:
    """How many documents are kept, closed ones too, and the bytes they take."""

    count: int
    bytes: int


class DocumentStore:
    """Files `folder`/ID.sqlite, and the order of their tabs in `folder`/order.json.

    May be called from any thread. Every method raises WorldError where the disk refuses or no such
    document is kept. One that turns out damaged is repaired or moved aside, and costs no other.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, DocumentFile] = {}
        self._lock = threading.RLock()  # of what is open; each file has locks of its own
        self._notices: list[str] = []

    def take_notice(self) -> str:
        """What a person should hear of damage that was met, said once; "" for nothing."""
        with self._lock:
            notices, self._notices = self._notices, []
        return " ".join(dict.fromkeys(notices))

    @property
    def has_notice(self) -> bool:
        """Whether there is one."""
        return bool(self._notices)

    def create(
        self, record: DocumentRecord, document: Document, tiles: Mapping[str, bytes]
    ) -> None:
        """Keep a new document with its first state; it is there whole or not at all. Raises
        ValueError where a tile that it names is not given."""
        path = self._path(record.id)
        with disk_refusals(f"The document could not be kept in {self._folder}", _SPACE):
            made_folder(self._folder)
            make_document(path, record, document, tiles)

    def opened(self) -> tuple[DocumentRecord, ...]:
        """Those that are open, in the order of their tabs; new ones last."""
        records = [record for record, closed in self._heads() if closed is None]
        places = {document_id: place for place, document_id in enumerate(self._order())}
        records.sort(key=lambda one: (places.get(one.id, len(places)), one.created, one.id))
        return tuple(records)

    def load(self, document_id: str) -> StoredDocument:
        """All of a document but its tiles. One that is damaged is repaired first as far as it can
        be read, which a note says."""
        repaired = ""
        if self._suspect(document_id).exists():
            repaired = self._repair(document_id)
        try:
            stored = self._loaded(document_id)
        except DatabaseDamaged:
            repaired = self._repair(document_id)
            stored = self._loaded(document_id)
        return replace(stored, notes=(repaired, *stored.notes)) if repaired else stored

    def present(self, document_id: str) -> Document:
        """The state that is shown, for a look at it: nothing is repaired. Raises WorldError where
        it cannot be read."""
        return self._opened_file(document_id).load().document

    def _loaded(self, document_id: str) -> StoredDocument:
        file = self._opened_file(document_id)
        stored = file.load()
        file.sweep()
        return stored

    def tile(self, document_id: str, name: str) -> bytes:
        """The pixels of a tile. Raises WorldError where it is missing or damaged: then the rest of
        the document is there all the same."""
        try:
            return self._opened_file(document_id).tile(name)
        except DatabaseDamaged as fault:
            self._note_damage(document_id)
            raise WorldError(
                "A part of this document is damaged.",
                "Undo to a state without it, or close it and open it again: that repairs the rest.",
            ) from fault

    def add_step(
        self,
        document_id: str,
        position: int,
        text: str,
        document: Document,
        new_tiles: Mapping[str, bytes],
    ) -> None:
        """A state that was come to from the one at index `position`, which is shown from now on.

        The states behind `position` go; of more than MAX_STEPS before the new one, the oldest
        fall off, so that its own index is at most MAX_STEPS. `new_tiles`: at least those that the
        document has and no kept state names. When this comes back, the step lasts. Raises
        ValueError where there is no such index or a tile is missing, WorldError where the disk
        refuses: then it waits in memory, and is written before the next step or at the end.
        """
        with self._file(document_id) as file:
            file.add_step(position, text, document, new_tiles)

    def move_to(self, document_id: str, position: int) -> None:
        """Show the state at this index: undo, redo. Raises ValueError where there is none."""
        with self._file(document_id) as file:
            file.move_to(position)

    def put_record(self, record: DocumentRecord) -> None:
        """What stands around a document, in the place of what stood before."""
        with self._file(record.id) as file:
            file.put_record(record)

    def order(self, ids: Sequence[str]) -> None:
        """The order of the tabs."""
        data = json.dumps({"order": list(ids)}).encode()
        with disk_refusals("The order of the documents could not be kept", _SPACE):
            made_folder(self._folder)
            replace_file(self._folder / "order.json", data)

    def close(self, document_id: str) -> None:
        """Put a document away for 30 days."""
        with self._file(document_id) as file:
            file.write_pending()
            file.sweep()
            file.set_closed(time.time())
        self._let_go(document_id)

    def closed(self) -> tuple[ClosedDocument, ...]:
        """Those that can be opened again, the latest first."""
        documents = [
            ClosedDocument(record.id, record.title, closed)
            for record, closed in self._heads()
            if closed is not None
        ]
        return tuple(sorted(documents, key=lambda document: -document.closed))

    def reopen(self, document_id: str) -> StoredDocument:
        """Take a document out again that was put away."""
        with self._lock, self._file(document_id) as file:
            file.set_closed(None)
        return self.load(document_id)

    def sweep(self, now: float | None = None) -> int:
        """Delete those that were closed 30 days before `now` (seconds since 1970), and what was
        moved aside so long ago; how many documents. Only for the process that has the window's
        lock."""
        limit = (time.time() if now is None else now) - KEPT_CLOSED
        old = [document.id for document in self.closed() if document.closed < limit]
        with disk_refusals("A closed document could not be deleted", _SPACE):
            for document_id in old:
                self._let_go(document_id)
                for suffix in SUFFIXES:
                    Path(f"{self._path(document_id)}{suffix}").unlink(missing_ok=True)
                self._suspect(document_id).unlink(missing_ok=True)
            for aside in items_in(self._folder):
                is_aside = ".sqlite.bad-" in aside.name and aside.is_file()
                if is_aside and aside.stat().st_ctime < limit:
                    aside.unlink()
        return len(old)

    def usage(self) -> DocumentUsage:
        """How many are kept, and the bytes of all that lies in the folder, what was moved aside
        too."""
        taken = 0
        for path in items_in(self._folder):
            with contextlib.suppress(OSError):
                taken += path.stat().st_size
        return DocumentUsage(sum(1 for _ in document_files(self._folder)), taken)

    def bytes_used(self) -> int:
        """Those bytes."""
        return self.usage().bytes

    def disconnect(self) -> None:
        """Close all files."""
        with self._lock:
            for file in self._files.values():
                file.disconnect()
            self._files.clear()

    def _order(self) -> list[str]:
        named = table_in(self._folder / "order.json", _LARGEST_ORDER).get("order")
        return [name for name in list_or_empty(named) if isinstance(name, str)]

    def _path(self, document_id: str) -> Path:
        if not _ID.fullmatch(document_id):
            raise WorldError(f"{document_id[:80]!r} names no document.", "Open the picture again.")
        return self._folder / f"{document_id}{_ENDING}"

    def _heads(self) -> list[tuple[DocumentRecord, float | None]]:
        """Record and time of closing of those that can be opened; what is wrong with others is
        said, and damaged ones are repaired or moved aside."""
        heads: list[tuple[DocumentRecord, float | None]] = []
        finish_rescue(self._folder)
        for path in list(document_files(self._folder)):
            document_id = path.name.removesuffix(_ENDING)
            with self._lock:  # one that is opened again meanwhile is not let go of
                try:
                    record, closed = self._head(document_id)
                except WorldError as fault:
                    self._say(str(fault))
                    continue
                if closed is not None:
                    self._let_go(document_id)
            heads.append((replace(record, id=document_id), closed))
        return heads

    def _head(self, document_id: str) -> tuple[DocumentRecord, float | None]:
        try:
            return self._opened_file(document_id).head()
        except DatabaseDamaged:
            if said := self._repair(document_id):
                self._say(said)
            return self._opened_file(document_id).head()

    def _repair(self, document_id: str) -> str:
        """What came of it, as a sentence; "" where another thread has done it. Raises WorldError
        where nothing can be read, or the disk refuses."""
        path = self._path(document_id)
        with self._lock, disk_refusals("A damaged document cannot be repaired", _SPACE):
            if not self._is_damaged(document_id):
                return ""
            self._let_go(document_id)
            said = rescue(path)
            self._suspect(document_id).unlink(missing_ok=True)
        _log.warning("%s", said)
        if not path.exists():
            raise WorldError(said, "Open the picture again; the others are as they were.")
        return said

    def _is_damaged(self, document_id: str) -> bool:
        if self._suspect(document_id).exists():
            return True
        try:
            self._opened_file(document_id).load()
        except DatabaseDamaged:
            return True
        return False

    def _suspect(self, document_id: str) -> Path:
        """A mark beside a file in which damage was met while it was written."""
        return self._folder / f"{document_id}.suspect"

    def _note_damage(self, document_id: str) -> None:
        with contextlib.suppress(OSError):
            self._suspect(document_id).touch()

    @contextlib.contextmanager
    def _file(self, document_id: str) -> Generator[DocumentFile]:
        """The open file; should it turn out damaged, it is repaired when it is loaded next."""
        try:
            yield self._opened_file(document_id)
        except DatabaseDamaged as fault:
            self._note_damage(document_id)
            raise WorldError(
                "This document is damaged on the disk, so the step is not kept.",
                "Save it as a file, close it and open it again: that repairs what can be read.",
            ) from fault

    def _opened_file(self, document_id: str) -> DocumentFile:
        path = self._path(document_id)
        with self._lock:
            file = self._files.get(document_id)
            if file is None:
                if not path.exists():
                    raise WorldError(
                        "The document is not kept any more.", "Open the picture again."
                    )
                file = self._files[document_id] = DocumentFile(path)
            return file

    def _let_go(self, document_id: str) -> None:
        with self._lock:
            file = self._files.pop(document_id, None)
            if file is not None:
                file.disconnect()

    def _say(self, sentence: str) -> None:
        with self._lock:
            self._notices.append(sentence)

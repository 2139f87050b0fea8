"""A document in the row of those that are open, and what the disk holds of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtGui import QImage

from core.values.editing import choosing
from core.values.editing.document import Document
from core.values.editing.kept_document import StoredDocument
from core.values.editing.record import DocumentRecord
from core.values.picture import Picture
from desktop.edit.document.open_document import OpenDocument
from desktop.state.draft import DraftState


@dataclass(slots=True, eq=False)
class Tab:
    """A document in the row of those that are open. `open` is None until it is shown the first
    time; `form` is what its form holds while another one is shown. `pictures` are the results that
    were made for it, by their ids, as far as they were asked for; `is_away`: the disk has it
    among those that are closed."""

    record: DocumentRecord
    open: OpenDocument | None = None
    seen: Document | None = None  # the state that was told of last
    form: DraftState | None = None
    thumbnail: QImage = field(default_factory=QImage)
    pictures: dict[int, Picture] = field(default_factory=dict)
    is_away: bool = False

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def document(self) -> Document | None:
        """What is shown of it; None until it was loaded."""
        return None if self.open is None else self.open.document


@dataclass(frozen=True, slots=True)
class Found:
    """What the disk holds of an open document, beside its pixels."""

    record: DocumentRecord
    stored: StoredDocument
    pictures: tuple[Picture, ...]


def with_pictures(
    record: DocumentRecord, document: Document, pictures: tuple[Picture, ...]
) -> DocumentRecord:
    """With all that were made for it, the newest first, where those are all that are left."""
    there = [picture for picture in reversed(pictures) if picture.trashed is None]
    return choosing.with_pictures(choosing.without_lost(record, pictures), document, there)

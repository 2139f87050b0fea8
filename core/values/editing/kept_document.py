"""A document as it is kept: its record and all the states that undo and redo lead to."""

from __future__ import annotations

from dataclasses import dataclass

from core.values.editing.document import Document
from core.values.editing.record import DocumentRecord


@dataclass(frozen=True, slots=True)
class Step:
    """A state of a document, and the words for what led to it; "" for the first one."""

    text: str
    document: Document


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """`steps` from the oldest, at least one; `position` is the index of the one that is shown:
    those before it can be undone to, those behind it redone to. `notes` are sentences about what
    damage took."""

    record: DocumentRecord
    steps: tuple[Step, ...]
    position: int
    notes: tuple[str, ...] = ()

    @property
    def document(self) -> Document:
        """The state that is shown."""
        return self.steps[self.position].document


@dataclass(frozen=True, slots=True)
class ClosedDocument:
    """One that can be opened again; `closed` in seconds since 1970."""

    id: str
    title: str
    closed: float

"""What the window asks the core about pictures that others are made of: keeping one, looking at it,
varying one. Each call reads files: none is for the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.service.stores import Stores
from core.values.picture import Picture
from core.values.request import CheckedRequest

if TYPE_CHECKING:
    from core.service.starting.files import StartSource
    from core.store.documents.document_store import DocumentUsage
    from core.store.sources.source_store import SourceUsage


@dataclass(frozen=True, slots=True)
class StartSight:
    """A kept picture as it is shown: its size in pixels, and a small JPEG."""

    width: int
    height: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class VariationWish:
    """How many variations of a picture are wanted, and how far from it, from 0 to 1. `model` makes
    them where the one that made the picture is not here."""

    origin: Picture | Path
    strength: float
    count: int
    model: str


@dataclass(frozen=True, slots=True)
class VariedPicture:
    """Requests for variations, a sentence that says in which way they are made, and others about
    what of the picture or its recipe is missing."""

    requests: tuple[CheckedRequest, ...]
    sentence: str
    notes: tuple[str, ...]


def keep(stores: Stores, path: Path) -> StartSource:
    """Keep the picture of any file. Raises WorldError, one sentence, where it cannot be read or
    kept."""
    from core.service.starting.files import start_from_file

    return start_from_file(stores, path)


def look(stores: Stores, address: str) -> StartSight:
    """What is kept at an address, which no sweep takes for an hour. Raises WorldError where it is
    not there any more."""
    from core.metadata.reading import open_image
    from core.store.thumbnails import thumbnail_of

    path = stores.sources.path_of(address)
    width, height = stores.sources.size_of(address)
    stores.sources.note_use(address)
    with open_image(path) as image:
        return StartSight(width, height, thumbnail_of(image))


def vary(stores: Stores, wish: VariationWish) -> VariedPicture:
    """What makes the variations. Raises KnownError where the picture cannot be varied."""
    from core.service.starting.varying import vary_requests

    answer = vary_requests(stores, wish.origin, wish.strength, wish.count, otherwise=wish.model)
    return VariedPicture(answer.requests, answer.sentence, answer.notes)


@dataclass(frozen=True, slots=True)
class DiskUse:
    """What the data folder holds beside pictures."""

    sources: SourceUsage
    documents: DocumentUsage


def disk_use(stores: Stores) -> DiskUse:
    """How many pictures are kept to start from and how many documents, and their bytes."""
    return DiskUse(stores.sources.usage(), stores.documents.usage())

"""The documents of the Edit room: looked through, and swept once they have been closed long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.service.source_upkeep import sweep_sources
from core.service.stores import Stores
from core.store.documents.looking import damaged_documents
from core.system.errors import WorldError
from core.system.paths import other_window_pid
from core.values.request import Request

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DocumentHealth:
    """How many documents are kept, closed ones too, and the paths of damaged ones (`corrupt`)."""

    count: int
    corrupt: tuple[str, ...]


def check_documents(stores: Stores) -> DocumentHealth:
    """Read every document to its last tile; nothing is changed. Raises WorldError where the disk
    refuses."""
    return DocumentHealth(
        count=stores.documents.usage().count,
        corrupt=tuple(sorted(str(path) for path in damaged_documents(stores.places.documents))),
    )


def sweep_documents(stores: Stores, now: float | None = None) -> int:
    """Delete those that were closed 30 days ago; how many. For the process that has the window's
    lock; before the pictures that only they name are swept. A disk that refuses is noted in the
    log."""
    if other_window_pid(stores.places.root) is not None:
        return 0
    try:
        return stores.documents.sweep(now)
    except WorldError as error:
        _log.warning("no closed document is swept: %s", error.message)
        return 0


def sweep_unneeded(stores: Stores, wanted: Callable[[], bool], drafts: Iterable[Request]) -> None:
    """Delete documents that were closed 30 days ago, then the kept pictures that nothing names any
    more, while `wanted`, as `sweep_sources` does."""
    sweep_documents(stores)
    sweep_sources(stores, wanted, drafts=drafts)

"""The kept pictures that requests start from, against all that names them: checked, and swept."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.service.stores import Stores
from core.store.sources.references import (
    DataFolder,
    addresses_in_use,
    addresses_named,
    rows_are_whole,
)
from core.system.errors import WorldError
from core.system.paths import other_window_pid
from core.values.request import Request

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How many pictures and masks are kept; the addresses that jobs or pictures name and that are
    not (`missing`); the paths of damaged files (`corrupt`)."""

    count: int
    missing: tuple[str, ...]
    corrupt: tuple[str, ...]


def check_sources(stores: Stores) -> SourceHealth:
    """Decode every kept picture, and look for those that are named. Raises WorldError where the
    database cannot be read."""
    kept = {path.stem for path in stores.sources.files()}
    return SourceHealth(
        count=len(kept),
        missing=tuple(sorted(addresses_named(stores.database) - kept)),
        corrupt=tuple(sorted(str(path) for path in stores.sources.check())),
    )


def sweep_sources(
    stores: Stores,
    wanted: Callable[[], bool] = lambda: True,
    *,
    drafts: Iterable[Request] = (),
    now: float | None = None,
) -> int:
    """Delete the kept pictures that nothing names any more, and that nobody kept or used within the
    hour; how many. `drafts` are requests that count beside what is on the disk.

    For the process that has the window's lock, after pictures without rows were found. Where
    anything that may name one cannot be read, or something was put right at this start, all stay.
    """
    try:
        if not may_sweep(stores):
            return 0
        moment = time.time() if now is None else now
        if not stores.sources.unused(frozenset(), moment):
            return 0
        folder = DataFolder(
            places=stores.places, database=stores.database, gallery=stores.gallery, wanted=wanted
        )
        of_drafts = frozenset(
            address for draft in drafts for address in (draft.start.source, draft.start.mask)
        )
        in_use = addresses_in_use(folder) | of_drafts
        if not stores.sources.unused(in_use, moment) or not rows_are_whole(stores.database):
            return 0
        return stores.sources.sweep(in_use, moment)
    except WorldError as error:
        _log.warning("no kept picture is swept: %s", error.message)
        return 0


def may_sweep(stores: Stores) -> bool:
    """Whether what nothing names may go: not by a database that was repaired or cannot be written,
    nor beside another's window."""
    database = stores.database
    is_whole = database.refusal is None and not database.notice
    return is_whole and other_window_pid(stores.places.root) is None

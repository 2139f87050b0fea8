"""Sweeps that nothing names any more: deleted once that has been so for long."""

from __future__ import annotations

import logging

from core.service.source_upkeep import may_sweep
from core.service.stores import Stores
from core.store.sweeps.sweep_rows import named_sweeps
from core.system.errors import WorldError

_log = logging.getLogger(__name__)


def drop_old_sweeps(stores: Stores, now: float | None = None) -> int:
    """Delete those whose last picture and job went 30 days ago; how many. For the process that has
    the window's lock, before the pictures that only they name are swept. Of a database that was
    repaired or cannot be written none goes; a disk that refuses is noted in the log."""
    if not may_sweep(stores):
        return 0
    try:
        return stores.sweeps.drop_unnamed(named_sweeps(stores.database), now)
    except WorldError as error:
        _log.warning("no sweep is deleted: %s", error.message)
        return 0

"""What is left after pictures were brought in where they lie: each is decoded once, for the hash of
its pixels and its thumbnail, the newest first."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from core.service.importing.places import Importing
from core.service.importing.told import HowFar
from core.store.imported.reading import decode_picture
from core.store.imported_rows import KnownRow
from core.system.errors import WorldError

BATCH = 32  # rows of one transaction


def look_at_pixels(
    importing: Importing,
    hear: Callable[[HowFar], None] = lambda how_far: None,
    wanted: Callable[[], bool] = lambda: True,
) -> int:
    """Decode what was not decoded yet; how many were. Files of drives that are away wait, damaged
    ones are passed over as long as they stay as they are. Stops between two where it is not
    `wanted` any more. Raises WorldError where the database cannot be written."""
    rows = [row for row in importing.rows.not_looked_at() if _is_worth_it(importing, row)]
    found: list[tuple[int, str]] = []
    count = 0
    for done, row in enumerate(rows, 1):
        if not wanted():
            break
        digest = _looked_at(importing, row)
        if digest:
            found.append((row.id, digest))
            count += 1
        if len(found) >= BATCH:
            importing.rows.note_pixels(found)
            found = []
        if done % BATCH == 0:
            hear(HowFar(done, len(rows)))
    if found:
        importing.rows.note_pixels(found)
    importing.refusals.save()
    return count


def _is_worth_it(importing: Importing, row: KnownRow) -> bool:
    origin = row.origin
    return not importing.refusals.reason(row.path, origin.bytes, origin.mtime)


def _looked_at(importing: Importing, row: KnownRow) -> str:
    """The hash of a picture's pixels, its thumbnail kept; "" where it cannot be decoded now."""
    try:
        state = os.stat(row.path)
    except OSError:
        return ""
    if (state.st_size, state.st_mtime) != (row.origin.bytes, row.origin.mtime):
        return ""  # it is read again, with its recipe, when its folder is
    try:
        decoded = decode_picture(Path(row.path))
    except WorldError as fault:
        importing.refusals.note(row.path, row.origin.bytes, row.origin.mtime, fault)
        return ""
    importing.thumbnails.put(row.id, decoded.sha256, row.created, decoded.jpeg)
    return decoded.sha256

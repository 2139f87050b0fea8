"""What is left after pictures were brought in where they lie: each is decoded once, for the hash of
its pixels and its thumbnail, the newest first."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from core.service.importing.places import Importing
from core.service.importing.told import HowFar
from core.store.imported.reading import DecodedPicture, decode_picture
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
    found: list[tuple[int, DecodedPicture]] = []
    count = 0
    for done, row in enumerate(rows, 1):
        if not wanted():
            break
        decoded = _looked_at(importing, row)
        if decoded is not None:
            found.append((row.id, decoded))
            count += 1
        if len(found) >= BATCH:
            _note(importing, found)
            found = []
        if done % BATCH == 0:
            hear(HowFar(done, len(rows)))
    if found:
        _note(importing, found)
    importing.refusals.save()
    return count


def _note(importing: Importing, found: list[tuple[int, DecodedPicture]]) -> None:
    importing.rows.note_pixels((picture_id, one.sha256) for picture_id, one in found)
    importing.rows.note_looks([(picture_id, one.jpeg) for picture_id, one in found])


def _is_worth_it(importing: Importing, row: KnownRow) -> bool:
    origin = row.origin
    return not importing.refusals.reason(row.path, origin.bytes, origin.mtime)


def _looked_at(importing: Importing, row: KnownRow) -> DecodedPicture | None:
    """What a picture's pixels tell, its thumbnail kept; None where it cannot be decoded now."""
    try:
        state = os.stat(row.path)
    except OSError:
        return None
    if (state.st_size, state.st_mtime) != (row.origin.bytes, row.origin.mtime):
        return None  # it is read again, with its recipe, when its folder is
    try:
        decoded = decode_picture(Path(row.path))
    except WorldError as fault:
        importing.refusals.note(row.path, row.origin.bytes, row.origin.mtime, fault)
        return None
    importing.thumbnails.put(row.id, decoded.sha256, row.created, decoded.jpeg)
    return decoded

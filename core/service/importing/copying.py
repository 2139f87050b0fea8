"""Pictures of a folder copied into the gallery's own, under their names and the day on which they
were made. Nothing is overwritten, and what is there already is not copied again."""

from __future__ import annotations

import contextlib
import filecmp
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.metadata.reading import MAX_BYTES
from core.service.importing.places import Importing
from core.service.importing.told import FileTold, Hear, HowFar, LookedThrough, State
from core.service.importing.walking import FoundFile, walk
from core.store.files import MOST_OF_A_NAME, put
from core.store.imported.reading import ReadPicture, read_picture
from core.store.imported_rows import OwnPixels
from core.system.atomic_files import locked
from core.system.errors import WorldError
from core.system.regular_files import display_name, read_limited
from core.values.gallery.day import day_of
from core.values.gallery.origin import How

LONGEST_STEM = 150  # bytes: some file systems end at 143 to 255 with the ending


def copy_folder(
    importing: Importing, folder: Path, hear: Hear, wanted: Callable[[], bool] = lambda: True
) -> LookedThrough:
    """Copy a folder's pictures, one after another, each with its row. Stops between two where it is
    not `wanted` any more. Raises WorldError where the disk or the database refuses."""
    content = walk(folder, wanted, importing.own_folders)
    counts: Counter[State] = Counter()

    def say(path: str, state: State, reason: str = "") -> None:
        counts[state] += 1
        hear(FileTold(path, state, reason))

    for shown, reason in content.refused:
        say(shown, State.REFUSED, reason)
    pixels = OwnPixels(importing.rows)
    for done, found in enumerate(content.files, 1):
        if not wanted():
            return LookedThrough(dict(counts), stopped=True)
        say(found.path, *_copied(importing, found, pixels))
        hear(HowFar(done, len(content.files)))
    return LookedThrough(dict(counts), stopped=not content.whole)


def _copied(importing: Importing, found: FoundFile, pixels: OwnPixels) -> tuple[State, str]:
    """What became of one file, and where it lies or why not. Raises WorldError where the disk takes
    no more, or another process copies for too long."""
    source = Path(found.path)
    try:
        picture = read_picture(source, How.COPY, pixels=True)
        data = read_limited(source, MAX_BYTES)
        if len(data) != picture.origin.bytes:
            return State.REFUSED, f"{display_name(source)} changes while it is read."
    except (WorldError, OSError, ValueError) as fault:
        return State.REFUSED, str(fault)
    # of two imports at once one copies, and the other one finds it copied
    with locked(importing.where.database.with_name("copying.lock"), "The folder of pictures"):
        if there := pixels.place_of(picture.recipe.pixels_sha256):
            shown = display_name(Path(there), whole=True)
            return State.KNOWN, f"The same picture is in the gallery: {shown}."
        target = _placed(importing, picture, data)
        with contextlib.suppress(OSError):
            os.utime(target, (picture.origin.mtime, picture.origin.mtime))
        _record(importing, picture, target)
    return State.COPIED, str(target)


def _placed(importing: Importing, picture: ReadPicture, data: bytes) -> Path:
    """The copy's file: new, or what an import left that was killed before its row was written."""
    folder = importing.where.pictures / day_of(picture.recipe.created)
    source = picture.path
    stem = source.stem.encode()[:LONGEST_STEM].decode("utf-8", "ignore").strip() or "picture"
    for number in range(1, MOST_OF_A_NAME):
        name = stem if number == 1 else f"{stem}-{number}"
        target = folder / f"{name}{source.suffix}"
        if not os.path.lexists(target):
            break
        with contextlib.suppress(OSError):
            same = target.is_file() and filecmp.cmp(source, target, shallow=False)
            if same and not importing.rows.has_path(target):
                return target
    return put(folder, stem, data, source.suffix)


def _record(importing: Importing, picture: ReadPicture, target: Path) -> None:
    picture_id = importing.rows.put([replace(picture, path=target)])[0]
    if picture_id:
        recipe = picture.recipe
        importing.thumbnails.put(picture_id, recipe.pixels_sha256, recipe.created, picture.jpeg)
        importing.rows.note_looks([(picture_id, picture.jpeg)])

"""A folder looked through, the first time or again: its files get rows, rows follow files that
moved, and what is gone is hidden until it comes back. No file is touched."""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.service.importing.places import Importing
from core.service.importing.told import FileTold, Hear, HowFar, LookedThrough, State
from core.service.importing.walking import FolderContent, FoundFile, walk
from core.store.imported.folders import FolderState
from core.store.imported.reading import (
    ReadPicture,
    StillChanging,
    decode_picture,
    read_picture,
)
from core.store.imported_rows import KnownRow
from core.system.errors import WorldError
from core.system.regular_files import display_name
from core.values.gallery.origin import How

BATCH = 256  # rows of one transaction
TRIES = 5  # looks at a file that is being written
BETWEEN = 1.0  # seconds between them
_WRITTEN = "It is still being written; it is looked at again."


def look_through(
    importing: Importing,
    folder: Path,
    hear: Hear,
    wanted: Callable[[], bool] = lambda: True,
    *,
    patience: int = TRIES,
) -> LookedThrough:
    """Bring a folder's pictures in where they lie, and watch it from now on; what is known already
    is not read again. `patience`: looks at files that are being written. Stops between two files
    where it is not `wanted` any more; what was said to be added stays, and the next look goes on.

    Raises WorldError where the folder can be none, or the database cannot be written.
    """
    return _Look(importing, folder, hear, wanted).run(patience)


class _Look:
    def __init__(
        self, importing: Importing, folder: Path, hear: Hear, wanted: Callable[[], bool]
    ) -> None:
        self._importing = importing
        self._rows = importing.rows
        self._refusals = importing.refusals
        self._folder = folder
        self._hear = hear
        self._wanted = wanted
        self._counts: Counter[State] = Counter()
        self._new: list[ReadPicture] = []
        self._renewed: list[tuple[KnownRow, ReadPicture, State]] = []
        self._back: list[KnownRow] = []
        self._later: list[FoundFile] = []
        self._known: dict[str, KnownRow] = {}
        self._lost: defaultdict[int, list[KnownRow]] = defaultdict(list)  # by bytes of their files
        self._displaced: set[int] = set()  # ids, see _note_displaced
        self._changed: list[tuple[KnownRow, ReadPicture]] = []  # of those
        self._aside: set[int] = set()  # ids of rows whose paths others took
        self._elsewhere: defaultdict[tuple[int, float], list[KnownRow]] | None = None
        self._done = 0
        self._total = 0

    def run(self, patience: int) -> LookedThrough:
        state = self._importing.folders.get(self._folder)
        begun = FolderState(added=state.added if state else time.time())
        content = walk(self._folder, self._wanted, self._importing.own_folders)
        self._known = self._rows.below(self._folder)
        if not content.is_there and (self._known or content.unread):
            return LookedThrough({}, away=True)
        if state is None or state.whole:
            looked = state.looked if state else 0.0
            self._importing.folders.note(self._folder, replace(begun, looked=looked))
        for shown, reason in content.refused:
            self._say(shown, State.REFUSED, reason)
        vanished = self._vanished(content)
        for row in (*vanished, *self._rows.lost()):
            self._lost[row.origin.bytes].append(row)
        self._note_displaced(content)
        self._total = len(content.files)
        for found in content.files:
            if not self._wanted():
                return self._end(content, stopped=True)
            self._look_at(found)
        self._look_later(patience)
        self._take_changed()
        self._write()
        self._note_gone(vanished)
        if content.whole:
            done = replace(begun, looked=time.time(), whole=True)
            self._importing.folders.note_if_watched(self._folder, done)
        return self._end(content, stopped=not content.whole)

    def _end(self, content: FolderContent, *, stopped: bool) -> LookedThrough:
        self._write()
        self._refusals.save()
        return LookedThrough(
            counts=dict(self._counts),
            stopped=stopped,
            later=len(self._later),
            folders=tuple(content.folders),
        )

    def _say(self, path: str, state: State, reason: str = "") -> None:
        self._counts[state] += 1
        self._hear(FileTold(path, state, reason))

    # --- one file ---

    def _look_at(self, found: FoundFile) -> None:
        known = self._known.get(found.path)
        self._done += 1
        if known is not None and _is_as_known(known, found):
            if known.origin.gone:
                self._back.append(known)
            state = State.HIDDEN if known.hidden_by_hand else State.KNOWN
            self._say(found.path, state)
        elif reason := self._refusals.reason(found.path, found.bytes, found.mtime):
            self._say(found.path, State.REFUSED, reason)
        else:
            self._read(found, known)
        if len(self._new) + len(self._renewed) + len(self._back) >= BATCH:
            self._write()
        if self._done % 32 == 0:
            self._hear(HowFar(self._done, self._total))

    def _read(self, found: FoundFile, known: KnownRow | None) -> None:
        try:
            picture = read_picture(Path(found.path), How.IN_PLACE)
        except StillChanging:
            self._later.append(found)
        except WorldError as fault:
            self._refusals.note(found.path, found.bytes, found.mtime, fault)
            self._say(found.path, State.REFUSED, str(fault))
        else:
            if (moved := self._moved_from(picture, known)) is not None:
                self._renewed.append((moved, picture, State.MOVED))
            elif known is None:
                self._new.append(picture)
            elif known.id in self._displaced:
                self._changed.append((known, picture))
            else:
                self._renewed.append((known, picture, State.CHANGED))

    def _look_later(self, patience: int) -> None:
        """Files that were being written: again, as long as there is patience."""
        for _ in range(patience):
            if not self._later or not self._wanted():
                break
            time.sleep(BETWEEN)
            again, self._later = self._later, []
            for found in again:
                self._read(found, self._known.get(found.path))
        for found in self._later:
            self._say(found.path, State.REFUSED, _WRITTEN)

    # --- files that moved ---

    def _note_displaced(self, content: FolderContent) -> None:
        """Rows whose files are others now, while theirs may lie under another name: as after files
        were numbered anew."""
        known = [(found, self._known.get(found.path)) for found in content.files]
        other = [
            (found, row) for found, row in known if row is None or not _is_as_known(row, found)
        ]
        there = {(found.bytes, found.mtime) for found, _ in other}
        for _, row in other:
            if row is not None and (row.origin.bytes, row.origin.mtime) in there:
                self._displaced.add(row.id)
                if not row.origin.gone:  # else it is among the lost ones
                    self._lost[row.origin.bytes].append(row)

    def _take_changed(self) -> None:
        """Of files that are others now: a row that followed its own leaves them without one."""
        for known, picture in self._changed:
            if known in self._lost[known.origin.bytes]:
                self._lost[known.origin.bytes].remove(known)
                self._renewed.append((known, picture, State.CHANGED))
            else:
                self._new.append(picture)
        self._changed = []

    def _moved_from(self, picture: ReadPicture, known: KnownRow | None) -> KnownRow | None:
        """The row of a picture that lay elsewhere before, which is taken by that; where another
        picture lay here, its file is to have the time of the last change, too."""
        origin = picture.origin
        for row in self._lost.get(origin.bytes, ()):
            if row.origin.mtime != origin.mtime and (known or row.id in self._displaced):
                continue
            if row.size == picture.size and self._is_same(row, picture):
                self._lost[origin.bytes].remove(row)
                return row
        if known is not None:
            return None
        others = self._of_other_folders().get((origin.bytes, origin.mtime), [])
        for row in others:
            if row.size == picture.size and self._is_same(row, picture) and self._left(row):
                others.remove(row)
                return row
        return None

    def _left(self, row: KnownRow) -> bool:
        """Whether the file of a row of another folder is there no more, as far as can be seen."""
        is_there = os.path.lexists(row.path)
        return not is_there and not _may_be_away(self._importing.watched_over(row.path))

    def _is_same(self, row: KnownRow, picture: ReadPicture) -> bool:
        """Its recipe is the same. One with a seed is no other's; else its pixels tell, or as long
        as nobody looked at them the time of its last change, which moving keeps."""
        if not self._rows.says_the_same(row, picture):
            return False
        if picture.recipe.request.seed is not None and "seed" in picture.origin.known:
            return True
        if not row.looked:
            return row.origin.mtime == picture.origin.mtime
        try:
            return self._rows.has_pixels(row, decode_picture(picture.path).sha256)
        except WorldError:
            return False

    def _of_other_folders(self) -> dict[tuple[int, float], list[KnownRow]]:
        if self._elsewhere is None:
            self._elsewhere = defaultdict(list)
            for row in self._rows.elsewhere(self._folder):
                self._elsewhere[row.origin.bytes, row.origin.mtime].append(row)
        return self._elsewhere

    # --- rows ---

    def _write(self) -> None:
        """What was read becomes rows, then it is said."""
        back = [(row, replace(row.origin, hidden=False, gone=False)) for row in self._back]
        self._rows.note_origin(back)
        self._aside -= {row.id for row, _, _ in self._renewed}
        self._aside |= self._rows.renew([(row, picture) for row, picture, _ in self._renewed])
        ids = self._rows.put(self._new) if self._new else []
        for picture, picture_id in zip(self._new, ids, strict=True):
            self._say(str(picture.path), State.ADDED if picture_id else State.KNOWN)
            if picture.jpeg and picture_id:
                recipe = picture.recipe
                self._importing.thumbnails.put(
                    picture_id, recipe.pixels_sha256, recipe.created, picture.jpeg
                )
        for row, picture, state in self._renewed:
            reason = f"It was {display_name(Path(row.path), whole=True)}."
            self._say(str(picture.path), state, reason if state is State.MOVED else "")
        if self._new or self._renewed or self._back:
            self._hear(HowFar(self._done, self._total))
        self._new, self._renewed, self._back = [], [], []

    def _vanished(self, content: FolderContent) -> list[KnownRow]:
        """Rows whose files were to be seen here and were not."""
        if not content.whole:
            return []
        there = {found.path for found in content.files}
        return [
            row
            for path, row in self._known.items()
            if path not in there and not row.origin.gone and not content.may_hold(path)
        ]

    def _note_gone(self, vanished: list[KnownRow]) -> None:
        """Those that were not found again under another name; once more looked at by themselves,
        since they may have come while others were read."""
        left = {row.id for rows in self._lost.values() for row in rows}
        gone = [row for row in vanished if row.id in left and not os.path.lexists(row.path)]
        gone += [row for row in self._known.values() if row.id in self._aside]
        self._rows.note_origin(
            [
                (row, replace(row.origin, hidden=True, gone=True))
                for row in gone
                if not row.hidden_by_hand
            ]
        )
        for row in gone:
            self._say(row.path, State.GONE)


def _may_be_away(folder: str) -> bool:
    """Whether a folder's drive may be; else it is there, or was renamed: what lies beside it is."""
    there = folder if os.path.isdir(folder) else os.path.dirname(folder)
    try:
        return not os.listdir(there)
    except OSError:
        return True


def _is_as_known(known: KnownRow, found: FoundFile) -> bool:
    return (known.origin.bytes, known.origin.mtime) == (found.bytes, found.mtime)

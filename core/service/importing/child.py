"""The child process that reads pictures for the window, which never decodes one itself while it
imports: its whole life, and what it says through the pipe."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core.service.importing.told import FileTold, HowFar, LookedThrough, State, are_others
from core.system.errors import KnownError, WorldError
from core.system.paths import Places

if TYPE_CHECKING:
    from core.service.importing.places import Importing

NICENESS = 10
SPEAK_SECONDS = 0.2  # between two words on how far it is
MOST_REFUSED = 500  # whose reasons are told; all of them are counted
MOST_FOLDERS = 200  # whose changes a window can be told of
# words to the child
PAUSE = "pause"
GO_ON = "go on"
STOP = "stop"


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """`folders`: to be looked through one after another; `copies`: their pictures are copied into
    the gallery's own. `patience`: looks at files that are being written. Pixels that were not
    looked at yet are, behind it."""

    folders: tuple[Path, ...]
    copies: bool = False
    patience: int = 5


@dataclass(frozen=True, slots=True)
class ImportWord:
    """What the child says: of `folder` so many of so many files are done, with these states; at the
    `phase` "pixels" all files have their rows. `changed`: rows are others than at the last word."""

    folder: str
    phase: str
    done: int = 0
    total: int = 0
    counts: tuple[tuple[State, int], ...] = ()
    changed: bool = False


@dataclass(frozen=True, slots=True)
class FolderDone:
    """A folder's end, with the reasons of the first that were refused."""

    folder: str
    end: LookedThrough
    refused: tuple[FileTold, ...] = ()


FILES = "files"
PIXELS = "pixels"


class _Voice:
    """The child's side of the pipe: hears words at any time, and ends with the window."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._stopped = threading.Event()
        self._goes_on = threading.Event()
        self._goes_on.set()
        threading.Thread(target=self._listen, daemon=True).start()

    def say(self, word: object) -> None:
        try:
            self._pipe.send(word)
        except OSError:
            os._exit(0)

    def is_wanted(self) -> bool:
        """Whether more is wanted; waits while it is paused."""
        self._goes_on.wait()
        return not self._stopped.is_set()

    def _listen(self) -> None:
        while True:
            try:
                word = cast("object", self._pipe.recv())
            except (EOFError, OSError):
                os._exit(0)  # the window is gone; every transaction is whole or was never begun
            if word == PAUSE:
                self._goes_on.clear()
            else:
                if word == STOP:
                    self._stopped.set()
                self._goes_on.set()


class _Telling:
    """Gathers what happens to single files into some words a second."""

    def __init__(self, say: Callable[[object], None], folder: Path) -> None:
        self._say = say
        self._folder = str(folder)
        self._counts: Counter[State] = Counter()
        self._said = 0.0
        self._told: Counter[State] = Counter()
        self.refused: list[FileTold] = []

    def hear(self, said: FileTold | HowFar) -> None:
        if isinstance(said, FileTold):
            self._counts[said.state] += 1
            if said.state is State.REFUSED and len(self.refused) < MOST_REFUSED:
                self.refused.append(said)
        elif time.monotonic() - self._said >= SPEAK_SECONDS:
            self._said = time.monotonic()
            new = self._counts - self._told
            self._told = Counter(self._counts)
            self._say(
                ImportWord(
                    folder=self._folder,
                    phase=FILES,
                    done=said.done,
                    total=said.total,
                    counts=tuple(self._counts.items()),
                    changed=are_others(new),
                )
            )


def child_main(pipe: Connection, where: Places, order: ImportOrder) -> None:
    """The child's whole life. What is given crosses a spawn, so it is to be picklable. Its last
    word is None, or the KnownError that ended it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":  # held back until here (core.engine.ahead)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    voice = _Voice(pipe)
    last: KnownError | None = None
    try:
        _carry_out(voice, where, order)
    except KnownError as error:
        last = WorldError(error.message, error.hint)
    voice.say(last)
    pipe.close()


def _carry_out(voice: _Voice, where: Places, order: ImportOrder) -> None:
    from core.service.importing.places import opened
    from core.store.sqlite.database import Database
    from core.store.thumbnails import Thumbnails

    database = Database(where.database, where.backups, where.pictures, where.trash)
    thumbnails = Thumbnails(where.thumbnails)
    try:
        importing = opened(database, where, thumbnails)
        for folder in order.folders:
            telling = _Telling(voice.say, folder)
            if order.copies:
                from core.service.importing.copying import copy_folder

                end = copy_folder(importing, folder, telling.hear, voice.is_wanted)
            else:
                from core.service.importing.in_place import look_through

                end = look_through(
                    importing, folder, telling.hear, voice.is_wanted, patience=order.patience
                )
            voice.say(
                FolderDone(
                    str(folder),
                    replace(end, folders=end.folders[:MOST_FOLDERS]),
                    tuple(telling.refused),
                )
            )
            if not voice.is_wanted():
                return
        _look_at_pixels(voice, importing)
    finally:
        thumbnails.close()
        database.close()


def _look_at_pixels(voice: _Voice, importing: Importing) -> None:
    from core.service.importing.pixels import look_at_pixels

    def hear(how_far: HowFar) -> None:
        voice.say(ImportWord("", PIXELS, how_far.done, how_far.total))

    look_at_pixels(importing, hear, voice.is_wanted)

"""An import in a child process, as whoever asked for it sees it: begun, paused, stopped, heard."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from typing import Any, cast

from core.engine.ahead import interrupts_kept_from_children
from core.service.importing.child import (
    GO_ON,
    PAUSE,
    STOP,
    FolderDone,
    ImportOrder,
    ImportWord,
    child_main,
)
from core.system.errors import KnownError, WorldError
from core.system.paths import Places

END_SECONDS = 5.0  # for a child that was told to stop, before it is killed

Heard = Callable[[ImportWord | FolderDone], None]


class ImportProcess:
    """`run` waits for its end, so it is called in a thread; the others come back at once and may
    be called from any."""

    def __init__(self, where: Places, order: ImportOrder) -> None:
        self._where = where
        self._order = order
        self._lock = threading.Lock()
        self._pipe: Any = None
        self._stopped = False
        self._paused = False

    def run(self, hear: Heard) -> None:
        """Carry the order out. Raises WorldError where the child cannot be started or dies, and
        what ended it: all that was told stays true, and the same order goes on from there."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=child_main,
            args=(theirs, self._where, self._order),
            name="calotype-import",
            daemon=True,
        )
        try:
            with interrupts_kept_from_children():
                process.start()
        except OSError as fault:
            ours.close()
            raise WorldError(
                f"The import could not be started: {fault.strerror}.",
                "Close other programs, then try again.",
            ) from fault
        finally:
            theirs.close()
        with self._lock:
            self._pipe = ours
            if self._stopped:
                self._send(STOP)
            elif self._paused:
                self._send(PAUSE)
        try:
            self._listen(ours, hear)
        finally:
            with self._lock:
                self._pipe = None
            process.join(END_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()
            ours.close()

    def _listen(self, pipe: Any, hear: Heard) -> None:
        while True:
            try:
                word = cast("object", pipe.recv())
            except (EOFError, OSError) as fault:
                if self._stopped:
                    return
                raise WorldError(
                    "The import ended in the middle.", "Import the folder again: it goes on there."
                ) from fault
            if isinstance(word, KnownError):
                raise word
            if isinstance(word, ImportWord | FolderDone):
                hear(word)
            else:
                return

    def pause(self, on: bool) -> None:
        """Wait between two files, or go on."""
        with self._lock:
            self._paused = on
            self._send(PAUSE if on else GO_ON)

    def stop(self) -> None:
        """End between two files."""
        with self._lock:
            self._stopped = True
            self._send(STOP)

    def _send(self, word: str) -> None:
        if self._pipe is not None:
            try:
                self._pipe.send(word)
            except OSError:
                self._pipe = None  # it has ended, which `run` hears

"""Our end of the pipe to an engine's process. Threads of its own speak and listen, so that nobody
ever waits for the child."""

from __future__ import annotations

import pickle
import queue
import threading
import time
from typing import Any

from core.engine.exit_reasons import MemorySample

TICK = ("tick", None)
END = "end"  # the word at which the child ends


class ChildPipe:
    """`last_heard` (monotonic seconds) and `memory_sample` are of the child's last word;
    heartbeats are heard at any time.

    A child that takes nothing in leaves a message waiting here, and one that stopped in the middle
    of an answer leaves the rest of it: neither keeps `send` or `receive` from coming back.
    """

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._in: queue.SimpleQueue[tuple[str, Any] | None] = queue.SimpleQueue()
        self.last_heard = time.monotonic()
        self.memory_sample = MemorySample()
        self._threads = [
            threading.Thread(target=work, name="engine-line", daemon=True)
            for work in (self._speak, self._listen)
        ]
        for thread in self._threads:
            thread.start()

    def send(self, kind: str, value: object = None) -> None:
        """Comes back at once; the words go out in order. To a child that has ended they are
        lost, and `receive` tells so."""
        self._out.put(pickle.dumps((kind, value)))

    def receive(self, seconds: float) -> tuple[str, Any]:
        """The child's next word, or TICK after so many seconds of none.
        Raises EOFError where the child has ended."""
        try:
            word = self._in.get(timeout=seconds)
        except queue.Empty:
            return TICK
        if word is None:
            self._in.put(None)
            raise EOFError
        return word

    def close(self) -> None:
        """To be called once the child has ended, which ends both threads."""
        self._out.put(None)
        for thread in self._threads:
            thread.join(5.0)
        if not any(thread.is_alive() for thread in self._threads):
            self._pipe.close()

    def _speak(self) -> None:
        while (word := self._out.get()) is not None:
            try:
                self._pipe.send_bytes(word)
            except OSError:
                return

    def _listen(self) -> None:
        try:
            while True:
                kind, value = self._pipe.recv()
                self.last_heard = time.monotonic()
                if kind == "beat":
                    self.memory_sample = value
                else:
                    self._in.put((kind, value))
        except (EOFError, OSError, pickle.UnpicklingError):
            return
        finally:
            self._in.put(None)

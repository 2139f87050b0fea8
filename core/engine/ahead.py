"""A child that is started before anybody knows what it is to make: it reads torch while the command
line is read, models are looked for and the database is opened.

Imports next to nothing, so that it can be the first thing a command does.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
from collections.abc import Callable, Generator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.engine.contract.protocol import Engine, EngineSpec

_waiting: list[tuple[SpawnProcess, Any]] = []  # a pipe is of another class on each system


@contextlib.contextmanager
def interrupts_kept_from_children() -> Generator[None]:
    """A child started inside begins with Ctrl+C held back, which goes to all of a terminal's
    processes: while the child still loads Python, it would end with a traceback of its own."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # starting it lets interrupts in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def started_ahead(open_engine: Callable[[EngineSpec], Engine]) -> Generator[None]:
    """Within it a child waits for the specification of what it is to open; one that nobody took
    ends with it."""
    _start(open_engine)
    try:
        yield
    finally:
        while _waiting:
            process, pipe = _waiting.pop()
            process.kill()
            process.join()
            pipe.close()


def _start(open_engine: Callable[[EngineSpec], Engine]) -> None:
    """Where it cannot be started, nothing is lost: the engine starts its own, and says why it
    cannot."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_begin, args=(theirs, open_engine), name="calotype-engine", daemon=True
    )
    try:
        with interrupts_kept_from_children():
            process.start()
    except OSError:
        ours.close()
    else:
        _waiting.append((process, ours))
    finally:
        theirs.close()


def take_ahead() -> tuple[SpawnProcess, Any] | None:
    """The child that was started ahead, with our end of its pipe: once, and while it lives."""
    while _waiting:
        process, pipe = _waiting.pop()
        if process.is_alive():
            return process, pipe
        pipe.close()
    return None


def _begin(pipe: Connection, open_engine: Callable[[EngineSpec], Engine]) -> None:
    from core.engine.child import child_main

    child_main(pipe, None, open_engine)

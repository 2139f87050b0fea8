"""The child's side of an engine's process: its whole life, what it says through the pipe, and
where it leaves the stack of a native fault."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import importlib
import logging
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from core.engine.contract.protocol import Engine, EngineSpec, OnEvent
from core.engine.exit_reasons import sample_memory
from core.engine.pipe import END
from core.system.errors import Cancelled, KnownError
from core.system.regular_files import open_for_writing, open_regular
from core.values.measurement import Limit, Measurement, Part

BEAT = 1.0  # seconds between two heartbeats
FAULTS = "engine-fault.txt"
# of mallopt(3)
_TRIM_THRESHOLD = -1
_MMAP_MAX = -4
_KEPT_BYTES = 1 << 30
_log = logging.getLogger(__name__)


class _Voice:
    """The child's side of the pipe: sends from several threads, hears cancels,
    ends the process when the pipe closes.

    The parent listens at all times; one that is itself held up holds up only
    what is being said to it.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()  # several threads say something
        self.orders: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.cancelled = threading.Event()
        for work in (self._listen, self._beat):
            threading.Thread(target=work, daemon=True).start()

    def send(self, kind: str, value: object = None) -> None:
        try:
            with self._lock:
                self._pipe.send((kind, value))
        except OSError:
            os._exit(0)

    def _listen(self) -> None:
        while True:
            try:
                kind, value = self._pipe.recv()
            except (EOFError, OSError):
                os._exit(0)
            if kind == END:
                os._exit(0)
            if kind == "cancel":
                self.cancelled.set()
            else:
                self.orders.put((kind, value))

    def _beat(self) -> None:
        while True:
            time.sleep(BEAT)
            self.send("beat", sample_memory())


def child_main(
    pipe: Connection, spec: EngineSpec | None, open_engine: Callable[[EngineSpec], Engine]
) -> None:
    """The child's whole life: open the engine, serve orders one after another until the pipe
    closes. What is given crosses a spawn, so it is to be picklable.

    Without a `spec` (see ahead.py) torch is read first, and the first order is the specification.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":  # held back until here (process.py); one that came is dropped
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    let_threads_sleep()
    with contextlib.suppress(OSError):
        os.dup2(2, 1)
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(3)
    keep_freed_memory()
    voice = _Voice(pipe)
    if spec is None:
        spec = _told_while_torch_is_read(voice)
    _catch_native_faults(spec.logs)
    with open_engine(spec) as engine:
        opened = time.time()
        try:
            engine.prepare(spec.warm_model)
        except KnownError:
            _log.info("the model could not be loaded ahead; the job will say why")
        voice.send("ready", _start(opened))
        while True:
            _serve(engine, voice, *voice.orders.get())


def _told_while_torch_is_read(voice: _Voice) -> EngineSpec:
    importlib.import_module("core.engine.diffusion.engine")
    return voice.orders.get()[1]


def _start(opened: float) -> Measurement:
    """How long the process took until now; `opened` is when all modules were loaded (Unix time)."""
    began = psutil.Process().create_time()
    seconds = max(time.time() - began, 1e-3)
    imports = (opened - began) / seconds
    limit = Limit.IMPORTS if imports >= 0.5 else Limit.LOADING
    share = imports if limit is Limit.IMPORTS else 1 - imports
    return Measurement(part=Part.START, ours=seconds, limit=limit, share=min(1.0, max(0.0, share)))


def let_threads_sleep() -> None:
    """Threads that wait for others sleep, after a short while; to be called before torch loads.
    Those that spin made a picture 70 times slower on a busy machine; the short while makes narrow
    networks 5 % faster on an idle machine, 9 % slower on a busy one."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # of the OpenMP library that torch brings


def keep_freed_memory() -> None:
    """Keep the memory of large tensors for the next ones: by default the C library takes it anew
    from the system for every layer and clears its pages, which takes a noticeable part of a step.
    What idle models leave is given back by `release_memory` all the same."""
    if sys.platform != "linux":
        return
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's; others have none
    if set_option is not None:
        set_option(_MMAP_MAX, 0)
        set_option(_TRIM_THRESHOLD, _KEPT_BYTES)


def _catch_native_faults(logs: str) -> None:
    """From now on a native fault writes Python's stack to the file,
    which stays open for the life of the process."""
    with contextlib.suppress(OSError):
        if logs:
            faulthandler.enable(open_for_writing(Path(logs) / FAULTS))


def fault_text(logs: str) -> str:
    """What the last native fault of an engine left."""
    with contextlib.suppress(OSError):
        if logs:
            with open_regular(Path(logs) / FAULTS) as file:
                return file.read(20_000).decode("utf-8", "replace")
    return ""


def _serve(engine: Engine, voice: _Voice, kind: str, value: Any) -> None:
    """Carry out one order; whatever becomes of it is said, never raised."""

    def on_event(event: object) -> None:
        """Tells it. Raises Cancelled where the parent has asked for that."""
        if voice.cancelled.is_set():
            raise Cancelled
        voice.send("event", event)

    asked_and_waited_for = kind in ("run", "measure", "look", "ask")
    if asked_and_waited_for:
        voice.cancelled.clear()
    try:
        _obey(engine, voice, kind, value, on_event)
    except Cancelled:
        voice.send("cancelled")
    except KnownError as error:
        if asked_and_waited_for:
            voice.send("error", error)
    except Exception:  # noqa: BLE001
        # the boundary of the child: the fault crosses the pipe as text
        voice.send("fault", traceback.format_exc())


def _obey(engine: Engine, voice: _Voice, kind: str, value: Any, on_event: OnEvent) -> None:
    match kind:
        case "prepare":
            engine.prepare(value)
        case "devices":
            voice.send("devices", engine.devices(on_event))
        case "measure":
            engine.measure(value, on_event)
            voice.send("result", None)
        case "look":
            job, look = value
            voice.send("result", engine.look(job, look, on_event))
        case "ask":
            job, question = value
            voice.send("result", engine.ask(job, question, on_event))
        case "release":
            engine.unload(value)
            voice.send("released")
        case _:
            voice.send("result", engine.run(value, on_event))

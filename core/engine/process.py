"""The engine in a child process of its own: a crash, a hang or an out-of-memory kill there
never reaches the window."""

from __future__ import annotations

import logging
import multiprocessing
import time
from dataclasses import replace
from multiprocessing.context import SpawnProcess
from typing import Any, Self

from core.engine import open_engine
from core.engine.ahead import interrupts_kept_from_children, take_ahead
from core.engine.child import child_main, fault_text
from core.engine.contract.protocol import EngineSpec, OnEvent
from core.engine.exit_reasons import (
    MemorySample,
    from_exit_code,
    from_timeout,
    from_traceback,
    oom_kills,
)
from core.engine.pipe import END, ChildPipe
from core.system.errors import EngineCrashed, EngineResting, KnownError, Superseded
from core.values.device import Device
from core.values.events import Event, NotResponding, PartMeasured, Phase, PhaseStarted, Tick
from core.values.insight.questions import Answer, Question
from core.values.job import Job, ModelRef, RecordedLook
from core.values.measurement import Measurement
from core.values.picture import Pixels, Result

TICK = 0.1  # seconds: how often a caller is let in while the child computes
RESTARTS = 3
MINUTE = 60.0  # seconds within which so many restarts are too many
_STOPPED = ("cancelled", "result", "error", "fault")  # words after which a child is idle
_log = logging.getLogger(__name__)


class ProcessEngine:
    """Runs `open_engine(spec)` in a spawned child. A dead or hung child is
    replaced at the next job."""

    def __init__(self, spec: EngineSpec) -> None:
        self._spec = spec
        self._process: Any = None
        self._pipe: ChildPipe | None = None
        self._ready = False  # it has said so
        self._start: Measurement | None = None  # how long it took until then
        self._heard = False  # it has said anything since the job was given
        self._asked_at = 0.0
        self._losses = 0
        self._deaths: list[float] = []
        self._kills = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end(2.0)

    @property
    def pid(self) -> int | None:
        """The child's process id, for tests and diagnostics."""
        return None if self._process is None else int(self._process.pid)

    def prepare(self, model: ModelRef | None = None) -> None:
        """Start the child, and let it load `model`, without waiting for it.

        Raises EngineCrashed where it cannot be started, EngineResting where it is left alone.
        """
        self._ensure_alive()
        if model is not None:
            self._send("prepare", model)

    def run(self, job: Job, on_event: OnEvent) -> Result:
        """See protocol.Engine; while the child computes, `on_event` hears a
        Tick at least every 100 ms.

        Raises KnownError as the child says it, EngineCrashed where the child died or fell silent,
        EngineResting where it died too often, and what `on_event` raises.
        """
        self._ensure_alive()
        was_idle = self._ready
        try:
            return self._converse("run", job, on_event)
        except EngineCrashed:
            if not was_idle or self._heard or self._process is not None:
                raise
        _log.info("the engine had ended before the job came to it")
        self._ensure_alive()
        return self._converse("run", job, on_event)

    def measure(self, job: Job, on_event: OnEvent) -> None:
        """See protocol.Engine; the first part is how long the child took to start. Raises as `run`
        does."""
        told = False

        def hear(event: Event) -> None:
            nonlocal told
            if self._start is not None and not told:
                told = True
                on_event(PartMeasured(self._start))
            on_event(event)

        self._ensure_alive()
        self._converse("measure", job, hear)

    def look(self, job: Job, look: RecordedLook, on_event: OnEvent) -> Pixels:
        """See protocol.Engine. Raises as `run` does."""
        self._ensure_alive()
        return self._converse("look", (job, look), on_event)

    def ask(self, job: Job, question: Question, on_event: OnEvent) -> Answer:
        """See protocol.Engine. Raises as `run` does."""
        self._ensure_alive()
        return self._converse("ask", (job, question), on_event)

    def _converse(self, order: str, value: object, on_event: OnEvent) -> Any:
        """Gives an order and hears the child until its result, which it returns."""
        if not self._ready:
            on_event(PhaseStarted(Phase.WARMING))
        self._heard = False
        self._send(order, value)
        try:
            while True:
                kind, told = self._receive()
                if kind == "result":
                    return told
                if kind == "error":
                    raise told
                if kind == "fault":
                    raise self._on_device_fault(told)
                if kind == "tick":
                    self._watch(on_event)
                on_event(told if kind == "event" else Tick())
        except (KnownError, EngineCrashed):
            raise
        except Superseded:
            self._let_stop(on_event)
            raise
        except BaseException:
            self._cancel()
            raise

    def devices(self, on_event: OnEvent) -> list[Device]:
        """What the child's torch can use; waits for the child to be warm.

        Raises EngineCrashed where the child died or could not tell, EngineResting where it is left
        alone, and what `on_event` raises.
        """
        self._ensure_alive()
        self._send("devices")
        while True:
            kind, value = self._receive()
            if kind == "devices":
                return value
            if kind == "fault":
                raise EngineCrashed(
                    "The engine could not list its devices.", "Run calotype doctor."
                ) from RuntimeError(value)
            if kind == "tick":
                self._watch(on_event)
            on_event(Tick())

    def unload(self, path: str = "", on_event: OnEvent = lambda _: None) -> None:
        """Waits until the child has let go; without a child nothing is held.
        What `on_event` raises ends the child and is raised again. Raises EngineCrashed where the
        child died."""
        if self._process is None or not self._process.is_alive():
            return
        self._send("release", path)
        try:
            while (kind := self._receive()[0]) not in ("released", "fault"):
                if kind == "tick":
                    self._watch(on_event)
                on_event(Tick())
        except EngineCrashed:
            raise
        except BaseException:
            self._kill()
            raise

    def restart(self) -> None:
        """Another child from now on."""
        self._end(2.0)

    def _ensure_alive(self) -> None:
        if self._process is not None and self._process.is_alive():
            return
        self._check_restarts()
        self._end(0.0)
        inner = replace(self._spec, runs_in="here")
        if self._losses:  # a fake's failures are counted over all its children
            left = inner.fake.fail_times - self._losses
            inner = replace(inner, fake=replace(inner.fake, fail_times=left))
        ahead = take_ahead() if inner.kind == "diffusion" else None
        if ahead is not None:
            self._process, ours = ahead
            self._pipe = ChildPipe(ours)
            self._send("spec", inner)
        else:
            self._process, self._pipe = _started(inner)
        self._ready = False
        self._start = None
        self._kills = oom_kills()

    def _check_restarts(self) -> None:
        """A child that ends again and again is not started for ever: at most `RESTARTS` times
        within `MINUTE` seconds."""
        now = time.monotonic()
        self._deaths = [death for death in self._deaths if now - death < MINUTE]
        if len(self._deaths) > RESTARTS:
            left = MINUTE - (now - self._deaths[0])
            raise EngineResting(
                (
                    f"The engine ended {len(self._deaths)} times within a minute and is left "
                    f"alone for {left:.0f} s."
                ),
                (
                    "Then resume the queue; a smaller size, another model or the device "
                    "CPU in Settings may help."
                ),
            )

    def _send(self, kind: str, value: object = None) -> None:
        """Never waits for the child; one that has ended is met by `_receive`."""
        assert self._pipe is not None
        self._asked_at = time.monotonic()
        self._pipe.send(kind, value)

    def _receive(self) -> tuple[str, Any]:
        """The child's next word, or ("tick", None) after 100 ms of none."""
        assert self._pipe is not None
        try:
            kind, value = self._pipe.receive(TICK)
        except EOFError:
            raise self._crashed() from None
        if kind == "ready":
            self._ready = True
            self._start = value
        self._heard = self._heard or kind != "tick"
        return kind, value

    @property
    def _memory_sample(self) -> MemorySample:
        return MemorySample() if self._pipe is None else self._pipe.memory_sample

    def _watch(self, on_event: OnEvent) -> None:
        """Nothing came: after `heartbeat_timeout` seconds without a heartbeat say so, and end a
        child that stays silent or is given up."""
        assert self._pipe is not None
        silent = time.monotonic() - max(self._asked_at, self._pipe.last_heard)
        if silent <= self._spec.heartbeat_timeout:
            return
        try:
            on_event(NotResponding(silent))
        except BaseException:
            self._on_child_lost()
            raise
        if silent > self._spec.heartbeat_timeout + self._spec.kill_after:
            pulse = self._memory_sample
            self._on_child_lost()
            raise from_timeout(silent, pulse)

    def _on_child_lost(self) -> None:
        self._losses += 1
        self._deaths.append(time.monotonic())
        self._kill()

    def _on_device_fault(self, text: str) -> EngineCrashed:
        """A child whose device failed is never used again: every later
        call there would fail too."""
        error = from_traceback(text, self._memory_sample)
        if error.worth_retrying:
            self._on_child_lost()
        return error

    def _crashed(self) -> EngineCrashed:
        if self._process is None:
            return EngineCrashed(
                "The engine had ended already.", "Run the job again; a new engine is ready."
            )
        self._process.join(5.0)
        code = self._process.exitcode
        pulse = self._memory_sample
        self._on_child_lost()
        _log.warning("engine process ended with code %s", code)
        return from_exit_code(code, pulse, oom_kills() - self._kills, fault_text(self._spec.logs))

    def _let_stop(self, on_event: OnEvent) -> None:
        """Ask the child to stop, and wait as long as its step takes, where it gives signs of life
        and `on_event` raises nothing: then it is cancelled as any other."""
        self._send("cancel")
        try:
            while (kind := self._receive()[0]) not in _STOPPED:
                if kind == "tick":
                    self._watch(on_event)
                on_event(Tick())
        except EngineCrashed:
            return  # the next job starts another one
        except BaseException:
            self._cancel()
            raise

    def _cancel(self) -> None:
        """Ask the child to stop, wait the grace time, then kill it."""
        if self._pipe is None:
            return
        deadline = time.monotonic() + self._spec.cancel_timeout
        try:
            self._send("cancel")
            while time.monotonic() < deadline:
                if self._receive()[0] in _STOPPED:
                    return
        except EngineCrashed:
            return
        self._losses += 1
        self._kill()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def _end(self, patience: float) -> None:
        """Tell the child to end, which it does at once; kill it if it does not
        within `patience` seconds."""
        if self._process is not None and self._pipe is not None and patience:
            self._pipe.send(END)
            self._process.join(patience)
        self._kill()


def _started(spec: EngineSpec) -> tuple[SpawnProcess, ChildPipe]:
    """A child for `spec`, with our end of its pipe. Raises EngineCrashed where it cannot be
    started."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=child_main,
        args=(theirs, spec, open_engine),
        name="calotype-engine",
        daemon=True,
    )
    try:
        with interrupts_kept_from_children():
            process.start()
    except OSError as fault:
        ours.close()
        raise EngineCrashed(
            f"The engine could not be started: {fault.strerror}.",
            "Close other programs, then try again.",
        ) from fault
    finally:
        theirs.close()
    return process, ChildPipe(ours)

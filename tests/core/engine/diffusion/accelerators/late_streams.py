"""A graphics card's streams on the processor, as late as they may be: a copy that was ordered is
done when somebody waits for an event after it, and not before. Who reads too early reads old
bytes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch


class LateStream:
    """Copies in their order. `log` has what was ordered: "wait", "copy"."""

    def __init__(self, computes: bool) -> None:
        self._computes = computes
        self._ordered: list[Callable[[], object]] = []
        self._done = 0
        self.log: list[str] = []

    def add(self, copy: Callable[[], object]) -> None:
        self._ordered.append(copy)
        self.log.append("copy")

    def end(self) -> int:
        return len(self._ordered)

    def run_until(self, end: int) -> None:
        while self._done < end:
            self._ordered[self._done]()
            self._done += 1

    def wait_event(self, event: LateEvent, /) -> None:
        """Torch computes at once here: so the stream it computes in waits at once."""
        self.log.append("wait")
        if self._computes:
            event.synchronize()


class LateEvent:
    """`clock` counts events; each is a millisecond after the one before."""

    clock = 0

    def __init__(self) -> None:
        self._stream: LateStream | None = None
        self._end = 0
        self.at = 0

    def record(self, stream: LateStream | None = None, /) -> None:
        assert stream is not None
        LateEvent.clock += 1
        self.at = LateEvent.clock
        self._stream = stream
        self._end = stream.end()

    def synchronize(self) -> None:
        if self._stream is not None:
            self._stream.run_until(self._end)

    def elapsed_time(self, end: LateEvent, /) -> float:
        return float(end.at - self.at)


class LateStreams:
    """`pins` is how many bytes may be pinned before the system refuses."""

    def __init__(self, pins: int = 2**40) -> None:
        self._main = LateStream(computes=True)
        self.others: list[LateStream] = []
        self.pins = pins
        self._host: list[torch.Tensor] = []

    def current(self) -> LateStream:
        return self._main

    def beside(self) -> LateStream:
        self.others.append(LateStream(computes=False))
        return self.others[-1]

    def using(self, stream: LateStream) -> AbstractContextManager[object]:
        return nullcontext(stream)

    def event(self, *, timed: bool = False) -> LateEvent:
        return LateEvent()

    def pinned(self, count: int) -> torch.Tensor:
        if count > self.pins:
            raise RuntimeError("CUDA error: cannot pin")
        self.pins -= count
        memory = torch.full((count,), 255, dtype=torch.uint8)
        self._host.append(memory)
        return memory

    def copy(self, target: torch.Tensor, source: torch.Tensor, stream: LateStream) -> None:
        """What the computing stream copies out is what there is now; what comes to it is there
        once it is waited for."""
        if stream is not self._main:
            stream.add(lambda: target.copy_(source))
        elif self._is_on_host(target):
            value = source.clone()
            stream.add(lambda: target.copy_(value))
        else:
            target.copy_(source)

    def _is_on_host(self, tensor: torch.Tensor) -> bool:
        own = tensor.untyped_storage().data_ptr()
        return any(memory.untyped_storage().data_ptr() == own for memory in self._host)

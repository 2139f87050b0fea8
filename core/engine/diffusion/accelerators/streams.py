"""Work that a device does beside other work: streams, events, copies that nobody waits for."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from typing import Any, Protocol

import torch

_log = logging.getLogger(__name__)
# where events tell the time and copies from pinned memory do not hold up the program
STREAMING_DEVICES = ("cuda", "xpu")


class Event(Protocol):
    """A place in a stream's work."""

    def record(self, stream: Any = None, /) -> None:
        """The place is where the stream's work ends now."""
        ...

    def synchronize(self) -> None:
        """Return when the work up to there is done."""
        ...

    def elapsed_time(self, end: Any, /) -> float:
        """Milliseconds from this place to `end`; both were recorded and are done."""
        ...


class Stream(Protocol):
    """Work that is done in its order."""

    def wait_event(self, event: Any, /) -> None:
        """What is added from now on begins after the event; nobody waits here."""
        ...


class Streams(Protocol):
    """Streams of one device."""

    def current(self) -> Stream:
        """The one that torch's operations go to."""
        ...

    def beside(self) -> Stream:
        """Another one."""
        ...

    def using(self, stream: Stream) -> AbstractContextManager[object]:
        """Inside, torch's operations go to this stream."""
        ...

    def event(self, *, timed: bool = False) -> Event:
        """Recorded nowhere yet; `timed`: it knows when it was."""
        ...

    def pinned(self, count: int) -> torch.Tensor:
        """So many bytes of host memory that the device reads and writes by itself, (count,)
        uint8. Raises RuntimeError where there are none to be had."""
        ...

    def copy(self, target: torch.Tensor, source: torch.Tensor, stream: Stream) -> None:
        """Copy in this stream; returns at once. One of the two lies in pinned memory."""
        ...


class TorchStreams:
    """Streams of a CUDA or XPU device as torch has them."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._module: Any = torch.get_device_module(device)

    def current(self) -> Stream:
        """The one that torch's operations go to."""
        return self._module.current_stream(self._device)

    def beside(self) -> Stream:
        """Another one."""
        return self._module.Stream(self._device)

    def using(self, stream: Stream) -> AbstractContextManager[object]:
        """Inside, torch's operations go to this stream."""
        return self._module.stream(stream)

    def event(self, *, timed: bool = False) -> Event:
        """Recorded nowhere yet. Who waits for one of CUDA's sleeps meanwhile."""
        if self._device.type == "cuda":
            return torch.cuda.Event(enable_timing=timed, blocking=True)
        return self._module.Event(enable_timing=timed)

    def pinned(self, count: int) -> torch.Tensor:
        """(count,) uint8, page-locked. Raises RuntimeError where the system has none left."""
        return torch.empty(count, dtype=torch.uint8, pin_memory=True)

    def copy(self, target: torch.Tensor, source: torch.Tensor, stream: Stream) -> None:
        """Copy in this stream; returns at once."""
        with self.using(stream):
            target.copy_(source, non_blocking=True)


def streams_of(device: torch.device) -> Streams | None:
    """The streams of a device; None where it has none that are used here, or refuses."""
    if device.type not in STREAMING_DEVICES:
        return None
    try:
        streams = TorchStreams(device)
        streams.event(timed=True).record(streams.current())
    except RuntimeError as fault:
        _log.warning("%s has no streams to be used: %s", device, fault)
        return None
    return streams


def to_device(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A tensor of the processor on a device. A graphics card fetches it by itself, so that the
    program need not wait until what it was told before is done."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)

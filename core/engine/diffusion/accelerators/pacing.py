"""When a step is looked at. A processor's step is done when its call returns. A graphics card has
then only been told what to do; whoever asks it for a number waits for it, and it waits for the next
step's orders meanwhile. So there each step is looked at while the card works at the next one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

import torch

from core.engine.diffusion.accelerators.streams import Event, Streams, streams_of
from core.engine.diffusion.accelerators.switches import Way, is_on

_log = logging.getLogger(__name__)
Steps = Iterable[tuple[torch.Tensor, torch.Tensor]]  # x and x0 after each


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSeen:
    """A step that is done. `x` and the estimate `x0` are (1, c, h, w), x on the device; `finite`:
    all of x are numbers; `seconds` it took; `draws` of noise up to it."""

    step: int
    x: torch.Tensor
    x0: torch.Tensor
    finite: bool
    seconds: float
    draws: int


class Pace(Protocol):
    """How a sampler's steps are looked at."""

    def walk(self, steps: Steps, done: int, draws: Callable[[], int]) -> Iterator[StepSeen]:
        """Every step in its order, counted from `done`; at most one more has been begun. `draws`
        says how often noise was drawn so far."""
        ...

    def beside(self) -> AbstractContextManager[object]:
        """Inside, work on what was seen of a step does not wait for the next one."""
        ...


class AtOnce:
    """Each step before the next one begins."""

    def walk(self, steps: Steps, done: int, draws: Callable[[], int]) -> Iterator[StepSeen]:
        """See `Pace`. What is done with a step is not of the next one's time."""
        began = time.monotonic()
        for step, (x, x0) in enumerate(steps, done + 1):
            finite = bool(torch.isfinite(x).all())
            seconds = time.monotonic() - began
            yield StepSeen(step=step, x=x, x0=x0, finite=finite, seconds=seconds, draws=draws())
            began = time.monotonic()

    def beside(self) -> AbstractContextManager[object]:
        """There is nothing to wait for."""
        return nullcontext()


@dataclass(frozen=True, slots=True)
class _Told:
    """A step that the device was told to make. `x0` and `finite` are in host memory, and hold what
    they are to hold after `done`."""

    step: int
    x: torch.Tensor
    x0: torch.Tensor
    finite: torch.Tensor
    done: Event
    draws: int


class OneLate:
    """Each step while the next one is made: after the device was told that one. Times are the
    device's own."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._beside = streams.beside()
        self._rooms: dict[tuple[int, int], torch.Tensor] = {}

    def walk(self, steps: Steps, done: int, draws: Callable[[], int]) -> Iterator[StepSeen]:
        """See `Pace`. The host copy of x0 is written anew two steps later."""
        before = self._streams.event(timed=True)
        before.record(self._streams.current())
        told: _Told | None = None
        for step, (x, x0) in enumerate(steps, done + 1):
            now = self._tell(step, x, x0, draws())
            if told is not None:
                yield _seen(told, before)
                before = told.done
            told = now
        if told is not None:
            yield _seen(told, before)

    def beside(self) -> AbstractContextManager[object]:
        """On a stream of its own."""
        return self._streams.using(self._beside)

    def _tell(self, step: int, x: torch.Tensor, x0: torch.Tensor, draws: int) -> _Told:
        stream = self._streams.current()
        estimate = x0.detach().float().contiguous()
        finite = torch.isfinite(x).all().view(torch.uint8).reshape(1)
        shown = self._room(step, estimate.numel() * 4).view(torch.float32).view(estimate.shape)
        flag = self._room(step, 1)
        self._streams.copy(shown, estimate, stream)
        self._streams.copy(flag, finite, stream)
        event = self._streams.event(timed=True)
        event.record(stream)
        return _Told(step=step, x=x, x0=shown, finite=flag, done=event, draws=draws)

    def _room(self, step: int, size: int) -> torch.Tensor:
        """Pinned bytes (size,): one piece for even steps, another for odd ones."""
        place = step % 2, size
        if place not in self._rooms:
            self._rooms[place] = self._streams.pinned(size)
        return self._rooms[place]


def _seen(told: _Told, before: Event) -> StepSeen:
    told.done.synchronize()
    return StepSeen(
        step=told.step,
        x=told.x,
        x0=told.x0,
        finite=bool(told.finite[0]),
        seconds=before.elapsed_time(told.done) / 1000,
        draws=told.draws,
    )


def pace_of(device: torch.device) -> Pace:
    """The pace that suits a device: one step late on a graphics card that can be asked so, at once
    on any other."""
    streams = streams_of(device) if is_on(Way.ONE_STEP_LATE) else None
    if streams is None:
        return AtOnce()
    try:
        streams.pinned(1)
    except RuntimeError as fault:
        _log.warning("%s is waited for at each step: %s", device, fault)
        return AtOnce()
    return OneLate(streams)

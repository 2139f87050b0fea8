"""Weights that wait in host memory. The copy there is kept while the device has one: weights are
only read on the device, so nothing is ever brought back.

Each layer's tensors lie side by side in pinned memory, from which a card fetches them in one copy
while it computes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import psutil
import torch
from torch import nn

from core.engine.diffusion.accelerators.streams import Streams

_log = logging.getLogger(__name__)
BLOCK = 64 * 2**20  # bytes pinned at once: torch rounds each piece up to a power of two
PINNED_SHARE = 0.5  # of the machine's memory: what is pinned, nothing else can have
_ALIGNED = 64  # bytes at whose multiples a tensor begins


def has_own_tensors(layer: nn.Module) -> bool:
    """Whether weights or tables are the layer's own, not one of its layers'."""
    return any(tensor is not None for tensor in _tensors_of(layer))


def _tensors_of(layer: nn.Module) -> list[torch.Tensor]:
    held = (*layer._parameters.values(), *layer._buffers.values())
    return [tensor for tensor in held if tensor is not None]


class HostRoom:
    """Host memory for weights: pinned as far as there is some, then plain."""

    def __init__(self, streams: Streams, most: int | None = None) -> None:
        """`most` bytes are pinned, by default `PINNED_SHARE`."""
        self._streams = streams
        share = int(psutil.virtual_memory().total * PINNED_SHARE)
        self._left = share if most is None else most
        self._block = torch.empty(0, dtype=torch.uint8)
        self._used = 0

    def take(self, size: int) -> torch.Tensor:
        """(size,) uint8."""
        whole = -(-size // _ALIGNED) * _ALIGNED
        if self._used + whole > len(self._block):
            block = self._pinned(max(whole, BLOCK))
            if block is None:
                return torch.empty(size, dtype=torch.uint8)
            self._block = block
            self._used = 0
        taken = self._block[self._used : self._used + size]
        self._used += whole
        return taken

    def _pinned(self, size: int) -> torch.Tensor | None:
        if size > self._left:
            return None
        try:
            block = self._streams.pinned(size)
        except RuntimeError as fault:
            _log.warning("no more memory is pinned for weights: %s", fault)
            self._left = 0
            return None
        self._left -= size
        return block


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a pack a tensor lies: its first byte; its form is that of `rests`, which is the
    tensor's memory in the pack on the host."""

    tensor: torch.Tensor
    start: int
    rests: torch.Tensor

    def within(self, memory: torch.Tensor) -> torch.Tensor:
        """The tensor's form over a pack's bytes that lie in `memory` (size,) uint8."""
        return _form(memory, self.start, self.rests)


def _form(memory: torch.Tensor, start: int, like: torch.Tensor) -> torch.Tensor:
    """A tensor of the shape, strides and format of `like` over bytes from `start` on."""
    size = like.numel() * like.element_size()
    flat = memory[start : start + size].view(like.dtype)
    return flat.as_strided(like.shape, like.stride())


def bytes_of(layer: nn.Module) -> int:
    """What a layer's own tensors take side by side."""
    return sum(_aligned(tensor) for tensor in _tensors_of(layer))


def _aligned(tensor: torch.Tensor) -> int:
    size = tensor.numel() * tensor.element_size()
    return -(-size // _ALIGNED) * _ALIGNED


class Pack:
    """The tensors of one layer side by side in host memory."""

    def __init__(self, layer: nn.Module, room: HostRoom, before: Pack | None = None) -> None:
        """In the memory of the pack `before`, where that suffices."""
        self.size = bytes_of(layer)
        again = before is not None and before.size >= self.size
        taken = before.memory if before is not None and again else room.take(self.size)
        self.memory = taken[: self.size]
        self._places: list[_Place] = []
        start = 0
        tensors = [tensor for tensor in _tensors_of(layer) if tensor.numel()]
        # some may lie in that memory still, elsewhere
        values = [tensor.data.clone() if again else tensor.data for tensor in tensors]
        for tensor, value in zip(tensors, values, strict=True):
            resting = _form(self.memory, start, _dense(value))
            resting.copy_(value)
            tensor.data = resting
            self._places.append(_Place(tensor, start, resting))
            start += _aligned(tensor)

    def holds(self, layer: nn.Module) -> bool:
        """Whether the layer's tensors are those packed, at rest: none was replaced since."""
        now = [tensor for tensor in _tensors_of(layer) if tensor.numel()]
        return len(now) == len(self._places) and all(
            tensor is place.tensor and tensor.data_ptr() == place.rests.data_ptr()
            for tensor, place in zip(now, self._places, strict=True)
        )

    def use(self, memory: torch.Tensor) -> None:
        """The layer computes with the pack's bytes in `memory` of a device, (size,) uint8."""
        for place in self._places:
            place.tensor.data = place.within(memory)

    def rest(self) -> None:
        """The layer's tensors are those on the host again."""
        for place in self._places:
            place.tensor.data = place.rests


def _dense(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor, or its like without gaps in memory."""
    sides = zip(tensor.shape, tensor.stride(), strict=True)
    span = 1 + sum((side - 1) * stride for side, stride in sides)
    return tensor if span == tensor.numel() else tensor.contiguous()


class Packs:
    """The packs of layers, made at first need and anew where tensors were replaced."""

    def __init__(self, room: HostRoom) -> None:
        self._room = room
        self._packs: dict[nn.Module, Pack] = {}

    def of(self, layer: nn.Module) -> Pack:
        """The pack of a layer whose tensors are at rest."""
        pack = self._packs.get(layer)
        if pack is None or not pack.holds(layer):
            pack = Pack(layer, self._room, before=pack)
            self._packs[layer] = pack
        return pack


class ComingParts:
    """Whole networks that come to a device for a while."""

    def __init__(self, device: torch.device, streams: Streams, packs: Packs) -> None:
        self._device = device
        self._streams = streams
        self._packs = packs
        self._here: list[Pack] = []

    def bring(self, part: nn.Module) -> None:
        """All copies are ordered at once; what the device computes afterwards comes after them."""
        for layer in part.modules():
            if has_own_tensors(layer):
                pack = self._packs.of(layer)
                memory = torch.empty(pack.size, dtype=torch.uint8, device=self._device)
                self._streams.copy(memory, pack.memory, self._streams.current())
                pack.use(memory)
                self._here.append(pack)

    def rest(self) -> None:
        """All networks that came are on the host again."""
        for pack in self._here:
            pack.rest()
        self._here.clear()


class PlainLayers:
    """Layers that come one by one, or a network at a time, to a device without streams."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._held: dict[nn.Module, list[tuple[torch.Tensor, torch.Tensor]]] = {}

    def bring(self, part: nn.Module) -> None:
        """A whole network, until `rest`."""
        for layer in part.modules():
            self.enter(layer)

    def enter(self, layer: nn.Module) -> None:
        """The layer is about to compute."""
        if layer in self._held:
            return
        self._held[layer] = [(tensor, tensor.data) for tensor in _tensors_of(layer)]
        for tensor, resting in self._held[layer]:
            tensor.data = resting.to(self._device)

    def leave(self, layer: nn.Module) -> None:
        """It has computed."""
        for tensor, resting in self._held.pop(layer, []):
            tensor.data = resting

    def rest(self) -> None:
        """All are on the host, those too that a fault kept from leaving."""
        for layer in list(self._held):
            self.leave(layer)

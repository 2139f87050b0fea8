"""Layers that come to a device one by one, each while the one before it computes.

Two pieces of the device's memory, each as large as the largest layer, take turns: layers never take
more than that, however far the program is ahead of the device. Copies go on a stream of their own;
each waits until the layer that had the piece before has computed, each layer until its copy is
there, and nobody in the program waits at all. Which layer comes next is learnt as they come.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from core.engine.diffusion.accelerators.host_weights import (
    Pack,
    Packs,
    bytes_of,
)
from core.engine.diffusion.accelerators.streams import Event, Streams

SLOTS = 2
MOST = 128 * 2**20  # bytes of a piece: only tables of words are larger, and they come alone


@dataclass(slots=True)
class _Slot:
    """A piece of the device's memory. `layer` is whose bytes it has, or will have after `arrived`;
    whoever computed with the bytes before is done after `left`. `busy`: the layer is computing."""

    memory: torch.Tensor
    arrived: Event
    left: Event
    layer: nn.Module | None = None
    busy: bool = False


class LayerStream:
    """The layers of one network on their way to a device."""

    def __init__(
        self, part: nn.Module, device: torch.device, streams: Streams, packs: Packs
    ) -> None:
        self._part = part
        self._device = device
        self._streams = streams
        self._beside = streams.beside()
        self._packs = packs
        self._slots: list[_Slot] = []
        self._computing: dict[nn.Module, tuple[Pack, _Slot | None]] = {}
        self._next: dict[nn.Module, nn.Module] = {}
        self._last: nn.Module | None = None

    def enter(self, layer: nn.Module) -> None:
        """The layer is about to compute."""
        if layer in self._computing:
            return
        pack = self._packs.of(layer)
        slot = self._slot_of(layer) or self._send(layer, pack)
        if slot is None:  # too large, or a layer within layers: all pieces are in use
            memory = torch.empty(pack.size, dtype=torch.uint8, device=self._device)
            self._streams.copy(memory, pack.memory, self._streams.current())
            pack.use(memory)
        else:
            self._streams.current().wait_event(slot.arrived)
            slot.busy = True
            pack.use(slot.memory)
        self._computing[layer] = pack, slot
        if self._last is not None:
            self._next[self._last] = layer
        self._last = layer
        self._send_next(layer)

    def leave(self, layer: nn.Module) -> None:
        """The device was told all that the layer is to compute."""
        pack, slot = self._computing.pop(layer, (None, None))
        if pack is not None:
            pack.rest()
        if slot is not None:
            slot.left.record(self._streams.current())
            slot.busy = False

    def rest(self) -> None:
        """All layers are on the host, those too that a fault kept from leaving; the device's memory
        is given back. Afterwards weights may be written to."""
        for layer in list(self._computing):
            self.leave(layer)
        for slot in self._slots:
            if slot.layer is not None:
                slot.arrived.synchronize()
        self._slots.clear()
        self._last = None

    def _send_next(self, layer: nn.Module) -> None:
        following = self._next.get(layer)
        if following is None or following in self._computing or self._slot_of(following):
            return
        self._send(following, self._packs.of(following))

    def _slot_of(self, layer: nn.Module) -> _Slot | None:
        """The piece in which a layer's bytes are, or are about to be."""
        return next((slot for slot in self._slots if slot.layer is layer), None)

    def _send(self, layer: nn.Module, pack: Pack) -> _Slot | None:
        """Orders the copy of a layer into a piece that nobody computes with; None where there is
        none."""
        if not self._slots:
            self._make_slots()
        slot = next((slot for slot in self._slots if not slot.busy), None)
        if slot is None or pack.size > len(slot.memory):
            return None
        self._beside.wait_event(slot.left)
        self._streams.copy(slot.memory[: pack.size], pack.memory, self._beside)
        slot.arrived.record(self._beside)
        slot.layer = layer
        return slot

    def _make_slots(self) -> None:
        sizes = [bytes_of(layer) for layer in self._part.modules()]
        size = max(size for size in sizes if size <= MOST)
        for _ in range(SLOTS):
            memory = torch.empty(size, dtype=torch.uint8, device=self._device)
            slot = _Slot(memory, self._streams.event(), self._streams.event())
            # whatever had this memory before comes first
            slot.left.record(self._streams.current())
            self._slots.append(slot)

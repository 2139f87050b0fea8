"""The denoiser's call as a recorded graph: a card is told all of its thousand kernels at once, so
that it never waits for Python to name the next one.

A graph repeats what it was recorded with: the same kernels on the same places in memory. So what
the network is told is copied into places of its own, what it says is copied out, and a graph is
only as good as the weights' places: one that was recorded before weights were replaced is dropped.
Numbers written into the same place (adapters do so) are read anew at each call. A replay gives the
bits that the plain call gives.

torch.compile is left out. It would also fuse what lies between convolutions and matrices, but its
compiler is not safe beside another thread of the same process (pytorch issues 118260, 168042),
needs a C compiler and Triton on the person's machine, takes minutes for a network this large, and
gives other bits than the plain call: a picture would depend on whether it had finished.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from core.engine.diffusion.accelerators.switches import Way, is_on
from core.engine.diffusion.networks.layers import Conv2d
from core.engine.diffusion.networks.transformer import TextKeys
from core.engine.diffusion.networks.unet import UNet

_log = logging.getLogger(__name__)

KEPT = 4  # graphs of one network: sizes, and texts of other lengths
WARM_UPS = 2  # calls before recording, in which libraries set themselves up
ROOM = 0.3  # of a card's memory that is free: a graph keeps one step's features for itself

Told = tuple[torch.Tensor | None, ...]


class Recorder(Protocol):
    """Records graphs on a device."""

    def has_room(self) -> bool:
        """Whether memory for a graph's own features is to be had."""
        ...

    def record(self, run: Callable[[], torch.Tensor]) -> tuple[Callable[[], None], torch.Tensor]:
        """What does again all that `run` does, and the tensor in which its answer then lies.
        `run` is called a few times before. Raises RuntimeError where the device refuses."""
        ...


class CudaRecorder:
    """CUDA's own graphs. All share one pool of memory, since no two are in use at once."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)
        self._pool = torch.cuda.graph_pool_handle()

    def has_room(self) -> bool:
        """Free memory and what torch keeps without using it, as a share of all."""
        free, total = torch.cuda.mem_get_info(self._device)
        kept = torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(self._device)
        return free + kept >= ROOM * total

    def record(self, run: Callable[[], torch.Tensor]) -> tuple[Callable[[], None], torch.Tensor]:
        """See `Recorder`. Warmed up and recorded on one stream: libraries keep what they set up by
        stream."""
        with torch.cuda.device(self._device):
            before = torch.cuda.current_stream()
            self._stream.wait_stream(before)
            with torch.cuda.stream(self._stream):
                for _ in range(WARM_UPS):
                    run()
            before.wait_stream(self._stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(
                graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"
            ):
                found = run()
        return graph.replay, found


@dataclass(slots=True)
class _Recorded:
    """A graph and its places: what it is told, the text apart, and where its answer lies. `filled`
    is the text whose keys and values lie there now."""

    replay: Callable[[], None]
    told: Told
    text: TextKeys
    found: torch.Tensor
    filled: TextKeys

    def __call__(self, told: Told, text: TextKeys) -> torch.Tensor:
        for place, tensor in zip(self.told, told, strict=True):
            if place is not None and tensor is not None:
                place.copy_(tensor)
        if self.filled is not text:
            self.text.rewrite(text.states)
            self.filled = text
        self.replay()
        return self.found.clone()


class GraphedUNet:
    """Calls a UNet, by a graph where one is recorded for such a call. The second call of a kind
    records it; the first may be the only one."""

    def __init__(self, unet: UNet, recorder: Recorder) -> None:
        self._unet = unet
        self._recorder = recorder
        self._recorded: OrderedDict[object, _Recorded] = OrderedDict()
        self._met: set[object] = set()
        self._state: object = None
        self._plain = False  # until the next picture
        self._refused = False  # for good

    def begin(self) -> None:
        """A picture begins. Graphs are dropped where the network is no longer what they were
        recorded with."""
        state = _state(self._unet)
        if state != self._state:
            self.clear()
            self._state = state
        self._plain = self._refused or _is_watched(self._unet)

    def clear(self) -> None:
        """Give back all graphs and their memory."""
        self._recorded.clear()
        self._met.clear()
        self._state = None

    def __call__(
        self,
        latents: torch.Tensor,
        timestep: torch.Tensor,
        text: TextKeys,
        pooled: torch.Tensor | None = None,
        sizes: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """As `UNet.forward`."""
        told = latents, timestep, pooled, sizes
        key = tuple(_kind(tensor) for tensor in (*told, text.states))
        known = self._recorded.get(key)
        if known is None:
            known = self._record(key, told, text)
        if known is None or self._is_plain_now():
            return self._unet(latents, timestep, text, pooled, sizes)
        self._recorded.move_to_end(key)
        return known(told, text)

    def _is_plain_now(self) -> bool:
        attention = self._unet.attention
        heard = attention.hook is not None or attention.watch is not None
        looked_at = heard or attention.sliced
        return self._plain or looked_at or torch.is_grad_enabled()

    def _record(self, key: object, told: Told, text: TextKeys) -> _Recorded | None:
        """None at the first call of a kind, and where the device cannot."""
        if self._is_plain_now():
            return None
        if key not in self._met:
            self._met.add(key)
            return None
        if not self._recorder.has_room():
            _log.info("no graph of the denoiser is recorded: little of the card's memory is free")
            self._plain = True
            return None
        try:
            recorded = self._recording(told, text)
        except RuntimeError as fault:
            _log.warning("the denoiser's graph was refused, it is called plainly: %s", fault)
            self.clear()
            self._plain = self._refused = True
            return None
        self._recorded[key] = recorded
        if len(self._recorded) > KEPT:
            self._recorded.popitem(last=False)
        return recorded

    def _recording(self, told: Told, text: TextKeys) -> _Recorded:
        places = tuple(None if tensor is None else tensor.clone() for tensor in told)
        latents, timestep, pooled, sizes = places
        own = TextKeys(text.states.clone())

        def run() -> torch.Tensor:
            return self._unet(latents, timestep, own, pooled, sizes)

        replay, found = self._recorder.record(run)
        return _Recorded(replay=replay, told=places, text=own, found=found, filled=text)


def _kind(tensor: torch.Tensor | None) -> object:
    return None if tensor is None else (tensor.shape, tensor.dtype)


def _state(unet: UNet) -> object:
    """Another one whenever a graph of the network would no longer do what the network does."""
    places = [
        tensor.data_ptr()
        for layer in unet.modules()
        for tensor in (*layer._parameters.values(), *layer._buffers.values())
        if tensor is not None
    ]
    joined = [layer.joined for layer in unet.modules() if isinstance(layer, Conv2d)]
    return places, joined, unet.free_u


def _is_watched(unet: UNet) -> bool:
    """Whether somebody wants to hear of each call of a layer, which no graph tells."""
    hooks: Any = ((layer._forward_hooks or layer._forward_pre_hooks) for layer in unet.modules())
    return any(hooks)


def graphs_of(network: object, device: torch.device) -> GraphedUNet | None:
    """Graphs of a network on a device; None where there are none of it."""
    if device.type != "cuda" or not isinstance(network, UNet) or not is_on(Way.GRAPHS):
        return None
    try:
        return GraphedUNet(network, CudaRecorder(device))
    except RuntimeError as fault:
        _log.warning("%s records no graphs: %s", device, fault)
        return None

"""Making do with the memory there is: a ladder of ways to run a model,
each slower and smaller than the one before.

`Offloader` brings a model's parts to the device when they are needed and takes them away again, as
its way says. Where memory runs out, the engine takes the next rung and does the picture again;
noise and arithmetic stay the same, so the picture does too, up to rounding.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from core.engine.diffusion.accelerators.arithmetic import lay_channels_last, wants_channels_last
from core.engine.diffusion.accelerators.graphs import GraphedUNet, graphs_of
from core.engine.diffusion.accelerators.host_weights import (
    ComingParts,
    HostRoom,
    Packs,
    PlainLayers,
    has_own_tensors,
)
from core.engine.diffusion.accelerators.layer_stream import LayerStream
from core.engine.diffusion.accelerators.streams import STREAMING_DEVICES, streams_of
from core.engine.diffusion.accelerators.switches import Way, is_on
from core.engine.diffusion.families.model import LoadedNetworks
from core.engine.diffusion.networks.autoencoder import AutoencoderKL
from core.engine.diffusion.networks.tiny_autoencoder import AutoencoderTiny
from core.engine.diffusion.networks.unet import UNet
from core.engine.diffusion.parts.denoiser import Denoiser, Network
from core.system.memory.freed import close_holes
from core.values.device import MemoryMode

CPU = torch.device("cpu")
TILE = 64  # latents a side: 512 pixels
OWN_AUTOENCODERS = (AutoencoderKL, AutoencoderTiny)
OWN_NETWORKS = (UNet, *OWN_AUTOENCODERS)


@dataclass(frozen=True, slots=True)
class ModeSettings:
    """A rung. `sliced`: attention head by head, guidance branch by branch, decoding in tiles.
    `offload`: where weights wait."""

    id: MemoryMode
    label: str
    sliced: bool = False
    offload: MemoryMode | None = None


MEMORY_MODES = (
    ModeSettings(MemoryMode.RESIDENT, "everything stays on the device"),
    ModeSettings(MemoryMode.SLICED, "large steps are done in slices", sliced=True),
    ModeSettings(
        MemoryMode.COMPONENTS,
        "each network is on the device only while it works",
        sliced=True,
        offload=MemoryMode.COMPONENTS,
    ),
    ModeSettings(
        MemoryMode.LAYERS,
        "each layer is on the device only while it works",
        sliced=True,
        offload=MemoryMode.LAYERS,
    ),
)


# how torch, cuDNN, cuBLAS and the system's allocator word it
_NO_MEMORY = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "cudnn_status_alloc_failed",
    "cublas_status_alloc_failed",
)


def modes_for(device: torch.device) -> tuple[ModeSettings, ...]:
    """The ways that differ on this device: where weights lie in the device's own memory anyway,
    moving them saves nothing."""
    wanted = MemoryMode.on(device.type)
    return tuple(mode for mode in MEMORY_MODES if mode.id in wanted)


def is_out_of_memory(fault: BaseException) -> bool:
    """Whether torch or the system said that memory does not suffice;
    torch has no one class for it on all devices."""
    if isinstance(fault, torch.OutOfMemoryError | MemoryError):
        return True
    words = str(fault).lower()
    return isinstance(fault, RuntimeError) and any(part in words for part in _NO_MEMORY)


def release_memory(device: torch.device) -> None:
    """Give freed memory back to the device, and on Linux the processor's to the system."""
    gc.collect()
    close_holes()
    if device.type in STREAMING_DEVICES:
        torch.accelerator.empty_host_cache()  # what was pinned for weights
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    elif device.type == "xpu":
        torch.xpu.empty_cache()


class Offloader:
    """Sets a loaded model up for a mode and lends its parts out:
    `with offloader.on_device("unet"): ...`."""

    def __init__(self, model: LoadedNetworks, mode: ModeSettings) -> None:
        self._model = model
        self._mode = mode
        self._device = model.compute.device
        self._handles = list[Any]()  # of the hooks
        self._plain_attention: list[tuple[Any, dict[str, Any]]] = []
        self._streams = streams_of(self._device) if is_on(Way.STREAMING) else None
        self._packs = None if self._streams is None else Packs(HostRoom(self._streams))
        self._layers: dict[Any, LayerStream | PlainLayers] = {}  # by part
        self._graphs: GraphedUNet | None = None
        if mode.sliced:
            self._slice()
        for part in all_parts(model):
            if isinstance(part, OWN_NETWORKS) and wants_channels_last(self._device):
                lay_channels_last(part)
            if mode.offload is MemoryMode.LAYERS:
                self._hook(part)
            part.to(CPU if mode.offload else self._device)
        if mode.id is MemoryMode.RESIDENT:
            for network in model.parts("unet"):
                self._graphs = graphs_of(network, self._device)

    @property
    def mode(self) -> ModeSettings:
        """The rung it keeps to."""
        return self._mode

    def _slice(self) -> None:
        """Attention head by head where a network can (transformers never hold theirs
        whole), decoding in tiles."""
        for network in self._model.parts("unet"):
            if isinstance(network, UNet):
                network.set_sliced(True)
            elif hasattr(network, "set_attention_slice"):
                self._plain_attention.append((network, dict(network.attn_processors)))
                network.set_attention_slice("max")
        for vae in self._model.parts("vae"):
            if isinstance(vae, OWN_AUTOENCODERS):
                vae.tile(TILE)
            elif hasattr(vae, "enable_tiling"):
                _tile_as_here(vae)
                vae.enable_tiling()

    def _hook(self, part: Any) -> None:
        """Each layer with weights or tables of its own comes for its
        forward call and goes after it."""
        layers = self._coming_layers(part)
        self._layers[part] = layers
        for layer in part.modules():
            if has_own_tensors(layer):
                self._handles.append(
                    layer.register_forward_pre_hook(lambda module, _: layers.enter(module))
                )
                self._handles.append(
                    layer.register_forward_hook(
                        lambda module, _, output: layers.leave(module), always_call=True
                    )
                )

    def _coming_layers(self, part: Any) -> LayerStream | PlainLayers:
        if self._streams is None or self._packs is None:
            return PlainLayers(self._device)
        return LayerStream(part, self._device, self._streams, self._packs)

    @contextmanager
    def on_device(self, name: str) -> Iterator[None]:
        """The parts of this name ("text", "unet", "vae") are on the device,
        as far as the mode lets them."""
        chosen = self._model.parts(name)
        if self._mode.offload is MemoryMode.COMPONENTS:
            with self._whole_on_device(chosen):
                yield
            return
        try:
            yield
        finally:
            for part in chosen:
                if part in self._layers:
                    self._layers[part].rest()

    @contextmanager
    def _whole_on_device(self, parts: list[Any]) -> Iterator[None]:
        if self._streams is None or self._packs is None:
            coming = PlainLayers(self._device)
        else:
            coming = ComingParts(self._device, self._streams, self._packs)
        try:
            for part in parts:
                coming.bring(part)
            yield
        finally:
            coming.rest()

    def sped_up(self, network: Network) -> Network:
        """The network for one picture, its calls recorded where the mode and the device allow."""
        if self._graphs is not None and isinstance(network, Denoiser):
            self._graphs.begin()
            network.call_by(self._graphs)
        return network

    def undo(self) -> None:
        """The model as it was: no hooks, no slices, no graphs, all weights where they wait."""
        if self._mode.sliced:
            self._whole()
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        for layers in self._layers.values():
            layers.rest()
        self._layers.clear()
        if self._graphs is not None:
            self._graphs.clear()
        self._graphs = None

    def _whole(self) -> None:
        """The reverse of `_slice`."""
        for network in self._model.parts("unet"):
            if isinstance(network, UNet):
                network.set_sliced(False)
        for network, processors in self._plain_attention:
            network.set_attn_processor(processors)
        self._plain_attention.clear()
        for vae in self._model.parts("vae"):
            if isinstance(vae, OWN_AUTOENCODERS):
                vae.tile(None)
            elif hasattr(vae, "disable_tiling"):
                vae.disable_tiling()


def _tile_as_here(vae: Any) -> None:
    """Tiles of `TILE` for an autoencoder of diffusers' that has such a size."""
    if hasattr(vae, "tile_latent_min_size"):
        halvings = len(vae.config.block_out_channels) - 1
        vae.tile_latent_min_size = TILE
        vae.tile_sample_min_size = TILE * 2**halvings


def all_parts(model: LoadedNetworks) -> list[Any]:
    """Every network of the model."""
    return [network for name in ("text", "unet", "vae") for network in model.parts(name)]

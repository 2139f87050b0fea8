"""Weights that wait in host memory: computing with them gives the same bits, they are never brought
back, and a copy that nobody waited for would be seen."""

from __future__ import annotations

import logging

import pytest
import torch
from torch import nn

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion import engine as engine_module
from core.engine.diffusion.accelerators import layer_stream
from core.engine.diffusion.accelerators.host_weights import (
    BLOCK,
    ComingParts,
    HostRoom,
    Pack,
    Packs,
    PlainLayers,
    has_own_tensors,
)
from core.engine.diffusion.accelerators.layer_stream import SLOTS, LayerStream
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.loaded import memory_modes
from core.engine.diffusion.loaded.memory_modes import MEMORY_MODES
from core.engine.diffusion.parts.eight_bit import EightBit, quantise
from core.values.job import Job, MemoryOutcome, ModelRef
from core.values.picture import Pixels
from core.values.request import Request
from tests.core.engine.diffusion.accelerators.late_streams import LateStreams

CPU = torch.device("cpu")


class Net(nn.Module):
    """Layers of other sizes and formats, one within another, a table, and a gap in memory."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.table = nn.Embedding(50, 6)
        self.inner = nn.ModuleList([nn.Linear(6, 6) for _ in range(4)])
        self.conv = nn.Conv2d(6, 10, 3, padding=1).to(memory_format=torch.channels_last)
        self.scale = nn.Parameter(torch.rand(20)[::2])
        self.register_buffer("count", torch.tensor([3], dtype=torch.int64))
        self.last = nn.Linear(10, 10).to(torch.bfloat16)
        self.requires_grad_(False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.table(ids)
        for layer in self.inner:
            x = x + layer(x)
        x = self.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.last((x * self.scale * self.count).to(torch.bfloat16))


def _hooked(net: nn.Module, layers: LayerStream | PlainLayers) -> None:
    for layer in net.modules():
        if has_own_tensors(layer):
            layer.register_forward_pre_hook(lambda module, _: layers.enter(module))
            layer.register_forward_hook(
                lambda module, _, out: layers.leave(module), always_call=True
            )


def _stream(net: nn.Module, streams: LateStreams) -> LayerStream:
    stream = LayerStream(net, CPU, streams, Packs(HostRoom(streams)))
    _hooked(net, stream)
    return stream


IDS = torch.arange(16).view(1, 4, 4)


def test_layers_that_come_one_by_one_compute_the_same() -> None:
    plain = Net()(IDS)
    net, streams = Net(), LateStreams()
    strides = net.conv.weight.stride()
    stream = _stream(net, streams)
    with torch.no_grad():
        for _ in range(3):
            assert torch.equal(net(IDS), plain)
            assert len(stream._slots) == SLOTS
    stream.rest()
    assert not stream._slots and torch.equal(Net().scale, net.scale)
    assert net.conv.weight.stride() == strides
    log = streams.others[0].log
    assert log == ["wait", "copy"] * (len(log) // 2), "each copy waits for whoever was there"


def test_the_next_layer_is_sent_before_it_is_asked_for() -> None:
    """From the second pass on; and each layer is sent once a pass."""
    net = nn.Sequential(*[nn.Linear(6, 6) for _ in range(5)]).requires_grad_(False)
    plain = net(torch.ones(1, 6))
    streams = LateStreams()
    stream = _stream(net, streams)
    ahead: list[bool] = []
    for layer in net:
        layer.register_forward_pre_hook(
            lambda module, _: ahead.append(stream._slot_of(module) is not None), prepend=True
        )
    for expected in ([False] * 5, [False, True, True, True, True], [True] * 5):
        ahead.clear()
        assert torch.equal(net(torch.ones(1, 6)), plain)
        assert ahead == expected
    assert streams.others[0].log.count("copy") == 16, "three passes, and the first of a fourth"


def test_weights_written_to_between_pictures_are_the_new_ones() -> None:
    """The last layer of a pass has the first one of the next pass sent."""
    net, other, streams = Net(), Net(), LateStreams()
    stream = _stream(net, streams)
    with torch.no_grad():
        for _ in range(2):
            net(IDS)
        stream.rest()
        for one in (net, other):
            for weight in one.parameters():
                weight.copy_(weight * 1.25)
        assert torch.equal(net(IDS), other(IDS))


def test_tensors_that_are_replaced_are_packed_anew() -> None:
    """What adapters add to weights in eight bits lies in tensors of its own."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(160, 160), nn.Linear(160, 160)).requires_grad_(False)
    quantise(net)
    stream = _stream(net, LateStreams())
    x = torch.rand(2, 160)
    first = net[0]
    assert isinstance(first, EightBit)
    with torch.no_grad():
        before = net(x)
        stream.rest()
        first.add_change(torch.rand(160, 160))
        changed = net(x)
        stream.rest()
        first.drop_change()
        assert torch.equal(net(x), before) and not torch.equal(changed, before)


def test_a_fault_in_a_layer_leaves_all_weights_at_rest() -> None:
    net, streams = Net(), LateStreams()
    stream = _stream(net, streams)
    with torch.no_grad():
        plain = net(IDS)
        with pytest.raises((RuntimeError, IndexError)):
            net(IDS + 100)
        stream.rest()
        assert not stream._computing
        assert torch.equal(net(IDS), plain)


def test_large_tables_come_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_stream, "MOST", 1000)
    net, streams = Net(), LateStreams()
    stream = _stream(net, streams)
    with torch.no_grad():
        assert torch.equal(net(IDS), Net()(IDS))
    assert all(len(slot.memory) <= 1000 for slot in stream._slots)


def test_whole_networks_come_and_rest() -> None:
    plain, net, streams = Net()(IDS), Net(), LateStreams()
    packs = Packs(HostRoom(streams))
    rests: list[int] = []
    for _ in range(2):
        coming = ComingParts(CPU, streams, packs)
        coming.bring(net)
        at = net.conv.weight.data_ptr()
        assert torch.equal(net(IDS), plain)
        coming.rest()
        assert net.conv.weight.data_ptr() != at
        rests.append(net.conv.weight.data_ptr())
    assert rests[0] == rests[1], "it is packed once"


def test_devices_without_streams_keep_the_copy_too() -> None:
    """There is one device here; a clone stands for what would be there."""
    plain, net = Net()(IDS), Net()
    layers = PlainLayers(CPU)
    resting = net.conv.weight.data_ptr()
    layers.bring(net)
    net.conv.weight.data = net.conv.weight.data.clone()
    assert torch.equal(net(IDS), plain) and net.conv.weight.data_ptr() != resting
    layers.rest()
    assert net.conv.weight.data_ptr() == resting and torch.equal(net(IDS), plain)


def test_memory_is_pinned_in_blocks_as_far_as_there_is_some(
    caplog: pytest.LogCaptureFixture,
) -> None:
    streams = LateStreams()
    room = HostRoom(streams, most=2 * BLOCK)
    first, second = room.take(100), room.take(100)
    assert second.data_ptr() - first.data_ptr() == 128
    assert len(room.take(BLOCK)) == BLOCK and 2**40 - streams.pins == 2 * BLOCK
    room.take(BLOCK)
    assert 2**40 - streams.pins == 2 * BLOCK, "no more than may be"
    refusing = HostRoom(LateStreams(pins=0), most=BLOCK)
    with caplog.at_level(logging.WARNING):
        layer = nn.Linear(3, 3)
        values = layer.weight.detach().clone()
        Pack(layer, refusing)
        refusing.take(10)
    assert torch.equal(layer.weight, values)
    assert caplog.text.count("no more memory is pinned") == 1


def _picture(model: ModelRef, mode: str) -> tuple[Pixels, str]:
    request = Request(prompt="a red house", seed=5, steps=2, width=64, height=64)
    known = MemoryOutcome("cpu", mode, 1, 0, 2**50)
    with DiffusionEngine(EngineSpec(device="cpu")) as engine:
        made = engine.run(Job(request, model, outcomes=(known,)), lambda event: None)
    assert made.outcome is not None
    return made.pixels, made.outcome.mode


def test_a_picture_of_every_mode_with_streams_is_the_same(
    smallest: ModelRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, _ = _picture(smallest, "sliced")
    monkeypatch.setattr(engine_module, "modes_for", lambda device: MEMORY_MODES)
    made: list[LateStreams] = []

    def late(device: torch.device) -> LateStreams:
        made.append(LateStreams())
        return made[-1]

    monkeypatch.setattr(memory_modes, "streams_of", late)
    for mode in ("components", "layers"):
        assert _picture(smallest, mode) == (plain, mode)
        assert made[-1].pins < 2**40, "its weights were pinned"
    assert any("copy" in stream.log for stream in made[-1].others)

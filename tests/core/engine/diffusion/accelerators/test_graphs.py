"""Graphs of the denoiser's call, on a recorder that repeats as a graph does: it asks nobody whether
anything has changed since."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import pytest
import torch

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.accelerators.graphs import KEPT, GraphedUNet, graphs_of
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.loaded import memory_modes
from core.engine.diffusion.networks.convolutions.joined_matrices import joined
from core.engine.diffusion.networks.transformer import Attention, TextKeys, _KeptPair
from core.engine.diffusion.networks.unet import UNet
from core.values.job import Job, ModelRef
from core.values.picture import Pixels
from core.values.request import Request

SMALL = {
    "block_out_channels": [8, 8],
    "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
    "cross_attention_dim": 12,
    "attention_head_dim": 2,
    "layers_per_block": 1,
    "norm_num_groups": 4,
}


class Repeating:
    """A `Recorder` on the processor. What it recorded runs again with the keys and values that lie
    in their places, current or not."""

    def __init__(self, *, fault: RuntimeError | None = None, room: bool = True) -> None:
        self.recorded = 0
        self.replayed = 0
        self.fault = fault
        self.room = room

    def has_room(self) -> bool:
        return self.room

    def record(self, run: Callable[[], torch.Tensor]) -> tuple[Callable[[], None], torch.Tensor]:
        if self.fault is not None:
            raise self.fault
        self.recorded += 1
        run()
        found = run()

        def replay() -> None:
            self.replayed += 1
            with patch.object(_KeptPair, "is_current", lambda *_: True):
                found.copy_(run())

        return replay, found


def settled(unet: UNet) -> UNet:
    """A processor brings some matrices together at the first call; where graphs are recorded none
    ever move."""
    for layer in unet.modules():
        if isinstance(layer, Attention):
            joined((layer.to_q, layer.to_k, layer.to_v))
    return unet


@pytest.fixture
def unet() -> UNet:
    torch.manual_seed(1)
    return settled(UNet.from_config(SMALL).eval().requires_grad_(False))


def _text(seed: int, tokens: int = 5) -> TextKeys:
    return TextKeys(torch.randn(2, tokens, 12, generator=torch.Generator().manual_seed(seed)))


def _same(graphed: GraphedUNet, unet: UNet, text: TextKeys, time: float, side: int = 4) -> bool:
    """Whether a call gives the very bits of a plain one."""
    latents = torch.randn(2, 4, side, side)
    timestep = torch.tensor([time])
    with torch.no_grad():
        plain = unet(latents, timestep, TextKeys(text.states))
        return torch.equal(graphed(latents, timestep, text), plain)


def test_the_second_call_records_and_all_give_the_same(unet: UNet) -> None:
    recorder = Repeating()
    graphed = GraphedUNet(unet, recorder)
    graphed.begin()
    text = _text(1)
    counts = []
    for time in (900.0, 700.5, 20.0):
        assert _same(graphed, unet, text, time)
        counts.append((recorder.recorded, recorder.replayed))
    assert counts == [(0, 0), (1, 1), (1, 2)]
    assert _same(graphed, unet, _text(2), 5.0), "another text of the same length"
    assert _same(graphed, unet, text, 5.0), "and the first one again"
    assert recorder.recorded == 1
    assert _same(graphed, unet, _text(3, tokens=7), 5.0), "a longer text is another call"
    assert recorder.replayed == 4


def test_an_answer_is_not_overwritten_by_the_next_call(unet: UNet) -> None:
    graphed = GraphedUNet(unet, Repeating())
    graphed.begin()
    text, latents = _text(1), torch.randn(2, 4, 4, 4)
    with torch.no_grad():
        answers = [graphed(latents, torch.tensor([time]), text) for time in (9.0, 9.0, 9.0, 800.0)]
    assert torch.equal(answers[1], answers[2]) and not torch.equal(answers[2], answers[3])


def test_adapters_write_in_place_and_keep_the_graph(unet: UNet) -> None:
    recorder = Repeating()
    graphed = GraphedUNet(unet, recorder)
    graphed.begin()
    for _ in range(3):
        assert _same(graphed, unet, _text(1), 50.0)
    with torch.no_grad():
        for name, weight in unet.named_parameters():
            if "attn2.to_k" in name or "conv1" in name:
                weight.mul_(1.5)
    graphed.begin()
    assert _same(graphed, unet, _text(1), 50.0)
    assert recorder.recorded == 1 and recorder.replayed == 3


def _replaced(unet: UNet) -> None:
    unet.conv_in.weight.data = unet.conv_in.weight.data.clone() * 2


def _free_u(unet: UNet) -> None:
    unet.enable_freeu(0.9, 0.2, 1.5, 1.6)


def _joined(unet: UNet) -> None:
    unet.set_joined("x")


@pytest.mark.parametrize("change", [_replaced, _free_u, _joined])
def test_what_a_graph_does_not_see_has_it_recorded_anew(
    unet: UNet, change: Callable[[UNet], None]
) -> None:
    recorder = Repeating()
    graphed = GraphedUNet(unet, recorder)
    for picture in (1, 2):
        graphed.begin()
        for _ in range(3):
            assert _same(graphed, unet, _text(1), 50.0)
        assert recorder.recorded == picture
        change(unet)


def test_where_somebody_looks_on_or_memory_is_scarce_the_call_is_plain(unet: UNet) -> None:
    recorder = Repeating()
    graphed = GraphedUNet(unet, recorder)
    graphed.begin()
    text = _text(1)
    for _ in range(2):
        assert _same(graphed, unet, text, 50.0)
    seen: list[str] = []

    def look(call: object) -> None:
        seen.append("layer")

    unet.set_attention_hook(look)
    assert _same(graphed, unet, text, 50.0) and seen
    unet.set_attention_hook(None)

    class Watch:
        def told(self, rows: object, size: object) -> None: ...

        def hear(self, call: object) -> None:
            seen.append("words")

    unet.set_attention_watch(Watch())
    assert _same(graphed, unet, text, 50.0) and "words" in seen
    unet.set_attention_watch(None)
    unet.set_sliced(True)
    assert _same(graphed, unet, text, 50.0)
    unet.set_sliced(False)
    assert recorder.replayed == 1
    handle = unet.conv_out.register_forward_hook(lambda *_: seen.append("out"))
    graphed.begin()
    seen.clear()
    assert _same(graphed, unet, text, 50.0) and seen == ["out", "out"]
    handle.remove()
    recorder.room = False
    graphed.clear()
    graphed.begin()
    for _ in range(3):
        assert _same(graphed, unet, text, 50.0)
    assert recorder.recorded == 1
    recorder.room = True
    graphed.begin()
    assert _same(graphed, unet, text, 50.0)
    assert recorder.recorded == 2, "the next picture tries again"


@pytest.mark.parametrize(
    "fault",
    [
        RuntimeError("CUDA error: operation not permitted when stream is capturing"),
        torch.OutOfMemoryError("CUDA out of memory."),
    ],
)
def test_a_device_that_refuses_is_asked_once(
    unet: UNet, fault: RuntimeError, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Repeating(fault=fault)
    graphed = GraphedUNet(unet, recorder)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            graphed.begin()
            for _ in range(3):
                assert _same(graphed, unet, _text(1), 50.0)
    assert caplog.text.count("called plainly") == 1 and str(fault) in caplog.text


def test_only_so_many_graphs_are_kept(unet: UNet) -> None:
    recorder = Repeating()
    graphed = GraphedUNet(unet, recorder)
    graphed.begin()
    for side in range(4, 4 + 2 * (KEPT + 1), 2):
        for _ in range(2):
            assert _same(graphed, unet, _text(1), 50.0, side)
    assert recorder.recorded == KEPT + 1
    assert _same(graphed, unet, _text(1), 50.0, 4) and recorder.recorded == KEPT + 2
    assert _same(graphed, unet, _text(1), 50.0, 2 * KEPT + 4) and recorder.recorded == KEPT + 2


def test_a_processor_has_no_graphs(unet: UNet, monkeypatch: pytest.MonkeyPatch) -> None:
    assert graphs_of(unet, torch.device("cpu")) is None
    monkeypatch.setenv("CALOTYPE_WITHOUT", "graphs")
    assert graphs_of(unet, torch.device("cuda")) is None


def test_pictures_by_graphs_are_the_same(
    smallest: ModelRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Repeating()

    def graphs(network: UNet, device: torch.device) -> GraphedUNet:
        return GraphedUNet(settled(network), recorder)

    def pictures() -> list[Pixels]:
        request = Request(prompt="a house", steps=3, width=64, height=64)
        requests = [replace(request, seed=seed) for seed in (1, 2)]
        with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:
            return [engine.run(Job(it, smallest), lambda event: None).pixels for it in requests]

    plain = pictures()
    monkeypatch.setattr(memory_modes, "graphs_of", graphs)
    assert pictures() == plain
    assert (recorder.recorded, recorder.replayed) == (1, 5), "both pictures by one graph"

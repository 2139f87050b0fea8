"""Weights in eight bits: how far off, how small, with adapters on and off, on every rung of the
ladder, for every kind of loader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.cli.main import run
from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.families import rows
from core.engine.diffusion.loaded import memory_modes
from core.engine.diffusion.loaded.memory_modes import MEMORY_MODES, ModeSettings
from core.engine.diffusion.parts import eight_bit
from core.engine.diffusion.parts.device import choose_device
from core.engine.diffusion.parts.eight_bit import EightBit, EightBitConv2d, EightBitLinear
from core.models.library.library import Library
from core.system.errors import InvalidRequest
from core.system.paths import RESOURCES
from core.values.job import Job, ModelRef
from core.values.lora import Lora
from core.values.request import Request
from tests.core.engine.diffusion import flow_models

# diffusers' own use of its older names
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:diffusers")
STARTER = Library(Path("nowhere")).find("starter").ref()
REQUEST = Request("a red house on snow", seed=4, width=96, height=64, steps=3)
LAYER = "mid_block.attentions.0.transformer_blocks.0.attn2.to_q"


Engines = dict[str, DiffusionEngine]


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    """By the kind of weights; the starter is read once for each."""
    with (
        DiffusionEngine(EngineSpec(device="cpu", weights="full")) as full,
        DiffusionEngine(EngineSpec(device="cpu", weights="8bit")) as small,
    ):
        yield {"full": full, "8bit": small}


def made(
    engine: DiffusionEngine, *loras: tuple[ModelRef, Lora], mode: ModeSettings = MEMORY_MODES[0]
) -> np.ndarray:
    job = Job(
        replace(REQUEST, loras=tuple(lora for _, lora in loras)),
        STARTER,
        tuple(ref for ref, _ in loras),
    )
    rgb = engine._run(job, lambda event: None, 0.0, mode).pixels.rgb
    return np.frombuffer(rgb, np.uint8).astype(float)


@pytest.fixture(scope="module")
def plain(engines: Engines) -> dict[str, np.ndarray]:
    """The picture without adapters, by the kind of weights."""
    return {weights: made(engine) for weights, engine in engines.items()}


def decibel(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, ((a - b) ** 2).mean())))


def test_rounding_is_within_half_a_step_of_each_row() -> None:
    torch.manual_seed(3)
    for weight in (
        torch.randn(40, 500),
        torch.randn(40, 50, 3, 3) * torch.logspace(-6, 6, 40).view(-1, 1, 1, 1),
        torch.zeros(4, 9),
    ):
        values, factors = eight_bit.quantised(weight)
        assert (
            values.dtype == torch.int8
            and ((values * factors - weight).abs() <= factors * 0.5001).all()
        )
    weight = torch.randn(400, 4000)
    values, factors = eight_bit.quantised(weight)
    assert float((values * factors - weight).norm() / weight.norm()) < 0.01


def test_the_picture_stays_nearly_the_same_in_a_quarter_of_the_memory(
    engines: Engines, plain: dict[str, np.ndarray]
) -> None:
    assert decibel(plain["full"], plain["8bit"]) > 30
    assert (made(engines["8bit"]) == plain["8bit"]).all()
    bytes_of = {
        weights: sum(
            t.numel() * t.element_size()
            for t in engine._model_cache().current().parts("unet")[0].state_dict().values()
        )
        for weights, engine in engines.items()
    }
    assert bytes_of["8bit"] < 0.27 * bytes_of["full"]


def test_adapters_keep_their_small_changes_and_go_without_a_trace(
    tmp_path: Path, engines: Engines, plain: dict[str, np.ndarray]
) -> None:
    torch.manual_seed(2)
    model = rows.load(STARTER.path, choose_device("cpu", "8bit"), lambda: None)
    layer = model.parts("unet")[0].get_submodule(LAYER)
    assert isinstance(layer, EightBitLinear)
    before, step = layer.base_weight().clone(), float(layer.factors.max())
    tiny = torch.randn_like(before) * step / 20  # all below what rounding the sum would keep
    layer.add_change(tiny / 2)
    layer.add_change(tiny / 2)
    assert (
        float((layer.effective_weight(torch.float32) - before - tiny).norm() / tiny.norm()) < 0.02
    )
    layer.drop_change()
    assert torch.equal(layer.effective_weight(torch.float32), before)

    out, into = before.shape
    save_file(
        {
            f"unet.{LAYER}.lora_A.weight": torch.randn(4, into) * 3,
            f"unet.{LAYER}.lora_B.weight": torch.randn(out, 4),
        },
        tmp_path / "a.safetensors",
    )
    style = ModelRef("a", "a", "", str(tmp_path / "a.safetensors")), Lora("a", 1.0)
    four = "starter-4-steps"
    fast = (
        ModelRef(four, four, "", str(RESOURCES / "starter" / "loras" / f"{four}.safetensors")),
        Lora(four, 1.0),
    )
    for worn in ((style,), (fast,), (style, fast)):
        full, small = made(engines["full"], *worn), made(engines["8bit"], *worn)
        assert decibel(full, small) > 28 and decibel(full, plain["full"]) < decibel(full, small)
    assert (made(engines["8bit"]) == plain["8bit"]).all()


@pytest.mark.parametrize("mode", MEMORY_MODES[1:], ids=lambda mode: mode.id)
def test_every_rung_makes_the_same_picture(
    mode: ModeSettings,
    monkeypatch: pytest.MonkeyPatch,
    engines: Engines,
    plain: dict[str, np.ndarray],
) -> None:
    monkeypatch.setattr(memory_modes, "TILE", 512)
    assert abs(plain["8bit"] - made(engines["8bit"], mode=mode)).max() <= 2


def test_flow_models_and_their_t5(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eight_bit, "SMALLEST", 256)
    tokenizer = RESOURCES / "starter" / "tokenizer"
    for path in (
        flow_models.sd3(tmp_path / "sd3", tokenizer),
        flow_models.flux(tmp_path / "flux", tokenizer),
        flow_models.chroma(tmp_path / "chroma", tokenizer),
    ):
        ref, pictures = Library(Path("nowhere")).find(str(path)).ref(), []
        request = Request(
            "a red house on snow",
            seed=5,
            width=64,
            height=96,
            steps=3,
            sampler="euler",
            schedule="simple",
            guidance=3.0,
        )
        for weights in ("full", "8bit"):
            with open_engine(EngineSpec(device="cpu", weights=weights)) as engine:
                result = engine.run(Job(request, ref), lambda event: None)
            assert (("weights", "8bit") in result.fingerprint) is (weights == "8bit")
            pictures.append(np.frombuffer(result.pixels.rgb, np.uint8).astype(float))
        assert decibel(*pictures) > 25 and not (pictures[0] == pictures[1]).all()
    full, small = (
        rows.load(str(tmp_path / "sd3"), choose_device("cpu", weights), lambda: None)
        for weights in ("full", "8bit")
    )
    assert any(isinstance(module, EightBit) for module in small.parts("text")[-1].modules())
    a, b = (model.t5.encode("a red house", torch.device("cpu")) for model in (full, small))  # type: ignore[union-attr]
    assert float((a - b).norm() / a.norm()) < 0.03
    assert not any(isinstance(module, EightBitConv2d) for module in small.parts("vae")[0].modules())


def test_the_command_line_asks_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path / "data"))
    assert run(["generate", "a red house", "--weights", "9bit"]) == InvalidRequest.exit_code
    assert 'There are no "9bit" weights. Use one of full, 8bit, bf16.' in capsys.readouterr().err
    peaks = []
    for weights in ("full", "8bit"):
        assert (
            run(["models", "fit", "starter", "--device", "cpu", "--weights", weights, "--json"])
            == 0
        )
        peaks.append(json.loads(capsys.readouterr().out)["peak_bytes"])
    assert peaks[1] < peaks[0]

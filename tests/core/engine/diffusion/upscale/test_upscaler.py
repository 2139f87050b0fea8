"""Each network in each naming, beside spandrel's own with the same weights; and what is none."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from core.engine.diffusion.upscale.compact import Compact
from core.engine.diffusion.upscale.other_networks import _without_torchvision
from core.engine.diffusion.upscale.upscaler import load_upscaler
from core.models.files.inspection import inspect
from core.models.files.key_layouts.upscalers import runs_others
from core.models.library.inspection_cache import InspectionCache
from core.system.errors import ModelMissing
from core.values.job import ModelRef
from core.values.model import ModelKind
from tests.core.engine.diffusion.upscale.upscaler_files import (
    as_first_naming,
    as_second_naming,
    compact,
    rrdb,
    written,
)

CPU = torch.device("cpu")
Weights = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def judge() -> Any:
    """The package spandrel: `pip install --no-deps spandrel einops`."""
    if not runs_others():
        pytest.skip("spandrel is not installed")
    with _without_torchvision():
        import spandrel
    return spandrel


def span(scale: int, *, centred: bool) -> Weights:
    """Weights of a narrow SPAN as it is trained."""
    torch.manual_seed(scale)
    wide = 8

    def convolution(name: str, made: int, seen: int, side: int, found: Weights) -> None:
        found[f"{name}.weight"] = torch.randn(made, seen, side, side) / (3 * seen * side) ** 0.5
        found[f"{name}.bias"] = 0.1 * torch.randn(made)

    found: Weights = {}
    blocks = [f"block_{nth}.c{each}_r" for nth in range(1, 7) for each in (1, 2, 3)]
    for layer in ("conv_1", "conv_2", *blocks):
        seen = 3 if layer == "conv_1" else wide
        for part, shape in (
            ("sk", (wide, seen, 1)),
            ("conv.0", (2 * seen, seen, 1)),
            ("conv.1", (2 * wide, 2 * seen, 3)),
            ("conv.2", (wide, 2 * wide, 1)),
            ("eval_conv", (wide, seen, 3)),
        ):
            convolution(f"{layer}.{part}", *shape, found)
    convolution("conv_cat", wide, 4 * wide, 1, found)
    convolution("upsampler.0", 3 * scale**2, wide, 3, found)
    return found if centred else found | {"no_norm": torch.zeros(1)}


def prefixed(weights: Weights, prefix: str) -> Weights:
    return {prefix + name: value for name, value in weights.items()}


CASES: dict[str, tuple[Callable[[], Weights], str, int]] = {
    "ESRGAN, first naming": (lambda: as_first_naming(rrdb()), "esrgan", 4),
    "ESRGAN once": (lambda: as_first_naming(rrdb(stages=0)), "esrgan", 1),
    "ESRGAN eight times": (lambda: as_first_naming(rrdb(stages=3)), "esrgan", 8),
    "ESRGAN+": (lambda: as_first_naming(rrdb(stages=1, short=True)), "esrgan", 2),
    "BSRGAN": (lambda: as_second_naming(rrdb(stages=1)), "esrgan", 2),
    "Real-ESRGAN": (lambda: rrdb().state_dict(), "esrgan", 4),
    "Real-ESRGAN twice": (lambda: rrdb(unshuffle=2).state_dict(), "esrgan", 2),
    "Real-ESRGAN once": (lambda: rrdb(unshuffle=4).state_dict(), "esrgan", 1),
    "Compact": (lambda: compact(scale=4).state_dict(), "compact", 4),
    "Compact once": (lambda: compact(scale=1).state_dict(), "compact", 1),
    "SPAN": (lambda: span(2, centred=True), "span", 2),
    "SPAN, not centred": (lambda: span(4, centred=False), "span", 4),
}


@pytest.mark.parametrize("name", CASES)
def test_a_network_is_known_by_its_file_and_makes_what_spandrels_makes(
    judge: Any, tmp_path: Path, name: str
) -> None:
    weights, architecture, scale = CASES[name]
    tensors = {key: value.detach().clone() for key, value in weights().items()}
    path = tmp_path / "upscaler.safetensors"
    save_file(prefixed(tensors, "params_ema."), path)
    found = inspect(path)
    assert (found.kind, found.variant, found.scale) == (ModelKind.UPSCALER, architecture, scale)
    assert not found.problems
    upscaler = load_upscaler(ModelRef("x", "x", "", str(path)), CPU)
    x = torch.rand(1, 3, 24, 16, generator=torch.Generator().manual_seed(1))
    made = upscaler.run(x)
    wanted = judge.ModelLoader(device="cpu").load_from_state_dict(tensors)
    assert (wanted.architecture.id.lower(), wanted.scale) == (architecture, scale)
    with torch.no_grad():
        apart = (made - wanted.model.eval()(x)).abs().max()
    assert made.shape[2] == 24 * scale and float(apart) < 1e-5 * max(1.0, float(made.abs().max()))


def test_another_architecture_is_run_by_spandrel(judge: Any, tmp_path: Path) -> None:
    from spandrel.architectures.SAFMN import SAFMN  # a small one

    torch.manual_seed(3)
    network = SAFMN(dim=8, n_blocks=2, ffn_scale=2.0, upscaling_factor=2)
    upscaler = load_upscaler(written(network, tmp_path / "safmn.safetensors"), CPU)
    assert (upscaler.shape.architecture, upscaler.shape.scale) == ("safmn", 2)
    assert upscaler.run(torch.rand(1, 3, 21, 17)).shape == (1, 3, 42, 34)
    assert "torchvision" not in sys.modules, "which the machine's torch may not go with"


def test_what_is_no_upscaler_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"foo.weight": torch.zeros(3, 3, 3, 3)}, path)
    ref = ModelRef("x", "x", "", str(path))
    with pytest.raises(ModelMissing, match="no upscaler whose network"):
        load_upscaler(ref, CPU)
    written(Compact(4, 8, 1, 2), path)
    with pytest.raises(ModelMissing, match="no upscaler whose network"):
        load_upscaler(ref, CPU)  # of four channels, which no picture has
    weights = rrdb().state_dict()
    weights["conv_hr.weight"] = torch.zeros(8, 7, 3, 3)
    save_file(weights, path)
    with pytest.raises(ModelMissing, match="do not fit together"):
        load_upscaler(ref, CPU)
    del weights["body.1.rdb2.conv3.bias"]
    save_file(weights, path)
    with pytest.raises(ModelMissing, match="do not fit together"):
        load_upscaler(ref, CPU)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelMissing):
        load_upscaler(ref, CPU)


def test_an_upscaler_that_an_older_version_knew_is_asked_for_its_scale(tmp_path: Path) -> None:
    """All other models stay known, since the form is shown before any file is looked at."""
    index, path = tmp_path / "index.db", tmp_path / "u.safetensors"
    written(compact(), path)
    first = InspectionCache(index)
    scale = first.inspection_of(path).scale
    first.save()
    with contextlib.closing(sqlite3.connect(index)) as db, db:
        db.execute(
            "UPDATE models SET found = CAST(replace(found, ?, '') AS BLOB)", (f',"scale":{scale}',)
        )
    assert scale and InspectionCache(index).inspection_of(path).scale == scale

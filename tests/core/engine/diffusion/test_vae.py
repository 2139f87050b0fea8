"""Another autoencoder than the model's own: every layout decodes alike,
and the own one comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.families import sd
from core.engine.diffusion.parts.device import choose_device
from core.models.library.library import Library
from core.system.errors import ModelMissing
from core.system.paths import RESOURCES
from core.values.job import Job, ModelRef
from core.values.request import Request
from tests.core.engine.diffusion import ldm_files

STARTER = Library(Path("nowhere")).find("starter").ref()


def _brighter(folder: Path) -> ModelRef:
    """The starter's decoder with a brighter last layer, as a file of its own."""
    tensors = {}
    for file in (RESOURCES / "starter" / "vae").glob("*.safetensors"):
        tensors |= load_file(file)
    tensors["decoder.conv_out.bias"] = tensors["decoder.conv_out.bias"] + 0.3
    save_file(tensors, folder / "bright.safetensors")
    return ModelRef("bright", "bright", "", str(folder / "bright.safetensors"))


def test_another_vae_and_back(tmp_path: Path) -> None:
    engine, bright = DiffusionEngine(EngineSpec(device="cpu")), _brighter(tmp_path)

    def mean(vae: ModelRef | None) -> float:
        rgb = engine.run(
            Job(
                Request(prompt="a red house", seed=1, steps=2, width=64, height=64),
                STARTER,
                vae=vae,
            ),
            lambda event: None,
        ).pixels.rgb
        return sum(rgb) / len(rgb)

    own = mean(None)
    assert mean(bright) > own + 15
    assert mean(None) == own


def test_the_library_knows_vaes(tmp_path: Path) -> None:
    (tmp_path / "vae").mkdir()
    _brighter(tmp_path / "vae")
    library = Library(tmp_path)
    assert library.find_vae("bright").path == str(tmp_path / "vae" / "bright.safetensors")
    with pytest.raises(ModelMissing, match=r'no VAE "dark".*bright'):
        library.find_vae("dark")
    with pytest.raises(ModelMissing, match="is no VAE"):
        library.find_vae(str(RESOURCES / "starter" / "unet"))


@pytest.mark.parametrize("prefix", ["", "first_stage_model."])
def test_the_original_layout_is_the_same_vae(prefix: str, tmp_path: Path) -> None:
    whole = load_file(ldm_files.file_of("sd15", tmp_path / "model.safetensors"))
    part = {
        prefix + name.removeprefix("first_stage_model."): tensor
        for name, tensor in whole.items()
        if name.startswith("first_stage_model.")
    }
    save_file(part, tmp_path / "vae.safetensors")
    tokenizer = RESOURCES / "starter" / "tokenizer"
    model = sd.load(
        str(ldm_files.folder_of("sd15", tmp_path / "folder", tokenizer)),
        choose_device("cpu"),
        lambda: None,
    )
    own = model.vae
    model.use_vae(str(tmp_path / "vae.safetensors"))
    assert model.vae is not own
    for a, b in zip(model.vae.state_dict().values(), own.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    with pytest.raises(ModelMissing, match="does not fit"):
        model.use_vae(_brighter(tmp_path).path)

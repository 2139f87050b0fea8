"""Single files' names: the very names, shapes and numbers that diffusers' conversion gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils as judge
from safetensors import safe_open
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from core.engine.diffusion.families.original_names import (
    autoencoder_tensors,
    open_clip_tensors,
    unet_tensors,
)
from core.system.paths import RESOURCES
from tests.core.engine.diffusion import ldm_files

Tensors = dict[str, torch.Tensor]
FAMILIES = ("sd15", "sd21", "sdxl", "sdxl-refiner")
OPEN_CLIP = ("sd21/text_encoder", "sdxl/text_encoder_2", "sdxl-refiner/text_encoder_2")
PREFIX = "first_stage_model."


def _config(part: str) -> dict[str, Any]:
    return json.loads((RESOURCES / "families" / part / "config.json").read_text())


def _without(prefix: str, tensors: Tensors) -> Tensors:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _same(ours: Tensors, theirs: Tensors) -> None:
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert tensor.shape == theirs[name].shape, name
        assert tensor.dtype == theirs[name].dtype, name
        if not tensor.is_meta:
            assert torch.equal(tensor, theirs[name]), name


def _open_clip_network(config: Mapping[str, Any], *, projected: bool) -> torch.nn.Module:
    kind = CLIPTextModelWithProjection if projected else CLIPTextModel
    return kind(CLIPTextConfig(**config))


@pytest.mark.parametrize("family", FAMILIES)
def test_unets_of_full_size(family: str) -> None:
    config = _config(f"{family}/unet")
    with torch.device("meta"):
        network = UNet2DConditionModel.from_config(config)
    original = ldm_files.original_unet(network)
    ours = unet_tensors(_without("model.diffusion_model.", original), config)
    theirs = judge.convert_ldm_unet_checkpoint(original, dict(network.config))
    assert ours.keys() == network.state_dict().keys()
    assert all(ours[name] is tensor for name, tensor in theirs.items())


@pytest.mark.parametrize("family", FAMILIES)
def test_autoencoders_of_full_size(family: str) -> None:
    config = _config(f"{family}/vae")
    with torch.device("meta"):
        network = AutoencoderKL.from_config(config)
    original = ldm_files.original_autoencoder(network)
    original[PREFIX + "loss.logvar"] = torch.empty((), device="meta")
    ours = autoencoder_tensors(_without(PREFIX, original), config)
    _same(ours, judge.convert_ldm_vae_checkpoint(original, dict(network.config)))
    _same(ours, network.state_dict())


@pytest.mark.parametrize("part", OPEN_CLIP)
def test_open_clip_of_full_size(part: str) -> None:
    """The original of 2.x has one layer more than is used, and a projection that is not."""
    config = _config(part)
    projected = part.endswith("_2")
    with torch.device("meta"):
        network = _open_clip_network(config, projected=projected)
        whole = _open_clip_network(config | {"num_hidden_layers": 24}, projected=True)
    prefix = "cond_stage_model.model."
    original = ldm_files.original_open_clip(network if projected else whole, prefix)
    original[prefix + "logit_scale"] = torch.empty((), device="meta")
    if projected:
        prefix = "conditioner.embedders.1.model."
        original = {
            name.replace("cond_stage_model.model.", prefix): tensor
            for name, tensor in original.items()
        }
    ours = open_clip_tensors(_without(prefix, original), config, projected=projected)
    _same(ours, judge.convert_open_clip_checkpoint(network, original, prefix=prefix))
    assert len(ours) == len(network.state_dict())


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("family", ldm_files.FAMILIES)
def test_small_files_number_by_number(family: str, half: bool, tmp_path: Path) -> None:
    path = ldm_files.file_of(family, tmp_path / "model.safetensors", half=half)
    parts = ldm_files.FAMILIES[family]
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    unet = UNet2DConditionModel.from_config(parts["unet"])
    _same(
        unet_tensors(_without("model.diffusion_model.", tensors), parts["unet"]),
        judge.convert_ldm_unet_checkpoint(dict(tensors), dict(unet.config)),
    )
    _same(
        autoencoder_tensors(_without(PREFIX, tensors), parts["vae"]),
        judge.convert_ldm_vae_checkpoint(dict(tensors), dict(parts["vae"])),
    )
    for part, prefix, projected in (
        ("text_encoder", "cond_stage_model.model.", False),
        ("text_encoder_2", "conditioner.embedders.1.model.", True),
    ):
        if own := _without(prefix, tensors):
            network = _open_clip_network(parts[part], projected=projected)
            _same(
                open_clip_tensors(own, parts[part], projected=projected),
                judge.convert_open_clip_checkpoint(network, tensors, prefix=prefix),
            )


def test_nothing_is_copied_but_open_clips_projection() -> None:
    parts = ldm_files.networks("sdxl")
    config = ldm_files.FAMILIES["sdxl"]
    given = {
        "model.diffusion_model.": ldm_files.original_unet(parts["unet"]),
        PREFIX: ldm_files.original_autoencoder(parts["vae"]),
        "x.": ldm_files.original_open_clip(parts["text_encoder_2"], "x."),
    }
    unet, vae, text = (_without(prefix, tensors) for prefix, tensors in given.items())
    named = {
        **unet_tensors(unet, config["unet"]),
        **autoencoder_tensors(vae, config["vae"]),
        **open_clip_tensors(text, config["text_encoder_2"], projected=True),
    }
    own = {
        tensor.untyped_storage().data_ptr()
        for tensors in given.values()
        for tensor in tensors.values()
    }
    copied = {
        name for name, tensor in named.items() if tensor.untyped_storage().data_ptr() not in own
    }
    assert copied == {"text_projection.weight"}


@pytest.mark.parametrize(
    "name", ["input_blocks.x.0.in_layers.0.weight", "middle_block.y.in_layers.0.weight"]
)
def test_a_block_without_a_number_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        unet_tensors({name: torch.zeros(1)}, {})


def test_a_size_embedding_that_the_configuration_does_not_know_is_left_out() -> None:
    tensors = {"label_emb.0.0.weight": torch.zeros(2, 2), "out.2.bias": torch.zeros(2)}
    assert unet_tensors(tensors, {}).keys() == {"conv_out.bias"}
    sized = {"addition_embed_type": "text_time"}
    assert "add_embedding.linear_1.weight" in unet_tensors(tensors, sized)

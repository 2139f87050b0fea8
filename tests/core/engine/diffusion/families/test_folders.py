"""Diffusers folders as they lie about: in shards, in half precision only, with tensors that no text
encoder has; and those that are refused, in a sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.engine.diffusion.families import sd
from core.engine.diffusion.parts.device import choose_device
from core.system.errors import ModelMissing
from core.system.paths import RESOURCES
from tests.core.engine.diffusion import ldm_files

Tensors = dict[str, torch.Tensor]
TOKENIZER = RESOURCES / "starter" / "tokenizer"
TEXT = "text_encoder/model.safetensors"
UNET = "unet/diffusion_pytorch_model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "whole"
    return ldm_files.folder_of("smallest", folder, TOKENIZER)


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "model")


def _load(folder: Path) -> sd.StableDiffusion:
    return sd.load(str(folder), choose_device("cpu"), lambda: None)


def _weights(model: sd.StableDiffusion) -> Tensors:
    named = {"unet": model.unet, "vae": model.vae, "text": model.towers[0].encoder}
    return {
        f"{part}.{name}": tensor
        for part, network in named.items()
        for name, tensor in network.state_dict().items()
    }


def _rewrite(file: Path, change: Callable[[Tensors], Tensors]) -> None:
    tensors = {name: tensor.clone() for name, tensor in load_file(file).items()}
    save_file(change(tensors), file)


def _shard(file: Path) -> None:
    """As `save_pretrained` does where a file would grow too large."""
    tensors = {name: tensor.clone() for name, tensor in load_file(file).items()}
    names = sorted(tensors)
    halves = names[: len(names) // 2], names[len(names) // 2 :]
    places: dict[str, str] = {}
    for number, half in enumerate(halves, 1):
        shard = file.with_name(f"{file.stem}-0000{number}-of-00002.safetensors")
        save_file({name: tensors[name] for name in half}, shard)
        places |= dict.fromkeys(half, shard.name)
    file.unlink()
    index = {"metadata": {"total_size": 1}, "weight_map": places}
    Path(f"{file}.index.json").write_text(json.dumps(index))


def _same(folder: Path, whole: Path, *, tolerance: float = 0.0) -> None:
    found, expected = _weights(_load(folder)), _weights(_load(whole))
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == torch.float32
        assert torch.allclose(found[name], tensor, atol=tolerance, rtol=tolerance), name


def test_shards_are_one_network(folder: Path, whole: Path) -> None:
    for file in (TEXT, UNET, VAE):
        _shard(folder / file)
    _same(folder, whole)


def test_half_precision_alone_will_do_and_full_is_preferred(folder: Path, whole: Path) -> None:
    for file in (TEXT, UNET, VAE):
        path = folder / file
        half = {name: tensor.half() for name, tensor in load_file(path).items()}
        save_file(half, path.with_name(f"{path.stem}.fp16.safetensors"))
    _same(folder, whole)
    for file in (TEXT, UNET, VAE):
        (folder / file).unlink()
    _same(folder, whole, tolerance=1e-3)


def test_other_programs_files_beside_a_text_encoder_are_not_read(folder: Path, whole: Path) -> None:
    wrong = {name: tensor + 1 for name, tensor in load_file(folder / TEXT).items()}
    save_file(wrong, folder / "text_encoder" / "open_clip_model.safetensors")
    _same(folder, whole)


@pytest.mark.parametrize("prefix", ["", "text_model."])
def test_a_text_encoder_may_come_with_more(prefix: str, folder: Path, whole: Path) -> None:
    def more(tensors: Tensors) -> Tensors:
        plain = {name.removeprefix("text_model."): tensor for name, tensor in tensors.items()}
        return {f"{prefix}{name}": tensor for name, tensor in plain.items()} | {
            "text_model.embeddings.position_ids": torch.arange(77)[None],
            "text_projection.weight": torch.zeros(32, 32),
            "visual_projection.weight": torch.zeros(32, 32),
            "vision_model.post_layernorm.weight": torch.zeros(32),
            "logit_scale": torch.tensor(2.6),
        }

    _rewrite(folder / TEXT, more)
    _same(folder, whole)


def test_a_configuration_of_both_of_clips_encoders(folder: Path, whole: Path) -> None:
    path = folder / "text_encoder" / "config.json"
    own = json.loads(path.read_text())
    path.write_text(json.dumps({"model_type": "clip", "text_config": own, "vision_config": {}}))
    _same(folder, whole)


def test_early_names_of_the_autoencoders_attention(folder: Path, whole: Path) -> None:
    names = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}

    def early(tensors: Tensors) -> Tensors:
        found: Tensors = {}
        for name, tensor in tensors.items():
            if ".attentions." in name:
                for now, then in names.items():
                    name = name.replace(now, then)
                tensor = tensor[:, :, None, None] if tensor.ndim == 2 else tensor
            found[name] = tensor.contiguous()
        return found

    _rewrite(folder / VAE, early)
    _same(folder, whole)


def _without(name: str) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {key: value for key, value in tensors.items() if key != name}


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        (UNET, _without("conv_in.bias"), "The weights of unet in model do not fit"),
        (VAE, lambda tensors: tensors | {"more": torch.zeros(1)}, "The weights of vae in model"),
        (
            TEXT,
            lambda tensors: {
                name: tensor for name, tensor in tensors.items() if "final_layer_norm" not in name
            },
            "lacks text_model.final_layer_norm.weight of its text encoder",
        ),
    ],
)
def test_what_does_not_fit_is_said(
    file: str, change: Callable[[Tensors], Tensors], said: str, folder: Path
) -> None:
    _rewrite(folder / file, change)
    with pytest.raises(ModelMissing, match=said):
        _load(folder)


@pytest.mark.parametrize("file", [TEXT, UNET, VAE])
def test_a_damaged_file_is_said(file: str, folder: Path) -> None:
    path = folder / file
    path.write_bytes(path.read_bytes()[:-16])
    with pytest.raises(ModelMissing, match="damaged"):
        _load(folder)


@pytest.mark.parametrize(
    ("part", "values", "said"),
    [
        ("unet", {"act_fn": "mish"}, "configuration of unet in model .*act_fn"),
        ("vae", {"act_fn": "mish"}, "configuration of vae in model .*act_fn"),
        ("text_encoder", {"hidden_act": "mish"}, "text encoder of model cannot be loaded"),
    ],
)
def test_a_network_that_is_not_known_is_one_sentence(
    part: str, values: dict[str, str], said: str, folder: Path
) -> None:
    path = folder / part / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    with pytest.raises(ModelMissing, match=said) as caught:
        _load(folder)
    assert caught.value.hint

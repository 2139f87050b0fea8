"""Tiny models with random weights in both layouts: a diffusers folder, and the same numbers as a
single file of the original layout.

The renaming here goes the other way than the loader's and is written from the
original UNet's block numbering.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

# the words of the starter's tokenizer: CLIP's 49,000 take longer to read than all networks here
TINY = {
    "vocab_size": 935,
    "max_position_embeddings": 77,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "layer_norm_eps": 1e-5,
}
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "hidden_act": "quick_gelu",
    "projection_dim": 32,
    "pad_token_id": 1,
} | TINY
TEXT_2 = TEXT | {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 4,
    "hidden_act": "gelu",
    "projection_dim": 1280,
    "pad_token_id": 0,
}
UNET = {
    "_class_name": "UNet2DConditionModel",
    "in_channels": 4,
    "out_channels": 4,
    "layers_per_block": 2,
    "norm_num_groups": 8,
    "sample_size": 8,
}
SD = UNET | {
    "block_out_channels": [16, 32, 32, 32],
    "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
    "cross_attention_dim": 32,
    "attention_head_dim": 4,
}
XL = UNET | {
    "block_out_channels": [16, 32, 32],
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "cross_attention_dim": 96,
    "attention_head_dim": 4,
    "transformer_layers_per_block": [1, 2, 2],
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 1280 + 48,
}
VAE = {
    "_class_name": "AutoencoderKL",
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": 4,
    "block_out_channels": [8, 8, 16, 16],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "layers_per_block": 2,
    "norm_num_groups": 4,
    "sample_size": 64,
    "scaling_factor": 0.18215,
}
SCHEDULER = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
}
FAMILIES = {
    "sd15": {"unet": SD, "vae": VAE, "text_encoder": TEXT},
    "sd21": {
        "unet": SD | {"cross_attention_dim": 64, "use_linear_projection": True},
        "vae": VAE,
        "text_encoder": TEXT_2 | {"projection_dim": 64},
    },
    "sdxl": {
        "unet": XL,
        "vae": VAE | {"scaling_factor": 0.13025},
        "text_encoder": TEXT,
        "text_encoder_2": TEXT_2,
    },
}
# as few layers as a picture can be made with, where what the network is matters not at all
SMALLEST = {
    "unet": UNET
    | {
        "block_out_channels": [16, 32],
        "layers_per_block": 1,
        "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
        "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
        "cross_attention_dim": 32,
        "attention_head_dim": 4,
    },
    "vae": VAE | {"layers_per_block": 1},
    "text_encoder": TEXT,
}
FOLDERS = FAMILIES | {"smallest": SMALLEST}
_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}


def families(folder: Path, tokenizer: Path) -> Path:
    """A folder like resources/families with the tiny architectures."""
    for family, parts in FAMILIES.items():
        for part, config in (parts | {"scheduler": SCHEDULER}).items():
            place = folder / family / part
            place.mkdir(parents=True)
            (
                place / ("scheduler_config.json" if part == "scheduler" else "config.json")
            ).write_text(json.dumps(config))
    (folder / "clip-tokenizer").symlink_to(tokenizer)
    return folder


def networks(family: str) -> dict[str, torch.nn.Module]:
    """Random networks of a tiny family, the same at every call."""
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    torch.manual_seed(7)
    parts = FOLDERS[family]
    found: dict[str, torch.nn.Module] = {
        "unet": UNet2DConditionModel.from_config(parts["unet"]),
        "vae": AutoencoderKL.from_config(parts["vae"]),
        "text_encoder": CLIPTextModel(CLIPTextConfig(**parts["text_encoder"])),
    }
    if "text_encoder_2" in parts:
        found["text_encoder_2"] = CLIPTextModelWithProjection(
            CLIPTextConfig(**parts["text_encoder_2"])
        )
    return {name: network.eval() for name, network in found.items()}


def folder_of(family: str, target: Path, tokenizer: Path) -> Path:
    """The tiny model as a diffusers folder."""
    import shutil

    for name, network in networks(family).items():
        network.save_pretrained(target / name)
        if name.startswith("text_encoder"):
            place = target / name.replace("text_encoder", "tokenizer")
            shutil.copytree(tokenizer, place)
            if FOLDERS[family][name]["pad_token_id"] == 0:
                pad_with_first(place)
    (target / "scheduler").mkdir()
    (target / "scheduler" / "scheduler_config.json").write_text(json.dumps(SCHEDULER))
    (target / "model_index.json").write_text("{}")
    return target


def pad_with_first(tokenizer: Path) -> None:
    """Its texts are filled up with token 0, as those of published second encoders are."""
    words = json.loads((tokenizer / "vocab.json").read_text("utf-8"))
    place = tokenizer / "tokenizer_config.json"
    first = next(word for word, number in words.items() if number == 0)
    place.write_text(json.dumps(json.loads(place.read_text()) | {"pad_token": first}))
    (tokenizer / "special_tokens_map.json").unlink(missing_ok=True)  # says the same as before


def _unet_name(name: str, levels: int) -> str:
    first, *rest = name.split(".")
    plain = {"conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2"}
    if first in plain:
        return ".".join([plain[first], *rest])
    if first in ("time_embedding", "add_embedding"):
        number = {"linear_1": "0", "linear_2": "2"}[rest[0]]
        return ".".join(
            ["time_embed" if first == "time_embedding" else "label_emb.0", number, *rest[1:]]
        )
    if first == "mid_block":
        kind, number, *tail = rest
        return f"middle_block.{1 if kind == 'attentions' else 2 * int(number)}." + _inner(
            kind, tail
        )
    level, kind, number, *tail = rest
    if first == "down_blocks":
        if kind == "downsamplers":
            return f"input_blocks.{3 * int(level) + 3}.0.op." + tail[-1]
        return (
            f"input_blocks.{3 * int(level) + int(number) + 1}.{1 if kind == 'attentions' else 0}."
            + _inner(kind, tail)
        )
    if kind == "upsamplers":
        attends = (level != "0") if levels == 4 else (level != "2")
        return f"output_blocks.{3 * int(level) + 2}.{2 if attends else 1}.conv." + tail[-1]
    return (
        f"output_blocks.{3 * int(level) + int(number)}.{1 if kind == 'attentions' else 0}."
        + _inner(kind, tail)
    )


def _inner(kind: str, tail: list[str]) -> str:
    return ".".join([_RESNET[tail[0]], *tail[1:]] if kind == "resnets" else tail)


def _vae_name(name: str) -> str:
    for ours, theirs in (
        ("mid_block.resnets.0", "mid.block_1"),
        ("mid_block.resnets.1", "mid.block_2"),
        ("mid_block.attentions.0", "mid.attn_1"),
        ("conv_norm_out", "norm_out"),
        ("group_norm", "norm"),
        ("conv_shortcut", "nin_shortcut"),
        ("to_q", "q"),
        ("to_k", "k"),
        ("to_v", "v"),
        ("to_out.0", "proj_out"),
    ):
        name = name.replace(ours, theirs)
    parts = name.split(".")
    if parts[1] == "down_blocks":
        name = ".".join(
            [
                parts[0],
                "down",
                parts[2],
                {"resnets": "block", "downsamplers": "downsample"}[parts[3]],
                *parts[4:],
            ]
        )
    elif parts[1] == "up_blocks":
        name = ".".join(
            [
                parts[0],
                "up",
                str(3 - int(parts[2])),
                {"resnets": "block", "upsamplers": "upsample"}[parts[3]],
                *parts[4:],
            ]
        )
    return name.replace("downsample.0.", "downsample.").replace("upsample.0.", "upsample.")


def original_unet(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A UNet of two layers a level with the names of a single file."""
    levels = len(network.config["block_out_channels"])
    return {
        "model.diffusion_model." + _unet_name(name, levels): value
        for name, value in network.state_dict().items()
    }


def original_autoencoder(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """An autoencoder with the names of a single file, its attention as convolutions."""
    return {
        "first_stage_model." + _vae_name(name): (
            value[:, :, None, None] if ".attentions." in name and value.ndim == 2 else value
        )
        for name, value in network.state_dict().items()
    }


def original_open_clip(network: torch.nn.Module, prefix: str) -> dict[str, torch.Tensor]:
    """A text encoder as open_clip keeps it."""
    found: dict[str, torch.Tensor] = {}
    state = {
        name.removeprefix("text_model."): value for name, value in network.state_dict().items()
    }
    for name, value in state.items():
        if name == "text_projection.weight":
            found[prefix + "text_projection"] = value.T.contiguous()
            continue
        if ".q_proj." in name:
            name, value = (
                name.replace("q_proj.", "in_proj_"),
                torch.cat(
                    [
                        state[name.replace("q_proj", which)]
                        for which in ("q_proj", "k_proj", "v_proj")
                    ]
                ),
            )
        elif ".k_proj." in name or ".v_proj." in name:
            continue
        for ours, theirs in (
            ("encoder.layers.", "transformer.resblocks."),
            ("layer_norm1", "ln_1"),
            ("layer_norm2", "ln_2"),
            ("fc1", "c_fc"),
            ("fc2", "c_proj"),
            ("self_attn", "attn"),
            ("final_layer_norm", "ln_final"),
            ("embeddings.token_embedding.weight", "token_embedding.weight"),
            ("embeddings.position_embedding.weight", "positional_embedding"),
        ):
            name = name.replace(ours, theirs)
        found[prefix + name] = value
    return found


def file_of(
    family: str, path: Path, *, half: bool = False, extra: dict[str, torch.Tensor] | None = None
) -> Path:
    """The tiny model as one file in the original layout."""
    parts = networks(family)
    tensors = original_unet(parts["unet"]) | original_autoencoder(parts["vae"])
    if family == "sd21":
        tensors |= original_open_clip(parts["text_encoder"], "cond_stage_model.model.")
    else:
        prefix = (
            "conditioner.embedders.0.transformer."
            if family == "sdxl"
            else "cond_stage_model.transformer."
        )
        tensors |= {
            prefix + ("" if name.startswith("text_model.") else "text_model.") + name: value
            for name, value in parts["text_encoder"].state_dict().items()
        }
    if family == "sdxl":
        tensors |= original_open_clip(parts["text_encoder_2"], "conditioner.embedders.1.model.")
    tensors |= extra or {}
    save_file(
        {
            name: value.half().contiguous() if half else value.clone().contiguous()
            for name, value in tensors.items()
        },
        path,
    )
    return path

"""Names and shapes of the original layout, in which single files come, turned into diffusers' and
transformers': UNet and autoencoder of CompVis, text encoder of open_clip.

Nothing is copied but what has to be laid out anew (one matrix of open_clip); the other tensors are
the given ones or views of them, so that a mapped file is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

Tensors = dict[str, torch.Tensor]
_ENDS = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "label_emb.0.0": "add_embedding.linear_1",
    "label_emb.0.2": "add_embedding.linear_2",
    "input_blocks.0.0": "conv_in",
    "out.0": "conv_norm_out",
    "out.2": "conv_out",
}
_RESNET = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
_VAE_ATTENTION = {
    "norm": "group_norm",
    "q": "to_q",
    "k": "to_k",
    "v": "to_v",
    "proj_out": "to_out.0",
}
_OPEN_CLIP = {
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}
_OPEN_CLIP_LAYER = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}


def unet_tensors(tensors: Tensors, config: Mapping[str, Any]) -> Tensors:
    """A UNet's tensors, (out, in, ...) by original name; what is beside its blocks is left out.

    Blocks are numbered through; `config` says how many make a level. Raises ValueError for a block
    whose number is none.
    """
    layers = int(config.get("layers_per_block", 2))
    sized = config.get("addition_embed_type") == "text_time"
    named = _renamed(tensors, lambda name: _unet_name(name, layers))
    if sized:
        return named
    return {name: tensor for name, tensor in named.items() if not name.startswith("add_embedding.")}


def autoencoder_tensors(tensors: Tensors, config: Mapping[str, Any]) -> Tensors:
    """An autoencoder's tensors, by original name; its losses are left out, its attention's 1 x 1
    convolutions become matrices. Raises ValueError for a block whose number is none."""
    levels = len(config["block_out_channels"])
    return as_matrices(_renamed(tensors, lambda name: _autoencoder_name(name, levels)))


def as_matrices(tensors: Tensors) -> Tensors:
    """An autoencoder's tensors in diffusers' names, the 1 x 1 convolutions (out, in, 1, 1) of its
    attention as (out, in): the same numbers."""
    return {
        name: tensor.flatten(1) if ".attentions." in name and tensor.ndim > 2 else tensor
        for name, tensor in tensors.items()
    }


def open_clip_tensors(tensors: Tensors, config: Mapping[str, Any], *, projected: bool) -> Tensors:
    """A text encoder's tensors, by open_clip's name, without the layers that `config` leaves out;
    with the projection of the pooled text where it is `projected`.

    Queries, keys and values are one matrix (3 * width, width) there, and the projection (in, out).
    """
    found: Tensors = {}
    for name, tensor in tensors.items():
        layer = name.removeprefix("transformer.resblocks.")
        if layer != name:
            number, _, rest = layer.partition(".")
            if int(number) < config["num_hidden_layers"]:
                found |= _open_clip_layer(f"text_model.encoder.layers.{number}.", rest, tensor)
        elif name in _OPEN_CLIP:
            found[f"text_model.{_OPEN_CLIP[name]}"] = tensor
        elif name == "text_projection" and projected:
            found["text_projection.weight"] = tensor.T.contiguous()
    return found


def _open_clip_layer(prefix: str, name: str, tensor: torch.Tensor) -> Tensors:
    if name.startswith("attn.in_proj_"):
        last = name.removeprefix("attn.in_proj_")
        parts = zip("qkv", tensor.chunk(3), strict=True)
        return {f"{prefix}self_attn.{which}_proj.{last}": part for which, part in parts}
    layer, _, last = name.rpartition(".")
    return {f"{prefix}{_OPEN_CLIP_LAYER.get(layer, layer)}.{last}": tensor}


def _renamed(tensors: Tensors, rename: Callable[[str], str]) -> Tensors:
    """Without those that get no name."""
    found = {rename(name): tensor for name, tensor in tensors.items()}
    found.pop("", None)
    return found


def _unet_name(name: str, layers: int) -> str:
    """ "" for what is in no block."""
    end, _, last = name.rpartition(".")
    if end in _ENDS:
        return f"{_ENDS[end]}.{last}"
    match name.split("."):
        case ["input_blocks", number, "0", "op", last]:
            level, _ = divmod(int(number) - 1, layers + 1)
            return f"down_blocks.{level}.downsamplers.0.conv.{last}"
        case ["input_blocks", number, *inner]:
            level, place = divmod(int(number) - 1, layers + 1)
            return _in_block(f"down_blocks.{level}", place, inner)
        case ["middle_block", "1", *inner]:
            return _in_block("mid_block", 0, ["1", *inner])
        case ["middle_block", number, *inner]:
            return _in_block("mid_block", int(number) // 2, ["0", *inner])
        case ["output_blocks", number, "1" | "2", "conv", last]:
            level, _ = divmod(int(number), layers + 1)
            return f"up_blocks.{level}.upsamplers.0.conv.{last}"
        case ["output_blocks", number, *inner]:
            level, place = divmod(int(number), layers + 1)
            return _in_block(f"up_blocks.{level}", place, inner)
    return ""


def _in_block(block: str, place: int, inner: list[str]) -> str:
    """In each place of a block the first thing is a residual block, the second attends."""
    match inner:
        case ["0", *rest, last]:
            layer = ".".join(rest)
            return f"{block}.resnets.{place}.{_RESNET.get(layer, layer)}.{last}"
        case ["1", *rest]:
            return ".".join([f"{block}.attentions.{place}", *rest])
    return ""


def _autoencoder_name(name: str, levels: int) -> str:
    """ "" for what belongs neither to the encoder nor to the decoder."""
    match name.split("."):
        case ["quant_conv" | "post_quant_conv", _]:
            return name
        case ["encoder" as side, "down", number, *inner]:
            return _in_level(f"{side}.down_blocks.{number}", inner)
        case ["decoder" as side, "up", number, *inner]:
            return _in_level(f"{side}.up_blocks.{levels - 1 - int(number)}", inner)
        case [("encoder" | "decoder") as side, "mid", "attn_1", layer, last]:
            layer = _VAE_ATTENTION.get(layer, layer)
            return f"{side}.mid_block.attentions.0.{layer}.{last}"
        case [("encoder" | "decoder") as side, "mid", block, *inner]:
            number = int(block.removeprefix("block_")) - 1
            return _in_level(f"{side}.mid_block", ["block", str(number), *inner])
        case [("encoder" | "decoder") as side, "norm_out", last]:
            return f"{side}.conv_norm_out.{last}"
        case ["encoder" | "decoder", *_]:
            return name
    return ""


def _in_level(level: str, inner: list[str]) -> str:
    match inner:
        case ["block", number, "nin_shortcut", last]:
            return f"{level}.resnets.{number}.conv_shortcut.{last}"
        case ["block", number, *rest]:
            return ".".join([f"{level}.resnets.{number}", *rest])
        case ["downsample" | "upsample" as way, *rest]:
            return ".".join([f"{level}.{way}rs.0", *rest])
    return ".".join([level, *inner])

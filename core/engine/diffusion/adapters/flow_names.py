"""Layers of flow transformers as the original code names them (kohya's, ComfyUI's and XLabs'
adapters), in diffusers' names.

The original FLUX keeps queries, keys and values (in single blocks also the first matrix of the
feed-forward part) in one matrix, rows one after the other, and so does Stable Diffusion 3;
diffusers has a matrix for each. The last modulation has shift and scale in the other order.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_QKV = ("attn_to_q", "attn_to_k", "attn_to_v")
_ADDED = ("attn_add_q_proj", "attn_add_k_proj", "attn_add_v_proj")
_FLUX_DOUBLE = {
    "img_attn_qkv": _QKV,
    "txt_attn_qkv": _ADDED,
    "img_attn_proj": ("attn_to_out_0",),
    "txt_attn_proj": ("attn_to_add_out",),
    "img_mlp_0": ("ff_net_0_proj",),
    "img_mlp_2": ("ff_net_2",),
    "txt_mlp_0": ("ff_context_net_0_proj",),
    "txt_mlp_2": ("ff_context_net_2",),
    "img_mod_lin": ("norm1_linear",),
    "txt_mod_lin": ("norm1_context_linear",),
    "img_attn_norm_query_norm": ("attn_norm_q",),
    "img_attn_norm_key_norm": ("attn_norm_k",),
    "txt_attn_norm_query_norm": ("attn_norm_added_q",),
    "txt_attn_norm_key_norm": ("attn_norm_added_k",),
}
_FLUX_SINGLE = {
    "linear1": (*_QKV, "proj_mlp"),
    "linear1_qkv": _QKV,
    "linear2": ("proj_out",),
    "modulation_lin": ("norm_linear",),
    "norm_query_norm": ("attn_norm_q",),
    "norm_key_norm": ("attn_norm_k",),
}
_SD3_JOINT = {
    "x_block_attn_qkv": _QKV,
    "context_block_attn_qkv": _ADDED,
    "x_block_attn_proj": ("attn_to_out_0",),
    "context_block_attn_proj": ("attn_to_add_out",),
    "x_block_attn2_qkv": ("attn2_to_q", "attn2_to_k", "attn2_to_v"),
    "x_block_attn2_proj": ("attn2_to_out_0",),
    "x_block_mlp_fc1": ("ff_net_0_proj",),
    "x_block_mlp_fc2": ("ff_net_2",),
    "context_block_mlp_fc1": ("ff_context_net_0_proj",),
    "context_block_mlp_fc2": ("ff_context_net_2",),
    "x_block_adaLN_modulation_1": ("norm1_linear",),
    "context_block_adaLN_modulation_1": ("norm1_context_linear",),
}
_BLOCKS = (
    (re.compile(r"double_blocks_(\d+)_(.+)"), "transformer_blocks", _FLUX_DOUBLE),
    (re.compile(r"single_blocks_(\d+)_(.+)"), "single_transformer_blocks", _FLUX_SINGLE),
    (re.compile(r"joint_blocks_(\d+)_(.+)"), "transformer_blocks", _SD3_JOINT),
)
_TIME = "time_text_embed_timestep_embedder_linear_"
_TEXT = "time_text_embed_text_embedder_linear_"
_GUIDANCE = "time_text_embed_guidance_embedder_linear_"
_SINGLES = {
    "img_in": "x_embedder",
    "txt_in": "context_embedder",
    "time_in_in_layer": _TIME + "1",
    "time_in_out_layer": _TIME + "2",
    "vector_in_in_layer": _TEXT + "1",
    "vector_in_out_layer": _TEXT + "2",
    "guidance_in_in_layer": _GUIDANCE + "1",
    "guidance_in_out_layer": _GUIDANCE + "2",
    "t_embedder_mlp_0": _TIME + "1",
    "t_embedder_mlp_2": _TIME + "2",
    "y_embedder_mlp_0": _TEXT + "1",
    "y_embedder_mlp_2": _TEXT + "2",
    "x_embedder_proj": "pos_embed_proj",
    "final_layer_linear": "proj_out",
    "final_layer_adaLN_modulation_1": "norm_out_linear",
}


def flow_layers(name: str, known: Collection[str]) -> tuple[tuple[str, ...], bool]:
    """The layers among `known` ("unet_...") that an original layer's rows belong to, in order; and
    whether its two halves change places.

    () for a name that is not the original's.
    """
    plain = name.removeprefix("unet_")
    for pattern, blocks, table in _BLOCKS:
        if match := pattern.fullmatch(plain):
            number, layer = match.groups()
            layers = tuple(f"unet_{blocks}_{number}_{part}" for part in table.get(layer, ()))
            if not all(part in known for part in layers):
                layers = ()
            # of Stable Diffusion 3's blocks only the last one's context has the other order
            swapped = (
                layer == "context_block_adaLN_modulation_1"
                and f"unet_{blocks}_{int(number) + 1}_attn_to_q" not in known
            )
            return layers, swapped
    single = f"unet_{_SINGLES[plain]}" if plain in _SINGLES else ""
    return ((single,) if single in known else ()), plain == "final_layer_adaLN_modulation_1"

"""The many spellings of one layer: kohya's underscores, diffusers' dots, PEFT's prefixes, the
original UNet's block numbers.

`plain_name` brings each to "unet_down_blocks_1_attentions_0_..." or "te1_encoder_layers_0_...".
"""

from __future__ import annotations

import re

# The original layout numbers blocks through; diffusers counts levels.
# Two residual blocks a level (SD 1.x, 2.x, XL).
_INPUT = {level * 3 + k + 1: (level, k) for level in range(4) for k in range(2)}
_OUTPUT = {level * 3 + k: (level, k) for level in range(4) for k in range(3)}
LDM_BLOCKS = (
    (
        re.compile(r"^input_blocks_(\d+)_1_"),
        lambda m: "down_blocks_{}_attentions_{}_".format(*_INPUT[int(m[1])]),
    ),
    (
        re.compile(r"^input_blocks_(\d+)_0_op"),
        lambda m: f"down_blocks_{int(m[1]) // 3 - 1}_downsamplers_0_conv",
    ),
    (re.compile(r"^input_blocks_0_0"), lambda m: "conv_in"),
    (
        re.compile(r"^input_blocks_(\d+)_0_"),
        lambda m: "down_blocks_{}_resnets_{}_".format(*_INPUT[int(m[1])]),
    ),
    (re.compile(r"^middle_block_1_"), lambda m: "mid_block_attentions_0_"),
    (re.compile(r"^middle_block_([02])_"), lambda m: f"mid_block_resnets_{int(m[1]) // 2}_"),
    (
        re.compile(r"^output_blocks_(\d+)_[12]_conv"),
        lambda m: f"up_blocks_{int(m[1]) // 3}_upsamplers_0_conv",
    ),
    (
        re.compile(r"^output_blocks_(\d+)_1_"),
        lambda m: "up_blocks_{}_attentions_{}_".format(*_OUTPUT[int(m[1])]),
    ),
    (
        re.compile(r"^output_blocks_(\d+)_0_"),
        lambda m: "up_blocks_{}_resnets_{}_".format(*_OUTPUT[int(m[1])]),
    ),
    (re.compile(r"^time_embed_0"), lambda m: "time_embedding_linear_1"),
    (re.compile(r"^time_embed_2"), lambda m: "time_embedding_linear_2"),
    (re.compile(r"^label_emb_0_0"), lambda m: "add_embedding_linear_1"),
    (re.compile(r"^label_emb_0_2"), lambda m: "add_embedding_linear_2"),
    (re.compile(r"^out_0"), lambda m: "conv_norm_out"),
    (re.compile(r"^out_2"), lambda m: "conv_out"),
)
_PREFIXES = (
    ("text_encoders_clip_l_transformer_", "te1_"),
    ("text_encoders_clip_g_transformer_", "te2_"),
    ("text_encoders_t5xxl_transformer_", "te3_"),
    ("model_diffusion_model_", "unet_"),
    ("lycoris_text_encoder_2_", "te2_"),
    ("lycoris_text_encoder_", "te1_"),
    ("lycoris_unet_", "unet_"),
    ("lycoris_transformer_blocks_", "unet_transformer_blocks_"),
    ("lycoris_transformer_", "unet_"),
    ("lycoris_", "unet_"),
    ("lora_unet_", "unet_"),
    ("unet_", "unet_"),
    ("diffusion_model_", "unet_"),
    ("lora_transformer_", "unet_"),
    ("transformer_blocks_", "unet_transformer_blocks_"),
    ("transformer_", "unet_"),
    ("lora_te1_", "te1_"),
    ("lora_te2_", "te2_"),
    ("lora_te3_", "te3_"),
    ("lora_te_", "te1_"),
    ("text_encoder_2_", "te2_"),
    ("text_encoder_3_", "te3_"),
    ("text_encoder_", "te1_"),
    *(
        (name, f"unet_{name}")
        for name in (
            "single_transformer_blocks_",
            "double_blocks_",
            "single_blocks_",
            "joint_blocks_",
        )
    ),
)
_RESNET = (
    ("in_layers_2", "conv1"),
    ("out_layers_3", "conv2"),
    ("emb_layers_1", "time_emb_proj"),
    ("skip_connection", "conv_shortcut"),
    ("in_layers_0", "norm1"),
    ("out_layers_0", "norm2"),
)


def plain_name(name: str) -> str:
    """One spelling for a layer's name as LoRA files write it."""
    name = name.removeprefix("base_model.model.").replace(".", "_")
    for prefix, ours in _PREFIXES:
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            if ours.startswith("unet_"):
                return ours + _to_diffusers(rest)
            name_here = ours + rest.removeprefix("text_model_")
            # T5 is FLUX's second text encoder, and the third everywhere else
            return re.sub(r"^te2_(?=encoder_block_)", "te3_", name_here)
    return name


def _to_diffusers(name: str) -> str:
    """A UNet layer's diffusers name, where it is written in the original layout; else unchanged."""
    for pattern, rewrite in LDM_BLOCKS:
        match = pattern.match(name)
        if match:
            try:
                head = rewrite(match)
            except KeyError:
                return name
            rest = name[match.end() :]
            if "_resnets_" in head:
                for old, new in _RESNET:
                    if rest == old:
                        rest = new
            return head + rest
    return re.sub(r"_to_out$", "_to_out_0", name)

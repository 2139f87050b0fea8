"""Headers of real model files, rebuilt from the published layouts:
tensor names and shapes, no weights.

UNet widths and block plans: Rombach et al. 2022 (SD 1.x), Stability's v2-inference and sgm
configurations (2.x, XL base and refiner); MMDiT: Esser et al. 2024; FLUX: Black Forest Labs' model
code. Files are sparse: the header is real, the rest holes.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

Shapes = dict[str, tuple[int, ...]]
BYTES = {"F16": 2, "BF16": 2, "F32": 4, "F8_E4M3": 1}


def write(
    path: Path, shapes: Shapes, dtype: str = "F16", metadata: dict[str, str] | None = None
) -> Path:
    """A sparse safetensors file with these tensors."""
    table: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    at = 0
    for name, shape in shapes.items():
        end = at + math.prod(shape) * BYTES[dtype]
        table[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, end]}
        at = end
    raw = json.dumps(table).encode()
    with open(path, "wb") as file:
        file.write(len(raw).to_bytes(8, "little") + raw)
        file.truncate(8 + len(raw) + at)
    return path


def _attention(shapes: Shapes, at: str, width: int, context: int, depth: int) -> None:
    shapes[f"{at}.proj_in.weight"] = (width, width, 1, 1)
    for k in range(depth):
        block = f"{at}.transformer_blocks.{k}"
        for which, entry in (("attn1", width), ("attn2", context)):
            shapes |= {
                f"{block}.{which}.to_q.weight": (width, width),
                f"{block}.{which}.to_k.weight": (width, entry),
                f"{block}.{which}.to_v.weight": (width, entry),
                f"{block}.{which}.to_out.0.weight": (width, width),
            }
        shapes[f"{block}.ff.net.0.proj.weight"] = (8 * width, width)


def ldm_unet(  # noqa: PLR0917 - shapes, as they are named in configurations
    context: int,
    channels: int = 4,
    plan: tuple[int, ...] = (1, 2, 4, 4),
    depths: tuple[int, ...] = (1, 1, 1, 0),
    prefix: str = "model.diffusion_model.",
    pooled: int = 0,
    base: int = 320,
) -> Shapes:
    """The denoiser's names: input_blocks, middle_block; two residual blocks a level."""
    shapes: Shapes = {
        f"{prefix}input_blocks.0.0.weight": (base, channels, 3, 3),
        f"{prefix}time_embed.0.weight": (4 * base, base),
    }
    number = 1
    for level, (grow, depth) in enumerate(zip(plan, depths, strict=True)):
        for _ in range(2):
            width = base * grow
            shapes[f"{prefix}input_blocks.{number}.0.in_layers.2.weight"] = (width, width, 3, 3)
            if depth:
                _attention(shapes, f"{prefix}input_blocks.{number}.1", width, context, depth)
            number += 1
        if level < len(plan) - 1:
            shapes[f"{prefix}input_blocks.{number}.0.op.weight"] = (base * grow, base * grow, 3, 3)
            number += 1
    _attention(shapes, f"{prefix}middle_block.1", base * plan[-1], context, max(depths[-1], 1))
    shapes[f"{prefix}out.2.weight"] = (4, base, 3, 3)
    if pooled:
        shapes[f"{prefix}label_emb.0.0.weight"] = (4 * base, pooled)
    return shapes


VAE: Shapes = {
    "first_stage_model.encoder.conv_in.weight": (128, 3, 3, 3),
    "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3),
    "first_stage_model.decoder.up.0.block.0.conv1.weight": (128, 256, 3, 3),
    "first_stage_model.quant_conv.weight": (8, 8, 1, 1),
}
CLIP: Shapes = {
    "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight": (3072, 768)
}
OPEN_CLIP: Shapes = {"cond_stage_model.model.transformer.resblocks.0.mlp.c_fc.weight": (4096, 1024)}
XL_TEXT: Shapes = {
    "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight": (
        49408,
        768,
    ),
    "conditioner.embedders.1.model.transformer.resblocks.0.mlp.c_fc.weight": (5120, 1280),
}
SD1 = ldm_unet(768) | VAE | CLIP
SD2 = ldm_unet(1024) | VAE | OPEN_CLIP
XL = ldm_unet(2048, plan=(1, 2, 4), depths=(0, 2, 10), pooled=2816) | VAE | XL_TEXT
REFINER = (
    ldm_unet(1280, plan=(1, 2, 4, 4), depths=(0, 4, 4, 0), pooled=2560, base=384)
    | VAE
    | {"conditioner.embedders.0.model.transformer.resblocks.0.mlp.c_fc.weight": (5120, 1280)}
)


def sd3(blocks: int, *, second: bool = False, prefix: str = "model.diffusion_model.") -> Shapes:
    width = 64 * blocks
    shapes: Shapes = {f"{prefix}x_embedder.proj.weight": (width, 16, 2, 2)}
    for k in range(blocks):
        shapes[f"{prefix}joint_blocks.{k}.context_block.attn.qkv.weight"] = (3 * width, width)
        shapes[f"{prefix}joint_blocks.{k}.x_block.attn.qkv.weight"] = (3 * width, width)
        if second and k < 13:
            shapes[f"{prefix}joint_blocks.{k}.x_block.attn2.qkv.weight"] = (3 * width, width)
    return shapes


def flux(*, guidance: bool, entry: int = 64, prefix: str = "") -> Shapes:
    shapes: Shapes = {
        f"{prefix}img_in.weight": (3072, entry),
        f"{prefix}double_blocks.0.img_attn.qkv.weight": (9216, 3072),
        f"{prefix}single_blocks.0.linear1.weight": (21504, 3072),
        f"{prefix}txt_in.weight": (3072, 4096),
    }
    return shapes | ({f"{prefix}guidance_in.in_layer.weight": (3072, 256)} if guidance else {})


def kohya(base: str, context: int, rank: int = 16, extra: Shapes | None = None) -> Shapes:
    """A LoRA's cross-attention in kohya-ss's names."""
    return {
        f"{base}_attn2_to_k.alpha": (),
        f"{base}_attn2_to_k.lora_down.weight": (rank, context),
        f"{base}_attn2_to_k.lora_up.weight": (320, rank),
    } | (extra or {})


ATTENTION = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0"
UNET_ATTENTION = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
HADA: Shapes = {
    f"{ATTENTION}_attn2_to_k.hada_w1_a": (320, 8),
    f"{ATTENTION}_attn2_to_k.hada_w1_b": (8, 1024),
    f"{ATTENTION}_attn2_to_k.hada_w2_a": (320, 8),
    f"{ATTENTION}_attn2_to_k.hada_w2_b": (8, 1024),
}
LOKR: Shapes = {
    f"{ATTENTION}_attn2_to_k.lokr_w1": (8, 8),
    f"{ATTENTION}_attn2_to_k.lokr_w2": (40, 96),
}
CONTROL: Shapes = {
    name.replace("model.diffusion_model.", "control_model."): shape
    for name, shape in ldm_unet(768).items()
} | {
    "control_model.input_hint_block.0.weight": (16, 3, 3, 3),
    "control_model.zero_convs.0.0.weight": (320, 320, 1, 1),
}
CONTROL_XL: Shapes = {
    "conv_in.weight": (320, 4, 3, 3),
    "controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3),
    "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight": (640, 2048),
    "controlnet_down_blocks.0.weight": (320, 320, 1, 1),
}
DIFFUSERS_UNET: Shapes = {
    "conv_in.weight": (320, 9, 3, 3),
    "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight": (640, 768),
    "mid_block.resnets.0.conv1.weight": (1280, 1280, 3, 3),
}
ESRGAN: Shapes = {
    "model.0.weight": (64, 3, 3, 3),
    "model.1.sub.0.RDB1.conv1.0.weight": (32, 64, 3, 3),
    "model.10.weight": (3, 64, 3, 3),
}
COMPACT: Shapes = {
    "body.0.weight": (64, 3, 3, 3),
    "body.0.bias": (64,),
    "body.1.weight": (64,),
    "body.2.weight": (64, 64, 3, 3),
}
SWINIR: Shapes = {
    "conv_first.weight": (180, 3, 3, 3),
    "layers.0.residual_group.blocks.0.norm1.weight": (180,),
}

# name of the file, tensors, metadata -> kind, family, prediction, variant
TABLE: tuple[tuple[str, Shapes, dict[str, str], tuple[str, str, str, str]], ...] = (
    ("v1-5-pruned-emaonly", SD1, {}, ("checkpoint", "sd15", "epsilon", "")),
    ("dreamshaper_8", SD1, {}, ("checkpoint", "sd15", "epsilon", "")),
    (
        "sd-v1-5-inpainting",
        ldm_unet(768, 9) | VAE | CLIP,
        {},
        ("checkpoint", "sd15", "epsilon", "inpainting"),
    ),
    (
        "instruct-pix2pix-00-22000",
        ldm_unet(768, 8) | VAE | CLIP,
        {},
        ("checkpoint", "sd15", "epsilon", "instruct"),
    ),
    ("v2-1_768-ema-pruned", SD2, {}, ("checkpoint", "sd21", "v", "")),
    ("v2-1_512-ema-pruned", SD2, {}, ("checkpoint", "sd21", "epsilon", "")),
    ("mystery", SD2, {"modelspec.resolution": "768x768"}, ("checkpoint", "sd21", "v", "")),
    (
        "512-inpainting-ema",
        ldm_unet(1024, 9) | VAE | OPEN_CLIP,
        {},
        ("checkpoint", "sd21", "epsilon", "inpainting"),
    ),
    (
        "sd_xl_base_1.0",
        XL,
        {"modelspec.architecture": "stable-diffusion-xl-v1-base"},
        ("checkpoint", "sdxl", "epsilon", ""),
    ),
    ("noobai-vpred", XL | {"v_pred": (0,), "ztsnr": (0,)}, {}, ("checkpoint", "sdxl", "v", "")),
    ("some-xl", XL, {"modelspec.prediction_type": "v"}, ("checkpoint", "sdxl", "v", "")),
    ("sd_xl_refiner_1.0", REFINER, {}, ("checkpoint", "sdxl-refiner", "epsilon", "")),
    ("sd3_medium", sd3(24), {}, ("checkpoint", "sd3", "flow", "3-medium")),
    ("sd3.5_medium", sd3(24, second=True), {}, ("checkpoint", "sd3", "flow", "3.5-medium")),
    ("sd3.5_large", sd3(38), {}, ("checkpoint", "sd3", "flow", "3.5-large")),
    ("flux1-dev", flux(guidance=True), {}, ("checkpoint", "flux", "flow", "dev")),
    (
        "flux1-schnell",
        flux(guidance=False, prefix="model.diffusion_model."),
        {},
        ("checkpoint", "flux", "flow", "schnell"),
    ),
    ("flux1-fill-dev", flux(guidance=True, entry=384), {}, ("checkpoint", "flux", "flow", "fill")),
    ("unet", DIFFUSERS_UNET, {}, ("checkpoint", "sd15", "epsilon", "inpainting")),
    ("style", kohya(ATTENTION, 768), {}, ("lora", "sd15", "", "lora")),
    ("style2", kohya(ATTENTION, 1024), {}, ("lora", "sd21", "", "lora")),
    (
        "stylexl",
        kohya("lora_unet_input_blocks_4_1_transformer_blocks_0", 2048),
        {},
        ("lora", "sdxl", "", "lora"),
    ),
    (
        "dora",
        kohya(ATTENTION, 768, extra={f"{ATTENTION}_attn2_to_k.dora_scale": (320, 1)}),
        {},
        ("lora", "sd15", "", "dora"),
    ),
    ("loha", HADA, {}, ("lora", "sd21", "", "loha")),
    ("lokr", LOKR, {}, ("lora", "sd15", "", "lokr")),
    (
        "peft",
        {f"{UNET_ATTENTION}.lora_A.weight": (4, 2048), f"{UNET_ATTENTION}.lora_B.weight": (640, 4)},
        {},
        ("lora", "sdxl", "", "lora"),
    ),
    (
        "old-diffusers",
        {f"{UNET_ATTENTION.replace('.to_k', '')}.processor.to_k_lora.down.weight": (4, 768)},
        {},
        ("lora", "sd15", "", "lora"),
    ),
    (
        "te-only",
        {"lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight": (8, 768)},
        {},
        ("lora", "sd15", "", "lora"),
    ),
    (
        "flux-lora",
        {"transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight": (16, 3072)},
        {},
        ("lora", "flux", "", "lora"),
    ),
    (
        "only-attn1",
        {f"{ATTENTION}_attn1_to_k.lora_down.weight": (8, 320)},
        {"ss_base_model_version": "sd_v1"},
        ("lora", "sd15", "", "lora"),
    ),
    (
        "vae-ft-mse-840000",
        {name.removeprefix("first_stage_model."): shape for name, shape in VAE.items()},
        {},
        ("vae", "", "", "4 channels"),
    ),
    (
        "ae",
        {"decoder.conv_in.weight": (512, 16, 3, 3), "encoder.conv_in.weight": (128, 3, 3, 3)},
        {},
        ("vae", "", "", "16 channels"),
    ),
    ("easynegative", {"emb_params": (8, 768)}, {}, ("embedding", "sd15", "", "8 vectors")),
    (
        "xl-embedding",
        {"clip_l": (4, 768), "clip_g": (4, 1280)},
        {},
        ("embedding", "sdxl", "", "4 vectors"),
    ),
    ("cat-toy", {"<cat-toy>": (768,)}, {}, ("embedding", "sd15", "", "1 vectors")),
    ("control_v11p_sd15_canny", CONTROL, {}, ("controlnet", "sd15", "", "controlnet")),
    ("controlnet-canny-xl", CONTROL_XL, {}, ("controlnet", "sdxl", "", "controlnet")),
    ("4x-UltraSharp", ESRGAN, {}, ("upscaler", "", "", "esrgan")),
    ("realesr-general", COMPACT, {}, ("upscaler", "", "", "compact")),
    ("swinir", SWINIR, {}, ("upscaler", "", "", "swinir")),
    (
        "clip_l",
        {"text_model.encoder.layers.0.mlp.fc1.weight": (3072, 768)},
        {},
        ("unknown", "", "", "CLIP text encoder"),
    ),
)

"""Tensor names and shapes to kind and family: the published layouts of the programs and papers that write such files.

Every function here looks only at {name: shape}. Widths that tell families apart: the text context of cross-attention is
768 in Stable Diffusion 1.x, 1024 in 2.x, 2048 in XL base, 1280 in the XL refiner.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.models.adapters import Named, Shapes, identify_adapter

BY_CONTEXT = {768: "sd15", 1024: "sd21", 2048: "sdxl", 1280: "sdxl-refiner"}
_UNET = "model.diffusion_model."


@dataclass(frozen=True, slots=True)
class Found:
    """What shapes alone say. `parts` are the components inside; `layout` is "ldm" or "diffusers"."""

    kind: str
    family: str = ""
    variant: str = ""
    layout: str = ""
    parts: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    guidance_embedding: bool | None = None
    latent_channels: int = 0


def identify(shapes: Shapes) -> Found:
    """The first layout that recognises the names; "unknown" with a reason otherwise."""
    named = Named(shapes)
    for recognise in _ORDER:
        found = recognise(named)
        if found is not None:
            return found
    return Found("unknown", problems=("Its tensors follow no layout that Calotype knows.",))


def _first(shapes: Named, *names: str) -> tuple[int, ...] | None:
    for name in names:
        if name in shapes:
            return shapes[name]
    return None


def _context(names: Iterable[tuple[str, tuple[int, ...]]]) -> int:
    """Width of the text context: the input of the first cross-attention's keys."""
    for name, shape in names:
        if name.endswith("attn2.to_k.weight") and len(shape) >= 2:
            return shape[1]
    return 0


def _parts(shapes: Named) -> tuple[str, ...]:
    groups = {"vae": ("first_stage_model.", "vae."), "text_encoder": ("cond_stage_model.", "conditioner.embedders.", "text_encoders.",
                                                                      "te.", "te1.", "te2.")}
    return ("unet", *(part for part, prefixes in groups.items() if shapes.begins(*prefixes)))


def _missing(parts: tuple[str, ...]) -> tuple[str, ...]:
    words = {"vae": "no VAE", "text_encoder": "no text encoder"}
    absent = [words[part] for part in ("text_encoder", "vae") if part not in parts]
    return (f"It holds {' and '.join(absent)}; load it beside a complete model of its family.",) if absent else ()


_VARIANTS = {4: "", 9: "inpainting", 8: "instruct", 5: "depth", 7: "upscale"}


def _ldm(shapes: Named) -> Found | None:
    """The original layout: model.diffusion_model.input_blocks (CompVis, Stability sgm, A1111, kohya)."""
    first = _first(shapes, _UNET + "input_blocks.0.0.weight", "input_blocks.0.0.weight")
    if first is None or shapes.begins("control_model.", "adapter.") or len(first) != 4:
        return None
    prefix = _UNET if _UNET + "input_blocks.0.0.weight" in shapes else ""
    if shapes.holds(".time_stack.", ".temporal"):
        return Found("unknown", variant="video", problems=("It makes video, which Calotype does not.",))
    if prefix + "input_hint_block.0.weight" in shapes or "zero_convs.0.0.weight" in shapes:
        return None
    context = _context((name, shape) for name, shape in shapes.items() if name.startswith(prefix))
    family = BY_CONTEXT.get(context, "")
    parts = _parts(shapes)
    problems = _missing(parts) if family else (f"Its text context is {context} wide, which is none of Stable Diffusion's.",)
    variant = _VARIANTS.get(first[1], "")
    if family == "sdxl" and "edm_mean" in shapes:
        variant = "playground-v2.5"
    if first[1] not in _VARIANTS:
        problems = (*problems, f"Its denoiser takes {first[1]} channels; 4, 8 and 9 are known.")
    return Found("checkpoint", family or "sd-unknown", variant, "ldm", parts, problems)


def _diffusers_unet(shapes: Named) -> Found | None:
    first = _first(shapes, "conv_in.weight", "unet.conv_in.weight")
    if first is None or not shapes.begins("down_blocks.", "unet.down_blocks.") or shapes.begins("controlnet_"):
        return None
    if not shapes.holds(".attn2.") or len(first) != 4:
        return None
    if shapes.holds("temporal", "motion_modules"):
        return Found("unknown", variant="video", problems=("It makes video, which Calotype does not.",))
    family = BY_CONTEXT.get(_context(shapes.items()), "sd-unknown")
    return Found("checkpoint", family, _VARIANTS.get(first[1], ""), "diffusers", ("unet",), _missing(("unet",)))


def _sd3(shapes: Named) -> Found | None:
    """Stability's MMDiT: 24 blocks are 3 Medium or (with a second attention) 3.5 Medium, 38 are 3.5 Large."""
    for prefix in (_UNET, ""):
        if prefix + "joint_blocks.0.context_block.attn.qkv.weight" in shapes:
            depth = _depth(shapes, prefix + "joint_blocks.")
            second = shapes.holds(".x_block.attn2.")
            variant = "3.5-large" if depth >= 38 else "3.5-medium" if second else "3-medium"
            parts = _parts(shapes)
            return Found("checkpoint", "sd3", variant, "ldm", parts, _missing(parts))
    if "transformer_blocks.0.attn.add_k_proj.weight" in shapes and "pos_embed.proj.weight" in shapes:
        depth = _depth(shapes, "transformer_blocks.")
        second = shapes.holds(".attn2.")
        variant = "3.5-large" if depth >= 38 else "3.5-medium" if second else "3-medium"
        return Found("checkpoint", "sd3", variant, "diffusers", ("unet",), _missing(("unet",)))
    return None


def _depth(shapes: Named, prefix: str) -> int:
    numbers = [name[len(prefix) :].split(".", 1)[0] for name in shapes if name.startswith(prefix)]
    return 1 + max((int(number) for number in numbers if number.isdecimal()), default=-1)


_FLUX_VARIANTS = {384: "fill", 128: "control", 196: "kontext"}


def _flux(shapes: Named) -> Found | None:
    """Black Forest Labs' double and single stream blocks; dev carries a guidance embedding, schnell does not."""
    for prefix in (_UNET, "transformer.", ""):
        if prefix + "double_stream_modulation_img.lin.weight" in shapes:
            return Found("checkpoint", "flux2", "", "ldm", _parts(shapes), ())
        if prefix + "double_blocks.0.img_attn.qkv.weight" in shapes:
            if prefix + "txt_in.individual_token_refiner.blocks.0.adaLN_modulation.1.weight" in shapes:
                return Found("unknown", variant="video", problems=("It makes video, which Calotype does not.",))
            return _flux_found(shapes, "ldm", _first(shapes, prefix + "img_in.weight"), prefix + "guidance_in.in_layer.weight" in shapes)
    if shapes.begins("single_transformer_blocks.") and "x_embedder.weight" in shapes:
        guidance = "time_text_embed.guidance_embedder.linear_1.weight" in shapes
        return _flux_found(shapes, "diffusers", shapes["x_embedder.weight"], guidance)
    return None


def _flux_found(shapes: Named, layout: str, entry: tuple[int, ...] | None, guidance: bool) -> Found:
    variant = "dev" if guidance else "schnell"
    if entry and len(entry) == 2:
        variant = _FLUX_VARIANTS.get(entry[1], variant)
    parts = _parts(shapes)
    return Found("checkpoint", "flux", variant, layout, parts, _missing(parts), guidance)


def _vae(shapes: Named) -> Found | None:
    for prefix in ("", "first_stage_model.", "vae.", "model."):
        latent = _first(shapes, prefix + "decoder.conv_in.weight")
        if latent is not None and len(latent) == 4:
            ldm = shapes.begins(prefix + "decoder.up.", prefix + "decoder.mid.")
            family = "" if latent[1] == 4 else {16: "sd3 or flux", 32: "flux2"}.get(latent[1], "")
            return Found("vae", family if " " not in family else "", f"{latent[1]} channels", "ldm" if ldm else "diffusers", ("vae",))
    return _tiny(shapes)


_TINY_ENTRIES = ("decoder.layers.0.weight", "decoder.1.weight", "taesd_decoder.1.weight", "1.weight")  # the original counts a clamp as 0


def _tiny(shapes: Named) -> Found | None:
    """TAESD and its kin: lists of convolutions and blocks, 64 channels wide; 16 latent channels are SD 3's or FLUX's."""
    parts = [name for name in shapes if re.match(r"(taesd_)?(decoder|encoder)\.(layers\.)?\d+\.(weight|conv\.)", name)]
    if not parts and not (shapes and all(re.match(r"\d+\.(weight|bias|conv\.\d+\.|skip\.)", name) for name in shapes)):
        return None
    entry = _first(shapes, *_TINY_ENTRIES)
    if entry is None or len(entry) != 4:
        alone = ("It holds only an encoder; its decoder is a file of its own.",)
        return Found("vae", "", "tiny encoder", problems=alone) if parts else None
    layout = "diffusers" if "decoder.layers.0.weight" in shapes else "ldm"
    return Found("vae", "", "tiny", layout, ("vae",), latent_channels=entry[1])


def _controlnet(shapes: Named) -> Found | None:
    context = _context(shapes.items())
    family = BY_CONTEXT.get(context, "")
    if "lora_controlnet" in shapes:
        return Found("controlnet", family, "control-lora")
    if shapes.begins("lllite_unet_"):
        widths = [s[1] for n, s in shapes.items() if "attn2" in n and "to_q" in n and n.endswith("down.0.weight") and len(s) == 2]
        return Found("controlnet", "sdxl" if shapes.holds("_input_blocks_7_") or 1280 in widths else "sd15", "lllite")
    if shapes.begins("control_model.") or "input_hint_block.0.weight" in shapes or "zero_convs.0.0.weight" in shapes:
        return Found("controlnet", family, "controlnet", "ldm")
    if shapes.begins("controlnet_cond_embedding.", "controlnet_down_blocks.", "controlnet_mid_block."):
        return Found("controlnet", family, "controlnet", "diffusers")
    if shapes.begins("controlnet_blocks.", "controlnet_x_embedder.", "controlnet_double_blocks."):
        return Found("controlnet", "flux" if shapes.begins("single_transformer_blocks.", "double_blocks.") or "x_embedder.weight" in shapes
                     else "sd3", "controlnet", "diffusers")
    body = [name for name in shapes if re.match(r"(adapter\.)?body\.\d+\.(resnets\.\d+\.|in_conv|block1)", name)]
    if body:
        entry = _first(shapes, "conv_in.weight", "adapter.conv_in.weight")
        return Found("controlnet", "sdxl" if entry and len(entry) == 4 and entry[1] >= 768 else "sd15", "t2i-adapter")
    return None


_UPSCALERS: tuple[tuple[str, str], ...] = (
    ("esrgan", r"model\.1\.sub\.\d+\.(RDB1\.conv1\.0\.)?"), ("esrgan", r"body\.\d+\.rdb1\.conv1\.weight"),
    ("esrgan", r"RRDB_trunk\.\d+\.RDB1\.conv1\.weight"),
    ("hat", r"layers\.\d+\.residual_group\.(blocks\.\d+\.conv_block|overlap_attn)"), ("dat", r"layers\.\d+\.blocks\.\d+\.attn\.attns"),
    ("swinir", r"layers\.\d+\.residual_group\.blocks\.\d+\.(attn\.relative_position|norm1)"), ("span", r"block_1\.c1_r\.(eval_conv|sk)"),
    ("realplksr", r"feats\.\d+\.(channe?l_mixer|lk\.)"), ("omnisr", r"residual_layer\.\d+\.residual_layer"),
    ("atd", r"layers\.\d+\.residual_group\.layers"), ("drct", r"layers\.\d+\.swin\d"),
)


def _upscaler(shapes: Named) -> Found | None:
    inner = [re.sub(r"^(params_ema|params|module)\.", "", name) for name in shapes]
    for variant, pattern in _UPSCALERS:
        if any(re.match(pattern, name) for name in inner):
            return Found("upscaler", "", variant)
    plain = dict(zip(inner, shapes.values(), strict=True))
    head = plain.get("body.0.weight")
    if head and len(head) == 4 and head[1] == 3 and all(re.match(r"body\.\d+\.(weight|bias)$", name) for name in inner):
        return Found("upscaler", "", "compact")
    return None


def _text_encoder(shapes: Named) -> Found | None:
    """Parts that are no model by themselves, named so that the answer helps."""
    names = {
        "CLIP text encoder": ("text_model.encoder.layers.0.",), "T5 text encoder": ("encoder.block.0.layer.0.SelfAttention.",),
        "CLIP vision encoder": ("vision_model.encoder.layers.0.",), "IP-Adapter": ("ip_adapter.", "image_proj."),
        "motion module": ("down_blocks.0.motion_modules.",)}
    for label, prefixes in names.items():
        if shapes.begins(*prefixes):
            return Found("unknown", variant=label, problems=(f"It is a {label}, a part of other models, and cannot be used by itself.",))
    return None


def _adapter(shapes: Named) -> Found | None:
    found = identify_adapter(shapes)
    return Found(found[0], found[1], found[2]) if found else None


_ORDER: tuple[Callable[[Named], Found | None], ...] = (
    _adapter, _ldm, _sd3, _flux, _controlnet, _diffusers_unet, _vae, _upscaler, _text_encoder)

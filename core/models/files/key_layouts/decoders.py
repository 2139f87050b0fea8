"""Autoencoders, upscalers, text encoders and other networks that come as single files."""

from __future__ import annotations

import re

from core.models.files.key_layouts.names import TensorNames
from core.models.files.key_layouts.rules import LayoutMatch, LayoutRule, Width
from core.values.model import ModelKind, Problem, Reason, unsupported

WRAPPERS = ("first_stage_model.", "vae.", "autoencoder.", "module.", "")
PLAIN = ("params_ema.", "params.", "module.", "model_state_dict.", "state_dict.", "")
_OTHERS = "It is the autoencoder of {}, of none of the families that Calotype uses one for."
_LATENTS = {4: "", 16: "", 32: "flux2"}
# the original counts a clamp as 0
_TINY_ENTRIES = (
    "decoder.layers.0.weight",
    "decoder.1.weight",
    "taesd_decoder.1.weight",
    "1.weight",
)
_TINY_WIDTH = 64
_TINY_LATENTS = (4, 16)


def _of_others(variant: str, layout: str, owner: str) -> LayoutMatch:
    """An autoencoder that no family here decodes with."""
    return LayoutMatch(
        kind=ModelKind.VAE,
        family="",
        variant=variant,
        layout=layout,
        parts=("vae",),
        problems=(unsupported(_OTHERS.format(owner)),),
    )


def _kl(named: TensorNames, row: LayoutRule) -> LayoutMatch | None:
    """Stable Diffusion's own autoencoder and its kin: 4 latent channels,
    16 of SD 3 and FLUX, 32 of FLUX.2."""
    entry = named.shape("decoder.conv_in.weight")
    if entry is None or len(entry) < 4:
        return None
    layout = "ldm" if named.meets("^decoder.up.#.|^decoder.mid.") else "diffusers"
    what = f"{entry[1]} channels"
    if len(entry) == 5:
        return _of_others("video", layout, "a video model, or Qwen-Image")
    if entry[1] not in _LATENTS or entry[0] != 512:
        owner = f"another model ({entry[1]} channels, {entry[0]} wide)"
        return _of_others(what, layout, owner)
    if named.meets("decoder.up.2.|decoder.up_blocks.2.") and not named.meets(
        "decoder.up.3.|decoder.up_blocks.3."
    ):
        owner = "an upscaler: its latents are a quarter of a picture's size"
        return _of_others(what, layout, owner)
    return LayoutMatch(
        kind=ModelKind.VAE, family=_LATENTS[entry[1]], variant=what, layout=layout, parts=("vae",)
    )


def _tiny(named: TensorNames, row: LayoutRule) -> LayoutMatch | None:
    """TAESD and its kin: lists of convolutions and blocks, 64 channels wide;
    16 latent channels are SD 3's or FLUX's."""
    parts = [
        name
        for name in named
        if re.match(r"(taesd_)?(decoder|encoder)\.(layers\.)?\d+\.(weight|conv\.)", name)
    ]
    if not parts and not (
        named and all(re.match(r"\d+\.(weight|bias|conv\.\d+\.|skip\.)", name) for name in named)
    ):
        return None
    entry = next((named[name] for name in _TINY_ENTRIES if name in named), None)
    if entry is None or len(entry) != 4:
        first = named.shape("encoder.layers.0.weight", "encoder.0.weight", "taesd_encoder.0.weight")
        if parts and (first is None or first[:1] == (_TINY_WIDTH,)):
            alone = "It holds only an encoder; its decoder is a file of its own."
            return LayoutMatch(
                ModelKind.VAE, "", "tiny encoder", problems=(Problem(Reason.INCOMPLETE, alone),)
            )
        return None
    if entry[0] != _TINY_WIDTH or entry[1] not in _TINY_LATENTS:
        return LayoutMatch(
            ModelKind.VAE,
            "",
            "tiny, of another model",
            problems=(unsupported(_OTHERS.format("another model, a small one for previews")),),
        )
    layout = "diffusers" if "decoder.layers.0.weight" in named else "ldm"
    return LayoutMatch(
        kind=ModelKind.VAE,
        family="",
        variant="tiny",
        layout=layout,
        parts=("vae",),
        latent_channels=entry[1],
    )


def _other(name: str, variant: str, *has: str, lacks: tuple[str, ...] = ()) -> LayoutRule:
    return LayoutRule(
        name, has, lacks, kind=ModelKind.VAE, variant=variant, note=_OTHERS.format(name)
    )


VAES: tuple[LayoutRule, ...] = (
    LayoutRule(
        "face restorer",
        ("^quantize.embedding.", "^fuse_convs_dict.|^position_emb$|^ft_layers."),
        note="It restores faces, which Calotype does not do.",
    ),
    _other(
        "a model of quantised latents (VQ)",
        "vq",
        "^quantize.embedding.|^quantize.embed.|^vquantizer.codebook.|^quantizer.",
        "^decoder.|^encoder.|^up_blocks.",
    ),
    _other("a consistency decoder", "consistency decoder", "^decoder_unet."),
    _other("Sana", "dc-ae", "^decoder.stages.|^decoder.project_in.|^decoder.up_blocks.#.#."),
    _other("inpainting (asymmetric)", "asymmetric", "^decoder.condition_encoder."),
    _other("LTX-Video", "video", "^per_channel_statistics.|^decoder.timestep_scale_multiplier$"),
    _other(
        "Stable Video Diffusion",
        "video",
        "^decoder.time_conv_out.|.time_mix_conv.|.temporal_res_block.|.time_stack.",
        "^decoder.",
    ),
    _other(
        "a video model, or Qwen-Image", "video", "^decoder.conv_in.conv.weight$|^decoder.temp_conv"
    ),
    _other(
        "Wan or Qwen-Image", "video", "^decoder.middle.#.|^decoder.upsamples.#.|^decoder.head.#."
    ),
    _other(
        "sound",
        "sound",
        "^decoder.layers.#.weight_g$|^decoder.layers.#.layers.#.weight_g$|^bottleneck.",
        "^decoder.",
    ),
    _other("sound", "sound", "^decoder.conv_in.weight$", "^encoder.conv_in.weight$", "^vocoder."),
    LayoutRule(
        "VAE",
        ("^decoder.conv_in.weight$",),
        ("^input_blocks.", "^down_blocks.#.attentions."),
        (Width("encoder.conv_in.weight", 1, (3,)), Width("decoder.conv_out.weight", 0, (3,))),
        more=_kl,
    ),
    LayoutRule(
        "an autoencoder",
        ("^decoder.conv_in.weight$",),
        ("^input_blocks.",),
        kind=ModelKind.VAE,
        variant="other",
        note=(
            "It is an autoencoder whose ends are no pictures of three colours; "
            "Calotype cannot use it."
        ),
    ),
    LayoutRule(
        "VAE without its decoder",
        ("^encoder.conv_in.weight$", "^encoder.down.|^encoder.down_blocks."),
        ("^decoder.",),
        kind=ModelKind.VAE,
        variant="encoder",
        note="It holds only an encoder; a VAE that is used here needs its decoder.",
    ),
    LayoutRule("tiny autoencoder", (), ("^decoder.conv_in.",), kind=ModelKind.VAE, more=_tiny),
)


def _upscaler(variant: str, *has: str, lacks: tuple[str, ...] = ()) -> LayoutRule:
    return LayoutRule(
        variant, has, ("^down_blocks.", "^input_blocks.", *lacks), kind=ModelKind.UPSCALER
    )


def _compact(named: TensorNames, row: LayoutRule) -> LayoutMatch | None:
    head = named.shape("body.0.weight")
    plain = (
        head
        and len(head) == 4
        and head[1] == 3
        and named.skeleton.replace("\nbody..weight", "").replace("\nbody..bias", "").strip() == ""
    )
    return LayoutMatch(ModelKind.UPSCALER, "", row.name) if plain else None


UPSCALERS: tuple[LayoutRule, ...] = (
    _upscaler(
        "esrgan",
        "^model.#.sub.#.RDB#.|^model.#.sub.#.weight$|^body.#.rdb#.conv#.|^RRDB_trunk.#.RDB#.conv#.",
    ),
    _upscaler(
        "hat",
        "^layers.#.residual_group.blocks.#.conv_block.|^layers.#.residual_group.overlap_attn.",
    ),
    _upscaler("atd", "^layers.#.residual_group.layers."),
    _upscaler("dat", "^layers.#.blocks.#.attn.attns."),
    _upscaler("drct", "^layers.#.swin#."),
    _upscaler("swinir", "^layers.#.residual_group.blocks.#."),
    _upscaler("span", "block_1.c1_r.eval_conv|block_1.c1_r.sk"),
    _upscaler("realplksr", "^feats.#.channel_mixer|^feats.#.channe_mixer|^feats.#.lk."),
    _upscaler("omnisr", "^residual_layer.#.residual_layer"),
    _upscaler("safmn", "^to_feat.", "^feats.#.safm."),
    _upscaler("edsr", "^head.#.weight$", "^body.#.body.#.weight$", "^tail."),
    LayoutRule("compact", ("^body.#.weight$",), kind=ModelKind.UPSCALER, more=_compact),
)


def _part(name: str, *has: str, lacks: tuple[str, ...] = ()) -> LayoutRule:
    return LayoutRule(
        name,
        has,
        lacks,
        note=(
            f"It is {'an' if name[0] in 'AEIO' else 'a'} {name}, a part of other models, and "
            "cannot be used by itself."
        ),
    )


def _no_model(name: str, *has: str, lacks: tuple[str, ...] = ()) -> LayoutRule:
    return LayoutRule(
        name,
        has,
        lacks,
        note=(
            f"It is {'an' if name[0] in 'aeiou' else 'a'} {name}, which is no "
            "model that makes pictures."
        ),
    )


PARTS: tuple[LayoutRule, ...] = (
    _no_model("state of a training", "exp_avg|^optimizer.|^optimizer_|^state.#.step"),
    LayoutRule(
        "averaged copy of a denoiser",
        ("^model_ema.",),
        note="It holds only the averaged copy (EMA) of a model's weights; get the model itself.",
    ),
    _no_model("face restorer", "^stylegan_decoder.|^conv_body_first.|^stylegan_decoderdotto_rgb"),
    _no_model("segmentation model", "^image_encoder.blocks.#.|^mask_decoder.|^sam_mask_decoder."),
    _no_model("depth estimator", "^depth_head.|^pretrained.blocks.#."),
    _no_model(
        "detector",
        "^model.#.cv#.conv.|^model.#.m.#.|^model.#.conv.weight$|^model.model.#.conv.",
        "^model.#.|^model.model.#.",
    ),
    _part("T5 text encoder", "^encoder.block.#.layer.#.SelfAttention."),
    _part(
        "CLIP text encoder",
        "^text_model.encoder.layers.#.|^text_model.text_model.encoder.layers.#.",
        lacks=("^vision_model.",),
    ),
    _part("CLIP model", "^text_model.encoder.layers.#.", "^vision_model."),
    _part(
        "CLIP vision encoder",
        "^vision_model.encoder.layers.#.|^visual.transformer.resblocks.#.|^vision_model.vision_model.encoder.",
    ),
    _part(
        "CLIP text encoder",
        "^resblocks.#.|^transformer.resblocks.#.|^model.transformer.resblocks.#.",
    ),
    _part("BERT text encoder", "^encoder.layer.#.attention.self.|^bert.encoder.layer.#."),
    _part(
        "language model",
        "^model.layers.#.self_attn.|^layers.#.self_attn.q_proj.|^model.language_model.layers.#.|^language_model.model.layers.#."
        "|^model.layers.#.mlp.|^encoder.layers.#.self_attention.",
    ),
    _part("motion module", "^down_blocks.#.motion_modules.|.motion_modules."),
    _part("VAE approximation", "^conv#.weight$", "^conv#.bias$"),
)
HYPERNETWORK = re.compile(r"^(320|640|768|1024|1280)\.\d+\.linear\.", re.MULTILINE)

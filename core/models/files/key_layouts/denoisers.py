"""Denoisers but Stable Diffusion's UNets: the transformers and others whose names
share words with one another.

Names are those of their authors' code, of diffusers, and of ComfyUI's own files. The order matters
where one is built on another: Chroma, HunyuanVideo and FLUX.2 on FLUX's blocks, many video models
on PixArt's, Lumina's on one another.
"""

from __future__ import annotations

from core.models.files.key_layouts.names import TensorNames
from core.models.files.key_layouts.rules import LayoutMatch, LayoutRule, Rank, Width
from core.values.model import ModelKind, unsupported

# What makes a control network of a denoiser's names; no denoiser has any of it.
CONTROL = (
    "^controlnet_|^control_model.input_hint_block.|^input_hint_block.|^zero_convs.|^controlnet.controlnet_|^pos_embed_input.",
    "^control_layers.|^control_noise_refiner.|^control_transformer_blocks.|^control_blocks.|^brushnet_|^vace_blocks.",
)
MOVING = "It makes video, which Calotype does not."
VIDEO = "video"
_FLUX_WIDTHS = (
    Width("img_in.weight", 1, (64, 128, 196, 384)),
    Width("txt_in.weight", 1, (4096,)),
    Width("img_in.weight", 0, (3072,)),
)
_FLUX_ENTRIES = {384: "fill", 128: "control", 196: "flex.2"}


def folder_only(name: str) -> str:
    """Of a family that runs from a folder in diffusers' layout alone."""
    return (
        f"A single file of {name} cannot be used here, whatever it holds. Get the model as a "
        "complete diffusers folder, with its transformer, text encoders, tokenizers and VAE: the "
        "Models room and calotype models install OWNER/NAME fetch one."
    )


def not_run(name: str) -> str:
    """Of what no part of this program runs."""
    return f"It is {name}, which Calotype does not run."


def _flux(named: TensorNames, row: LayoutRule) -> LayoutMatch:
    """Black Forest Labs' double and single stream blocks; dev carries a guidance
    embedding, schnell does not."""
    guidance = named.meets("^guidance_in.|^time_text_embed.guidance_embedder.")
    entry = named.shape("img_in.weight", "x_embedder.weight")
    variant = "dev" if guidance else "schnell"
    if entry and len(entry) == 2:
        variant = _FLUX_ENTRIES.get(entry[1], variant)
    return LayoutMatch(
        kind=ModelKind.CHECKPOINT,
        family="flux",
        variant=variant,
        layout=row.layout,
        parts=("unet",),
        problems=(unsupported(row.note),),
        guidance_embedding=guidance,
    )


def _sd3(named: TensorNames, row: LayoutRule) -> LayoutMatch:
    """Stability's MMDiT: 24 blocks are 3 Medium or (with a second attention)
    3.5 Medium, 38 are 3.5 Large."""
    depth = 1 + max(
        named.highest(f"\n{wrapper}{block}")
        for wrapper in named.wrappers
        for block in ("joint_blocks.", "transformer_blocks.")
    )
    variant = "3.5-medium" if named.holds(".attn2.") else "3-medium"
    if depth >= 38:
        variant = "3.5-large"
    return LayoutMatch(
        kind=ModelKind.CHECKPOINT,
        family="sd3",
        variant=variant,
        layout=row.layout,
        parts=("unet",),
        problems=(unsupported(row.note),),
    )


def _z_image(named: TensorNames, row: LayoutRule) -> LayoutMatch | None:
    """Told from Lumina 2 by the width of its captions, so that must be there."""
    if not named.shape("cap_embedder.1.weight"):
        return None
    return LayoutMatch(ModelKind.CHECKPOINT, "", row.name, problems=(unsupported(row.note),))


def _video(name: str, *has: str, lacks: tuple[str, ...] = ()) -> LayoutRule:
    return LayoutRule(name, has, lacks, variant=VIDEO, note=MOVING)


def _other(
    name: str,
    *has: str,
    lacks: tuple[str, ...] = (),
    runs: bool = True,
    widths: tuple[Width, ...] = (),
) -> LayoutRule:
    """One that runs from a diffusers folder as diffusers' own pipeline, or not at all."""
    return LayoutRule(
        name=name,
        has=has,
        lacks=(*CONTROL, *lacks),
        widths=widths,
        kind=ModelKind.CHECKPOINT,
        note=folder_only(name) if runs else not_run(name),
    )


_REFINER = "^txt_in.individual_token_refiner.|^context_embedder.token_refiner."
TABLE: tuple[LayoutRule, ...] = (
    LayoutRule(
        "a quantised transformer (SVDQuant, GPTQ or AWQ)",
        (".qweight$", ".wscales$|.qzeros$|.wzeros$|.scales$"),
        kind=ModelKind.CHECKPOINT,
        variant="quantised",
        note=(
            "Its weights are packed by SVDQuant, GPTQ or AWQ, which Calotype cannot unpack; "
            "get the model unpacked."
        ),
    ),
    # FLUX's blocks, and those who build on them
    LayoutRule(
        "FLUX.2",
        ("^double_stream_modulation_img.",),
        CONTROL,
        kind=ModelKind.CHECKPOINT,
        family="flux2",
        variant=" ",
        layout="ldm",
        note=folder_only("FLUX.2"),
    ),
    _other("Chroma", "^distilled_guidance_layer."),
    _other("Chroma Radiance", "^nerf_blocks.|^nerf_image_embedder.", "^double_blocks.", runs=False),
    LayoutRule(
        "HunyuanVideo",
        (_REFINER,),
        widths=(Rank("img_in.proj.weight|x_embedder.proj.weight", 5),),
        variant=VIDEO,
        note=MOVING,
    ),
    _other("HunyuanImage", _REFINER),
    _other(
        "HiDream", "^double_stream_blocks.", "^caption_projection.|^single_stream_blocks.|^llama_"
    ),
    _other("Step1X-Edit", "^double_blocks.#.img_attn.", "^connector.", runs=False),
    LayoutRule(
        "FLUX.1",
        (
            "^double_blocks.#.img_attn.qkv.|^double_blocks.#.txt_attn.qkv.|^double_blocks.#.img_attn.proj.",
        ),
        (*CONTROL, "^latent_in.|^cond_in."),  # Hunyuan3D makes shapes of such blocks
        _FLUX_WIDTHS,
        layout="ldm",
        note=folder_only("FLUX.1"),
        more=_flux,
    ),
    _other(
        "AuraFlow",
        "^register_tokens$|^model.register_tokens$",
        "^joint_transformer_blocks.|^double_layers.|^model.double_layers.",
    ),
    _other("Ovis-Image", "^single_transformer_blocks.", "^context_embedder_norm."),
    _other(
        "Bria or LongCat",
        "^single_transformer_blocks.",
        "^x_embedder.weight$",
        "^time_embed.|^caption_projection.",
    ),
    LayoutRule(
        "FLUX.1",
        ("^single_transformer_blocks.#.", "^x_embedder.weight$"),
        (
            *CONTROL,
            "^joint_transformer_blocks.",
            "^transformer_blocks.#.img_mod.",
            "^txt_norm.",
            "^pos_embed.proj.",
        ),
        (
            Width("x_embedder.weight", 1, (64, 128, 196, 384)),
            Width("x_embedder.weight", 0, (3072,)),
            Width("context_embedder.weight", 1, (4096,)),
        ),
        layout="diffusers",
        note=folder_only("FLUX.1"),
        more=_flux,
    ),
    # Stability's
    LayoutRule(
        "Stable Diffusion 3",
        ("^joint_blocks.#.context_block.attn.qkv.",),
        CONTROL,
        (Width("x_embedder.proj.weight", 1, (16,)), Width("context_embedder.weight", 1, (4096,))),
        layout="ldm",
        note=folder_only("Stable Diffusion 3"),
        more=_sd3,
    ),
    LayoutRule(
        "Stable Diffusion 3",
        ("^transformer_blocks.#.attn.add_k_proj.", "^pos_embed.proj."),
        (
            *CONTROL,
            "^joint_transformer_blocks.",
            "^single_transformer_blocks.",
            "^patch_embed.",
            "^txt_norm.",
            "^time_condition_embed.",
        ),
        (Width("pos_embed.proj.weight", 1, (16,)), Width("context_embedder.weight", 1, (4096,))),
        layout="diffusers",
        note=folder_only("Stable Diffusion 3"),
        more=_sd3,
    ),
    _other(
        "Stable Cascade or Würstchen",
        "^clip_txt_mapper.|^clip_txt_pooled_mapper.|^clip_mapper.|^effnet_mapper.|^pixels_mapper.",
        "^down_blocks.|^up_blocks.|^blocks.|^embedding.",
        runs=False,
    ),
    LayoutRule(
        "Stable Audio",
        (
            "^model.model.transformer.layers.|^transformer.layers.#.to_qkv.",
            "^pretransform.|^conditioner.conditioners.|^model.model.preprocess_conv.",
        ),
        note="It makes sound, which Calotype does not.",
    ),
    # Lumina's line
    LayoutRule(
        "Z-Image",
        ("^all_x_embedder.|^cap_pad_token$|^x_pad_token$",),
        CONTROL,
        kind=ModelKind.CHECKPOINT,
        note=folder_only("Z-Image"),
    ),
    _other(
        "OmniGen 2",
        "^time_caption_embed.",
        "^ref_image_refiner.|^ref_image_patch_embedder.|^image_index_embedding$",
        runs=False,
    ),
    LayoutRule(
        "Z-Image",
        ("^noise_refiner.", "^context_refiner.", "^cap_embedder.#.weight$"),
        CONTROL,
        (Width("cap_embedder.1.weight", 1, (2560,)),),
        kind=ModelKind.CHECKPOINT,
        note=folder_only("Z-Image"),
        more=_z_image,
    ),
    _other("Lumina 2", "^noise_refiner.", "^context_refiner."),
    _other(
        "Lumina", "^cap_embedder.|^time_caption_embed.", "^layers.#.attention.|^layers.#.attn#."
    ),
    _other(
        "OmniGen", "^input_x_embedder.|^patch_embedding.input_image_proj.", "^llm.layers.|^layers."
    ),
    # by their texts and entries
    _other("Nucleus-Image", "^transformer_blocks.#.img_mlp.experts."),
    _other("Qwen-Image 2.1", "^txt_in.text_norm.", "^transformer_blocks.#."),
    _other("ERNIE-Image", "^text_proj.", "^layers.#.self_attention.", "^x_embedder.proj."),
    _other("Krea 2", "^text_fusion.", "^img_in."),
    _other("GLM-Image", "^glyph_projector.|^prior_projector.", "^image_projector."),
    _other("PRX", "^blocks.#.attention.img_qkv_proj."),
    LayoutRule(
        "Sana Video",
        ("^patch_embedding.weight$", "^transformer_blocks.#.ff.conv_inverted."),
        widths=(Rank("patch_embedding.weight", 5),),
        variant=VIDEO,
        note=MOVING,
    ),
    _other(
        "Qwen-Image",
        "^transformer_blocks.#.img_mod.",
        "^txt_norm.|^img_in.|^txt_in.|^transformer_blocks.#.txt_mod.",
    ),
    _other("HunyuanDiT", "^text_embedding_padding$"),
    _other("Sana", "^blocks.#.mlp.inverted_conv.|^transformer_blocks.#.ff.conv_inverted."),
    _video("LTX-Video", "^patchify_proj."),
    _video(
        "LTX-Video", "^caption_projection.", "^proj_in.weight$", "^transformer_blocks.#.attn#.to_q."
    ),
    _video("Allegro or Latte", "^temporal_transformer_blocks."),
    _video("Wan", "^patch_embedding.weight$", "^text_embedding.|^condition_embedder."),
    _video("Wan", "^blocks.#.self_attn.q.", "^blocks.#.cross_attn.k."),
    _video("Mochi", "^blocks.#.attn.qkv_x.|^time_embed.pooler."),
    _video(
        "CogVideoX",
        "^patch_embed.text_proj.",
        "^time_embedding.",
        "^transformer_blocks.#.norm#.linear.",
    ),
    _other("CogView", "^patch_embed.text_proj.", "^time_condition_embed."),
    _video("Kandinsky 5", "^visual_transformer_blocks.", "^text_transformer_blocks."),
    _other("Anima", "^llm_adapter.", "^blocks.#.", runs=False),
    _other(
        "Cosmos",
        "^blocks.#.adaln_modulation_self_attn.|^blocks.block#.blocks.|^transformer_blocks.#.norm#.linear_#.",
        "^x_embedder.proj.|^patch_embed.proj.|^t_embedder.",
        runs=False,
    ),
    _other(
        "PixArt",
        "^adaln_single.",
        "^caption_projection.|^pos_embed.proj.",
        widths=(Width("pos_embed.proj.weight", 0, (1152,)),),
    ),
    _video("Allegro or alike", "^adaln_single.", "^caption_projection.", "^transformer_blocks.#."),
    _other("PixArt", "^y_embedder.y_proj.", "^t_block.|^blocks.#.cross_attn.kv_linear."),
    _other("BAGEL or Cosmos 3", ".mlp_moe_gen.|_moe_gen.", runs=False),
)
# Where nothing above fits, a transformer that denoises can be told by the shape of its names.
LAST: tuple[LayoutRule, ...] = (
    LayoutRule(
        "a transformer of a kind that is not known",
        (
            "^transformer_blocks.#.|^double_blocks.#.|^joint_blocks.#.|^single_blocks.#.|^blocks.#.|^layers.#.",
            "^x_embedder.|^img_in.|^patch_embed.|^pos_embed.|^patch_embedding.|^proj_in.|^t_embedder.|^time_embed.|^final_layer.",
        ),
        note=(
            "It looks like the denoiser of a transformer model, of none of the "
            "families that Calotype knows."
        ),
    ),
)

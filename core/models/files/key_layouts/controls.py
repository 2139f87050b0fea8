"""ControlNets and their kin, and what gives a denoiser a picture: they hold a denoiser's own names,
so they are asked for first."""

from __future__ import annotations

from core.models.files.key_layouts.names import TensorNames
from core.models.files.key_layouts.rules import LayoutMatch, LayoutRule, Width
from core.models.files.key_layouts.unets import widths_of_text
from core.values.model import ModelKind

BY_CONTEXT = {768: "sd15", 1024: "sd21", 2048: "sdxl", 1280: "sdxl-refiner"}
_NOT_A_MODEL = "It is {}, which works only beside a model, and which Calotype does not use."
_KOLORS = (Width("encoder_hid_proj.weight", 1, (4096,)),)


def _by_text(named: TensorNames, row: LayoutRule) -> LayoutMatch:
    """A network with cross-attentions says by their width whose it is."""
    widths = widths_of_text(named)
    family = BY_CONTEXT.get(next(iter(widths)), "") if len(widths) == 1 else ""
    if not family and (
        label := named.shape("label_emb.0.0.weight", "add_embedding.linear_1.weight")
    ):
        family = {2816: "sdxl", 2560: "sdxl-refiner"}.get(label[-1], "")
    return LayoutMatch(ModelKind.CONTROLNET, family, row.variant, row.layout)


def _lllite(named: TensorNames, row: LayoutRule) -> LayoutMatch:
    """kohya-ss' ControlNet-LLLite: 1.x has no blocks numbered 7 with many transformers."""
    widths = [
        shape[1]
        for name, shape in named.items()
        if "attn2" in name and "to_q" in name and name.endswith("down.0.weight") and len(shape) == 2
    ]
    return LayoutMatch(
        ModelKind.CONTROLNET,
        "sdxl" if named.holds("_input_blocks_7_") or 1280 in widths else "sd15",
        row.variant,
    )


def _adapter(named: TensorNames, row: LayoutRule) -> LayoutMatch:
    """T2I-Adapters: pixels are packed by 8 for 1.x, by 16 for XL."""
    entry = named.shape("adapter.conv_in.weight", "conv_in.weight", "adapter.body.0.in_conv.weight")
    wide = bool(entry and len(entry) == 4 and entry[1] >= 256 and named.meets("conv_in.weight"))
    return LayoutMatch(ModelKind.CONTROLNET, "sdxl" if wide else "sd15", row.variant)


def _none(name: str, *has: str, lacks: tuple[str, ...] = ()) -> LayoutRule:
    """What is no kind of ours; said so that the person knows what the file is."""
    return LayoutRule(
        name,
        has,
        lacks,
        variant=name,
        note=_NOT_A_MODEL.format(f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"),
    )


def _foreign(
    name: str, *has: str, lacks: tuple[str, ...] = (), widths: tuple[Width, ...] = ()
) -> LayoutRule:
    return LayoutRule(
        name=name,
        has=has,
        lacks=lacks,
        widths=widths,
        kind=ModelKind.CONTROLNET,
        variant="controlnet",
        note=f"It is a ControlNet of {name}, which Calotype does not run.",
    )


_HINT = "^control_model.input_hint_block.|^input_hint_block."
_ZERO = "^zero_convs.|^control_model.zero_convs."
# one stray name in a whole checkpoint makes no ControlNet of it
_INSIDE = ("model.diffusion_model.input_blocks.", "^first_stage_model.")
_UNET_CONTROL = "^controlnet_cond_embedding.|^controlnet_down_blocks.|^controlnet_mid_block."
_BLOCKS = (
    "^controlnet_blocks.|^controlnet_double_blocks.|^controlnet_single_blocks.|"
    "^controlnet_x_embedder.|^controlnet_mode_embedder."
)
TABLE: tuple[LayoutRule, ...] = (
    # pictures as prompts; some carry LoRA inside
    _none(
        "IP-Adapter",
        "^ip_adapter.|^image_proj.|.ip_adapter_|^ip_adapter_proj_model.|.to_k_ip.|.to_v_ip.|^encoder_hid_proj.image_projection_layers.",
        lacks=_INSIDE,
    ),
    _none("PuLID", "^pulid_ca.|^pulid_encoder.|^id_adapter_attn_layers."),
    _none("PhotoMaker", "^id_encoder.", "^lora_weights.|^id_encoder.visual_projection"),
    _none("FLUX Redux", "^redux_up.", "^redux_down."),
    _none("GLIGEN part", "^position_net.", lacks=("^input_blocks.|^down_blocks.",)),
    _none("T2I style adapter", "^transformer_layes.|^style_embedding$", lacks=("^controlnet_",)),
    _none("UNet with a ControlNet-XS inside", "^base_conv_in.", "^ctrl_conv_in."),
    LayoutRule(
        "Wan VACE",
        ("^vace_blocks.", "^patch_embedding.", "^blocks.#.self_attn.|^blocks.#.attn#."),
        variant="video",
        note="It makes video, which Calotype does not.",
    ),
    # by what is theirs alone
    LayoutRule(
        "Control-LoRA",
        ("^lora_controlnet$",),
        kind=ModelKind.CONTROLNET,
        variant="control-lora",
        more=_by_text,
    ),
    LayoutRule(
        "ControlNet-LLLite",
        ("^lllite_unet_",),
        kind=ModelKind.CONTROLNET,
        variant="lllite",
        more=_lllite,
    ),
    LayoutRule(
        "BrushNet", ("^brushnet_",), kind=ModelKind.CONTROLNET, variant="brushnet", more=_by_text
    ),
    LayoutRule(
        "SparseCtrl",
        (_UNET_CONTROL, ".motion_modules."),
        kind=ModelKind.CONTROLNET,
        variant="sparsectrl",
        note="It steers video, which Calotype does not make.",
    ),
    # Kolors has XL's widths and another text encoder
    _foreign("Kolors", "^controlnet_", "^encoder_hid_proj.weight$", widths=_KOLORS),
    _foreign(
        "Kolors",
        _UNET_CONTROL,
        "^add_embedding.linear_1.weight$",
        widths=(Width("add_embedding.linear_1.weight", 1, (5632,)),),
    ),
    # transformers
    _foreign(
        "Qwen-Image",
        _BLOCKS,
        "^txt_norm.|^transformer_blocks.#.img_mod.|^transformer_blocks.#.txt_mod.",
    ),
    _foreign("Chroma", f"{_BLOCKS}|{_HINT}", "^distilled_guidance_layer."),
    _foreign("HunyuanDiT", _BLOCKS, "^text_embedding_padding$"),
    _foreign("Sana", _BLOCKS, "^transformer_blocks.#.ff.conv_inverted.|^caption_norm."),
    _foreign("PixArt", _BLOCKS, "^adaln_single."),
    _foreign("FLUX.2", f"{_BLOCKS}|^control_transformer_blocks.", "^double_stream_modulation_img."),
    _foreign("Z-Image", "^control_layers.|^control_noise_refiner."),
    _foreign(
        "Wan",
        "^vace_blocks.|^control_adapter.|^controlnet_blocks.|^controlnet_patch_embedding.",
        "^patch_embedding.|^blocks.#.cross_attn.",
    ),
    _foreign("CogVideoX", _BLOCKS, "^patch_embed.text_proj."),
    LayoutRule(
        "SD 3 ControlNet",
        (_BLOCKS, "^pos_embed_input.|^pos_embed.proj.|^joint_blocks."),
        ("^single_transformer_blocks.", "^double_blocks."),
        kind=ModelKind.CONTROLNET,
        family="sd3",
        variant="controlnet",
        layout="diffusers",
    ),
    LayoutRule(
        name="FLUX ControlNet",
        has=(
            _BLOCKS,
            "^single_transformer_blocks.|^double_blocks.|^x_embedder.weight$|^img_in.weight$|^controlnet_mode_embedder.",
        ),
        lacks=(),
        widths=(
            Width("x_embedder.weight|img_in.weight", 1, (64, 128, 384)),
            Width("context_embedder.weight|txt_in.weight", 1, (4096,)),
        ),
        kind=ModelKind.CONTROLNET,
        family="flux",
        variant="controlnet",
        layout="diffusers",
    ),
    LayoutRule(
        name="FLUX ControlNet",
        has=(_HINT, "^double_blocks."),
        lacks=(),
        widths=(Width("txt_in.weight", 1, (4096,)),),
        kind=ModelKind.CONTROLNET,
        family="flux",
        variant="controlnet",
        layout="ldm",
    ),
    LayoutRule(
        name="SD 3 ControlNet",
        has=(_BLOCKS, "^transformer_blocks."),
        lacks=(),
        widths=(
            Width("controlnet_blocks.0.weight", 1, (1536, 2432)),
            Width("context_embedder.weight", 1, (4096,)),
        ),
        kind=ModelKind.CONTROLNET,
        family="sd3",
        variant="controlnet",
        layout="diffusers",
    ),
    LayoutRule(
        name="FLUX ControlNet",
        has=(_BLOCKS, "^transformer_blocks."),
        lacks=(),
        widths=(Width("controlnet_blocks.0.weight", 1, (3072,)),),
        kind=ModelKind.CONTROLNET,
        family="flux",
        variant="controlnet",
        layout="diffusers",
    ),
    _foreign("a family that is not known", _BLOCKS, lacks=("^down_blocks.", "^input_blocks.")),
    # UNets
    LayoutRule(
        "ControlNet",
        (_HINT, _ZERO),
        kind=ModelKind.CONTROLNET,
        variant="controlnet",
        layout="ldm",
        more=_by_text,
    ),
    LayoutRule(
        "ControlNet",
        (f"{_HINT}|{_ZERO}|^control_model.",),
        ("^double_blocks.", *_INSIDE),
        kind=ModelKind.CONTROLNET,
        variant="controlnet",
        layout="ldm",
        more=_by_text,
    ),
    LayoutRule(
        "ControlNet",
        (_UNET_CONTROL,),
        ("^up_blocks.#.resnets.",),
        kind=ModelKind.CONTROLNET,
        variant="controlnet",
        layout="diffusers",
        more=_by_text,
    ),
    LayoutRule(
        "T2I-Adapter",
        ("^body.#.resnets.|^body.#.in_conv.|^body.#.block#.|^adapter.body.#.",),
        ("^params", "^conv_first."),
        kind=ModelKind.CONTROLNET,
        variant="t2i-adapter",
        more=_adapter,
    ),
)

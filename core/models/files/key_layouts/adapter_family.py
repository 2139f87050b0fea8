"""Whose a LoRA is: a table of the names of the layers it changes, and the widths of those whose
names several families share.

Spellings: kohya-ss ("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight"), diffusers and PEFT
("transformer.", "unet."), ComfyUI ("diffusion_model."), OneTrainer ("lora_transformer_"). Dots and
underscores are one, since kohya-ss writes both as underscores, and numbers are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from core.models.files.key_layouts.names import Shapes, TensorNames

_CONTEXT = {768: "sd15", 1024: "sd21", 2048: "sdxl", 1280: "sdxl-refiner"}
# how wide their inner layers are
_FLUX_WIDE = (3072,)
_SD3_WIDE = (1536, 2432)
_UNET = "down_blocks_|up_blocks_|mid_block_|input_blocks_|output_blocks_|middle_block_"
# FLUX.1 has 19 double and 38 single blocks; others on blocks of these names have more
_LAST_DOUBLE = 18
_LAST_SINGLE = 37


@dataclass(frozen=True, slots=True)
class AdapterPattern:
    """A row: `has` must all be in the names of the layers, `lacks` must not.
    `family` is "" where `name` says whose it is instead.

    `wide` are the inner widths one of which must be there, where any is known.
    """

    name: str
    family: str
    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    wide: tuple[int, ...] = ()
    blocks: bool = False


_STREAMS = "double_blocks_#_|single_blocks_#_"
_TABLE: tuple[AdapterPattern, ...] = (
    AdapterPattern(
        "a video model's motion",
        "",
        ("motion_modules_|temporal_transformer|_time_stack_|temp_attentions|temp_convs",),
    ),
    AdapterPattern("Stable Cascade", "", ("kv_mapper|lora_prior_unet_|channelwise",)),
    # FLUX's blocks
    AdapterPattern(
        "HunyuanVideo",
        "",
        (
            _STREAMS,
            "individual_token_refiner|img_mlp_fc|txt_mlp_fc|double_blocks_#_img_attn_q_proj|_modulation_linear",
        ),
    ),
    AdapterPattern("Chroma", "", ("distilled_guidance_layer",)),
    AdapterPattern(
        "FLUX.2",
        "flux2",
        (
            "double_stream_modulation|single_stream_modulation|to_qkv_mlp_proj|_ff_linear_in|_ff_context_linear_in",
        ),
    ),
    AdapterPattern("HiDream", "", ("double_stream_blocks_|single_stream_blocks_",)),
    AdapterPattern(
        "AuraFlow", "", ("joint_transformer_blocks_|double_layers_#_|single_layers_#_",)
    ),
    AdapterPattern("Kandinsky 5", "", ("visual_transformer_blocks_",)),
    AdapterPattern(
        name="FLUX.1",
        family="flux",
        has=(_STREAMS,),
        lacks=("individual_token_refiner",),
        wide=_FLUX_WIDE,
        blocks=True,
    ),
    AdapterPattern(
        name="FLUX.2",
        family="flux2",
        has=(_STREAMS,),
        lacks=("individual_token_refiner",),
        wide=(4096, 6144),
    ),
    AdapterPattern("another model on FLUX's blocks", "", (_STREAMS,)),
    AdapterPattern("Qwen-Image", "", ("transformer_blocks_#_img_m|transformer_blocks_#_txt_m",)),
    AdapterPattern(
        name="FLUX.1",
        family="flux",
        has=("single_transformer_blocks_#_",),
        lacks=(),
        wide=_FLUX_WIDE,
        blocks=True,
    ),
    AdapterPattern(
        name="FLUX.2",
        family="flux2",
        has=("single_transformer_blocks_#_",),
        lacks=(),
        wide=(4096, 6144),
    ),
    AdapterPattern("another model on FLUX's blocks", "", ("single_transformer_blocks_#_",)),
    # Stability's
    AdapterPattern("Stable Diffusion 3", "sd3", ("joint_blocks_#_",)),
    AdapterPattern("Sana", "", ("conv_inverted|inverted_conv",)),
    AdapterPattern("PixArt", "", ("adaln_single_|cross_attn_kv_linear|cross_attn_q_linear",)),
    # Lumina's line
    AdapterPattern(
        "Z-Image or Lumina",
        "",
        (
            "noise_refiner_|context_refiner_|layers_#_attention_to_|layers_#_attention_qkv|layers_#_attention_out|"
            "layers_#_adaLN_modulation|layers_#_feed_forward_w|layers_#_attn_to_",
        ),
        ("text_model_encoder_layers",),
    ),
    AdapterPattern("OmniGen", "", ("llm_layers_#_",)),
    # blocks alone
    AdapterPattern("Anima", "", ("llm_adapter_",)),
    AdapterPattern(
        "Anima or Cosmos",
        "",
        (
            "blocks_#_cross_attn_k_proj|blocks_#_cross_attn_q_proj|blocks_#_self_attn_q_proj|blocks_#_self_attn_k_proj|"
            "blocks_#_cross_attn_v_proj|blocks_#_self_attn_v_proj|blocks_#_adaln_modulation|blocks_#_mlp_layer",
        ),
        (_UNET,),
    ),
    AdapterPattern(
        "Wan",
        "",
        (
            "blocks_#_self_attn_q.|blocks_#_self_attn_k.|blocks_#_self_attn_v.|blocks_#_self_attn_o.|blocks_#_cross_attn_k.|"
            "blocks_#_cross_attn_q.|blocks_#_cross_attn_v.|blocks_#_cross_attn_o.|blocks_#_ffn_#",
        ),
        (_UNET, "transformer_blocks_"),
    ),
    AdapterPattern(
        "Wan", "", ("blocks_#_attn#_to_|blocks_#_attn#_add_",), (_UNET, "transformer_blocks_")
    ),
    AdapterPattern(
        "a model whose text encoder is a language model",
        "",
        (
            "lora_te_layers_|lora_te_model_layers_|text_encoder_layers_#_self_attn|"
            "text_encoder_model_layers_#_self_attn",
        ),
        (_UNET,),
    ),
    AdapterPattern(
        "Mochi", "", ("blocks_#_attn_qkv_x|blocks_#_attn_qkv_y|blocks_#_attn_proj_x",), (_UNET,)
    ),
)
_TRANSFORMER = "transformer_blocks_#_"
_INNER = re.compile(
    r"attn\w*[._](qkv|to_[qkv]|add_[qkv]_proj|q|k|v|q_proj|k_proj|v_proj)\W|linear1|proj_mlp"
)


def _read(shapes: TensorNames) -> AdapterPattern | None:
    text = _Text(shapes)
    for row in _TABLE:
        if (
            all(text.has(pattern) for pattern in row.has)
            and not any(text.has(pattern) for pattern in row.lacks)
            and (not row.wide or _wide(shapes, row.wide))
            and not (row.blocks and _deeper(shapes))
        ):
            return row
    if text.has(_UNET) or not text.has(_TRANSFORMER):
        return None
    return _of_transformer(shapes, text)


def _of_transformer(shapes: TensorNames, text: _Text) -> AdapterPattern | None:
    """diffusers calls the blocks of many models so; SD 3's and FLUX's are told by their widths."""
    if text.has("attn_add_|attn_to_|pos_embed_") and not text.has("attn_norm_added"):
        if _wide(shapes, _SD3_WIDE, known=True):
            return AdapterPattern("Stable Diffusion 3", "sd3", ())
        if _wide(shapes, _FLUX_WIDE, known=True) and not _deeper(shapes):
            return AdapterPattern("FLUX.1", "flux", ())
    return AdapterPattern("another transformer model", "", ())


class _Text:
    """The names of the layers: dots as underscores, but a dot where the layer's
    name ends; numbers left out."""

    def __init__(self, shapes: TensorNames) -> None:
        self._text = _flat(shapes.skeleton)

    def has(self, condition: str) -> bool:
        return any(part in self._text for part in _alternatives(condition))


@lru_cache(maxsize=512)
def _alternatives(condition: str) -> tuple[str, ...]:
    return tuple(
        "".join(sign for sign in part if sign != "#" and not sign.isdecimal())
        for part in condition.split("|")
    )


_PARTS = re.compile(
    r"\.((?:lora_|lora\.|hada_|lokr_|oft_|boft_|dora_|glokr_|diff|alpha$|on_input|[ab]m?\.weight$|w_norm|b_norm|rescale|set_weight)"
    r"[\w.]*)$",
    re.MULTILINE,
)


def _flat(skeleton: str) -> str:
    return _PARTS.sub(r"\n\1", skeleton).replace(".", "_").replace("\n", ".")


def _deeper(shapes: TensorNames) -> bool:
    """Whether there are blocks of higher numbers than FLUX.1 has."""
    double = -1
    if shapes.holds("double_blocks", "transformer_blocks"):
        double = max(
            shapes.highest(f"{before}{block}{after}")
            for before in ("\n", ".", "_")
            for block in ("double_blocks", "transformer_blocks")
            for after in "._"
        )
    single = max(
        shapes.highest(f"{block}{after}")
        for block in ("single_blocks", "single_transformer_blocks")
        for after in "._"
    )
    both = shapes.holds("single_transformer_blocks")  # "_transformer_blocks" ends that name too
    return single > _LAST_SINGLE or double > (_LAST_SINGLE if both else _LAST_DOUBLE)


def _wide(shapes: TensorNames, allowed: tuple[int, ...], *, known: bool = False) -> bool:
    """Whether attention layers take inputs of an allowed width; where none tells, `not known`."""
    told = False
    for name, shape in shapes.items():
        if _INNER.search(name):
            width = input_width(name, shape, shapes)
            if width:
                told = True
                if width in allowed:
                    return True
    return not told and not known


def foreign(shapes: TensorNames) -> str:
    """The name of the model that an adapter was made for, where it is none of our families; ""
    otherwise or where nothing tells."""
    row = _read(shapes)
    return row.name if row is not None and not row.family else ""


def lora_family(shapes: TensorNames) -> str:
    """The family an adapter was made for, "" where its tensors do not
    tell or it is none of ours."""
    row = _read(shapes)
    if row is not None:
        return row.family
    text = _Text(shapes)
    if text.has(_UNET):
        return _of_unet(shapes)
    return _of_text_encoders(shapes)


def _of_unet(shapes: TensorNames) -> str:
    """By the widths of the texts that its cross-attentions take, then by the depth
    and place of its blocks."""
    widths: set[int] = set()
    for name, shape in shapes.items():
        if "attn2" in name and ("to_k" in name or "to_v" in name):
            widths.add(input_width(name, shape, shapes))
    widths.discard(0)
    if widths:
        return _CONTEXT.get(next(iter(widths)), "") if len(widths) == 1 else ""
    if re.search(
        r"attentions[._]\d+[._]transformer_blocks[._][2-9]|(input|output)_blocks[._][4578][._]1[._]transformer_blocks[._][2-9]"
        r"|middle_block[._]1[._]transformer_blocks[._][2-9]",
        shapes.lines,
    ):
        return "sdxl"  # only there several transformers stand in one place
    return _of_text_encoders(shapes)


def _of_text_encoders(shapes: TensorNames) -> str:
    """An adapter of the text encoder alone: CLIP-L is 768 wide, OpenCLIP-H 1024, XL's second 1280.

    A first of several ("te1" without "te2") may be of any family.
    """
    if not re.search(r"text_model[._]encoder[._]layers", shapes.lines):
        return ""
    # T5, which FLUX has too, under the same number
    third = shapes.holds("lora_te3_", "text_encoder_3.")
    if shapes.holds("lora_te2_text_model", "text_encoder_2.text_model"):
        return "sd3" if third else "sdxl"
    if third or shapes.holds("lora_te1_"):
        return ""
    widths = {
        input_width(name, shape, shapes)
        for name, shape in shapes.items()
        if re.search(r"text_model\W?\w*.*(q_proj|k_proj|v_proj)", name)
    } - {0}
    return {768: "sd15", 1024: "sd21"}.get(next(iter(widths)), "") if len(widths) == 1 else ""


_ENTERING = (
    "lora_down.weight",
    ".lora_A.weight",
    "lora.down.weight",
    "_lora1.down.weight",
    "_lora2.down.weight",
    "lora_linear_layer.down.weight",
    ".hada_w1_b",
    ".diff",
)


def input_width(name: str, shape: tuple[int, ...], shapes: Shapes) -> int:
    """The layer's input width, from the factor that holds it (0 where this
    tensor is not that factor)."""
    if len(shape) < 2:
        return 0
    if name.endswith(_ENTERING) or (".lora_A." in name and name.endswith(".weight")):
        return shape[1]
    if not name.endswith((".lokr_w2", ".lokr_w2_b")):
        return 0
    layer = name.rpartition(".")[0]
    small = shapes.get(layer + ".lokr_w1") or shapes.get(layer + ".lokr_w1_b")
    return shape[1] * small[1] if small and len(small) == 2 else 0

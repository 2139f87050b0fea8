"""Stable Diffusion's UNets, in the original layout and in diffusers': whose they are by the width
of the texts they take, and what sets those apart that share the names but are fed otherwise.

Widths: cross-attention takes texts 768 wide in 1.x, 1024 in 2.x, 2048 in XL base, 1280 in XL's
refiner; the first layer is 320 wide, the refiner's 384; XL is told sizes and a pooled text in 2816
numbers, its refiner in 2560.
"""

from __future__ import annotations

from dataclasses import replace

from core.models.files.key_layouts.names import STRAY_NAMES, TensorNames
from core.models.files.key_layouts.rules import LayoutMatch, LayoutRule, Width
from core.values.model import ModelKind, Problem, Reason, unsupported

_FAMILIES = {768: "sd15", 1024: "sd21", 2048: "sdxl", 1280: "sdxl-refiner"}
_BASE = {"sd15": 320, "sd21": 320, "sdxl": 320, "sdxl-refiner": 384}
_POOLED = {"sdxl": 2816, "sdxl-refiner": 2560}
_VARIANTS = {4: "", 9: "inpainting", 8: "instruct", 5: "depth", 7: "upscale"}
_LDM = "model.diffusion_model."
_WHOLE = {
    "sd15": ("cond_stage_model.",),
    "sd21": ("cond_stage_model.",),
    "sdxl": ("conditioner.embedders.0.", "conditioner.embedders.1."),
    "sdxl-refiner": ("conditioner.embedders.0.",),
}
_COMPLETE = (
    "Get the complete checkpoint with its text encoders and VAE in one file, "
    "or the model as a diffusers folder."
)
_PACKED = (
    ".quant_state.|.absmax$|.scale_weight$|.weight_scale$|scaled_fp#$|.comfy_quant$|.scale_input$"
)
_ENTRY = "^input_blocks.#.#.weight$|^conv_in.weight$"
_BODY = "^input_blocks.#.#.|^down_blocks.#."


def widths_of_text(named: TensorNames) -> set[int]:
    """How wide the texts are that a UNet's cross-attentions take, also where their weights are
    stored as a product of two."""
    own = "\n" + _LDM in named.lines
    return {
        shape[1]
        for name, shape in named.items()
        if "attn2.to_" in name
        and name.endswith(
            ("attn2.to_k.weight", "attn2.to_v.weight", "attn2.to_k.down", "attn2.to_v.down")
        )
        and len(shape) >= 2
        and (not own or name.startswith(_LDM))
    }


def _layout(named: TensorNames) -> str:
    return "ldm" if named.meets("^input_blocks.#.#.weight$") else "diffusers"


def _parts(
    named: TensorNames, layout: str, family: str
) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """The parts inside that can be read, and a sentence about those that are missing."""
    whole = layout == "ldm" and named.begins(_LDM)
    text = whole and all(
        named.begins(prefix) for prefix in _WHOLE.get(family, ("cond_stage_model.",))
    )
    text = text or (
        whole and family in ("sd15", "sd21") and named.begins("conditioner.embedders.0.")
    )
    vae = whole and named.has_part("first_stage_model.")
    parts = ("unet", *(("vae",) if vae else ()), *(("text_encoder",) if text else ()))
    absent = [words for words, there in (("no text encoder", text), ("no VAE", vae)) if not there]
    if absent and whole and named.begins("conditioner.embedders."):
        absent = [
            word.replace("no text encoder", "only one of its two text encoders") for word in absent
        ]
    if not absent:
        return parts, ()
    return parts, (Problem(Reason.INCOMPLETE, f"It holds {' and '.join(absent)}. {_COMPLETE}"),)


_OTHERWISE_PACKED = (
    "Its weights are scaled or packed for another program; get it as plain float16 or bfloat16."
)
_ESTIMATOR = "Its denoiser takes a picture beside its own, as estimators of depth and normals do."
_PRUNED_XL = (
    "It is a pruned XL (SSD-1B, Vega, KOALA or alike) whose single file cannot be used here; get "
    "the model as a diffusers folder."
)


def _fits(named: TensorNames, family: str, entry: tuple[int, ...], widths: set[int]) -> str:
    """One sentence where a family's UNet does not look so; "" where all that is there agrees."""
    if len(widths) > 1:
        return (
            "Its cross-attentions take texts of different widths "
            f"({', '.join(map(str, sorted(widths)))}), so it is of no one family."
        )
    if not widths:
        return "It takes no text: it has no cross-attentions."
    if not family:
        return (
            f"Its text context is {next(iter(widths))} wide, which is none of Stable Diffusion's."
        )
    if entry[0] != _BASE[family]:
        return f"Its first layer is {entry[0]} wide, which no model of the width of its texts is."
    pooled = named.shape("label_emb.0.0.weight", "add_embedding.linear_1.weight")
    if pooled and len(pooled) == 2 and pooled[1] != _POOLED.get(family, 0):
        return (
            f"It takes {pooled[1]} numbers beside the text, which no model of Stable Diffusion "
            "that Calotype knows does."
        )
    return ""


def _plain(named: TensorNames, row: LayoutRule) -> LayoutMatch | None:
    """The family by all that is known of it; "sd-unknown" where the parts contradict each other."""
    entry = named.shape("input_blocks.0.0.weight", "conv_in.weight")
    if entry is None or len(entry) != 4:
        return None
    layout = _layout(named)
    widths = widths_of_text(named)
    family = _FAMILIES.get(next(iter(widths)), "") if len(widths) == 1 else ""
    strange = _fits(named, family, entry, widths)
    family = "sd-unknown" if strange else family
    parts, missing = _parts(named, layout, family)
    problems = [Problem(Reason.FOREIGN, strange)] if strange else list(missing)
    if named.meets(_PACKED):
        problems.append(unsupported(_OTHERWISE_PACKED))
    variant = _VARIANTS.get(entry[1], "")
    if entry[1] not in _VARIANTS:
        problems.append(
            unsupported(f"Its denoiser takes {entry[1]} channels; 4, 8 and 9 are known.")
        )
    elif (family, entry[1]) == ("sd21", 8):
        variant = ""
        problems.append(unsupported(_ESTIMATOR))
    return LayoutMatch(
        kind=ModelKind.CHECKPOINT,
        family=family,
        variant=variant,
        layout=layout,
        parts=parts,
        problems=tuple(problems),
    )


def _aside(named: TensorNames, row: LayoutRule) -> LayoutMatch | None:
    """One of a known family in all but what the row says."""
    match = _plain(named, row)
    return match and replace(
        match, variant=row.variant, problems=(unsupported(row.note), *match.problems)
    )


def _foreign(
    name: str, *has: str, lacks: tuple[str, ...] = (), widths: tuple[Width, ...] = (), why: str = ""
) -> LayoutRule:
    """A UNet of another model."""
    return LayoutRule(
        name=name,
        has=(_ENTRY, *has),
        lacks=lacks,
        widths=widths,
        kind=ModelKind.CHECKPOINT,
        note=why or f"It is {name}, which Calotype does not run.",
        more=_alike,
    )


def _alike(named: TensorNames, row: LayoutRule) -> LayoutMatch:
    return LayoutMatch(
        kind=ModelKind.CHECKPOINT,
        family="",
        variant=row.name,
        layout=_layout(named),
        parts=("unet",),
        problems=(unsupported(row.note),),
    )


def _special(name: str, *has: str, note: str, lacks: tuple[str, ...] = ()) -> LayoutRule:
    """A model of a known family that is fed or sampled in a way that is not here."""
    return LayoutRule(name, (_ENTRY, *has), lacks, variant=name, note=note, more=_aside)


_KOLORS = (
    "It is Kolors, which has Stable Diffusion XL's shape but another text encoder; "
    "Calotype does not run it."
)
_PRUNED = (
    "^input_blocks.7.1.transformer_blocks.1.|^input_blocks.8.1.transformer_blocks.1."
    "|^down_blocks.2.attentions.0.transformer_blocks.1."
)
TABLE: tuple[LayoutRule, ...] = (
    LayoutRule(
        "video",
        (
            _ENTRY,
            _BODY,
            ".time_stack.|.time_mixer.|temporal|temopral|.motion_modules.|^transformer_in.",
        ),
        variant="video",
        note="It makes video, which Calotype does not.",
    ),
    # other models' UNets
    _foreign("DreamLite", ".depthwise.", "^down_blocks."),
    _foreign("DeepFloyd IF", "^encoder_hid_proj.weight$", ".add_k_proj.", lacks=(".attn2.",)),
    _foreign(
        "Kandinsky 2",
        "^encoder_hid_proj.image_embeds.|^add_embedding.text_proj.|^add_embedding.image_norm.",
        ".add_k_proj.|^add_embedding.",
    ),
    _foreign(
        "Kandinsky 3", "^projection_lin.|^encoder_hid_proj.projection_linear.", "^down_blocks."
    ),
    _foreign(
        "Kolors",
        _BODY,
        "^encoder_hid_proj.weight$",
        widths=(Width("encoder_hid_proj.weight", 1, (4096,)),),
        why=_KOLORS,
    ),
    _foreign(
        "Kolors",
        _BODY,
        "^add_embedding.linear_1.weight$|^label_emb.0.0.weight$",
        widths=(Width("add_embedding.linear_1.weight|label_emb.0.0.weight", 1, (5632,)),),
        why=_KOLORS,
    ),
    _foreign(
        "latent upscaler",
        "^time_proj.weight$",
        "^down_blocks.",
        why="It enlarges latents of Stable Diffusion, which Calotype does not do.",
    ),
    _foreign("BLIP-Diffusion", "^qformer."),
    _foreign(
        "zero123",
        "^cc_projection.",
        why="It turns the thing in a picture (zero123), which Calotype does not do.",
    ),
    _foreign(
        "MVDream",
        "^camera_embed.",
        why="It makes several views of a thing (MVDream), which Calotype does not do.",
    ),
    _foreign(
        "AudioLDM",
        "^film_emb.|^cond_stage_model.audio_branch.",
        why="It makes sound, which Calotype does not.",
    ),
    _foreign(
        "unCLIP",
        _BODY,
        "^noise_augmentor.|^label_emb.0.0.weight$|^class_embedding.linear_1.weight$",
        ".attn2.",
        widths=(Width("label_emb.0.0.weight|class_embedding.linear_1.weight", 1, (1536, 2048)),),
        why="It makes variants of a picture (unCLIP), which Calotype does not do.",
    ),
    # of a known family, fed otherwise
    _special(
        "gligen",
        "^position_net.",
        note="It wants boxes for its things (GLIGEN), which are not supported.",
    ),
    _special(
        "playground-v2.5",
        "^edm_mean$",
        note=(
            "It is Playground 2.5, sampled by EDM's rules and scaled otherwise than XL, "
            "which are not supported."
        ),
    ),
    _special(
        "cosxl",
        "^edm_vpred.sigma_max$|^edm_vpred.sigma_min$",
        note="It is CosXL, which predicts v by EDM's rules, which are not supported.",
    ),
    _special(
        "lcm",
        "^time_embed.cond_proj.|^time_embedding.cond_proj.",
        note="Its denoiser takes the guidance as an input (LCM); get it as a diffusers folder.",
    ),
    LayoutRule(
        "pruned XL",
        (_ENTRY, _PRUNED),
        (".attn.to_k_ip.",),
        variant="pruned",
        more=lambda named, row: _pruned(named),
    ),
    LayoutRule("Stable Diffusion", ("^input_blocks.#.#.weight$", ".attn2."), more=_plain),
    LayoutRule(
        "Stable Diffusion",
        ("^conv_in.weight$", "^down_blocks.#.", ".attn2."),
        ("^controlnet_",),
        more=_plain,
    ),
)
LAST: tuple[LayoutRule, ...] = (
    LayoutRule("a UNet without text", ("^input_blocks.#.#.weight$",), more=_plain),
    LayoutRule(
        "a UNet without text",
        ("^conv_in.weight$", "^down_blocks.#.resnets.", "^up_blocks.#.resnets."),
        variant="UNet",
        note="It is the UNet of a diffusion model that takes no text, which Calotype does not run.",
    ),
)


def _pruned(named: TensorNames) -> LayoutMatch | None:
    """XL's blocks hold ten transformers at the bottom; SSD-1B, Vega and KOALA hold fewer."""
    tenth = named.lines.count(".transformer_blocks.9.")
    if tenth > STRAY_NAMES or widths_of_text(named) != {2048}:
        return None
    return LayoutMatch(
        kind=ModelKind.CHECKPOINT,
        family="",
        variant="pruned",
        layout=_layout(named),
        parts=("unet",),
        problems=(unsupported(_PRUNED_XL),),
    )

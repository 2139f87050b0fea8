"""The names of a node's widgets in their order, as the editor's page lists their values.

Newer pages name them themselves; for older ones the nodes that a recipe is read from are listed
here. "" is the choice of what becomes of a seed after a picture, which is no input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.system.json_files import list_or_empty, table_or_empty

_SEEDS = frozenset({"seed", "noise_seed"})
_AFTERWARDS = frozenset({"fixed", "increment", "decrement", "randomize"})
_SCALE = ("upscale_method", "width", "height", "crop")
WIDGETS: dict[str, tuple[str, ...]] = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        "add_noise", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler",
        "start_at_step", "end_at_step", "return_with_leftover_noise",
    ),
    "SamplerCustom": ("add_noise", "noise_seed", "", "cfg"),
    "RandomNoise": ("noise_seed", ""),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KarrasScheduler": ("steps", "sigma_max", "sigma_min", "rho"),
    "ExponentialScheduler": ("steps", "sigma_max", "sigma_min"),
    "AlignYourStepsScheduler": ("model_type", "steps", "denoise"),
    "SDTurboScheduler": ("steps", "denoise"),
    "SplitSigmas": ("step",),
    "SplitSigmasDenoise": ("denoise",),
    "CFGGuider": ("cfg",),
    "DualCFGGuider": ("cfg_conds", "cfg_cond2_negative"),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": (
        "width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l",
    ),
    "CLIPTextEncodeSDXLRefiner": ("ascore", "width", "height", "text"),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSD3": ("clip_l", "clip_g", "t5xxl", "empty_padding"),
    "FluxGuidance": ("guidance",),
    "CLIPSetLastLayer": ("stop_at_clip_layer",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "unCLIPCheckpointLoader": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "UnetLoaderGGUF": ("unet_name",),
    "VAELoader": ("vae_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "StableCascade_EmptyLatentImage": ("width", "height", "compression", "batch_size"),
    "LatentUpscale": _SCALE,
    "LatentUpscaleBy": ("upscale_method", "scale_by"),
    "ImageScale": _SCALE,
    "ImageScaleBy": ("upscale_method", "scale_by"),
    "LatentFromBatch": ("batch_index", "length"),
    "UpscaleModelLoader": ("model_name",),
    "ControlNetLoader": ("control_net_name",),
    "ControlNetApply": ("strength",),
    "ControlNetApplyAdvanced": ("strength", "start_percent", "end_percent"),
    "VAEEncodeForInpaint": ("grow_mask_by",),
    "LoadImage": ("image",),
    "RescaleCFG": ("multiplier",),
    "FreeU": ("b1", "b2", "s1", "s2"),
    "FreeU_V2": ("b1", "b2", "s1", "s2"),
    "TomePatchModel": ("ratio",),
    "ModelSamplingFlux": ("max_shift", "base_shift", "width", "height"),
    "ModelSamplingSD3": ("shift",),
    "ModelSamplingAuraFlow": ("shift",),
    "DualCLIPLoader": ("clip_name1", "clip_name2", "type", "device"),
    "CLIPLoader": ("clip_name", "type", "device"),
    "ComfySwitchNode": ("switch",),
    "PrimitiveBoolean": ("value",),
    "PrimitiveNode": ("value",),
    "PrimitiveInt": ("value", ""),
    "PrimitiveFloat": ("value",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
    "CR Seed": ("seed", ""),
    "Seed (rgthree)": ("seed",),
    "String Literal": ("string",),
    "StringConcatenate": ("string_a", "string_b", "delimiter"),
    "SDXL Empty Latent Image (rgthree)": ("dimensions", "clip_scale", "batch_size"),
    "SamplerEulerAncestral": ("eta", "s_noise"),
    "SamplerDPMPP_2M_SDE": ("solver_type", "eta", "s_noise", "noise_device"),
    "SamplerDPMPP_3M_SDE": ("eta", "s_noise", "noise_device"),
    "SamplerDPMPP_SDE": ("eta", "s_noise", "r", "noise_device"),
    "SamplerDPMPP_2S_Ancestral": ("eta", "s_noise"),
    "SamplerEulerAncestralCFGPP": ("eta", "s_noise"),
    "SamplerEulerCFGpp": ("version",),
    "SamplerLCM": ("s_noise", "s_noise_end", "noise_clip_std"),
    "SamplerLMS": ("order",),
    "SamplerDPMAdaptative": (
        *("order", "rtol", "atol", "h_init", "pcoeff", "icoeff", "dcoeff", "accept_safety"),
        *("eta", "s_noise"),
    ),
    "SamplerER_SDE": ("solver_type", "max_stage", "eta", "s_noise"),
    "SamplerSASolver": (
        *("eta", "sde_start_percent", "sde_end_percent", "s_noise", "predictor_order"),
        *("corrector_order", "use_pece", "simple_order_2"),
    ),
    "SamplerSEEDS2": ("solver_type", "eta", "s_noise", "r"),
    "PolyexponentialScheduler": ("steps", "sigma_max", "sigma_min", "rho"),
    "BNK_CLIPTextEncodeAdvanced": ("text", "token_normalization", "weight_interpretation"),
    "GITSScheduler": ("coeff", "steps", "denoise"),
    "BetaSamplingScheduler": ("steps", "alpha", "beta"),
    "ManualSigmas": ("sigmas",),
    "LaplaceScheduler": ("steps", "sigma_max", "sigma_min", "mu", "beta"),
    "VPScheduler": ("steps", "beta_d", "beta_min", "eps_s"),
    "RepeatLatentBatch": ("amount",),
    "ImpactKSamplerBasicPipe": (
        "seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise",
    ),
    "KSampler (Efficient)": (
        "seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise", "preview_method",
        "vae_decode",
    ),
    "Efficient Loader": (
        "ckpt_name", "vae_name", "clip_skip", "lora_name", "lora_model_strength",
        "lora_clip_strength", "positive", "negative", "token_normalization",
        "weight_interpretation", "empty_latent_width", "empty_latent_height", "batch_size",
    ),
    "Lora Loader Stack (rgthree)": (
        "lora_01", "strength_01", "lora_02", "strength_02", "lora_03", "strength_03", "lora_04",
        "strength_04",
    ),
}  # fmt: skip


def widget_values(node: Mapping[str, Any]) -> dict[str, object]:
    """A page's node's values by their names; those whose names are not known are left out."""
    values = node.get("widgets_values")
    if by_name := table_or_empty(values):
        return dict(by_name)
    listed = list_or_empty(values)
    kind = node.get("type")
    known = WIDGETS.get(kind if isinstance(kind, str) else "", ())
    names = _named(node, listed) or tuple(_fitting(known, listed))
    found = {name: value for name, value in zip(names, listed, strict=False) if name}
    for place, value in enumerate(listed):  # rgthree's rows of LoRAs
        if "lora" in table_or_empty(value):
            found[f"lora_{place}"] = value
    return found


def _fitting(names: tuple[str, ...], values: list[Any]) -> Iterator[str]:
    """The names without the choice of what becomes of a seed, where an older page has a number in
    its place; those before it where something else stands there."""
    place = 0
    for name in names:
        value = values[place] if place < len(values) else None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not name and is_number:
            continue
        if not name and isinstance(value, list | dict):
            return
        yield name
        place += 1


def _named(node: Mapping[str, Any], values: list[Any]) -> tuple[str, ...]:
    """As the node's own inputs name them; () where those are not as many as the values."""
    names = tuple(_with_afterwards(list(_own_names(node)), values))
    return names if len(names) == len(values) else ()


def _own_names(node: Mapping[str, Any]) -> Iterator[str]:
    for each in list_or_empty(node.get("inputs")):
        name = table_or_empty(table_or_empty(each).get("widget")).get("name")
        if isinstance(name, str):
            yield name


def _with_afterwards(names: list[str], values: list[Any]) -> Iterator[str]:
    place = 0
    for name in names:
        yield name
        place += 1
        following = values[place] if place < len(values) else None
        if name in _SEEDS and isinstance(following, str) and following in _AFTERWARDS:
            yield ""
            place += 1
    if names[-1:] == ["image"] and place + 1 == len(values):
        yield ""  # the button to upload one

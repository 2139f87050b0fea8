"""The `parameters` text of AUTOMATIC1111's web UI and the many programs that write it too: written
here, read in core.metadata.parsing.web_ui.
"""

from __future__ import annotations

import json
from pathlib import PurePath

from core.metadata.infotext.upscaling import BY, UPSCALER, upscale_texts
from core.metadata.infotext.written import composed_size, start_texts
from core.metadata.parsing.emphasis_names import NAMES
from core.metadata.parsing.web_ui import parse
from core.models.files.families import FAMILIES
from core.prompt.loras import lora_tag
from core.sampling.samplers import SAMPLERS
from core.values.declared.limits import SIZE_STEP
from core.values.declared.parameter import declared_fields, in_full
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.levels import as_text

__all__ = ["parse", "write"]

_FROM_SCHEDULE = {
    "karras": "Karras",
    "exponential": "Exponential",
    "polyexponential": "Polyexponential",
    "sgm_uniform": "SGM Uniform",
    "simple": "Simple",
    "discrete": "Normal",
    "beta": "Beta",
    "align_your_steps": "Align Your Steps",
    "kl_optimal": "KL Optimal",
    "ddim_uniform": "DDIM",
    "linear_quadratic": "Linear Quadratic",
    "turbo": "Turbo",
    "gits": "GITS",
}


# the web UI's order; a parameter's key that is not here comes behind, as its extensions' do
_ORDER = (
    "Steps",
    "Sampler",
    "Schedule type",
    "CFG scale",
    "Image CFG scale",
    "Seed",
    "Size",
    "Model hash",
    "Model",
    "VAE",
    "Variation seed",
    "Variation seed strength",
    "Seed resize from",
    "Denoising strength",
    "Clip skip",
    "ENSD",
    "Token merging ratio",
    "Init image hash",
    "RNG",
    "Tiling",
    "Tile X",
    "Tile Y",
    "Soft inpainting enabled",
    "Mask mode",
    "Mask blur",
    "Inpaint area",
    "Masked area padding",
    "Masked content",
    "Hires sampler",
    "Hires upscale",
    "Hires resize",
    "Hires steps",
    "Hires upscaler",
    BY,
    UPSCALER,
    "UniPC variant",
    "Eta",
    "Eta DDIM",
    "Sigma churn",
    "Sigma tmin",
    "Sigma tmax",
    "Sigma noise",
    "Discard penultimate sigma",
    "Emphasis",
    "Refiner",
    "Refiner switch at",
)
_ALWAYS = frozenset({"Steps", "CFG scale", "Seed"})  # other numbers only where they are not usual
_FLOW_STEP = 16  # pixels: flow models take 2 x 2 latents as one
_UNIPC = {"unipc": "bh2", "unipc_bh1": "bh1"}  # its variants by sampler


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if any(mark in value for mark in ",\n:") else value


def _declared(request: Request) -> dict[str, str]:
    """The parameters that are written as they are, numbers with every digit."""
    texts: dict[str, str] = {}
    for field in declared_fields(Request):
        key = field.declaration.a1111
        value = field.of(request)
        if key and (key in _ALWAYS or value != field.default):
            texts[key] = in_full(value) if isinstance(value, int | float) else str(value)
    return texts


def _by_rule(recipe: Recipe) -> dict[str, str]:
    """What has a rule of its own: names as the web UI has them, pairs of one value and values of
    pairs; "" for none."""
    request = recipe.request
    noise = request.noise
    varied = noise.variation_strength > 0
    return {
        "Sampler": SAMPLERS[request.sampler].label.removesuffix(" bh1"),
        "Schedule type": _FROM_SCHEDULE[request.schedule],
        "Size": "x".join(map(str, composed_size(request, _side_step(recipe)))),
        "Model hash": recipe.model_hash[:10],
        "Model": recipe.model_name or request.model,
        "VAE": PurePath(request.vae).stem,
        "Variation seed": str(noise.variation_seed or 0) if varied else "",
        "Seed resize from": "x".join(map(str, noise.resized_from or ())),
        "RNG": "NV" if noise.source == "philox" else "CPU",
        **_eta(request),
        "Emphasis": NAMES.get(request.emphasis, ""),
        "UniPC variant": _UNIPC.get(request.sampler, ""),
        "Sigmas": as_text(request.levels.sigmas),
        "Refiner": PurePath(request.refiner).stem,
        "Refiner switch at": in_full(request.refiner_at) if request.refiner else "",
    }


def _eta(request: Request) -> dict[str, str]:
    """Of DDIM the web UI knows eta by another name."""
    if request.eta is None or request.sampler != "ddim":
        return {}
    return {"Eta": "", "Eta DDIM": in_full(request.eta)}


def _side_step(recipe: Recipe) -> int:
    row = FAMILIES.get(recipe.family)
    return _FLOW_STEP if row is not None and row.flow else SIZE_STEP


def write(recipe: Recipe) -> str:
    """The text, keys in the order of the web UI."""
    request = recipe.request
    texts = upscale_texts(request.upscale)
    if not request.upscale.bare:
        texts |= _declared(request) | _by_rule(recipe) | start_texts(request, _side_step(recipe))
    keys = [*_ORDER, *(key for key in texts if key not in _ORDER)]
    pairs = [(key, texts[key]) for key in keys if texts.get(key)]
    pairs.append(("Version", f"Calotype {recipe.version}"))
    lines = [request.prompt + "".join(lora_tag(lora) for lora in request.loras)]
    if request.negative_prompt:
        lines.append(f"Negative prompt: {request.negative_prompt}")
    lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in pairs))
    return "\n".join(lines).strip()

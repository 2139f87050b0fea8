"""The `parameters` text of AUTOMATIC1111's web UI and the many programs that write it too: written
here, read in core.metadata.web_ui.
"""

from __future__ import annotations

import json
from pathlib import PurePath

from core.metadata.web_ui import parse
from core.prompt.loras import lora_tag
from core.sampling.samplers import SAMPLERS
from core.values.picture import Recipe
from core.values.request import Request

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
}


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if any(mark in value for mark in ",\n:") else value


def _advanced(request: Request) -> list[tuple[str, str]]:
    """What is not usual about the noise and the parts used, in the web UI's words."""
    noise = request.noise
    pairs: list[tuple[str, str]] = []
    if request.vae:
        pairs.append(("VAE", PurePath(request.vae).stem))
    if noise.variation_strength:
        pairs += [
            ("Variation seed", str(noise.variation_seed or 0)),
            ("Variation seed strength", f"{noise.variation_strength:g}"),
        ]
    if noise.resized_from:
        pairs.append(("Seed resize from", f"{noise.resized_from[0]}x{noise.resized_from[1]}"))
    if request.clip_skip > 1:
        pairs.append(("Clip skip", str(request.clip_skip)))
    if noise.seed_delta:
        pairs.append(("ENSD", str(noise.seed_delta)))
    pairs.append(("RNG", "NV" if noise.source == "philox" else "CPU"))
    if request.sampler in ("unipc", "unipc_bh1"):
        pairs.append(("UniPC variant", "bh1" if request.sampler == "unipc_bh1" else "bh2"))
    if request.eta is not None:
        pairs.append(("Eta", f"{request.eta:g}"))
    if request.refiner:
        pairs += [
            ("Refiner", PurePath(request.refiner).stem),
            ("Refiner switch at", f"{request.refiner_at:g}"),
        ]
    return pairs


def write(recipe: Recipe) -> str:
    """The text, keys in the order of the web UI."""
    request = recipe.request
    pairs: list[tuple[str, str]] = [
        ("Steps", str(request.steps)),
        ("Sampler", SAMPLERS[request.sampler].label.removesuffix(" bh1")),
        ("Schedule type", _FROM_SCHEDULE[request.schedule]),
        ("CFG scale", f"{request.guidance:g}"),
        ("Seed", str(request.seed)),
        ("Size", f"{request.width}x{request.height}"),
    ]
    if recipe.model_hash:
        pairs.append(("Model hash", recipe.model_hash[:10]))
    pairs.append(("Model", recipe.model_name or request.model))
    pairs += _advanced(request)
    pairs.append(("Version", f"Calotype {recipe.version}"))
    lines = [request.prompt + "".join(lora_tag(lora) for lora in request.loras)]
    if request.negative_prompt:
        lines.append(f"Negative prompt: {request.negative_prompt}")
    lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in pairs))
    return "\n".join(lines).strip()

"""The `parameters` text of AUTOMATIC1111's web UI and the many programs that write it too; written and read here."""

from __future__ import annotations

import json
import math
import re
from pathlib import PurePath

from core.engine.samplers import SAMPLERS
from core.engine.schedules import SCHEDULES
from core.metadata.reading import Understood
from core.picture import Recipe
from core.prompt import lora_tag
from core.request import Request

# Keys and names are bounded, since a search that looks to the end of a text from each of its characters takes hours for a megabyte.
_PAIR = re.compile(r'(\w[\w \-/]{1,80}):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_LORA = re.compile(r"<lora:([^:<>]{1,260})(?::([^:<>]{1,80}))?[^<>]{0,260}>")
_SIZE = re.compile(r"^(\d+)x(\d+)$")
_TO_SCHEDULE = {"karras": "karras", "exponential": "exponential", "polyexponential": "polyexponential", "sgm uniform": "sgm_uniform",
                "simple": "simple", "beta": "beta", "align your steps": "align_your_steps", "kl optimal": "kl_optimal",
                "ddim": "ddim_uniform", "linear quadratic": "linear_quadratic", "normal": "discrete", "uniform": "discrete",
                "automatic": "discrete"}
_FROM_SCHEDULE = {"karras": "Karras", "exponential": "Exponential", "polyexponential": "Polyexponential", "sgm_uniform": "SGM Uniform",
                  "simple": "Simple", "discrete": "Normal", "beta": "Beta", "align_your_steps": "Align Your Steps",
                  "kl_optimal": "KL Optimal", "ddim_uniform": "DDIM", "linear_quadratic": "Linear Quadratic"}
_TO_SAMPLER = {row.label.lower(): row.id for row in SAMPLERS.values()} | {row.id: row.id for row in SAMPLERS.values()}
# What the web UI's "Automatic" schedule means for each sampler; elsewhere it is the model's own.
_AUTOMATIC = dict.fromkeys(("dpmpp_2m", "dpmpp_sde", "dpmpp_2s_ancestral", "dpm_2", "dpm_2_ancestral", "restart"), "karras") | {
    "dpmpp_2m_sde": "exponential", "dpmpp_3m_sde": "exponential"}


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if any(mark in value for mark in ",\n:") else value


def _ways(request: Request) -> list[tuple[str, str]]:
    """What is not usual about the noise and the parts used, in the web UI's words."""
    noise, found = request.noise, list[tuple[str, str]]()
    if request.vae:
        found.append(("VAE", PurePath(request.vae).stem))
    if noise.variation_strength:
        found += [("Variation seed", str(noise.variation_seed or 0)), ("Variation seed strength", f"{noise.variation_strength:g}")]
    if noise.resized_from:
        found.append(("Seed resize from", f"{noise.resized_from[0]}x{noise.resized_from[1]}"))
    if request.clip_skip > 1:
        found.append(("Clip skip", str(request.clip_skip)))
    if noise.seed_delta:
        found.append(("ENSD", str(noise.seed_delta)))
    found.append(("RNG", "NV" if noise.source == "philox" else "CPU"))
    if request.eta is not None:
        found.append(("Eta", f"{request.eta:g}"))
    if request.refiner:
        found += [("Refiner", PurePath(request.refiner).stem), ("Refiner switch at", f"{request.refiner_at:g}")]
    return found


def write(recipe: Recipe) -> str:
    """The text, keys in the order of the web UI."""
    request = recipe.request
    pairs: list[tuple[str, str]] = [
        ("Steps", str(request.steps)), ("Sampler", SAMPLERS[request.sampler].label),
        ("Schedule type", _FROM_SCHEDULE[request.schedule]), ("CFG scale", f"{request.guidance:g}"),
        ("Seed", str(request.seed)), ("Size", f"{request.width}x{request.height}"),
    ]
    if recipe.model_hash:
        pairs.append(("Model hash", recipe.model_hash[:10]))
    pairs.append(("Model", recipe.model_name or request.model))
    pairs += _ways(request)
    pairs.append(("Version", f"Calotype {recipe.version}"))
    lines = [request.prompt + "".join(lora_tag(lora) for lora in request.loras)]
    if request.negative_prompt:
        lines.append(f"Negative prompt: {request.negative_prompt}")
    lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in pairs))
    return "\n".join(lines).strip()


def _without_civitai(text: str) -> str:
    """Civitai appends unquoted JSON, which would break the pairs: cut at its first key."""
    return re.split(r",?\s{0,8}Civitai (?:resources|metadata): [\[{]", text, maxsplit=1)[0]


def _split(text: str) -> tuple[str, str, dict[str, str]]:
    """(prompt, negative, pairs). The last line holds the pairs if it yields at least three."""
    lines = _without_civitai(text.strip()).split("\n")
    pairs = _PAIR.findall(lines[-1])
    inline = re.match(r"Negative prompt:\s*(Steps: \d+,.*)$", lines[-1])
    if inline:
        pairs = _PAIR.findall(inline.group(1))
    if len(pairs) < 3:
        pairs = []
    else:
        lines.pop()
    prompt, negative, target = list[str](), list[str](), 0
    for line in lines:
        if line.strip().startswith("Negative prompt:"):
            target, line = 1, line.strip()[len("Negative prompt:") :].lstrip()
        (negative if target else prompt).append(line)
    return "\n".join(prompt).strip(), "\n".join(negative).strip(), {key.strip(): _unquoted(value) for key, value in pairs}


def _unquoted(value: str) -> str:
    value = value.strip()
    if value.startswith('"'):
        try:
            decoded = json.loads(value)
        except ValueError:
            return value
        return decoded if isinstance(decoded, str) else value
    return value


def _sampler_and_schedule(name: str, schedule: str | None) -> tuple[str | None, str | None, list[str]]:
    """Our ids for the web UI's names; older texts carry the schedule as a suffix of the sampler."""
    notes: list[str] = []
    words = name.lower().strip()
    if schedule is None:
        for suffix in ("karras", "exponential", "polyexponential"):
            if words.endswith(" " + suffix):
                words, schedule = words[: -len(suffix) - 1], suffix
    sampler = _TO_SAMPLER.get(words)
    if sampler is None:
        notes.append(f"Sampler: {name}")
    if schedule is None or schedule.lower() == "automatic":
        return sampler, _AUTOMATIC.get(sampler or "", "discrete") if schedule else "discrete", notes
    ours = _TO_SCHEDULE.get(schedule.lower(), schedule.lower() if schedule.lower() in SCHEDULES else None)
    if ours is None:
        notes.append(f"Schedule type: {schedule}")
    return sampler, ours, notes


def _number(value: str, kind: type[int] | type[float]) -> int | float | None:
    try:
        number = kind(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


_NUMBERS: dict[str, tuple[str, type[int] | type[float]]] = {
    "Steps": ("steps", int), "CFG scale": ("guidance", float), "Seed": ("seed", int), "Clip skip": ("clip_skip", int),
    "Denoising strength": ("denoising_strength", float), "Eta": ("eta", float),
}
_NOISE: dict[str, tuple[str, type[int] | type[float]]] = {
    "Variation seed": ("variation_seed", int), "Variation seed strength": ("variation_strength", float), "ENSD": ("seed_delta", int),
}
_TEXTS = {"Model": "model", "Model hash": "model_hash"}
_SILENT = frozenset({"Sampler", "Schedule type", "Size", "Version", "RNG", "Seed resize from"})


def _noise(pairs: dict[str, str]) -> dict[str, object]:
    """Where that program drew its noise: on the GPU unless it says otherwise, with a variation and a shifted step seed."""
    found: dict[str, object] = {"source": "cpu" if pairs.get("RNG", "GPU").upper() == "CPU" else "philox"}
    for key, (name, kind) in _NOISE.items():
        number = _number(pairs[key], kind) if key in pairs else None
        if number is not None:
            found[name] = number
    if (size := _SIZE.match(pairs.get("Seed resize from", ""))) and int(size.group(1)) > 0:
        found["resized_from"] = [int(size.group(1)), int(size.group(2))]
    return found


def understand(texts: dict[str, str]) -> Understood | None:
    """For the FORMATS table: the `parameters` chunk, where it looks like the web UI's."""
    text = texts.get("parameters", "")
    if not text or text.lstrip().startswith("{"):
        return None
    prompt, negative, pairs = _split(text)
    if not pairs:
        return None
    request: dict[str, object] = {"prompt": prompt, "negative_prompt": negative}
    ignored: list[str] = []
    approximated: list[str] = []
    for key, value in pairs.items():
        if key in _NUMBERS:
            name, kind = _NUMBERS[key]
            number = _number(value, kind)
            if number is None:
                ignored.append(f"{key}: {value}")
            else:
                request[name] = number
        elif key in _TEXTS:
            request[_TEXTS[key]] = value
        elif key not in _SILENT and key not in _NOISE:
            ignored.append(f"{key}: {value}")
    if size := _SIZE.match(pairs.get("Size", "")):
        request["width"], request["height"] = int(size.group(1)), int(size.group(2))
    if "Sampler" in pairs:
        sampler, schedule, notes = _sampler_and_schedule(pairs["Sampler"], pairs.get("Schedule type"))
        request |= {k: v for k, v in (("sampler", sampler), ("schedule", schedule)) if v}
        ignored += notes
    loras = [f"{name}:{weight or 1}" for name, weight in _LORA.findall(prompt)]
    if loras:
        request["loras"] = loras
    if not pairs.get("Version", "").startswith("Calotype"):
        request |= {"compatibility": "a1111", "noise": _noise(pairs)}
        if "RNG" not in pairs:
            approximated.append("seed: its noise came from a GPU; it is drawn here as an NVIDIA card draws it, other cards differ")
    return Understood("a1111", request, tuple(approximated), tuple(ignored))

"""SwarmUI's recipes: one JSON object under `sui_image_params`, hashes of models beside it; what it
leaves to its program stands in the graph that was run, which it writes too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from core.metadata.infotext.told import is_allowed
from core.metadata.parsing.named_models import file_stem
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.comfyui import reading as comfyui
from core.metadata.readers.common.gathered import (
    Gathered,
    Numbers,
    Told,
    in_short,
    name_of,
    number_of,
    tables_marked,
    text_of,
    whole_of,
)
from core.metadata.readers.common.relabelled import filled
from core.system.json_files import list_or_empty, table_or_empty
from core.values.declared.limits import MAX_STEPS
from core.values.noise import Noise
from core.values.program import Program
from core.values.request_parts.hires import BY_HAND, Hires
from core.values.request_parts.levels import Levels

_MARK = "sui_image_params"
_SECTION = re.compile(
    r"<(?:segment|object|region|extend|clear|refiner|base|video|videoswap|edit)\b[^<>]{0,300}>",
    re.I,
)
_TAG = re.compile(r"<(?!lora:)[a-z]{3,20}(?:\[[^\]<>]{0,20}\])?:[^<>]{0,300}>", re.I)
_MOST_TAGS = 32  # of a prompt that are spoken of
_NUMBERS: Numbers = {
    "seed": ("seed", int),
    "steps": ("steps", int),
    "cfgscale": ("guidance", float),
}
_OF_LEVELS = {"sigmashift": "shift", "sigmamin": "sigma_min", "sigmamax": "sigma_max"}
_UPSCALERS = {
    "pixel-lanczos": "lanczos",
    "latent-bilinear": "latent",
    "latent-bicubic": "latent_bicubic",
    "latent-nearest-exact": "latent_nearest_exact",
}
_AXES = {"true": "xy", "x-only": "x", "y-only": "y", "false": ""}
_SAID_ELSEWHERE = (
    "aspectratio",
    "sidelength",
    "automaticvae",
    "swarm_version",
    "images",
    "batchsize",
)


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    for table in tables_marked(texts, _MARK):
        if params := table_or_empty(table.get(_MARK)):
            return filled(_read(params, table), comfyui.parse(texts))
    return None


def _read(params: dict[str, Any], whole: Mapping[str, Any]) -> ParsedRecipe:
    told = Told(params)
    version = text_of(params.get("swarm_version"))
    out = Gathered("swarmui", f"SwarmUI {version}".strip())
    hashes = _hashes(whole)
    _words(out, told)
    out.numbers(told, _NUMBERS)
    out.size(told.take("width"), told.take("height"))
    sampler = told.take("sampler", "comfyuisampler", "autowebuisampler")
    out.sampling(sampler, told.take("scheduler", "comfyuischeduler"), bh1=True)
    out.model(told.take("model"), hashes.get("model", ""), whole_file=False)
    out.part("vae", told.take("vae"), hashes.get("vae", ""))
    layer = whole_of(told.take("clipstopatlayer"))
    out.put("clip_skip", None if layer is None else max(abs(layer), 1))
    distilled = number_of(told.take("fluxguidancescale"))
    if distilled is not None and out.values.get("guidance") in (None, 1.0):
        out.put("guidance", distilled)
    elif distilled is not None:
        out.ignored.append(f"fluxguidancescale: {in_short(distilled)}")
    _loras(out, told, whole)
    _noise(out, told)
    _levels(out, told)
    _tiling(out, told)
    _start(out, told)
    _refined(out, told, hashes)
    told.take(*_SAID_ELSEWHERE)
    out.way(Program.COMFYUI)
    out.ignored += told.left()
    return out.parsed()


def _levels(out: Gathered, told: Told) -> None:
    """The ends of the noise and the shift of flow models."""
    values: dict[str, float] = {}
    for key, field in _OF_LEVELS.items():
        number = number_of(told.take(key))
        if number is not None and is_allowed(Levels, field, number):
            values[field] = number
        elif number is not None:
            out.ignored.append(f"{key}: {in_short(number)}")
    if values:
        out.put("levels", Levels(**values))  # type: ignore[arg-type]


def _loras(out: Gathered, told: Told, whole: Mapping[str, Any]) -> None:
    """Names, their weights, and those for the text encoder, in three lists of one order."""
    digests = {
        file_stem(text_of(row.get("name"))): text_of(row.get("hash"))
        for row in map(table_or_empty, list_or_empty(whole.get("sui_models")))
        if row.get("param") == "loras"
    }
    weights = _listed(told.take("loraweights"))
    for_text = _listed(told.take("loratencweights"))
    for name, weight, text in zip_longest(_listed(told.take("loras")), weights, for_text):
        digest = digests.get(file_stem(text_of(name)), "")
        out.lora(name, 1.0 if weight is None else weight, text, digest)


def _tiling(out: Gathered, told: Told) -> None:
    axes = _AXES.get(text_of(told.take("seamlesstileable")).lower())
    if axes is None:
        told.give_back("seamlesstileable")
    elif axes:
        out.put("tiling", axes)


def _listed(value: object) -> list[Any]:
    """A list, or a text of several with commas between them."""
    return value.split(",") if isinstance(value, str) else list_or_empty(value)


def _words(out: Gathered, told: Told) -> None:
    """Both prompts. Where a part for a place of the picture or for another model begins, the words
    for the whole end."""
    texts: list[object] = []
    for field, key in (("prompt", "prompt"), ("negative_prompt", "negativeprompt")):
        text = told.take(key)
        section = _SECTION.search(text) if isinstance(text, str) else None
        if section is not None:
            out.ignored.append(f"{field}: {in_short(text[section.start() :])}")
            text = text[: section.start()].strip()
        texts.append(text)
        for tag in list(_TAG.finditer(text if isinstance(text, str) else ""))[:_MOST_TAGS]:
            out.approximated.append(f"{field}: {in_short(tag[0])} is words like others here")
    out.prompts(*texts)


def _hashes(whole: Mapping[str, Any]) -> dict[str, str]:
    """Hashes of models by the parameter they were chosen in."""
    rows = [table_or_empty(row) for row in list_or_empty(whole.get("sui_models"))]
    return {text_of(row.get("param")): text_of(row.get("hash")) for row in rows}


def _noise(out: Gathered, told: Told) -> None:
    """A variation is mixed in as the web UI does it; here that goes with the web UI's way only."""
    seed, strength = told.take("variationseed"), told.take("variationseedstrength")
    if number_of(strength):
        out.ignored.append(f"variation: seed {in_short(seed)}, strength {in_short(strength)}")
    out.put("noise", Noise(source="philox"))


def _start(out: Gathered, told: Told) -> None:
    creativity = told.take("initimagecreativity")
    picture = told.take("initimage")
    mask = told.take("maskimage")
    if picture is not None or creativity is not None:
        out.start(creativity, masked=mask is not None, exact_steps=True)


def _refined(out: Gathered, told: Told, hashes: Mapping[str, str]) -> None:
    """A second pass, larger or with another model."""
    control = number_of(told.take("refinercontrolpercentage"))
    scale = number_of(told.take("refinerupscale")) or 1.0
    method = text_of(told.take("refinermethod"))
    upscaler = text_of(told.take("refinerupscalemethod"))
    steps = whole_of(told.take("refinersteps")) or whole_of(out.values.get("steps"))
    model = told.take("refinermodel")
    if control is None:
        return
    if scale > 1 and is_allowed(Hires, "scale", scale) and is_allowed(Hires, "strength", control):
        _enlarged(out, Hires(mode=BY_HAND, scale=scale, strength=control), upscaler, steps)
        if name_of(model):
            out.approximated.append(f"refinermodel: {in_short(model)}; here it is the first one")
    elif name_of(model) and method.lower().startswith("stepswap"):
        out.part("refiner", model, hashes.get("refinermodel", ""))
        out.put("refiner_at", 1 - control)
        if method.lower() != "stepswap":
            out.approximated.append(f"refinermethod: {in_short(method)}; here the steps go on")
    elif control:
        out.ignored.append(f"refiner: {in_short(model or 'the same model')}, {control:g}, {method}")


def _enlarged(out: Gathered, hires: Hires, upscaler: str, steps: int | None) -> None:
    width, height = whole_of(out.values.get("width")), whole_of(out.values.get("height"))
    if width is None or height is None:
        out.ignored.append(f"refinerupscale: {hires.scale:g}")
        return
    name = _UPSCALERS.get(upscaler.lower())
    if name is None:
        name = "lanczos"
        out.approximated.append(
            f"hires fix: the picture was enlarged by {in_short(upscaler or 'its usual way')}; here "
            "by lanczos"
        )
    # of its steps those are made that the strength leaves
    count = round(min(steps, MAX_STEPS) * hires.strength) if steps else 0
    count = count if is_allowed(Hires, "steps", count) else 0
    out.size(round(width * hires.scale), round(height * hires.scale))
    out.put(
        "hires",
        Hires(mode=BY_HAND, scale=hires.scale, strength=hires.strength, upscaler=name, steps=count),
    )

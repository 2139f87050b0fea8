"""Easy Diffusion's recipes: its request as JSON (chunks, a user comment, a file beside the
picture), each value in a chunk of its own, or lines of a text file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.common.gathered import (
    Gathered,
    Numbers,
    Told,
    in_short,
    name_of,
    number_of,
    tables_in,
    text_of,
)
from core.system.json_files import list_or_empty

_NUMBERS: Numbers = {
    "seed": ("seed", int),
    "num_inference_steps": ("steps", int),
    "guidance_scale": ("guidance", float),
}
_MARK = "use_stable_diffusion_model"
# the words of its text files, and of its chunks where a person chose that
_WORDS = {
    "prompt": "prompt",
    "negative prompt": "negative_prompt",
    "seed": "seed",
    "steps": "num_inference_steps",
    "inference steps": "num_inference_steps",
    "guidance scale": "guidance_scale",
    "width": "width",
    "height": "height",
    "sampler": "sampler_name",
    "prompt strength": "prompt_strength",
    "stable diffusion model": _MARK,
    "vae model": "use_vae_model",
    "hypernetwork model": "use_hypernetwork_model",
    "lora model": "use_lora_model",
    "lora strength": "lora_alpha",
    "clip skip": "clip_skip",
    "use face correction": "use_face_correction",
    "use upscaling": "use_upscale",
    "negative_prompt": "negative_prompt",
}
# what says nothing of the picture
_OF_ITS_WINDOW = (
    "num_outputs", "output_format", "output_quality", "output_lossless", "used_random_seed",
    "show_only_filtered_image", "stream_progress_updates", "stream_image_progress",
    "vram_usage_level", "session_id", "active_tags", "inactive_tags", "block_nsfw",
    "metadata_output_format", "save_to_disk_path", "created_at",
)  # fmt: skip
_LINE = re.compile(r"\s*([A-Za-z][A-Za-z _]{2,40}):[ \t]?([^\n]{0,20000})")
_MOST_LINES = 200


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    if _MARK in texts and "prompt" in texts:
        return _read(dict(texts))
    for text in texts.values():
        if _MARK in text and (table := tables_in(text)) and _MARK in table:
            return _read(table)
        if "Stable Diffusion model:" in text and (lines := _lines(text)):
            return _read(lines)
    worded = {_WORDS.get(key.lower(), key): text for key, text in texts.items()}
    return _read(worded) if _MARK in worded and "prompt" in worded else None


def _lines(text: str) -> dict[str, Any]:
    """Lines of a word and a value; {} where they are none of its."""
    matches = (_LINE.fullmatch(line) for line in text.split("\n")[:_MOST_LINES])
    found = {_WORDS.get(m[1].strip().lower(), m[1].strip()): m[2].strip() for m in matches if m}
    return found if _MARK in found and "prompt" in found else {}


def _read(table: dict[str, Any]) -> ParsedRecipe:
    told = Told(table)
    out = Gathered("easydiffusion", "Easy Diffusion")
    out.prompts(told.take("prompt"), told.take("negative_prompt") or "")
    told.take("original_prompt")
    out.numbers(told, _NUMBERS)
    out.size(told.take("width"), told.take("height"))
    out.sampling(told.take("sampler_name", "sampler"), told.take("scheduler_name"))
    _model(out, told)
    if str(told.take("clip_skip")).lower() == "true":
        out.put("clip_skip", 2)
    tiling = text_of(told.take("tiling")).lower()
    if tiling and tiling != "none":
        out.put("tiling", {"x": "x", "y": "y", "xy": "xy"}.get(tiling))
    _start(out, told)
    for key in ("use_face_correction", "use_upscale", "use_hypernetwork_model"):
        value = told.take(key)
        if name_of(value) and text_of(value).lower() != "false":
            out.ignored.append(f"{key}: {in_short(value)}")
    told.take(*_OF_ITS_WINDOW)
    out.noise_unsaid("cpu")
    out.ignored += told.left()
    return out.parsed()


def _model(out: Gathered, told: Told) -> None:
    out.model(told.take(_MARK))
    out.part("vae", told.take("use_vae_model"))
    names, weights = told.take("use_lora_model"), told.take("lora_alpha")
    names = list_or_empty(names) or [names]
    weights = list_or_empty(weights) or [weights]
    for place, name in enumerate(names):
        if name_of(name):
            out.lora(name, weights[place] if place < len(weights) else None)


def _start(out: Gathered, told: Told) -> None:
    picture, mask = told.take("init_image"), told.take("mask")
    strength = told.take("prompt_strength")
    if picture not in (None, "", "None") or (number_of(strength) is not None and mask):
        out.start(strength, masked=mask not in (None, "", "None"))

"""Fooocus' recipes: its own JSON, the same in its log's words, the web UI's text with its version,
and RuinedFooocus' JSON. It renders as ComfyUI does, with noise from the processor.
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
    tables_in,
    text_of,
    whole_of,
)
from core.metadata.readers.common.relabelled import text_with_version, with_way
from core.system.json_files import list_or_empty
from core.values.noise import Noise
from core.values.program import Program

_NUMBERS: Numbers = {
    "seed": ("seed", int),
    "steps": ("steps", int),
    "guidance_scale": ("guidance", float),
    "cfg": ("guidance", float),
    "clip_skip": ("clip_skip", int),
}
# what the words of a person were made longer by
_WORDS_ADDED = (
    "styles",
    "full_prompt",
    "full_negative_prompt",
    "prompt_expansion",
    "fooocus_v2_expansion",
)
_COMBINED = re.compile(r"\s*(.{1,300}?)\s+:\s+([+-]?\d{1,3}(?:\.\d{1,6})?)\s*")
_WEIGHT_FIRST = re.compile(r"\s*([+-]?\d{1,3}(?:\.\d{1,6})?)\s+-\s+(.{1,300}?)\s*")
_MARKS = ('"metadata_scheme"', '"adm_guidance"', '"ADM Guidance"', '"base_model"', '"Base Model"')
# what its performance means where the steps are not said
_STEPS = {"speed": 30, "quality": 60, "extreme speed": 8, "lightning": 4, "hyper-sd": 4}


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    for text in texts.values():
        if '"software"' in text and "RuinedFooocus" in text and (table := tables_in(text)):
            return _ruined(table)
        if any(mark in text for mark in _MARKS):
            table = {_key(key): value for key, value in tables_in(text).items()}
            if "base_model" in table and "prompt" in table:
                return _own(table)
    found = text_with_version(texts, "Fooocus", "fooocus")
    return None if found is None else with_way(found, Program.COMFYUI, Noise(source="cpu"))


def _key(key: str) -> str:
    return re.sub(r"[\s-]+", "_", key.strip().lower())


def _own(table: dict[str, Any]) -> ParsedRecipe:
    told = Told(table)
    version = text_of(told.take("version"))
    out = Gathered("fooocus", version or "Fooocus")
    out.prompts(told.take("prompt"), told.take("negative_prompt"))
    performance = text_of(told.take("performance")).lower()
    if whole_of(table.get("steps")) is None and performance in _STEPS:
        out.put("steps", _STEPS[performance])
        out.approximated.append(f"steps: those of {performance}")
    out.numbers(told, _NUMBERS)
    _resolution(out, told, "resolution")
    out.sampling(told.take("sampler"), told.take("scheduler"), bh1=True)
    out.model(told.take("base_model"), told.take("base_model_hash"))
    refiner, digest = told.take("refiner_model"), told.take("refiner_model_hash")
    out.part("refiner", refiner, digest)
    switch = told.take("refiner_switch")
    if "refiner" in out.values:
        out.put("refiner_at", switch)
    vae = text_of(told.take("vae"))
    out.part("vae", "" if vae.lower().startswith("default") else vae)
    _loras(out, told, table)
    for key in _WORDS_ADDED:
        value = told.take(key)
        if value not in (None, "", [], "[]"):
            out.ignored.append(f"{key}: {in_short(value)}")
    told.take("metadata_scheme", "created_by")
    _way(out)
    out.ignored += told.left()
    return out.parsed()


def _resolution(out: Gathered, told: Told, key: str) -> None:
    if not out.size_in(told.take(key)):
        told.give_back(key)


def _loras(out: Gathered, told: Told, table: Mapping[str, Any]) -> None:
    """A list of names, weights and hashes; or numbered texts of a name and a weight."""
    for each in map(list_or_empty, list_or_empty(told.take("loras"))):
        if len(each) >= 2:
            out.lora(each[0], each[1], digest=each[2] if len(each) > 2 else "")
    for key in [key for key in table if re.fullmatch(r"lora(?:_combined)?_\d{1,2}", key)]:
        value = told.take(key)
        match = _COMBINED.fullmatch(value) if isinstance(value, str) else None
        if match is not None:
            out.lora(match[1], match[2])
        else:
            told.give_back(key)


def _way(out: Gathered) -> None:
    out.put("noise", Noise(source="cpu"))
    out.way(Program.COMFYUI)


def _ruined(table: dict[str, Any]) -> ParsedRecipe:
    told = Told(table)
    out = Gathered("fooocus", "RuinedFooocus")
    told.take("software")
    out.prompts(told.take("Prompt", "prompt"), told.take("Negative", "negative_prompt"))
    out.numbers(told, _NUMBERS)
    out.size(told.take("width"), told.take("height"))
    out.sampling(told.take("sampler_name"), told.take("scheduler"), bh1=True)
    out.model(told.take("base_model_name"), told.take("base_model_hash"))
    for each in list_or_empty(told.take("loras")):
        _ruined_lora(out, each)
    denoise = told.take("denoise")
    if denoise not in (None, "", 1, 1.0):
        out.ignored.append(f"denoise: {in_short(denoise)}")
    _way(out)
    out.ignored += told.left()
    return out.parsed()


def _ruined_lora(out: Gathered, value: object) -> None:
    """A text of a weight and a name, alone or behind a hash."""
    parts = list_or_empty(value) or [value]
    for part in reversed(parts):
        match = _WEIGHT_FIRST.fullmatch(part) if isinstance(part, str) else None
        if match is not None:
            out.lora(match[2], match[1], digest=parts[0] if len(parts) > 1 else "")
            return
    out.ignored.append(f"LoRA: {in_short(value)}")

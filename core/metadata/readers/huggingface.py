"""Recipes of Hugging Face's spaces, and of others that write the arguments of a diffusers pipeline
as JSON: `num_inference_steps`, `guidance_scale`, a resolution, and what a space adds.
"""

from __future__ import annotations

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
    tables_marked,
)
from core.system.json_files import table_or_empty

_NUMBERS: Numbers = {
    "seed": ("seed", int),
    "num_inference_steps": ("steps", int),
    "guidance_scale": ("guidance", float),
    "guidance_rescale": ("guidance_rescale", float),
    "width": ("width", int),
    "height": ("height", int),
}
_MARK = '"num_inference_steps"'


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    for table in tables_marked(texts, _MARK):
        if isinstance(table.get("prompt"), str) and "num_inference_steps" in table:
            return _read(table)
    return None


def _read(table: dict[str, Any]) -> ParsedRecipe:
    told = Told(table)
    out = Gathered("huggingface", "diffusers")
    out.prompts(told.take("prompt"), told.take("negative_prompt") or "")
    out.numbers(told, _NUMBERS)
    out.size_in(told.take("resolution"))
    out.sampling(told.take("sampler", "scheduler"))
    _model(out, told)
    strength = number_of(told.take("strength"))
    if strength is not None and 0 < strength < 1:
        out.ignored.append(f"strength: {in_short(strength)}")
    _enlarged(out, told)
    out.noise_unsaid("cpu")
    out.plain_tags()
    out.ignored += told.left()
    return out.parsed()


def _model(out: Gathered, told: Told) -> None:
    value = told.take("Model", "model")
    table = table_or_empty(value)
    name = name_of(table.get("Model") or table.get("model") or value)
    out.model(name or told.take("model_id", "model_name"), table.get("Model hash"))
    version = told.take("version")
    if isinstance(version, str):
        out.version = version


def _enlarged(out: Gathered, told: Told) -> None:
    """Of a second pass of a space's own the size is all that is said alike."""
    if table := table_or_empty(told.take("use_upscaler")):
        out.ignored.append(f"use_upscaler: {in_short(table)}")

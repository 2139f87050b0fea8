"""DiffusionBee's recipes: the request to its back end as JSON, in a chunk or a file beside the
picture.
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
    "ddim_steps": ("steps", int),
    "num_steps": ("steps", int),
    "guidance_scale": ("guidance", float),
    "scale": ("guidance", float),
}
_MARK = '"img_width"'


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    for table in tables_marked(texts, _MARK):
        if "prompt" in table and ("ddim_steps" in table or "num_steps" in table):
            return _read(table)
    return None


def _read(table: dict[str, Any]) -> ParsedRecipe:
    told = Told(table)
    out = Gathered("diffusionbee", "DiffusionBee")
    out.prompts(told.take("prompt"), told.take("negative_prompt") or "")
    out.numbers(told, _NUMBERS)
    out.size(told.take("img_width"), told.take("img_height"))
    out.sampling(told.take("sampler", "scheduler"))
    out.model(told.take("model_tdict_path", "model_name", "model"))
    for name, weight in table_or_empty(told.take("lora_tdict_paths")).items():
        out.lora(name, weight)
    picture, mask = told.take("input_image"), told.take("mask_image")
    strength = number_of(told.take("input_image_strength", "img_strength"))
    if name_of(picture):
        # there it says how much of the picture is kept
        out.start(None if strength is None else 1 - strength, masked=bool(name_of(mask)))
    elif strength:
        out.ignored.append(f"input_image_strength: {in_short(strength)}")
    told.take("num_imgs", "batch_size", "soft_seed")
    out.plain_tags()
    out.ignored += told.left()
    return out.parsed()

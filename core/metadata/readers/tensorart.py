"""TensorArt's recipes: what a person chose as JSON under `generation_data`, and the graph of
ComfyUI that its service ran.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.comfyui import reading as comfyui
from core.metadata.readers.common.gathered import (
    Gathered,
    Numbers,
    Told,
    in_short,
    name_of,
    number_of,
    tables_in,
    text_of,
    whole_of,
)
from core.metadata.readers.common.relabelled import filled
from core.system.json_files import list_or_empty, table_or_empty
from core.values.program import Program

_NUMBERS: Numbers = {
    "seed": ("seed", int),
    "steps": ("steps", int),
    "cfgScale": ("guidance", float),
}
_OF_ITS_SERVICE = (
    "imageCount", "workEngine", "images", "modelInfos", "vaeInfo", "etaNoiseSeedDelta", "guidance",
    "samplerNameEnum", "sdxl", "controlNet",
)  # fmt: skip


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    for key, text in texts.items():
        if key == "generation_data" or '"modelFileName"' in text:
            table = tables_in(text)
            if "prompt" in table and ("baseModel" in table or "models" in table):
                return filled(_read(table), comfyui.parse(texts))
    return None


def _read(table: dict[str, Any]) -> ParsedRecipe:
    told = Told(table)
    out = Gathered("tensorart", "TensorArt")
    out.prompts(told.take("prompt"), told.take("negativePrompt"))
    out.numbers(told, _NUMBERS)
    out.size(told.take("width"), told.take("height"))
    out.sampling(told.take("samplerName"), told.take("schedulerName", "scheduler"), bh1=True)
    skip = whole_of(told.take("clipSkip"))
    out.put("clip_skip", None if skip is None else max(abs(skip), 1))
    _models(out, told)
    out.part("vae", told.take("sdVae"))
    strength = number_of(told.take("denoisingStrength"))
    if strength is not None and 0 < strength < 1:
        out.ignored.append(f"denoisingStrength: {in_short(strength)}")
    delta = whole_of(table.get("etaNoiseSeedDelta"))
    if delta and delta != 31337:
        out.ignored.append(f"etaNoiseSeedDelta: {delta}")
    told.take(*_OF_ITS_SERVICE)
    out.way(Program.COMFYUI)
    out.ignored += told.left()
    return out.parsed()


def _models(out: Gathered, told: Told) -> None:
    base = table_or_empty(told.take("baseModel"))
    rows = [table_or_empty(row) for row in list_or_empty(told.take("models"))]
    bases = [row for row in rows if "BASE" in text_of(row.get("type")).upper()]
    whole = base or (bases[0] if bases else {})
    name = name_of(whole.get("modelFileName")) or name_of(whole.get("label"))
    out.model(name, whole.get("hash"))
    for row in rows:
        kind = text_of(row.get("type")).upper()
        called = name_of(row.get("modelFileName")) or name_of(row.get("label"))
        if kind in ("LORA", "LYCORIS", "LOCON"):
            out.lora(called, row.get("weight", 1.0), digest=row.get("hash"))
        elif "BASE" not in kind:
            out.ignored.append(f"{in_short(kind.lower() or 'model')}: {in_short(called)}")

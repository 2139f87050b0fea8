"""Draw Things' recipes: one JSON object as EXIF's user comment within XMP, with short names, and
all its settings once more under `v2`.
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
    number_of,
    tables_marked,
    text_of,
    whole_of,
)
from core.system.json_files import list_or_empty, table_or_empty

_NUMBERS: Numbers = {
    "seed": ("seed", int),
    "steps": ("steps", int),
    "scale": ("guidance", float),
}
# its samplers that walk trailing levels or have others of their own: the method alone
_TRAILING = re.compile(r"\s+(trailing|ays|substep)\s*$", re.IGNORECASE)
_SAID_ELSEWHERE = ("profile", "v2", "seed_mode")


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    for table in tables_marked(texts, '"c"', '"sampler"'):
        if isinstance(table.get("c"), str) and "steps" in table and "scale" in table:
            return _read(table)
    return None


def _read(table: dict[str, Any]) -> ParsedRecipe:
    told = Told(table)
    own = table_or_empty(table.get("v2"))
    out = Gathered("drawthings", "Draw Things")
    out.prompts(told.take("c"), told.take("uc") or "")
    out.numbers(told, _NUMBERS)
    out.size_in(told.take("size"))
    _sampler(out, text_of(told.take("sampler")))
    out.model(told.take("model"))
    skip = whole_of(told.take("clip_skip") if "clip_skip" in told else own.get("clipSkip"))
    out.put("clip_skip", skip if skip and skip > 0 else None)
    _loras(out, told, own)
    strength = number_of(told.take("strength"))
    if strength is not None and 0 < strength < 1:
        out.start(strength)
    _parts(out, told, own)
    mode = text_of(table.get("seed_mode"))
    if mode:
        out.ignored.append(f"seed_mode: {in_short(mode)}; its noise is drawn another way than here")
    told.take(*_SAID_ELSEWHERE)
    out.plain_tags()
    out.ignored += told.left()
    return out.parsed()


def _sampler(out: Gathered, name: str) -> None:
    spaced = _TRAILING.search(name)
    out.sampling(name if spaced is None else name[: spaced.start()])
    if spaced is not None:
        out.ignored.append(f"schedule: {in_short(spaced[1])}")


def _loras(out: Gathered, told: Told, own: Mapping[str, Any]) -> None:
    rows = list_or_empty(told.take("lora", "loras")) or list_or_empty(own.get("loras"))
    for each in map(table_or_empty, rows):
        out.lora(each.get("model") or each.get("file") or each.get("name"), each.get("weight", 0.6))


def _parts(out: Gathered, told: Told, own: Mapping[str, Any]) -> None:
    """The refiner; ControlNets and the larger second pass, which it reckons by itself."""
    refiner = told.take("refiner")
    table = table_or_empty(refiner)
    out.part("refiner", table.get("model") or refiner or own.get("refinerModel"))
    if "refiner" in out.values:
        start = table.get("start", table.get("refiner_start", own.get("refinerStart")))
        out.put("refiner_at", number_of(start))
    if own.get("hiresFix") is True or told.take("hires_fix") is True:
        out.ignored.append(f"hires fix: strength {in_short(own.get('hiresFixStrength'))}")
    for each in map(table_or_empty, list_or_empty(told.take("control", "controls"))):
        out.ignored.append(f"ControlNet {in_short(each.get('file') or each.get('model'))}")

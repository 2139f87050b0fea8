"""How values that were read out of a picture are shown: in the command line's words, of fields with
parts only what is not usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from core.prompt.loras import lora_argument
from core.system.json import to_plain
from core.values.lora import Lora
from core.values.request_parts.chosen_style import ChosenStyle

# of fields of parts: what is shown also where it is usual
ALWAYS_SHOWN: Mapping[str, frozenset[str]] = {
    "noise": frozenset({"source"}),
    "start": frozenset({"strength"}),
    "hires": frozenset({"mode", "scale", "strength", "upscaler"}),
    "levels": frozenset(),
    "upscale": frozenset({"scale", "upscaler"}),
}


def as_shown(values: Mapping[str, object]) -> dict[str, object]:
    """The same values as plain JSON."""
    shown = {name: to_plain(value) for name, value in values.items()}
    for name, always in ALWAYS_SHOWN.items():
        if name in values:
            shown[name] = _in_plain(values[name], always)
    if loras := cast("tuple[Lora, ...]", values.get("loras", ())):
        shown["loras"] = [lora_argument(lora) for lora in loras]
    if styles := cast("tuple[ChosenStyle, ...]", values.get("styles", ())):
        shown["styles"] = [style.name for style in styles]
    return shown


def _in_plain(value: object, always: frozenset[str]) -> dict[str, object]:
    """What of a field of parts is not usual, and the parts that are `always` shown."""
    usual = to_plain(type(value)())
    return {
        key: part for key, part in to_plain(value).items() if key in always or part != usual[key]
    }

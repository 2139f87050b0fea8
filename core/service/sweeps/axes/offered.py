"""The axes that are offered to be chosen, with their names for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.service.sweeps.axes.declared import DeclaredAxis
from core.service.sweeps.axes.kind import AxisKind
from core.service.sweeps.axes.names import StepAxis, axis_names, kind_named
from core.system.errors import InvalidRequest
from core.values.declared.parameter import Unit

Choices = tuple[tuple[str, str], ...]

# what most people vary, first
_FIRST = (
    "steps",
    "guidance",
    "sampler",
    "schedule",
    "seed",
    "model",
    "size",
    "replace",
    "order",
    "add",
    "matrix",
    "prompt",
    "style",
    "lora",
    "clip_skip",
    "vae",
    "start.strength",
    "hires",
)
_TYPED = frozenset({"lora:NAME", "wildcard:NAME"})  # what is named with them is typed
# where one word, as it stands on a grid, does not say in a list what it is
_LABELS = {
    "replace": "Words replaced (S/R)",
    "order": "Order of phrases",
    "add": "Words added",
    "line": "Prompts from a file",
    "width": "Width",
    "height": "Height",
    "guidance_from": "Guidance from",
    "guidance_until": "Guidance until",
}
_SWITCH = (("on", "on"), ("off", "off"))
_EXAMPLES = {
    "replace": "red, blue, green",
    "order": "a house, snow, night",
    "add": '"", in snow, at night',
    "matrix": "at night | in snow",
    "prompt": 'a cat, "a dog, running"',
    "negative_prompt": 'blurry, "text, frame"',
    "size": "512x512, 512x768",
    "seed": "-1, -1, 7",
    "hires": "off, auto, 1.5",
    "hires.scale": "1.5, 2",
    "clip_skip": "1, 2",
    "width": "512, 768",
    "height": "512, 768",
    "eta": "own, 0, 0.5, 1",
    "levels.rho": "3, 7",
    "levels.sigma_min": "0.03, 0.1",
    "levels.sigma_max": "10, 14.6",
    "fresh_noise.s_noise": "1, 1.003",
    "freeu": "own, 1.3:1.4:0.9:0.2",
}
_NUMBERS = "1, 3, 5 or 5-25 (+5)"
_SHARES = "20%, 50% or 0%-100% (+25)"
_WEIGHTS = "0, 0.5, 1 or 0-1 (+0.25)"
_FOR_MASKS = ("start.mask", "start.area", "start.padding", "start.frame", "start.extend")


def offered_axes(
    loras: Iterable[str] = (), wildcards: Iterable[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Names and labels, the usual ones first; `loras` are those whose weight can be varied,
    `wildcards` those of the prompt."""
    rest = [name for name in axis_names() if name not in _FIRST and name not in _TYPED]
    names = [*_FIRST, *(f"wildcard:{one}" for one in wildcards), *(f"lora:{one}" for one in loras)]
    names += (name for name in rest if not name.startswith(_FOR_MASKS))
    found: dict[str, str] = {}
    for name in names:
        label = _LABELS.get(name) or kind_named(name).label
        if name.startswith("lora:"):
            label = f"{label}: weight"
        found[name] = f"{label} ({name})" if label in found.values() else label
    return tuple(found.items())


def example_of(name: str) -> str:
    """How values of an axis are written, as for most where none is chosen yet; "" where nothing is
    to be said."""
    if not name:
        return _NUMBERS
    try:
        kind = kind_named(name)
    except InvalidRequest:
        return ""
    if isinstance(kind, StepAxis):
        return " | ".join(f"{first}, {first + 1}" for first in range(1, 2 * len(kind.parts), 2))
    return _EXAMPLES.get(name) or _example_by_type(kind)


def _example_by_type(kind: AxisKind) -> str:
    if not isinstance(kind, DeclaredAxis):
        if kind.name.startswith("wildcard:"):
            return "all"  # as without any
        return _WEIGHTS if kind.name.startswith("lora:") else ""
    if kind.field.kind not in (int, float):
        return ""
    low, high = kind.field.declaration.low, kind.field.declaration.high
    is_share = kind.field.declaration.unit is Unit.SHARE
    usual = _SHARES if is_share else _WEIGHTS if high <= 1 else _NUMBERS
    most = 1 if usual != _NUMBERS else 25
    if low <= (0 if most == 1 else 1) and high >= most:
        return usual
    unit, of = ("%", 100) if is_share else ("", 1)
    return f"{low * of:g}{unit}-{high * of:g}{unit} [3]"


def axis_of_field(field: str) -> str:
    """The axis over a field of the form, or a part of one; "" where there is none."""
    by_field = {"width": "size", "height": "size", "loras": "lora", "hires.mode": "hires"}
    name = by_field.get(field, field)
    names = axis_names()
    return name if name in names else ""


def choices_of_axis(name: str, known: Mapping[str, Sequence[tuple[str, str]]]) -> Choices:
    """What can be chosen along an axis: values, and their names for people; () where they are
    typed. `known` are those that a declaration does not hold, as the models, by the axis's name."""
    if name in known:
        return tuple(known[name])
    try:
        kind = kind_named(name)
    except InvalidRequest:
        return ()
    if not isinstance(kind, DeclaredAxis):
        return ()
    return _SWITCH if kind.field.kind is bool else tuple((kind.choices or {}).items())

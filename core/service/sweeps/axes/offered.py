"""The axes that are offered to be chosen, with their names for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.service.sweeps.axes.declared import DeclaredAxis
from core.service.sweeps.axes.names import axis_names, kind_named
from core.system.errors import InvalidRequest

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
_FOR_MASKS = ("start.mask", "start.area", "start.padding", "start.frame", "start.extend")


def offered_axes(
    loras: Iterable[str] = (), wildcards: Iterable[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Names and labels, the usual ones first; `loras` are those whose weight can be varied,
    `wildcards` those of the prompt. Of one label only the first has it alone."""
    rest = [name for name in axis_names() if name not in _FIRST and name not in _TYPED]
    names = [*_FIRST, *(f"wildcard:{one}" for one in wildcards), *(f"lora:{one}" for one in loras)]
    names += (name for name in rest if not name.startswith(_FOR_MASKS))
    found: dict[str, str] = {}
    for name in names:
        label = kind_named(name).label
        found[name] = f"{label} ({name})" if label in found.values() else label
    return tuple(found.items())


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
    if isinstance(kind, DeclaredAxis):
        return tuple((kind.choices or {}).items())
    return ()

"""What an axis is called, and the kind that a name stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.service.sweeps.axes.declared import DeclaredAxis, HiresAxis, SizeAxis
from core.service.sweeps.axes.files import (
    ExtraAxis,
    LoraAxis,
    LoraWeightAxis,
    ModelAxis,
    StyleAxis,
)
from core.service.sweeps.axes.kind import AxisKind, Known
from core.service.sweeps.axes.ranges import once, parts_of
from core.service.sweeps.axes.words import (
    AddAxis,
    LineAxis,
    MatrixAxis,
    OrderAxis,
    ReplaceAxis,
    WildcardAxis,
)
from core.system.errors import InvalidRequest
from core.values.declared.parameter import DeclaredField, declared_fields
from core.values.request import Request
from core.values.sweeping.sweep import Axis

IN_STEP = "|"
# fields that a kind of its own is for, and those that are no parameter of one picture
_NOT_DECLARED = frozenset({"model", "vae", "refiner", "loras", "count", "hires.mode"})
_OWN: Mapping[str, AxisKind] = {
    kind.name: kind
    for kind in (
        ModelAxis(),
        ExtraAxis("vae", "VAE"),
        ExtraAxis("refiner", "Refiner"),
        SizeAxis(),
        HiresAxis(),
        LoraAxis(),
        StyleAxis(),
        ReplaceAxis(),
        OrderAxis(),
        AddAxis(),
        MatrixAxis(),
        LineAxis(),
    )
}
# as the web UI's X/Y/Z plot and other programs call them
_ALSO: Mapping[str, str] = {
    "cfg": "guidance",
    "checkpoint": "model",
    "checkpointname": "model",
    "promptsr": "replace",
    "searchandreplace": "replace",
    "sr": "replace",
    "promptorder": "order",
    "styles": "style",
    "scheduler": "schedule",
    "denoise": "start.strength",
    "denoising": "start.strength",
    "strength": "start.strength",
    "varseed": "noise.variation_seed",
    "varstrength": "noise.variation_strength",
    "variationseed": "noise.variation_seed",
    "negative": "negative_prompt",
    "sizes": "size",
    "seeds": "seed",
    "refinercheckpoint": "refiner",
    "refinerswitchat": "refiner_at",
    "hiresfix": "hires",
    "prompts": "prompt",
    "loras": "lora",
    "promptmatrix": "matrix",
    "samplername": "sampler",
    "imagecfgscale": "start.image_guidance",
    "rngsource": "noise.source",
    "alwaysdiscardnexttolastsigma": "levels.discard_penultimate",
}


def kind_named(name: str) -> AxisKind:
    """The kind of axis that a name of a stored one, or one as a person writes it, stands for.
    Raises InvalidRequest where there is none."""
    if IN_STEP in name:
        return StepAxis(tuple(kind_named(part.strip()) for part in name.split(IN_STEP)))
    head, colon, rest = name.strip().partition(":")
    if colon and rest and (kind := _of_something(head.strip().lower(), rest)):
        return kind
    bare = _bare(name)
    if bare in _OWN:
        return _OWN[bare]
    found = _declared().get(_ALSO.get(bare, "")) or _by_words().get(bare)
    if found is not None:
        return found
    if _ALSO.get(bare, "") in _OWN:
        return _OWN[_ALSO[bare]]
    raise InvalidRequest(
        "axis",
        f'There is no parameter "{name[:80]}" to vary.',
        f"Choose one of: {', '.join(axis_names())}.",
    )


def _of_something(head: str, rest: str) -> AxisKind | None:
    """Of "lora:ink" and the like."""
    if head == "lora":
        return LoraWeightAxis(rest.strip())
    if head == "wildcard":
        return WildcardAxis(rest.strip().strip("_"))
    if head == "replace":
        return ReplaceAxis(rest)
    if head == "add":
        return AddAxis(rest.strip())
    return None


def axis_names() -> tuple[str, ...]:
    """All that can be varied, by name; "lora:NAME" and "wildcard:NAME" stand for many."""
    return (*_declared(), *_OWN, "lora:NAME", "wildcard:NAME")


@lru_cache(maxsize=1)
def _declared() -> Mapping[str, DeclaredAxis]:
    """By the names that stored axes have: that of the field, behind that of what it belongs to."""
    found: dict[str, DeclaredAxis] = {}
    for field in declared_fields(Request):
        name = ".".join(field.path)
        if field.declaration.option is not None and name not in _NOT_DECLARED:
            found[name] = DeclaredAxis(name, field)
    return found


@lru_cache(maxsize=1)
def _by_words() -> Mapping[str, DeclaredAxis]:
    """By all that may be typed for them; what several are called is none of them."""
    found: dict[str, DeclaredAxis | None] = {}
    for name, axis in _declared().items():
        for word in {_bare(word) for word in _words_of(name, axis.field)} - {""}:
            found[word] = axis if word not in found or found[word] is axis else None
    for name, axis in _declared().items():  # the whole name is this one's, whatever else has it
        found[_bare(name)] = axis
    return {word: axis for word, axis in found.items() if axis is not None}


def _words_of(name: str, field: DeclaredField) -> tuple[str, ...]:
    declared = field.declaration
    option = declared.option.name if declared.option else ""
    return name, field.path[-1], option, declared.label, declared.short, declared.a1111


def _bare(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())


@dataclass(frozen=True, slots=True)
class StepAxis:
    """Several parameters that change together; the parts of a value are written behind each other
    with bars between, "10|4, 20|7", or each as values of its own: "10,20|4,7"."""

    parts: tuple[AxisKind, ...]

    @property
    def name(self) -> str:
        """Those of all."""
        return IN_STEP.join(part.name for part in self.parts)

    @property
    def label(self) -> str:
        """Those of all."""
        return " · ".join(part.label for part in self.parts)

    @property
    def rank(self) -> int:
        """That of the part which is put first."""
        return min(part.rank for part in self.parts)

    def read(self, typed: str, known: Known) -> Axis:
        """Both ways of writing. Raises InvalidRequest where the parts have not as many values."""
        rows = [tuple(part.split(IN_STEP)) for part in parts_of(typed)]
        if len(rows) > 1 and all(len(row) == len(self.parts) for row in rows):
            name = self.name
            found = [self._row(row, known) for row in rows]
        else:
            name, found = self._from_columns(typed, known)
        if any(IN_STEP in text for row in found for text in row):
            raise InvalidRequest("axis", "A value in step holds a bar.", "Leave the bar out.")
        axis = Axis(name, once(IN_STEP.join(row) for row in found))
        axis.check()
        return axis

    def _row(self, row: tuple[str, ...], known: Known) -> tuple[str, ...]:
        return tuple(
            _single(part, text.strip(), known) for part, text in zip(self.parts, row, strict=True)
        )

    def _from_columns(self, typed: str, known: Known) -> tuple[str, list[tuple[str, ...]]]:
        columns = typed.split(IN_STEP)
        if len(columns) != len(self.parts):
            raise InvalidRequest(
                "axis",
                f'"{typed[:80]}" does not say {len(self.parts)} things in step.',
                "Write the parts of each value with a bar between, as in 10|4, 20|7.",
            )
        axes = [part.read(column, known) for part, column in zip(self.parts, columns, strict=True)]
        count = max(len(axis.values) for axis in axes)
        if any(len(axis.values) not in (1, count) for axis in axes):
            raise InvalidRequest(
                "axis",
                f"{self.label} have not as many values each.",
                "Give each parameter as many values, or one.",
            )
        name = IN_STEP.join(axis.name for axis in axes)
        filled = (axis.values * (count if len(axis.values) == 1 else 1) for axis in axes)
        return name, list(zip(*filled, strict=True))

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With all parts."""
        texts = zip(self.parts, value.split(IN_STEP), strict=True)
        for part, text in sorted(texts, key=lambda one: one[0].rank):
            request = part.put(request, text, known)
        return request

    def shown(self, value: str) -> str:
        """All parts."""
        texts = zip(self.parts, value.split(IN_STEP), strict=True)
        return " · ".join(part.shown(text) for part, text in texts)


def _single(part: AxisKind, text: str, known: Known) -> str:
    """The one value that a text is. Raises InvalidRequest for several."""
    if isinstance(part, ReplaceAxis) and part.old:
        return text
    values = part.read(text, known).values
    if len(values) != 1:
        raise InvalidRequest(
            "axis", f'"{text[:80]}" are several values.', "Write one in each place."
        )
    return values[0]

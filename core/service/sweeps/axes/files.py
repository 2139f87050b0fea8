"""Axes over what lies in files: models, VAEs, refiners, LoRAs and their weights, styles."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from core.models.library.model_entry import ModelEntry
from core.prompt.loras import lora_argument, lora_tags, parse_lora, with_lora
from core.prompt.styles.files import chosen_styles
from core.service.sweeps.axes.declared import ALL
from core.service.sweeps.axes.kind import RANK_LORA, RANK_PARAMETER, Known
from core.service.sweeps.axes.ranges import numbers_in, once, parts_of, plain
from core.values.lora import Lora
from core.values.model import ModelKind
from core.values.request import Request
from core.values.request_parts.branch import Branch
from core.values.request_parts.chosen_style import with_style
from core.values.sweeping.sweep import Axis

NONE = "none"
_NO_WORDS_ALONE = frozenset({"sdxl-refiner"})  # which make no picture of words alone


@dataclass(frozen=True, slots=True)
class ModelAxis:
    """The model that makes the picture; "all" are those here that make pictures of words."""

    name: str = "model"
    label: str = "Model"
    rank: int = RANK_PARAMETER

    def read(self, typed: str, known: Known) -> Axis:
        """Ids, names or paths. Raises ModelMissing where there is none of a name."""
        values: list[str] = []
        for part in parts_of(typed):
            if part.lower() == ALL:
                values += (entry.id for entry in known.library.entries() if makes_pictures(entry))
            else:
                values.append(_model_named(known, part))
        axis = Axis(self.name, once(values))
        axis.check()
        return axis

    def put(self, request: Request, value: str, known: Known) -> Request:
        """On this model: it shares no steps with a picture of another one."""
        branch = request.branch if value == request.model else Branch()
        return replace(request, model=value, branch=branch)

    def shown(self, value: str) -> str:
        """A path by its last part."""
        return _last(value)


def makes_pictures(entry: ModelEntry) -> bool:
    """Whether a model that is here makes pictures of words alone."""
    if not entry.ready or entry.kind != ModelKind.CHECKPOINT:
        return False
    return entry.family not in _NO_WORDS_ALONE and not entry.variant


def _model_named(known: Known, name: str) -> str:
    """Its id, or its path where that was written. Raises ModelMissing."""
    by_name = {entry.name.casefold(): entry for entry in known.library.entries()}
    if name.casefold() in by_name:
        return by_name[name.casefold()].id
    entry = known.library.find(name)
    entry.ref()
    return entry.id if entry.source != "path" else entry.path


@dataclass(frozen=True, slots=True)
class ExtraAxis:
    """Another file of a kind: `name` "vae" or "refiner", the request's field. "none" is none."""

    name: str
    label: str
    rank: int = RANK_PARAMETER

    def read(self, typed: str, known: Known) -> Axis:
        """Names or paths. Raises ModelMissing where there is none of a name."""
        values: list[str] = []
        for part in parts_of(typed):
            if part.lower() in (NONE, "automatic", ""):
                values.append(NONE)
            elif part.lower() == ALL and self.name == "vae":
                values += (ref.id for ref in known.library.vaes())
            else:
                values.append(self._named(part, known))
        axis = Axis(self.name, once(values))
        axis.check()
        return axis

    def _named(self, part: str, known: Known) -> str:
        if self.name == "refiner":
            return _model_named(known, part)
        known.library.typed_names(part)
        known.library.find_vae(part)
        return part

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With this file."""
        field = {self.name: "" if value == NONE else value}
        return replace(request, **field)

    def shown(self, value: str) -> str:
        """A path by its last part."""
        return _last(value)


@dataclass(frozen=True, slots=True)
class LoraWeightAxis:
    """How strongly one LoRA is on; a tag of the prompt that names it gets the weight."""

    lora: str

    @property
    def name(self) -> str:
        """With the LoRA's."""
        return f"lora:{self.lora}"

    @property
    def label(self) -> str:
        """With the LoRA's name."""
        return f"LoRA {_last(self.lora)}"

    @property
    def rank(self) -> int:
        """Tags may stand in a prompt that another axis writes."""
        return RANK_LORA

    def read(self, typed: str, known: Known) -> Axis:
        """Weights. Raises ModelMissing where there is no such LoRA, InvalidRequest for what is no
        weight."""
        known.library.typed_names(self.lora)
        known.library.find_lora(self.lora)
        values = tuple(plain(number) for number in numbers_in(typed))
        for value in values:
            Lora(self.lora, float(value)).check()
        axis = Axis(self.name, values)
        axis.check()
        return axis

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With this weight, wherever the request names it."""
        weight = float(value)
        tags = [lora for _, _, lora in lora_tags(request.prompt)]
        prompt = request.prompt
        for at, lora in enumerate(tags):
            if known.same_lora(lora.id, self.lora):
                prompt = with_lora(prompt, at, replace(lora, weight=weight, text_weight=None))
        changed = tuple(
            replace(lora, weight=weight, text_weight=None)
            if known.same_lora(lora.id, self.lora)
            else lora
            for lora in request.loras
        )
        is_there = any(known.same_lora(lora.id, self.lora) for lora in (*tags, *request.loras))
        added = () if is_there else (Lora(self.lora, weight),)
        return replace(request, prompt=prompt, loras=(*changed, *added))

    def shown(self, value: str) -> str:
        """The weight."""
        return value


@dataclass(frozen=True, slots=True)
class LoraAxis:
    """One more LoRA, or another; "none" is none of them."""

    name: str = "lora"
    label: str = "LoRA"
    rank: int = RANK_LORA

    def read(self, typed: str, known: Known) -> Axis:
        """ID or ID:WEIGHT. Raises ModelMissing where there is no such LoRA."""
        values: list[str] = []
        for part in parts_of(typed):
            if part.lower() in (NONE, ""):
                values.append(NONE)
            elif part.lower() == ALL:
                values += (ref.id for ref in known.library.loras())
            else:
                lora = parse_lora(part)
                lora.check()
                known.library.typed_names(lora.id)
                known.library.find_lora(lora.id)
                values.append(part)
        axis = Axis(self.name, once(values))
        axis.check()
        return axis

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With this one beside the others."""
        if value == NONE:
            return request
        lora = parse_lora(value)
        others = (one for one in request.loras if not known.same_lora(one.id, lora.id))
        return replace(request, loras=(*others, lora))

    def shown(self, value: str) -> str:
        """The name, and the weight where it is not 1."""
        if value == NONE:
            return value
        lora = parse_lora(value)
        return lora_argument(replace(lora, id=_last(lora.id))).removesuffix(":1")


@dataclass(frozen=True, slots=True)
class StyleAxis:
    """One more style around the words; "none" is none."""

    name: str = "style"
    label: str = "Style"
    rank: int = RANK_PARAMETER

    def read(self, typed: str, known: Known) -> Axis:
        """Names of styles. Raises InvalidRequest where there is none of a name."""
        values: list[str] = []
        for part in parts_of(typed):
            if part.lower() in (NONE, ""):
                values.append(NONE)
            elif part.lower() == ALL:
                values += known.styles.styles
            else:
                values += (style.name for style in chosen_styles(known.styles, (part,)))
        axis = Axis(self.name, once(values))
        axis.check()
        return axis

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With this one behind the others."""
        if value == NONE:
            return request
        (style,) = chosen_styles(known.styles, (value,))
        return replace(request, styles=with_style(request.styles, style.chosen()))

    def shown(self, value: str) -> str:
        """The name."""
        return value


def _last(name: str) -> str:
    """Of a path its last part, without the ending of weights."""
    is_path = os.sep in name or "/" in name
    return Path(name).stem if is_path else name

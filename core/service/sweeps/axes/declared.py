"""Axes over declared parameters: numbers, choices, switches, texts, and several numbers at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, get_args

from core.metadata.infotext.sampler_names import sampler_named, schedule_named
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES
from core.service.sweeps.axes.kind import RANK_PARAMETER, RANK_PROMPT, Known
from core.service.sweeps.axes.ranges import numbers_in, once, parts_of, plain
from core.system.errors import InvalidRequest
from core.values.declared.limits import size_of
from core.values.declared.parameter import DeclaredField, Unit, with_values
from core.values.noise import USUAL_NOISE
from core.values.request import Request
from core.values.request_parts.hires import BY_HAND, OFF, Hires
from core.values.resolved_request import random_seed
from core.values.sweeping.sweep import MAX_VALUES, Axis

ALL = "all"
OWN = "own"  # the value of a field that may hold none
_HIRES_SAMPLER = "hires.sampler"
_PROGRAM = ("compatibility",)
_OUR_NOISE = "cpu"
_MOST = 10**20  # of a whole number, more than a seed
_SWITCHES = {"on": True, "true": True, "yes": True, "1": True} | {
    "off": False,
    "false": False,
    "no": False,
    "0": False,
}
_NONE = frozenset({"own", "none", "auto", "default"})


@dataclass(frozen=True, slots=True)
class DeclaredAxis:
    """Over one field of a request; `name` is what the axis is called."""

    name: str
    field: DeclaredField

    @property
    def label(self) -> str:
        """As declared."""
        return self.field.declaration.label

    @property
    def rank(self) -> int:
        """Texts come before what changes words of them, a program before its noise."""
        first = (("prompt",), ("negative_prompt",), _PROGRAM)
        return RANK_PROMPT if self.field.path in first else RANK_PARAMETER

    @property
    def choices(self) -> Mapping[str, str] | None:
        """What the field may be, by the words for it; None where that is no choice."""
        if self.name == _HIRES_SAMPLER:
            return {OWN: "Own"} | {row.id: row.label for row in SAMPLERS.values()}
        return self.field.declaration.choices

    def read(self, typed: str, known: Known) -> Axis:
        """Each value is checked by the declaration. Raises InvalidRequest."""
        self._check_possible(known)
        values = once(self._texts(typed, known))
        for value in values:
            self._check(value)
        axis = Axis(self.name, values)
        axis.check()
        return axis

    def _check_possible(self, known: Known) -> None:
        """Where the field says nothing of such a request."""
        if self.field.path[0] == "start" and not known.base.start.source:
            raise InvalidRequest(
                "axis",
                f"{self.label} is for pictures that are made from a picture.",
                "Choose one to start from, as with --init.",
            )

    def _texts(self, typed: str, known: Known) -> tuple[str, ...]:
        if self.choices is not None:
            return self._choices(typed, known)
        if self.field.kind is bool:
            return tuple(self._switch(part) for part in parts_of(typed))
        if self.field.kind in (int, float):
            return self._numbers(typed)
        return parts_of(typed)

    def _numbers(self, typed: str) -> tuple[str, ...]:
        whole = self.field.kind is int
        optional = self.field.default is None
        parts = [part for part in parts_of(typed) if part.lower() not in _NONE or not optional]
        own = (OWN,) if len(parts) < len(parts_of(typed)) else ()
        numbers = numbers_in(", ".join(parts), whole=whole) if parts else ()
        if self.field.path[-1] in ("seed", "variation_seed"):
            count = [part.strip() for part in typed.split(",")].count("-1")
            return _with_random(numbers, max(count, 1))
        unit = self.field.declaration.unit
        if unit is Unit.SHARE and any(number > 1 for number in numbers):  # as they are shown
            numbers = tuple(number / 100 for number in numbers)
        return (*own, *(plain(number) for number in numbers))

    def _switch(self, part: str) -> str:
        if part.lower() not in _SWITCHES:
            raise InvalidRequest("axis", f'"{part[:80]}" is not on or off.', "Write on, off.")
        return "on" if _SWITCHES[part.lower()] else "off"

    def _choices(self, typed: str, known: Known) -> tuple[str, ...]:
        choices = self.choices or {}
        found: list[str] = []
        for part in parts_of(typed):
            if part.lower() == ALL:
                found += suiting(self.name, known) or choices
                continue
            found.append(self._choice(part))
        return tuple(found)

    def _choice(self, part: str) -> str:
        choices = self.choices or {}
        if part in choices:
            return part
        by_words = {words.casefold(): key for key, words in choices.items()}
        by_words |= {key.casefold(): key for key in choices}
        named = by_words.get(part.casefold(), "")
        if not named and self.name in ("sampler", _HIRES_SAMPLER):
            named = sampler_named(part)
        elif not named and self.name == "schedule":
            named = schedule_named(part)
        if named not in choices:
            raise InvalidRequest(
                "axis",
                f'There is no {self.label.lower()} "{part[:80]}".',
                f"Choose one of: {', '.join(choices)}; or all.",
            )
        return named

    def _check(self, value: str) -> None:
        self.field.declaration.check(self.name, self.value(value))

    def value(self, text: str) -> Any:
        """What the field holds for a value's text. Raises InvalidRequest for what is none."""
        kind = self.field.kind
        if kind is bool:
            return text == "on"
        if kind in (int, float):
            return None if text == OWN else self._number(text, kind)
        if parts := get_args(kind):
            return self._several(text, parts)
        return "" if self.name == _HIRES_SAMPLER and text == OWN else text

    def _number(self, text: str, kind: type[Any]) -> float:
        try:
            number = Decimal(text)
        except ArithmeticError:
            raise InvalidRequest(
                "axis", f'"{text[:80]}" is no number.', "Write numbers as in 1, 3, 5."
            ) from None
        if kind is float:
            return float(number)
        is_small = number.is_finite() and abs(number) <= _MOST  # others take for ever to write out
        if not is_small or number != int(number):
            raise InvalidRequest(
                "axis", f"{self.label} {text[:80]} is no whole number.", "Write whole numbers."
            )
        return int(number)

    def _several(self, text: str, kinds: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if self.field.default is None and text.lower() in _NONE:
            return None
        parts = [part.strip() for part in text.replace(",", ":").split(":") if part.strip()]
        if Ellipsis in kinds:
            kinds = (kinds[0],) * len(parts)
        if len(parts) != len(kinds):
            raise InvalidRequest(
                "axis",
                f'{self.label} takes {len(kinds)} numbers, not "{text[:80]}".',
                "Write each value as numbers with colons between, as in 1.3:1.4:0.9:0.2.",
            )
        numbers = tuple(self._number(part, kind) for part, kind in zip(parts, kinds, strict=True))
        if not all(math.isfinite(number) for number in numbers):
            raise InvalidRequest("axis", f'"{text[:80]}" are no numbers.', "Write finite numbers.")
        return numbers

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With this value, and what follows from it."""
        held = self.value(value)
        changed = with_values(request, {self.field.path: held})
        if self.field.path == _PROGRAM:
            return _with_usual_noise(request, changed)
        if self.name == "steps":  # a list of levels follows the steps
            return replace(changed, levels=changed.levels.for_steps(changed.steps))
        if self.field.path == ("levels", "sigmas") and held:
            return replace(changed, steps=len(held) - 1)
        if self.field.path[0] == "hires" and request.hires.mode == OFF:
            return replace(changed, hires=replace(changed.hires, mode=BY_HAND))
        return changed

    def shown(self, value: str) -> str:
        """Choices by their names, shares in percent."""
        if self.choices is not None:
            return self.choices.get(value, value)
        if self.field.declaration.unit is Unit.SHARE and value != OWN:
            return f"{float(value) * 100:g} %"
        return value or "none"


def _with_usual_noise(before: Request, after: Request) -> Request:
    """A program draws its noise as it mostly did, as `generate` and the form have it; noise that
    was chosen otherwise than the program before has it stays."""
    if before.noise.source != USUAL_NOISE.get(before.compatibility, _OUR_NOISE):
        return after
    source = USUAL_NOISE.get(after.compatibility, _OUR_NOISE)
    return replace(after, noise=replace(after.noise, source=source))


def _with_random(seeds: Iterable[Decimal], count: int) -> tuple[str, ...]:
    """Where -1 stands, so many random ones: as often as it was written."""
    random = tuple(str(random_seed()) for _ in range(min(count, MAX_VALUES)))
    return tuple(text for seed in seeds for text in (random if seed == -1 else (plain(seed),)))


def suiting(name: str, known: Known) -> tuple[str, ...]:
    """All samplers, or schedules, that suit the model; () for any other parameter."""
    row = known.entry.family_row
    if name in ("sampler", _HIRES_SAMPLER):
        return tuple(one.id for one in SAMPLERS.values() if one.suits_flow or not row.flow)
    if name == "schedule":
        fitting = (one for one in SCHEDULES.values() if not (row.flow and one.by_family))
        return tuple(one.id for one in fitting)
    return ()


@dataclass(frozen=True, slots=True)
class SizeAxis:
    """Width and height together."""

    name: str = "size"
    label: str = "Size"
    rank: int = RANK_PARAMETER

    def read(self, typed: str, known: Known) -> Axis:
        """Sizes as in 512x768; "all" are those that suit the model. Raises InvalidRequest."""
        values: list[str] = []
        for part in parts_of(typed):
            if part.lower() == ALL:
                values += (f"{width}x{height}" for width, height in known.entry.family_row.sizes)
                continue
            width, height = size_of(part)
            Request(width=width, height=height).check()
            values.append(f"{width}x{height}")
        axis = Axis(self.name, once(values))
        axis.check()
        return axis

    def put(self, request: Request, value: str, known: Known) -> Request:
        """In this size."""
        width, height = size_of(value)
        return replace(request, width=width, height=height)

    def shown(self, value: str) -> str:
        """With the sign of multiplication."""
        return value.replace("x", " × ")


@dataclass(frozen=True, slots=True)
class HiresAxis:
    """Hires fix off, automatic or by a factor."""

    name: str = "hires"
    label: str = "Hires fix"
    rank: int = RANK_PARAMETER + 1  # behind its parts, which turn it on

    def read(self, typed: str, known: Known) -> Axis:
        """off, auto, or factors. Raises InvalidRequest."""
        texts = [part.lower().removesuffix("x") for part in parts_of(typed)]
        values: list[str] = []
        for text in texts:
            values += (text,) if text in (OFF, "auto") else map(plain, numbers_in(text))
        axis = Axis(self.name, once(values))
        for value in axis.values:
            self._of(value).check()
        axis.check()
        return axis

    def _of(self, value: str, before: Hires | None = None) -> Hires:
        hires = before or Hires()
        if value in (OFF, "auto"):
            return replace(hires, mode=value)
        return replace(hires, mode=BY_HAND, scale=float(value))

    def put(self, request: Request, value: str, known: Known) -> Request:
        """With hires fix so."""
        return replace(request, hires=self._of(value, request.hires))

    def shown(self, value: str) -> str:
        """A factor as one."""
        return value if value in (OFF, "auto") else f"{value} ×"

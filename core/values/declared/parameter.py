"""What is declared of a parameter of a picture, once, where its field stands: its words, its range,
how the command line spells it and under which key other programs write it.

Check, command line, form and metadata read the declaration; none of them knows a parameter by name
that it has nothing of its own to say about.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from functools import lru_cache, reduce
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_type_hints

from core.system.errors import InvalidRequest

T = TypeVar("T")
_KEY = "parameter"  # in the metadata of a dataclass's field


class Unit(StrEnum):
    """What a number counts; the value is what stands behind it."""

    NONE = ""
    PIXELS = "px"
    # held from 0 to 1, shown from 0 to 100: `step` and `decimals` are those of what is shown
    SHARE = "%"


@dataclass(frozen=True, slots=True)
class Option:
    """How the command line spells a parameter. Parameters whose options have one name are given
    together, as numbers with colons between them; `form` says which ("FROM:UNTIL"), `example` shows
    some ("0.1:0.8").

    `name` is Python's ("refiner_at" for --refiner-at), "" the field's own; `help` "" is the
    parameter's. `positional`: it has no name before it.
    """

    name: str = ""
    help: str = ""
    form: str = ""
    example: str = ""
    positional: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter's declaration.

    `label` is its name for people, `short` what stands before its line in the form where `label`
    is too long, `subject` how a sentence about a refused value begins; "" is the label. `help` is
    one sentence, `remedy` what helps where a value is refused.

    Numbers: from `low` to `high`, of which a slider shows `usual`; arrow keys go by `step`, a field
    shows `decimals`; whole multiples of `multiple_of`. A value of a tuple is checked number by
    number. Texts: at most `longest` characters; or one of `choices`, ids with their names for
    people, and `refusal` says of another id that there is none.

    `of_family`: a model's family has a default of its own; `of_program`: so has the program whose
    picture is made. `advanced`: changed seldom; stands under More, and in metadata only where it is
    not the default. `shown`: has a line in the form. `option` None: not on the command line.
    `a1111` is its key in the text of AUTOMATIC1111's web UI or in what others add to it, "" where
    there is none.
    """

    label: str
    help: str = ""
    remedy: str = ""
    short: str = ""
    subject: str = ""
    low: float = -math.inf
    high: float = math.inf
    usual: tuple[float, float] | None = None
    step: float = 1
    decimals: int = 0
    multiple_of: int | None = None
    unit: Unit = Unit.NONE
    longest: int | None = None
    choices: Mapping[str, str] | None = None
    refusal: str = ""
    of_family: bool = False
    of_program: bool = False
    advanced: bool = False
    shown: bool = True
    option: Option | None = Option()
    a1111: str = ""

    def check(self, name: str, value: object) -> None:
        """Raises InvalidRequest, which says the range, the value and the remedy, where the field
        `name` may not hold `value`; None, where a field may be None, is no value."""
        if isinstance(value, tuple):
            for part in cast("tuple[object, ...]", value):
                self.check(name, part)
        elif isinstance(value, str):
            self._check_text(name, value)
        elif isinstance(value, int | float):
            self._check_number(name, value)

    def _check_text(self, name: str, value: str) -> None:
        if self.longest is not None and len(value) > self.longest:
            message = f"The text is longer than {self.longest:,} characters."
            raise InvalidRequest(name, message, "Shorten it.")
        if self.choices is not None and value not in self.choices:
            refusal = self.refusal or f'There is no {self.label.lower()} "{{value}}".'
            choices = ", ".join(self.choices)
            message = refusal.format(value=value)
            raise InvalidRequest(name, message, f"Choose one of: {choices}.")

    def _check_number(self, name: str, value: float) -> None:
        subject = self.subject or self.label
        if isinstance(value, float) and not math.isfinite(value):
            message = f"{subject} must be a number, not {in_full(value)}."
            raise InvalidRequest(name, message, self.remedy)
        if self.multiple_of is not None and value % self.multiple_of:
            # before the division: the quotient of a long number is beyond any float
            within = max(self.low, min(self.high, value))
            nearest = round(within / self.multiple_of) * self.multiple_of
            message = f"{subject} {in_full(value)} is not a multiple of {self.multiple_of}."
            raise InvalidRequest(name, message, f"Use {in_full(nearest)}.")
        if not self.low <= value <= self.high:
            limits = f"from {in_full(self.low)} to {in_full(self.high)}"
            message = f"{subject} must be {limits}, not {in_full(value)}."
            raise InvalidRequest(name, message, self.remedy)


def parameter(default: T, declaration: Parameter) -> T:
    """A field of a dataclass with its default and its declaration."""
    return field(default=default, metadata={_KEY: declaration})


@lru_cache(maxsize=16)
def parameters(kind: type[Any]) -> Mapping[str, Parameter]:
    """The declarations of a dataclass's fields by their names, in their order; fields without one
    are left out."""
    return dict(_declarations(fields(kind)))


def _declarations(of: tuple[Field[Any], ...]) -> Iterator[tuple[str, Parameter]]:
    for each in of:
        declaration = each.metadata.get(_KEY)
        if isinstance(declaration, Parameter):
            yield each.name, declaration


@dataclass(frozen=True, slots=True)
class DeclaredField:
    """A field with a declaration: the names that lead to it (("noise", "source")), and its type
    without None."""

    path: tuple[str, ...]
    kind: Any
    default: object
    declaration: Parameter

    def of(self, value: object) -> object:
        """What this field holds in a value of its class."""
        return reduce(getattr, self.path, value)


@lru_cache(maxsize=16)
def declared_fields(kind: type[Any]) -> tuple[DeclaredField, ...]:
    """The declared fields of a dataclass in their order. A field that has declared fields of its
    own, as the noise, gives way to those."""
    hints = get_type_hints(kind)
    found: list[DeclaredField] = []
    for each in fields(kind):
        hint = _without_none(hints[each.name])
        if isinstance(hint, type) and is_dataclass(hint):
            inner = declared_fields(hint)
            found += (replace(part, path=(each.name, *part.path)) for part in inner)
        elif declaration := parameters(kind).get(each.name):
            found.append(DeclaredField((each.name,), hint, each.default, declaration))
    return tuple(found)


def _without_none(hint: Any) -> Any:
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    return kinds[0] if isinstance(hint, UnionType) else hint


def with_values(value: T, values: Mapping[tuple[str, ...], object]) -> T:
    """A dataclass's value with others in the fields to which these paths lead."""
    own: dict[str, object] = {}
    inner: dict[str, dict[tuple[str, ...], object]] = {}
    for (name, *rest), new in values.items():
        if rest:
            inner.setdefault(name, {})[tuple(rest)] = new
        else:
            own[name] = new
    for name, below in inner.items():
        own[name] = with_values(getattr(value, name), below)
    return replace(cast("Any", value), **own)


def in_full(number: float) -> str:
    """A number as a person would write it: every digit that tells it from another,
    no point behind a whole one."""
    if isinstance(number, int) and abs(number) >= 10**40:
        return f"a number of {math.floor(math.log10(abs(number))) + 1} digits"
    return str(number).removesuffix(".0")

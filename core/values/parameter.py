"""What is declared of a parameter of a picture, once, where its field stands: its words, its range,
how the command line spells it and under which key other programs write it.

Check, command line, form and metadata read the declaration; none of them knows a parameter by name
that it has nothing of its own to say about.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, cast

from core.system.errors import InvalidRequest

T = TypeVar("T")
_KEY = "parameter"  # in the metadata of a dataclass's field


class Unit(StrEnum):
    """What a number counts; the value is what stands behind it."""

    NONE = ""
    PIXELS = "px"
    SHARE = "%"  # held from 0 to 1, shown from 0 to 100


@dataclass(frozen=True, slots=True)
class Option:
    """How the command line spells a parameter. Parameters with one option are given together, as
    numbers with `mark` between them; `form` says how ("FROM:UNTIL, as in 0.1:0.8").

    `name` is Python's ("refiner_at" for --refiner-at), "" the field's own; `help` "" is the
    parameter's.
    """

    name: str = ""
    help: str = ""
    form: str = ""
    mark: str = ":"


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

    `of_family`: a model's family has a default of its own. `advanced`: changed seldom; stands under
    More, and in metadata only where it is not the default. `shown`: has a line in the form.
    `option` None: not on the command line. `a1111` is its key in the text of AUTOMATIC1111's web
    UI, "" where that has none.
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
    advanced: bool = False
    shown: bool = True
    option: Option | None = Option()
    a1111: str = ""

    def check(self, name: str, value: object) -> None:
        """Whether the field `name` may hold `value`; None, where a field may be None, is no value.

        Raises InvalidRequest, which says the range, the value and the remedy.
        """
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
            near = round(value / self.multiple_of) * self.multiple_of
            nearest = max(self.low, min(self.high, near))
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


def in_full(number: float) -> str:
    """A number as a person would write it: every digit that tells it from another,
    no point behind a whole one."""
    if isinstance(number, int) and abs(number) >= 10**40:
        return f"a number of {math.floor(math.log10(abs(number))) + 1} digits"
    return str(number).removesuffix(".0")

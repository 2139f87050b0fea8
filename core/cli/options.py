"""The options of `calotype generate`. Those of the picture are made from the declarations of its
parameters in `core.values`, those of the program itself are the fields of `ProgramOptions`.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from core.cli.output import AsJson
from core.prompt.loras import parse_lora
from core.system.errors import InvalidRequest
from core.values.limits import size_of
from core.values.lora import Lora
from core.values.parameter import DeclaredField, Option, declared_fields, in_full
from core.values.request import Request
from core.values.request_parts.hires import AUTO, BY_HAND, OFF, Hires


@dataclass(frozen=True, slots=True)
class ProgramOptions:
    """What `generate` is told that does not determine the picture."""

    device: Annotated[str, typer.Option(help="auto, cpu, mps, xpu, cuda or cuda:N.")] = "auto"
    weights: Annotated[
        str,
        typer.Option(
            help="full; 8bit: half a graphics card's memory, a quarter on a processor; bf16: "
            "for processors with AMX or AVX512-BF16."
        ),
    ] = "full"
    out: Annotated[
        Path | None, typer.Option(help="A file or folder instead of the gallery; never overwrites.")
    ] = None
    as_json: AsJson = False
    # of a later version: known so that they are refused by name, and hidden from the help
    init: Annotated[str | None, typer.Option(hidden=True)] = None
    mask: Annotated[str | None, typer.Option(hidden=True)] = None


@dataclass(frozen=True, slots=True)
class PictureOption:
    """An option, and the fields of the request that it fills. It is one value as typer reads it, or
    a text of several."""

    name: str
    option: Option
    fields: tuple[DeclaredField, ...]

    def parts(self) -> tuple[object, ...]:
        """The types of its values: of its fields, or of what is in its only one."""
        first, *others = self.fields
        if others:
            return tuple(field.kind for field in self.fields)
        return get_args(first.kind) or (first.kind,)

    def for_typer(self) -> inspect.Parameter:
        """As typer reads it off a function: with its type, its help and its default."""
        first = self.fields[0]
        declared = first.declaration
        says = self.option.help or declared.help
        if self.option.positional:
            return _keyword(self.name, first.kind, typer.Argument(help=says))
        kind = first.kind
        default = first.default
        if len(self.parts()) > 1:
            kind = list[str] if Ellipsis in self.parts() else str
            default = None
        if declared.of_family or declared.of_program:
            default = None  # which says that nothing was typed
        optional = kind | None if default is None else kind
        return _keyword(self.name, optional, typer.Option(help=says), default)

    def read(self, typed: Any) -> tuple[object, ...]:
        """A value for each of its fields. Raises InvalidRequest for a text that makes no sense."""
        if self.name in _SPELT_OTHERWISE:
            return _SPELT_OTHERWISE[self.name](typed)
        parts = self.parts()
        if len(parts) == 1:
            return (typed,)
        numbers = self._numbers(typed, parts)
        return numbers if len(self.fields) > 1 else (numbers,)

    def _numbers(self, typed: str, kinds: tuple[object, ...]) -> tuple[float, ...]:
        """Finite numbers with colons between, of whole ones every digit."""
        texts = typed.split(":")
        try:
            numbers = [float(text) for text in texts]
        except ValueError:
            numbers = []
        if len(numbers) != len(kinds) or not all(math.isfinite(number) for number in numbers):
            raise InvalidRequest(
                self.name,
                f'"{typed}" is not {len(kinds)} numbers with colons between.',
                f"Write {self.option.form}, as in {self.option.example}.",
            )
        for at, kind in enumerate(kinds):
            if kind is int:
                numbers[at] = self._whole(at, texts[at].strip(), numbers[at])
        return tuple(numbers)

    def _whole(self, at: int, text: str, number: float) -> int:
        if re.fullmatch(r"[+-]?\d{1,40}", text):
            return int(text)
        if number != int(number):
            part = self.option.form.split(":")[at].lower()
            raise InvalidRequest(
                self.name,
                f"{in_full(number)} is no {part}.",
                f"Write a whole number, as in {self.option.example}.",
            )
        return int(number)


def _keyword(
    name: str, kind: object, info: object, default: object = inspect.Parameter.empty
) -> inspect.Parameter:
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, info],
    )


def _loras(typed: list[str]) -> tuple[object, ...]:
    return (tuple(_lora(text) for text in typed),)


def _lora(text: str) -> Lora:
    """`parse_lora`; InvalidRequest where that makes no sense."""
    lora = parse_lora(text)
    weights = (lora.weight, lora.text_weight or 0.0)
    if not lora.id or not all(math.isfinite(weight) for weight in weights):
        raise InvalidRequest(
            "lora", f'"{text}" is no LoRA with a weight.', "Write ID:WEIGHT, as in style:0.8."
        )
    return lora


def _four_with_commas(name: str) -> Callable[[str], tuple[object, ...]]:
    """Four whole numbers with commas between; InvalidRequest for a text that is none."""

    def read(typed: str) -> tuple[object, ...]:
        found = re.fullmatch(
            r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*,\s*(\d{1,9})\s*,\s*(\d{1,9})\s*", typed
        )
        if found is None:
            shown = name.replace("_", "-")
            raise InvalidRequest(
                name,
                f'"{typed[:80]}" is not four whole numbers with commas between.',
                f"Write --{shown} as in 0,0,256,0.",
            )
        return (tuple(int(number) for number in found.groups()),)

    return read


def _hires(typed: str) -> tuple[object, ...]:
    """Mode and scale; InvalidRequest for what is neither a mode nor a factor."""
    if typed in (OFF, AUTO):
        return typed, Hires().scale
    try:
        scale = float(typed.removesuffix("x"))
    except ValueError:
        scale = math.nan
    if not math.isfinite(scale):
        raise InvalidRequest(
            "hires", f'"{typed[:80]}" is no way of hires fix.', "Write off, auto, or a factor as 2."
        )
    return BY_HAND, scale


# options that are not spelt as numbers with colons between, by their names
_SPELT_OTHERWISE: Mapping[str, Callable[[Any], tuple[object, ...]]] = {
    "size": size_of,
    "lora": _loras,
    "extend": _four_with_commas("extend"),
    "inpaint_frame": _four_with_commas("inpaint_frame"),
    "hires": _hires,
}


@lru_cache(maxsize=4)
def picture_options(kind: type[Any] = Request) -> tuple[PictureOption, ...]:
    """The options of a declared dataclass, each where its first field stands."""
    by_name: dict[str, list[DeclaredField]] = {}
    for field in declared_fields(kind):
        option = field.declaration.option
        if option is not None:
            by_name.setdefault(option.name or field.path[-1], []).append(field)
    return tuple(
        PictureOption(name, found[0].declaration.option or Option(), tuple(found))
        for name, found in by_name.items()
    )


@dataclass(frozen=True, slots=True)
class GenerateOptions:
    """What was typed behind `generate`: of the picture by the names of the options, of which those
    left out are missing or None, and of the program itself."""

    picture: Mapping[str, object]
    program: ProgramOptions

    @classmethod
    def of(cls, **typed: Any) -> GenerateOptions:
        """From all of it by the names of the options."""
        own = {field.name for field in fields(ProgramOptions)}
        program = {name: value for name, value in typed.items() if name in own}
        picture = {name: value for name, value in typed.items() if name not in own}
        return cls(picture, ProgramOptions(**program))

    @property
    def model(self) -> str:
        """The model's id or path as it was typed."""
        return str(self.picture.get("model", Request().model))

    def values(self) -> dict[tuple[str, ...], object]:
        """What was typed, by the paths of the fields of a Request; InvalidRequest for a text that
        makes no sense."""
        values: dict[tuple[str, ...], object] = {}
        for option in picture_options():
            typed = self.picture.get(option.name)
            if typed is not None:
                paths = (field.path for field in option.fields)
                values |= zip(paths, option.read(typed), strict=True)
        return values


def taking_options(command: Callable[[GenerateOptions], None]) -> Callable[..., None]:
    """Decorates a command that takes what was typed: typer sees a parameter for each option, those
    of the picture before those of the program."""

    def called(**typed: object) -> None:
        command(GenerateOptions.of(**typed))

    called.__name__ = command.__name__
    called.__doc__ = command.__doc__
    of_program = inspect.signature(ProgramOptions, eval_str=True).parameters.values()
    seen = inspect.Signature(
        [
            *(option.for_typer() for option in picture_options()),
            *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in of_program),
        ]
    )
    setattr(called, "__signature__", seen)  # noqa: B010  a function has no such attribute yet
    return called

"""The options of `calotype generate`. Those of the picture are made from the declarations of its
parameters in `core.values`, those of the program itself are the fields of `ProgramOptions`.
"""

from __future__ import annotations

import inspect
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from core.cli.shared.output import AsJson
from core.prompt.loras import parse_lora
from core.store.files import ENDINGS
from core.system.errors import InvalidRequest
from core.values.declared.limits import size_of
from core.values.declared.parameter import DeclaredField, Option, declared_fields, in_full
from core.values.lora import Lora
from core.values.request import Request
from core.values.request_parts.hires import AUTO, BY_HAND, OFF, Hires
from core.values.request_parts.levels import sigmas_of
from core.values.request_parts.start_picture import STAND_IN

OnDevice = Annotated[str, typer.Option(help="auto, cpu, mps, xpu, cuda or cuda:N.")]
WithWeights = Annotated[
    str,
    typer.Option(
        help="full; 8bit: half a graphics card's memory, a quarter on a processor; bf16: "
        "for processors with AMX or AVX512-BF16."
    ),
]
IntoFile = Annotated[
    Path | None, typer.Option(help="A file or folder instead of the gallery; never overwrites.")
]


@dataclass(frozen=True, slots=True)
class ProgramOptions:
    """What `generate` is told that does not determine the picture."""

    init: Annotated[
        list[Path] | None,
        typer.Option(help="A picture to start from; or several, or a folder of them."),
    ] = None
    mask: Annotated[
        Path | None,
        typer.Option(help="A picture, white where the start picture is made anew."),
    ] = None
    style: Annotated[
        list[str] | None,
        typer.Option(help="A style by its name, put around the prompt; or several."),
    ] = None
    device: OnDevice = "auto"
    weights: WithWeights = "full"
    out: IntoFile = None
    as_json: AsJson = False


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
        if self.option.positional:  # where it may be left out is not for its declaration to say
            return _keyword(self.name, first.kind | None, typer.Argument(help=says), None)
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


def _sigmas(typed: list[str]) -> tuple[object, ...]:
    """Noise levels; InvalidRequest for what is none."""
    return (sigmas_of(",".join(typed)),)


# options that are not spelt as numbers with colons between, by their names
_SPELT_OTHERWISE: Mapping[str, Callable[[Any], tuple[object, ...]]] = {
    "size": size_of,
    "lora": _loras,
    "extend": _four_with_commas("extend"),
    "inpaint_frame": _four_with_commas("inpaint_frame"),
    "hires": _hires,
    "sigmas": _sigmas,
}


_TAKES_FILES = "--init"


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
    """What stands behind `generate`: of the picture by the names of the options, and of the program
    itself. `typed` are the names of those that a person wrote; the others are missing, None or
    hold a default."""

    picture: Mapping[str, object]
    program: ProgramOptions
    typed: frozenset[str]

    @classmethod
    def of(cls, **given: Any) -> GenerateOptions:
        """From options by their names, all of which count as typed."""
        return cls.where(frozenset(given), **given)

    @classmethod
    def where(cls, typed: frozenset[str], **given: Any) -> GenerateOptions:
        """From all of them by their names."""
        own = {field.name for field in fields(ProgramOptions)}
        program = {name: value for name, value in given.items() if name in own}
        picture = {name: value for name, value in given.items() if name not in own}
        return cls(picture, ProgramOptions(**program), typed)

    @property
    def model(self) -> str:
        """The model's id or path as it was typed."""
        return str(self.picture.get("model", Request().model))

    @property
    def has_prompt(self) -> bool:
        """Whether words were given, and be they empty."""
        return self.picture.get("prompt") is not None

    def values(self, *, only_typed: bool = False) -> dict[tuple[str, ...], object]:
        """What they hold, by the paths of the fields of a Request; InvalidRequest for a text that
        makes no sense. Where files are given to start from, `STAND_IN` stands for them; a list of
        noise levels says how many steps there are, where nothing else does."""
        values: dict[tuple[str, ...], object] = {}
        if self.program.init:
            values["start", "source"] = STAND_IN
        for option in picture_options():
            given = self.picture.get(option.name)
            if given is not None and (option.name in self.typed or not only_typed):
                paths = (field.path for field in option.fields)
                values |= zip(paths, option.read(given), strict=True)
        if sigmas := cast("tuple[float, ...]", values.get(("levels", "sigmas"))):
            values.setdefault(("steps",), len(sigmas) - 1)
        return values


def taking_options(command: Callable[[GenerateOptions], int]) -> Callable[..., int]:
    """Decorates a command that takes what was typed: typer sees a parameter for each option, those
    of the picture before those of the program."""

    def called(context: typer.Context, **given: object) -> int:
        typed = frozenset(name for name in given if _is_typed(context, name))
        return command(GenerateOptions.where(typed, **given))

    return _seen_as(called, command)


def taking_more_options(
    more: type[Any],
) -> Callable[[Callable[[GenerateOptions, Any], int]], Callable[..., int]]:
    """The same for a command that has options of its own, the fields of the dataclass `more`, which
    stand before the others."""
    own = {field.name for field in fields(more)}

    def taking(command: Callable[[GenerateOptions, Any], int]) -> Callable[..., int]:
        def called(context: typer.Context, **given: object) -> int:
            typed = frozenset(name for name in given if _is_typed(context, name))
            further = {name: given.pop(name) for name in own}
            return command(GenerateOptions.where(typed - own, **given), more(**further))

        return _seen_as(called, command, more)

    return taking


def _seen_as(
    called: Callable[..., int], command: Callable[..., int], *more: type[Any]
) -> Callable[..., int]:
    """The function with the name, the help and the parameters that typer is to see."""
    called.__name__ = command.__name__
    called.__doc__ = command.__doc__
    own = (inspect.signature(kind, eval_str=True).parameters.values() for kind in more)
    of_program = inspect.signature(ProgramOptions, eval_str=True).parameters.values()
    seen = inspect.Signature(
        [
            inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for all_ in own for each in all_),
            *(option.for_typer() for option in picture_options()),
            *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in of_program),
        ]
    )
    setattr(called, "__signature__", seen)  # noqa: B010  a function has no such attribute yet
    return called


def _is_typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def with_option_for_each_file(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--init A B` written as `--init A --init B`: what a shell makes of
    `--init *.png`. Behind the first value only what looks like a picture's path is one, so that a
    prompt may stand there too."""
    spread: list[str] = []
    is_value = takes_more = False
    for argument in arguments:
        if is_value:
            is_value, takes_more = False, True
        elif argument == _TAKES_FILES:
            is_value, takes_more = True, False
        elif takes_more and _is_path_of_picture(argument):
            spread.append(_TAKES_FILES)
        else:
            takes_more = False
        spread.append(argument)
    return spread


def _is_path_of_picture(word: str) -> bool:
    if word.startswith("-"):
        return False
    return word.lower().endswith(ENDINGS) or (os.sep in word and os.path.exists(word))

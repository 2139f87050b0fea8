"""What was typed that a sweep makes nothing of: refused before anything is made."""

from __future__ import annotations

from dataclasses import replace

from core.cli.shared.options import GenerateOptions, picture_options
from core.cli.sweeping.options import SweepOptions
from core.service.sweeps.axes.reading import matrix_of
from core.system.errors import InvalidRequest
from core.values.declared.parameter import with_values
from core.values.request import Request
from core.values.sweeping.sweep import Axis, Sweep


def check_typed(chosen: GenerateOptions) -> None:
    """Raises InvalidRequest for options of single pictures that no cell can follow."""
    count = chosen.picture.get("count")
    if isinstance(count, int) and count > 1:
        raise InvalidRequest(
            "count",
            f"A sweep makes one picture of each cell, not {count}.",
            "Vary the seed: --x seed=-1,-1 makes two of each.",
        )
    if chosen.program.mask is not None and not chosen.program.init:
        raise InvalidRequest(
            "mask", "A mask needs a picture to start from.", "Choose one with --init."
        )


def check_same_recipe(chosen: GenerateOptions, options: SweepOptions, sweep: Sweep) -> None:
    """Raises InvalidRequest where something was typed for a sweep that is taken up again which its
    recipe has not: all its cells are of one recipe."""
    base = sweep.base
    if options.matrix:
        base = _with_matrix(chosen, sweep)
    styles = [style.name for style in base.styles]
    wanted = chosen.program.style or []
    if wanted != styles[len(styles) - len(wanted) :]:
        raise _other("--style")
    values = chosen.values(only_typed=True)
    for option in picture_options():
        mine = {field.path: values[field.path] for field in option.fields if field.path in values}
        if mine and with_values(base, mine) != base:
            spelt = f"--{option.name.replace('_', '-')}"
            raise _other("The prompt" if option.option.positional else spelt)


def _with_matrix(chosen: GenerateOptions, sweep: Sweep) -> Request:
    """The sweep's recipe with the prompt as it was typed for a matrix. Raises InvalidRequest where
    the matrix is another one."""
    typed = with_values(Request(), chosen.values(only_typed=True))
    rest, axes = matrix_of(typed)
    if rest.prompt != sweep.base.prompt or axes != _unskipped(sweep.axes[: len(axes)]):
        raise _other("The matrix")
    return replace(sweep.base, prompt=typed.prompt)


def _unskipped(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    return tuple(replace(axis, skipped=()) for axis in axes)


def _other(what: str) -> InvalidRequest:
    return InvalidRequest(
        "sweep",
        f"{what} is not as in the sweep that goes on.",
        "Leave it out, or begin another sweep without --go-on.",
    )

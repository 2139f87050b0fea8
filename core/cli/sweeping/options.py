"""The options of `calotype sweep`, as typer sees them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

_AXIS = "NAME=VALUES: 1, 3, 5 or 5-25(+5) or 1-10[4] or all; "


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """What `sweep` is told beside what `generate` is."""

    x: Annotated[
        str | None,
        typer.Option(
            help=_AXIS + "across. Also A|B=1|2,3|4 in step, replace=red,blue, lora:ID=0-1."
        ),
    ] = None
    y: Annotated[str | None, typer.Option(help=_AXIS + "down.")] = None
    z: Annotated[str | None, typer.Option(help=_AXIS + "one grid below the other.")] = None
    prompts: Annotated[
        Path | None,
        typer.Option(help="A text file with a prompt on each line, or --prompt ... --steps ..."),
    ] = None
    matrix: Annotated[
        bool, typer.Option("--matrix", help="The prompt's parts between bars: all choices of them.")
    ] = False
    skip: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUES of the axes that are left out for now; or several."),
    ] = None
    take_back: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUES that were left out, once more.")
    ] = None
    go_on: Annotated[
        str | None,
        typer.Option(help='With this sweep, or the "last": what is missing, and further values.'),
    ] = None
    anew: Annotated[
        bool, typer.Option("--anew", help="A sweep of its own, though one was begun so.")
    ] = False
    redo: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE,NAME=VALUE of cells that are made again; or several."),
    ] = None
    name: Annotated[str | None, typer.Option(help="The sweep's name; stands on the grid.")] = None
    note: Annotated[str | None, typer.Option(help="A note; stands on the grid.")] = None
    grid: Annotated[str, typer.Option(help="What the grid is written as: png, webp or pdf.")] = (
        "png"
    )
    only_tell: Annotated[
        bool, typer.Option("--only-tell", help="Say what it would take, and make nothing.")
    ] = False

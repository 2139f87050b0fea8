"""The command `explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.options import OnDevice, ProgramOptions, WithWeights
from core.cli.shared.output import AsJson, OpenedStores


def explain(
    file: Annotated[Path, typer.Argument(help="A picture; with a recipe it is made again.")],
    *,
    out: Annotated[Path | None, typer.Option(help="A folder for pictures of the steps.")] = None,
    guidance: Annotated[str, typer.Option(help="Guidance scales to compare, as 1,3,5,7.")] = "",
    without: Annotated[
        list[str] | None,
        typer.Option(
            help='A word to try the picture without, at three seeds; or several. "fox#2": where it '
            'stands the second time; "red fox": both; "negative:fog"; "*": each word.'
        ),
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help="Also where each word was looked at.")
    ] = False,
    device: OnDevice = "auto",
    weights: WithWeights = "full",
    as_json: AsJson = False,
) -> None:
    """What went wrong with a picture, and how it came to be: made again, step by step.

    With --without the JSON has without[], the strongest word first: word, time, negative, places,
    rank, verdict ("effect" or "no effect" with these seeds), effect (the share of pixels seen to
    differ, 0 to 1, in the way that changes less), forms (how far edges moved), spread over the
    seeds, limit (up to which a change that means nothing goes), seeds, ways (blanked in its place,
    and deleted) and baseline (a comma, and a made-up word), both with their figures.
    """
    from core.cli.explaining.explain import explain_picture

    program = ProgramOptions(device=device, weights=weights, out=out, as_json=as_json)
    with OpenedStores() as stores:
        explain_picture(stores, file, guidance, program, words=words, without=without or ())

"""`calotype upscale`: finished pictures made larger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.shared.options import IntoFile, OnDevice, ProgramOptions
from core.cli.shared.output import (
    AsJson,
    OpenedStores,
    chosen_settings,
    print_error,
    print_result,
)
from core.values.request_parts.upscale import LANCZOS, Upscale

if TYPE_CHECKING:
    from core.cli.shared.rendering import Report, WantedPicture
    from core.service.stores import Stores


def upscale(
    files: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    *,
    scale: Annotated[float, typer.Option(help="How many times longer each side becomes.")] = 2.0,
    model: Annotated[
        str, typer.Option(help="An upscaler's id, or its file; lanczos only resizes.")
    ] = LANCZOS,
    device: OnDevice = "auto",
    out: IntoFile = None,
    as_json: AsJson = False,
) -> int:
    """Make finished pictures larger; each keeps its recipe."""
    with OpenedStores() as stores:
        return upscale_pictures(
            stores,
            files,
            Upscale(scale=scale, upscaler=model),
            ProgramOptions(device=device, out=out, as_json=as_json),
            lambda values, text: print_result(as_json, values, text),
            chosen_settings().picture_format,
        )


def upscale_pictures(
    stores: Stores,
    paths: Sequence[Path],
    upscale: Upscale,
    program: ProgramOptions,
    report: Report,
    picture_format: str,
) -> int:
    """Make all files and what lies in folders larger, as one entry of the queue; the exit code.

    Raises KnownError and KeyboardInterrupt as `generate_pictures` does.
    """
    from core.cli.shared.rendering import WantedPicture, check_out, render
    from core.cli.start_files import chosen_files, for_each_file
    from core.service.upscaling.asking import upscale_request, upscaler_ref
    from core.values.request import CheckedRequest

    upscale.check()
    check_out(program.out)
    stores.library.typed_names(upscale.upscaler)
    upscaler = upscaler_ref(stores.library, upscale.upscaler)
    sentences: list[str] = []

    def make(file: Path) -> tuple[WantedPicture, ...]:
        asked = upscale_request(stores, file, upscale)
        sentences.extend(asked.notes)
        facts: dict[str, object] = {
            "model": LANCZOS if upscaler is None else upscaler.id,
            "scale": upscale.scale,
            "init": str(file),
            "parent": asked.request.parent,
        }
        return (WantedPicture(CheckedRequest(asked.request), asked.request, None, facts),)

    wanted, code = for_each_file(chosen_files(paths), make)
    for sentence in dict.fromkeys(sentences):
        print_error(sentence, 0)
    if wanted:
        render(stores, program, wanted, report, picture_format, together=True)
    return code

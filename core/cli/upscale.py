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
from core.values.request_parts.upscale import LANCZOS

if TYPE_CHECKING:
    from core.cli.shared.rendering import Report, WantedPicture
    from core.service.stores import Stores
    from core.service.upscaling.wishes import UpscaleWish


def upscale(
    files: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    *,
    scale: Annotated[float, typer.Option(help="How many times longer each side becomes.")] = 2.0,
    model: Annotated[
        str, typer.Option(help="An upscaler's id, or its file; lanczos only resizes.")
    ] = LANCZOS,
    refine: Annotated[
        float, typer.Option(help="How much is drawn anew in tiles: 0.2 to 0.5; 0 leaves it out.")
    ] = 0.0,
    prompt: Annotated[
        str | None, typer.Option(help="What the details are of; else as the recipe says.")
    ] = None,
    device: OnDevice = "auto",
    out: IntoFile = None,
    as_json: AsJson = False,
) -> int:
    """Make finished pictures larger; each keeps its recipe."""
    from core.service.upscaling.wishes import UpscaleWish

    with OpenedStores() as stores:
        return upscale_pictures(
            stores,
            files,
            UpscaleWish(scale=scale, upscaler=model, refine=refine, prompt=prompt),
            ProgramOptions(device=device, out=out, as_json=as_json),
            lambda values, text: print_result(as_json, values, text),
            chosen_settings().picture_format,
        )


def upscale_pictures(
    stores: Stores,
    paths: Sequence[Path],
    wish: UpscaleWish,
    program: ProgramOptions,
    report: Report,
    picture_format: str,
) -> int:
    """Make all files and what lies in folders larger, as one entry of the queue; the exit code.

    Raises KnownError and KeyboardInterrupt as `generate_pictures` does.
    """
    from core.cli.shared.rendering import WantedPicture, check_out, render
    from core.cli.start_files import chosen_files, for_each_file
    from core.service.upscaling.asking import upscaler_ref
    from core.service.upscaling.wishes import wished_request
    from core.values.request import CheckedRequest

    wish.check()
    check_out(program.out)
    stores.library.typed_names(wish.upscaler)
    upscaler = upscaler_ref(stores.library, wish.upscaler)
    sentences: list[str] = []

    def make(file: Path) -> tuple[WantedPicture, ...]:
        asked = wished_request(stores, file, wish)
        sentences.extend(asked.notes)
        by = LANCZOS if upscaler is None else upscaler.id
        facts: dict[str, object] = {
            **({"upscaler": by, "refine": wish.refine} if wish.refine > 0 else {"model": by}),
            "scale": wish.scale,
            "init": str(file),
            "parent": asked.request.parent,
        }
        entry = stores.library.find(asked.request.model) if wish.refine > 0 else None
        return (WantedPicture(CheckedRequest(asked.request), asked.request, entry, facts),)

    wanted, code = for_each_file(chosen_files(paths), make)
    for sentence in dict.fromkeys(sentences):
        print_error(sentence, 0)
    if wanted:
        render(stores, program, wanted, report, picture_format, together=True)
    return code

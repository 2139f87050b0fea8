"""What stands behind `gallery export`, each option as a field."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.output import AsJson, OpenedStores


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """`what`: numbers of pictures, files, folders, or words to look for; empty for all."""

    what: Annotated[
        list[str] | None,
        typer.Argument(
            help="Numbers of pictures in the gallery, files, folders, or words to search for; all "
            "pictures when left out."
        ),
    ] = None
    out: Annotated[
        Path, typer.Option(help="A folder, or a file that ends with .zip; never overwrites.")
    ]
    without_recipe: Annotated[
        bool,
        typer.Option(
            "--without-recipe",
            help="Nothing but the picture: no recipe, no EXIF, and no mark of generated pictures.",
        ),
    ] = False
    keep_mark: Annotated[
        bool,
        typer.Option(
            "--keep-mark", help="With --without-recipe: keep IPTC's mark of generated pictures."
        ),
    ] = False
    as_zip: Annotated[bool, typer.Option("--zip", help="One zip instead of a folder.")] = False
    name: Annotated[str, typer.Option(help="Names by fields, as {date} {prompt:40} {n:04}.")] = (
        "{name}"
    )
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="png, webp, jpeg, avif, or same: each as it is; a sheet's: pdf, png or jpeg.",
        ),
    ] = "same"
    quality: Annotated[
        int | None, typer.Option(help="1 to 100, of JPEG, AVIF and then lossy WebP.")
    ] = None
    size: Annotated[
        int, typer.Option(help="Pixels of the longer side, of pictures that are larger.")
    ] = 0
    contact_sheet: Annotated[
        bool,
        typer.Option(
            "--contact-sheet", help="The pictures small on pages, in a PDF or as pictures."
        ),
    ] = False
    columns: Annotated[int, typer.Option(help="Of a contact sheet.")] = 4
    caption: Annotated[
        str, typer.Option(help="Below each picture of it, by the same fields; empty for none.")
    ] = "{name}"
    title: Annotated[str, typer.Option(help="Above each page of it.")] = ""
    page: Annotated[
        str, typer.Option(help="a4, a4-landscape, letter, letter-landscape or screen.")
    ] = "a4"
    as_json: AsJson = False


def _export(chosen: ExportOptions) -> int:
    """Write pictures to another place: with or without recipe, renamed, as a zip or contact
    sheet."""
    from core.cli.exporting.export import export
    from core.cli.exporting.sheet import export_sheet

    with OpenedStores() as stores:
        return export_sheet(stores, chosen) if chosen.contact_sheet else export(stores, chosen)


def as_command() -> Callable[..., int]:
    """As typer reads a command: with a parameter for each field."""

    def called(**given: object) -> int:
        return _export(ExportOptions(**given))  # type: ignore[arg-type]  typer has read them

    called.__name__ = "export"
    called.__doc__ = _export.__doc__
    signature = inspect.signature(ExportOptions, eval_str=True)
    setattr(called, "__signature__", signature)  # noqa: B010  a function has no such attribute yet
    return called

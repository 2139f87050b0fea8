"""`calotype gallery export --contact-sheet`: a line for each picture, with the page's file."""

from __future__ import annotations

from pathlib import Path

from core.cli.exporting.command import ExportOptions
from core.cli.exporting.export import exit_code, one_of, print_exported, progress_bar, selected
from core.service.exporting.export import Exported, check_target
from core.service.exporting.selection import subjects_of
from core.service.exporting.sheet.choices import Paper, SheetChoices, SheetKind, sheet_kind
from core.service.exporting.sheet.making import make_sheet
from core.service.stores import Stores
from core.system.errors import InvalidRequest

_NAME = "Contact sheet"


def export_sheet(stores: Stores, chosen: ExportOptions) -> int:
    """As `export`."""
    if chosen.as_zip:
        raise InvalidRequest(
            "zip", "A contact sheet is no zip.", "Leave out --zip or --contact-sheet."
        )
    choices = SheetChoices(
        columns=chosen.columns,
        caption=chosen.caption,
        title=chosen.title,
        paper=one_of(Paper, "page", chosen.page),
    )
    choices.check()
    target, kind = _target(chosen)
    check_target(stores.places, target.parent)
    items = selected(stores, chosen)
    with progress_bar() as bar:
        task = bar.add_task("", total=len(items))

        def told(one: Exported) -> None:
            print_exported(one, chosen.as_json)

        end = make_sheet(
            subjects_of(stores.gallery, items),
            len(items),
            choices,
            target,
            kind,
            told=told,
            moved=lambda: bar.advance(task),
        )
    return exit_code(end)


def _target(chosen: ExportOptions) -> tuple[Path, SheetKind]:
    """The file's path; its ending says what it is, unless --format does."""
    out = chosen.out.absolute()
    word = chosen.form.lower()
    word = "jpeg" if word == "jpg" else word
    asked = None if word == "same" else one_of(SheetKind, "format", word)
    kind = sheet_kind(out)
    if kind is None or out.is_dir():
        kind = asked or SheetKind.PDF
        folder = out if out.is_dir() or not out.suffix else out.parent
        return folder / f"{_NAME if folder == out else out.name}.{kind}", kind
    return out, asked or kind

"""`calotype gallery export`: a line for each picture."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress

from core.cli.exporting.command import ExportOptions
from core.cli.shared.output import print_error, print_result, progress_on_stderr
from core.service.exporting.choices import Along, ExportChoices, FileKind
from core.service.exporting.export import Exported, ExportEnd, check_target, export_pictures
from core.service.exporting.selection import selection_of, subjects_of
from core.service.exporting.target import ZIP
from core.service.stores import Stores
from core.system.errors import InvalidRequest, WorldError

Word = TypeVar("Word", bound=StrEnum)
STATES = {True: "exported", False: "failed"}


def export(stores: Stores, chosen: ExportOptions) -> int:
    """The exit code: 1 where a picture could not be written. Raises KnownError for what cannot be
    had at all."""
    choices = _choices(chosen)
    target = _target(chosen)
    check_target(stores.places, target)
    items = selected(stores, chosen)
    said: list[Exported] = []  # of a zip, which has no name before it is whole
    with progress_bar() as bar:
        task = bar.add_task("", total=len(items))

        def told(one: Exported) -> None:
            bar.advance(task)
            if target.suffix.lower() == ZIP:
                said.append(one)
            else:
                print_exported(one, chosen.as_json)

        end = export_pictures(subjects_of(stores.gallery, items), choices, target, told=told)
    for one in said:
        print_exported(_named(one, end), chosen.as_json)
    return exit_code(end)


def selected(stores: Stores, chosen: ExportOptions) -> tuple[int | Path, ...]:
    """What a person named. Raises KnownError where there is no such picture."""
    items = selection_of(stores.gallery, chosen.what or ()).items
    if not items:
        raise WorldError("No picture answers, so nothing is exported.", "Search for less.")
    return items


def one_of(words: type[Word], name: str, typed: str) -> Word:
    """Raises InvalidRequest for a word that is none of them."""
    try:
        return words(typed.lower())
    except ValueError:
        raise InvalidRequest(
            name, f'There is no {name} "{typed}".', f"Choose one of {', '.join(words)}."
        ) from None


def progress_bar() -> Progress:
    return progress_on_stderr(BarColumn(), MofNCompleteColumn())


def exit_code(end: ExportEnd) -> int:
    """What ended it early is said on stderr; 1 also where a picture could not be written."""
    if end.fault is not None:
        return print_error(str(end.fault), end.fault.exit_code)
    return 1 if end.failed or not end.written else 0


def _choices(chosen: ExportOptions) -> ExportChoices:
    word = chosen.form.lower()
    kind = one_of(FileKind, "format", "jpeg" if word == "jpg" else word)
    if chosen.keep_mark and not chosen.without_recipe:
        raise InvalidRequest(
            "keep_mark",
            "--keep-mark goes with --without-recipe.",
            "The recipe has the mark with it.",
        )
    along = Along.RECIPE
    if chosen.without_recipe:
        along = Along.MARK if chosen.keep_mark else Along.NOTHING
    choices = ExportChoices(
        template=chosen.name,
        kind=kind,
        side=chosen.size,
        quality=chosen.quality,
        along=along,
    )
    choices.check()
    return choices


def _target(chosen: ExportOptions) -> Path:
    out = chosen.out.absolute()
    if not chosen.as_zip or out.suffix.lower() == ZIP:
        return out
    return out / f"Calotype{ZIP}" if out.is_dir() else out.with_name(out.name + ZIP)


def _named(one: Exported, end: ExportEnd) -> Exported:
    """By the name that the zip got, or none where there is no zip."""
    if one.path is None:
        return one
    if end.written:
        return replace(one, path=end.target)
    return Exported(one.source, one.picture_id, None, reason="The zip was not written.")


def print_exported(one: Exported, as_json: bool) -> None:
    """A line."""
    path = "" if one.path is None else str(one.path)
    state = STATES[one.path is not None]
    values: dict[str, object] = {
        "path": path,
        "state": state,
        "reason": one.reason,
        "source": str(one.source),
        "id": one.picture_id or None,
        **({"member": one.member} if one.member else {}),
    }
    shown = f"{path}: {one.member}" if one.member else path or str(one.source)
    print_result(as_json, values, f"{shown}: {one.reason}" if one.reason else shown)

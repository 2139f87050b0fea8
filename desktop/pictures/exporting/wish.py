"""What a person wants exported, and as what; and how that is kept for the next time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from core.service.exporting.choices import Along, ExportChoices, FileKind
from core.service.exporting.sheet.choices import Paper, SheetChoices, SheetKind
from core.system.errors import InvalidRequest
from desktop.state.session import ExportKept
from desktop.widgets.i18n import tr

LONGEST_FOLDER = 4096  # characters
_Kind = TypeVar("_Kind", bound=StrEnum)


class Form(StrEnum):
    """What is written; the values are kept."""

    FILES = "files"
    ZIP = "zip"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWish:
    """`everything`: all that were found, not the chosen ones alone; `folder` is where to."""

    everything: bool = False
    form: Form = Form.FILES
    choices: ExportChoices = field(default_factory=ExportChoices)
    sheet: SheetChoices = field(default_factory=SheetChoices)
    sheet_kind: SheetKind = SheetKind.PDF
    folder: str = ""

    def check(self) -> None:
        """Raises InvalidRequest for what cannot be had."""
        if self.form is Form.SHEET:
            self.sheet.check()
        else:
            self.choices.check()

    def place(self) -> Path:
        """The folder; one that is no whole path lies in the person's own."""
        return Path.home() / Path(self.folder).expanduser()

    def target(self) -> Path:
        """The folder, or the file's path in it."""
        folder = self.place()
        if self.form is Form.ZIP:
            return folder / time.strftime("Calotype %Y-%m-%d.zip")
        if self.form is Form.SHEET:
            name = tr("Contact sheet")
            return folder / f"{name}.{self.sheet_kind}"
        return folder


def kept_of(wish: ExportWish) -> ExportKept:
    """What of a wish is offered again after a restart: not which pictures, nor a sheet's title."""
    return ExportKept(
        form=wish.form,
        kind=wish.choices.kind,
        side=wish.choices.side,
        quality=wish.choices.quality or 0,
        along=wish.choices.along,
        template=wish.choices.template,
        folder=wish.folder,
        sheet_kind=wish.sheet_kind,
        paper=wish.sheet.paper,
        columns=wish.sheet.columns,
        caption=wish.sheet.caption,
    )


def wish_of(kept: ExportKept, folder: str) -> ExportWish:
    """What was kept; what makes no sense of it is as at first, and then written to `folder`."""
    choices, sheet = ExportChoices(), SheetChoices()
    for name, value in (
        ("kind", _one_of(FileKind, kept.kind, choices.kind)),
        ("side", kept.side),
        ("quality", kept.quality or None),
        ("along", _one_of(Along, kept.along, choices.along)),
        ("template", kept.template),
    ):
        choices = _with(choices, name, value)
    for name, value in (
        ("paper", _one_of(Paper, kept.paper, sheet.paper)),
        ("columns", kept.columns),
        ("caption", kept.caption),
    ):
        sheet = _with(sheet, name, value)
    return ExportWish(
        form=_one_of(Form, kept.form, Form.FILES),
        choices=choices,
        sheet=sheet,
        sheet_kind=_one_of(SheetKind, kept.sheet_kind, SheetKind.PDF),
        folder=kept.folder if _is_folder_name(kept.folder) else folder,
    )


def _one_of(kind: type[_Kind], value: str, otherwise: _Kind) -> _Kind:
    return kind(value) if value in set(kind) else otherwise


_Choices = TypeVar("_Choices", ExportChoices, SheetChoices)


def _with(choices: _Choices, name: str, value: Any) -> _Choices:
    """With this value, if it can be had."""
    try:
        changed = replace(choices, **{name: value})
        changed.check()
    except InvalidRequest:
        return choices
    return changed


def _is_folder_name(name: str) -> bool:
    """Whether the system could have a folder of this name."""
    try:
        os.fsencode(name)
    except ValueError:
        return False
    return 0 < len(name) <= LONGEST_FOLDER and "\0" not in name

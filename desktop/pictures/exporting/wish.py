"""What a person wants exported, and as what."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from core.service.exporting.choices import ExportChoices
from core.service.exporting.sheet.choices import SheetChoices, SheetKind
from desktop.widgets.i18n import tr


class Form(Enum):
    """What is written."""

    FILES = auto()
    ZIP = auto()
    SHEET = auto()


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

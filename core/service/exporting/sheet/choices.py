"""How a contact sheet looks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.service.exporting.template import Template, parse_template
from core.system.errors import InvalidRequest

MOST_COLUMNS = 20
LONGEST_TITLE = 200  # characters
DOTS = 200  # an inch of paper


class Paper(StrEnum):
    """What a page is as large as."""

    A4 = "a4"
    A4_ACROSS = "a4-landscape"
    LETTER = "letter"
    LETTER_ACROSS = "letter-landscape"
    SCREEN = "screen"

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height."""
        return _PIXELS[self]


# ISO 216 and ANSI/ASME Y14.1 at so many dots an inch
_A4 = round(210 / 25.4 * DOTS), round(297 / 25.4 * DOTS)
_LETTER = round(8.5 * DOTS), 11 * DOTS
_PIXELS = {
    Paper.A4: _A4,
    Paper.A4_ACROSS: (_A4[1], _A4[0]),
    Paper.LETTER: _LETTER,
    Paper.LETTER_ACROSS: (_LETTER[1], _LETTER[0]),
    Paper.SCREEN: (2560, 1440),
}


class SheetKind(StrEnum):
    """As what file: all pages in one, or a picture each."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"


_KINDS = {
    ".pdf": SheetKind.PDF,
    ".png": SheetKind.PNG,
    ".jpg": SheetKind.JPEG,
    ".jpeg": SheetKind.JPEG,
}


def sheet_kind(path: Path) -> SheetKind | None:
    """What a file of this name is; None where it cannot be a contact sheet."""
    return _KINDS.get(path.suffix.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetChoices:
    """`caption` is a template as names are, "" for none."""

    columns: int = 4
    caption: str = "{name}"
    title: str = ""
    paper: Paper = Paper.A4

    def check(self) -> Template | None:
        """The captions that were asked for. Raises InvalidRequest for what cannot be had."""
        if not 1 <= self.columns <= MOST_COLUMNS:
            raise InvalidRequest(
                "columns",
                f"{self.columns} columns are out of range.",
                f"Choose 1 to {MOST_COLUMNS}.",
            )
        if len(self.title) > LONGEST_TITLE:
            raise InvalidRequest(
                "title", f"A title has at most {LONGEST_TITLE} characters.", "Choose a shorter one."
            )
        return parse_template(self.caption) if self.caption.strip() else None

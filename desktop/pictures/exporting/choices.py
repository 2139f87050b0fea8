"""What can be chosen in the dialog of Export, in its order, with the words for it: a table each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from core.service.exporting.choices import Along, FileKind
from core.service.exporting.sheet.choices import Paper, SheetKind
from desktop.pictures.exporting.wish import Form
from desktop.widgets.i18n import tr


class AlongChoice(NamedTuple):
    """What goes along with a file: its words, what it means for whoever gets the file, and how it
    is told once one was written, or many."""

    along: Along
    words: str
    note: str
    told_of_one: str
    told_of_many: str


def along_choices() -> tuple[AlongChoice, ...]:
    """All there are."""
    return (
        AlongChoice(
            Along.RECIPE,
            tr("The recipe"),
            tr("Whoever gets a file can read its prompt, seed and model."),
            tr("with its recipe"),
            tr("with their recipes"),
        ),
        AlongChoice(
            Along.MARK,
            tr("Only that they were generated"),
            tr("No recipe; the mark of generated pictures (IPTC) stays."),
            tr("without its recipe, marked as generated"),
            tr("without their recipes, marked as generated"),
        ),
        AlongChoice(
            Along.NOTHING,
            tr("Nothing"),
            tr(
                "No recipe, and the mark of generated pictures (IPTC) goes too: some places ask "
                "for it."
            ),
            tr("without recipe and mark"),
            tr("without recipes and marks"),
        ),
    )


def forms() -> tuple[tuple[Form, str], ...]:
    """What is written."""
    return (
        (Form.FILES, tr("Files in a folder")),
        (Form.ZIP, tr("One zip")),
        (Form.SHEET, tr("Contact sheet")),
    )


def file_kinds() -> Iterator[tuple[FileKind, str]]:
    """What each picture becomes."""
    yield FileKind.SAME, tr("As each one is")
    for kind in (FileKind.PNG, FileKind.WEBP, FileKind.JPEG, FileKind.AVIF):
        yield kind, _name_of(kind)


def sheet_kinds() -> Iterator[tuple[SheetKind, str]]:
    """What a contact sheet becomes."""
    return ((kind, _name_of(kind)) for kind in SheetKind)


def papers() -> tuple[tuple[Paper, str], ...]:
    """What a page of it is as large as."""
    return (
        (Paper.A4, tr("A4")),
        (Paper.A4_ACROSS, tr("A4, landscape")),
        (Paper.LETTER, tr("Letter")),
        (Paper.LETTER_ACROSS, tr("Letter, landscape")),
        (Paper.SCREEN, tr("Screen")),
    )


def _name_of(kind: FileKind | SheetKind) -> str:
    """As people write it."""
    return "WebP" if kind == FileKind.WEBP else str(kind).upper()

"""What pictures that are compared have otherwise in their recipes, as a text beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QTextBrowser

from desktop.pictures.comparing.compared import LETTERS, ComparedPicture
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.service.again.unlike import Unlike


LONGEST = 3_000  # characters of a text
NARROW, WIDE = 18, 52  # pixels of the column of letters: of two pictures, of more


class RecipeDifferences(QTextBrowser):
    """The text can be read with the keyboard, selected and copied."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setAccessibleName(tr("What their recipes have otherwise"))
        self.setWhatsThis(tr("Names each parameter in which the pictures' recipes differ."))
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)

    def show_pictures(self, pictures: Sequence[ComparedPicture], other: int) -> None:
        """Of these; words of texts are told apart between the first one and `other`."""
        place = self.verticalScrollBar().value()
        self.setHtml("".join(_html(pictures, other)))
        self.verticalScrollBar().setValue(place)


def _html(pictures: Sequence[ComparedPicture], other: int) -> Iterator[str]:
    from core.service.again.unlike import unlike

    width = NARROW if len(pictures) < 3 else WIDE
    silent = [number for number, picture in enumerate(pictures) if picture.recipe is None]
    for number in silent:
        words = tr("{letter} says nothing of how it was made.", letter=LETTERS[number])
        yield f"<p>{escape(words)}</p>"
    known = [number for number in range(len(pictures)) if number not in silent]
    rows = unlike([recipe for picture in pictures if (recipe := picture.recipe) is not None])
    if len(known) > 1 and not rows:
        yield f"<p>{escape(tr('Their recipes are the same.'))}</p>"
    for row in rows:
        yield f"<p style='margin:10px 0 2px 0'><b>{escape(tr_data(row.label))}</b></p>"
        yield "<table cellspacing='0' cellpadding='1'>"
        lines = _texts(row, known, other) if row.text else _values(row, known)
        for letters, words in lines:
            yield f"<tr><td width='{width}'>{letters}</td><td>{words}</td></tr>"
        yield "</table>"


def _values(row: Unlike, known: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Each value once, with the letters of the pictures that have it."""
    for value in dict.fromkeys(row.values):
        letters = ", ".join(
            LETTERS[number] for number, mine in zip(known, row.values, strict=True) if mine == value
        )
        words = tr_data(value) if row.named else value
        yield letters, escape(words)


def _texts(row: Unlike, known: Sequence[int], other: int) -> Iterator[tuple[str, str]]:
    """Each text, and bold in it what another one has not."""
    from core.service.again.unlike import words_apart

    shown = (text if len(text) <= LONGEST else f"{text[:LONGEST]}…" for text in row.values)
    texts = dict(zip(known, shown, strict=True))
    first = known[0]
    second = other if other in texts and other != first else known[1]
    for number, text in texts.items():
        against = texts[second] if number == first else texts[first]
        if not text.strip():
            yield LETTERS[number], f"<i>{escape(tr('no words'))}</i>"
            continue
        words = "".join(
            f"<b><u>{escape(piece)}</u></b>" if is_apart else escape(piece)
            for piece, is_apart in words_apart(text, against)
        )
        yield LETTERS[number], words

"""Where pictures, captions and the title stand on a page of a contact sheet."""

from __future__ import annotations

from dataclasses import dataclass

from core.service.exporting.sheet.choices import SheetChoices

CAPTION_LINES = 2
_LINE = 1.4  # of a text's size, from one line to the next
_MARGIN = 0.045  # of the shorter side
_GAP = 0.012
_TEXT = 0.0115
_TITLE = 0.021


@dataclass(frozen=True, slots=True)
class Layout:
    """All in pixels: a picture gets a box of these sides at most, with its caption below."""

    page: tuple[int, int]
    columns: int
    rows: int
    margin: int
    gap: int
    top: int  # of the first row
    box: tuple[int, int]
    caption: int  # height of all its lines
    text: int  # of the letters of captions and titles
    title: int

    @property
    def per_page(self) -> int:
        """Pictures."""
        return self.columns * self.rows

    def pages(self, count: int) -> int:
        """On how many so many pictures stand."""
        return max(-(-count // self.per_page), 1)

    def place(self, at: int) -> tuple[int, int]:
        """The upper left corner of the box of a page's picture."""
        row, column = divmod(at, self.columns)
        left = self.margin + column * (self.box[0] + self.gap)
        return left, self.top + row * (self.box[1] + self.caption + self.gap)


def line_of(size: int) -> int:
    """Pixels from one line of text to the next."""
    return round(size * _LINE)


def layout_of(choices: SheetChoices) -> Layout:
    """For checked choices. Where no row of square boxes has room, one lower row does."""
    short = min(choices.paper.pixels)
    width, height = choices.paper.pixels
    margin, gap = round(short * _MARGIN), round(short * _GAP)
    text, title = max(round(short * _TEXT), 9), max(round(short * _TITLE), 12)
    top = margin + line_of(title if choices.title else text) + gap
    side = (width - 2 * margin - (choices.columns - 1) * gap) // choices.columns
    caption = CAPTION_LINES * line_of(text) + gap // 2 if choices.caption.strip() else 0
    room = height - top - margin
    return Layout(
        page=(width, height),
        columns=choices.columns,
        rows=max((room + gap) // (side + caption + gap), 1),
        margin=margin,
        gap=gap,
        top=top,
        box=(side, min(side, room - caption)),
        caption=caption,
        text=text,
        title=title,
    )

"""One page of a contact sheet: where each picture stands, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from core.metadata.reading import decoding, display_name, opaque, open_image
from core.service.exporting.sheet.choices import SheetChoices
from core.service.exporting.sheet.typeface import Typeface
from core.store.sources.to_srgb import upright_in_srgb

CAPTION_LINES = 2
_INK, _DIM, _EMPTY = "#1c1c1c", "#6a6a6a", "#e4e4e4"
_MARGIN = 0.045  # of the shorter side
_GAP = 0.012
_TEXT = 0.0115  # a caption's height, and
_TITLE = 0.021  # a title's


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
    caption: int  # height

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    def place(self, at: int) -> tuple[int, int]:
        """The upper left corner of the box of a page's picture."""
        row, column = divmod(at, self.columns)
        left = self.margin + column * (self.box[0] + self.gap)
        return left, self.top + row * (self.box[1] + self.caption + self.gap)


class SheetPages:
    """Draws pages as they were chosen."""

    def __init__(self, choices: SheetChoices, count: int) -> None:
        """`count` pictures in all."""
        short = min(choices.paper.pixels)
        self._choices = choices
        self._text = Typeface(max(round(short * _TEXT), 9))
        self._title = Typeface(max(round(short * _TITLE), 12))
        self.layout = self._laid_out(short)
        self.count = max(-(-count // self.layout.per_page), 1)

    def _laid_out(self, short: int) -> Layout:
        choices = self._choices
        width, height = choices.paper.pixels
        margin, gap = round(short * _MARGIN), round(short * _GAP)
        top = margin + (self._title.line + gap if choices.title else self._text.line + gap)
        side = (width - 2 * margin - (choices.columns - 1) * gap) // choices.columns
        caption = CAPTION_LINES * self._text.line + gap // 2 if choices.caption.strip() else 0
        room = height - top - margin
        rows = max((room + gap) // (side + caption + gap), 1)
        tall = min(side, room - caption)
        return Layout(
            page=(width, height),
            columns=choices.columns,
            rows=rows,
            margin=margin,
            gap=gap,
            top=top,
            box=(side, tall),
            caption=caption,
        )

    def begin(self, number: int) -> Image.Image:
        """An empty page with the title and its number."""
        page = Image.new("RGB", self.layout.page, "white")
        draw = ImageDraw.Draw(page)
        margin = self.layout.margin
        words = f"{number} / {self.count}" if self.count > 1 else ""
        room = self.layout.page[0] - 2 * margin
        wide = self._text.width(words)
        right = self.layout.page[0] - margin - wide
        self._text.draw(draw, (right, margin), words, _DIM)
        for line in self._title.wrapped(self._choices.title, room - 1.5 * wide, 1):
            self._title.draw(draw, (margin, margin), line, _INK)
        return page

    def put(self, page: Image.Image, at: int, picture: Image.Image | None, caption: str) -> None:
        """A picture, or an empty box, and its caption at the place `at` of a page."""
        left, top = self.layout.place(at)
        width, height = self.layout.box
        draw = ImageDraw.Draw(page)
        if picture is None:
            draw.rectangle((left, top, left + width - 1, top + height - 1), fill=_EMPTY)
        else:
            # upright ones stand on their caption
            page.paste(
                picture, (left + (width - picture.width) // 2, top + height - picture.height)
            )
        if self.layout.caption:
            y = top + height + self.layout.gap // 2
            for line in self._text.wrapped(caption, width, CAPTION_LINES):
                self._text.draw(draw, (left, y), line, _INK)
                y += self._text.line

    def picture(self, path: Path) -> Image.Image:
        """A file's picture as large as a box has room for. Raises WorldError where it cannot be
        read."""
        name = display_name(path)
        with open_image(path) as image, decoding(name):
            image.draft("RGB", self.layout.box)
            upright, _ = upright_in_srgb(image, name)
            solid = opaque(upright)
            room = zip(self.layout.box, solid.size, strict=True)
            scale = min(most / side for most, side in room)
            width, height = (max(round(side * scale), 1) for side in solid.size)
            return solid.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)

"""One page of a contact sheet, drawn."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from core.metadata.reading import decoding, opaque, open_image
from core.service.exporting.sheet.choices import SheetChoices
from core.service.exporting.sheet.layout import CAPTION_LINES, layout_of, line_of
from core.service.exporting.sheet.typeface import Typeface
from core.store.sources.to_srgb import upright_in_srgb
from core.system.regular_files import display_name

_INK, _DIM, _EMPTY = "#1c1c1c", "#6a6a6a", "#e4e4e4"


class SheetPages:
    """Draws pages as they were chosen."""

    def __init__(self, choices: SheetChoices, count: int) -> None:
        """`count` pictures in all."""
        self._choices = choices
        self.layout = layout_of(choices)
        self._text = Typeface(self.layout.text)
        self._title = Typeface(self.layout.title)
        self.count = self.layout.pages(count)

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
                y += line_of(self.layout.text)

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

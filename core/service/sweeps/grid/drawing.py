"""The grid of a sweep, drawn: its pictures with the words of its axes beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PIL import Image, ImageDraw

from core.metadata.reading import in_rgb, open_image
from core.service.exporting.sheet.typeface import Typeface
from core.service.sweeps.axes.reading import label_of, words_of
from core.service.sweeps.grid import layout
from core.service.sweeps.grid.layout import Measures, Part, Table
from core.system.errors import KnownError
from core.values.picture import Picture
from core.values.sweeping.sweep import Sweep

_PAPER = (255, 255, 255)
_INK = "#141414"
_EMPTY = (226, 226, 226)
_LINE = 1.3  # of a letter's height, from line to line
_MOST_LINES = 4
_TITLE_LINES = 6
_MOST_LETTERS = 600  # of one text
Place = tuple[int, int, int]


@dataclass(frozen=True)
class Grid:
    """What a grid shows: the sweep, the newest picture of each cell by its values, and a sentence
    for the cells that have none."""

    sweep: Sweep
    pictures: Mapping[tuple[str, ...], Picture]
    said: Mapping[tuple[str, ...], str]

    @cached_property
    def _axes(self) -> tuple[tuple[str, ...], ...]:
        shown = [axis.shown for axis in self.sweep.axes]
        return (*shown, *[("",)] * (3 - len(shown)))

    def values(self, place: Place) -> tuple[str, ...]:
        """Those of a cell, for the axes that there are."""
        found = (values[at] for values, at in zip(self._axes, place, strict=True))
        return tuple(found)[: len(self.sweep.axes)]

    @cached_property
    def table(self) -> Table:
        """Words and sizes."""
        words = (self._words(0), self._words(1), self._words(2))
        sizes: dict[Place, tuple[int, int]] = {}
        for z in range(len(words[2])):
            for y in range(len(words[1])):
                for x in range(len(words[0])):
                    picture = self.pictures.get(self.values((x, y, z)))
                    if picture is not None:
                        sizes[x, y, z] = picture.width, picture.height
        return Table(*words, sizes)

    def _words(self, number: int) -> tuple[str, ...]:
        if number >= len(self.sweep.axes):
            return ("",)
        axis = self.sweep.axes[number]
        label = label_of(axis.name)
        return tuple(f"{label}: {words_of(axis.name, value)}" for value in axis.shown)

    @cached_property
    def letters(self) -> int:
        """Their height in pixels: a grid of large pictures is looked at from further off."""
        widths, heights = layout.sides(self.table)
        return max(12, min(44, round((min(widths) + min(heights)) / 32)))

    @cached_property
    def _face(self) -> Typeface:
        return Typeface(self.letters)

    def _lines(self, text: str, width: float, most: int) -> list[str]:
        return self._face.wrapped(text[:_MOST_LETTERS], width, most)

    @cached_property
    def heading(self) -> tuple[str, ...]:
        """What stands above all: name, note and what the cells have in common."""
        base = self.sweep.base
        varied = {part for axis in self.sweep.axes for part in axis.name.split("|")}
        facts = {
            "model": base.model,
            "steps": "1 step" if base.steps == 1 else f"{base.steps} steps",
            "guidance": f"guidance {base.guidance:g}",
            "sampler": words_of("sampler", base.sampler),
            "schedule": words_of("schedule", base.schedule),
            "seed": f"seed {base.seed}",
        }
        common = ", ".join(words for name, words in facts.items() if name not in varied)
        prompt = " ".join(base.prompt.split())
        name = "" if prompt.startswith(self.sweep.name) else self.sweep.name
        texts = (name, self.sweep.note, prompt, common)
        return tuple(text for text in texts if text.strip())

    @cached_property
    def measures(self) -> Measures:
        """Sides of all parts."""
        widths, heights = layout.sides(self.table)
        table, size = self.table, self.letters
        line = round(size * _LINE)
        margin = 0
        if any(table.rows):
            longest = max(round(self._face.width(row[:_MOST_LETTERS])) for row in table.rows)
            margin = min(longest, max(widths), 12 * size) + 2 * size
        head = 0
        if any(table.columns):
            head = size + line * max(
                len(self._lines(words, width, _MOST_LINES))
                for words, width in zip(table.columns, widths, strict=True)
            )
        band = size + line if any(table.blocks) else 0
        across = margin + sum(widths) + layout.GAP * len(widths)
        title = sum(len(self._titled(text, across)) for text in self.heading) * line + 2 * size
        return Measures(widths, heights, margin, head, band, title)

    def _titled(self, text: str, width: int) -> list[str]:
        room = max(width - 2 * self.letters, 8 * self.letters)
        return self._lines(text, room, _TITLE_LINES)

    def drawn(self, longest: int) -> Iterator[Image.Image]:
        """The parts, each no longer than so many pixels a side where its cells allow; in RGB."""
        for part in layout.parts_of(self.table, self.measures, longest):
            yield self._part(part)

    def _part(self, part: Part) -> Image.Image:
        image = Image.new("RGB", self.measures.size(part), _PAPER)
        draw = ImageDraw.Draw(image)
        line = round(self.letters * _LINE)
        top = self.letters
        for text in self.heading:
            for words in self._titled(text, image.width):
                self._write(draw, (self.letters, top), words)
                top += line
        block_height = (image.height - self.measures.title) // len(part.blocks)
        for number, block in enumerate(part.blocks):
            self._block(image, draw, part, block, self.measures.title + number * block_height)
        return image

    def _block(
        self, image: Image.Image, draw: ImageDraw.ImageDraw, part: Part, block: int, top: int
    ) -> None:
        table, measures = self.table, self.measures
        if measures.band:
            self._write(draw, (self.letters, top + self.letters // 2), table.blocks[block])
        lefts, tops = measures.lefts(part), measures.tops(part)
        for column in part.columns if measures.head else ():
            box = (lefts[column], top + measures.band, measures.widths[column], measures.head)
            self._label(draw, table.columns[column], box)
        for row in part.rows:
            if measures.margin:
                box = (0, top + tops[row], measures.margin, measures.heights[row])
                self._label(draw, table.rows[row], box)
            for column in part.columns:
                corner = lefts[column], top + tops[row]
                self._cell(image, draw, (column, row, block), corner)

    def _cell(
        self, image: Image.Image, draw: ImageDraw.ImageDraw, place: Place, corner: tuple[int, int]
    ) -> None:
        width, height = self.measures.widths[place[0]], self.measures.heights[place[1]]
        values = self.values(place)
        picture = self.pictures.get(values)
        said = self.said.get(values, "Not made")
        if picture is not None:
            try:
                with open_image(Path(picture.path)) as opened:
                    pixels = in_rgb(opened)
                    left = corner[0] + (width - pixels.width) // 2
                    image.paste(pixels, (left, corner[1] + (height - pixels.height) // 2))
                return
            except (KnownError, OSError):
                said = "The picture is not there any more."
        x, y = corner
        draw.rectangle((x, y, x + width - 1, y + height - 1), _EMPTY)
        self._label(draw, said, (x, y, width, height))

    def _label(self, draw: ImageDraw.ImageDraw, text: str, box: tuple[int, int, int, int]) -> None:
        """In the middle of a box: left, top, width, height."""
        left, top, width, height = box
        size = self.letters
        line = round(size * _LINE)
        most = max(1, min(_MOST_LINES, height // line))
        lines = self._lines(text, max(width - size // 2, size), most)
        y = top + (height - line * len(lines)) // 2
        for number, words in enumerate(lines):
            x = left + (width - round(self._face.width(words))) // 2
            self._write(draw, (x, y + number * line), words)

    def _write(self, draw: ImageDraw.ImageDraw, at: Sequence[int], words: str) -> None:
        self._face.draw(draw, (at[0], at[1]), words, _INK)

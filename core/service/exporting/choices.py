"""How pictures are exported: as what files, under which names, and what goes along with them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.service.exporting.template import Template, parse_template
from core.system.errors import InvalidRequest

LARGEST_SIDE = 16_384  # pixels
LOWEST_QUALITY, HIGHEST_QUALITY = 1, 100


class FileKind(StrEnum):
    """In which format; "same": each in its own."""

    SAME = "same"
    PNG = "png"
    WEBP = "webp"
    JPEG = "jpeg"
    AVIF = "avif"


class Along(StrEnum):
    """What an exported file says of its making: all of its recipe, no more than that it was
    generated (IPTC's digital source type), or nothing at all."""

    RECIPE = "recipe"
    MARK = "mark"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportChoices:
    """`side`: pixels of the longer side of pictures that are larger; 0 for as they are. `quality`
    of JPEG, AVIF and WebP, which then loses a little; None for as the gallery's files are written.
    """

    template: str = "{name}"
    kind: FileKind = FileKind.SAME
    side: int = 0
    quality: int | None = None
    along: Along = Along.RECIPE

    def check(self) -> Template:
        """The names that were asked for. Raises InvalidRequest for what cannot be had."""
        if self.side and not 1 <= self.side <= LARGEST_SIDE:
            raise InvalidRequest(
                "size",
                f"A side of {self.side} pixels is out of range.",
                f"Choose 1 to {LARGEST_SIDE:,} pixels.",
            )
        if self.quality is not None and not LOWEST_QUALITY <= self.quality <= HIGHEST_QUALITY:
            raise InvalidRequest(
                "quality",
                f"A quality of {self.quality} is out of range.",
                f"Choose {LOWEST_QUALITY} to {HIGHEST_QUALITY}.",
            )
        return parse_template(self.template)

    def ending_of(self, path: Path) -> str:
        """That a file gets, as far as it can be told without reading it."""
        if self.kind is FileKind.SAME:
            return path.suffix.lower()
        return ".jpg" if self.kind is FileKind.JPEG else f".{self.kind}"

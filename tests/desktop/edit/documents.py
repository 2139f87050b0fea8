"""Documents that are open, kept in a dictionary as a disk would keep them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.service.editing.flattening import flattened_rows
from core.service.editing.opening import document_of
from core.store.sources.opened_picture import OpenedPicture
from core.system.errors import WorldError
from core.values.editing.document import Document
from core.values.editing.kept_document import Step
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.pixels.pyramid import Pixels


def noise(width: int, height: int, seed: int = 1, *, opaque: bool = True) -> Pixels:
    """Pixels (h, w, 4) of which none is like the next."""
    pixels = np.random.default_rng(seed).integers(1, 256, (height, width, 4), np.uint8)
    if opaque:
        pixels[..., 3] = 255
    return pixels


class Disk:
    """What was saved of a document."""

    def __init__(self) -> None:
        self.tiles: dict[str, bytes] = {}
        self.saved: list[tuple[int, str, Document]] = []
        self.positions: list[int] = []
        self.read = 0

    def load(self, name: str) -> bytes:
        """A tile, as the store gives it."""
        self.read += 1
        if name not in self.tiles:
            raise WorldError("A part of this document is damaged.", "Undo to a state without it.")
        return self.tiles[name]

    def save(
        self, position: int, text: str, document: Document, tiles: Mapping[str, bytes]
    ) -> None:
        """A step."""
        self.tiles.update(tiles)
        self.saved.append((position, text, document))


def document_from(pixels: Pixels) -> tuple[Document, dict[str, bytes]]:
    """A document of one layer with these pixels (h, w, 4)."""
    height, width = pixels.shape[:2]
    return document_of(OpenedPicture(width, height, "RGBA", pixels.tobytes()), "Picture")


def opened(pixels: Pixels, disk: Disk | None = None) -> OpenDocument:
    """It, open."""
    document, tiles = document_from(pixels)
    disk = disk or Disk()
    disk.tiles.update(tiles)
    return OpenDocument(
        [Step("", document)],
        0,
        load_tile=disk.load,
        save=disk.save,
        moved=disk.positions.append,
    )


def seen(document: OpenDocument) -> Pixels:
    """Its flattened pixels."""
    return flattened_rows(document.document, document.tiles.read)

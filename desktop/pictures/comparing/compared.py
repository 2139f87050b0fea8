"""Pictures as they are compared, and how they are read from their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from core.system.regular_files import display_name

if TYPE_CHECKING:
    from core.service.again.unlike import ToldRecipe
    from core.values.picture import Pixels

MOST = 6  # pictures that are compared at once
LETTERS = "ABCDEF"


@dataclass(frozen=True, slots=True)
class ComparedPicture:
    """`name` is what a person knows it by; `pixels` are RGB, `image` is made of them in a task.
    `recipe` None: nothing is known of its making. `path` None: it lies in no file."""

    name: str
    pixels: Pixels
    image: QImage
    recipe: ToldRecipe | None = None
    path: Path | None = None


def read_compared(path: Path) -> ComparedPicture:
    """A picture's file with what it says of its making; a cell of a sweep is known by what it is
    there. Not for the GUI thread. Raises WorldError where it is no readable picture."""
    from core.metadata.reading import decode_pixels, open_image
    from core.metadata.recipes import read_file
    from core.service.again.unlike import told
    from core.service.sweeps.axes.reading import cell_words

    with open_image(path) as image:
        pixels = decode_pixels(image, display_name(path))
    read = read_file(path)
    cell = read.recipe.request.sweep.cell if read.recipe is not None else ()
    name = " · ".join(cell_words(cell)) or path.name
    return ComparedPicture(name, pixels, image_of(pixels), told(read), path)


def read_named(paths: Sequence[Path], names: Sequence[str]) -> tuple[ComparedPicture, ...]:
    """Pictures from their files, under these names. Not for the GUI thread. Raises WorldError where
    one cannot be read."""
    return tuple(
        replace(read_compared(path), name=name) for path, name in zip(paths, names, strict=True)
    )


def from_image(name: str, image: QImage) -> ComparedPicture:
    """A picture that lies in no file, or whose file was read already."""
    from core.values.picture import Pixels  # after the paint

    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    line, height = 3 * plain.width(), plain.height()  # bytes; rows of Qt end at four
    data = bytes(plain.constBits())
    step = plain.bytesPerLine()
    rgb = b"".join(data[row * step : row * step + line] for row in range(height))
    return ComparedPicture(name, Pixels(plain.width(), height, rgb), plain)


def image_of(pixels: Pixels) -> QImage:
    """A copy, since Qt keeps no bytes alive."""
    line = 3 * pixels.width  # bytes
    kind = QImage.Format.Format_RGB888
    return QImage(pixels.rgb, pixels.width, pixels.height, line, kind).copy()

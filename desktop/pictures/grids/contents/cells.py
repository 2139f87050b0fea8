"""How a picture is read into a cell of a grid, outside the window's own thread."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from core.system.errors import WorldError
from core.system.regular_files import display_name

# width and height in pixels, 0 where nobody shows it, and how many of the screen each has
Cell = tuple[int, int, float]
NOWHERE: Cell = 0, 0, 1.0
HARDLY = 3  # pixels by which a picture may be stretched, so that it fills its cell


def read_thumbnail(jpeg: bytes, width: int = 0, height: int = 0, ratio: float = 1.0) -> QImage:
    """A thumbnail scaled into a cell of so many pixels, each of which has `ratio` of the screen's;
    as it is for a width of 0. A null image where the bytes are none.

    Decoded and scaled in one call of QImageReader, which gives Python's lock away meanwhile:
    QImage.fromData and QPainter.drawImage keep it, the latter even while threads of Qt's own draw,
    and the window would wait for each thumbnail.
    """
    buffer = QBuffer()
    buffer.setData(jpeg)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"jpeg")
    whole = reader.size()
    if width and whole.isValid():
        device_size = _fitted(whole, QSize(width, height), ratio)
        if device_size != whole and not device_size.isEmpty():
            reader.setScaledSize(device_size)
    return reader.read()


def _fitted(whole: QSize, cell: QSize, ratio: float) -> QSize:
    """Pixels of the screen for a picture that is seen whole in a cell; all of it where hardly
    anything would be left empty."""
    size = whole.scaled(cell, Qt.AspectRatioMode.KeepAspectRatio)
    free = cell - size
    if max(free.width(), free.height()) <= HARDLY:
        size = cell
    return QSize(round(size.width() * ratio), round(size.height() * ratio))


def read_sharp(path: str, width: int, height: int, ratio: float) -> QImage:
    """The picture's file itself scaled into such a cell, what is transparent on white; a null image
    where it cannot be read. Pillow, too, gives Python's lock away while it decodes and scales."""
    from core.metadata.reading import decoding, opaque, open_image

    with contextlib.suppress(WorldError), open_image(Path(path)) as image:
        with decoding(display_name(Path(path))):
            size = _fitted(QSize(*image.size), QSize(width, height), ratio)
            wanted = max(1, size.width()), max(1, size.height())
            image.draft("RGB", (2 * wanted[0], 2 * wanted[1]))  # of a JPEG part of it is enough
            small = opaque(image).resize(wanted, reducing_gap=2.0)
        line = small.width * 3  # bytes
        kind = QImage.Format.Format_RGB888
        # a copy, since Qt does not keep the bytes alive
        return QImage(small.tobytes(), small.width, small.height, line, kind).copy()
    return QImage()

"""How a picture is read into a cell of a grid, outside the window's own thread."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from core.system.errors import WorldError

# width and height in pixels, 0 where nobody shows it, and how many of the screen each has
Cell = tuple[int, int, float]
NOWHERE: Cell = 0, 0, 1.0


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
        size = whole.scaled(QSize(width, height), Qt.AspectRatioMode.KeepAspectRatio)
        device_size = QSize(round(size.width() * ratio), round(size.height() * ratio))
        if device_size != whole and not device_size.isEmpty():
            reader.setScaledSize(device_size)
    return reader.read()


def read_sharp(path: str, width: int, height: int, ratio: float) -> QImage:
    """The picture's file itself scaled into such a cell, what is transparent on white; a null image
    where it cannot be read. Pillow, too, gives Python's lock away while it decodes and scales."""
    from core.metadata.reading import decoding, display_name, opaque, open_image

    room = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    with contextlib.suppress(WorldError), open_image(Path(path)) as image:
        with decoding(display_name(Path(path))):
            image.draft("RGB", (2 * room[0], 2 * room[1]))  # of a JPEG a part of the work is enough
            small = opaque(image)
            small.thumbnail(room, reducing_gap=2.0)
        line = small.width * 3  # bytes
        kind = QImage.Format.Format_RGB888
        # a copy, since Qt does not keep the bytes alive
        return QImage(small.tobytes(), small.width, small.height, line, kind).copy()
    return QImage()

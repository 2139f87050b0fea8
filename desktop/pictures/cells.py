"""How a thumbnail is read into a cell of a grid, outside the window's own thread."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

Cell = tuple[int, float]  # side in pixels, 0 where nobody shows it, and the screen's in each


def read_thumbnail(jpeg: bytes, side: int = 0, ratio: float = 1.0) -> QImage:
    """A thumbnail scaled into a cell of `side` pixels, of which the screen has `ratio` each; as it
    is for a side of 0. A null image where the bytes are none.

    Decoded and scaled in one call of QImageReader, which gives Python's lock away meanwhile:
    QImage.fromData and QPainter.drawImage keep it, the latter even while threads of Qt's own draw,
    and the window would wait for each thumbnail.
    """
    buffer = QBuffer()
    buffer.setData(jpeg)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"jpeg")
    whole = reader.size()
    if side and whole.isValid():
        size = whole.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio)
        device_size = QSize(round(size.width() * ratio), round(size.height() * ratio))
        if device_size != whole and not device_size.isEmpty():
            reader.setScaledSize(device_size)
    return reader.read()

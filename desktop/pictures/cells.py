"""How a thumbnail is fitted into a cell of a grid, outside the window's own thread."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter

Cell = tuple[int, float]  # side in pixels, 0 where nobody shows it, and the screen's in each


def fitted(image: QImage, side: int, ratio: float) -> QImage:
    """A thumbnail scaled into a cell of `side` pixels, of which the screen has `ratio` each; as it
    is for a side of 0. Drawn as a painter would in the cell, so that it looks the same."""
    if image.isNull() or not side:
        return image
    size = image.size().scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio)
    device_size = QSize(round(size.width() * ratio), round(size.height() * ratio))
    if device_size == image.size() or device_size.isEmpty():
        return image
    scaled = QImage(device_size, QImage.Format.Format_RGB32)
    painter = QPainter(scaled)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(scaled.rect(), image)
    painter.end()
    return scaled

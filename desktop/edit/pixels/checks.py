"""Small pictures of what may be clear, on the checks that the canvas shows there."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage, QPainter

LIGHT, DARK = QColor("#8f8f8f"), QColor("#707070")  # as behind the canvas
SQUARES = 8  # along the longer side


def on_checks(image: QImage) -> QImage:
    """The image with checks where it is clear; itself where nothing can be."""
    if image.isNull() or not image.hasAlphaChannel():
        return image
    whole = QImage(image.size(), QImage.Format.Format_RGB32)
    whole.fill(LIGHT)
    painter = QPainter(whole)
    side = max(1, max(image.width(), image.height()) // SQUARES)
    for top in range(0, image.height(), side):
        for left in range(top // side % 2 * side, image.width(), 2 * side):
            painter.fillRect(left, top, side, side, DARK)
    painter.drawImage(0, 0, image)
    painter.end()
    return whole

"""Between arrays of pixels and Qt's pictures: straight ones, which a document is made of, and
premultiplied ones, which are looked at."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from desktop.edit.pixels.pyramid import Pixels, packed

_OPAQUE = np.uint32(0xFF000000)


def image_of(pixels: Pixels) -> QImage:
    """A picture of its own from pixels (h, w, 4) in straight RGBA, or (h, w) grey."""
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels)
    grey = pixels.ndim == 2
    form = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGBA8888
    return QImage(data.data, width, height, width * (1 if grey else 4), form).copy()


def pixels_of(image: QImage) -> Pixels:
    """The reverse, of a Grayscale8 picture (h, w) or any other (h, w, 4)."""
    grey = image.format() == QImage.Format.Format_Grayscale8
    if not grey:
        image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    channels = 1 if grey else 4
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    rows = lines[:, : image.width() * channels].reshape(image.height(), image.width(), channels)
    return np.array(rows[..., 0] if grey else rows)


def canvas_over(shown: Pixels) -> QImage:
    """The pixels (h, w, 4), premultiplied as Qt keeps them, as a picture that is those very ones:
    what is painted on it is written to them. They have to outlive it."""
    height, width = shown.shape[:2]
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(shown.data, width, height, width * 4, form)


def is_opaque(shown: Pixels) -> bool:
    """Whether nothing can be seen through premultiplied pixels (h, w, 4)."""
    return bool(np.bitwise_and.reduce(packed(shown), axis=None) >= _OPAQUE)


def straight(shown: Pixels) -> Pixels:
    """Premultiplied pixels in straight RGBA; what nothing can be seen through bit for bit."""
    return pixels_of(canvas_over(np.ascontiguousarray(shown)))

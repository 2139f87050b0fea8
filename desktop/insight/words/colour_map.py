"""The colours of maps: from a dark blue over grey to a pale yellow, always lighter, so that they
are told apart without red and green, in print, and over any picture."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

LEVELS = 256
# CIE L*a*b* of D65 at the bottom, in the middle and at the top
_ANCHORS = ((12.0, 8.0, -36.0), (54.0, 3.0, 2.0), (93.0, -6.0, 62.0))
_WHITE = (0.95047, 1.0, 1.08883)  # XYZ of D65
_TO_RGB = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)  # XYZ to linear sRGB, IEC 61966-2-1


@lru_cache(maxsize=1)
def colours() -> tuple[QColor, ...]:
    """Of the levels 0 to 255: evenly spaced in lightness, from little to much."""
    return tuple(_colour(level / (LEVELS - 1)) for level in range(LEVELS))


@lru_cache(maxsize=1)
def _table() -> list[int]:
    return [colour.rgb() for colour in colours()]


def coloured(levels: bytes, width: int, height: int) -> QImage:
    """A plane of `height` rows of `width` levels in these colours, a pixel for each."""
    kind = QImage.Format.Format_Indexed8
    image = QImage(levels, width, height, width, kind).copy()  # Qt keeps no bytes alive
    image.setColorTable(_table())
    return image.convertToFormat(QImage.Format.Format_RGB32)


def over(picture: QImage, cells: QImage, opacity: float) -> QImage:
    """The picture with a map over it, each cell a square; grey below that, so that colours are
    those of the map."""
    if cells.isNull() or opacity <= 0:
        return picture.convertToFormat(QImage.Format.Format_RGB32)
    image = greyed(picture)
    painter = QPainter(image)
    painter.setOpacity(opacity)
    painter.drawImage(QRectF(image.rect()), cells)
    painter.end()
    return image


def greyed(picture: QImage) -> QImage:
    """The picture without its colours."""
    grey = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    return grey.convertToFormat(QImage.Format.Format_RGB32)


def _colour(share: float) -> QColor:
    lower, upper = _ANCHORS[:2] if share < 0.5 else _ANCHORS[1:]
    way = share * 2 if share < 0.5 else share * 2 - 1
    lightness, a, b = (one + (two - one) * way for one, two in zip(lower, upper, strict=True))
    middle = (lightness + 16.0) / 116.0
    ratios = (middle + a / 500.0, middle, middle - b / 200.0)
    xyz = [white * _cubed(ratio) for white, ratio in zip(_WHITE, ratios, strict=True)]
    linear = (sum(x * y for x, y in zip(line, xyz, strict=True)) for line in _TO_RGB)
    return QColor(*(round(255 * _encoded(min(max(value, 0.0), 1.0))) for value in linear))


def _cubed(ratio: float) -> float:
    """The inverse of the cube root that L*a*b* is told in, straight near 0."""
    return ratio**3 if ratio > 6.0 / 29.0 else 3.0 * (6.0 / 29.0) ** 2 * (ratio - 4.0 / 29.0)


def _encoded(value: float) -> float:
    """Linear light as sRGB writes it."""
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1.0 / 2.4) - 0.055

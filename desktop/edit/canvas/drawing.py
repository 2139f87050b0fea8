"""How a document and its mask are drawn into a widget, only where it is exposed."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QTransform

from core.values.editing.document import Box
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.pixels.images import canvas_over, is_opaque
from desktop.edit.pixels.pyramid import Pixels
from desktop.edit.tools.boxes import draw_box, draw_words, hatch_beyond, shade_around
from desktop.edit.tools.view import Placement

TINT = (232, 98, 61)  # of what is selected: the lamp's amber
TINT_SHARE = 0.5
OUTSIDE_FRAME = 0.28  # how much darker what the model does not see is
SQUARES_FROM = 2.0  # zoom from which a pixel is drawn as a square
_CHECKS = (QColor("#8f8f8f"), QColor("#707070"))  # what lies behind pixels that are clear
_CHECK = 8  # pixels of the screen a side


def document_rect(placement: Placement) -> QRectF:
    """Around the document, in the widget."""
    return placement.transform().mapRect(QRectF(QPointF(), placement.document))


def exposed_box(placement: Placement, exposed: QRectF) -> Box | None:
    """The pixels, at the placement's level, that an exposed part of the widget shows."""
    step = 1 << placement.level()
    seen = placement.transform().inverted()[0].mapRect(exposed)
    seen = seen.intersected(QRectF(QPointF(), placement.document))
    if seen.isEmpty():
        return None
    wide = math.ceil(placement.document.width() / step)
    high = math.ceil(placement.document.height() / step)
    # a pixel more on each side, which smoothing looks at
    left = max(math.floor(seen.left() / step) - 2, 0)
    top = max(math.floor(seen.top() / step) - 2, 0)
    right = min(math.ceil(seen.right() / step) + 2, wide)
    bottom = min(math.ceil(seen.bottom() / step) + 2, high)
    return left, top, right - left, bottom - top


def draw_document(
    painter: QPainter, placement: Placement, document: OpenDocument, exposed: QRect
) -> None:
    """The flattened picture, on checks where it is clear, as far as it can be made soon."""
    box = exposed_box(placement, QRectF(exposed))
    if box is None:
        return
    pixels = document.seen_soon(placement.level(), box)
    image = canvas_over(pixels)
    painter.save()
    _clip(painter, placement)
    if is_opaque(pixels):
        image.reinterpretAsFormat(QImage.Format.Format_RGB32)
    else:
        painter.setBrushOrigin(document_rect(placement).topLeft())
        painter.fillRect(exposed, _checks())
    draw_pixels(painter, placement, image, box)
    painter.restore()


def draw_mask(
    painter: QPainter, placement: Placement, document: OpenDocument, exposed: QRect
) -> None:
    """What is selected, tinted."""
    mask = document.shown.mask()
    box = exposed_box(placement, QRectF(exposed))
    if mask is None or box is None:
        return
    grey = document.mask_region(placement.level(), box)
    if not grey.any():
        return
    painter.save()
    _clip(painter, placement)
    draw_pixels(painter, placement, _tinted(grey), box)
    painter.restore()


def _clip(painter: QPainter, placement: Placement) -> None:
    """To the document: at the edges of a small view half a pixel is none of it."""
    before = painter.transform()
    painter.setTransform(placement.transform(), True)
    painter.setClipRect(QRectF(QPointF(), placement.document), Qt.ClipOperation.IntersectClip)
    painter.setTransform(before)


def draw_pixels(painter: QPainter, placement: Placement, image: QImage, box: Box) -> None:
    """Pixels of a box at the placement's level, where they lie in the widget."""
    painter.save()
    painter.setTransform(_of_level(placement, box), True)
    smooth = placement.zoom < SQUARES_FROM
    turned = placement.view.angle % 90 != 0
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth or turned)
    painter.drawImage(QPointF(0, 0), image)
    painter.restore()


def _of_level(placement: Placement, box: Box) -> QTransform:
    """From pixels of the box, at the placement's level, to the widget."""
    step = 1 << placement.level()
    result = QTransform.fromTranslate(box[0], box[1]) * QTransform.fromScale(step, step)
    return result * placement.transform()


def _tinted(grey: Pixels) -> QImage:
    share = grey.astype(np.float32) * TINT_SHARE
    pixels = np.empty((*grey.shape, 4), np.uint8)
    for channel, value in enumerate(TINT):
        pixels[..., channel] = share * (value / 255)
    pixels[..., 3] = share
    height, width = grey.shape
    form = QImage.Format.Format_RGBA8888_Premultiplied
    return QImage(pixels.data, width, height, width * 4, form).copy()


@lru_cache(maxsize=1)
def _checks() -> QBrush:
    image = QImage(2 * _CHECK, 2 * _CHECK, QImage.Format.Format_RGB32)
    image.fill(_CHECKS[0])
    painter = QPainter(image)
    for x, y in ((0, 0), (_CHECK, _CHECK)):
        painter.fillRect(x, y, _CHECK, _CHECK, _CHECKS[1])
    painter.end()
    return QBrush(image)


def draw_frame(
    painter: QPainter,
    placement: Placement,
    frame: Box | None,
    grabbed: Box | None,
    *,
    words: str,
    bare: bool,
) -> None:
    """The part that the model sees (None: all of it), the handles of what can be `grabbed`, and the
    words above; `bare`: no result lies there, so that the rest is darker, and what is to be added
    in stripes."""
    if frame is None:
        if grabbed is not None:
            draw_box(painter, placement, grabbed, handles=True)
        draw_words(painter, document_rect(placement), words)
        return
    if bare:
        hatch_beyond(painter, placement, frame)
        shade_around(painter, placement, frame, OUTSIDE_FRAME)
    draw_box(painter, placement, frame, handles=grabbed is not None, words=words)

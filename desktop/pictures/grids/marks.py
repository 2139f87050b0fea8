"""What is drawn on and around the cells of a grid: pictures, frames, and what a person noted."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen, QPixmap

BADGE = QColor(20, 20, 20, 225)  # under numbers and stars, on whatever picture
BELOW = QColor(90, 90, 90, 200)
ON_BADGE = QColor(245, 245, 245)
UNSET = QColor(245, 245, 245, 90)  # a star that may be given
REJECTED_OPACITY, AWAY_OPACITY = 0.35, 0.45
MOST_STARS = 5
STAR = 11  # pixels
HEART = 22  # pixels of its badge
EDGE = 6  # pixels from the edges of a cell to its marks
NARROW = 116  # pixels: in narrower cells a rating is a number with one star


def draw_picture(
    painter: QPainter, cell: QRect, pixmap: QPixmap | None, around: QColor, opacity: float = 1.0
) -> None:
    """In the middle of its cell; one of a single pixel stands for a file that cannot be read."""
    if pixmap is None or pixmap.width() <= 1:
        painter.fillRect(cell, around)
        return
    ratio = painter.device().devicePixelRatioF()
    fits = pixmap.size() == QSize(round(cell.width() * ratio), round(cell.height() * ratio))
    if opacity < 1.0 or not fits:
        painter.fillRect(cell, around)
    painter.setOpacity(opacity)
    if fits and ratio == 1.0:
        painter.drawPixmap(cell.topLeft(), pixmap)
    else:
        size = pixmap.size().scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
        free = cell.size() - size
        painter.drawPixmap(
            QRect(cell.topLeft() + QPoint(free.width() // 2, free.height() // 2), size), pixmap
        )
    painter.setOpacity(1.0)


def draw_frame(painter: QPainter, cell: QRect, palette: QPalette, *, chosen: bool) -> None:
    """Around one that is chosen, or the current one."""
    pen = QPen(palette.color(QPalette.ColorRole.PlaceholderText), 2)
    if chosen:
        pen = QPen(palette.color(QPalette.ColorRole.Highlight), 3)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(cell.adjusted(-2, -2, 1, 1), 4, 4)


def draw_favourite(painter: QPainter, cell: QRect, colour: QColor) -> None:
    """A heart in the upper right corner, on a badge that is dark in every theme."""
    if colour.lightnessF() < 0.5:
        colour = colour.lighter(140)
    mark = _heart(colour.rgb(), painter.device().devicePixelRatioF())
    painter.drawPixmap(QPoint(cell.right() - EDGE - HEART + 1, cell.top() + EDGE), mark)


def draw_rejected(painter: QPainter, cell: QRect) -> None:
    """A cross in the upper left corner."""
    mark = _cross(painter.device().devicePixelRatioF())
    painter.drawPixmap(cell.topLeft() + QPoint(EDGE, EDGE), mark)


def draw_rating(painter: QPainter, cell: QRect, rating: int, *, offered: bool = False) -> None:
    """In the lower right corner as many stars; `offered`: with those that may be given."""
    place = rating_place(cell)
    if place.isNull():
        place = _badge_place(cell, 33)
        _draw_badge(painter, place)
        painter.drawText(
            place.adjusted(6, 0, 0, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            str(rating),
        )
        at = place.topLeft() + QPoint(place.width() - STAR - 5, 4)
        painter.drawPixmap(at, _stars(1, 0, painter.device().devicePixelRatioF()))
        return
    if not offered:
        place.setLeft(place.right() - rating * STAR - 9)
    _draw_badge(painter, place)
    unset = MOST_STARS - rating if offered else 0
    painter.drawPixmap(
        place.topLeft() + QPoint(5, 4),
        _stars(rating, unset, painter.device().devicePixelRatioF()),
    )


def rating_place(cell: QRect) -> QRect:
    """Where its five stars stand; nowhere in a narrow cell."""
    return _badge_place(cell, MOST_STARS * STAR + 10) if cell.width() >= NARROW else QRect()


def star_at(cell: QRect, point: QPoint) -> int:
    """Which of its stars is at a point, from 1 on; 0 for none."""
    place = rating_place(cell)
    if not place.contains(point):
        return 0
    return min(max((point.x() - place.left() - 5) // STAR + 1, 1), MOST_STARS)


def count_place(cell: QRect, words_width: int) -> QRect:
    """Where the number of a stack stands, which is so many pixels wide."""
    width = max(22, words_width + 12)
    return QRect(cell.left() + EDGE, cell.bottom() - 25, width, 20)


def draw_count(painter: QPainter, cell: QRect, count: int, *, is_open: bool = False) -> None:
    """On how many pictures of one stack this one lies, or lay before its stack was opened: then in
    a frame alone."""
    words = f"{count:,}"
    badge = count_place(cell, painter.fontMetrics().horizontalAdvance(words))
    painter.setPen(Qt.PenStyle.NoPen)
    for shift in () if is_open else (4, 2):  # the edges of those below
        painter.setBrush(BELOW)
        painter.drawRoundedRect(badge.translated(shift, -shift), 4, 4)
    painter.setBrush(BADGE)
    if is_open:
        painter.setPen(QPen(ON_BADGE, 1))
    painter.drawRoundedRect(badge, 4, 4)
    painter.setPen(ON_BADGE)
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, words)


def draw_words(painter: QPainter, cell: QRect, words: str) -> None:
    """A word in the upper left corner, beside the place of the cross; cut off where it is long."""
    room = cell.width() - 3 * EDGE - 40
    words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(room, 20))
    width = painter.fontMetrics().horizontalAdvance(words) + 12
    place = QRect(cell.left() + EDGE + 22, cell.top() + EDGE, width, 18)
    _draw_badge(painter, place)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


def _badge_place(cell: QRect, width: int) -> QRect:
    return QRect(cell.right() - EDGE - width + 1, cell.bottom() - 25, width, 20)


def _draw_badge(painter: QPainter, place: QRect) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BADGE)
    painter.drawRoundedRect(place, 4, 4)
    painter.setPen(ON_BADGE)


# --- shapes, each drawn once for a screen ---


@lru_cache(maxsize=16)
def _stars(count: int, unset: int, ratio: float) -> QPixmap:
    pixmap = _canvas(QSize((count + unset) * STAR, STAR + 1), ratio)
    painter = _painter(pixmap)
    for at in range(count + unset):
        painter.setBrush(ON_BADGE if at < count else UNSET)
        painter.drawPath(_star(QRectF(at * STAR + 0.5, 0.5, STAR - 1, STAR - 1)))
    painter.end()
    return pixmap


def _star(place: QRectF) -> QPainterPath:
    """With five points."""
    path = QPainterPath()
    middle = place.center()
    for step in range(10):
        reach = place.width() / 2 * (1.0 if step % 2 == 0 else 0.45)
        angle = math.pi * (step / 5 - 0.5)
        point = middle + QPointF(reach * math.cos(angle), reach * math.sin(angle))
        path.lineTo(point) if step else path.moveTo(point)
    path.closeSubpath()
    return path


@lru_cache(maxsize=4)
def _heart(colour: int, ratio: float) -> QPixmap:
    pixmap = _canvas(QSize(HEART, HEART), ratio)
    painter = _painter(pixmap)
    painter.setBrush(BADGE)
    painter.drawEllipse(QRectF(0, 0, HEART, HEART))
    painter.translate((HEART - 16) / 2, (HEART - 16) / 2 + 0.5)
    path = QPainterPath(QPointF(8, 13.5))
    path.cubicTo(QPointF(0, 8), QPointF(2, 2), QPointF(5, 2))
    path.cubicTo(QPointF(7, 2), QPointF(8, 3.6), QPointF(8, 4.4))
    path.cubicTo(QPointF(8, 3.6), QPointF(9, 2), QPointF(11, 2))
    path.cubicTo(QPointF(14, 2), QPointF(16, 8), QPointF(8, 13.5))
    painter.setBrush(QColor.fromRgb(colour))
    painter.drawPath(path)
    painter.end()
    return pixmap


@lru_cache(maxsize=4)
def _cross(ratio: float) -> QPixmap:
    pixmap = _canvas(QSize(18, 18), ratio)
    painter = _painter(pixmap)
    painter.setBrush(BADGE)
    painter.drawEllipse(QRectF(0, 0, 18, 18))
    painter.setPen(QPen(ON_BADGE, 2, c=Qt.PenCapStyle.RoundCap))
    painter.drawLine(QPointF(5.5, 5.5), QPointF(12.5, 12.5))
    painter.drawLine(QPointF(12.5, 5.5), QPointF(5.5, 12.5))
    painter.end()
    return pixmap


def _canvas(size: QSize, ratio: float) -> QPixmap:
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def _painter(pixmap: QPixmap) -> QPainter:
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    return painter

"""The headings of a grid: what they say, and how they are drawn."""

from __future__ import annotations

from PySide6.QtCore import QDate, QLocale, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette

from core.values.gallery.question import Order
from desktop.pictures.grids.layout.groups import DIGITS, FILE_SIZES, MEGAPIXEL, SIZES
from desktop.pictures.grids.layout.plan import GAP
from desktop.widgets.i18n import tr

TITLE_PIXELS = 15  # of the title's font
WEEK = 7  # days of which a day is called by its weekday
MONTH_LENGTH = 7  # characters of a month in ISO 8601


def heading_words(order: Order, key: str) -> tuple[str, str]:
    """The title of a group, and what else is said of it."""
    match order:
        case Order.DATE:
            return _date_words(key)
        case Order.RATING:
            return _rating_words(key), ""
        case Order.MODEL:
            return key or tr("Without a model"), ""
        case Order.SIZE:
            return _size_words(key), ""
        case Order.FILE_SIZE:
            return _file_size_words(key), ""
        case Order.RANDOM:
            return tr("In random order"), ""
        case Order.NAME:
            return ("0–9" if key == DIGITS else key or tr("Without a name")), ""


def _date_words(key: str) -> tuple[str, str]:
    """Of a day or a month in ISO 8601, in the system's words."""
    locale = QLocale.system()
    if len(key) == MONTH_LENGTH:
        first = QDate.fromString(f"{key}-01", Qt.DateFormat.ISODate)
        if first.isValid():
            name = locale.standaloneMonthName(first.month())
            return _begun_large(f"{name} {first.year()}"), ""
    day = QDate.fromString(key, Qt.DateFormat.ISODate)
    if not day.isValid():
        return tr("Without a date"), ""
    whole = locale.toString(day, QLocale.FormatType.LongFormat)
    ago = day.daysTo(QDate.currentDate())
    if ago == 0:
        return tr("Today"), whole
    if ago == 1:
        return tr("Yesterday"), whole
    if 0 < ago < WEEK:
        return _begun_large(locale.standaloneDayName(day.dayOfWeek())), whole
    return _begun_large(whole), ""


def _begun_large(words: str) -> str:
    return words[:1].upper() + words[1:]


def _rating_words(key: str) -> str:
    match key:
        case "-1":
            return tr("Rejected")
        case "1":
            return tr("1 star")
        case "2" | "3" | "4" | "5":
            return tr("{n} stars", n=key)
        case _:
            return tr("Not rated")


def _size_words(key: str) -> str:
    """Of a class of sizes, by its number."""
    at = int(key) if key.isdecimal() else 0
    locale = QLocale.system()
    if at >= len(SIZES):
        return tr("Over {n} megapixels", n=locale.toString(SIZES[-1] // MEGAPIXEL))
    millions = SIZES[at] / MEGAPIXEL
    if millions == 1:
        return tr("Up to 1 megapixel")
    return tr("Up to {n} megapixels", n=locale.toString(millions, "g", 3))


def _file_size_words(key: str) -> str:
    """Of a class of files' sizes, by its number."""
    if not key.isdecimal():
        return tr("Without a known size")
    at, locale = int(key), QLocale.system()
    usual = QLocale.DataSizeFormat.DataSizeTraditionalFormat
    if at >= len(FILE_SIZES):
        return tr("Over {size}", size=locale.formattedDataSize(FILE_SIZES[-1], 0, usual))
    return tr("Up to {size}", size=locale.formattedDataSize(FILE_SIZES[at], 0, usual))


def count_words(count: int) -> str:
    """ "812 pictures"."""
    return tr("1 picture") if count == 1 else tr("{n} pictures", n=f"{count:,}")


def heading_height(font: QFont) -> int:
    """Pixels of a heading, which grows with the font."""
    return QFontMetrics(_title_font(font)).height() + 24


def draw_heading(
    painter: QPainter,
    place: QRect,
    words: tuple[str, str],
    count: int,
    palette: QPalette,
    *,
    pointed_at: bool = False,
) -> None:
    """Title and what else is said at the left end, the count at the right one; what has no room is
    cut off. `pointed_at`: a click would choose all of it."""
    title, more = words
    roles = QPalette.ColorRole
    plain = painter.font()
    inner = place.adjusted(GAP + 2, 8, -GAP - 2, 0)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setPen(palette.color(roles.Text if pointed_at else roles.PlaceholderText))
    counted = count_words(count)
    counted_width = painter.fontMetrics().horizontalAdvance(counted)
    if counted_width < inner.width() // 2:
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, counted)
        inner.setRight(inner.right() - counted_width - 16)
    font = _title_font(plain)
    font.setUnderline(pointed_at)
    painter.setFont(font)
    painter.setPen(palette.color(roles.Text))
    title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, inner.width())
    painter.drawText(inner, middle | Qt.AlignmentFlag.AlignLeft, title)
    inner.setLeft(inner.left() + painter.fontMetrics().horizontalAdvance(title) + 12)
    painter.setFont(plain)
    if more and painter.fontMetrics().horizontalAdvance(more) <= inner.width():
        painter.setPen(palette.color(roles.PlaceholderText))
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignLeft, more)


def _title_font(font: QFont) -> QFont:
    title = QFont(font)
    title.setPixelSize(TITLE_PIXELS)
    title.setWeight(QFont.Weight.DemiBold)
    return title

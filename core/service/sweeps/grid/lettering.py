"""Words on a picture: fonts without a window, lines that fit a width."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from PIL import ImageFont

Font = Any  # ImageFont.FreeTypeFont or ImageFont.ImageFont
# fonts of systems that know more letters than the one that comes with Pillow
_OTHERS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "Arial Unicode.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "msyh.ttc",
    "msgothic.ttc",
    "malgun.ttf",
    "segoeui.ttf",
)
_MOST_LETTERS = 600  # of one text
_ABSENT = "\U0010fffe"  # which no font has: what it draws is the sign for "no such letter"


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> Font | None:
    try:
        return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
    except OSError:
        return None


def font_for(text: str, size: int) -> Font:
    """A font of so many pixels that has all letters of a text, or the most of them."""
    usual = _font("", size)
    assert usual is not None  # it comes with Pillow
    letters = {letter for letter in text if ord(letter) > 126}
    best, fewest = usual, _absent(usual, letters)
    for name in _OTHERS if fewest else ():
        font = _font(name, size)
        absent = _absent(font, letters) if font else fewest
        if absent < fewest:
            best, fewest = font, absent
        if not fewest:
            break
    return best


def _absent(font: Font, letters: set[str]) -> int:
    """How many of them it has not."""
    sign = bytes(font.getmask(_ABSENT))
    drawn = (bytes(font.getmask(letter)) for letter in letters if not letter.isspace())
    return sum(mask == sign for mask in drawn)


def width_of(text: str, size: int) -> int:
    """In pixels, on one line."""
    return round(font_for(text, size).getlength(text))


def lines_of(text: str, size: int, width: int, most: int) -> tuple[str, ...]:
    """The text on lines of at most so many pixels, at most so many of them; what is left out is
    told by three points."""
    text = " ".join(text[:_MOST_LETTERS].split())
    font = font_for(text, size)
    lines: list[str] = []
    left = text
    while left and len(lines) < most:
        line = _first_line(left, font, width)
        lines.append(line)
        left = left[len(line) :].lstrip()
    if left and lines:
        last = lines[-1]
        while last and font.getlength(last + "…") > width:
            last = last[:-1]
        lines[-1] = last.rstrip() + "…"
    return tuple(line.rstrip() for line in lines)


def _first_line(text: str, font: Font, width: int) -> str:
    """As much of it as fits, up to a blank where there is one; at least one letter."""
    if font.getlength(text) <= width:
        return text
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    blank = text.rfind(" ", 0, low + 1)
    return text[: blank + 1] if blank > 0 else text[:low]

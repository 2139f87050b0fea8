"""Letters of any language, drawn with what fonts a system has: Pillow's own for what it holds, for
the rest the first font that knows a sign."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from core.metadata.reading import decoding
from core.system.errors import WorldError

MOST_FILES = 20_000  # of a system's fonts that are looked at by name
_NOT_A_SIGN = "\U0010fffe"
_ELLIPSIS = "\u2026"
# by the file names that systems and their usual packages give them
_KNOWN = (
    "dejavusans.ttf", "segoeui.ttf", "arial.ttf", "notosans-regular.ttf", "arial unicode.ttf",
    "liberationsans-regular.ttf", "notosanscjk-regular.ttc", "msyh.ttc", "meiryo.ttc",
    "yugothr.ttc", "malgun.ttf", "pingfang.ttc", "hiragino sans gb.ttc", "applesdgothicneo.ttc",
    "wqy-microhei.ttc", "wqy-zenhei.ttc", "droidsansfallbackfull.ttf", "droidsansfallback.ttf",
    "notosansarabic-regular.ttf", "notosanshebrew-regular.ttf", "notosansdevanagari-regular.ttf",
    "nirmala.ttf", "notosansthai-regular.ttf", "leelawui.ttf", "notoemoji-regular.ttf",
    "seguisym.ttf", "apple symbols.ttf", "symbola.ttf", "unifont.ttf", "unifont.otf",
)  # fmt: skip


class Typeface:
    """Text of one height in pixels."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._fonts: list[ImageFont.FreeTypeFont] = [_own(size)]
        self._more = iter(_system_fonts())
        self._of_sign: dict[str, int] = {}

    def draw(
        self, draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, colour: str
    ) -> None:
        """From its upper left corner on."""
        left, top = at
        baseline = top + self._fonts[0].getmetrics()[0]
        for font, run in self._runs(text):
            draw.text((left, baseline), run, fill=colour, font=font, anchor="ls")
            left += font.getlength(run)

    def width(self, text: str) -> float:
        """In pixels."""
        return sum(font.getlength(run) for font, run in self._runs(text))

    def wrapped(self, text: str, width: float, lines: int) -> list[str]:
        """At most so many lines, broken between words where that is possible; what has no room is
        left out behind three dots."""
        broken: list[str] = []
        rest = " ".join(text.split())
        while rest and len(broken) < lines:
            fits = self._fitting(rest, width)
            if fits < len(rest) and len(broken) == lines - 1:
                broken.append(self._shortened(rest, width))
                break
            end = rest.rfind(" ", 0, fits + 1) if fits < len(rest) else fits
            end = end if end > 0 else max(fits, 1)
            broken.append(rest[:end].rstrip())
            rest = rest[end:].lstrip()
        return broken

    def _shortened(self, text: str, width: float) -> str:
        room = width - self.width(_ELLIPSIS)
        return text[: max(self._fitting(text, room), 1)].rstrip() + _ELLIPSIS

    def _fitting(self, text: str, width: float) -> int:
        """How many of its first signs have room."""
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle]) <= width:
                low = middle
            else:
                high = middle - 1
        return low

    def _runs(self, text: str) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
        shown = "".join(sign if sign.isprintable() else " " for sign in text)
        pairs = zip(self._places(shown), shown, strict=True)
        for at, signs in groupby(pairs, itemgetter(0)):
            yield self._fonts[at], "".join(sign for _, sign in signs)

    def _places(self, text: str) -> list[int]:
        """Of each sign its font's place. Blanks and commas between words of one font are its own:
        words from right to left would stand in the wrong order otherwise."""
        places = [self._font_for(sign) for sign in text]
        before = 0  # where the last word ends
        for at, sign in enumerate(text):
            if sign.isascii() and not sign.isalnum():
                continue
            font, between = places[at], range(before, at)
            if before and font and font == places[before - 1] and self._has(font, text, between):
                places[before:at] = [font] * len(between)
            before = at + 1
        return places

    def _has(self, font: int, text: str, places: range) -> bool:
        return all(_knows(self._fonts[font], text[at]) for at in places)

    def _font_for(self, sign: str) -> int:
        """Its place among the fonts that were opened; the first where none knows the sign."""
        if sign.isascii():
            return 0
        if (known := self._of_sign.get(sign)) is None:
            known = self._of_sign[sign] = self._found(sign)
        return known

    def _found(self, sign: str) -> int:
        at = 0
        while True:
            if at == len(self._fonts):
                path = next(self._more, None)
                if path is None:
                    return 0
                try:
                    with decoding(path.name):
                        self._fonts.append(ImageFont.truetype(str(path), self._size))
                except WorldError:
                    continue
            if _knows(self._fonts[at], sign):
                return at
            at += 1


def _own(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # as Pillow is built everywhere
    return font


def _knows(font: ImageFont.FreeTypeFont, sign: str) -> bool:
    """Whether it draws something else than what stands for signs that it has not."""
    return _drawn(font, sign) != _drawn(font, _NOT_A_SIGN)


def _drawn(font: ImageFont.FreeTypeFont, sign: str) -> bytes:
    side = 2 * round(font.size)
    image = Image.new("L", (side, side))
    ImageDraw.Draw(image).text((0, 0), sign, fill=255, font=font)
    return image.tobytes()


@cache
def _system_fonts() -> tuple[Path, ...]:
    """Those of the known fonts that are here, in their order."""
    found: dict[str, Path] = {}
    seen = 0
    for folder in _font_folders():
        for place, _, names in os.walk(folder):
            for name in names:
                if name.lower() in _KNOWN:
                    found.setdefault(name.lower(), Path(place, name))
            seen += len(names)
            if seen > MOST_FILES:
                break
    return tuple(found[name] for name in _KNOWN if name in found)


@lru_cache(maxsize=1)
def _font_folders() -> tuple[Path, ...]:
    home = Path.home()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        windows = os.environ.get("WINDIR", r"C:\Windows")
        more = (Path(local, "Microsoft", "Windows", "Fonts"),) if local else ()
        return (Path(windows, "Fonts"), *more)
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"
    data = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return (home / ".local/share/fonts", *(Path(one, "fonts") for one in data.split(":") if one))

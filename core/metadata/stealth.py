"""A recipe that lies behind a picture's pixels: NovelAI's, and that of an extension of the web
UI's.

The lowest bits, column by column, of alpha alone or of red, green and blue in turn, are a mark of
15 letters, a length in bits as 32 of them, and a text, packed or not.
"""

from __future__ import annotations

import zlib

from PIL import Image

from core.metadata.reading import decoding
from core.metadata.texts import MAX_TEXT, plain
from core.system.errors import WorldError

_MARK = 15  # letters
_PLAIN = frozenset({b"stealth_pnginfo", b"stealth_rgbinfo"})
_PACKED = frozenset({b"stealth_pngcomp", b"stealth_rgbcomp"})
_LENGTH = 4  # bytes
_MOST_PIXELS = 2**24  # of a picture that is decoded for it: 64 MB
_KEEP_BITS = frozenset({"PNG", "WEBP"})  # other kinds of files change the lowest bits of pixels
_BITS = bytes(48 + (value & 1) for value in range(256))
_GZIP = 31  # zlib's number for gzip's own frame


def stealth_texts(image: Image.Image, name: str) -> dict[str, str]:
    """The texts behind a picture's pixels, as `texts_of_image` has those of its file; {} where
    there are none or the pixels are damaged. Decodes a picture of up to 16 million pixels as a
    whole, where its kind of file keeps them bit for bit."""
    if image.mode not in ("RGB", "RGBA") or image.format not in _KEEP_BITS:
        return {}
    if image.width * image.height > _MOST_PIXELS:
        return {}
    marked = hidden_channels(image, name)
    try:
        with decoding(name):
            texts = [_text_in(_columns(image, channels)) for channels in marked]
    except WorldError:
        return {}
    text = next(filter(None, texts), "")
    return {"parameters": text} if text else {}


def hidden_channels(image: Image.Image, name: str) -> tuple[str, ...]:
    """Behind which channels a text lies, of "A" and "RGB". None where the pixels are damaged."""
    if image.mode not in ("RGB", "RGBA"):
        return ()
    places = ("A", "RGB") if image.mode == "RGBA" else ("RGB",)
    try:
        with decoding(name):
            return tuple(channels for channels in places if _is_marked(image, channels))
    except WorldError:
        return ()


def _is_marked(image: Image.Image, channels: str) -> bool:
    """Whether these channels begin with a mark: the first columns say so."""
    columns = min(image.width, -(-8 * _MARK // image.height))
    first = image.crop((0, 0, columns, image.height))
    return _bytes(_columns(first, channels), 0, _MARK) in _PLAIN | _PACKED


def _columns(image: Image.Image, channels: str) -> bytes:
    """The bytes of these channels, column by column."""
    if channels == "A":
        return image.getchannel("A").transpose(Image.Transpose.TRANSPOSE).tobytes()
    return image.convert("RGB").transpose(Image.Transpose.TRANSPOSE).tobytes()


def _text_in(values: bytes) -> str:
    """The text behind the mark in the lowest bits of these bytes; "" for none."""
    size = int.from_bytes(_bytes(values, _MARK, _LENGTH), "big") // 8
    body = _bytes(values, _MARK + _LENGTH, min(size, MAX_TEXT))
    if _bytes(values, 0, _MARK) in _PACKED:
        try:
            body = zlib.decompressobj(_GZIP).decompress(body, 4 * MAX_TEXT)
        except zlib.error:
            return ""
    text = plain(body)
    return text if text.strip() else ""


def _bytes(values: bytes, start: int, count: int) -> bytes:
    """Bytes of which each stands in the lowest bits of eight values."""
    bits = values[8 * start : 8 * (start + count)].translate(_BITS)
    whole = len(bits) // 8
    return int(bits[: 8 * whole] or b"0", 2).to_bytes(whole, "big")

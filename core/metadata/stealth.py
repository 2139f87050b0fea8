"""A recipe that lies behind the pixels' alpha: NovelAI's, and that of an extension of the web UI's.

The lowest bit of each alpha, column by column, is a mark of 15 letters, a length in bits as 32 of
them, and a text, packed or not.
"""

from __future__ import annotations

import zlib

from PIL import Image

from core.metadata.reading import decoding
from core.metadata.texts import MAX_TEXT, plain
from core.system.errors import WorldError

_PLAIN, _PACKED = b"stealth_pnginfo", b"stealth_pngcomp"
_LENGTH = 4  # bytes
_MOST_PIXELS = 2**24  # of a picture that is decoded for it: 64 MB
_BITS = bytes(48 + (value & 1) for value in range(256))
_GZIP = 31  # zlib's number for gzip's own frame


def stealth_texts(image: Image.Image, name: str) -> dict[str, str]:
    """The texts in a picture's alpha, as `texts_of_image` has those of its file; {} where there are
    none or the pixels are damaged. Decodes a picture with alpha as a whole, up to
    16 million pixels."""
    if image.mode != "RGBA" or image.width * image.height > _MOST_PIXELS:
        return {}
    try:
        with decoding(name):
            alpha = image.getchannel("A").transpose(Image.Transpose.TRANSPOSE).tobytes()
    except WorldError:
        return {}
    mark = _bytes(alpha, 0, len(_PLAIN))
    if mark not in (_PLAIN, _PACKED):
        return {}
    start = len(_PLAIN)
    size = int.from_bytes(_bytes(alpha, start, _LENGTH), "big") // 8
    body = _bytes(alpha, start + _LENGTH, min(size, MAX_TEXT))
    if mark == _PACKED:
        try:
            body = zlib.decompressobj(_GZIP).decompress(body, 4 * MAX_TEXT)
        except zlib.error:
            return {}
    text = plain(body)
    return {"parameters": text} if text.strip() else {}


def _bytes(alpha: bytes, start: int, count: int) -> bytes:
    """Bytes of which each stands in the lowest bits of eight pixels."""
    bits = alpha[8 * start : 8 * (start + count)].translate(_BITS)
    whole = len(bits) // 8
    return int(bits[: 8 * whole] or b"0", 2).to_bytes(whole, "big")

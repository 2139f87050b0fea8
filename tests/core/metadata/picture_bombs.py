"""Pictures made to keep a reader busy or to fill its memory, each within 128 MB, by name;
and odd but harmless ones."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image

Build = Callable[[], bytes]


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    *before: tuple[bytes, bytes],
    behind: tuple[tuple[bytes, bytes], ...] = (),
    width: int = 8,
    height: int = 8,
) -> bytes:
    """A PNG with chunks before and behind its pixels."""
    pixels = zlib.compress((b"\0" + bytes(3 * width)) * height)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    parts = [*before, (b"IDAT", pixels), *behind, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunk(*one) for one in parts)


def saved(kind: str, side: int = 64, **options: object) -> bytes:
    """A plain picture of Pillow's."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg(*segments: bytes) -> bytes:
    """A JPEG with segments before its own."""
    plain = saved("JPEG")
    return plain[:2] + b"".join(segments) + plain[2:]


def many_scans(count: int, side: int = 2000) -> bytes:
    """A progressive JPEG whose last pass comes again and again."""
    plain = saved("JPEG", side, progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:-2] + plain[last:-2] * count + plain[-2:]


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP of these chunks."""
    body = b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
        for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp(*extra: tuple[bytes, bytes], side: int = 64, flags: int = 8) -> bytes:
    """A WebP with chunks behind its pixels."""
    plain = saved("WEBP", lossless=True)
    size = (side - 1).to_bytes(3, "little")
    return riff(
        (b"VP8X", bytes([flags, 0, 0, 0]) + size + size),
        (plain[12:16], plain[20 : 20 + struct.unpack("<I", plain[16:20])[0]]),
        *extra,
    )


def box(kind: bytes, body: bytes) -> bytes:
    """A box of an AVIF."""
    return struct.pack(">I", len(body) + 8) + kind + body


def avif_with(extra: bytes) -> bytes:
    """An AVIF with a box behind all others."""
    return saved("AVIF") + extra


def directory(entries: int, size: int, data: int) -> bytes:
    """EXIF whose `entries` values, each of `size` bytes, are the same bytes again."""
    fields = b"".join(struct.pack("<HHII", 0x8000 + n, 7, size, 8) for n in range(entries))
    return b"II*\0" + struct.pack("<IH", 8, entries) + fields + bytes(4) + bytes(data)


def loop() -> bytes:
    """EXIF whose directory is its own."""
    return (
        b"II*\0"
        + struct.pack("<IH", 8, 1)
        + struct.pack("<HHII", 0x8769, 4, 1, 8)
        + struct.pack("<I", 8)
    )


def _nested(depth: int) -> bytes:
    found = b""
    for _ in range(depth):
        found = box(b"moov", found)
    return found


def _item_table(count: int) -> bytes:
    entries = b"".join(
        box(b"infe", struct.pack(">IHH4s", 2 << 24, n, 0, b"av01") + b"\0") for n in range(count)
    )
    return box(b"meta", bytes(4) + box(b"iinf", struct.pack(">IH", 0, count) + entries))


def _frames(count: int) -> bytes:
    plain = saved("WEBP", 8, lossless=True)
    pixels = plain[12 : 12 + 8 + struct.unpack("<I", plain[16:20])[0]]
    frame = (
        b"ANMF"
        + struct.pack("<I", 16 + len(pixels))
        + bytes(6)
        + b"\7\0\0\7\0\0"
        + bytes(4)
        + pixels
    )
    head = riff((b"VP8X", bytes([2, 0, 0, 0]) + b"\7\0\0\7\0\0"), (b"ANIM", bytes(6)))
    body = head[12:] + frame * count
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def refused() -> dict[str, Build]:
    """Those that no decoder may see."""
    mega = b"y" * (15 * 2**20)
    return {
        "texts.png": lambda: png(*[(b"tEXt", b"k%d\0a" % n) for n in range(100_000)]),
        "long.png": lambda: png(*[(b"tEXt", b"k%d\0" % n + mega) for n in range(8)]),
        "behind.png": lambda: png(behind=tuple((b"tEXt", b"k%d\0a" % n) for n in range(100_000))),
        "profiles.png": lambda: png(*[(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**20)))] * 100),
        "packed.png": lambda: png(
            *[(b"zTXt", b"k%d\0\0" % n + zlib.compress(bytes(2**23))) for n in range(9)]
        ),
        "itxt.png": lambda: png((b"iTXt", b"k\0\1\0\0\0" + zlib.compress(bytes(2**26)))),
        "private.png": lambda: png(*[(b"prVt", b"")] * 100_000),
        "cut.png": lambda: png(behind=((b"IDAT", b""),) * 100_000),
        "frames.png": lambda: png(
            (b"acTL", struct.pack(">II", 50_000, 0)), behind=((b"fcTL", bytes(26)),) * 50_000
        ),
        "notes.png": lambda: png((b"eXIf", directory(5000, 60_000, 60_000))),
        "fill.jpg": lambda: jpeg(b"\xff" * 60_000_000),
        "junk.jpg": lambda: jpeg(b"\1" * 1_000_000),
        "late-fill.jpg": lambda: saved("JPEG")[:-2] + b"\xff" * 60_000_000 + b"\xd9",
        "segments.jpg": lambda: jpeg(segment(0xFE, b"") * 500_000),
        "apps.jpg": lambda: jpeg(segment(0xE5, b"z" * 65_000) * 1500),
        "exif.jpg": lambda: jpeg(segment(0xE1, b"Exif\0\0" + b"II*\0" + bytes(60_000)) * 800),
        "notes.jpg": lambda: jpeg(segment(0xE1, b"Exif\0\0" + directory(1000, 50_000, 50_000))),
        "index.jpg": lambda: jpeg(segment(0xE2, b"MPF\0" + directory(1000, 50_000, 50_000))),
        "extensions.jpg": lambda: jpeg(segment(0xF3, b"z" * 60_000) * 500),
        "photoshop.jpg": lambda: jpeg(
            segment(0xED, (b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0" * 5000)) * 240
        ),
        "scans.jpg": lambda: many_scans(3000),
        "chunks.webp": lambda: webp(*[(b"junk", b"")] * 500_000),
        "canvas.webp": lambda: webp(side=16_384),
        "texts.webp": lambda: webp((b"XMP ", b"x" * 30_000_000)),
        "notes.webp": lambda: webp((b"EXIF", directory(1000, 2_000_000, 2_000_000))),
        "frames.webp": lambda: _frames(50_000),
        "items.avif": lambda: saved("AVIF")[:32] + _item_table(20_000),
        "boxes.avif": lambda: avif_with(box(b"moov", box(b"free", b"") * 1_000_000)),
        "nested.avif": lambda: avif_with(_nested(2000)),
    }


def harmless() -> dict[str, Build]:
    """Odd, but pictures: to be read."""
    note = (
        b"II*\0"
        + struct.pack("<IH", 8, 1)
        + struct.pack("<HHI4s", 0x9286, 7, 4, b"abcd")
        + bytes(4)
    )
    return {
        "texts.png": lambda: png(*[(b"tEXt", b"k%d\0a" % n) for n in range(500)]),
        "loop.png": lambda: png((b"eXIf", loop())),
        "blocks.png": lambda: png(behind=((b"IDAT", b""),) * 2000),
        "private.png": lambda: png((b"prVt", b"x" * 100_000)),
        "fill.jpg": lambda: jpeg(b"\xff" * 1000),
        "loop.jpg": lambda: jpeg(segment(0xE1, b"Exif\0\0" + loop())),
        "comments.jpg": lambda: jpeg(segment(0xFE, b"hello") * 200),
        "note.jpg": lambda: jpeg(segment(0xE1, b"Exif\0\0" + note)),
        "progressive.jpg": lambda: saved("JPEG", 300, progressive=True),
        "profile.jpg": lambda: saved("JPEG", icc_profile=b"p" * 400_000),
        "unknown.webp": lambda: webp((b"junk", b"abc")),
        "frames.webp": lambda: _frames(1000),
        "loop.webp": lambda: webp((b"EXIF", loop())),
        "workflow.png": lambda: png(
            (b"zTXt", b"flow\0\0" + zlib.compress(b"x" * 2_000_000)),
            (b"iTXt", b"more\0\1\0en\0\0" + zlib.compress(b"x" * 2_000_000)),
        ),
        "pointer.jpg": lambda: jpeg(
            segment(
                0xE1,
                b"Exif\0\0II*\0"
                + struct.pack("<IHHHII", 8, 1, 0x8769, 4, 1, 100)
                + b"\x77" * 40_000,
            )
        ),
        "padded.webp": lambda: saved("WEBP") + bytes(20_000),
        "behind.webp": lambda: saved("WEBP") + b"ftypisom" * 3000,
        "behind.png": lambda: png() + b"\x01" * 200_000,
        "behind.jpg": lambda: saved("JPEG") + b"\xff" * 200_000,
        "free.avif": lambda: avif_with(box(b"free", b"x" * 1000)),
        "plain.avif": lambda: saved("AVIF"),
    }

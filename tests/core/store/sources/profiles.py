"""Small colour profiles, written by hand (ICC.1:2001-04): a gamma of 1 in RGB and in grey, and inks
of which any is grey."""

from __future__ import annotations

import struct

# sRGB's primaries beside the white of profiles (D50)
_PRIMARIES = (
    (b"rXYZ", (0.43607, 0.22249, 0.01392)),
    (b"gXYZ", (0.38515, 0.71687, 0.09708)),
    (b"bXYZ", (0.14307, 0.06061, 0.71410)),
)
_WHITE = (0.96420, 1.0, 0.82491)


def _fixed(*numbers: float) -> bytes:
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def _profile(kind: bytes, space: bytes, to: bytes, tags: list[tuple[bytes, bytes]]) -> bytes:
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags:
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s12s4s", at + len(body), b"", 0x02400000, kind, space, to, b"", b"acsp"
    )
    return (head + bytes(28) + _fixed(*_WHITE)).ljust(128, b"\0") + table + body


def _xyz(numbers: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*numbers)


_STRAIGHT = b"curv\0\0\0\0" + bytes(4)


def linear_rgb() -> bytes:
    """sRGB's colours, whose numbers grow with the light."""
    curves = [(name, _STRAIGHT) for name in (b"rTRC", b"gTRC", b"bTRC")]
    colours = [(name, _xyz(numbers)) for name, numbers in _PRIMARIES]
    return _profile(b"mntr", b"RGB ", b"XYZ ", [(b"wtpt", _xyz(_WHITE)), *colours, *curves])


def linear_grey() -> bytes:
    """Grey whose numbers grow with the light."""
    tags = [(b"wtpt", _xyz(_WHITE)), (b"kTRC", _STRAIGHT)]
    return _profile(b"mntr", b"GRAY", b"XYZ ", tags)


def grey_inks() -> bytes:
    """CMYK where each of C, M and Y takes a third of the lightness and K all of it."""
    corners = bytearray()
    for corner in range(16):
        cyan, magenta, yellow, key = (corner >> 3 & 1, corner >> 2 & 1, corner >> 1 & 1, corner & 1)
        light = (1 - (cyan + magenta + yellow) / 3) * (1 - key)
        corners += bytes([round(255 * light), 128, 128])
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += bytes(range(256)) * 4 + corners + bytes(range(256)) * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", [(b"wtpt", _xyz(_WHITE)), (b"A2B0", table)])

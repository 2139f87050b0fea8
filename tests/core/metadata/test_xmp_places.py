"""XMP that stands where a single packet has no place: in several segments of a JPEG, in a box of
its own of an AVIF."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from core.metadata.recipes import read_file
from tests.core.metadata.picture_bombs import jpeg, segment

TEXT = "a jug&#10;Steps: 9, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512, Model: m1"
PACKET = f'<a xmlns:p="p" p:parameters="{TEXT}"/>'.encode()
LONGEST = 65_000  # bytes of a segment


def seed_in(path: Path, data: bytes) -> object:
    path.write_bytes(data)
    return read_file(path).request.get("seed")


def pieces(packet: bytes, name: bytes) -> list[bytes]:
    """Segments of a JPEG with a long packet."""
    return [
        segment(
            0xE1,
            b"http://ns.adobe.com/xmp/extension/\0"
            + name
            + len(packet).to_bytes(4, "big")
            + start.to_bytes(4, "big")
            + packet[start : start + LONGEST],
        )
        for start in range(0, len(packet), LONGEST)
    ]


def test_several_segments_are_joined_in_their_order(tmp_path: Path) -> None:
    long = PACKET + b"<!--" + b"much else " * 7_000 + b"-->"
    own = pieces(long, b"0123456789ABCDEF" * 2)
    other = pieces(b"<a>" + b"not a recipe " * 9_000 + b"</a>", b"FEDCBA9876543210" * 2)
    assert len(own) == len(other) == 2
    mixed = [own[1], other[0], own[0], own[0], other[1]]
    assert seed_in(tmp_path / "x.jpg", jpeg(b"".join(mixed))) == 5
    assert seed_in(tmp_path / "y.jpg", jpeg(segment(0xE1, own[0][4:40]))) is None, "cut off"


def test_a_box_of_its_own(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "AVIF")
    for kind, seed in (("be7acfcb97a942e89c71999491e3afac", 5), ("00" * 16, None)):
        body = bytes.fromhex(kind) + PACKET
        box = (len(body) + 8).to_bytes(4, "big") + b"uuid" + body
        assert seed_in(tmp_path / "x.avif", out.getvalue() + box) == seed

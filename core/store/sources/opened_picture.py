"""A picture of any kind as plain rows of pixels, and the address that its pixels give it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """`data` holds height rows of width pixels, 8 bits a channel in sRGB; `mode` is "RGB", "RGBA"
    (alpha not multiplied in), or "L" for a mask. `notes` are sentences about what was lost."""

    width: int
    height: int
    mode: str
    data: bytes
    notes: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The name under which it is kept: the hex SHA-256 of size, mode and rows, so that equal
        pixels have one name, whatever file they came from."""
        digest = hashlib.sha256(f"{self.width}x{self.height} {self.mode}\n".encode("ascii"))
        digest.update(self.data)
        return digest.hexdigest()

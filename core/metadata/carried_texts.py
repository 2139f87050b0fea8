"""What a picture file carries beside its pixels, as the walk over its container found it: bytes,
not yet read.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Carried:
    """`texts`: the text chunks of a PNG with their kinds; `exif` without the mark "Exif" before it;
    `xmp` and `comments` as they lie.
    """

    texts: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    exif: bytes = b""
    xmp: list[bytes] = field(default_factory=list[bytes])
    comments: list[bytes] = field(default_factory=list[bytes])

    def note_exif(self, data: bytes) -> None:
        """Of several the first that holds anything counts."""
        self.exif = self.exif or data

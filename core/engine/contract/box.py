"""Rectangles of whole pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels from `left`, `top` up to, and without, `right`, `bottom`."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, size: tuple[int, int]) -> Self:
        """All of a picture of (width, height)."""
        return cls(0, 0, *size)

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return self.width, self.height

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    @property
    def rows_and_columns(self) -> tuple[slice, slice]:
        """What an array (h, w, ...) is indexed with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, by: int) -> Box:
        """Larger by so many pixels on each side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def within(self, other: Box) -> Box:
        """What both have in common."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def seen_from(self, other: Box) -> Box:
        """The same place, counted from the top left of `other`."""
        return Box(
            self.left - other.left,
            self.top - other.top,
            self.right - other.left,
            self.bottom - other.top,
        )

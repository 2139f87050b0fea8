"""What a row of the tables says of a file, and whether a file meets it.

A row names a thing for people and says which tensors must be there, which must not, and how wide
those are that tell things of the same names apart. The tables are read from top to bottom; the
first row that fits answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.models.files.key_layouts.names import TensorNames
from core.values.model import ModelKind, Problem, unsupported


@dataclass(frozen=True, slots=True)
class LayoutMatch:
    """What shapes alone say. `parts` are the components inside;
    `layout` is "ldm" or "diffusers"."""

    kind: ModelKind
    family: str = ""
    variant: str = ""
    layout: str = ""
    parts: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    guidance_embedding: bool | None = None
    latent_channels: int = 0


@dataclass(frozen=True, slots=True)
class Width:
    """A tensor, one of its sides, and how long that may be.
    What is not there, or is packed by quantising, is not judged."""

    name: str
    side: int
    allowed: tuple[int, ...]

    def suits(self, named: TensorNames) -> bool:
        """Whether the tensor is missing, no matrix any more, or of an allowed width."""
        shape = named.shape(*self.name.split("|"))
        return (
            shape is None
            or len(shape) < 2
            or len(shape) <= self.side
            or 1 in shape[:2]
            or shape[self.side] in self.allowed
        )


@dataclass(frozen=True, slots=True)
class Rank:
    """A tensor and how many sides it has: pictures' first layers have four, films' five.
    What is not there is not judged."""

    name: str
    sides: int

    def suits(self, named: TensorNames) -> bool:
        """Whether the tensor is missing or has so many sides."""
        shape = named.shape(*self.name.split("|"))
        return shape is None or len(shape) == self.sides


@dataclass(frozen=True, slots=True)
class LayoutRule:
    """`name` is for people; `has`, `lacks` are conditions of names (`names.py`), all of which must
    and none of which may hold.

    `note` is the sentence that says why the thing cannot be used, "" where it can. `more`
    answers in the row's stead where more than the row is to be said; it may answer None,
    and the rows below are read.
    """

    name: str
    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    widths: tuple[Width | Rank, ...] = ()
    kind: ModelKind = ModelKind.UNKNOWN
    family: str = ""
    variant: str = ""
    note: str = ""
    layout: str = ""
    more: Callable[[TensorNames, LayoutRule], LayoutMatch | None] | None = None

    def fits(self, named: TensorNames) -> bool:
        """Whether the file is what the row describes, by names and widths."""
        return (
            all(named.meets(name) for name in self.has)
            and not any(named.meets(name) for name in self.lacks)
            and all(width.suits(named) for width in self.widths)
        )

    def found(self, named: TensorNames) -> LayoutMatch | None:
        """The row's answer."""
        if self.more is not None:
            return self.more(named, self)
        return LayoutMatch(
            self.kind,
            self.family,
            self.variant or self.name,
            self.layout,
            problems=(unsupported(self.note),) if self.note else (),
        )


def first_match(table: tuple[LayoutRule, ...], named: TensorNames) -> LayoutMatch | None:
    """The answer of the first row that fits; None where none does."""
    for row in table:
        if row.fits(named):
            match = row.found(named)
            if match is not None:
                return match
    return None

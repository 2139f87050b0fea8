"""A sweep: one request, and up to three axes along which something of it has other values."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from core.system.errors import InvalidRequest
from core.values.request import Request
from core.values.request_parts.sweep_place import (
    LONGEST_NAME,
    LONGEST_VALUE,
    MAX_AXES,
    STACK,
    SweepPlace,
    is_sweep_id,
)

__all__ = ["LONGEST_VALUE", "MAX_AXES", "MAX_CELLS", "MAX_VALUES", "Axis", "Sweep", "new_sweep"]

MAX_VALUES = 1_000  # of one axis
MAX_CELLS = 10_000
LONGEST_NOTE = 20_000
# axes that write more than the parameter they are called by, or others
_WRITES = {
    "size": ("width", "height"),
    "hires": ("hires.scale",),
    "levels.sigmas": ("levels.sigmas", "steps"),
}


@dataclass(frozen=True, slots=True)
class Axis:
    """What is varied, by its name ("steps", "lora:ink", "steps|guidance" for two in step), and its
    values as texts, each once. Those `skipped` have no cells until they are taken back."""

    name: str
    values: tuple[str, ...]
    skipped: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """The values that have cells."""
        return tuple(value for value in self.values if value not in self.skipped)

    def with_values(self, further: Iterable[str]) -> Axis:
        """With further ones behind those it has, numbers in their order; those that were skipped
        are taken back."""
        wanted = tuple(further)
        values = tuple(dict.fromkeys((*self.values, *wanted)))
        with contextlib.suppress(ValueError):  # texts stand where they were asked for
            values = tuple(sorted(values, key=float)) if _rises(self.values) else values
        return replace(self, values=values).taking_back(wanted)

    def skipping(self, values: Iterable[str]) -> Axis:
        """Without cells of these."""
        wanted = {*self.skipped, *values}
        return replace(self, skipped=tuple(one for one in self.values if one in wanted))

    def taking_back(self, values: Iterable[str]) -> Axis:
        """With cells of these again."""
        unwanted = set(values)
        return replace(self, skipped=tuple(one for one in self.skipped if one not in unwanted))

    def joined(self, other: Axis) -> Axis:
        """With the values that only the other one has, skipped where they are there."""
        further = [value for value in other.values if value not in self.values]
        merged = self.with_values(further)
        return merged.skipping(value for value in further if value in other.skipped)

    def text(self, value: str) -> str:
        """As a cell says that it has this value."""
        return f"{self.name}={value}"

    def check(self) -> None:
        """Raises InvalidRequest where it has no values, too many, or the same twice."""
        if not self.values:
            raise InvalidRequest("axis", f"{self.name} has no values.", "Give at least one.")
        if not self.shown:
            raise InvalidRequest(
                "axis", f"All values of {self.name} are left out.", "Take one of them back."
            )
        if len(self.values) > MAX_VALUES:
            raise InvalidRequest(
                "axis",
                f"{self.name} has {len(self.values):,} values.",
                f"Give at most {MAX_VALUES:,}.",
            )
        if len(set(self.values)) < len(self.values):
            raise InvalidRequest("axis", f"{self.name} has a value twice.", "Give each value once.")
        if not self.name or max(map(len, self.values)) + len(self.name) >= LONGEST_VALUE:
            raise InvalidRequest("axis", f"A value of {self.name[:60]} is too long.", "Shorten it.")


@dataclass(frozen=True, slots=True)
class Sweep:
    """`base` is the request with its seed, whose wildcards are not drawn and whose styles are not
    applied yet; `axes` are X, Y and Z, as many as there are. `created` in seconds since 1970."""

    id: str
    base: Request
    axes: tuple[Axis, ...]
    name: str = ""
    note: str = ""
    created: float = field(default=0.0)

    @property
    def stack(self) -> str:
        """The key of the stack that its pictures lie on."""
        return f"{STACK}{self.id}"

    @property
    def count(self) -> int:
        """How many cells it has, those that suit nobody among them."""
        number = 1
        for axis in self.axes:
            number *= len(axis.shown)
        return number

    def cells(self) -> Iterator[tuple[str, ...]]:
        """The values of each cell, X first; X changes fastest, then Y."""
        shown = [axis.shown for axis in reversed(self.axes)]
        return (values[::-1] for values in itertools.product(*shown))

    def place(self, values: tuple[str, ...]) -> SweepPlace:
        """What the picture of a cell says of it."""
        texts = (axis.text(value) for axis, value in zip(self.axes, values, strict=True))
        return SweepPlace(self.id, tuple(texts), self.name)

    def with_axis(self, axis: Axis) -> Sweep:
        """With this one in the place of the axis of its name."""
        axes = tuple(axis if old.name == axis.name else old for old in self.axes)
        return replace(self, axes=axes)

    def joined(self, other: Sweep) -> Sweep:
        """With the values that only the other one has; as it is where that has other axes, or they
        would be too many."""
        if [axis.name for axis in self.axes] != [axis.name for axis in other.axes]:
            return self
        pairs = zip(self.axes, other.axes, strict=True)
        wanted = replace(self, axes=tuple(mine.joined(theirs) for mine, theirs in pairs))
        with contextlib.suppress(InvalidRequest):
            wanted.check()
            return wanted
        return self

    def check(self) -> None:
        """Raises InvalidRequest for an axis that cannot be, two over one parameter, and too many
        cells."""
        if not is_sweep_id(self.id):
            raise InvalidRequest("sweep", "This is no sweep.", "Set it up again.")
        if not 1 <= len(self.axes) <= MAX_AXES:
            raise InvalidRequest(
                "axis", f"The sweep has {len(self.axes)} axes.", "Give one, two or three."
            )
        for axis in self.axes:
            axis.check()
        parts = [part for axis in self.axes for part in axis.name.split("|")]
        written = [field for part in parts for field in _WRITES.get(part, (part,))]
        twice = next((field for field in written if written.count(field) > 1), "")
        if twice:
            raise InvalidRequest(
                "axis", f"Two axes vary {twice}.", "Put all its values on one axis."
            )
        if self.count > MAX_CELLS:
            raise InvalidRequest(
                "axis",
                f"The sweep would have {self.count:,} pictures.",
                f"Give fewer values: at most {MAX_CELLS:,} pictures are made.",
            )
        if len(self.name) > LONGEST_NAME or len(self.note) > LONGEST_NOTE:
            raise InvalidRequest("name", "The sweep's name or note is too long.", "Shorten it.")


def _rises(values: tuple[str, ...]) -> bool:
    """Whether they are numbers that rise. Raises ValueError for what is no number."""
    return all(float(low) < float(high) for low, high in itertools.pairwise(values))


def new_sweep(base: Request, axes: tuple[Axis, ...], name: str = "", note: str = "") -> Sweep:
    """A sweep that is not stored yet, of an id of its own. Raises as `Sweep.check`."""
    sweep = Sweep(os.urandom(16).hex(), base, axes, name, note, time.time())
    sweep.check()
    return sweep


def base_of(request: Request, seed: int) -> Request:
    """The request as the base of a sweep: one picture of a seed, of no other sweep or document."""
    return replace(request, seed=seed, count=1, sweep=SweepPlace(), document="")

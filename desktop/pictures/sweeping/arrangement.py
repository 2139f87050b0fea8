"""Which axis of a sweep lies across and which lie down. Knows no widget."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from core.service.sweeps.axes.reading import label_of, words_of
from core.values.sweeping.sweep import Sweep
from desktop.widgets.i18n import tr_data

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`across` is the number of the axis whose values are columns (-1: none, all lie down); of the
    others the last changes slowest. `hidden` are values that are not looked at, by axis."""

    sweep: Sweep
    across: int = 0
    hidden: tuple[tuple[int, str], ...] = ()

    def seen(self, axis: int) -> Values:
        """The values of an axis that are looked at; all that it has where each of them is hidden,
        as after the only other one was left out."""
        values = self.sweep.axes[axis].shown
        return tuple(value for value in values if (axis, value) not in self.hidden) or values

    @property
    def down(self) -> tuple[int, ...]:
        """The axes that lie down, the one that changes fastest first."""
        return tuple(n for n in range(len(self.sweep.axes)) if n != self.across)

    def columns(self) -> Values:
        """Their values."""
        return self.seen(self.across)

    def rows(self) -> tuple[Values, ...]:
        """Of each row the values of the axes that lie `down`."""
        seen = [self.seen(axis) for axis in reversed(self.down)]
        return tuple(values[::-1] for values in itertools.product(*seen))

    def values(self, row: Values, column: str) -> Values:
        """Those of a cell, X first."""
        by_axis = dict(zip(self.down, row, strict=True)) | {self.across: column}
        return tuple(by_axis[axis] for axis in range(len(self.sweep.axes)))

    def column_words(self, column: str) -> str:
        """A column for people."""
        return _words(self.sweep.axes[self.across].name, column)

    def row_words(self, row: Values) -> str:
        """A row for people, what changes slowest first."""
        names = [self.sweep.axes[axis].name for axis in self.down]
        texts = [_words(name, value) for name, value in zip(names, row, strict=True)]
        if len(texts) > 1:  # a line each
            texts = [text.replace("\n", " ") for text in texts]
        return "\n".join(reversed(texts))

    def swapped(self) -> Arrangement:
        """With the next axis across."""
        return replace(self, across=(self.across + 1) % len(self.sweep.axes))

    def hiding(self, axis: int, value: str) -> Arrangement:
        """Without this value, unless it is the last of its axis that is seen."""
        if len(self.seen(axis)) < 2:
            return self
        return replace(self, hidden=(*self.hidden, (axis, value)))

    def showing(self, axis: int, value: str) -> Arrangement:
        """With this value again."""
        return replace(self, hidden=tuple(one for one in self.hidden if one != (axis, value)))

    def showing_all(self) -> Arrangement:
        """With all values."""
        return replace(self, hidden=())


def _words(name: str, value: str) -> str:
    return f"{tr_data(label_of(name))}\n{words_of(name, value)}"

"""Which parts of a picture an upscaler is handed one after the other, where their results lie, and
how one fades into the next. Only numbers.

A tile is seen with a margin around it, since what a network makes of a place depends on what lies
around. Tiles overlap by `FADE`, and within it one comes as the other goes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MARGIN = 8  # pixels of the source around a tile that are seen and not kept
FADE = 16  # pixels of the source by which tiles overlap


@dataclass(frozen=True, slots=True)
class Span:
    """A tile along one side. Of the source it has the places from `start` to `stop`, and makes
    those from `first` to `last` of the result; `fades_in` and `fades_out` where it has a
    neighbour."""

    start: int
    stop: int
    first: int
    last: int
    fades_in: bool
    fades_out: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a picture: `source` places become `result`, in tiles that see `seen` places."""

    source: int
    result: int
    seen: int

    @property
    def ratio(self) -> float:
        """Places of the result for each of the source."""
        return self.result / self.source

    def spans(self) -> tuple[Span, ...]:
        """The tiles along this side: as few as there must be, of one length, which is as short as
        it can be, and the last flush with the end."""
        longest = self.seen - 2 * MARGIN
        count = 1
        if self.source > longest:
            count = math.ceil((self.source - FADE) / (longest - FADE))
        length = math.ceil((self.source + (count - 1) * FADE) / count)
        starts = [min(nth * (length - FADE), self.source - length) for nth in range(count)]
        return tuple(
            self._span(start, length, fades_in=nth > 0, fades_out=nth < count - 1)
            for nth, start in enumerate(starts)
        )

    def _span(self, start: int, length: int, *, fades_in: bool, fades_out: bool) -> Span:
        stop = start + length
        return Span(
            start=start,
            stop=stop,
            first=math.ceil(start * self.ratio) if fades_in else 0,
            last=math.floor(stop * self.ratio) if fades_out else self.result,
            fades_in=fades_in,
            fades_out=fades_out,
        )

    def weights(self, span: Span) -> NDArray[np.float32]:
        """How much a tile counts at each of its places of the result, (last - first,): it rises and
        falls over `FADE` places of the source, with no corner."""
        places = (np.arange(span.first, span.last) + 0.5) / self.ratio
        share = np.ones(len(places))
        if span.fades_in:
            share = np.minimum(share, (places - span.start) / FADE)
        if span.fades_out:
            share = np.minimum(share, (span.stop - places) / FADE)
        share = np.clip(share, 1e-3, 1)
        return (share * share * (3 - 2 * share)).astype(np.float32)

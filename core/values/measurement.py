"""How fast this machine is: one measured part of making a picture, and what bounds it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.system.errors import KnownError


class Part(StrEnum):
    """The parts that are measured, in this order; values are stable ids of `bench --json`."""

    START = "start"
    TEXT = "text"
    STEP = "step"
    DECODE = "decode"
    PREVIEW = "preview"
    PICTURE = "picture"
    SAVE = "save"


class Limit(StrEnum):
    """What a part's time mostly goes to; values are stable ids."""

    IMPORTS = "imports"  # modules that are loaded before anything is computed
    LOADING = "loading"  # building the networks and reading their weights
    ARITHMETIC = "arithmetic"  # multiplications that the networks ask for
    MEMORY = "memory"  # weights and values that pass between memory and processor
    PYTHON = "python"  # asking for one small operation after another
    COMPRESSION = "compression"  # of a picture's file
    DISK = "disk"  # until the file is safely there


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Seconds of a part: `ours` as the program does it, `plain` with the same networks whose
    layers are as torch has them (None where there is no such way).

    `share` (0 to 1) of `ours` is what the limit alone accounts for. `work` is what was asked
    for: floating-point operations, bytes or calls; `rate` how many of them the machine manages a
    second at best (0: of this limit nothing is counted). `steps` of a whole picture.
    """

    part: Part
    ours: float
    plain: float | None = None
    limit: Limit
    share: float
    work: float = 0.0
    rate: float = 0.0
    steps: int = 0

    @property
    def ratio(self) -> float | None:
        """How many times as fast as plain."""
        return None if self.plain is None else self.plain / max(self.ours, 1e-9)


@dataclass(frozen=True, slots=True)
class MeasuringEnd:
    """How a measurement ended: `whole`, or `stopped` by a person, or because of a `fault`; else
    because something else was asked of the engine."""

    whole: bool
    stopped: bool
    fault: KnownError | None = None

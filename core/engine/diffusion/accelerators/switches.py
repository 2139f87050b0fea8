"""Ways of graphics cards that can be left out, for whoever looks for a fault or compares."""

from __future__ import annotations

import os
from enum import StrEnum

VARIABLE = "CALOTYPE_WITHOUT"  # names of ways with commas between them, or "all"


class Way(StrEnum):
    """One way to be faster on a graphics card."""

    GRAPHS = "graphs"
    STREAMING = "streaming"
    ONE_STEP_LATE = "one-step-late"
    CHANNELS_LAST = "channels-last"


def is_on(way: Way) -> bool:
    """Whether a way may be gone: each one unless the variable names it."""
    named = {name.strip() for name in os.environ.get(VARIABLE, "").split(",")}
    return way not in named and "all" not in named

"""Which cell of which sweep a picture is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.system.errors import InvalidRequest
from core.values.declared.parameter import Parameter, parameter

STACK = "sweep:"  # what the key of a sweep's stack begins with
MAX_AXES = 3
LONGEST_NAME = 200
LONGEST_VALUE = 20_000  # characters of a value, as a line of a file of prompts
_ID = re.compile(r"[0-9a-f]{8,32}")


def is_sweep_id(text: str) -> bool:
    """Whether a text from outside may name a sweep."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class SweepPlace:
    """`id` is that of the sweep, "" for a picture of none, `name` what it was called then; `cell`
    says of each axis what it is in this cell, as "steps=20"."""

    id: str = parameter("", Parameter("Sweep", longest=32, shown=False, option=None))
    cell: tuple[str, ...] = parameter(
        (), Parameter("Cell", longest=LONGEST_VALUE, shown=False, option=None)
    )
    name: str = parameter(
        "", Parameter("Sweep's name", longest=LONGEST_NAME, shown=False, option=None)
    )

    @property
    def stack(self) -> str:
        """The key of the stack that its pictures lie on; "" for none."""
        return f"{STACK}{self.id}" if self.id else ""

    def check(self) -> None:
        """Raises InvalidRequest for what names no sweep."""
        if self.id and not is_sweep_id(self.id):
            raise InvalidRequest("sweep", "The picture names no sweep.", "Leave the sweep out.")
        if len(self.name) > LONGEST_NAME:
            raise InvalidRequest("sweep", "The sweep's name is too long.", "Shorten it.")
        if len(self.cell) > MAX_AXES or any(len(text) > LONGEST_VALUE for text in self.cell):
            raise InvalidRequest("sweep", "A sweep has at most three axes.", "Leave one out.")

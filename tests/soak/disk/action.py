"""One deed of the program that changes data, and the disk it is done on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Faults = list[str]


@dataclass(frozen=True, slots=True)
class Action:
    """`act` is done on a copy of what `prepare` made; `look` begins the program on what is
    left and says what is wrong.

    `look` gets whether the deed was done to its end. `apart`: the pictures, or the models' new
    folder, lie on another disk.
    `refused`: the disk knows no hard links and no rename that never replaces. `beside` is open
    meanwhile. `waits`: the calls in which it waits for a child of its own, at which it dies too.
    `threads`: it works in several, and dies at the calls of all.
    """

    name: str
    prepare: Callable[[Path], None]
    act: Callable[[Path], None]
    look: Callable[[Path, bool], Faults]
    beside: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
    apart: bool = False
    refused: bool = False
    waits: tuple[str, ...] = ()
    threads: bool = False


def apart_of(root: Path) -> Path:
    """What shall lie on another disk: where the link `apart` leads, else the data folder itself."""
    link = root / "apart"
    return link.resolve() if link.is_symlink() else root

"""What an import says while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What became of a file."""

    ADDED = "added"  # it has a row now
    KNOWN = "known"  # it had one, or its pixels are in the gallery
    CHANGED = "changed"  # it has another content, and its row says so now
    MOVED = "moved"  # its row followed it here
    COPIED = "copied"  # into the folder of pictures
    HIDDEN = "hidden"  # a person does not want to see it
    GONE = "gone"  # it is not in its folder any more: its row waits, hidden
    REFUSED = "refused"  # the reason says why


_QUIET = (State.KNOWN, State.HIDDEN, State.REFUSED)


def are_others(counts: Mapping[State, int]) -> bool:
    """Whether the gallery's rows are others behind so many files of these states."""
    return any(count for state, count in counts.items() if state not in _QUIET)


@dataclass(frozen=True, slots=True)
class FileTold:
    """`path`, with "?" for what no text holds; `reason`: a sentence, or where a copy lies."""

    path: str
    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HowFar:
    """So many of so many files are done."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class LookedThrough:
    """The end. `away`: the folder is not there, or empty where it was not; `stopped`: nobody wanted
    more of it; `later`: files that were still being written; `counts` by state."""

    counts: dict[State, int]
    away: bool = False
    stopped: bool = False
    later: int = 0
    folders: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the gallery's rows are others now."""
        return are_others(self.counts)


Hear = Callable[[FileTold | HowFar], None]

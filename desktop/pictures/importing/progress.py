"""How far an import is, as a person is told it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from core.service.importing.child import PIXELS, ImportWord
from core.service.importing.told import State
from core.system.regular_files import display_name
from desktop.widgets.figures import time_words
from desktop.widgets.i18n import tr

LONGEST_NAME = 40  # characters of a folder's name in a line
SURE_SECONDS = 2.0  # of work, after which the time left is said


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """The import that goes on: `name` of its folder, how many of how many files are done; `pixels`:
    all have their rows, thumbnails are made. `quiet`: nobody asked for it."""

    name: str
    quiet: bool = False
    copies: bool = False
    pixels: bool = False
    paused: bool = False
    done: int = 0
    total: int = 0
    counts: tuple[tuple[State, int], ...] = ()
    begun: float = 0.0  # monotonic seconds, when this phase or the part behind a pause began
    from_done: int = 0  # what was done by then

    def heard(self, word: ImportWord) -> ImportProgress:
        """As it is after a word."""
        pixels = word.phase == PIXELS
        now = replace(self, done=word.done, total=word.total, pixels=pixels)
        if word.counts:
            now = replace(now, counts=word.counts)
        if pixels != self.pixels or not self.begun:
            return replace(now, begun=time.monotonic(), from_done=word.done)
        return now

    def held(self, paused: bool) -> ImportProgress:
        """Paused, or going on, from where time is counted anew."""
        return replace(self, paused=paused, begun=time.monotonic(), from_done=self.done)

    def seconds_left(self) -> float | None:
        """Until this phase is done; None while nobody can know."""
        passed = time.monotonic() - self.begun
        done = self.done - self.from_done
        if self.paused or not self.begun or passed < SURE_SECONDS or done <= 0:
            return None
        return (self.total - self.done) * passed / done

    def title(self) -> str:
        """What is done."""
        if self.pixels:
            return tr("Making thumbnails")
        if self.copies:
            return tr("Copying pictures of {name}", name=self.name)
        return tr("Importing pictures of {name}", name=self.name)

    def words(self) -> str:
        """How far it is, how long it takes, what came of it."""
        if not self.total:
            return tr("Looking through the folder...")
        parts = [tr("{done} of {total}", done=f"{self.done:,}", total=f"{self.total:,}")]
        if self.paused:
            parts.append(tr("paused"))
        elif (left := self.seconds_left()) is not None:
            parts.append(tr("{time} left", time=time_words(left)))
        if not self.pixels and (said := counts_words(self.counts)):
            parts.append(said)
        return " · ".join(parts)


def counts_words(counts: Iterable[tuple[State, int]]) -> str:
    """ "412 added, 3 refused"; "" where nothing is worth saying."""
    by_state = dict(counts)
    words = {
        State.ADDED: lambda n: tr("{n} added", n=n),
        State.COPIED: lambda n: tr("{n} copied", n=n),
        State.CHANGED: lambda n: tr("{n} changed", n=n),
        State.MOVED: lambda n: tr("{n} moved", n=n),
        State.GONE: lambda n: tr("{n} gone", n=n),
        State.REFUSED: lambda n: tr("{n} not taken", n=n),
    }
    return ", ".join(
        say(f"{by_state[state]:,}") for state, say in words.items() if by_state.get(state)
    )


def folder_name(folder: Path) -> str:
    """The last part of a folder's path, short enough for a line; of a drive all of it."""
    name = display_name(folder) if folder.name else str(folder)
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"

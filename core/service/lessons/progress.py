"""How far a person came in the tour and in each lesson, kept in a file of the data folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.system.errors import WorldError
from core.system.json import Malformed, from_plain, to_plain
from core.system.json_files import table_in
from core.system.settings import write_file

MOST_LESSONS = 50  # of which it is known how far a person came
NO_GUESS = -1  # a person did not choose, and saw
_MAX_FILE = 2**20  # bytes


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """`at` is the id of the stop that is open; `guesses` are what a person expected at each stop
    that was shown, by its id: the place of a choice, or NO_GUESS; `tried` are the ids of stops of
    which a person made a picture."""

    at: str = ""
    guesses: dict[str, int] = field(default_factory=dict[str, int])
    tried: tuple[str, ...] = ()

    def shown(self, stop: str, guess: int) -> LessonProgress:
        """With what was expected at a stop that is shown now."""
        return replace(self, guesses={**self.guesses, stop: guess})

    def with_try(self, stop: str) -> LessonProgress:
        """With a picture made at a stop."""
        return self if stop in self.tried else replace(self, tried=(*self.tried, stop))


@dataclass(frozen=True, slots=True)
class Progress:
    """`exact`: the exact texts are shown; `large`: in large type. `lessons` by their ids, the one
    opened last at the end."""

    exact: bool = False
    large: bool = False
    lessons: dict[str, LessonProgress] = field(default_factory=dict[str, LessonProgress])

    def of(self, lesson: str) -> LessonProgress:
        """How far a person came in one."""
        return self.lessons.get(lesson, LessonProgress())

    def having(self, lesson: str, now: LessonProgress) -> Progress:
        """With another progress in one; those longest not opened are forgotten beyond a limit."""
        others = {name: one for name, one in self.lessons.items() if name != lesson}
        kept = list(others.items())[-(MOST_LESSONS - 1) :]
        return replace(self, lessons={**dict(kept), lesson: now})


def load(path: Path) -> Progress:
    """What was kept; nothing where there is no such file, or it says something else."""
    try:
        found: Progress = from_plain(Progress, table_in(path, _MAX_FILE), "progress")
    except Malformed:
        return Progress()
    return found


def save(path: Path, progress: Progress) -> None:
    """Keep it. Raises WorldError where the disk refuses."""
    lessons: Mapping[str, object] = {k: to_plain(v) for k, v in progress.lessons.items()}
    table = {"exact": progress.exact, "large": progress.large, "lessons": lessons}
    text = json.dumps(table).encode()
    if len(text) > _MAX_FILE:
        raise WorldError("The progress in lessons is too much to be kept.", "Start one over.")
    write_file(path, text)

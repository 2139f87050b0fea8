"""The lesson that a person is making, kept until it is made: it may still say too much or too
little."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from core.service.lessons.plain import text_of
from core.system.errors import WorldError
from core.system.json import Malformed, from_plain
from core.system.json_files import parse_json, table_in
from core.system.settings import write_file
from core.values.insight.lesson import Lesson

_MAX_FILE = 2**22  # bytes
_LATEST = 2**33  # seconds since 1970


@dataclass(frozen=True, slots=True)
class LessonDraft:
    """What the lesson with the id `of` was made into, last changed at `changed`, in seconds since
    1970; 0 where that is not known."""

    of: str
    lesson: Lesson
    changed: int = 0


def load(path: Path) -> LessonDraft | None:
    """What was kept; None where there is no such file, or it says something else."""
    try:
        draft: LessonDraft = from_plain(LessonDraft, table_in(path, _MAX_FILE), "draft")
    except Malformed:
        return None
    if not 0 <= draft.changed <= _LATEST:
        draft = replace(draft, changed=0)
    return draft if draft.lesson.stops else None


def save(path: Path, draft: LessonDraft) -> None:
    """Keep it in the place of the one before. Raises WorldError where the disk refuses."""
    lesson = parse_json(text_of(draft.lesson))
    table = {"of": draft.of, "lesson": lesson, "changed": draft.changed}
    data = json.dumps(table).encode()
    if len(data) > _MAX_FILE:
        raise WorldError("The lesson that you make is too long to be kept.", "Shorten its texts.")
    write_file(path, data)

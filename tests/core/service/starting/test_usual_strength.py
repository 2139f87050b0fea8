"""One rule says how much is made anew where nobody does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.models.files.families import FAMILIES
from core.models.library.model_entry import ModelEntry
from core.service.starting.usual_strength import usual_strength, with_usual_strength
from core.values.model import ModelKind
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

SD15 = FAMILIES["sd15"]
INSTRUCT = replace(SD15, instructs=True)
DECLARED = StartPicture().strength
EXTENDED = StartPicture(extend=(0, 0, 64, 0))


@pytest.mark.parametrize(
    ("row", "start", "masked", "program", "strength"),
    [
        (SD15, StartPicture(), False, "calotype", DECLARED),
        (SD15, StartPicture(), True, "calotype", 1.0),
        (SD15, EXTENDED, False, "calotype", 1.0),
        (INSTRUCT, StartPicture(), False, "calotype", 1.0),
        (INSTRUCT, EXTENDED, True, "a1111", DECLARED),
        (SD15, StartPicture(), True, "a program of a later version", DECLARED),
    ],
)
def test_what_is_selected_added_or_instructed_is_made_anew(
    row: object, start: StartPicture, masked: bool, program: str, strength: float
) -> None:
    assert row in (SD15, INSTRUCT)
    row = SD15 if row is SD15 else INSTRUCT
    request = Request(start=replace(start, strength=0.3), compatibility=program)
    assert usual_strength(request, row, masked=masked) == strength
    assert with_usual_strength(request, row, masked=masked).start.strength == strength


def test_a_model_that_is_shown_a_picture_is_one_that_is_instructed() -> None:
    entry = ModelEntry("a", "a", "sd15", ModelKind.CHECKPOINT, "folder", "/a", 1, "")
    assert not entry.family_row.instructs
    assert replace(entry, variant="instruct").family_row.instructs

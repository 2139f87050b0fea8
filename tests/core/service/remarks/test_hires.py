"""What is said of hires fix before a picture is made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.models.files.families import FAMILIES
from core.service.remarks.hires import (
    OFFER,
    composed_size,
    composition_remarks,
    hires_helps,
    hires_remark,
)
from core.service.remarks.texts import remarks
from core.values.request import Request
from core.values.request_parts.hires import AUTO, BY_HAND, Hires
from core.values.request_parts.start_picture import StartPicture

SD15 = FAMILIES["sd15"]
PIPELINE = next(row for row in FAMILIES.values() if row.pipeline)
LARGE = Request("a cat", width=1024, height=1024)


def test_a_size_too_large_offers_it_until_it_is_on() -> None:
    assert hires_helps(LARGE, SD15) and OFFER in remarks(LARGE, SD15)
    assert "repeats itself" in composition_remarks(LARGE, SD15)[0]
    on = replace(LARGE, hires=Hires(AUTO))
    assert not hires_helps(on, SD15) and composition_remarks(on, SD15) == ()
    assert OFFER not in remarks(on, SD15)


@pytest.mark.parametrize(
    ("request_", "family"),
    [
        (replace(LARGE, width=512, height=512), "sd15"),
        (replace(LARGE, start=StartPicture(source="a" * 64)), "sd15"),
        (LARGE, PIPELINE.id),
        (LARGE, "sdxl"),
    ],
)
def test_it_is_offered_only_where_it_helps(request_: Request, family: str) -> None:
    assert not hires_helps(request_, FAMILIES[family])


def test_what_is_composed_and_refined_is_said_and_why_nothing_is() -> None:
    assert hires_remark(LARGE, SD15) == ""
    for hires in (Hires(AUTO), Hires(BY_HAND, scale=1.7)):
        said = hires_remark(replace(LARGE, hires=hires), SD15)
        assert said.startswith("Composed at ") and said.endswith("refined to 1024 x 1024.")
    by_hand = replace(LARGE, hires=Hires(BY_HAND, scale=2))
    assert hires_remark(by_hand, SD15) == "Composed at 512 x 512, refined to 1024 x 1024."
    small = replace(LARGE, width=512, height=512, hires=Hires(AUTO))
    assert "in one go" in hires_remark(small, SD15)


def test_a_picture_that_starts_from_another_is_composed_in_its_whole_size() -> None:
    by_hand = replace(LARGE, hires=Hires(BY_HAND), start=StartPicture(source="a" * 64))
    assert composed_size(by_hand, SD15) == (1024, 1024) and hires_remark(by_hand, SD15) == ""
    assert composed_size(replace(LARGE, hires=Hires(BY_HAND, scale=8.0)), SD15) == (128, 128)

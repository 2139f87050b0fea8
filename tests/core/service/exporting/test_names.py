"""What exported pictures are called, whatever words they were made of."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.service.exporting.file_names import LONGEST, FreeNames
from core.service.exporting.subjects import Subject, subject_of, subject_of_file
from core.service.exporting.template import FIELDS, parse_template
from core.service.stores import Stores
from core.system.errors import InvalidRequest
from core.values.request import Request
from tests.core.service.importing.folders import bring_in, png, write


def subject(prompt: str = "a red fox", **values: Any) -> Subject:
    request = Request(prompt=prompt, seed=4711, steps=20, guidance=4.5, sampler="euler")
    given_ = {"width": 512, "height": 768, "created": 1_790_000_000.0, "model": "Starter"} | values
    return Subject(path=Path("/pictures/0007-4711.png"), request=request, **given_)


def named(template: str, one: Subject, number: int = 3) -> str:
    return "/".join(parse_template(template).path_of(one, number))


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{name}", "0007-4711"),
        ("{n:04} {seed} {prompt:5}", "0003 4711 a red"),
        (
            "{model}/{size} {width}x{height} {steps} {guidance} {sampler}",
            "Starter/512x768 512x768 20 4.5 euler",
        ),
        ("{rating} {tags} {id}", "4 blue sky 12"),
        ("{{{n}}}", "{3}"),
        ("{album}/{n}", "3"),
        ("{album} - {n}", "3"),
        ("../../{n}", "3"),
        ("/{n}/", "3/0007-4711"),
        ("{prompt:0}", "0007-4711"),
        ("CON", "CON_"),
        ("aux.txt{n:0}", "aux_.txt3"),
        ("a:b*c?{n}", "a_b_c_3"),
    ],
)
def test_names_are_made_of_fields(template: str, name: str) -> None:
    one = subject(rating=4, tags=("blue", "sky"), picture_id=12)
    assert named(template, one) == name


def test_days_are_written_as_they_sort() -> None:
    written = named("{date} {time} {year}{month}{day}", subject())
    assert len(written) == len("2026-09-21 12-00-00 20260921") and written[:3] == "202"
    assert named("{date}{n}", subject(created=1e300)) == "3", "no day that the system knows"


@pytest.mark.parametrize(
    "template", ["", "  ", "{nope}", "{n", "n}", "{n:x}", "{n:999999}", "x" * 501]
)
def test_what_is_no_template_is_refused_with_all_fields(template: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_template(template)
    assert all(f"{{{field.word}}}" in str(refused.value) for field in FIELDS)


def test_what_a_recipe_does_not_say_is_in_no_name(stores: Stores, tmp_path: Path) -> None:
    assert named("{seed} {steps} {n}", subject(known=frozenset())) == "3"
    file = write(tmp_path / "art" / "x.png", png(6, "a house\nSteps: 12, Seed: 4"))
    write(tmp_path / "art" / "plain.png", png(7, None))
    bring_in(stores, tmp_path / "art")
    template = "{name} {steps} {guidance} {sampler} {schedule} {seed}"
    pictures = stores.gallery.page(stores.gallery.ids())
    assert {named(template, subject_of(one)) for one in pictures} == {"x 12 4", "plain"}
    assert named(template, subject_of_file(file)) == "x 12 4"


@given(st.text(max_size=400), st.text(max_size=60))
@example("con", "\ud800\u202e")
@example("e\u0301" * 300, "CON")
@example("../../etc/passwd", "nul.")
@example("\U0001f468\u200d\U0001f469" * 60, "...")
def test_every_name_can_be_written_on_every_system(prompt: str, model: str) -> None:
    one = subject(prompt, model=model)
    for template in ("{prompt}", "{model}/{prompt} {n:04}", "{model}"):
        for part in parse_template(template).path_of(one, 3):
            assert part and len(part.encode()) <= LONGEST
            assert part == part.strip(" .") and not set(part) & set('<>:"/\\|?*')
            assert all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in part)
            assert part.partition(".")[0].rstrip().lower() not in ("con", "nul", "aux", "com1")
    assert named("{prompt} {n:04}", one).endswith("0003"), (
        "long words are shortened, not the number"
    )


def test_no_name_is_given_twice_in_any_spelling() -> None:
    names = FreeNames()
    names.note((), ["Fox.png", "fox-3.png"])
    given_ = [names.give((), "fox", ".png") for _ in range(3)]
    assert given_ == ["fox-2", "fox-4", "fox-5"]
    assert names.give((), "fo\u0302x", ".png") != names.give((), "f\u00f4x", ".png")
    assert names.give((), "fox", ".jpg") == "fox" and names.give(("b",), "fox", ".png") == "fox"

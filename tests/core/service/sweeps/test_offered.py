"""What is offered to be varied: names for people, and examples that can be typed as they stand."""

from __future__ import annotations

import re

import pytest

from core.service.stores import Stores
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.axes.names import kind_named
from core.service.sweeps.axes.offered import choices_of_axis, example_of, offered_axes
from core.service.sweeps.axes.reading import axis_named
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

NAMES = dict(offered_axes(["starter-4-steps"], ["colour"]))
WRITTEN = [*(name for name in NAMES if example_of(name)), "steps|guidance"]


def test_each_is_offered_under_words_of_its_own_that_are_no_ids() -> None:
    assert len(set(NAMES.values())) == len(NAMES)
    assert not [label for label in NAMES.values() if re.search(r"[a-z]_[a-z]", label)]
    assert NAMES["guidance_from"] == "Guidance from" and NAMES["width"] == "Width"
    assert NAMES["lora:starter-4-steps"] != kind_named("lora").label


@pytest.mark.parametrize("name", WRITTEN)
def test_examples_can_be_typed(name: str, stores: Stores) -> None:
    start = StartPicture(source="0" * 64)
    base = Request("a house, snow, night, red, __colour__", steps=2, start=start)
    known = Known(stores.library, stores.places, base)
    stores.places.wildcards.mkdir(parents=True, exist_ok=True)
    (stores.places.wildcards / "colour.txt").write_text("red\nblue\n", "utf-8")
    for example in example_of(name).split(" or "):
        assert len(axis_named(name, example, known).values) >= 2


def test_switches_are_ticked_in_a_list() -> None:
    assert choices_of_axis("levels.discard_penultimate", {}) == (("on", "on"), ("off", "off"))
    assert not choices_of_axis("steps", {}) and not choices_of_axis("no such thing", {})

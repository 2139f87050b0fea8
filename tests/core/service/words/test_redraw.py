"""A picture's words drawn once more: other choices, the same seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.prompt.expand import expand
from core.prompt.wildcards.signs import picture_may_choose, request_may_choose
from core.service.words.redraw import drawn_again
from core.system.errors import InvalidRequest
from core.values.lora import Lora
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path))


def test_other_choices_of_the_same_picture() -> None:
    asked = Request(
        "a {red <lora:r:0.5>|blue <lora:b:0.5>|green} house # mine",
        "{fog|rain|snow}",
        seed=5,
        loras=(Lora("brush"),),
        styles=(ChosenStyle("Ink", "{prompt}, in {black|brown} ink"),),
    ).check()
    (made,) = expand(asked)
    again = [drawn_again(made.check(), by) for by in range(30)]
    assert len({one.prompt for one in again}) == 6
    for one in again:
        assert (one.seed, one.template, one.styles) == (5, asked.prompt, made.styles)
        tagged = {"red": (Lora("r", 0.5),), "blu": (Lora("b", 0.5),), "gre": ()}
        assert one.loras == (Lora("brush"), *tagged[one.prompt[2:5]])
    assert drawn_again(made.check(), 5) == made, "its own seed draws its own words"
    assert drawn_again(again[7].check(), 5) == made


def test_a_text_that_was_empty_gets_the_words_of_its_style_once() -> None:
    style = ChosenStyle("Ink", "{prompt}, in ink", "colour")
    for negative in ("", "fog"):
        (made,) = expand(Request("a {red|blue} cat", negative, seed=5, styles=(style,)).check())
        assert drawn_again(made.check(), 5) == made


def test_what_may_be_drawn_again_is_known_by_its_signs() -> None:
    styled = (ChosenStyle("Ink", "{prompt}, in ink"),)
    drawn = (ChosenStyle("Ink", "{prompt}, in {black|brown} ink"),)
    for asked, may in (
        (Request("a {b|c}"), True),
        (Request("a", "{b|c}"), True),
        (Request("a", styles=drawn), True),
        (Request("a", styles=styled), False),
        (Request("a {b} # c"), False),
    ):
        (made,) = expand(replace(asked, seed=1).check())
        assert (request_may_choose(asked), picture_may_choose(made)) == (may, may), asked


def test_without_a_template_there_is_nothing_to_draw() -> None:
    (made,) = expand(Request("a house", seed=5).check())
    with pytest.raises(InvalidRequest, match="drawn by chance"):
        drawn_again(made.check())
    batch = expand(Request("{1|2|3|4|5|6}", seed=5, count=4, compatibility="comfyui").check())
    assert drawn_again(batch[2].check(), 7) == batch[2]

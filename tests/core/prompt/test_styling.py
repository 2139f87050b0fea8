"""Styles stand in a request, are put around its words once, and come back beside what was typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.metadata import native
from core.prompt.expand import expand
from core.prompt.styling import as_asked
from core.system.errors import InvalidRequest
from core.values.lora import Lora
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.chosen_style import MOST_STYLES, ChosenStyle

INK = ChosenStyle("Ink", "{prompt}, in ink <lora:ink:0.5>", "colour")
DUSK = ChosenStyle("Dusk", "at dusk # in the evening")
OFF = ChosenStyle("Oil", "oil of {prompt}", on=False)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path))


def test_words_are_put_around_in_order_and_once() -> None:
    asked = Request(
        "a cat # mine", "fog", seed=3, loras=(Lora("brush"),), styles=(INK, OFF, DUSK)
    ).check()
    (made,) = expand(asked)
    assert made.prompt == "a cat, in ink, at dusk" and made.negative_prompt == "fog, colour"
    assert made.loras == (Lora("brush"), Lora("ink", 0.5))
    assert (made.template, made.negative_template) == ("a cat # mine", "fog")
    assert made.styles == tuple(replace(style, applied=True) for style in (INK, DUSK))
    for drawn in (True, False):
        assert expand(made.check(), drawn=drawn) == (made,), "made again it gets no second coat"
    back = as_asked(made)
    assert back == replace(asked, styles=(INK, DUSK), seed=3)
    assert expand(back.check()) == (made,)


def test_drawn_words_come_back_without_their_styles() -> None:
    (made,) = expand(Request("a {red|blue} cat", seed=3, styles=(INK,)).check())
    back = as_asked(made)
    assert back.styles == () and back.template == "" and back.prompt == made.prompt
    assert expand(replace(back, prompt="", loras=()).check())[0].prompt == ""
    unknown = replace(made, template="", negative_template="", compatibility="of a later version")
    assert as_asked(unknown).styles == ()


def test_a_form_stays_as_it_is() -> None:
    form = Request("a cat", styles=(OFF, INK))
    assert as_asked(form) == form
    (made,) = expand(replace(form, seed=1, styles=(OFF,)).check())
    assert (made.styles, made.template) == ((), "")


def test_what_grows_too_long_is_refused_in_a_sentence() -> None:
    many = ChosenStyle("Many", "{prompt} " * 2_000)
    with pytest.raises(InvalidRequest, match='With the style "Many"'):
        expand(Request("a cat", styles=(many,) * 4).check())
    for styles in ((INK,) * (MOST_STYLES + 1), (ChosenStyle("Long", "x" * 20_001),)):
        with pytest.raises(InvalidRequest):
            Request(styles=styles).check()


def test_a_recipe_keeps_them_and_loses_only_the_damaged_ones() -> None:
    (made,) = expand(Request("a cat", seed=3, styles=(INK, DUSK)).check())
    text = native.write(Recipe(made))
    read = native.parse({"calotype": text})
    assert read is not None and read.fields["styles"] == made.styles
    assert read.request["styles"] == ["Ink", "Dusk"]
    torn = native.parse({"calotype": text.replace('"at dusk # in the evening"', "7")})
    assert torn is not None and torn.fields["styles"] == made.styles[:1]

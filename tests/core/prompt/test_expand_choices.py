"""Choices are drawn for each picture by its seed, and both texts stand in its recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.prompt.expand import drawing_problems, expand
from core.system.json import dumps, loads
from core.values.lora import Lora
from core.values.request import Request


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path))
    (tmp_path / "wildcards").mkdir()
    (tmp_path / "wildcards" / "style.txt").write_text("in ink <lora:ink:0.5>\nin oil")


def test_each_picture_has_words_of_its_own() -> None:
    asked = Request("a {red|blue} cat __style__ # or so", "{fog|rain}", seed=5, count=12).check()
    made = expand(asked)
    assert made == expand(asked) and len({one.prompt for one in made}) > 1
    for one in made:
        assert (one.template, one.negative_template) == (asked.prompt, asked.negative_prompt)
        words = one.prompt.split()
        assert words[1] in ("red", "blue") and " ".join(words[3:]) in ("in ink", "in oil")
        assert one.loras == ((Lora("ink", 0.5),) if "ink" in one.prompt else ())
        assert one.negative_prompt in ("fog", "rain") and loads(Request, dumps(one)) == one
        assert expand(one.check(), drawn=True) == (one,), "made again it is not drawn again"
    assert expand(Request(asked.prompt, seed=7).check())[0].prompt == made[2].prompt
    batch = expand(Request("{1|2|3|4}", seed=5, count=9, compatibility="comfyui").check())
    assert {one.seed for one in batch} == {5} and len({one.prompt for one in batch}) > 1


def test_texts_without_choices_have_no_template() -> None:
    for text in ("a cat", "a {best} __nope__ cat", "a cat # or a dog"):
        (one,) = expand(Request(text, seed=1, template="{a|b}").check())
        assert (one.template, one.negative_template) == ("", "")


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    (tmp_path / "wildcards" / "bad.yaml").write_text("a: [b")
    said = drawing_problems(Request("a __nope__ __nope__ {x|y}", "__gone__", seed=1).check())
    assert said[:2] == ('There is no wildcard "nope".', 'There is no wildcard "gone".')
    assert len(said) == 3 and "bad.yaml" in said[2]
    assert drawing_problems(Request("a cat", seed=1).check()) == ()

"""`calotype gallery search`, and what a query that is being typed may go on with."""

from __future__ import annotations

import json

import pytest

from core.cli import main
from core.service.stores import Stores, open_stores
from core.system.paths import Places
from core.values.picture import Recipe
from core.values.request import Request

PROMPTS = ("a red house", "a red boat", "猫の目, night", "the night sky")


@pytest.fixture
def four(where: Places) -> Stores:
    """Four pictures with the ids 1 to 4; the last two are rated."""
    stores = open_stores(where)
    for number, prompt in enumerate(PROMPTS, 1):
        recipe = Recipe(Request(prompt, seed=number, steps=10 * number), model_name="Dream 8")
        stores.gallery.record(where.pictures / f"{number}.png", recipe, 64, 64)
    stores.gallery.set_rating([3], 2)
    stores.gallery.set_rating([4], 5)
    stores.gallery.set_tags([4], ["night owl"])
    stores.close()
    return stores


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["red"], [2, 1]),
        (["red", "-boat"], [1]),
        (["-red", "--limit", "1"], [4]),
        (["の目"], [3]),
        (["steps:20..30 model:dream"], [3, 2]),
        (['tag:"night owl"'], [4]),
        (["", "--order", "rating", "--rising"], [1, 2, 3, 4]),
        (["nothing"], []),
    ],
)
@pytest.mark.usefixtures("four")
def test_a_query_from_the_shell_finds_pictures(
    capsys: pytest.CaptureFixture[str], arguments: list[str], ids: list[int]
) -> None:
    assert main.run(["gallery", "search", *arguments, "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["id"] for one in found] == ids
    for one in found:
        assert one["prompt"] == PROMPTS[one["id"] - 1] and one["seed"] == one["id"]
        assert one["model"] == "Dream 8" and one["path"].endswith(f"{one['id']}.png")
        assert one["rating"] == {3: 2, 4: 5}.get(one["id"], 0)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["steps:many"], "steps:>20"),
        (["colour:red"], "colour"),
        (["date:2026-13"], "date"),
        (["is:large"], "favourite"),
        (["red", "--order", "smell"], "smell"),
    ],
)
@pytest.mark.usefixtures("four")
def test_what_is_no_query_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], word: str
) -> None:
    assert main.run(["gallery", "search", *arguments]) == 2
    out, said = capsys.readouterr()
    assert out == "" and word in said and len(said.splitlines()) == 1


def test_a_query_that_is_typed_is_gone_on_with(four: Stores, where: Places) -> None:
    stores = open_stores(where)
    said = {
        typed: [(one.insert, one.count) for one in stores.gallery.suggestions(typed, len(typed))]
        for typed in ("st", "model:dr", "red -tag:", "nig", "is:fav", "sampler:no", "red ", '"red')
    }
    first = stores.gallery.suggestions("model:x red", 7)
    stores.close()
    assert four.places == where and first == ()
    assert ("steps:", -1) in said["st"] and said["model:dr"] == [('model:"Dream 8"', 4)]
    assert said["red -tag:"] == [('-tag:"night owl"', 1)] and ("night", 2) in said["nig"]
    assert ('tag:"night owl"', 1) in said["nig"] and said["is:fav"] == [("is:favourite", -1)]
    assert said["sampler:no"] == said["red "] == said['"red'] == []

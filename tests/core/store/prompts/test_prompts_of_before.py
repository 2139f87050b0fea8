"""The prompts of pictures, as a person would type them, and those that are pinned."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from core.service.stores import Stores
from core.store.picture_rows import PicturePaths, insert_row
from core.store.prompts.pinned_prompts import MOST, PinnedPrompts
from core.store.prompts.prompt_history import PromptHistory, PromptPair
from core.system.errors import WorldError
from core.values.lora import Lora
from core.values.picture import Recipe
from core.values.request import Request


def put(stores: Stores, *requests: Request) -> None:
    paths = PicturePaths(stores.places.pictures, stores.places.trash)
    count = stores.database.connection().execute("SELECT count(*) FROM pictures").fetchone()[0]
    with stores.database.transaction() as db:
        for number, request in enumerate(requests, count):
            insert_row(db, paths, Path(f"{number}.png"), Recipe(request), (64, 64))


def test_each_pair_comes_once_the_newest_first_as_it_was_typed(stores: Stores) -> None:
    put(
        stores,
        Request(prompt="a house", negative_prompt="fog"),
        Request(prompt="a house"),
        Request(prompt="a red hat", template="a {red|blue} hat", seed=1),
        Request(prompt="a blue hat", template="a {red|blue} hat", seed=2),
        Request(prompt="a tree", loras=(Lora("ink", 0.5), Lora("glow")), negative_prompt="rain"),
        Request(prompt="x", negative_prompt="red", negative_template="{red|blue}"),
        Request(prompt='say "loras":[{ and "template":"', seed=5),
        Request(prompt="a house", negative_prompt="fog", seed=9),
    )
    history = PromptHistory(stores.gallery.index)
    page = history.page()
    assert page.below is None and page.pairs == (
        PromptPair("a house", "fog"),
        PromptPair('say "loras":[{ and "template":"'),
        PromptPair("x", "{red|blue}"),
        PromptPair("a tree <lora:ink:0.5><lora:glow:1>", "rain"),
        PromptPair("a {red|blue} hat"),
        PromptPair("a house"),
    )
    assert [one.prompt for one in history.page("Hou").pairs] == ["a house", "a house"]
    assert history.page("house f").pairs == (PromptPair("a house", "fog"),), "in either text"
    assert history.page("calotype").pairs == (), "the model's name is no word of a prompt"


def test_pages_meet_each_other(stores: Stores) -> None:
    put(stores, *(Request(prompt=f"house {number // 3}") for number in range(20)))
    history = PromptHistory(stores.gallery.index)
    for words in ("", "hou"):
        pairs: list[PromptPair] = []
        page = history.page(words, rows=4)
        while True:
            pairs += page.pairs
            if page.below is None:
                break
            page = history.page(words, page.below, rows=4)
        assert [*dict.fromkeys(one.prompt for one in pairs)] == [
            f"house {number}" for number in reversed(range(7))
        ]


def test_a_damaged_row_costs_what_it_says_more(stores: Stores) -> None:
    put(stores, Request(prompt="a tree", loras=(Lora("ink"),)), Request(prompt="b", template="t"))
    with stores.database.transaction() as db:
        db.execute(
            """UPDATE pictures SET request = '{"loras":[{"id":7}]}' WHERE prompt = 'a tree'"""
        )
        db.execute("""UPDATE pictures SET request = '{"template":"x' WHERE prompt = 'b'""")
    pairs = PromptHistory(stores.gallery.index).page().pairs
    assert pairs == (PromptPair("b"), PromptPair("a tree"))


def test_texts_are_those_without_the_styles_around_them(stores: Stores) -> None:
    put(stores, Request(prompt="oil painting of a hat", negative_prompt="photo"))
    with stores.database.transaction() as db:
        db.execute(
            """UPDATE pictures SET request =
            '{"styles":[{"name":"Oil"}],"template":"a hat","negative_template":""}'"""
        )
    assert PromptHistory(stores.gallery.index).page().pairs == (PromptPair("a hat"),)


def test_pins_stay_in_their_order_and_with_strange_texts(tmp_path: Path) -> None:
    path = tmp_path / "pinned-prompts.json"
    pins, strange = PinnedPrompts(path), PromptPair("\ud800 \x00 雪", "\u2028")
    assert pins.all() == () and not path.exists()
    pins.pin(PromptPair("a"))
    assert pins.pin(strange) == (strange, PromptPair("a")) == PinnedPrompts(path).all()
    assert pins.pin(PromptPair("a")) == (PromptPair("a"), strange), "again: to the front"
    before = path.stat().st_mtime_ns
    assert pins.unpin(PromptPair("b")) == pins.all() and path.stat().st_mtime_ns == before
    assert pins.unpin(strange) == (PromptPair("a"),)


@pytest.mark.parametrize("text", ["", "[]", '{"pinned": 3}', "{", '{"pinned"' + "[" * 100_000])
def test_a_damaged_file_is_said_and_put_aside_by_the_next_pin(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pinned-prompts.json"
    path.write_text(text)
    with pytest.raises(WorldError, match="damaged"):
        PinnedPrompts(path).all()
    assert PinnedPrompts(path).pin(PromptPair("a")) == (PromptPair("a"),)
    assert [one.read_text() for one in tmp_path.glob("*.bad-*")] == [text]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
def test_what_is_no_file_is_said_and_never_waited_for(tmp_path: Path) -> None:
    places = {name: tmp_path / name for name in ("folder", "pipe", "loop")}
    places["folder"].mkdir()
    os.mkfifo(places["pipe"])
    places["loop"].symlink_to("loop")
    for path in places.values():
        for deed in (PinnedPrompts(path).all, lambda p=path: PinnedPrompts(p).pin(PromptPair("a"))):
            with pytest.raises(WorldError, match=path.name):
                deed()


def test_rows_that_are_no_pairs_are_passed_over_and_there_is_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "pinned-prompts.json"
    rows = [{"prompt": "a", "later": 1}, 7, {"prompt": 7}, {"negative_prompt": "b"}]
    path.write_text(json.dumps({"pinned": rows}))
    pins = PinnedPrompts(path)
    assert pins.all() == (PromptPair("a"), PromptPair("", "b"))
    path.write_text(json.dumps({"pinned": [{"prompt": str(n)} for n in range(MOST)]}))
    with pytest.raises(WorldError, match="pins"):
        pins.pin(PromptPair("one more"))
    assert len(pins.all()) == MOST and pins.pin(PromptPair("5"))[0] == PromptPair("5")
    with pytest.raises(WorldError, match="too long"):
        pins.pin(PromptPair("x" * 200_000))

"""Taking over the recipe of a picture that was made from another one: with that picture where it is
kept, else with all but it. And what is said of files that do not keep its pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.metadata import a1111, native
from core.metadata.infotext.absent import MASK_ABSENT, SOURCE_ABSENT
from core.metadata.writing import SUFFIXES
from core.models.library.library import Library
from core.service.making.runner import Runner
from core.service.stores import open_stores
from core.service.usable_recipe import usable_recipe
from core.store.sources.opened_picture import OpenedPicture
from core.system.paths import Places
from core.values.events import Event, PictureNote
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import resolve

SOURCE, MASK = "5e" * 32, "3a" * 32
START = StartPicture(source=SOURCE, strength=0.4, mask=MASK, mask_blur=9.0)
REQUEST = Request("a house", seed=4, start=START, hires=Hires("by_hand", 1.5), parent="7c" * 32)
WAITING = replace(START, source="", mask="")


@pytest.mark.parametrize(
    ("kept", "start", "absent"),
    [
        ((SOURCE, MASK), START, set[str]()),
        ((SOURCE,), replace(START, mask=""), {MASK_ABSENT}),
        ((), WAITING, {SOURCE_ABSENT, MASK_ABSENT}),
    ],
)
def test_our_recipe_is_used_with_the_pictures_that_are_kept(
    tmp_path: Path, kept: tuple[str, ...], start: StartPicture, absent: set[str]
) -> None:
    parsed = native.parse({"calotype": native.write(Recipe(REQUEST, version="1"))})
    assert parsed is not None
    found = usable_recipe(parsed, Library(tmp_path), kept.__contains__)
    assert found.values["start"] == start and found.values["hires"] == REQUEST.hires
    assert found.values["parent"] == (REQUEST.parent if kept else "")
    assert {SOURCE_ABSENT, MASK_ABSENT}.intersection(found.notes) == absent


def test_whoever_looks_for_the_pictures_gets_their_names(tmp_path: Path) -> None:
    parsed = native.parse({"calotype": native.write(Recipe(REQUEST, version="1"))})
    assert parsed is not None
    found = usable_recipe(parsed, Library(tmp_path))
    assert found.values["start"] == START and found.values["parent"] == REQUEST.parent
    assert not {SOURCE_ABSENT, MASK_ABSENT}.intersection(found.notes)


def test_a_text_of_the_web_ui_leaves_settings_that_wait_for_a_picture(tmp_path: Path) -> None:
    parsed = a1111.parse({"parameters": a1111.write(Recipe(REQUEST, version="1"))})
    assert parsed is not None
    found = usable_recipe(parsed, Library(tmp_path), (SOURCE, MASK).__contains__)
    assert found.values["start"] == WAITING
    assert {SOURCE_ABSENT, MASK_ABSENT} <= set(found.notes)


@pytest.mark.parametrize("form", ["png", "webp", "jpeg", "avif"])
@pytest.mark.parametrize("masked", [True, False])
def test_a_file_that_changes_what_was_to_stay_says_so(
    where: Places, tmp_path: Path, form: str, masked: bool
) -> None:
    """Once for a picture of the queue, once for one with a name of its own."""
    stores = open_stores(where)
    source = stores.sources.keep(OpenedPicture(64, 64, "RGB", bytes(64 * 64 * 3)))
    mask = stores.sources.keep(OpenedPicture(64, 64, "L", bytes(64 * 64)))
    start = StartPicture(source=source, mask=mask if masked else "")
    request = resolve(Request("a", seed=1, steps=1, width=64, height=64, start=start))
    said: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, PictureNote):
            said.append(event.text)

    with open_engine(EngineSpec(kind="fake")) as engine:
        runner = Runner(stores, engine, form)
        stores.jobs.add([request])
        assert runner.run_one(hear) is not None
        runner.render_to(request, tmp_path / f"x{SUFFIXES[form]}", hear)
    stores.close()
    lossy = form in ("jpeg", "avif")
    assert len(said) == (2 if masked and lossy else 0)
    assert all("bit for bit" in text for text in said)

"""Pictures that go on from a step of another one: real pictures with recipes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.engine import open_engine
from core.engine.contract.protocol import Engine, EngineSpec
from core.metadata.reading import decode_pixels, open_image
from core.metadata.recipes import read_file
from core.metadata.writing import encode
from core.service.again.recreate import again, verdict
from core.service.insight.recorded import RecordingEnd, record_again, recorded_already
from core.service.insight.words.possible import why_no_words
from core.service.insight.words.reading import words_table
from core.service.making.runner import Runner
from core.service.stores import Stores
from core.system import settings
from core.system.errors import InvalidRequest
from core.system.json import dumps
from core.values.branching import branch_off, origin_of
from core.values.events import Event, NetworkCalled, PictureNote
from core.values.noise import Noise
from core.values.request import Request
from core.values.request_parts.branch import Branch
from core.values.resolved_request import resolve

ASKED = Request(
    "a red house", seed=3, steps=4, width=64, height=64, guidance=4.0, sampler="dpmpp_2m_sde"
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(EngineSpec(device="cpu", previews=False)) as opened:
        yield opened


class Darkroom:
    def __init__(self, stores: Stores, engine: Engine, folder: Path) -> None:
        self.stores = stores
        self.runner = Runner(stores, engine)
        self._folder = folder
        self.calls = 0

    def hear(self, event: Event) -> None:
        self.calls += isinstance(event, NetworkCalled)

    def made(self, request: Request, name: str = "x") -> tuple[Path, str]:
        """A file and its pixels' SHA-256."""
        self.calls = 0
        path, recipe = self.runner.render_to(
            resolve(request), self._folder / f"{name}.png", self.hear
        )
        return path, recipe.pixels_sha256

    def branch(self, parent: str, step: int, origin: Request = ASKED, **changed: object) -> Request:
        values = changed | {"parent": parent}
        return branch_off(origin, replace(origin, **values), step)  # type: ignore[arg-type]


def sha256_of(path: Path) -> str:
    with open_image(path) as image:
        return decode_pixels(image, path.name).sha256


@pytest.fixture
def room(stores: Stores, engine: Engine, tmp_path: Path) -> Darkroom:
    return Darkroom(stores, engine, tmp_path)


def test_nothing_changed_is_the_same_picture_and_its_steps_are_not_computed_again(
    room: Darkroom,
) -> None:
    _, whole = room.made(ASKED)
    calls = room.calls
    assert room.made(room.branch(whole, 2))[1] == whole
    assert room.calls > calls  # the other picture was made with recording first
    assert room.made(room.branch(whole, 3))[1] == whole
    assert 0 < room.calls < calls / 2


def test_a_branch_is_made_again_from_its_file_alone(room: Darkroom) -> None:
    _, whole = room.made(ASKED)
    first = room.branch(whole, 2, prompt="a blue cat")
    path, branched = room.made(first)
    assert branched != whole
    second = room.branch(branched, 3, origin=first, sampler="euler", guidance=1.0)
    deeper, last = room.made(second)
    for found in room.stores.recordings._folder.iterdir():
        found.unlink()
    for made in (path, deeper):
        asked = again(room.stores, made)
        assert verdict(asked, room.runner.rendered(asked.request, room.hear)).identical
    recipe = read_file(deeper).recipe
    assert recipe is not None and recipe.request == second and recipe.pixels_sha256 == last


def test_a_picture_that_comes_out_otherwise_has_its_branches_all_the_same(
    room: Darkroom, tmp_path: Path
) -> None:
    path, _ = room.made(ASKED)
    with Image.open(path) as image:
        info = PngInfo()
        for key, text in image.text.items():  # type: ignore[attr-defined]
            info.add_itxt(key, text)
        changed = image.convert("RGB")
    changed.putpixel((0, 0), tuple(255 - value for value in changed.getpixel((0, 0))))  # type: ignore
    other = tmp_path / "other.png"
    changed.save(other, pnginfo=info)
    end = record_again(room.stores, room.runner._engine, other, room.hear)
    assert isinstance(end, RecordingEnd) and end.verdict is not None and not end.verdict.identical
    found = recorded_already(room.stores, other)
    assert found is not None and not found.identical
    assert end.recorded.pixels == found.pixels == sha256_of(other)
    heard: list[Event] = []
    branch = room.branch(found.pixels, 3, prompt="a blue cat")
    room.runner.render_to(resolve(branch), tmp_path / "y.png", heard.append)
    assert any(isinstance(one, PictureNote) and "otherwise" in one.text for one in heard)
    assert sum(isinstance(one, NetworkCalled) for one in heard) == 1, "one step is left"


def test_a_picture_is_recorded_again_for_its_words(room: Darkroom) -> None:
    path, _ = room.made(ASKED)
    engine = room.runner._engine
    plain = record_again(room.stores, engine, path, room.hear)
    assert isinstance(plain, RecordingEnd) and words_table(plain.recorded.recording) is None
    ends = [record_again(room.stores, engine, path, room.hear, words=True) for _ in range(2)]
    again, kept = ends
    assert isinstance(again, RecordingEnd) and isinstance(kept, RecordingEnd)
    assert again.verdict is not None and again.verdict.identical and kept.verdict is None
    table = words_table(kept.recorded.recording)
    assert table is not None and table.steps == (tuple(range(1, ASKED.steps + 1)),)
    assert [why_no_words(family) != "" for family in ("starter", "sdxl", "flux")] == [
        False,
        False,
        True,
    ]


def test_a_name_that_is_no_sum_of_pixels_costs_no_picture(room: Darkroom) -> None:
    path, pixels = room.made(room.branch("abc", 2))
    assert sha256_of(path) == pixels and room.stores.recordings.find(pixels)


def test_no_file_can_say_that_its_steps_are_those_of_another_picture(
    room: Darkroom, tmp_path: Path
) -> None:
    room.stores.jobs.add([resolve(ASKED)])
    outcome = room.runner.run_one(lambda event: None)
    assert outcome is not None and outcome.picture is not None
    mine = outcome.picture.sha256
    path, _ = room.made(replace(ASKED, prompt="a blue cat"))
    recipe = read_file(path).recipe
    assert recipe is not None
    with open_image(path) as image:
        pixels = decode_pixels(image, path.name)
    poisoned = tmp_path / "other.jpg"
    poisoned.write_bytes(encode(pixels, replace(recipe, pixels_sha256=mine), "jpeg")[0])
    end = record_again(room.stores, room.runner._engine, poisoned, room.hear)
    assert isinstance(end, RecordingEnd) and room.stores.recordings.find(mine) is None


def test_without_room_for_recordings_it_says_so(room: Darkroom) -> None:
    settings.change(room.stores.places.settings, recordings_mb=0)
    with pytest.raises(InvalidRequest, match="cannot be recorded"):
        room.made(room.branch("", 2))


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"seed": 4}, "seed"),
        ({"steps": 5}, "steps"),
        ({"schedule": "simple"}, "schedule"),
        ({"width": 128}, "width"),
        ({"noise": Noise(variation_seed=3, variation_strength=0.5)}, "noise"),
        ({"compatibility": "a1111"}, "compatibility"),
    ],
)
def test_what_no_branch_can_change(changed: dict[str, object], word: str) -> None:
    with pytest.raises(InvalidRequest, match=word):
        branch_off(ASKED, replace(ASKED, **changed), 2)  # type: ignore[arg-type]


def test_what_a_branch_can_change() -> None:
    noise = Noise(seed_delta=5)
    request = branch_off(
        ASKED, replace(ASKED, prompt="x", sampler="euler", noise=noise, model="other"), 1
    )
    assert origin_of(request) == ASKED
    assert origin_of(ASKED) is None


def test_hostile_origins_get_a_sentence(room: Darkroom) -> None:
    deep = ASKED
    for _ in range(9):
        deep = replace(ASKED, branch=Branch(origin=dumps(deep), step=1))
    for branch in (
        Branch(origin="[", step=1),
        Branch(origin='{"prompt": 5}', step=1),
        Branch(origin="[" * 5000, step=1),
        deep.branch,
        Branch(origin=dumps(ASKED), step=77),
    ):
        with pytest.raises(InvalidRequest):
            room.made(replace(ASKED, branch=branch))
    with pytest.raises(InvalidRequest):
        replace(ASKED, branch=Branch(step=-1)).check()

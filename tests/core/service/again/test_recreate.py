"""A picture made again: identical, or how far off and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec, OnEvent
from core.engine.fake import FakeEngine
from core.metadata import a1111
from core.metadata.recipes import read_file
from core.metadata.writing import encode, encode_png
from core.prompt.expand import expand
from core.service.again.comparison import difference, made_otherwise
from core.service.again.recreate import Verdict, again, verdict
from core.service.making.runner import Runner
from core.service.starting.taken_values import taken_values
from core.service.stores import Stores
from core.system.errors import KnownError, ModelMissing, WorldError
from core.values.job import Job
from core.values.picture import Pixels, Recipe, Result
from core.values.request import Request
from core.values.resolved_request import resolve

ASKED = Request("a red house", seed=3, width=64, height=64, steps=2)


@pytest.fixture(scope="module")
def runner_of() -> Iterator[object]:
    with open_engine(EngineSpec(kind="fake")) as engine:
        yield lambda stores: Runner(stores, engine)


@pytest.fixture
def runner(runner_of: object, stores: Stores) -> Runner:
    return runner_of(stores)  # type: ignore[operator, no-any-return]


def judged(stores: Stores, runner: Runner, path: Path) -> Verdict:
    asked = again(stores, path)
    return verdict(asked, runner.rendered(asked.request, lambda event: None, asked.mode))


@pytest.mark.parametrize("suffix", [".png", ".webp", ".jpg", ".avif"])
def test_our_own_picture_is_the_same_again(
    stores: Stores, runner: Runner, tmp_path: Path, suffix: str
) -> None:
    path, _ = runner.render_to(resolve(ASKED), tmp_path / f"x{suffix}", lambda event: None)
    assert judged(stores, runner, path) == Verdict(True, 0, None, ())
    assert not list(stores.places.pictures.rglob("*.png"))


def test_words_that_began_behind_a_tag_are_no_comment(
    stores: Stores, runner: Runner, tmp_path: Path
) -> None:
    (asked,) = expand(replace(ASKED, prompt="<lora:ink:0.5> #1 house").check())
    assert asked.prompt == "#1 house"
    without = replace(asked, loras=())  # which is not here
    path, _ = runner.render_to(without, tmp_path / "x.png", lambda event: None)
    assert again(stores, path).request.prompt == "#1 house"
    (once_more,) = expand(replace(Request(), **taken_values(asked, (), Request())).check())  # type: ignore[arg-type]
    assert (once_more.prompt, once_more.loras) == (asked.prompt, asked.loras)


def changed(path: Path, recipe: Recipe, *, by: int) -> Path:
    """The picture with one channel of one pixel otherwise, its recipe as it was."""
    with Image.open(path) as image:
        rgb = bytearray(image.convert("RGB").tobytes())
        size = image.size
    rgb[0] = rgb[0] + by if rgb[0] + by < 256 else rgb[0] - by
    other = path.with_name("changed.png")
    other.write_bytes(encode_png(Pixels(*size, bytes(rgb)), recipe))
    return other


def test_how_far_off_and_why(stores: Stores, runner: Runner, tmp_path: Path) -> None:
    path, recipe = runner.render_to(resolve(ASKED), tmp_path / "x.png", lambda event: None)
    other = replace(recipe, fingerprint=(("engine", "older"), ("threads", "9")), pixels_sha256="")
    found = judged(stores, runner, changed(path, other, by=4))
    assert (found.identical, found.greatest) == (False, 4)
    assert found.psnr == 76.98  # 10 log10(255^2 * 64 * 64 * 3 / 4^2)
    assert found.reasons == (
        "engine was older and is fake.",
        "The number of threads was 9 and is not named.",
    )


def test_what_was_changed_in_the_file_is_said(
    stores: Stores, runner: Runner, tmp_path: Path
) -> None:
    path, recipe = runner.render_to(resolve(ASKED), tmp_path / "x.png", lambda event: None)
    for one in (recipe, replace(recipe, pixels_sha256="ab" * 32)):
        found = judged(stores, runner, changed(path, one, by=9))
        assert not found.identical and found.greatest == 9
        assert found.reasons == ("The file's pixels were changed after it was made.",)


def test_another_size_and_another_programs_picture(
    stores: Stores, runner: Runner, tmp_path: Path
) -> None:
    path, recipe = runner.render_to(resolve(ASKED), tmp_path / "x.png", lambda event: None)
    text = PngInfo()
    text.add_text("parameters", a1111.write(recipe))
    foreign = tmp_path / "y.png"
    with Image.open(path) as image:
        image.save(foreign, pnginfo=text)
    assert read_file(foreign).format == "a1111" and judged(stores, runner, foreign).identical
    text = PngInfo()
    text.add_text("parameters", a1111.write(recipe).replace("Calotype", "SomeFork 2,"))
    Image.new("RGB", (64, 64)).save(foreign, pnginfo=text)
    assert "It was made by SomeFork 2" in judged(stores, runner, foreign).reasons[0]
    small = tmp_path / "z.png"
    small.write_bytes(encode(Pixels(8, 8, bytes(192)), replace(recipe, pixels_sha256=""))[0])
    found = judged(stores, runner, small)
    assert found.greatest is None and "8x8" in found.reasons[0]


def test_what_cannot_be_made_again_is_said(stores: Stores, runner: Runner, tmp_path: Path) -> None:
    _, recipe = runner.render_to(resolve(ASKED), tmp_path / "x.png", lambda event: None)
    pixels = Pixels(8, 8, bytes(192))

    def fault(given: Recipe | None, kind: type[KnownError]) -> str:
        path = tmp_path / "y.png"
        path.write_bytes(encode_png(pixels, given))
        with pytest.raises(kind) as raised:
            again(stores, path)
        return str(raised.value)

    assert "no recipe" in fault(None, WorldError)
    gone = replace(recipe, request=replace(ASKED, model="gone"), model_name="gone", model_hash="")
    assert '"gone"' in fault(gone, ModelMissing)
    no_seed = replace(recipe, request=replace(ASKED, seed=None))
    assert "no seed" in fault(no_seed, WorldError)


def test_a_picture_that_its_text_says_was_made_from_another_is_refused_at_any_strength(
    stores: Stores, runner: Runner, tmp_path: Path
) -> None:
    _, recipe = runner.render_to(resolve(ASKED), tmp_path / "x.png", lambda event: None)
    path = tmp_path / "y.png"
    for strength in ("0.75", "0.3"):  # the first is the usual one
        text = PngInfo()
        words = a1111.write(recipe).replace("Steps: 2", f"Steps: 2, Denoising strength: {strength}")
        text.add_text("parameters", words)
        Image.new("RGB", (64, 64)).save(path, pnginfo=text)
        with pytest.raises(WorldError, match="from a picture that it does not carry"):
            again(stores, path)


def test_it_is_made_with_the_weights_and_in_the_memory_mode_of_its_recipe(
    stores: Stores, runner: Runner, tmp_path: Path
) -> None:
    _, recipe = runner.render_to(resolve(ASKED), tmp_path / "x.png", lambda event: None)
    path = tmp_path / "y.png"
    for known, expected in (
        ((), ("full", "")),
        ((("memory", "sliced"), ("weights", "8bit")), ("8bit", "sliced")),
        ((("dtype", "bfloat16"), ("memory", "resident")), ("bf16", "resident")),
        ((("weights", "3bit"),), ("full", "")),
    ):
        path.write_bytes(encode_png(Pixels(8, 8, bytes(192)), replace(recipe, fingerprint=known)))
        asked = again(stores, path)
        assert (asked.weights, asked.mode) == expected
        path.unlink()
    jobs: list[Job] = []

    class Watched(FakeEngine):
        def run(self, job: Job, on_event: OnEvent) -> Result:
            jobs.append(job)
            return super().run(job, on_event)

    request = resolve(ASKED)
    with Watched(EngineSpec(kind="fake")) as engine:
        Runner(stores, engine).rendered(request, lambda event: None, "sliced")
    assert [job.mode for job in jobs] == ["sliced"]
    assert not stores.memory_history.outcomes_needed(jobs[0].model.path)


def test_difference_of_pictures() -> None:
    black, white = Pixels(2, 1, bytes(6)), Pixels(2, 1, b"\xff" * 6)
    assert difference(black, Pixels(1, 2, bytes(6))) is None
    found = difference(black, white)
    assert found is not None and (found.greatest, found.psnr) == (255, 0.0)
    same = difference(white, white)
    assert same is not None and (same.greatest, same.psnr) == (0, None)


def test_reasons_are_those_that_differ() -> None:
    then = Recipe(ASKED, model_hash="a", fingerprint=(("device", "cpu"), ("dtype", "float32")))
    now = Result(Pixels(1, 1, bytes(3)), 1.0, "cpu", (("device", "cuda:0"), ("dtype", "float32")))
    assert list(made_otherwise(then, now, "b")) == [
        "The model is another file than the one it was made with.",
        "The device was cpu and is cuda:0.",
    ]
    assert list(made_otherwise(replace(then, fingerprint=()), now, "a")) == [
        "The recipe does not say on what it was made."
    ]

"""Pictures made from pictures, as a person or script asks for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from typer.main import get_command

from core.cli import main
from core.cli.shared import rendering
from core.engine import open_engine
from core.engine.contract.protocol import Engine, EngineSpec, OnEvent
from core.engine.fake import FakeEngine
from core.metadata.recipes import read_file
from core.metadata.writing import encode
from core.service.stores import Stores, open_stores
from core.system.paths import Places
from core.values.job import Job
from core.values.picture import Pixels, Recipe, Result
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

COMMAND = get_command(main.app)  # made once, as in a process
Lines = list[dict[str, object]]
Made = Callable[..., tuple[int, Lines, list[str]]]
PICTURE = ["path", "seed", "model", "family", "steps", "sampler", "schedule", "guidance"]
KEYS = [*PICTURE, "width", "height", "seconds", "device", "sha256"]


@pytest.fixture
def made(where: Places, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Made:
    """Runs a command with an engine that draws gradients: its code, its results, what it said."""

    def here(spec: EngineSpec) -> Engine:
        return open_engine(replace(spec, runs_in="here", kind="fake"))

    monkeypatch.setattr(rendering, "open_engine", here)
    monkeypatch.setattr(main, "app", COMMAND)

    def run(*arguments: object) -> tuple[int, Lines, list[str]]:
        code = main.run([*map(str, arguments), "--json"])
        out, err = capfd.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err.splitlines()

    return run


def of_ours(path: Path, request: Request) -> Path:
    pixels = Pixels(request.width, request.height, bytes(3 * request.width * request.height))
    recipe = Recipe(request, model_name="Starter", pixels_sha256=pixels.sha256, created=1.0)
    path.write_bytes(encode(pixels, recipe, "png")[0])
    return path


def requests(lines: Lines) -> list[Request]:
    recipes = [read_file(Path(str(line["path"]))).recipe for line in lines]
    return [recipe.request for recipe in recipes if recipe is not None]


def queued(stores: Stores) -> list[tuple[str, int, int]]:
    rows = stores.database.connection().execute("SELECT state, share FROM jobs ORDER BY place")
    return [(row["state"], *map(int, row["share"].split("/"))) for row in rows]  # type: ignore[misc]


def test_one_picture_with_words(made: Made, stores: Stores, tmp_path: Path) -> None:
    Image.new("RGB", (200, 140), "red").save(tmp_path / "x.png")
    Image.new("L", (100, 70), 255).save(tmp_path / "m.png")
    code, lines, said = made(
        "generate",
        "a blue house",
        "--init",
        tmp_path / "x.png",
        "--mask",
        tmp_path / "m.png",
        "--strength",
        "0.4",
        "--fit",
        "source",
        "--mask-soft",
        "--mask-grow",
        "3",
        "--seed",
        "1",
        "--inpaint-padding",
        "16",
        "--steps",
        "2",
    )
    assert code == 0 and [*lines[0]][: len(KEYS)] == KEYS
    assert said == ["calotype: The mask m.png has 100 x 70 pixels: it is scaled to those of x.png."]
    assert (lines[0]["init"], lines[0]["parent"]) == (str(tmp_path / "x.png"), "")
    (request,) = requests(lines)
    assert request.prompt == "a blue house" and (request.width, request.height) == (200, 144)
    assert request.start == StartPicture(
        source=request.start.source,
        mask=request.start.mask,
        strength=0.4,
        fit="source",
        mask_soft=True,
        mask_grow=3,
        padding=16,
    )
    assert stores.sources.size_of(request.start.mask) == (200, 140)
    assert made("gallery", "check")[1][0]["missing_sources"] == 0


def test_several_files_are_one_entry_of_the_queue(
    made: Made, stores: Stores, tmp_path: Path
) -> None:
    for name in ("b.png", "a.jpg", "c.webp"):
        Image.new("RGB", (64, 64), "red").save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    words = ("--count", "2", "--seed", "4", "--steps", "1", "--size", "64x64")
    code, lines, _ = made("generate", "a house", "--init", tmp_path, *words)
    assert code == 0
    assert [Path(str(line["init"])).name for line in lines] == ["a.jpg"] * 2 + ["b.png"] * 2 + [
        "c.webp"
    ] * 2
    assert [line["seed"] for line in lines] == [4, 5] * 3
    assert queued(stores) == [("done", nth, 6) for nth in range(1, 7)]
    files = (tmp_path / "a.jpg", tmp_path / "b.png")
    assert len(made("generate", "a house", "--init", *files, *words)[1]) == 4


def test_each_with_its_own_recipe_in_which_what_was_typed_counts(
    made: Made, tmp_path: Path
) -> None:
    first = of_ours(
        tmp_path / "a.png", Request("a house", width=128, height=64, steps=3, seed=1, clip_skip=2)
    )
    second = of_ours(tmp_path / "b.png", Request("a boat", width=64, height=64, steps=4, seed=1))
    Image.new("RGB", (64, 64)).save(tmp_path / "c.png")
    code, lines, said = made(
        "generate",
        "--init",
        first,
        second,
        tmp_path / "c.png",
        "--clip-skip",
        1,
        "--sampler",
        "ddim",
    )
    assert code == 0
    assert [
        (made_of.prompt, made_of.width, made_of.steps, made_of.clip_skip, made_of.sampler)
        for made_of in requests(lines)
    ] == [("a house", 128, 3, 1, "ddim"), ("a boat", 64, 4, 1, "ddim"), ("", 256, 20, 1, "ddim")]
    assert [bool(line["parent"]) for line in lines] == [True, True, False]
    assert sum("c.png carries no recipe" in sentence for sentence in said) == 1
    assert len({line["seed"] for line in lines}) == 3


def test_a_file_that_cannot_be_used_costs_no_other(
    made: Made, stores: Stores, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"")
    code, lines, said = made(
        "generate", "a house", "--init", tmp_path, "--steps", 1, "--size", "128x128"
    )
    assert code == 1 and len(lines) == 1 and queued(stores) == [("done", 1, 1)]
    assert len(said) == 1 and "b.png" in said[0]
    (tmp_path / "a.png").unlink()
    assert made("generate", "a house", "--init", tmp_path)[:2] == (1, [])


def test_what_is_not_begun_is_stopped_where_one_fails(
    made: Made,
    stores: Stores,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (64, 64), (ord(name[0]), 0, 0)).save(tmp_path / name)

    def losing(spec: EngineSpec) -> Engine:
        """By the time of the first picture somebody has deleted the kept pictures."""
        for path in (*stores.sources.files(),):
            path.unlink()
        return open_engine(replace(spec, runs_in="here", kind="fake"))

    monkeypatch.setattr(rendering, "open_engine", losing)
    code, lines, said = made("generate", "a house", "--init", tmp_path, "--steps", 1)
    assert (code, lines, len(said)) == (1, [], 1) and "not kept any more" in said[0]
    assert queued(stores) == [("failed", 1, 3), ("stopped", 2, 3), ("stopped", 3, 3)]


def test_what_is_not_begun_is_stopped_by_an_interrupt(
    made: Made, stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(FakeEngine):
        def run(self, job: Job, on_event: OnEvent) -> Result:
            if job.request.seed == 5:
                raise KeyboardInterrupt
            return super().run(job, on_event)

    monkeypatch.setattr(rendering, "open_engine", Interrupted)
    Image.new("RGB", (128, 128)).save(tmp_path / "x.png")
    words = ("--seed", 4, "--count", 4, "--steps", 1, "--size", "128x128")
    code, lines, said = made("generate", "a house", "--init", tmp_path / "x.png", *words)
    assert (code, [line["seed"] for line in lines]) == (130, [4])
    assert said == ["calotype: Interrupted."]
    assert [state for state, *_ in queued(stores)] == ["done", "stopped", "stopped", "stopped"]


def test_upscale_makes_each_file_larger(made: Made, stores: Stores, tmp_path: Path) -> None:
    """Into the gallery as one entry, or to a named file; of Lanczos no seed, steps or sampler."""
    ours = of_ours(tmp_path / "a.png", Request("a boat", seed=3, width=128, height=64))
    plain = tmp_path / "b.png"
    Image.new("L", (31, 9), 90).save(plain)
    code, lines, said = made("upscale", ours, plain, tmp_path / "none.png", "--scale", 1.5)
    assert code == 1 and len(said) == 1 and "none.png" in said[0]
    kept = ["path", "width", "height", "seconds", "device", "sha256"]
    assert [list(line) for line in lines] == [[*kept, "model", "scale", "init", "parent"]] * 2
    assert [(line["width"], line["height"]) for line in lines] == [(192, 96), (46, 14)]
    parent = read_file(ours).recipe
    assert parent is not None and lines[0]["parent"] == parent.pixels_sha256
    assert lines[0]["model"] == "lanczos" and [job.of for job in stores.jobs.recent()] == []
    out = tmp_path / "large.png"
    code, (line,), _ = made("upscale", plain, "--scale", 2, "--out", out)
    assert code == 0 and line["path"] == str(out)
    with Image.open(out) as image:
        assert image.size == (62, 18)
    for wrong in (
        ("--scale", 0.5),
        ("--scale", "nan"),
        ("--model", "none-such"),
        ("--model", str(plain)),
        ("--surprise", 1),
    ):
        code, lines, said = made("upscale", plain, *wrong)
        assert code in (1, 2) and not lines and len(said) == 1, wrong


def test_vary_says_in_which_way(made: Made, stores: Stores, tmp_path: Path) -> None:
    ours = of_ours(tmp_path / "a.png", Request("a house", width=64, height=64, steps=2, seed=1))
    Image.new("RGB", (70, 70)).save(tmp_path / "b.png")
    code, lines, said = made("vary", tmp_path, "--count", 2, "--strength", 0.3, "--seed", 8)
    assert code == 0 and [line["way"] for line in lines] == ["variation"] * 2 + ["image"] * 2
    assert [line["seed"] for line in lines] == [1, 1, 8, 9]
    varied = requests(lines)
    assert [one.noise.variation_seed for one in varied] == [8, 9, None, None]
    assert [one.start.strength for one in varied[2:]] == [0.3, 0.3]
    assert all([*line][: len(KEYS)] == KEYS for line in lines)
    assert queued(stores) == [("done", nth, 4) for nth in range(1, 5)]
    assert len([sentence for sentence in said if "varied" in sentence]) == 2
    assert len(made("vary", ours)[1]) == 4


def test_hires_fix_is_resolved_and_said(made: Made, tmp_path: Path) -> None:
    code, lines, said = made(
        "generate", "a house", "--size", "512x512", "--hires", "auto", "--steps", 1
    )
    assert code == 0 and any(
        "Hires fix composes 256 x 256 and refines it to 512 x 512." in line for line in said
    )
    (request,) = requests(lines)
    assert (request.hires.mode, request.hires.scale) == ("by_hand", 2.0)
    _, lines, said = made("generate", "a house", "--hires", "auto", "--steps", 1)
    assert requests(lines)[0].hires.mode == "off" and any("in one go" in line for line in said)


def test_a_named_file(made: Made, where: Places, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "x.png")
    words = ("--size", "64x64", "--steps", 1, "--out", tmp_path / "made.png")
    code, lines, _ = made("generate", "a house", "--init", tmp_path / "x.png", *words)
    assert code == 0 and lines[0]["path"] == str(tmp_path / "made.png")
    opened = open_stores(where)
    assert queued(opened) == []
    opened.close()


def test_what_is_masked_or_added_is_made_anew_where_nobody_says_how_much(
    made: Made, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "x.png")
    Image.new("L", (64, 64), 255).save(tmp_path / "mask.png")
    begun = ("generate", "a house", "--init", tmp_path / "x.png", "--size", "64x64", "--steps", 1)
    mask = ("--mask", tmp_path / "mask.png")
    wanted = {
        (): 0.75,
        mask: 1.0,
        ("--extend", "0,64,0,0"): 1.0,
        (*mask, "--strength", 0.4): 0.4,
        (*mask, "--compatibility", "a1111"): 0.75,
    }
    for words, strength in wanted.items():
        code, lines, told = made(*begun, *words)
        assert code == 0, told
        assert requests(lines)[0].start.strength == strength, words


def test_upscale_refines_by_the_recipe_or_the_words_that_are_typed(
    made: Made, tmp_path: Path
) -> None:
    small = Request("a house", width=64, height=64, steps=2, seed=1, sampler="ddim")
    ours = of_ours(tmp_path / "a.png", small)
    code, (line,), _ = made("upscale", ours, "--scale", 3, "--refine", 0.4)
    assert code == 0 and [line[key] for key in ("width", "height", "seed")] == [192, 192, 1]
    assert [line[key] for key in ("model", "upscaler", "refine")] == ["starter", "lanczos", 0.4]
    assert [*line][: len(KEYS)] == KEYS
    (request,) = requests([line])
    assert (request.prompt, request.sampler, request.upscale.refine) == ("a house", "ddim", 0.4)
    Image.new("RGB", (70, 70)).save(tmp_path / "b.png")
    words = ("--refine", 0.3, "--prompt", "fine grain")
    code, lines, _ = made("upscale", ours, tmp_path / "b.png", *words)
    assert code == 0 and [one.prompt for one in requests(lines)] == ["fine grain"] * 2
    for wrong in (("--refine", 2), ("--prompt", "x"), ("--scale", 99)):
        code, lines, said = made("upscale", ours, *wrong)
        assert code == 2 and not lines and len(said) == 1, wrong

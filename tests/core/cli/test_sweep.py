"""`calotype sweep`: a line for each cell, then the grid; what is missing is made later."""

from __future__ import annotations

import json
import shutil
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
from core.service.stores import Stores
from core.service.sweeps.making.now import Stand, sweep_now
from core.system.errors import InvalidRequest, WorldError
from core.system.paths import RESOURCES, Places
from core.values.job import Job, JobState
from core.values.picture import Result

COMMAND = get_command(main.app)
STARTER = RESOURCES / "starter"
SMALL = ("--size", "64x64", "--seed", 4)
Lines = list[dict[str, object]]
Swept = Callable[..., tuple[int, Lines, str]]


@pytest.fixture
def swept(
    where: Places, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Swept:
    """Runs `sweep` with an engine that draws gradients: its code, its results, what it said."""

    def here(spec: EngineSpec) -> Engine:
        return open_engine(replace(spec, runs_in="here", kind="fake"))

    monkeypatch.setattr(rendering, "open_engine", here)
    monkeypatch.setattr(main, "app", COMMAND)

    def run(*arguments: object) -> tuple[int, Lines, str]:
        code = main.run(["sweep", *map(str, arguments), "--device", "cpu", "--json"])
        out, err = capfd.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err

    return run


def test_cells_are_pictures_with_their_recipe_and_the_grid_comes_last(
    swept: Swept, stores: Stores, tmp_path: Path
) -> None:
    out = tmp_path / "grid.webp"
    code, lines, said = swept(
        "a red house", "--x", "steps=1-3", "--y", "sampler=euler,heun", *SMALL, "--out", out
    )
    *cells, grid = lines
    assert code == 0 and len(cells) == 6 and "6 pictures" in said
    assert [(cell["x"], cell["y"]) for cell in cells[:4]] == [
        (1, "euler"), (2, "euler"), (3, "euler"), (1, "heun"),
    ]  # fmt: skip
    assert all(cell["steps"] == cell["x"] and cell["sampler"] == cell["y"] for cell in cells)
    assert (grid["path"], grid["cells"], grid["x_name"]) == (str(out), 6, "steps")
    assert {"path", "seed", "model", "sha256", "sweep"} <= cells[0].keys()
    with Image.open(out) as image:
        assert image.size[0] > 3 * 64
    written = read_file(Path(str(cells[4]["path"]))).recipe
    assert written is not None and written.request.steps == 2
    assert written.request.sweep.cell == ("steps=2", "sampler=heun")
    (stack,) = stores.gallery.stacks().values()
    assert stack.count == 6 and stores.jobs.recent() == ()


def test_further_values_make_only_their_cells(swept: Swept) -> None:
    first = swept("a house", "--x", "steps=1,3", *SMALL)[1]
    code, lines, said = swept("--go-on", "last", "--x", "steps=2", "--note", "More")
    assert code == 0 and [line.get("x") for line in lines] == [2, [1, 2, 3]]
    assert lines[-1]["sweep"] == first[-1]["sweep"] and lines[-1]["note"] == "More"
    assert lines[-1]["path"] == first[-1]["path"] and "2 of the cells are there already" in said
    _, lines, _ = swept("--go-on", "last", "--skip", "steps=1-2")
    assert (len(lines), lines[0]["x"], lines[0]["cells"]) == (1, [3], 1)
    _, lines, _ = swept("--go-on", "last", "--take-back", "steps=1", "--redo", "steps=1")
    assert [line.get("x") for line in lines] == [1, [1, 3]]
    # the same with further values, where the seed says that it is the same picture
    _, lines, said = swept("a house", "--x", "steps=1-4", *SMALL)
    assert [line.get("x") for line in lines] == [4, [1, 2, 3, 4]] and "Goes on" in said
    _, lines, _ = swept("a house", "--x", "steps=1-4", *SMALL)
    assert len(lines) == 5 and lines[-1]["sweep"] != first[-1]["sweep"]  # that one is whole


@pytest.mark.parametrize(
    "arguments",
    [
        ("a dog",),
        ("--steps", "9"),
        ("--negative", "dark"),
        ("--style", "Manga"),
        ("--matrix",),
        ("a cat|at night", "--matrix"),
        ("--prompts", __file__),
    ],
)
def test_nothing_that_another_recipe_says_is_left_unheard(
    swept: Swept, arguments: tuple[str, ...]
) -> None:
    swept("a cat", "--x", "seed=1,2", "--steps", 1, "--size", "64x64")
    code, lines, said = swept("--go-on", "last", *arguments)
    assert code == 2 and not lines and "Traceback" not in said
    code, lines, _ = swept("a cat", "--go-on", "last", "--steps", 1, "--x", "seed=3")
    assert code == 0 and [line.get("x") for line in lines] == [3, [1, 2, 3]]


def test_lines_and_matrices_go_on_as_they_were_begun(swept: Swept, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("a cat", "utf-8")
    swept("--prompts", file, "--steps", 1, *SMALL)
    file.write_text("a cat\na dog", "utf-8")
    _, lines, _ = swept("--prompts", file, "--go-on", "last")
    assert [line.get("x") for line in lines] == ["a dog", ["a cat", "a dog"]]
    swept("a house|night", "--matrix", "--x", "seed=1", "--steps", 1, *SMALL)
    code, lines, _ = swept("a house|night", "--matrix", "--go-on", "last", "--x", "seed=2")
    assert code == 0 and [line["y"] for line in lines[:-1]] == [2, 2]
    code, lines, said = swept("a house|snow", "--matrix", "--go-on", "last")
    assert code == 2 and not lines and "The matrix" in said


def test_a_sweep_is_whole_though_some_of_its_cells_do_not_suit(swept: Swept) -> None:
    asked = ("a cat", "--x", "replace=cat,cow", "--y", "replace=cow,hen", "--steps", 1, *SMALL)
    first, again = swept(*asked)[1], swept(*asked)[1]
    assert len(first) == len(again) == 3 and len(first[-1]["left_out"]) == 2  # type: ignore[arg-type]
    assert again[-1]["sweep"] != first[-1]["sweep"]


def test_what_was_made_stays_so_though_its_model_is_gone(
    swept: Swept, stores: Stores, tmp_path: Path
) -> None:
    copied = tmp_path / "another"
    shutil.copytree(STARTER, copied)
    swept("a cat", "--x", f"model=starter,{copied}", "--steps", 1, *SMALL)
    shutil.rmtree(copied)
    code, lines, said = swept("--go-on", "last", "--grid", "webp")
    assert code == 0 and (lines[-1]["cells"], lines[-1]["left_out"]) == (2, [])
    assert "Left out" not in said
    code, lines, said = swept("--go-on", "last", "--redo", f"model={copied}")
    assert code == 0 and len(lines) == 1 and said.count("Left out") == 1
    now = sweep_now(stores, stores.sweeps.all()[0])
    assert {now.stand(cell) for cell in now.cells} == {Stand.MADE} and not now.missing()


def test_values_are_left_out_as_they_stand(swept: Swept) -> None:
    swept("a cat, a dog", "--x", "replace=cat,cow,hen", "--steps", 1, *SMALL)
    _, lines, _ = swept("--go-on", "last", "--skip", "replace:cat=cow")
    assert lines[-1]["x"] == ["cat", "hen"]
    swept("a cat, a dog", "--x", "order=a cat,a dog", "--steps", 1, *SMALL)
    _, lines, _ = swept("--go-on", "last", "--skip", "order=a dog, a cat")
    assert lines[-1]["x"] == ["a cat, a dog"]
    _, lines, _ = swept("--go-on", "last", "--redo", '"order=a cat, a dog"')
    assert len(lines) == 2
    code, lines, said = swept("--go-on", "last", "--skip", "order=a cat, a dog")
    assert code == 2 and not lines and "All values of order are left out." in said


def test_an_interrupted_sweep_goes_on_where_it_stopped(
    swept: Swept, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(FakeEngine):
        def run(self, job: Job, on_event: OnEvent) -> Result:
            if job.request.steps == 2:
                raise KeyboardInterrupt
            return super().run(job, on_event)

    with monkeypatch.context() as broken:
        broken.setattr(rendering, "open_engine", Interrupted)
        code, lines, said = swept("a house", "--x", "steps=1-3", "--size", "64x64")
    assert (code, [line["x"] for line in lines]) == (130, [1]) and "--go-on" in said
    assert len(stores.jobs.recent()) == 2
    code, lines, said = swept("a house", "--x", "steps=1-3", "--size", "64x64")
    assert code == 0 and [line.get("x") for line in lines] == [2, 3, [1, 2, 3]]
    assert lines[0]["sweep"] == lines[-1]["sweep"] and lines[-1]["cells"] == 3
    assert stores.jobs.recent() == ()


def test_two_that_go_on_at_once_make_no_cell_twice(
    swept: Swept, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = rendering.open_engine
    codes: list[int] = []

    def while_another_begins(spec: EngineSpec) -> Engine:
        if not codes:
            codes.append(-1)
            codes[0] = main.run(["sweep", "--go-on", "last", "--device", "cpu", "--json"])
        return opened(spec)

    monkeypatch.setattr(rendering, "open_engine", while_another_begins)
    code, _, said = swept("a house", "--x", "steps=1-3", *SMALL)
    assert (code, codes) == (0, [0]) and "3 of the cells wait in the queue already." in said
    (stack,) = stores.gallery.stacks().values()
    assert stack.count == 3 and stores.jobs.recent() == ()


def test_an_engine_that_does_not_begin_leaves_nothing_as_running(
    swept: Swept, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(spec: EngineSpec) -> Engine:
        raise WorldError("There is no engine.", "Wait for one.")

    with monkeypatch.context() as broken:
        broken.setattr(rendering, "open_engine", refuses)
        code, _, said = swept("a house", "--x", "steps=1-3", *SMALL)
    assert code == 1 and "There is no engine." in said and "--go-on" in said
    assert {job.state for job in stores.jobs.recent()} == {JobState.STOPPED}
    code, lines, _ = swept("--go-on", "last")
    assert code == 0 and len(lines) == 4 and stores.jobs.recent() == ()


def test_what_is_not_here_is_no_fault_of_the_request(swept: Swept) -> None:
    for given in (("--vae", "gone"), ("--refiner", "gone"), ("--lora", "gone:1")):
        code, lines, said = swept("a house", "--x", "steps=1", *SMALL, *given)
        assert code == 1 and not lines and "gone" in said


def test_what_cannot_be_made_is_named_and_costs_no_other(
    swept: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing(FakeEngine):
        def run(self, job: Job, on_event: OnEvent) -> Result:
            if job.request.steps == 2:
                raise InvalidRequest("steps", "Two are refused.", "Take three.")
            return super().run(job, on_event)

    monkeypatch.setattr(rendering, "open_engine", Refusing)
    code, lines, said = swept("a cat", "--x", "steps=1-3", "--y", "replace=cat,dog", *SMALL)
    assert code == 1 and [line["x"] for line in lines[:-1]] == [1, 3, 1, 3]
    assert said.count("Two are refused.") == 2 and lines[-1]["cells"] == 4
    assert lines[-1]["left_out"] == [
        {"cell": ["steps=2", f"replace:cat={word}"], "reason": "Two are refused. Take three."}
        for word in ("cat", "dog")
    ]


def test_prompts_from_a_file_and_a_matrix(swept: Swept, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text('a cat\n--prompt "a dog" --steps 2\n', "utf-8")
    _, lines, _ = swept("--prompts", file, "--x", "guidance=1,2", "--steps", 1, *SMALL)
    assert [(line["steps"], line["y"]) for line in lines[:-1]] == [(1, 1), (2, 1), (1, 2), (2, 2)]
    _, lines, _ = swept("a", "--x", "prompt=1e999,1_0,7", "--steps", 1, *SMALL)
    assert lines[-1]["x"] == ["1e999", "1_0", 7]  # what is no number of ours is a text
    _, lines, _ = swept("a house|night|snow", "--matrix", "--steps", 1, *SMALL)
    prompts = [read_file(Path(str(line["path"]))).request["prompt"] for line in lines[:-1]]
    assert prompts == ["a house", "a house, night", "a house, snow", "a house, night, snow"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("a house",),
        ("--x", "steps=1"),
        ("a house", "--x", "nothing=1"),
        ("a house", "--x", "steps=a"),
        ("a house", "--x", "steps=1", "--y", "steps=2"),
        ("a house", "--x", "seed=1-1000", "--y", "steps=1-1000"),
        ("a house", "--x", "steps=1", "--grid", "gif"),
        ("a house", "--x", "steps=1", "--out", "grid.txt"),
        ("a house", "--x", "steps=1", "--out", "/none/such/grid.png"),
        ("a house", "--x", "model=nobody"),
        ("a house", "--matrix"),
        ("--prompts", "/none/such"),
        ("--go-on", "last"),
        ("--go-on", "../x"),
        ("a house", "--x", "steps=1", "--skip", "sampler=euler"),
        ("a house", "--x", "replace=dog,cat"),
        ("a house", "--x", "steps=1", "--count", "3"),
        ("a house", "--x", "steps=1", "--mask", "/none/such.png"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_made(
    swept: Swept, stores: Stores, arguments: tuple[str, ...]
) -> None:
    code, lines, said = swept(*arguments)
    assert code in (1, 2) and not lines and said.startswith("calotype: ")
    assert stores.jobs.recent() == () and stores.sweeps.all() == () and "Traceback" not in said


def test_it_is_told_before_without_making_anything(swept: Swept, stores: Stores) -> None:
    code, lines, said = swept("a house", "--x", "steps=1-40", *SMALL, "--only-tell")
    assert code == 0 and "40 pictures" in said and stores.sweeps.all() == ()
    assert lines[0]["pictures"] == 40 and lines[0].keys() == {
        "pictures",
        "seconds",
        "bytes",
        "free",
    }

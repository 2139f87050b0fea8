"""A sweep as it is kept, its cells, and its grid as a picture."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.metadata.recipes import read_file
from core.metadata.writing import encode
from core.models.files.families import FAMILIES
from core.service.editing.opening import without_picture
from core.service.starting.taken_values import taken_values
from core.service.stores import Stores
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.cells import cells_of, over
from core.service.sweeps.grid import layout, writing
from core.service.sweeps.grid.drawing import Grid
from core.service.sweeps.grid.layout import Table, parts_of
from core.service.sweeps.grid.writing import write_grid
from core.service.sweeps.making.asking import asked_of
from core.service.sweeps.making.foretelling import Foretold, check_room, foretell, sentence
from core.service.sweeps.making.grid_cells import cells_of_sweep, in_making_order
from core.service.sweeps.making.suiting import check_family
from core.service.words.redraw import drawn_again
from core.store.files import put_in_gallery
from core.store.sources.references import DataFolder, addresses_in_use
from core.store.sweeps.sweep_rows import jobs_of_sweep, pictures_by_cell
from core.system.errors import InvalidRequest, WorldError
from core.system.json import dumps
from core.values.job import JobState
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.sweep_place import SweepPlace
from core.values.resolved_request import resolve
from core.values.sweeping.sweep import Axis, Sweep, new_sweep

BASE = Request("a red house", seed=3, width=64, height=64, steps=2)
STEPS = Axis("steps", ("1", "2", "3"))
SAMPLERS = Axis("sampler", ("euler", "heun"))


def test_a_sweep_is_kept_whole_or_refused(stores: Stores) -> None:
    sweep = new_sweep(BASE, (STEPS, SAMPLERS), "Steps", "A note")
    stores.sweeps.keep(sweep)
    assert stores.sweeps.get(sweep.id) == sweep and stores.sweeps.all() == (sweep,)
    further = stores.sweeps.change(
        sweep.id, lambda one: one.with_axis(STEPS.with_values(("5", "0", "2")))
    )
    assert further.axes[0].values == ("0", "1", "2", "3", "5")
    stores.sweeps.path_of("ab" * 16).write_text("{}")
    stores.sweeps.path_of("cd" * 16).write_bytes(stores.sweeps.path_of(sweep.id).read_bytes())
    os.mkfifo(stores.sweeps.path_of("ef" * 16))
    several = replace(sweep, id="ab12" * 8, base=replace(BASE, count=2))
    stores.sweeps.path_of(several.id).write_text(dumps(several))
    assert [one.id for one in stores.sweeps.all()] == [sweep.id]
    for strange in ("ab" * 16, "cd" * 16, several.id, "../settings", "12" * 16, ""):
        with pytest.raises(WorldError):
            stores.sweeps.get(strange)
    for axes in ((), (STEPS, STEPS), (Axis("steps", ()),), (Axis("steps", ("1", "1")),)):
        with pytest.raises(InvalidRequest):
            new_sweep(BASE, axes)
    with pytest.raises(InvalidRequest):  # a million pictures
        new_sweep(BASE, (Axis("seed", tuple(map(str, range(1000)))), _many("steps")))
    stores.sweeps.remove(sweep.id)
    assert stores.sweeps.all() == ()


def test_values_of_two_that_go_on_at_once_are_all_kept(stores: Stores) -> None:
    sweep = new_sweep(BASE, (STEPS, SAMPLERS))
    stores.sweeps.keep(sweep)
    stores.sweeps.keep(sweep.with_axis(STEPS.with_values(("9",)).skipping(("9",))))
    stores.sweeps.keep(sweep.with_axis(STEPS.with_values(("7", "4"))))
    kept = stores.sweeps.get(sweep.id).axes[0]
    assert kept.values == ("1", "2", "3", "4", "7", "9") and kept.skipped == ("9",)
    other = replace(sweep, axes=(STEPS,))  # set up anew
    stores.sweeps.keep(other)
    assert stores.sweeps.get(sweep.id) == other


def _many(name: str) -> Axis:
    return Axis(name, tuple(map(str, range(1, 1001))))


def test_what_a_sweep_starts_from_is_in_use(stores: Stores) -> None:
    address = "5a" * 32
    base = replace(BASE, start=StartPicture(source=address))
    stores.sweeps.keep(new_sweep(base, (STEPS,)))
    folder = DataFolder(stores.places, stores.database, stores.gallery)
    assert address in addresses_in_use(folder)


def test_cells_are_requests_or_say_why_not(stores: Stores) -> None:
    known = Known(stores.library, stores.places, BASE)
    sweep = new_sweep(BASE, (STEPS, Axis("replace:red", ("red", "blue"))))
    cells = cells_of_sweep(known, sweep)
    assert [cell.values for cell in cells][:4] == [
        ("1", "red"),
        ("2", "red"),
        ("3", "red"),
        ("1", "blue"),
    ]
    last = cells[-1].request
    assert last is not None and (last.steps, last.prompt, last.seed) == (3, "a blue house", 3)
    assert last.sweep == sweep.place(("3", "blue")) and last.stack == sweep.stack
    assert last.sweep.cell == ("steps=3", "replace:red=blue")
    wrong = new_sweep(BASE, (Axis("steps", ("1", "0")), Axis("model", ("starter", "gone"))))
    refusals = [cell.refusal for cell in cells_of_sweep(known, wrong)]
    assert refusals[0] == "" and "1 to 1000" in refusals[1] and "gone" in refusals[2]


def test_values_that_a_damaged_file_has_cost_no_other_cell(stores: Stores) -> None:
    known = Known(stores.library, stores.places, BASE)
    for name, wrong, right in (
        ("steps|guidance", "2|3|4", "2|3"),
        ("steps|guidance", "2", "2|3"),
        ("hires", "abc", "off"),
        ("lora:starter-4-steps", "abc", "1"),
        ("steps", "NaN", "2"),
        ("steps", "1e999999999", "2"),
        ("seed", "-Infinity", "2"),
        ("start.extend", "nan:0:0:0", "0:0:0:0"),
    ):
        sweep = new_sweep(BASE, (Axis(name, (wrong, right)),))
        refused, made = cells_of_sweep(known, sweep)
        assert refused.request is None and wrong.split(":")[0] in refused.refusal
        assert made.request is not None, name


def test_axes_do_not_contradict_each_other(stores: Stores) -> None:
    size, hires = Axis("size", ("64x64",)), Axis("hires", ("off", "2"))
    for axes in (
        (size, Axis("width", ("128",))),
        (hires, Axis("guidance|hires.scale", ("1|3",))),
        (Axis("levels.sigmas", ("9,1,0",)), STEPS),
    ):
        with pytest.raises(InvalidRequest, match="Two axes"):
            new_sweep(BASE, axes)
    known = Known(stores.library, stores.places, BASE)
    for axes in ((hires, Axis("hires.steps", ("3",))), (Axis("hires.steps", ("3",)), hires)):
        made = [cell.request for cell in cells_of_sweep(known, new_sweep(BASE, axes))]
        assert [one.hires.mode for one in made if one] == ["off", "by_hand"]  # as the cells say


def test_what_a_family_cannot_make_is_refused_before() -> None:
    flow = replace(BASE, sampler="euler", schedule="simple")
    hires = Hires("by_hand", sampler="dpmpp_sde")
    check_family(FAMILIES["sd3"], replace(flow, hires=replace(hires, mode="off")))
    check_family(FAMILIES["sd15"], replace(flow, hires=hires, width=72))
    wrong = (
        {"sampler": "dpmpp_sde"},
        {"hires": hires},
        {"schedule": "align_your_steps"},
        {"width": 72},
    )
    for changes in wrong:
        with pytest.raises(InvalidRequest, match="Stable Diffusion 3"):
            check_family(FAMILIES["sd3"], replace(flow, **changes))


def test_cells_of_one_model_are_made_together(stores: Stores) -> None:
    known = Known(stores.library, stores.places, BASE)
    starter = known.library.find("starter").path
    sweep = new_sweep(
        BASE,
        (Axis("model", ("starter", starter)), Axis("lora:starter-4-steps", ("0", "1")), STEPS),
    )
    order = [cell.values for cell in in_making_order(cells_of_sweep(known, sweep))]
    assert [values[0] for values in order] == ["starter"] * 6 + [starter] * 6
    assert [values[1] for values in order] == (["0"] * 3 + ["1"] * 3) * 2


def test_skipped_values_have_no_cells_until_they_are_taken_back() -> None:
    axis = STEPS.skipping(("2", "9"))
    sweep = Sweep("ab" * 8, BASE, (axis, SAMPLERS))
    assert (axis.shown, sweep.count) == (("1", "3"), 4)
    assert list(sweep.cells()) == [("1", "euler"), ("3", "euler"), ("1", "heun"), ("3", "heun")]
    assert axis.taking_back(("2",)) == STEPS and axis.with_values(("2", "4")).shown[-1] == "4"
    assert SAMPLERS.with_values(("lms",)).values == ("euler", "heun", "lms")
    with pytest.raises(InvalidRequest, match="left out"):
        Sweep("ab" * 8, BASE, (STEPS.skipping(STEPS.values),)).check()


def test_values_that_are_asked_for_no_more_can_be_taken_back(stores: Stores) -> None:
    first = asked_of(stores, BASE, (("steps", "1-3"),), None, "cpu", "png").sweep
    further = asked_of(stores, BASE, (("steps", "2,4"),), first, "cpu", "png")
    (axis,) = further.sweep.axes
    assert further.sweep.id == first.id and [one.steps for one in further.wanted] == [2, 4]
    jobs = stores.jobs.add(further.wanted)
    stores.jobs.finish(jobs[0].id, JobState.FAILED)
    again = asked_of(stores, BASE, (("steps", "2,4"),), further.sweep, "cpu", "png")
    assert again.wanted == further.wanted[:1] and again.ended == (jobs[0].id,)
    assert (axis.values, axis.shown) == (("1", "2", "3", "4"), ("2", "4"))


def record(stores: Stores, sweep: Sweep, values: tuple[str, ...], **changes: int) -> Picture:
    request = replace(BASE, sweep=sweep.place(values), **changes)
    pixels = Pixels(64, 64, bytes([len(values[0]) * 40]) * (3 * 64 * 64))
    recipe = Recipe(request, model_name="Starter", pixels_sha256=pixels.sha256, seconds=1.0)
    path = put_in_gallery(stores.places.pictures, 3, encode(pixels, recipe, "png")[0])
    return stores.gallery.record(path, recipe, 64, 64)


def test_pictures_and_jobs_know_their_cells(stores: Stores) -> None:
    sweep = new_sweep(BASE, (STEPS,))
    known = Known(stores.library, stores.places, BASE)
    first, second, third = (record(stores, sweep, (value,)) for value in ("1", "1", "2"))
    stores.gallery.trash([third.id])
    there = pictures_by_cell(stores.database, stores.gallery, sweep.stack)
    assert {cell: picture.id for cell, picture in there.items()} == {("steps=1",): second.id}
    assert stores.gallery.stacks()[sweep.stack].count == 2 and first.request.stack == sweep.stack
    Path(second.path).unlink()
    there = pictures_by_cell(stores.database, stores.gallery, sweep.stack)
    assert [picture.id for picture in there.values()] == [first.id]  # the one made before it
    requests = [cell.request for cell in cells_of_sweep(known, sweep) if cell.request]
    jobs = stores.jobs.add(requests)
    stores.jobs.add([replace(requests[0], sweep=Request().sweep)])
    found = jobs_of_sweep(stores.database, stores.jobs, sweep.id)
    assert [job.id for job in found] == [job.id for job in jobs]
    assert found[1].request.sweep.cell == ("steps=2",)


def test_a_sweep_is_called_by_its_first_prompt(stores: Stores) -> None:
    for axes, name in (
        ((("steps", "1-3"),), "a red house"),
        ((("steps", "1"), ("line", '--steps 2 --prompt "a dog"\na cat')), "a dog, steps 2"),
        ((("prompt", '"a  cat, grey", a dog'),), "a cat, grey"),
    ):
        assert asked_of(stores, BASE, axes, None, "cpu", "png").sweep.name == name
    grid = Grid(new_sweep(replace(BASE, sampler="dpmpp_2m"), (STEPS,)), {}, {})
    assert "DPM++ 2M, " in grid.heading[-1]


def test_what_it_takes_is_told_before(stores: Stores) -> None:
    sweep = new_sweep(BASE, (STEPS, SAMPLERS))
    known = Known(stores.library, stores.places, BASE)
    cells = cells_of_sweep(known, sweep)
    told = foretell(stores, known, cells, "cpu")
    assert (told.pictures, told.seconds) == (6, None) and told.free > told.bytes > 6 * 64 * 64
    record(stores, sweep, ("1", "euler"))
    small = foretell(stores, known, cells, "cpu")
    assert 0 < small.bytes < told.bytes  # of one colour: a picture made here tells
    assert sentence(Foretold(40, 130.0, 12_000_000, 10**9)) == (
        "40 pictures, about 2 min, about 12.0 MB on the disk."
    )
    with pytest.raises(WorldError, match="are free"):
        check_room(Foretold(4, None, 10**9, 10**6))


def table(columns: int, rows: int, side: int = 100) -> Table:
    names = tuple(map(str, range(columns))), tuple(map(str, range(rows))), ("",)
    places = ((x, y, 0) for x in range(columns) for y in range(rows))
    return Table(*names, dict.fromkeys(places, (side, side)))


def test_a_grid_is_split_where_it_is_too_large() -> None:
    wide = table(10, 3)
    measures = layout.Measures((100,) * 10, (100,) * 3, 50, 20, 0, 30)
    assert len(parts_of(wide, measures, 5000)) == 1
    parts = parts_of(wide, measures, 500)
    assert all(max(measures.size(part)) <= 500 for part in parts)
    cells = [(x, y) for part in parts for x in part.columns for y in part.rows]
    assert sorted(cells) == [(x, y) for x in range(10) for y in range(3)]
    assert len(parts) == 3
    large = layout.Measures((8192,) * 4, (8192,), 50, 20, 0, 30)
    sizes = [large.size(part) for part in parts_of(table(4, 1, 8192), large, 40_000)]
    assert len(sizes) == 4 and all(w * h <= layout.MOST_PIXELS for w, h in sizes)


@pytest.mark.parametrize("kind", ["png", "webp", "pdf"])
def test_the_grid_is_a_picture_with_all_cells(stores: Stores, tmp_path: Path, kind: str) -> None:
    sweep = new_sweep(BASE, (STEPS, SAMPLERS), "Steps", "Ein Zettel, 日本")
    made = {values: record(stores, sweep, values) for values in list(sweep.cells())[:5]}
    grid = Grid(sweep, made, {("3", "heun"): "It failed."})
    (path,) = write_grid(grid, tmp_path / "new" / f"grid.{kind}")
    assert path.suffix == f".{kind}" and path.stat().st_size > 1000
    if kind != "pdf":
        with Image.open(path) as image:
            image.load()
            measures = grid.measures
            assert image.size[0] == measures.margin + 3 * (64 + layout.GAP)
            if kind == "png":
                first = image.getpixel((measures.margin + 5, measures.title + measures.head + 5))
                assert first == (40, 40, 40) and "xmp" in str(image.info).lower()
    (again,) = write_grid(grid, path)
    assert again != path and path.exists()


def test_a_grid_says_what_it_is_called_and_its_recipe(stores: Stores, tmp_path: Path) -> None:
    name, note = 'Steps </dc:title> & "more" \x01', "日本, drawn\nfor Ada"
    sweep = new_sweep(BASE, (STEPS, Axis("replace:red", ("red", 'blue, "deep"'))), name, note)
    made = {values: record(stores, sweep, values, steps=2) for values in list(sweep.cells())[1:]}
    grid = Grid(sweep, made, {})
    for kind in ("png", "webp"):
        (path,) = write_grid(grid, tmp_path / f"grid.{kind}")
        read = read_file(path)
        assert read.recipe is None  # of one picture only, and this is many
        told = {name: read.request[name] for name in ("prompt", "steps", "seed", "model")}
        assert told == {"prompt": "a red house", "steps": 2, "seed": 3, "model": "Starter"}
        assert {"X Type: Steps", "X Values: 1, 2, 3", 'Y Type: "red"'} <= {*read.ignored}
        with Image.open(path) as image:
            words = words_of_xmp(image.info)
        assert words == {"title": name.replace("\x01", " "), "description": note}
    (path,) = write_grid(grid, tmp_path / "grid.pdf")
    data = path.read_bytes()
    title = re.search(rb"/Title <feff([0-9a-f]+)>", data)
    assert title and bytes.fromhex(title[1].decode()).decode("utf-16-be") == name
    xmp = data[data.index(b"<x:xmpmeta") : data.index(b"</x:xmpmeta>")].decode()
    assert "trainedAlgorithmicMedia" in xmp and "Y Values:" in xmp and "Steps: 2, " in xmp
    # of none that is made the recipe is what was asked for
    (path,) = write_grid(Grid(replace(sweep, name=""), {}, {}), tmp_path / "none.png")
    assert read_file(path).request["steps"] == 2


def words_of_xmp(info: Mapping[Any, Any]) -> dict[str, str]:
    packet = ElementTree.fromstring(info.get("xmp") or info["XML:com.adobe.xmp"])
    core = "{http://purl.org/dc/elements/1.1/}"
    return {
        name: "".join(part.text or "" for one in packet.iter(core + name) for part in one.iter())
        for name in ("title", "description")
    }


def test_a_large_grid_is_several_files_or_pages(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = new_sweep(BASE, (STEPS, SAMPLERS), "Steps")
    made = {values: record(stores, sweep, values) for values in sweep.cells()}
    grid = Grid(sweep, made, {})
    monkeypatch.setattr(writing, "LONGEST", {"png": 260, "pdf": 260})
    paths = write_grid(grid, tmp_path / "grid.png")
    assert [path.name for path in paths][:2] == ["grid.png", "grid-2.png"]
    for path in paths:
        with Image.open(path) as image:
            assert max(image.size) <= 260
    (pages,) = write_grid(grid, tmp_path / "grid.pdf")
    counts = re.findall(rb"/Count (\d+)", pages.read_bytes())
    assert int(counts[-1]) == len(paths)
    writing.remove_grids(tmp_path / "grid.png")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["grid.pdf"]


def test_what_is_made_of_a_cell_is_no_cell() -> None:
    cell = resolve(replace(BASE, sweep=SweepPlace("ab" * 16, ("steps=2",), "Steps")))
    made = cells_of(cell, over("guidance", (2, 3)))
    assert [one.request.sweep for one in made if one.request] == [SweepPlace()] * 2
    assert without_picture(cell).sweep == SweepPlace()
    assert taken_values(cell, (), Request())["sweep"] == SweepPlace()
    drawn = replace(cell, template="a {red|blue} house")
    assert drawn_again(drawn.check()).sweep == SweepPlace()


@pytest.mark.parametrize("kind", ["png", "webp", "pdf"])
def test_a_name_that_no_file_holds_stops_no_grid(tmp_path: Path, kind: str) -> None:
    sweep = new_sweep(BASE, (STEPS,), "half \ud83d\0 a sign", "a note \udc00")
    (path,) = write_grid(Grid(sweep, {}, {}), tmp_path / f"grid.{kind}", kind)
    assert path.stat().st_size > 0

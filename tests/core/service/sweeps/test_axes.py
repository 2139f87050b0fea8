"""What can be varied: how values are written, and what each makes of a request."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from core.service.stores import Stores
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.axes.names import axis_names, kind_named
from core.service.sweeps.axes.ranges import joined_texts, numbers_in, parts_of, plain
from core.service.sweeps.axes.reading import axis_of, cell_words, matrix_of
from core.service.sweeps.making.grid_cells import cells_of_sweep
from core.system.errors import InvalidRequest, KnownError, ModelMissing
from core.system.paths import RESOURCES
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.request import Request
from core.values.request_parts.hires import BY_HAND
from core.values.sweeping.sweep import Axis, new_sweep

BASE = Request("a red house at night, in snow", seed=3, width=64, height=64, steps=2)


@pytest.fixture
def known(stores: Stores) -> Known:
    return Known(stores.library, stores.places, BASE)


# expected values: AUTOMATIC1111's wiki, "X/Y/Z plot", and what its script makes of the same texts
@pytest.mark.parametrize(
    ("text", "whole", "expected"),
    [
        ("1, 3, 5", True, "1 3 5"),
        ("1-5", True, "1 2 3 4 5"),
        ("1-10 (+2)", True, "1 3 5 7 9"),
        ("5-25(+5)", True, "5 10 15 20 25"),
        ("10-5 (-3)", True, "10 7"),
        ("3-1", True, "3 2 1"),
        ("1-10 [5]", True, "1 3 5 7 10"),
        ("0.0-1.0 [6]", False, "0 0.2 0.4 0.6 0.8 1"),
        ("1-3(+0.5), 7", False, "1 1.5 2 2.5 3 7"),
        ("-2--1(+.5)", False, "-2 -1.5 -1"),
        ("20%-60% (+20)", False, "0.2 0.4 0.6"),
        ("7%-5%", False, "0.07 0.06 0.05"),
        ("7, 7.0, 7", False, "7"),
        ("-5-5 (+5)", True, "-5 0 5"),
        ("10-1 (-3)", True, "10 7 4 1"),
        ("-0.5-0.5 (+0.25)", False, "-0.5 -0.25 0 0.25 0.5"),
        ("0-1 (+0.3)", False, "0 0.3 0.6 0.9"),  # none beyond the end, where the web UI has 1.2
        ("1 - 10 ( +4 ) , 20", True, "1 5 9 20"),
        ("4294967294-4294967295", True, "4294967294 4294967295"),
        ("5-5 [3]", True, "5"),
        ("1-9 [100]", True, "1 2 3 4 5 6 7 8 9"),
        ("1\u20133, \u22122", False, "1 2 3 -2"),  # a dash and a minus that were set
        ('"4", 5', False, "4 5"),
    ],
)
def test_ranges_are_read_as_the_web_ui_reads_them(text: str, whole: bool, expected: str) -> None:
    assert " ".join(plain(number) for number in numbers_in(text, whole=whole)) == expected


NO_RANGES = (
    *("", "a", "1-", "5-1(+1)", "1-5(-1)", "1-5(0)", "1-9[0]", "1-9[-2]", "1-9[2.5]", "1-9999999"),
    *(
        "1e9",
        "nan",
        "inf",
        "0x10",
        "1_000",
        "1.000.000",
        "1..5",
        "1-2-3",
        "1/3",
        "1;2",
        "- 5",
        "--",
    ),
    *("1-10 (+2", "1-10 +2)", "1-10 (+2) [5]", "1-10 (+2)(+2)", "1-5(+0.0000000001)", "\u00bd"),
    *("9" * 400, "(" * 50_000, "1-" * 5_000, "\0", "\x1b[31m", "\ud800", "1-9[9999999]"),
)


@pytest.mark.parametrize("text", NO_RANGES)
def test_what_is_no_range_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        numbers_in(text, whole=True)
    assert refused.value.message.endswith(".") and refused.value.hint.endswith(".")
    assert len(str(refused.value)) < 300 and str(refused.value).isprintable()


def test_texts_stand_between_commas_or_in_quotes() -> None:
    assert parts_of('a cat, "a dog, big", b') == ("a cat", "a dog, big", "b")
    assert parts_of("a,,b, ,") == ("a", "b") and parts_of('a, ""') == ("a", "")
    assert parts_of("one\ntwo, three") == ("one", "two", "three")


AXES = {
    "steps=1-3": ("steps", "1 2 3"),
    "CFG Scale=1,2.5": ("guidance", "1 2.5"),
    "Sampler=Euler a,dpmpp_2m": ("sampler", "euler_ancestral dpmpp_2m"),
    "schedule=Karras,simple": ("schedule", "karras simple"),
    "guided_until=50,100": None,
    "guidance_until=50,100": ("guidance_until", "0.5 1"),
    "size=64x64,128x64": ("size", "64x64 128x64"),
    "vae=none": ("vae", "none"),
    "model=Starter": ("model", "starter"),
    "lora:starter-4-steps=0-1(+0.5)": ("lora:starter-4-steps", "0 0.5 1"),
    "lora=none,starter-4-steps:0.5": ("lora", "none starter-4-steps:0.5"),
    "eta=own,0.5": ("eta", "own 0.5"),
    "freeu=1.3:1.4:0.9:0.2": ("freeu", "1.3:1.4:0.9:0.2"),
    "hires=off,2": ("hires", "off 2"),
    "hires_steps=0,4": ("hires.steps", "0 4"),
    "Hires sampler=own,Euler a": ("hires.sampler", "own euler_ancestral"),
    "Always discard next-to-last sigma=on": ("levels.discard_penultimate", "on"),
    "RNG source=CPU": ("noise.source", "cpu"),
    "rho=3,7": ("levels.rho", "3 7"),
    "steps|cfg=1|4,2|7": ("steps|guidance", "1|4 2|7"),
    "steps|cfg=1-2|4": ("steps|guidance", "1|4 2|4"),
    "Prompt S/R=red,blue": ("replace:red", "red blue"),
    "matrix=fog|": ("add:matrix", " fog"),
    "matrix=|": None,
    "strength=0.5": None,
    "steps=0": None,
    "steps=1.5": None,
    "steps": None,
    "steps=": None,
    "sampler=fast": None,
    "replace=red": None,
    "steps|cfg=1,2|3,4,5": None,
    "hires=0.1": None,
    "nothing=1": None,
    "wildcard:none=all": None,
    "style=nobody's": None,
}


@pytest.mark.parametrize("text", AXES)
def test_an_axis_is_named_as_people_name_it(known: Known, text: str) -> None:
    expected = AXES[text]
    if expected is None:
        with pytest.raises(KnownError):
            axis_of(text, known)
        return
    axis = axis_of(text, known)
    assert (axis.name, " ".join(axis.values)) == expected
    again = kind_named(axis.name).read(joined_texts(axis.values), known)
    assert (again.name, again.values) == (axis.name, axis.values)


def test_orders_of_an_axis_are_read_again_as_they_stand(known: Known) -> None:
    orders = axis_of("order=a red house,night,in snow", known)
    assert len(orders.values) == 6
    for some in (orders.values, orders.values[2:4], orders.values[:1]):
        again = kind_named("order").read(joined_texts(some), known)
        assert again.values == some


def test_what_is_not_here_is_missing(known: Known) -> None:
    for text in ("model=nobody", "vae=nobody", "lora:nobody=1", "lora=nobody:1"):
        with pytest.raises(ModelMissing):
            axis_of(text, known)


def test_all_are_those_that_suit_the_model(known: Known) -> None:
    assert "euler" in axis_of("sampler=all", known).values
    assert "karras" in axis_of("schedule=all", known).values
    assert axis_of("model=all", known).values == ("starter",)
    assert axis_of("size=all", known).values == tuple(
        f"{width}x{height}" for width, height in known.entry.family_row.sizes
    )
    # no name that is offered is refused as a name
    assert all(kind_named(name.replace("NAME", "x")).label for name in axis_names())


def put(known: Known, text: str, number: int, base: Request = BASE) -> Request:
    axis = axis_of(text, known)
    return kind_named(axis.name).put(base, axis.values[number], known)


def test_each_value_makes_its_change(known: Known) -> None:
    assert put(known, "steps=4,8", 1).steps == 8
    assert (put(known, "size=128x64", 0).width, put(known, "size=128x64", 0).height) == (128, 64)
    both = put(known, "steps|cfg=4|1,8|2", 1)
    assert (both.steps, both.guidance) == (8, 2)
    assert put(known, "replace=red,blue", 1).prompt == "a blue house at night, in snow"
    orders = {put(known, "order=red house,night", number).prompt for number in range(2)}
    assert orders == {BASE.prompt, "a night at red house, in snow"}
    assert put(known, "add=fog", 0).prompt == BASE.prompt + ", fog"
    assert put(known, "hires_steps=4", 0).hires.mode == BY_HAND
    assert [put(known, "hires.sampler=own,heun", n).hires.sampler for n in (0, 1)] == ["", "heun"]
    assert put(known, 'sigmas="14,3,1,0"', 0).steps == 3
    assert put(known, "eta=own,0.5", 0).eta is None
    assert put(known, "style=Macro", 0).styles[0].name == "Macro"
    with pytest.raises(InvalidRequest):
        put(known, "replace=green,blue", 1)


def test_a_loras_weight_is_changed_wherever_it_stands(known: Known) -> None:
    text = "lora:starter-4-steps=0.25"
    tagged = Request("a house <lora:starter-4-steps:1>", seed=1)
    assert put(known, text, 0, tagged).prompt == "a house <lora:starter-4-steps:0.25>"
    assert put(known, text, 0).loras == (Lora("starter-4-steps", 0.25),)
    listed = Request("a house", seed=1, loras=(Lora("starter-4-steps", 1.0, 0.5),))
    assert put(known, text, 0, listed).loras == (Lora("starter-4-steps", 0.25),)
    # however its name is written: it would be on twice
    otherwise = put(known, "lora:Starter-4-Steps=0.25", 0, tagged)
    assert otherwise.prompt == "a house <lora:starter-4-steps:0.25>" and not otherwise.loras
    path = known.library.find_lora("starter-4-steps").path
    assert put(known, f"lora={path}:0.5", 0, listed).loras == (Lora(path, 0.5),)


def test_each_random_seed_is_a_value(known: Known) -> None:
    drawn = axis_of("seed=5, -1, -1, -1", known).values
    assert len(drawn) == 4 and drawn[0] == "5" and "-1" not in drawn
    assert kind_named("seed").put(BASE, drawn[3], known).seed == int(drawn[3])
    (variation,) = axis_of("noise.variation_seed=-1", known).values
    assert variation.isdecimal()


def test_a_wildcard_stands_for_each_of_its_lines(known: Known) -> None:
    known.places.wildcards.mkdir(parents=True)
    (known.places.wildcards / "colour.txt").write_text("red\nblue, pale\n", "utf-8")
    base = Request("a __colour__ house", seed=1)
    assert axis_of("wildcard:colour=all", known).values == ("red", "blue, pale")
    assert put(known, "wildcard:colour=all", 1, base).prompt == "a blue, pale house"


def test_lines_of_a_file_of_prompts_are_read_as_the_web_ui_reads_them(known: Known) -> None:
    lines = (
        "a cat\n\n"
        '--prompt "a dog, big" --steps 5 --cfg_scale 2.5 --sampler_name "DPM++ 2M Karras"'
        " --width 128 --height 64 --negative_prompt fog --seed 9 --outpath_samples x\n"
        "--prompt two --n_iter 2"
    )
    axis = axis_of(f"line={lines}", known)
    assert len(axis.values) == 4
    kind = kind_named("line")
    made = [kind.put(BASE, value, known) for value in axis.values]
    assert made[0].prompt == "a cat" and made[0].steps == BASE.steps
    dog = made[1]
    assert (dog.prompt, dog.negative_prompt, dog.steps, dog.guidance) == (
        "a dog, big",
        "fog",
        5,
        2.5,
    )
    assert (dog.sampler, dog.schedule, dog.seed) == ("dpmpp_2m", "karras", 9)
    assert (dog.width, dog.height) == (128, 64)
    assert [(one.prompt, one.seed) for one in made[2:]] == [("two", 3), ("two", 4)]
    bare = kind.put(BASE, "--prompt photo of a cat --steps 7 --negative_prompt a b", known)
    assert (bare.prompt, bare.negative_prompt, bare.steps) == ("photo of a cat", "a b", 7)
    assert kind.put(BASE, "--prompt steps", known).prompt == "steps"
    (drawn,) = axis_of("line=--prompt a --seed -1 --subseed -1", known).values
    kind.put(BASE, drawn, known).check()
    wrongs = ("--steps many", "--unknown 3", '--prompt "open', "--prompt", "--prompt --steps 3")
    for wrong in wrongs:
        with pytest.raises(InvalidRequest, match="Line 2"):
            axis_of(f"line=a\n{wrong}", known)


def test_a_matrix_has_all_choices_of_the_parts() -> None:
    base, (across, down) = matrix_of(Request("a house|night|snow|fog", seed=1))
    assert base.prompt == "a house"
    assert across.values == ("", "night", "snow", "night, snow") and down.values == ("", "fog")
    with pytest.raises(InvalidRequest):
        matrix_of(Request("a house"))


def test_a_cell_says_what_it_is() -> None:
    cell = ("steps=20", "sampler=euler_ancestral", "replace:a=b=c")
    assert cell_words(cell) == ("Steps 20", "Sampler Euler a", '"a=b" c')
    assert cell_words(("later:thing=1",)) == ("later:thing 1",)


def test_what_the_page_of_help_says_can_be_typed(known: Known) -> None:
    text = (RESOURCES / "help" / "sweep.md").read_text("utf-8")
    examples = [one for one in re.findall("`([^`]+)`", text) if re.match(r"[a-z|]+=", one)]
    assert len(examples) == 12
    for example in examples:
        assert len(axis_of(example, known).values) > 1, example
    (line,) = re.findall("`(--prompt[^`]+)`", text)
    assert kind_named("line").put(BASE, line, known).steps == 30


def test_what_is_written_again_costs_no_value_behind_it(known: Known) -> None:
    numbers = numbers_in("1-9 [1000], 20-22", whole=True)
    assert [int(number) for number in numbers] == [*range(1, 10), 20, 21, 22]
    assert len(numbers_in("1-600, 1-600, 2000")) == 601
    lines = "\n".join((*["a house"] * 1200, "a cat"))
    assert kind_named("line").read(lines, known).values == ("a house", "a cat")
    assert parts_of("a," * 70_000 + "b") == ("a", "b")
    for seed in ("-5", "99999999999999999999"):
        with pytest.raises(InvalidRequest):
            kind_named("line").read(f"--prompt a --n_iter 2 --seed {seed}", known)


def test_another_program_draws_its_noise_as_generate_has_it(stores: Stores) -> None:
    known = Known(stores.library, stores.places, BASE)
    program, noise = kind_named("compatibility"), kind_named("noise.source")
    sources = [program.put(BASE, one, known).noise.source for one in ("a1111", "calotype")]
    assert sources == ["philox", "cpu"]
    chosen = replace(BASE, compatibility="a1111", noise=Noise(source="cpu"))
    assert program.put(chosen, "comfyui", known).noise.source == "cpu"
    sweep = new_sweep(BASE, (Axis("noise.source", ("cpu",)), Axis("compatibility", ("a1111",))))
    (cell,) = cells_of_sweep(known, sweep)
    assert cell.request is not None and cell.request.noise.source == "cpu"
    assert noise.rank > program.rank

"""What is said before a picture is made: syntax of other programs, tags read in part, sizes far
from the trained ones. And what is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models.files.families import FAMILIES
from core.service.remarks.fresh_noise import fresh_noise_remarks
from core.service.remarks.texts import MOST, mode_remarks, remarks
from core.values.request import Request
from core.values.request_parts.fresh_noise import FreshNoise
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture

ROW = FAMILIES["sd15"]
NOISY = FreshNoise(s_noise=1.1)

FOREIGN = {  # text: (what a sentence must name, a word of why)
    "a {{red}} house": ("{{red}}", "NovelAI"),
    "{{{masterpiece}}}, girl": ("{{{masterpiece}}}", "NovelAI"),
    "{best quality}, girl": ("{best quality}", "NovelAI"),
    "a cat AND_SALT fur": ("AND_SALT", "joins"),
    "a cat AND_PERP a dog": ("AND_PERP", "joins"),
    "A CAT AND_TOPK x": ("AND_TOPK", "joins"),
    "a (red cat)++ on snow": ("(red cat)++", "Compel"),
    "a cat++ on snow": ("cat++", "Compel"),
    "a cat+, snow": ("cat+", "Compel"),
    "a (blurry)-- cat": ("(blurry)--", "Compel"),
    "a cat--, snow": ("cat--", "Compel"),
    '("a cat", "a dog").and()': (".and(", "Compel"),
    '("a cat", "a dog").blend(0.5, 0.5)': (".blend(", "Compel"),
    '"cat".swap("dog")': (".swap(", "Compel"),
    "a ${colour=red} cat": ("${colour=red}", "variable"),
    "a $colour cat": ("$colour", "variable"),
    "<segment:face> freckles": ("<segment:face>", "another program"),
    "<random:a,b>": ("<random:a,b>", "another program"),
    "<random[2]:a,b>": ("<random[2]:a,b>", "another program"),
    "<embed:glow>": ("<embed:glow>", "another program"),
    "a cat --ar 16:9": ("--ar", "Midjourney"),
    "a cat --v 6": ("--v 6", "Midjourney"),
    "cat::2 dog::1": ("cat::2", "Midjourney"),
    "a cat <hypernet:anime:0.8>": ("<hypernet:anime:0.8>", "left out"),
    "a cat <lora:x:1:lbw=ALL>": ("lbw=ALL", "not understood"),
    "a cat <lora:x:0,8>": ("0,8", "read as 0.8"),
    "a cat <lyco:x:80%>": ("80%", "read as 0.8"),
    "a cat <lora:x:1.2.3>": ("1.2.3", "weight is 1"),
    "a cat <lora:x:1": ("<lora:x:1", "not closed"),
    "a cat <lora:x:>": ("<lora:x:>", "weight is 1"),
    "a cat <lora::1>": ("<lora::1>", "names no LoRA"),
}

CHANGES = {  # understood but in ComfyUI's ways and by diffusers' pipelines
    "a [cat:dog:0.5]": ("[cat:dog:0.5]", "change"),
    "a [cat::0.5] b": ("[cat::0.5]", "change"),
    "a [dog:10]": ("[dog:10]", "change"),
    "a [:dog:.3]": ("[:dog:.3]", "change"),
    "a [(red:1.2):blue:0.5]": ("[(red:1.2):blue:0.5]", "change"),
    "a [cow|horse] in a field": ("[cow|horse]", "turns"),
    "a cat AND a dog": ("a cat AND a dog", "joins"),
    "a cat :1.2 AND a dog :0.8": ("AND", "joins"),
}

INNOCENT = (
    "a cat and a dog",
    "salt and pepper",
    "rock and roll, r&b",
    "AND",
    "AND so it goes",
    "a cat, [low quality:0",
    "a dog :1.2",
    "a {red|blue} house",
    "{2$$cat|dog|bird} in a box",
    "a {a|{b|c}} d",
    "a __colour__ cat",
    "a cat :) smiling",
    "a smiley :-)",
    "a cat <3",
    "I <3 you",
    "a < b and b > c",
    "costs $5",
    "a $100 bill, 50 dollars",
    "US$ notes",
    "A$AP Rocky",
    "Ke$ha on stage",
    "$uicideboy$ concert",
    "[low quality]",
    "[[low quality]], blurry",
    "((masterpiece)), (best quality:1.4)",
    "(a:b)",
    "[a:b]",
    "ratio 16:9",
    "[16:9] format",
    "aspect [3:2]",
    "at [12:30] o'clock",
    "3:4 portrait",
    "a clock showing 10:10",
    "a red-haired woman",
    "a cat -- on a mat",
    "a cat - dog",
    "word--word in a sentence",
    "C++ source code on a screen",
    "c++ book",
    "notepad++ window",
    "Google+ logo",
    "Disney+ style",
    "Canal+, logo",
    "18+",
    "age 40+, grey hair",
    "A+ grade",
    "lgbtq+, parade",
    "lgbtqia+ pride",
    "e.g. __init__",
    "def __init__(self)",
    'if __name__ == "__main__"',
    "______",
    "a line ____ here",
    "snake_case_name",
    "file__name",
    "__",
    "{}",
    "{ }",
    "int main() { return 0; }",
    '{"scene": "a cat", "style": "photo"}',
    "a {",
    "} b",
    "a | b",
    "a|b",
    "||",
    "[|]",
    "masterpiece, best quality, 1girl",
    'the artist\'s "best" work',
    "50% grey",
    "f/1.8, 85mm, ISO 100",
    "2:30 am, (night:1.2)",
    "a C:\\path",
    "http://example.org/x?y=1",
    "mail@example.org",
    "#hashtag, # comment",
    "<b>bold</b>",
    "a -> b => c",
    "x^2 + y^2 = z^2",
    "1 + 1 = 2",
    "red+blue gradient",
    "a cat BREAK a dog",
    "PRISON BREAK poster",
    "it's 5 o'clock; go",
    "Ünïcödé, 猫, 😀",
    "\\(escaped\\) brackets",
    "\\[x\\]",
    "std::vector",
    "A: a cat, B: a dog",
    "AND1 basketball",
    "SAND castle",
    "BRAND new",
    "<lora:x:0.8> a cat",
    "<lyco:x:0.5:0.7> cat",
    "<lora:x:te=0.5:unet=1>",
    "cat.and dog",
    "no. 5 and no. 6",
    "embedding layers",
    "a (cat)+dog",
    "(a) - (b)",
    "bold__",
    "$",
    "$$$",
    "cash $$, money",
    "Yu-Gi-Oh!",
    "M*A*S*H",
    "a*b*c",
)


def of(text: str, **values: object) -> tuple[str, ...]:
    return remarks(Request(text, **{"width": 512, "height": 512, **values}), ROW)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", FOREIGN)
def test_what_other_programs_understand_is_named(text: str) -> None:
    said = of(text)
    assert len(said) == 1 and FOREIGN[text][0] in said[0] and FOREIGN[text][1] in said[0], said


def test_changes_and_joins_are_understood_but_in_comfyuis_ways_and_by_pipelines() -> None:
    for text, words in CHANGES.items():
        assert of(text) == () == of(text, compatibility="a1111")
        by_pipeline = remarks(Request(text, width=1024, height=1024), FAMILIES["generic"])
        for said in (of(text, compatibility="comfyui"), by_pipeline):
            assert len(said) == 1 and words[0] in said[0] and words[1] in said[0], said
    assert "joins" in of("a", negative_prompt="a cat AND a dog")[0]
    for shout in ("R AND B RECORDS", "A CAT AND A DOG", 'a sign that says "ROCK AND ROLL"'):
        assert 'write "and"' in of(shout)[0] and of(shout, compatibility="comfyui") == ()


def test_plain_prompts_are_not_spoken_of() -> None:
    assert len(INNOCENT) > 100
    assert {text: said for text in INNOCENT if (said := of(text))} == {}


def test_break_is_a_word_in_comfyuis_ways_only() -> None:
    assert (
        of("a cat BREAK a dog") == ()
        and "BREAK" in of("a cat BREAK a dog", compatibility="comfyui")[0]
    )
    assert (
        of("PRISON BREAK", compatibility="comfyui") == () == of("a break", compatibility="comfyui")
    )


def test_the_negative_prompt_is_read_too() -> None:
    (said,) = of("a cat", negative_prompt="a {red} dog")
    assert said.startswith("In the negative prompt") and "{red}" in said
    (said,) = of("a cat", negative_prompt="bad <lora:x:1>")
    assert "<lora:x:1>" in said and "in the prompt only" in said


def test_at_most_three_each_cut_short() -> None:
    said = of(
        "{a|b} __c__ [d|e] [f:g:1] x AND y ${z} <lora:"
        + "q" * 500
        + ":lbw="
        + "r" * 500
        + "> {"
        + "s" * 300
        + "t}"
    )
    assert len(said) == MOST and all(len(sentence) < 260 for sentence in said)
    assert ["${z}" in said[0], "lbw" in said[1], "{s" in said[2]] == [True] * 3, (
        "in the order of the text"
    )


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="{}[]<>()|:_$+-.,&ANDBREAKlora x1", max_size=200))
def test_any_text_is_looked_at(text: str) -> None:
    said = of(text, negative_prompt=text, compatibility="comfyui")
    assert len(said) <= MOST and all(sentence.endswith(".") for sentence in said)


SIZES = {  # family, width, height: a word of what is said, "" for nothing
    (
        "starter",
        4096,
        4096,
    ): "from 128 to 384 pixels; at 4096 x 4096 it repeats itself and takes long",
    ("starter", 1024, 1024): "repeats",
    ("starter", 512, 512): "repeats",
    ("starter", 384, 384): "",
    ("starter", 128, 128): "",
    ("starter", 256, 192): "",
    ("starter", 64, 64): "too little",
    ("starter", 384, 120): "too little",
    ("sd15", 512, 512): "",
    ("sd15", 768, 768): "",
    ("sd15", 512, 768): "",
    ("sd15", 1024, 1024): "repeats",
    ("sd15", 64, 64): "too little",
    ("sd15", 256, 256): "too little",
    ("sd15", 320, 512): "",
    ("sd15", 1024, 256): "three times",
    ("sd21", 768, 768): "",
    ("sd21", 1024, 1024): "",
    ("sdxl", 1024, 1024): "",
    ("sdxl", 1536, 1536): "",
    ("sdxl", 2048, 2048): "repeats",
    ("sdxl", 512, 512): "too little",
    ("sdxl", 768, 1344): "",
    ("sdxl", 640, 1536): "",
    ("sdxl", 2048, 512): "three times",
    ("flux", 1024, 1024): "",
    ("flux", 4096, 512): "repeats",
    ("sd3", 768, 768): "",
    ("generic", 1024, 1024): "",
}


@pytest.mark.parametrize("case", SIZES)
def test_sizes_far_from_the_trained_ones(case: tuple[str, int, int]) -> None:
    family, width, height = case
    said = remarks(Request("a cat", width=width, height=height), FAMILIES[family])
    assert (
        (SIZES[case] in said[0] and f"{width} x {height}" in said[0]) if SIZES[case] else said == ()
    )


def test_every_size_that_is_offered_suits() -> None:
    for row in FAMILIES.values():
        for width, height in row.sizes:
            assert remarks(Request("a cat", width=width, height=height), row) == (), row.id


def test_far_too_many_brackets_are_looked_at_once() -> None:
    """How often a sign is looked at, by counting: the sentences stay three whatever the text
    repeats (the time is in the bench)."""
    for piece in (
        "{",
        "}",
        "[",
        "]",
        "{a|",
        "[a:",
        "__",
        "__a",
        "<lora:",
        "<lora:x:",
        "$",
        "${",
        "(",
        ")+",
        "a+ ",
        "::1",
        "--ar ",
        " AND ",
        "{a|b}",
        "embedding:",
    ):
        said = of(piece * (100_000 // len(piece)), compatibility="comfyui")
        assert len(said) <= MOST
    assert list(islice(of("<lora:x:lbw=1> " * 6000), 4))[3:] == []


@pytest.mark.parametrize(
    ("more", "family", "said"),
    [
        ({"sampler": "dpmpp_2m", "eta": 0.5}, "sd15", "DPM++ 2M takes no eta"),
        ({"sampler": "ddim", "eta": 0.5}, "sd15", ""),
        ({"sampler": "dpmpp_2m", "fresh_noise": FreshNoise(20)}, "sd15", "Churn is for Euler"),
        ({"sampler": "heun", "fresh_noise": FreshNoise(20)}, "sd15", ""),
        ({"sampler": "heun", "fresh_noise": FreshNoise(20)}, "sd3", "cannot begin with churn"),
        ({"sampler": "lms", "fresh_noise": FreshNoise(s_noise=1.1)}, "sd15", "adds no noise"),
        ({"sampler": "lms", "fresh_noise": FreshNoise(s_noise=1.1)}, "generic", ""),
        ({}, "sd15", ""),
        (
            {"sampler": "euler_ancestral", "compatibility": "a1111", "fresh_noise": NOISY},
            "sd15",
            "A1111 does not tell Euler a",
        ),
        (
            {"sampler": "dpmpp_2m_sde", "compatibility": "a1111", "fresh_noise": NOISY},
            "sd15",
            "",
        ),
        ({"sampler": "euler_ancestral", "fresh_noise": NOISY}, "sd15", ""),
    ],
)
def test_numbers_of_fresh_noise_that_change_nothing_are_said(
    more: dict[str, Any], family: str, said: str
) -> None:
    found = fresh_noise_remarks(Request(**more), FAMILIES[family])
    assert said in " ".join(found) and bool(found) == bool(said)


@pytest.mark.parametrize(
    ("more", "family", "said"),
    [
        ({"feature_reuse": 3}, "sd15", ""),
        ({"feature_reuse": 3, "steps": 4}, "sd15", "In 4 steps, reuse of features saves little"),
        ({"feature_reuse": 3, "steps": 1}, "sd15", "In one step"),
        ({"token_merging": 0.5, "width": 760, "height": 768}, "sd15", "from 768 x 768 pixels on"),
        ({"token_merging": 0.5, "width": 1024, "height": 576}, "sd15", ""),
        ({"token_merging": 0.5, "feature_reuse": 2}, "flux", "change nothing"),
        ({"matrices": "int8"}, "flux", "change nothing"),
        ({"matrices": "int8"}, "sd15", ""),
        ({}, "flux", ""),
        ({}, "sd15", ""),
        ({"sampler": "euler_cfg_pp", "guidance": 7.5}, "sd15", "guidance of 1 to 2: 7.5 burns"),
        ({"sampler": "euler_cfg_pp", "guidance": 3}, "sd15", ""),
        ({"sampler": "euler", "guidance": 7.5}, "sd15", ""),
    ],
)
def test_what_saves_no_time_or_is_guided_too_strongly_is_said(
    more: dict[str, Any], family: str, said: str
) -> None:
    found = mode_remarks(Request(**more), FAMILIES[family])
    assert said in " ".join(found) and bool(found) == bool(said)


@pytest.mark.parametrize("sampler", ["dpm_fast", "dpm_adaptive"])
def test_grain_that_other_programs_leave_is_said(sampler: str) -> None:
    request = Request(prompt="a cat", sampler=sampler, schedule="simple", steps=12)
    comfy = replace(request, compatibility="comfyui")
    said = remarks(comfy, ROW)
    assert any("ComfyUI" in each and "0.31" in each for each in said)  # of timestep 83
    begun = StartPicture(source="ab" * 32, strength=0.5)
    web_ui = replace(request, compatibility="a1111", start=begun)
    assert any("AUTOMATIC1111" in each and "0.31" in each for each in remarks(web_ui, ROW))
    few = replace(web_ui, start=replace(begun, strength=0.2))
    assert any("AUTOMATIC1111" in each for each in remarks(few, ROW))
    twice = replace(request, compatibility="a1111", hires=Hires("by_hand", 2.0))
    assert any("AUTOMATIC1111" in each for each in remarks(twice, ROW))
    quiet = (
        request,
        replace(request, compatibility="a1111"),
        replace(comfy, schedule="karras"),
        replace(comfy, sampler="euler"),
        replace(comfy, start=replace(begun, strength=0.01)),
        replace(comfy, schedule="beta", steps=900, start=begun),
    )
    for each in quiet:
        assert not any("grain" in sentence for sentence in remarks(each, ROW))

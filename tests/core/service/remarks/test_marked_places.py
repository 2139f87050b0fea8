"""What is said of places in both texts: where, in which words, and what could stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.prompt.wildcards.files import Wildcards
from core.service.remarks.known_names import KnownNames, suggestion
from core.service.remarks.marked_places import MarkedPlace, marked_places
from core.values.job import ModelRef
from core.values.request import Request


@pytest.fixture
def known(tmp_path: Path) -> KnownNames:
    (tmp_path / "animals").mkdir()
    (tmp_path / "animals" / "cats.txt").write_text("tabby")
    (tmp_path / "loop.txt").write_text("__loop__")

    def refs(*names: str) -> list[ModelRef]:
        return [ModelRef(name, name, "", f"/models/{name}.safetensors") for name in names]

    loras = refs("GlowStyle", "ink_v2", "ink_v2_long", "Ärger")
    return KnownNames(loras, refs("EasyNegative"), lambda: Wildcards(tmp_path))


def said(text: str, known: KnownNames | None, negative: str = "") -> list[tuple[str, str, str]]:
    found = marked_places(Request(text, negative, steps=20), known)
    both = ((text, found.prompt), (negative, found.negative))
    return [(t[one.start : one.end], one.message, one.instead) for t, ones in both for one in ones]


def test_what_is_not_here_has_a_suggestion_that_keeps_the_rest(known: KnownNames) -> None:
    text = (
        "😀 <lora:glowstile:0.6:0.8:stop=9>, embedding:easynegativ __animal/cats__ <lora:ink_v2:1>"
    )
    assert said(text, known) == [
        (
            "<lora:glowstile:0.6:0.8:stop=9>",
            'There is no LoRA "glowstile". Did you mean "GlowStyle"?',
            "<lora:GlowStyle:0.6:0.8:stop=9>",
        ),
        (
            "embedding:easynegativ",
            'There is no embedding "easynegativ". Did you mean "EasyNegative"?',
            "embedding:EasyNegative",
        ),
        (
            "__animal/cats__",
            'There is no wildcard "animal/cats". Did you mean "animals/cats"?',
            "__animals/cats__",
        ),
    ]
    assert said(text, None) == [], "nothing is missed before it is known what is here"
    assert said("# <lora:glowstile:1>\nembedding:EASYNEGATIVE.pt", known) == []


def test_each_text_is_read_by_its_own_rules(known: KnownNames) -> None:
    found = said("a ) b", known, "c AND [d:e:99] <lora:glowstile:1>")
    assert found[0] == (")", 'This ")" closes nothing.', "")
    assert [(text, "closes" in words, instead) for text, words, instead in found[1:]] == [
        ("AND", False, ""),
        ("[d:e:99]", False, ""),
        ("<lora:glowstile:1>", False, ""),
    ]
    sentences = marked_places(Request("a ) b", "c )"), known).sentences
    assert sentences == (
        'This ")" closes nothing.',
        'In the negative prompt: This ")" closes nothing.',
    )


def test_loops_and_damaged_files_are_said(known: KnownNames, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("a: [")
    found = marked_places(Request("a __loop__"), known).prompt
    assert MarkedPlace(2, 10, 'The wildcard "loop" leads back to itself.') in found
    assert any(one.start == one.end and "bad.yaml" in one.message for one in found)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ink", "ink_v2"),
        ("inkv2", "ink_v2"),
        ("folder/ink_v", "ink_v2"),
        ("ärgr", "Ärger"),
        ("something else", ""),
        ("", ""),
        ("/", ""),
        ("i", ""),
    ],
)
def test_the_nearest_name_is_meant(name: str, meant: str) -> None:
    assert suggestion(name, ["GlowStyle", "ink_v2_long", "ink_v2", "Ärger"]) == meant


def test_what_nobody_writes_is_read_all_the_same(known: KnownNames) -> None:
    for text in (
        "(" * 3_000,
        "[" * 3_000 + "]" * 3_000,
        "\\" * 3_000,
        "\0{|}" * 500,
        "__a__" * 900,
    ):
        found = marked_places(Request(text, text), known)
        assert all(0 <= one.start <= one.end <= len(text) for one in found.prompt)

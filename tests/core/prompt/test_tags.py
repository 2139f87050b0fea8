"""LoRA tags in prompts: every spelling the field has, what is understood of each,
and what is said of the rest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models.library.library import Library
from core.models.library.naming import alike
from core.prompt.expand import expand
from core.prompt.loras import lora_tag, lora_tags, named_loras, split_loras, tag_remarks, with_lora
from core.system.errors import InvalidRequest
from core.values.job import ModelRef
from core.values.lora import Lora
from core.values.request import Request

TAGS = {  # a tag: what it asks for, and words of what is said, "" for nothing
    "<lora:x>": (Lora("x"), ""),
    "<lora:x:0.8>": (Lora("x", 0.8), ""),
    "<lora:x:.5>": (Lora("x", 0.5), ""),
    "<lora:x:-1>": (Lora("x", -1.0), ""),
    "<lora:x:+1.>": (Lora("x"), ""),
    "<lora:x:1e-1>": (Lora("x", 0.1), ""),
    "<LORA:x:0.8>": (Lora("x", 0.8), ""),
    "<lyco:x:0.8>": (Lora("x", 0.8), ""),
    "<locon:x:0.8>": (Lora("x", 0.8), ""),
    "<lora:x:0.5:1.2>": (Lora("x", 1.2, 0.5), ""),
    "<lora:x:te=0.2:unet=0.9>": (Lora("x", 0.9, 0.2), ""),
    "<lora:x:0.5:unet=1>": (Lora("x", 1.0, 0.5), ""),
    "<lora:x:TE=0.2>": (Lora("x", 0.2), ""),
    "< lora : x : 0.8 >": (Lora("x", 0.8), ""),
    "<lora:trail :1>": (Lora("trail"), ""),
    "<lora: my style :1>": (Lora("my style"), ""),
    "<lora:x：0.8>": (Lora("x", 0.8), ""),
    "<lora：x：0.8>": (Lora("x", 0.8), ""),
    "<lora:folder/x:0.8>": (Lora("folder/x", 0.8), ""),
    "<lora:x.safetensors:1>": (Lora("x.safetensors"), ""),
    "<lora:x:1:lbw=ALL>": (Lora("x"), "lbw=ALL"),
    "<lora:x:lbw=ALL:0.5>": (Lora("x", 0.5), "lbw=ALL"),
    "<lora:x:0.7:x=1:start=5:stop=9>": (
        Lora("x", 0.7, start=5, stop=9, by_steps=True),
        '"x=1" is not understood',
    ),
    "<lora:x:0.7:start=0.2:stop=0.8>": (Lora("x", 0.7, start=0.2, stop=0.8), ""),
    "<lora:x:STOP=.5:1>": (Lora("x", stop=0.5), ""),
    "<lora:x:1:0.5:start=3>": (Lora("x", 0.5, 1.0, start=3, stop=1000, by_steps=True), ""),
    "<lora:x:step=0-10>": (Lora("x", stop=10, by_steps=True), ""),
    "<lora:x:step=0.25-0.5>": (Lora("x", start=0.25, stop=0.5), ""),
    "<lora:x:stop=1>": (Lora("x", stop=1, by_steps=True), ""),  # the first step
    "<lora:x:start=0:stop=1.0>": (Lora("x"), ""),  # all of them
    "<lora:x:1:start=9:stop=5>": (
        Lora("x", start=9, stop=1000, by_steps=True),
        '"stop=5" is not understood',
    ),
    "<lora:x:1:start=2:stop=0.8>": (
        Lora("x", start=2, stop=1000, by_steps=True),
        '"stop=0.8" is not understood',
    ),
    "<lora:x:start=1.5>": (Lora("x"), '"start=1.5" is not understood'),
    "<lora:x:step=5>": (Lora("x"), '"step=5" is not understood'),
    "<lora:x:stop=0>": (Lora("x"), '"stop=0" is not understood'),
    "<lora:x:1:1:dyn=8>": (Lora("x"), "dyn=8"),
    "<lora:x:1:0.5:8>": (Lora("x", 0.5, 1.0), '"8" is not understood'),
    "<lora:x:1:1,0,0,0,1,1>": (Lora("x"), "1,0,0,0,1,1"),
    "<lora:x:0,8>": (Lora("x", 0.8), '"0,8" is read as 0.8'),
    "<lora:x:te=0,2:unet=1>": (Lora("x", 1.0, 0.2), "read as 0.2"),
    "<lora:x:,5>": (Lora("x", 0.5), "read as 0.5"),
    "<lora:x:80%>": (Lora("x", 0.8), "read as 0.8"),
    "<lora:x:1.2.3>": (Lora("x"), "the weight is 1"),
    "<lora:x:>": (Lora("x"), "the weight is 1"),
    "<lora:x:much>": (Lora("x"), "the weight is 1"),
    "<lora:x:nan>": (Lora("x"), "nan"),
    "<lora:x:inf>": (Lora("x"), "inf"),
    "<lora:x:1_0>": (Lora("x"), "1_0"),
    "<lora:x:٣>": (Lora("x"), "٣"),
    "<lora:x:0x1>": (Lora("x"), "0x1"),
    "<lora:x:1:>": (Lora("x"), ""),
    "<lora:x::0.5>": (Lora("x", 0.5), ""),
    "<lora:x:te=much>": (Lora("x"), "te=much"),
    "<lora::1>": (None, "names no LoRA"),
    "<lora: >": (None, "names no LoRA"),
    "<hypernet:x:0.5>": (None, "no hypernetworks"),
    "<hypernet:x>": (None, "no hypernetworks"),
}


@pytest.mark.parametrize("tag", TAGS)
def test_every_tag_is_taken_out_and_what_is_not_understood_is_said(tag: str) -> None:
    lora, words = TAGS[tag]
    rest, loras = named_loras(f"a red {tag} tree")
    assert (rest, loras) == ("a red tree", (lora,) if lora else ())
    (single,) = expand(Request(f"a red {tag} tree", seed=1).check())
    assert single.prompt == "a red tree" and single.loras == loras
    said = [sentence for _, sentence in tag_remarks(f"a red {tag} tree")]
    assert (len(said) == 1 and words in said[0] and said[0].endswith(".")) if words else said == []
    if lora:
        assert split_loras(f"a {lora_tag(lora)}") == ("a", (lora,))


@pytest.mark.parametrize(
    "text",
    [
        "a <b> c  ",
        "I <3 you",
        "a < b > c",
        "<lorax:y:1>",
        "<b:c>",
        "lora:x:1",
        "<:lora:x>",
        "<|lora|>",
        "",
    ],
)
def test_what_is_no_tag_stays(text: str) -> None:
    assert split_loras(text) == named_loras(text) == (text, ()) and list(tag_remarks(text)) == []


@pytest.mark.parametrize(
    "text", ["a <lora:x:1", "<lora:x:1, red tree", "<lora:x <lora:y:1>", "a <lyco:x\nred"]
)
def test_a_tag_without_an_end_is_said(text: str) -> None:
    assert ["not closed" in sentence for _, sentence in tag_remarks(text)] == [True]


@pytest.mark.parametrize(
    "tag",
    [
        "../../x",
        "/etc/x",
        "~/x",
        "C:\\x",
        "C:/x",
        "\\\\host\\share",
        "//host/x",
        "a/../../x",
        "c:\\x:0.5",
    ],
)
def test_paths_in_tags_are_refused(tag: str) -> None:
    with pytest.raises(InvalidRequest, match="names a path"):
        named_loras(f"a <lora:{tag}:1>")


def test_a_hypernetworks_tag_stays_in_a_recipe_that_is_read() -> None:
    """Nothing of another program's text is lost by reading it."""
    assert split_loras("a <hypernet:x:1> tree <lora:y:0.5:lbw=ALL>") == (
        "a <hypernet:x:1> tree",
        (Lora("y", 0.5),),
    )


def test_places_of_tags_and_their_rewriting() -> None:
    prompt = "a <lora:x:0,8> b <hypernet:h:1> <lyco:y:1:lbw=ALL>"
    assert [prompt[start:end] for start, end, _ in lora_tags(prompt)] == [
        "<lora:x:0,8>",
        "<lyco:y:1:lbw=ALL>",
    ]
    assert len(lora_tags(prompt, 1)) == 1
    assert with_lora(prompt, 1, Lora("y", 0.5)) == "a <lora:x:0,8> b <hypernet:h:1> <lora:y:0.5>"
    assert with_lora(prompt, 0, None) == "a b <hypernet:h:1> <lyco:y:1:lbw=ALL>"
    assert with_lora("a <lora:x:1>cat", 0, None) == "a cat"


@settings(deadline=None)
@given(st.text(alphabet="<lora:yc>=te01.,% \\/x", max_size=80))
def test_any_text_is_read(text: str) -> None:
    rest, loras = split_loras(text)
    assert split_loras(rest + "") == (rest, ()) or "<" in rest
    assert len(lora_tags(text)) == len(loras) and all(sentence for _, sentence in tag_remarks(text))


REFS = tuple(
    ModelRef(name, name, "", path)
    for name, path in (
        ("Glow", "/m/loras/Glow.safetensors"),
        ("trail ", "/m/loras/trail .safetensors"),
        ("my style", "/m/loras/people/my style.safetensors"),
        ("twin", "/m/loras/a/twin.safetensors"),
        ("twin", "/m/loras/b/twin.safetensors"),
        ("Case", "/m/loras/Case.safetensors"),
        ("case", "/m/loras/case.safetensors"),
    )
)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("glow", "/m/loras/Glow.safetensors"),
        ("GLOW.safetensors", "/m/loras/Glow.safetensors"),
        ("trail", "/m/loras/trail .safetensors"),
        (" trail ", "/m/loras/trail .safetensors"),
        ("people/my style", "/m/loras/people/my style.safetensors"),
        ("People\\My Style", "/m/loras/people/my style.safetensors"),
        ("my style.safetensors", "/m/loras/people/my style.safetensors"),
        ("b/twin", "/m/loras/b/twin.safetensors"),
        ("twin", None),
        ("CASE", None),
        ("case ", "/m/loras/case.safetensors"),
        ("other/glow", None),
        ("glo", None),
        ("", None),
        ("/m/loras/Glow", None),
        ("../loras/Glow", None),
    ],
)
def test_names_that_are_written_otherwise(name: str, path: str | None) -> None:
    found = alike(name, REFS)
    assert (found.path if found else None) == path


def test_the_library_finds_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    import torch
    from safetensors.torch import save_file

    models = tmp_path_factory.mktemp("models")
    (models / "loras" / "people").mkdir(parents=True)
    for name in ("trail ", "people/Anna"):
        save_file(
            {
                "lora_unet_x.lora_up.weight": torch.zeros(2, 2),
                "lora_unet_x.lora_down.weight": torch.zeros(2, 2),
            },
            models / "loras" / f"{name}.safetensors",
        )
    library = Library(models)
    assert (
        library.find_lora("trail").name == "trail "
        and library.find_lora("people/anna").name == "Anna"
        and library.find_lora("anna.safetensors").name == "Anna"
    )

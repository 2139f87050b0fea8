"""What is offered for a text, and which of a hundred tags come first."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompt.completion import tag_files
from core.prompt.completion.suggestions import (
    Words,
    loras_of,
    names_of,
    suggestions,
    tag_text,
    wants_wildcards,
)
from core.prompt.completion.tag_files import signature_of, tags_of
from core.prompt.completion.tag_index import KEY, TagRow, index_of, key_of

ROWS = (
    TagRow("long_hair", 900, ("longhair", "/lh")),
    TagRow("hair_bow", 950),
    TagRow("saber_(fate)", 5),
    TagRow(">_<", 7),
    TagRow("cat", 1),
    TagRow("cat_ears", 50),
    TagRow("grüne_wiese", 3, ("GRÜN",)),
)
WORDS = Words(
    loras=loras_of(["<lora:Ink:0.8>", "<lora:glow:1>", "<lora:night glow:1>"]),
    embeddings=names_of(["EasyNegative", "badhands.v2"]),
    wildcards=names_of(["animals/cats", "colour"]),
    styles=names_of(["Cinematic", "Anime"]),
    tags=index_of(ROWS),
)


@pytest.mark.parametrize(
    ("before", "texts", "length"),
    [
        ("a house, bad", ["badhands.v2"], 3),
        ("a long ha", ["long hair"], 7),
        ("a photo of longh", ["long hair"], 5),
        ("hair", ["hair bow", "long hair"], 4),
        ("cat", ["cat", "cat ears"], 3),
        (r"(saber \(fa", [r"saber \(fate\)"], 10),
        ("[a:grün", ["grüne wiese"], 4),
        ("a house, cin", ["Cinematic"], 3),
        ("__", ["__animals/cats__", "__colour__"], 2),
        ("red __cats", ["__animals/cats__"], 6),
        ("__colour__, ani", ["Anime"], 3),
        ("<", ["<lora:glow:1>", "<lora:Ink:0.8>", "<lora:night glow:1>"], 1),
        ("x <lo", ["<lora:glow:1>", "<lora:Ink:0.8>", "<lora:night glow:1>"], 3),
        ("<lora:GLOW", ["<lora:glow:1>", "<lora:night glow:1>"], 10),
        ("<lyco:in", ["<lora:Ink:0.8>"], 8),
    ],
)
def test_what_is_offered(before: str, texts: list[str], length: int) -> None:
    found = suggestions(before, WORDS).suggestions
    assert [one.text for one in found] == texts
    assert {one.length for one in found} == {length}


@pytest.mark.parametrize(
    "before",
    [
        "",
        "c",
        "cat, ",
        "badhands.v2",
        "<lora:glow:1",
        "<lora:glow:1>",
        "__colour__",
        "(hat:1.2",
        "a cin",
        "ci",
    ],
)
def test_where_nothing_is_offered(before: str) -> None:
    assert not suggestions(before, WORDS).suggestions


def test_only_what_can_be_nothing_but_a_name_is_chosen_at_once() -> None:
    chosen = [t for t in ("<lora:g", "__co", "long", "bad") if suggestions(t, WORDS).is_meant]
    assert chosen == ["<lora:g", "__co"]
    assert wants_wildcards("a __co") and not wants_wildcards("a __colour__ c")


def test_tags_as_they_are_written() -> None:
    assert tag_text("saber_(fate)", spaces=True) == r"saber \(fate\)"
    assert tag_text("saber_(fate)", spaces=False) == r"saber_\(fate\)"
    assert tag_text(">_<", spaces=True) == ">_<"
    (one,) = suggestions("longh", WORDS).suggestions
    assert (one.text, one.alias, one.count) == ("long hair", "longhair", 900)


_NAMES = st.text("ab_(é", min_size=1, max_size=6).filter(lambda name: name.strip("_"))


@settings(max_examples=40)
@given(st.dictionaries(_NAMES, st.integers(0, 9), max_size=40), st.text("ab_é", max_size=3))
def test_the_index_finds_what_a_look_at_each_would(counts: dict[str, int], typed: str) -> None:
    long = "x" * KEY + "_"  # so that the part behind the key decides
    for before in ("", long):
        rows = [TagRow(before + name, count) for name, count in counts.items()]
        found = index_of(rows).find(before + typed, most=100)
        wanted = key_of(before + typed)
        begin = {row.name for row in rows if wanted and key_of(row.name).startswith(wanted)}
        assert {tag.name for tag in found[: len(begin)]} == begin, "what begins so comes first"
        exact = [tag for tag in found if not before and key_of(tag.name) == wanted]
        assert found[: len(exact)] == exact
        counted = [tag.count for tag in found[len(exact) : len(begin)]]
        assert counted == sorted(counted, reverse=True)
        inner = {tag.name for tag in found[len(begin) :]}
        assert all(f"_{wanted}" in key_of(name) for name in inner)


def test_a_bad_file_costs_itself_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_files, "MAX_NAMES", 200)
    (tmp_path / "b.csv").write_text(
        'name,category,count,alias\nred_hat,0,12,"hat,, crown"\ncat,0,3\n'
    )
    (tmp_path / "c.csv").write_bytes(b"\xef\xbb\xbfdog,0,7,\ncat,4,99999\n\xff\xfe,0,1\n")
    (tmp_path / "broken.csv").write_text('ok,0,1,"never closed\nmore,0,2\n')
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "prose.csv").write_text("Once upon a time, there was, a table\n")
    (tmp_path / "many.csv").write_text("".join(f"t{n}\n" for n in range(201)))
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "left.txt").write_text("no,0,1")
    found = tags_of(signature_of(tmp_path, ".csv"))
    assert len(found.index) == 4
    assert [(tag.name, tag.count) for tag in found.index.find("cat")] == [("cat", 3)]
    assert found.index.find("crown")[0].name == "red_hat"
    assert [sentence.split()[3] for sentence in found.troubles] == [
        "broken.csv",
        "empty.csv",
        "folder.csv",
        "many.csv",
        "prose.csv",
    ]
    assert tags_of(signature_of(tmp_path, ".csv")) is found, "as long as nothing changes"
    assert len(tags_of(signature_of(tmp_path / "none", ".csv")).index) == 0

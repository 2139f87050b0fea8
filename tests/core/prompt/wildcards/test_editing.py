"""Files of wildcards are listed with their counts, written, renamed, deleted and put back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from core.prompt.completion.suggestions import Words, names_of, suggestions
from core.prompt.wildcards import editing
from core.prompt.wildcards.files import Wildcards
from core.system.errors import InvalidRequest, KnownError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    where = tmp_path / "wildcards"
    (where / "warm").mkdir(parents=True)
    (where / "warm" / "Colour.txt").write_text("# a comment\nred\n\norange\n")
    (where / "more.yaml").write_text("places:\n  wet: [lake, sea]\nyear: 1999")
    (where / "bad.yaml").write_text("a: 1\nb: [c\nd: e: f\n")
    return where


def test_they_are_listed_with_counts_and_what_is_wrong(folder: Path) -> None:
    bad, more, colour = editing.wildcard_files(folder)
    assert (colour.name, colour.known, colour.count) == ("warm/Colour.txt", "warm/colour", 2)
    assert (more.name, more.known, more.count, more.trouble) == ("more.yaml", "", 3, "")
    assert bad.trouble.startswith("bad.yaml cannot be used: it is no YAML in line 3: ")
    assert editing.wildcard_files(folder / "nowhere") == ()
    assert set(editing.previews(folder, "warm/Colour.txt", 1, 20)) == {"red", "orange"}
    assert {"1999", "lake", "sea"} == set(editing.previews(folder, "more.yaml", 1, 20))
    assert editing.previews(folder, "bad.yaml", 1, 20) == ()


def test_a_name_that_no_prompt_can_ask_for_says_so(folder: Path) -> None:
    for name in ("coat (warm)", "end_", "a__b"):
        told = editing.write_text(folder, f"{name}.txt", "red")
        assert told.known == "" and f"No prompt can name {name}.txt" in told.trouble
    assert editing.write_text(folder, "été-2 b.c_d.txt", "red").known == "été-2 b.c_d"
    words = Words(wildcards=names_of(Wildcards(folder).listed()))
    offered = suggestions("__", words).suggestions
    assert [one.text for one in offered if "coat" in one.text or "été" in one.text] == [
        "__été-2 b.c_d__"
    ]


def test_a_text_is_written_whole_and_told(folder: Path) -> None:
    told = editing.write_text(folder, "warm/Colour.txt", "red\n" * 100_000)
    assert told.count == 100_000 and not told.trouble
    assert editing.read_text(folder, "warm/Colour.txt").count("\n") == 100_000
    told = editing.write_text(folder, "more.yaml", "a: [")
    assert "in line" in told.trouble and editing.read_text(folder, "more.yaml") == "a: ["
    for name in ("../secret.txt", "nowhere.txt"):
        with pytest.raises(KnownError):
            editing.read_text(folder, name)


def test_names(folder: Path) -> None:
    assert editing.new_file(folder, " cold/ice ") == "cold/ice.txt"
    assert editing.new_file(folder, "animals.yaml") == "animals.yaml"
    for name in (
        "cold/ice",
        "",
        "../x",
        "a__b",
        ".hidden",
        "a//b",
        "x" * 200,
        "a|b",
        "con",
        "end_",
    ):
        with pytest.raises(KnownError):
            editing.new_file(folder, name)
    assert editing.rename_file(folder, "cold/ice.txt", "cold/snow") == "cold/snow.txt"
    with pytest.raises(InvalidRequest, match="already"):
        editing.rename_file(folder, "cold/snow.txt", "warm/Colour")
    assert (folder / "cold" / "snow.txt").exists()


def test_what_is_deleted_lies_aside_for_a_month(folder: Path) -> None:
    mark = editing.delete_file(folder, "warm/Colour.txt")
    assert Wildcards(folder).values("warm/colour") == ()
    assert editing.sweep_deleted(folder) == 0
    editing.put_back(folder, "warm/Colour.txt", mark)
    assert len(Wildcards(folder).values("warm/colour")) == 2
    mark = editing.delete_file(folder, "warm/Colour.txt")
    editing.new_file(folder, "warm/Colour")
    with pytest.raises(InvalidRequest, match="already"):
        editing.put_back(folder, "warm/Colour.txt", mark)
    assert editing.sweep_deleted(folder, time.time() + editing.KEPT_SECONDS + 60) == 2

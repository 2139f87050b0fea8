"""What is drawn by chance: choices, wildcards of every kind of file, and what cannot be used."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompt.wildcards.drawing import draw, has_choices
from core.prompt.wildcards.files import Value, Wildcards

NONE = Wildcards(Path("nowhere"))


def several(text: str, source: Wildcards = NONE, count: int = 60) -> Counter[str]:
    return Counter(draw(text, source, seed).text for seed in range(count))


@pytest.fixture
def folder(tmp_path: Path) -> Wildcards:
    where = tmp_path / "wildcards"
    (where / "warm").mkdir(parents=True)
    (where / "cold").mkdir()
    (where / "warm" / "colour.txt").write_text("# a comment\nred\n\norange\n")
    (where / "cold" / "colour.txt").write_text("blue\n3::grey\n")
    (where / "animal.txt").write_text("a __*/colour__ cat\n{big|small} dog\n")
    (where / "loop.txt").write_text("x __loop__")
    (where / "more.yaml").write_text(
        "places:\n  wet: [lake, sea]\n  dry:\n    - desert\nyear: 1999"
    )
    (tmp_path / "secret.txt").write_text("secret")
    return Wildcards(where)


def test_choices() -> None:
    assert set(several("a {red|blue} cat")) == {"a red cat", "a blue cat"}
    assert set(several("{a|{b|c}}")) == {"a", "b", "c"}
    assert several("{1::a|9::b}", count=400)["b"] > 300
    assert set(several("{0.0::a|b}")) == {"b"}
    pairs = set(several("{2$$a|b|c}", count=200))
    assert pairs == {f"{x}, {y}" for x in "abc" for y in "abc" if x != y}
    lengths = {len(text.split(" and ")) for text in several("{2-3$$ and $$a|b|c}", count=200)}
    assert lengths == {2, 3}
    few = set(several("{-2$$a|b|c}", count=200))
    assert few == {*"abc"} | pairs, "no lower bound is the least, which is one"
    assert set(several("{0-1$$a}")) == {"", "a"}
    assert set(several("{5$$a|b}")) == {"a, b", "b, a"}
    braces = ("{red}", "{{best}}", "a {b", "b} |", "\\{a|b\\}", "${a|b}", '{"a": 1}', "{}")
    for plain in (*braces, "{٢$$a}", ""):
        assert set(several(plain)) == {plain}


def test_wildcards(folder: Wildcards) -> None:
    assert set(several("__warm/colour__", folder)) == {"red", "orange"}
    every = several("__*/colour__", folder, 400)
    assert set(every) == {"red", "orange", "blue", "grey"} and every["grey"] > every["red"]
    assert set(several("__Places/Wet__ __year__", folder)) == {"lake 1999", "sea 1999"}
    assert set(several("__places/*__", folder)) == {"lake", "sea", "desert"}
    assert set(several("{2$$__warm/colour__}", folder)) == {"red, orange", "orange, red"}
    assert {"a red cat", "big dog"} <= set(several("__animal__", folder, 200))
    assert folder.names() == (
        "animal", "cold/colour", "loop", "places/dry", "places/wet", "warm/colour", "year",
    )  # fmt: skip
    assert folder.troubles == []


def test_names_beside_letters_and_each_other(folder: Wildcards) -> None:
    assert set(several("two __warm/colour__s", folder)) == {"two reds", "two oranges"}
    assert set(several("__year____year__ __year___x", folder)) == {"19991999 1999_x"}
    for words in ("my__year__style", "<lora:my__year__style:1>", "__year", "____", "_year_"):
        assert set(several(words, folder)) == {words}


def test_files_as_other_programs_save_them(tmp_path: Path) -> None:
    (tmp_path / "utf16.txt").write_bytes("röt\n# no\n2::blau\r\n".encode("utf-16"))
    (tmp_path / "old.txt").write_bytes("grün – hell".encode("cp1252"))
    (tmp_path / "french.txt").write_bytes("thé, crème\n“CAFÉ”".encode("cp1252"))
    (tmp_path / "damaged.txt").write_bytes("röt\n猫\n".encode() + b"bad\xff")
    (tmp_path / "mark.txt").write_bytes("\ufeffweiß".encode())
    (tmp_path / "list.json").write_text('{\n\t"birds": {\n\t\t"wet": ["duck", 5, true, null]}}')
    (tmp_path / "broken.json").write_text('{"a": [')
    source = Wildcards(tmp_path)
    assert set(several("__utf16__", source)) == {"röt", "blau"}
    assert set(several("__old__ __mark__", source)) == {"grün – hell weiß"}
    assert set(several("__french__", source)) == {"thé, crème", "“CAFÉ”"}
    assert set(several("__damaged__", source)) == {"röt", "猫", "bad\ufffd"}
    assert set(several("__birds/wet__", source)) == {"duck", "5"}
    assert len(source.troubles) == 1 and "broken.json" in source.troubles[0]


def test_what_is_not_there_stays_and_is_said_at_its_place(folder: Wildcards) -> None:
    for name in ("nope", "../secret", "/etc/passwd", "..", "warm/../../secret", "nope/*"):
        text = f"a __{name}__ b"
        drawn = draw(text, folder, 1)
        assert drawn.text == text, name
        assert all(text[p.start : p.end] == f"__{name}__" for p in drawn.problems)
    assert [p.message for p in draw("__nope__", folder, 1).problems] == [
        'There is no wildcard "nope".'
    ]
    loop = draw("a __loop__", folder, 1)
    assert loop.text == "a x __loop__" and loop.problems[0].start == 2
    assert "leads back to itself" in loop.problems[0].message


def test_bad_files_cost_themselves_only(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("good")
    (tmp_path / "bomb.yaml").write_text("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]")
    (tmp_path / "deep.yaml").write_text("[" * 5000)
    (tmp_path / "broken.yml").write_text("a: [b")
    (tmp_path / "odd.txt").write_bytes(b"\xff\xfeblack\x00")
    (tmp_path / "many.txt").write_text("\n".join(f"line {n}" for n in range(100_000)))
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    (tmp_path / "folder.txt").mkdir()
    source = Wildcards(tmp_path)
    assert draw("__good__", source, 1).text == "good"
    assert draw("__many__", source, 3).text.startswith("line ")
    assert draw("__link__ __folder__", source, 1).text == "__link__ __folder__"
    assert {"good", "many", "odd"} <= set(source.names())
    named = " ".join(source.troubles)
    assert len(source.troubles) == 3 and "bomb" in named and "deep" in named and "broken" in named


def test_the_same_seed_draws_the_same(folder: Wildcards) -> None:
    text = "{a|b|c} __animal__ {2$$d|e|f}"
    again = Wildcards(folder.folder)
    for seed in range(20):
        assert draw(text, folder, seed) == draw(text, again, seed)
    assert draw(text, folder, 2**63).text != text
    apart = [(draw(text, folder, n).text, draw(text, folder, n, which="-").text) for n in range(9)]
    assert any(one != other for one, other in apart)


class Endless:
    """Every name stands for two others."""

    def values(self, name: str) -> tuple[Value, ...]:
        return (Value(f"__{name}a__ __{name}b__"),)


def test_nothing_grows_without_end() -> None:
    drawn = draw("__x__", Endless(), 1)
    assert drawn.text == "__x__" and len(drawn.problems) == 1
    for piece in ("{", "}", "{a|", "{1$$", "__", "__a", "{a|b}", "|"):
        text = piece * (20_000 // len(piece))
        assert isinstance(draw(text, NONE, 1).text, str)


@given(st.lists(st.sampled_from([*"{}|$_\\a *:1", "$$", "__", "2$$", "::"]), max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_text_is_drawn(pieces: list[str]) -> None:
    text = "".join(pieces)
    drawn = draw(text, NONE, 7)
    assert drawn == draw(text, NONE, 7)
    assert has_choices(text) or drawn.text == text
    assert all(0 <= p.start < p.end <= len(text) for p in drawn.problems)

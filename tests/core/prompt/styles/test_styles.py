"""Styles around a prompt, from the files of every program that has them; bad files cost
themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli.generate import styled
from core.prompt.expand import expand
from core.prompt.grammar.script import parse_script
from core.prompt.styles.files import OWN, chosen_styles, read_styles, styles_in
from core.prompt.styles.style import PLACE, Style
from core.prompt.styling import with_styles
from core.system.errors import InvalidRequest
from core.values.request import Request

FILES = {
    "a1111.csv": (
        'name,prompt,negative_prompt\nNone,,\nInk,"{prompt}, in ink",colour\nDusk,at dusk,\n'
    ),
    "old.csv": "name,text,negative_text\nOld,old words,new words\n",
    "fooocus.json": json.dumps(
        [
            {"name": "sai-oil", "prompt": "oil of {prompt} .", "negative_prompt": "photo"},
            {"name": "", "prompt": "x"},
            5,
        ]
    ),
    "invoke.json": json.dumps(
        [
            {"name": "Preset", "positive_prompt": "{prompt}, lit", "negative_prompt": "dark"},
            {"name": "Row", "preset_data": {"positive_prompt": "p", "negative_prompt": "n"}},
        ]
    ),
}


def test_the_files_of_other_programs_are_read(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    found = styles_in(tmp_path)
    assert found.troubles == ()
    assert found.styles["Ink"] == Style("Ink", "{prompt}, in ink", "colour")
    assert found.styles["Old"] == Style("Old", "old words", "new words")
    assert found.styles["sai-oil"].negative == "photo"
    assert found.styles["Preset"] == Style("Preset", "{prompt}, lit", "dark")
    assert found.styles["Row"] == Style("Row", "p", "n")
    chosen = chosen_styles(found, ["ink", "Dusk", "old"])
    assert with_styles("a cat", "fog", chosen) == (
        "a cat, in ink, at dusk, old words",
        "fog, colour, new words",
    )
    assert with_styles("", "", chosen[1:2]) == ("at dusk", "")


def test_tables_as_other_programs_save_them_and_files_of_one_style(tmp_path: Path) -> None:
    table = 'name;prompt;negative_prompt\r\nHüh;"a; {prompt}";kühl\r\n'
    for name, data in (("old", table.encode("cp1252")), ("new", table.encode("utf-16"))):
        (tmp_path / f"{name}.csv").write_bytes(data)
        assert read_styles(tmp_path / f"{name}.csv") == (Style("Hüh", "a; {prompt}", "kühl"),)
    (tmp_path / "tabs.csv").write_text("name\tprompt\nTabs\ta, b; c")
    assert read_styles(tmp_path / "tabs.csv") == (Style("Tabs", "a, b; c"),)
    one = {"name": "One", "prompt": "{prompt}, one", "negative": "two", "extra": "", "preview": ""}
    (tmp_path / "one.json").write_text(json.dumps(one))
    assert read_styles(tmp_path / "one.json") == (Style("One", "{prompt}, one", "two"),)


def test_bad_files_cost_themselves(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(FILES["a1111.csv"])
    (tmp_path / "quotes.csv").write_text('name,prompt\nInk,"never closed\n')
    (tmp_path / "wide.csv").write_text("name,prompt\nx," + "y" * 200_000)
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "none.json").write_text('{"a": 1}')
    (tmp_path / "bytes.csv").write_bytes(b"\xff\x00\xfe")
    found = styles_in(tmp_path, tmp_path / "nowhere")
    assert set(found.styles) == {"Ink", "Dusk"} and len(found.troubles) == 5
    assert all(trouble.startswith("The styles of ") for trouble in found.troubles)


def test_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file,) = OWN.glob("*.json")
    own = read_styles(file)
    assert len(own) == len({style.name for style in own}) == 60
    assert all(PLACE in style.prompt and style.negative and style.category for style in own)
    assert not any(parse_script(style.prompt).problems for style in own)
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path))
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "mine.csv").write_text("name,prompt\nMine,mine all mine")
    asked = styled(Request("a cat # or two", "fog"), ["woodcut", "Mine"])
    (request,) = expand(asked.check())
    assert request.prompt.startswith("woodcut of a cat, carved") and "mine all" in request.prompt
    assert request.negative_prompt.startswith("fog, ")
    assert (request.template, request.negative_template) == ("a cat # or two", "fog")
    assert [style.name for style in request.styles] == ["Woodcut", "Mine"]
    with pytest.raises(InvalidRequest, match='no style "nope"'):
        styled(Request("a cat"), ["nope"])

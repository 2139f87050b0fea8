"""A person's own styles: written, taken over from files, exported whole, deleted and put back."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.cli.main import run
from core.prompt.styles import own
from core.prompt.styles.files import MINE, PREVIEWS, preview_name
from core.prompt.styles.style import Style
from core.service.words import style_files
from core.service.words.style_files import (
    all_styles,
    export_styles,
    import_styles,
    keep_preview,
    preview_of,
    save_style,
)
from core.system.errors import InvalidRequest, KnownError, WorldError
from core.system.paths import Places, places

INK = Style("Ink", "{prompt}, in ink", "colour", "Mine", (("steps", 9), ("sampler", "euler")))


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return places(tmp_path / "data").create()


def test_a_style_is_written_changed_deleted_and_put_back(where: Places) -> None:
    own.save_style(where.styles, INK)
    own.save_style(where.styles, Style("Woodcut", "my own woodcut of {prompt}"))
    found = all_styles(where)
    assert found.styles["Ink"] == INK and found.mine == {"Ink", "Woodcut"}
    assert found.styles["Woodcut"].prompt.startswith("my own"), "before the program's"
    with pytest.raises(InvalidRequest, match="already"):
        own.save_style(where.styles, replace(INK, name="ink"), "Woodcut")
    own.save_style(where.styles, replace(INK, name="Pen", parameters=()), "Ink")
    removed = own.delete_styles(where.styles, ["pen"])
    assert "Pen" not in all_styles(where).styles
    own.put_back(where.styles, removed)
    rows = json.loads((where.styles / MINE).read_text())
    assert [row["name"] for row in rows] == ["Pen", "Woodcut"] and "parameters" not in rows[0]
    (where.styles / MINE).write_text(json.dumps([*rows, rows[0] | {"prompt": "twice"}]))
    own.put_back(where.styles, own.delete_styles(where.styles, ["pen"]))
    assert len(json.loads((where.styles / MINE).read_text())) == 3, "of one name, both"
    for bad in (replace(INK, name=" "), Style("Empty"), Style("Long", "x" * 20_001)):
        with pytest.raises(InvalidRequest):
            own.save_style(where.styles, bad)


def test_a_file_that_cannot_be_read_is_not_written_over(where: Places) -> None:
    where.styles.mkdir()
    (where.styles / MINE).write_text("[{")
    with pytest.raises(WorldError, match=r"mine\.json cannot be read"):
        own.save_style(where.styles, INK)
    assert (where.styles / MINE).read_text() == "[{"


def test_parameters_are_checked_one_by_one(where: Places) -> None:
    where.styles.mkdir()
    bad = {"steps": -4, "guidance": 7, "sampler": "nope", "width": 65, "seed": 3, "clip_skip": True}
    row = {"name": "Odd", "prompt": "odd", "parameters": bad, "preview": "../../secret.png"}
    (where.styles / "odd.json").write_text(json.dumps([row]))
    odd = all_styles(where).styles["Odd"]
    assert odd.parameters == (("guidance", 7),) and odd.preview == ""


def test_what_goes_out_comes_in_whole(where: Places, tmp_path: Path) -> None:
    own.save_style(where.styles, INK)
    Image.new("RGB", (640, 320), "red").save(tmp_path / "red.png")
    keep_preview(where, "Ink", tmp_path / "red.png")
    ink = all_styles(where).styles["Ink"]
    assert preview_of(ink)[:2] == b"\xff\xd8"
    save_style(where, replace(ink, name="Pen"), "Ink")
    assert all_styles(where).styles["Pen"].preview not in ("", ink.preview)
    (where.styles / PREVIEWS / preview_name("Quill")).mkdir()  # which no file replaces
    save_style(where, replace(ink, name="Quill"), "Pen")
    assert "Quill" in all_styles(where).mine
    save_style(where, replace(ink, name="Pen"), "Quill")
    save_style(where, ink, "Pen")
    export_styles(tmp_path / "out.json", [ink])
    export_styles(tmp_path / "out.csv", [ink])
    other = places(tmp_path / "other").create()
    came = import_styles(other, tmp_path / "out.json")
    assert (came.names, came.found) == (("Ink",), 1)
    there = all_styles(other).styles["Ink"]
    assert replace(there, preview="") == INK
    with Image.open(there.preview) as image:
        assert image.size == (256, 128)
    assert import_styles(other, tmp_path / "out.json").names == ()
    assert import_styles(other, tmp_path / "out.csv").names == ("Ink 2",), "without parameters"


def test_what_goes_out_with_many_previews_comes_in_again(where: Places, tmp_path: Path) -> None:
    (tmp_path / "large.jpg").write_bytes(bytes(style_files.LARGEST_PREVIEW))
    many = [replace(INK, name=f"{n}", preview=str(tmp_path / "large.jpg")) for n in range(30)]
    export_styles(tmp_path / "out.json", many)
    assert (tmp_path / "out.json").stat().st_size > 2**24
    assert len(import_styles(where, tmp_path / "out.json").names) == 30


@pytest.mark.parametrize("text", ["", "[[[", '{"a": 1}', "[]", '[{"name": "x"}]'])
def test_a_bad_file_costs_itself_with_a_sentence(where: Places, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(KnownError, match=r"The styles of bad\.json cannot be used: "):
        import_styles(where, tmp_path / "bad.json")
    assert not (where.styles / MINE).exists()


def test_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path / "data"))
    (tmp_path / "a.csv").write_text('name,prompt,negative_prompt\nDusk,"{prompt}, dusk",day\n')
    (tmp_path / "bad.csv").write_text("name,prompt\n")
    out = tmp_path / "out.json"
    files = ["--import", str(tmp_path / "bad.csv"), "--import", str(tmp_path / "a.csv")]
    assert run(["styles", *files, "--export", str(out), "--json"]) == 1
    said = capsys.readouterr()
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert rows[-1]["name"] == "Dusk" and rows[-1]["mine"] and len(rows) == 61
    assert "bad.csv cannot be used" in said.err and "1 of 1 styles are new" in said.err
    assert [row["name"] for row in json.loads(out.read_text())] == ["Dusk"]


def test_a_file_of_one_style_brings_its_preview(where: Places, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "red.jpg")
    picture = base64.b64encode((tmp_path / "red.jpg").read_bytes()).decode()
    row = {"name": "One", "prompt": "one", "preview": f"data:image/jpeg;base64,{picture}"}
    (tmp_path / "one.json").write_text(json.dumps(row))
    assert import_styles(where, tmp_path / "one.json").names == ("One",)
    assert preview_of(all_styles(where).styles["One"])[:2] == b"\xff\xd8"
    rows = [row | {"prompt": "another"}, {"name": "One 2", "prompt": "two"}]
    (tmp_path / "two.json").write_text(json.dumps(rows))
    assert import_styles(where, tmp_path / "two.json").names == ("One 2", "One 2 2")
    found = all_styles(where).styles
    assert found["One 2"].preview and not found["One 2 2"].preview, "each has its own"

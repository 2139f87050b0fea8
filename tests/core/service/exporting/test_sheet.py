"""Contact sheets: where pictures stand, what is written below them, and what files come of it."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from core.cli import main
from core.service.exporting.export import Exported
from core.service.exporting.sheet import making
from core.service.exporting.sheet.choices import Paper, SheetChoices, SheetKind
from core.service.exporting.sheet.making import make_sheet
from core.service.exporting.sheet.page import SheetPages
from core.service.exporting.sheet.typeface import Typeface
from core.system.errors import InvalidRequest
from core.system.paths import Places

COLOURS = [(200, 0, 0), (0, 160, 0), (0, 0, 220), (200, 160, 0), (0, 160, 200)]
SMALL = SheetChoices(columns=2, paper=Paper.SCREEN, title="Five")  # two pictures a page


def pictures(folder: Path) -> list[Path]:
    paths: list[Path] = []
    for number, colour in enumerate(COLOURS):
        paths.append(folder / f"{number}.png")
        Image.new("RGB", (64, 48 + 40 * (number % 2)), colour).save(paths[-1])
    return paths


def colours_on(page: Image.Image) -> list[tuple[int, ...]]:
    """Those of the pictures, from left to right and top to bottom."""
    rgb = page.convert("RGB").resize(
        (page.width // 10, page.height // 10), Image.Resampling.NEAREST
    )
    seen: dict[tuple[int, ...], None] = {}
    for at in range(rgb.width * rgb.height):
        pixel = rgb.getpixel((at % rgb.width, at // rgb.width))
        assert isinstance(pixel, tuple)
        if max(pixel) - min(pixel) > 60:
            seen[tuple(round(value, -1) for value in pixel)] = None
    return list(seen)


@pytest.mark.parametrize("columns", [1, 2, 3, 20])
@pytest.mark.parametrize("paper", Paper)
def test_all_places_lie_on_the_page_beside_each_other(paper: Paper, columns: int) -> None:
    layout = SheetPages(SheetChoices(columns=columns, paper=paper, title="x"), 7).layout
    places = [layout.place(at) for at in range(layout.per_page)]
    assert layout.rows >= 1 and min(layout.box) >= 40
    for x, y in places:
        assert layout.margin <= x and x + layout.box[0] <= layout.page[0] - layout.margin
        assert layout.top <= y and y + layout.box[1] + layout.caption <= layout.page[1]
    assert len({x for x, _ in places}) == columns and len({y for _, y in places}) == layout.rows


@pytest.mark.parametrize("kind", [SheetKind.PNG, SheetKind.JPEG])
def test_each_page_is_a_picture(tmp_path: Path, kind: SheetKind) -> None:
    told: list[Exported] = []
    moved: list[None] = []
    end = make_sheet(
        pictures(tmp_path), 5, SMALL, tmp_path / "out" / f"s.{kind}", kind,
        told=told.append, moved=lambda: moved.append(None),
    )  # fmt: skip
    ending = "png" if kind is SheetKind.PNG else "jpg"
    names = [f"s {number}.{ending}" for number in (1, 2, 3)]
    assert sorted(os.listdir(tmp_path / "out")) == names
    assert (end.written, end.failed, end.fault, len(moved)) == (5, (), None, 5)
    assert [one.path.name for one in told if one.path] == [names[at // 2] for at in range(5)]
    for at, name in enumerate(names):
        shown = colours_on(Image.open(tmp_path / "out" / name))
        wanted = [tuple(round(value, -1) for value in rgb) for rgb in COLOURS[2 * at : 2 * at + 2]]
        assert len(shown) >= len(wanted), name
        assert kind is SheetKind.JPEG or sorted(shown) == sorted(wanted), name
    assert b"compositeWithTrainedAlgorithmicMedia" in (tmp_path / "out" / names[0]).read_bytes()


def test_a_pdf_has_all_pages_and_its_list_of_places_is_true(tmp_path: Path) -> None:
    for name in ("s.pdf", "s-2.pdf"):
        end = make_sheet(pictures(tmp_path), 5, SMALL, tmp_path / "s.pdf", SheetKind.PDF)
        assert end.target == tmp_path / name and end.written == 5
    data = (tmp_path / "s.pdf").read_bytes()
    assert data.count(b"/Type /Page ") == 3 and b"/Count 3" in data
    start = int(data.rpartition(b"startxref\n")[2].split()[0])
    assert data[start:].startswith(b"xref\n")
    places = [int(place) for place in re.findall(rb"^(\d{10}) 00000 n", data[start:], re.M)]
    for number, place in enumerate(places, 1):
        assert data[place:].startswith(b"%d 0 obj\n" % number)
    jpegs = re.findall(rb"/DCTDecode /Length (\d+) >>\nstream\n", data)
    first = data.index(b"/DCTDecode")
    body = data[data.index(b"stream\n", first) + 7 :][: int(jpegs[0])]
    with Image.open(io.BytesIO(body)) as page:
        assert page.size == Paper.SCREEN.pixels and len(colours_on(page)) >= 2


def test_a_picture_that_cannot_be_read_is_an_empty_place(tmp_path: Path) -> None:
    paths = pictures(tmp_path)
    paths[1].write_bytes(b"no picture")
    end = make_sheet(paths[:2], 2, SMALL, tmp_path / "s.png", SheetKind.PNG)
    assert end.written == 1 and [one.source for one in end.failed] == [paths[1]]
    assert len(colours_on(Image.open(tmp_path / "s.png"))) == 1


def test_nothing_half_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = pictures(tmp_path)
    left = iter(range(3))
    out = tmp_path / "out" / "s.pdf"
    end = make_sheet(
        paths, 5, SMALL, out, SheetKind.PDF, wanted=lambda: next(left, None) is not None
    )
    assert end.stopped and end.written == 0 and os.listdir(out.parent) == []

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "sync_file", full)
    end = make_sheet(paths, 5, SMALL, out, SheetKind.PDF)
    assert "No space left" in str(end.fault) and end.written == 0 and os.listdir(out.parent) == []


def test_captions_are_broken_between_words_and_end_in_dots() -> None:
    face = Typeface(20)
    lines = face.wrapped("a red fox in the snow " * 5, 200, 2)
    assert len(lines) == 2 and lines[1].endswith("\u2026") and not lines[0].endswith(" ")
    assert all(face.width(line) <= 200 for line in lines)
    assert face.wrapped("W" * 90, 100, 2)[1].endswith("\u2026") and face.wrapped("", 9, 2) == []
    image = Image.new("L", (300, 40))
    face.draw(ImageDraw.Draw(image), (0, 0), "fox \u72d0\u0301\U0001f98a\x07\ud800", "white")
    assert image.getbbox() is not None
    # words from right to left, drawn together: else the first would stand at the left
    text = "a \u05e9\u05dc, \u05e2\u05d5 b"
    runs = [run for _, run in face._runs(text)]
    assert runs in ([text[:2], text[2:-2], text[-2:]], [text])  # where no font knows them


def test_the_command_line_makes_one(
    where: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(path) for path in pictures(tmp_path)]

    def ask(*arguments: str) -> tuple[int, list[dict[str, str]]]:
        capsys.readouterr()
        code = main.run(["gallery", "export", "--contact-sheet", "--json", *arguments])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    code, lines = ask(*paths, "--out", str(tmp_path), "--caption", "", "--page", "letter")
    assert code == 0 and {line["path"] for line in lines} == {str(tmp_path / "Contact sheet.pdf")}
    assert [line["source"] for line in lines] == paths
    code, lines = ask(*paths[:1], "--out", str(tmp_path / "x.jpg"), "--columns", "1")
    assert code == 0 and lines[0]["path"] == str(tmp_path / "x.jpg")
    for wrong in (
        ("--zip",),
        ("--columns", "0"),
        ("--page", "a9"),
        ("--format", "webp"),
        ("--caption", "{x}"),
    ):
        assert ask(*paths, "--out", str(tmp_path), *wrong) == (2, [])
    with pytest.raises(InvalidRequest):
        SheetChoices(title="x" * 300).check()

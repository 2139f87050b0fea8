"""Figures are saved as PNG and CSV, with what belongs to them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QLabel

from core.service.insight.figure_table import FigureTable, csv_of_table
from desktop.insight.opened.figure_saving import FigureSaving, drawn
from desktop.widgets.notices import NoticeBar
from tests.desktop.parts import HeldTasks

TABLE = FigureTable(
    name="guidance",
    caption="What guidance adds.",
    scale="Root mean square of latents.",
    recipe='a "red" house\nSteps: 4',
    columns=("step", "adds"),
    rows=((1, 0.1), (2, None)),
)


def test_numbers_stand_below_their_words() -> None:
    lines = list(csv.reader(csv_of_table(TABLE).splitlines()))
    assert lines[:4] == [
        ["# What guidance adds."],
        ["# Root mean square of latents."],
        ['# a "red" house'],
        ["# Steps: 4"],
    ]
    assert lines[4:] == [["step", "adds"], ["1", "0.1"], ["2", ""]]
    assert csv_of_table(replace(TABLE, recipe="", scale="")).startswith(
        "# What guidance adds.\r\ns"
    )


def test_a_figure_is_written_as_png_and_csv_and_overwrites_nothing(
    tasks: HeldTasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = QLabel("a curve")
    window.resize(300, 100)
    notice = NoticeBar()
    saving = FigureSaving(tasks, notice, window)
    named: list[str] = [str(tmp_path / "mine.png"), str(tmp_path / "mine.png"), ""]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (named.pop(0), ""))
    drawing = drawn(window)
    assert drawing.size().toTuple() == (600, 200)
    for _ in range(3):
        saving.ask(TABLE, drawing)
    assert tasks.run_all() == 2
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["mine-2.csv", "mine-2.png", "mine.csv", "mine.png"]
    assert "mine-2.png" in notice.top().text and "mine-2.csv" in notice.top().text
    with Image.open(tmp_path / "mine.png") as image:
        assert image.width > 600 and image.height > 200 + 2 * 3 * 13, "the words are below it"
        assert image.info["Title"] == TABLE.caption and image.info["Comment"] == TABLE.recipe
        assert image.info["Description"] == TABLE.scale
    part = QImage(str(tmp_path / "mine.png")).copy(24, 24, 600, 200)
    assert part == drawing.convertToFormat(part.format()), "the figure itself is whole"
    assert csv_of_table(TABLE) == (tmp_path / "mine.csv").read_bytes().decode()

"""Styles in a form: chips in step with the draft, all styles to choose from, made, changed, taken
over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.prompt.expand import expand
from core.prompt.styles.own import save_style
from core.prompt.styles.style import Style
from core.service.making.runner import Outcome
from core.service.stores import Stores
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle
from desktop.form.styles.acts import StyleActs
from desktop.form.styles.chips import StyleChips
from desktop.widgets.notices import NoticeBar
from tests.desktop.parts import HeldTasks, put_picture, services_over, starter_library

INK = Style("Ink", "{prompt}, in ink", "colour", "Mine", (("steps", 9), ("sampler", "euler")))


class Bench:
    """The chips of a form and what is done with them, over real files."""

    def __init__(self, stores: Stores, qtbot: QtBot) -> None:
        self.stores = stores
        self.tasks = HeldTasks()
        self.library = starter_library(stores, self.tasks.faults)
        self.services = services_over(self.library, stores, self.tasks)
        self.draft = self.services.draft
        self.window, self.notice = QWidget(), NoticeBar()
        for widget in (self.window, self.notice):
            qtbot.addWidget(widget)
        self.before: QWidget = QPushButton("before")
        self.behind = QPushButton("behind")
        self.chips = StyleChips(self.draft, self.behind)
        column = QVBoxLayout(self.window)
        for part in (self.before, self.chips, self.behind):
            column.addWidget(part)
        self.acts = StyleActs(self.services, self.chips, self.notice, self.window)
        self.window.resize(400, 200)
        self.window.show()

    def names(self) -> list[str]:
        return [style.name for style in self.draft.stored().styles]

    def open(self) -> None:
        self.acts.choose()
        self.tasks.run_all()


@pytest.fixture
def bench(stores: Stores, qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(stores, qtbot)
    yield made
    made.library.end()
    made.services.thumbnails.close()


def test_chips_follow_the_draft_and_each_act_is_one_step(bench: Bench) -> None:
    assert not bench.chips.isVisible()
    for name in ("One", "Two", "Three"):
        bench.chips.add(ChosenStyle(name, f"{name} words"))
    assert bench.chips.isVisible() and bench.names() == ["One", "Two", "Three"]
    first = bench.chips.chips[0].name
    order, part = [], bench.before
    while (part := part.nextInFocusChain()) is not bench.before:
        order += [part] if part.focusPolicy() != Qt.FocusPolicy.NoFocus else []
    assert order == [*(chip.name for chip in bench.chips.chips), bench.behind]
    assert first.accessibleName() == "Style One" and "One words" in first.toolTip()
    first.click()
    assert not bench.draft.stored().styles[0].on
    bench.draft.undo()
    assert bench.draft.stored().styles[0].on and bench.chips.chips[0].name.isChecked()
    QTest.keyClick(first, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert bench.names() == ["Two", "One", "Three"]
    QTest.keyClick(bench.chips.chips[1].name, Qt.Key.Key_Delete)
    assert bench.names() == ["Two", "Three"]
    bench.chips.chips[1].remove.click()
    bench.chips.carry(0, 0)
    bench.draft.undo()
    bench.draft.undo()
    bench.draft.undo()
    assert bench.names() == ["One", "Two", "Three"]
    bench.chips.add(ChosenStyle("two", "other words"))
    assert [style.prompt for style in bench.draft.stored().styles][1] == "other words"
    menu = bench.chips.menu_of(0)
    words = {action.text(): action for action in menu.actions()}
    assert not words["Move forward"].isEnabled() and words["Move back"].isEnabled()
    words["Switch off"].trigger()
    assert not bench.draft.stored().styles[0].on
    menu.deleteLater()


def test_a_chip_is_dropped_between_others(bench: Bench) -> None:
    for name in ("One", "Two", "Three"):
        bench.chips.add(ChosenStyle(name, "words"))
    bench.window.layout().activate()  # type: ignore[union-attr]
    boxes = [chip.geometry() for chip in bench.chips.chips]
    assert bench.chips.place_at(boxes[0].topLeft() + QPoint(1, 1)) == 0
    assert bench.chips.place_at(boxes[1].center() + QPoint(4, 0)) == 2
    assert bench.chips.place_at(QPoint(boxes[2].right() + 30, boxes[2].top() + 2)) == 3


def test_the_picker_finds_shows_and_chooses(bench: Bench) -> None:
    save_style(bench.stores.places.styles, INK)
    bench.open()
    picker = bench.acts.picker
    assert picker is not None and picker.list.rowCount() == 61
    picker.field.setText("mine ink")
    assert [style.name for style in picker.listed()] == ["Ink"]
    assert (
        "in ink" in picker.adds.toPlainText() and "Keeps out: colour" in picker.adds.toPlainText()
    )
    assert picker.values.text() == "Steps 9, Sampler Euler" and picker.delete.isEnabled()
    QTest.keyClick(picker.field, Qt.Key.Key_Return)
    assert bench.names() == ["Ink"] and picker.use.text() == "Take out of the form"
    picker.take_values.click()
    assert (bench.draft.stored().steps, bench.draft.stored().sampler) == (9, "euler")
    picker.use.click()
    assert bench.names() == [] and picker.use.text() == "Add to the form"
    picker.field.clear()
    picker.category.setCurrentIndex(picker.category.findData("Print"))
    assert all(style.category == "Print" for style in picker.listed()) and picker.listed()
    assert not picker.delete.isEnabled() and "comes with" in picker.delete.toolTip()
    picker.mark("Ink")
    assert picker.list.row_of("Ink") > 0
    bench.acts.collection.read()  # as when a preview was made meanwhile
    bench.tasks.run_all()
    assert picker.current().name == "Ink" and picker.name.text() == "Ink"  # type: ignore[union-attr]


def test_a_style_is_made_of_the_form_changed_and_deleted(bench: Bench) -> None:
    bench.open()
    bench.draft.set(prompt="a cat in snow <lora:ink:0.5>", negative_prompt="fog", steps=7)
    bench.acts.new()
    dialog = bench.acts.dialog
    assert dialog is not None
    assert dialog.prompt.toPlainText() == "{prompt}, a cat in snow"
    dialog.keep.click()
    bench.tasks.run_all()
    assert dialog.problem.isVisible() and "no name" in dialog.problem.text()
    dialog.name.setText("Snow")
    next(box for box, values in dialog.ticks if "steps" in values).setChecked(True)
    dialog.keep.click()
    bench.tasks.run_all()
    assert bench.acts.dialog is None and bench.acts.collection.style("snow") == Style(
        "Snow", "{prompt}, a cat in snow", "fog", "", (("steps", 7),)
    )
    bench.chips.add(bench.acts.collection.style("Snow").chosen())  # type: ignore[union-attr]
    bench.acts.edit("Snow")
    assert bench.acts.dialog is not None
    bench.acts.dialog.prompt.setPlainText("white {prompt}")
    bench.acts.dialog.keep.click()
    bench.tasks.run_all()
    assert bench.draft.stored().styles[0].prompt == "white {prompt}", "where it is chosen too"
    bench.notice.button.click()
    bench.tasks.run_all()
    assert bench.draft.stored().styles[0].prompt == "{prompt}, a cat in snow"
    assert bench.acts.collection.style("Snow").negative == "fog"  # type: ignore[union-attr]
    bench.acts.delete("Snow")
    bench.tasks.run_all()
    assert bench.acts.collection.style("Snow") is None and bench.names() == ["Snow"]
    bench.notice.button.click()
    bench.tasks.run_all()
    assert bench.acts.collection.style("Snow") is not None


def test_files_come_in_and_go_out(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.open()
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text('name,prompt,negative_prompt\nDusk,"{prompt}, dusk",day\n')
    bad.write_text('name,prompt\nInk,"never closed\n')
    bench.acts.take_file(bad)
    bench.acts.take_file(good)
    bench.tasks.run_all()
    (fault,) = bench.tasks.faults
    assert str(fault).startswith("The styles of bad.csv cannot be used")
    picker = bench.acts.picker
    assert picker is not None and picker.current().name == "Dusk"  # type: ignore[union-attr]
    assert "1 of 1 styles are new" in picker.note.text()
    picker.category.setCurrentIndex(1)
    out = str(tmp_path / "out.json")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (out, ""))
    picker.export.click()
    bench.tasks.run_all()
    assert [row["name"] for row in json.loads(Path(out).read_text())] == ["Dusk"]


def test_a_preview_is_a_picture_of_the_queue(bench: Bench, tmp_path: Path) -> None:
    bench.open()
    bench.draft.set(prompt="a boat")
    bench.acts.make_preview("Woodcut")
    bench.tasks.run_all()
    (job,) = bench.stores.jobs.recent()
    assert job.request.prompt.startswith("woodcut of a boat") and job.request.template == "a boat"
    picture = put_picture(bench.stores)
    Image.new("RGB", (64, 64), "red").save(picture.path)
    bench.services.service.finished.emit(Outcome(job, picture))
    bench.tasks.run_all()
    style = bench.acts.collection.style("Woodcut")
    assert style is not None and style.preview
    assert bench.acts.collection.preview(style) is None, "it is read backstage"
    bench.tasks.run_all()
    assert bench.acts.collection.preview(style) is not None
    picker = bench.acts.picker
    assert picker is not None
    picker.field.setText("print")
    without = [one.name for one in picker.listed() if not one.preview]
    picker.previews.click()
    bench.tasks.run_all()
    asked = [one.request for one in bench.stores.jobs.recent() if one.id != job.id]
    assert {one.styles[0].name for one in asked} == set(without) != set()
    assert {(one.seed, one.template) for one in asked} == {(1, "a boat")}


def test_a_picture_brings_its_words_and_styles_back(bench: Bench) -> None:
    ink = INK.chosen()
    (made,) = expand(Request("a cat", seed=3, styles=(ink,)).check())
    bench.draft.take_over(made)
    assert bench.draft.stored().prompt == "a cat" and bench.draft.stored().styles == (ink,)
    bench.draft.reset()
    assert bench.names() == ["Ink"], "words are no parameters"
    bench.draft.take_over(Request("a dog"), "prompt", "negative_prompt")
    assert bench.names() == []
    bench.draft.undo()
    assert bench.names() == ["Ink"]

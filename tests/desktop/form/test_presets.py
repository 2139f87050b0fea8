"""Presets in a form: kept, taken as one step, renamed, ordered; a missing model is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from core.models.library.model_entry import ModelEntry
from core.service.stores import Stores
from core.store.forms.presets import PresetStore
from core.values.request_parts.chosen_style import ChosenStyle
from desktop.form.presets.acts import PresetActs
from desktop.form.presets.dialog import PresetDialog
from desktop.widgets.notices import NoticeBar
from tests.desktop.parts import HeldTasks, services_over, starter_library

INK = ChosenStyle("Ink", "{prompt}, in ink")


class Bench:
    """A form's presets over a real file."""

    def __init__(self, stores: Stores, qtbot: QtBot, without: frozenset[str]) -> None:
        self.tasks = HeldTasks()
        self.library = starter_library(stores, self.tasks.faults)
        self.services = services_over(self.library, stores, self.tasks)
        self.draft = self.services.draft
        self.store = PresetStore(stores.places.presets)
        self.window, self.notice = QWidget(), NoticeBar()
        for widget in (self.window, self.notice):
            qtbot.addWidget(widget)
        self.models: list[ModelEntry] = []
        self.sought: list[str] = []
        self.acts = PresetActs(
            self.services,
            self.notice,
            self.window,
            settled=lambda: self.draft.request,
            take_model=self.models.append,
            without=without,
        )
        self.acts.find_asked.connect(self.sought.append)

    def open(self) -> PresetDialog:
        self.acts.choose()
        self.tasks.run_all()
        assert self.acts.dialog is not None
        return self.acts.dialog

    def keep(self, name: str, *, words: bool = True) -> None:
        dialog = self.open()
        dialog.name.setText(name)
        dialog.words.setChecked(words)
        QTest.keyClick(dialog.name, Qt.Key.Key_Return)
        self.tasks.run_all()


@pytest.fixture
def bench(stores: Stores, qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(stores, qtbot, getattr(request, "param", frozenset()))
    yield made
    made.library.end()
    made.services.thumbnails.close()


def names(bench: Bench) -> list[str]:
    return [preset.name for preset in bench.store.all().presets]


def test_the_whole_form_comes_back_as_one_step(bench: Bench) -> None:
    draft = bench.draft
    assert bench.open().empty.isVisible()
    draft.set(prompt="a cat <lora:ink:0.5>", negative_prompt="fog", steps=9, count=4)
    draft.set(styles=(INK,), hires=replace(draft.stored().hires, mode="auto"))
    draft.pin_seed(77)
    before = draft.stored()
    bench.keep("Cat")
    draft.set(prompt="", negative_prompt="", steps=3, count=1, styles=())
    draft.set_random_seed(True)
    changed = draft.stored()
    dialog = bench.open()
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert draft.stored() == before and not draft.random_seed and bench.models
    assert draft.history.top().text == "Preset Cat"  # type: ignore[union-attr]
    bench.notice.button.click()
    assert draft.stored() == changed and draft.random_seed


def test_a_start_picture_stays_out_and_that_is_said(bench: Bench) -> None:
    start = replace(bench.draft.stored().start, source="a" * 64, strength=0.3)
    bench.draft.set(start=start)
    bench.keep("Start")
    assert bench.acts.dialog is not None
    assert "starts from is left out" in bench.acts.dialog.note.text()
    (preset,) = bench.store.all().presets
    assert not preset.request.start.source
    bench.acts.take(preset)
    assert bench.draft.stored().start == start
    bench.draft.set(start=preset.request.start)
    bench.keep("Start")
    assert "left out" not in bench.acts.dialog.note.text()


def test_without_words_only_loras_and_values_are_taken(bench: Bench) -> None:
    draft = bench.draft
    draft.set(prompt="a cat <lora:ink:0.5>", negative_prompt="fog", steps=9)
    bench.keep("Fast", words=False)
    (preset,) = bench.store.all().presets
    assert preset.request.prompt == "" and preset.random_seed and preset.request.seed is None
    draft.set(prompt="a dog <lora:oil:1>", negative_prompt="rain", steps=3, styles=(INK,))
    for _ in range(2):  # LoRAs do not pile up
        bench.acts.take(preset)
        now = draft.stored()
        assert now.prompt == "a dog <lora:ink:0.5>" and now.negative_prompt == "rain"
        assert now.steps == 9 and now.styles == (INK,) and now.loras == ()


def test_a_model_that_is_not_here_is_said(bench: Bench) -> None:
    preset = bench.acts.preset_of_form("Dream", with_prompt=True)
    request = replace(preset.request, model="dream", steps=7)
    bench.acts.take(replace(preset, request=request, model_name="Dream XL"))
    assert bench.draft.stored().steps == 7 and bench.draft.stored().model == "starter"
    assert 'The model of "Dream", "Dream XL", is not here; the form keeps "' in (
        bench.notice.top().text  # type: ignore[union-attr]
    )
    bench.notice.button.click()
    assert bench.sought == ["Dream XL"] and not bench.models


@pytest.mark.parametrize("bench", [frozenset({"width", "height", "hires.mode"})], indirect=True)
def test_a_form_takes_only_what_it_has_lines_for(bench: Bench) -> None:
    preset = bench.acts.preset_of_form("Wide", with_prompt=True)
    bench.acts.take(replace(preset, request=replace(preset.request, width=512, steps=5)))
    assert (bench.draft.stored().width, bench.draft.stored().steps) == (256, 5)


def test_they_are_renamed_ordered_deleted_and_brought_back(bench: Bench) -> None:
    for name in ("One", "Two", "Three"):
        bench.keep(name)
    dialog = bench.open()
    assert [dialog.list.item(at).text() for at in range(3)] == ["One", "Two", "Three"]
    dialog.mark("Three")
    QTest.keyClick(dialog.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    bench.tasks.run_all()
    assert names(bench) == ["One", "Three", "Two"]
    here = QModelIndex()
    assert dialog.list.model().moveRow(here, 0, here, 3)  # as a drag does
    bench.tasks.run_all()
    assert names(bench) == ["Three", "Two", "One"]
    dialog.list.model().moveRow(here, 2, here, 0)
    bench.tasks.run_all()
    assert names(bench) == ["One", "Three", "Two"]
    dialog.list.item(0).setText("First")
    bench.tasks.run_all()
    assert names(bench) == ["First", "Three", "Two"]
    dialog.list.item(0).setText("two")
    bench.tasks.run_all()
    assert names(bench) == ["First", "Three", "Two"] and "already" in dialog.note.text()
    assert dialog.list.item(0).text() == "First"
    dialog.mark("Three")
    QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    bench.tasks.run_all()
    assert names(bench) == ["First", "Two"]
    bench.notice.button.click()
    bench.tasks.run_all()
    assert names(bench) == ["First", "Three", "Two"]


def test_one_is_replaced_by_the_form_as_it_is_now(bench: Bench) -> None:
    for steps in (9, 12):
        bench.draft.set(steps=steps)
        bench.keep("Mine")
    (preset,) = bench.store.all().presets
    assert preset.request.steps == 12
    bench.notice.button.click()
    bench.tasks.run_all()
    assert bench.store.all().presets[0].request.steps == 9


def test_they_go_out_and_come_in(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.keep("One")
    out = str(tmp_path / "out.json")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (out, ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (out, ""))
    dialog = bench.open()
    dialog.export.click()
    bench.tasks.run_all()
    bench.store.delete(["One"])
    dialog.take_file.click()
    bench.tasks.run_all()
    assert names(bench) == ["One"] and "New presets from out.json: 1." in dialog.note.text()
    bench.notice.button.click()
    bench.tasks.run_all()
    assert names(bench) == []

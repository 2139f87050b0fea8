"""The axes of a sweep below the prompt, as a person fills them in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QMenu

from core.store.jobs import JobStore
from core.system.errors import WorldError
from desktop.app.app import Application
from desktop.form.sweeping.panel import SweepPanel
from tests.desktop.driving import Open, create_of, pump, take_down, until
from tests.desktop.window.sweeps.asked import made


def axes_of(application: Application) -> SweepPanel:
    ways = create_of(application.window).ways
    ways.sweep("")
    until(lambda: ways.sweeps is not None and not ways.sweeps.asking.panel.isHidden())
    assert ways.sweeps is not None
    return ways.sweeps.asking.panel


def test_the_return_key_makes_what_was_said_and_no_second_sweep(open_app: Open) -> None:
    application = open_app()
    application.draft.set(prompt="a house", width=64, height=64, seed=3)
    panel = axes_of(application)
    values = panel.vary("steps").values
    QTest.keyClicks(values, "1, 2")
    QTest.keyClick(values, Qt.Key.Key_Return)  # nothing was said yet
    assert application.stores.sweeps.all() == ()
    until(panel.make.isEnabled)
    QTest.keyClick(values, Qt.Key.Key_Return)
    until(lambda: panel.make.text() == "Make another" and panel.make.isEnabled())
    QTest.keyClick(values, Qt.Key.Key_Return)
    until(lambda: application.service.current is None and application.service.waiting == 0)
    assert len(application.stores.sweeps.all()) == 1
    assert len(application.stores.gallery.ids()) == 2


def test_a_queue_that_refuses_leaves_the_sweep_to_be_made(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    application.draft.set(prompt="a house", width=64, height=64, seed=3)
    panel = axes_of(application)
    panel.vary("steps").fill("steps", "1-3")
    until(panel.make.isEnabled)

    def refuse(*_: object, **__: object) -> None:
        raise WorldError("The disk is full.", "Free some space.")

    with monkeypatch.context() as full:
        full.setattr(JobStore, "add", refuse)
        panel.make.click()
        assert not panel.make.isEnabled()
        until(panel.make.isEnabled, 20)
    assert any("The disk is full" in text for text in application.window.notice.texts())
    panel.make.click()
    until(lambda: len(application.stores.gallery.ids()) == 3)


def test_styles_and_wildcards_are_offered(open_app: Open) -> None:
    application = open_app()
    panel = axes_of(application)
    line = panel.vary("style")
    until(lambda: line.choose_values.isVisibleTo(panel))
    menu = line.choose_values.menu()
    menu.aboutToShow.emit()
    assert "none" in [action.text() for action in menu.actions()]
    assert line.kind.findData("wildcard:colour") < 0
    application.draft.set(prompt="a __colour__ house")
    assert line.kind.findData("wildcard:colour") > 0 and line.name() == "style"


def test_prompts_from_a_file_are_asked_for_where_they_are_chosen(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    file = tmp_path / "prompts.txt"
    file.write_text("a cat\na dog\n", "utf-8")
    answers = iter(("", str(file)))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (next(answers), ""))
    panel = axes_of(application)
    kind = panel.lines[0].kind
    at = kind.findText("Prompts from a file")
    kind.setCurrentIndex(at)
    kind.activated.emit(at)
    assert panel.axes() == ()  # nobody chose one
    kind.setCurrentIndex(at)
    kind.activated.emit(at)
    until(panel.make.isEnabled)
    assert panel.lines[0].values.text() == "2 lines of prompts.txt"


def test_a_restart_brings_the_axes_back_as_they_were_typed(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    application.draft.set(prompt="a house", width=64, height=64, seed=3)
    panel = axes_of(application)
    lines = tmp_path / "prompts.txt"
    lines.write_text("a cat\na dog\n", "utf-8")
    sweeps = create_of(application.window).ways.sweeps
    assert sweeps is not None
    sweeps.asking.take_file(lines)
    until(lambda: bool(panel.axes()))
    values = panel.vary("steps").values
    QTest.keyClicks(values, "1, 2")
    QTest.keyClicks(panel.name, "Cats, dogs")
    until(panel.make.isEnabled)
    axes = panel.axes()
    file = application.stores.places.session
    until(lambda: file.exists() and "Cats, dogs" in file.read_text("utf-8"))
    take_down(application)
    application = open_app()
    ways = create_of(application.window).ways
    until(lambda: ways.sweeps is not None)  # nobody asked for them: they were seen
    assert ways.sweeps is not None
    again = ways.sweeps.asking.panel
    assert not again.isHidden() and again.name.text() == "Cats, dogs"
    assert [(name, text.split()) for name, text in again.axes()] == [
        (name, text.split()) for name, text in axes
    ]
    until(again.make.isEnabled)
    assert again.said.text().startswith("4 pictures")
    axes = again.axes()
    again.close_it.click()
    until(lambda: '"shown": false' in file.read_text("utf-8"))
    take_down(application)
    application = open_app()
    ways = create_of(application.window).ways
    pump(200)
    assert ways.sweeps is None
    assert axes_of(application).axes() == axes


def test_what_was_put_away_or_named_by_nobody_gets_into_no_other_sweep(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    application.draft.set(prompt="a house", width=64, height=64, seed=3)
    sweeps = made(application, ("steps", "1, 2"), ("guidance", "3, 4"))
    panel = sweeps.asking.panel
    sweeps.desk.view.further.click()
    assert panel.name.text() == ""
    until(panel.make.isEnabled)
    assert "a house" in panel.heading.text()
    panel.close_it.click()
    create_of(application.window).ways.sweep("guidance")
    assert panel.axes() == (("guidance", ""),)
    panel.close_it.click()
    create_of(application.window).ways.sweep()
    assert panel.axes() == (("guidance", ""),), "as it was left"
    panel.close_it.click()
    file = tmp_path / "prompts.txt"
    file.write_text("a cat\na dog\n", "utf-8")
    sweeps.asking.take_file(file)
    until(panel.make.isEnabled)
    assert [name for name, _ in panel.axes()] == ["line"]


def test_the_names_of_the_prompts_offer_to_vary_them(open_app: Open) -> None:
    application = open_app()
    create = create_of(application.window)
    headings = [label for label in create.form.prompt.findChildren(QLabel) if label.buddy()]
    offered = {
        label.text(): [action.text() for action in label.findChildren(QMenu)[0].actions()]
        for label in headings
    }
    assert offered == {
        "Prompt": ["Sweep this", "Sweep words of it"],
        "Negative prompt": ["Sweep this"],
    }
    headings[0].customContextMenuRequested.emit(QPoint(1, 1))
    menu = headings[0].findChildren(QMenu)[0]
    assert menu.isVisible()
    menu.actions()[1].trigger()
    menu.close()
    until(lambda: create.ways.sweeps is not None)
    assert create.ways.sweeps is not None
    assert create.ways.sweeps.asking.panel.axes() == (("replace", ""),)


def test_a_note_is_written_when_the_pictures_have_been_seen(open_app: Open) -> None:
    application = open_app()
    application.draft.set(prompt="a house", width=64, height=64, seed=3)
    sweeps = made(application, ("steps", "1, 2"))
    panel, desk = sweeps.asking.panel, sweeps.desk
    until(lambda: panel.make.text() == "Make another" and panel.make.isEnabled())
    QTest.keyClicks(panel.note, "Two is enough")
    panel.note.editingFinished.emit()
    until(lambda: desk.now is not None and desk.now.sweep.note == "Two is enough")
    (kept,) = application.stores.sweeps.all()
    assert kept.note == "Two is enough"
    assert len(application.stores.gallery.ids()) == 2


def test_a_note_that_was_taken_away_stays_away(open_app: Open) -> None:
    application = open_app()
    application.draft.set(prompt="a house", width=64, height=64, seed=3)
    sweeps = made(application, ("steps", "1, 2"))
    panel, store = sweeps.asking.panel, application.stores.sweeps
    store.change(store.all()[0].id, lambda sweep: replace(sweep, note="Too few"))
    sweeps.asking.further(store.all()[0])
    panel.lines[0].fill("steps", "1, 2, 3")
    until(panel.make.isEnabled)
    panel.note.clear()
    panel.note.editingFinished.emit()
    until(lambda: store.all()[0].note == "")
    panel.make.click()
    until(lambda: len(application.stores.gallery.ids()) == 3)
    (kept,) = store.all()
    assert kept.note == "" and kept.axes[0].values == ("1", "2", "3")


def test_a_long_note_stays_whole_where_nobody_touches_it(open_app: Open) -> None:
    application = open_app()
    application.draft.set(prompt="a house", width=64, height=64, seed=3)
    sweeps = made(application, ("steps", "1, 2"))
    panel, store = sweeps.asking.panel, application.stores.sweeps
    note = "  " + "as long as a note may be " * 700
    store.change(store.all()[0].id, lambda sweep: replace(sweep, note=note))
    sweeps.asking.further(store.all()[0])
    panel.note.setFocus()
    panel.note.editingFinished.emit()  # as when it is left again
    panel.lines[0].fill("steps", "1, 2, 3")
    until(panel.make.isEnabled)
    panel.make.click()
    until(lambda: len(application.stores.gallery.ids()) == 3)
    assert store.all()[0].note.strip() == note.strip()


def test_other_axes_are_another_sweep_and_their_note_is_not_its(open_app: Open) -> None:
    application = open_app()
    application.draft.set(prompt="a house", width=64, height=64, seed=3)
    sweeps = made(application, ("steps", "1, 2"))
    panel, store = sweeps.asking.panel, application.stores.sweeps
    until(lambda: panel.make.text() == "Make another" and panel.make.isEnabled())
    assert panel.heading.toolTip() == "Further values of a house"
    panel.lines[0].fill("guidance", "3, 5")
    until(panel.make.isEnabled)
    assert panel.heading.toolTip() == "Sweep"
    QTest.keyClicks(panel.note, "Of guidance")
    panel.note.editingFinished.emit()
    panel.make.click()
    until(lambda: len(application.stores.gallery.ids()) == 4)
    notes = {sweep.axes[0].name: sweep.note for sweep in store.all()}
    assert notes == {"steps": "", "guidance": "Of guidance"}

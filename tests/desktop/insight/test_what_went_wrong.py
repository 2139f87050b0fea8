"""The view What went wrong? in the window: findings, a change that is tried, and what nobody
measures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from core.engine.contract.protocol import EngineSpec
from core.metadata.writing import encode_png
from core.system.paths import RESOURCES, Places
from core.values.insight.symptoms import Findings, Judged, Remedy, Symptom, SymptomId
from core.values.job import JobState
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.room import InsightRoom
from desktop.insight.wrong.card import Card
from desktop.insight.wrong.desk import WhatWentWrong
from desktop.insight.wrong.judging import Looked
from desktop.insight.wrong.trial import Tried
from desktop.insight.wrong.trial_words import judged_anew
from desktop.widgets.i18n import PseudoTranslator
from tests.desktop.driving import Open, in_front, opening, until

SPEC = EngineSpec(device="cpu", previews=False)
FAKE = EngineSpec(kind="fake")


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, SPEC, in_front, "insight")


def made(application: Application, **changes: Any) -> Picture:
    ended: list[Picture] = []
    hear = application.service.finished.connect(lambda outcome: ended.append(outcome.picture))
    values: dict[str, Any] = {"seed": 3, "steps": 2, "width": 64, "height": 64} | changes
    application.service.submit(Request("a red house", **values).check())
    until(lambda: ended)
    application.service.finished.disconnect(hear)
    return ended[0]


def view_of(application: Application) -> WhatWentWrong:
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    view = room.desk.view()
    assert isinstance(view, WhatWentWrong)
    until(lambda: view.judged is not None and not view.opening.image.isNull())
    return view


def too_few_steps(view: WhatWentWrong) -> Card:
    """The finding that a recipe of two steps has, whatever is seen in the picture."""
    return next(one for one in view.sheet.list.cards if "Too few steps" in one.words.title)


def waiting(application: Application) -> set[str]:
    jobs = application.stores.jobs.recent()
    return {job.id for job in jobs if job.state is JobState.WAITING}


def rows(application: Application) -> int:
    return len(application.stores.gallery.ids())


def test_a_finding_is_shown_and_its_remedy_tried_beside_the_picture_by_keys_alone(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    window = application.window
    picture = made(application)
    window.current.show(picture)
    until(window.viewer.has_image)
    window.viewer.setFocus()
    QTest.keyClick(window.viewer, Qt.Key.Key_W)
    view = view_of(application)
    page = view.sheet
    assert page.heading.text().endswith(("symptom", "symptoms"))
    assert view.said() == f"{Path(picture.path).name}: {page.heading.text()}"
    card = too_few_steps(view)
    assert "2" in card.accessibleDescription() and "counts below 8" in card.accessibleDescription()
    (steps, *_) = card.bars
    assert steps.figures.beyond and steps.figures.place_of(2) < steps.figures.place_of(8)
    assert card.button.accessibleName() == "Try steps 20"
    assert card.accessibleDescription().endswith("steps 2 → 20")

    page.save.setFocus()
    for _ in page.list.cards:
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert isinstance(window.focusWidget(), Card)
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        if QApplication.focusWidget() is card.button:
            break
    assert QApplication.focusWidget() is card.button
    QTest.keyClick(card.button, Qt.Key.Key_Space)
    assert page.trial.stop.hasFocus() and view.action() == "Back to the picture"
    until(lambda: page.panel() is not None and "Measured anew" in page.trial.said.text())
    assert "the symptom is gone" in page.trial.said.text()
    (tried,) = view.trial.pictures()
    assert (tried.request.steps, tried.request.seed) == (20, picture.request.seed)
    assert tried.request.parent == picture.sha256 and view.shows(tried)
    panel = page.panel()
    assert panel is not None and [one.name for one in panel.pictures] == ["The picture", "steps 20"]

    page.trial.use.click()
    until(lambda: application.draft.request.steps == 20)
    assert application.draft.undo()
    window.go("insight")
    assert page.panel() is panel, "what is tried stands here still"
    assert page.trial.keep.hasFocus(), "the keys go where something is to be pressed"
    QTest.keyClick(page.trial.keep, Qt.Key.Key_Space)
    assert page.panel() is None and page.trial.isHidden() and rows(application) == 2

    name = tmp_path / "found.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(name), ""))
    page.save.click()
    until(lambda: name.with_suffix(".csv").exists())
    lines = name.with_suffix(".csv").read_text().splitlines()
    assert any("a red house" in line for line in lines)
    assert any(line.startswith("few_step_way,Steps,count,2") for line in lines)

    # the one that was kept is there at once, and what was not made now goes only where it is meant
    card.button.click()
    until(lambda: page.trial.discard.isVisible())
    assert rows(application) == 2
    page.trial.discard.click()
    until(lambda: rows(application) == 1)
    assert page.trial.isHidden() and not view.action()


def test_what_nobody_measures_is_tried_at_four_seeds(open_app: Open) -> None:
    application = open_app(FAKE)
    picture = made(application)
    application.window.signals.wrong_file.emit(Path(picture.path))
    view = view_of(application)
    page, bothers = view.sheet, view.sheet.bothers
    assert list(bothers.buttons) == ["hands", "text", "count", "subject", "colour", "likeness"]
    for button in bothers.buttons.values():
        button.click()
        assert all("not measured" in one.accessibleDescription() for one in bothers.list.cards)
        assert "not measured" in bothers.said.text()
    bothers.buttons["text"].click()
    changes = [one.words.change for one in bothers.list.cards]
    assert "negative prompt: text, letters, watermark" in changes
    triable = [one for one in bothers.list.cards if one.words.tried is not None]
    application.service.pause(True)
    triable[0].button.click()
    until(lambda: application.stores.jobs.waiting() == 7)
    assert "the queue is paused" in page.trial.said.text() and "0 of 7" in page.trial.said.text()
    until(lambda: all(one.job for one in view.trial.cells))  # it is known which they are
    first = waiting(application)
    triable[-1].button.click()  # another change: of the first only the recipe as it was is wanted
    until(lambda: len(now := waiting(application)) == 7 and len(now & first) == 3)
    page.trial.stop.click()
    until(lambda: application.stores.jobs.waiting() == 0)
    assert page.trial.isHidden() and page.stage.currentWidget() is page.viewer
    application.service.pause(False)

    triable[0].button.click()
    until(lambda: page.trial.keep.isVisible())
    assert "at four seeds" in page.trial.said.text() and rows(application) == 8
    before, after = page.pairs.before, page.pairs.after
    assert before.count() == after.count() == 4 and "this picture" in before.table()
    seeds = [one.request.seed for one in view.trial.pictures()]
    assert seeds == [3, 4, 4, 5, 5, 6, 6]
    after.setCurrentRow(2)
    assert before.currentRow() == 2
    QTest.keyClick(after, Qt.Key.Key_Return)
    until(lambda: page.panel() is not None)
    panel = page.panel()
    assert panel is not None and panel.pictures[0].path == Path(view.trial.pictures()[3].path)
    assert view.action() == "Back to the four pairs"
    view.act()
    assert page.stage.currentWidget() is page.pairs
    page.trial.discard.click()
    until(lambda: rows(application) == 1)

    # a change that no picture can be made with says so
    page.asked.emit(Tried("no steps", (("steps", 0),), "blur"))
    until(lambda: "Steps must be" in page.trial.said.text())
    assert not page.trial.stop.isVisible() and not page.trial.keep.isVisible()
    assert page.viewer.hasFocus() and view.action() == "Back to the picture"
    view.act()
    assert page.trial.isHidden()

    # what cannot be read any more ends all the same
    Path(picture.path).unlink()
    page.asked.emit(Tried("steps 3", (("steps", 3),), "blur"))
    until(lambda: page.trial.keep.isVisible())
    assert not page.trial.stop.isVisible()
    until(
        lambda: any(Path(picture.path).name in text for text in application.window.notice.texts())
    )


def test_without_a_recipe_or_its_model_the_eye_judges_and_the_help_is_words(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app(FAKE)
    signals = application.window.signals
    signals.wrong_file.emit(RESOURCES / "starter" / "preview.webp")
    view = view_of(application)
    page = view.sheet
    assert page.heading.text() == "No symptom" and not page.list.cards
    assert "carries no recipe" in page.said.text() and "Nothing can be tried" in page.said.text()
    page.bothers.buttons["hands"].click()
    assert not any(one.words.tried for one in page.bothers.list.cards)
    assert len(page.bothers.said.text().splitlines()) > 2, "help in words, and why"

    black = tmp_path / "black.png"
    recipe = Recipe(Request("x", seed=1, model="mine", steps=2), model_name="Mine")
    black.write_bytes(encode_png(Pixels(64, 64, bytes(3 * 64 * 64)), recipe))
    signals.wrong_file.emit(black)
    until(lambda: page.list.cards)
    assert page.list.cards[0].words.tried is None and page.list.cards[0].words.remedy
    assert '"mine", is not here. Add it in Models.' in page.said.text()

    small = tmp_path / "small.png"
    small.write_bytes(encode_png(Pixels(8, 8, bytes(192)), None))
    signals.wrong_file.emit(small)
    until(lambda: page.heading.text() == "Not judged")
    small.write_bytes(b"no picture")
    signals.wrong_file.emit(black)
    signals.wrong_file.emit(small)
    until(lambda: page.heading.text() == "The picture cannot be read")
    assert not page.save.isEnabled()


def test_what_is_new_of_a_picture_is_named_in_the_persons_language(qapp: QApplication) -> None:
    def looked(*symptoms: Symptom) -> Looked:
        return Looked(Path("a.png"), findings=Findings(symptoms))

    def symptom(kind: SymptomId) -> Symptom:
        return Symptom(
            id=kind,
            title=f"The {kind}",
            cause="A cause.",
            evidence=(),
            remedy=Remedy("Take more."),
            judged=Judged.PICTURE,
            confidence=0.9,
        )

    old, new = list(SymptomId)[:2]
    pseudo = PseudoTranslator(qapp)
    qapp.installTranslator(pseudo)
    try:
        tried = Tried("steps 20", (("steps", 20),), old)
        words = judged_anew(tried, looked(symptom(old)), looked(symptom(new)))
        assert f"[The {new}~" in words
    finally:
        qapp.removeTranslator(pseudo)

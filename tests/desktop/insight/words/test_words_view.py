"""The view Words in the window: words are recorded, looked at, and saved as figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from core.engine.contract.protocol import EngineSpec
from core.system.paths import Places
from core.values.picture import Picture
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.opened.opening import State
from desktop.insight.room import InsightRoom
from desktop.insight.words.desk import Words
from desktop.shell.help_texts import sentence_of
from tests.desktop.driving import Open, in_front, opening, until

SPEC = EngineSpec(device="cpu", previews=False)
STEPS = 3


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, SPEC, in_front)


def made(application: Application) -> Picture:
    ended: list[Picture] = []
    hear = application.service.finished.connect(lambda outcome: ended.append(outcome.picture))
    request = Request(
        "a red house",
        negative_prompt="fog",
        seed=3,
        steps=STEPS,
        width=64,
        height=64,
        guidance=4.0,
    )
    application.service.submit(request.check())
    until(lambda: ended)
    application.service.finished.disconnect(hear)
    return ended[0]


def is_named(control: QWidget) -> bool:
    """For who cannot see it, and by a sentence."""
    name = control.accessibleName() or str(control.property("text") or "")
    return bool(name) and sentence_of(control).endswith(".")


def test_words_are_recorded_looked_at_and_saved(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    picture = made(application)
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    room.desk.open(Path(picture.path))
    room.desk.go("words")
    view = room.desk.view()
    assert isinstance(view, Words)
    page, opened = view.sheet, view.opening
    until(lambda: opened.state is State.RECORDED)
    until(lambda: page.record.isVisible() and "with its words" in page.said.text())
    before = opened.picture
    # stopped while it waits, it is as it was
    application.service.pause(True)
    view.first_focus.setFocus()
    opened.record(words=True)
    assert opened.state in (State.WAITING, State.RECORDING)
    opened.stop()
    until(lambda: opened.state is State.RECORDED and page.record.isVisible())
    assert opened.picture is before
    QTest.keyClick(page.record, Qt.Key.Key_Space)
    until(lambda: page.has_maps)
    assert opened.verdict is not None and opened.verdict.identical
    assert page.parts[0].words is view.first_focus
    names = [part.name for part in page.parts]
    assert names == ["Prompt", "Negative prompt"]
    words = page.parts[0].words
    assert [words.item(row).text() for row in range(words.count())] == ["a", "red", "house"]
    shares = [one.share for one in page.parts[0].shares.parts]
    assert sum(shares) == pytest.approx(1, abs=1e-4) and min(shares) > 0

    controls = [one for one in page.findChildren(QWidget) if one.focusPolicy() and one.isVisible()]
    assert not [one for one in controls if not is_named(one)]
    order = [part.words for part in page.parts] + [page.viewer, page.all_words]
    for before, after in pairwise([*order, page.controls.step]):
        before.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(before, Qt.Key.Key_Tab)
        assert after.hasFocus(), after.accessibleName()

    words.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(words, Qt.Key.Key_End)
    QTest.keyClick(words, Qt.Key.Key_Space)
    assert '"house" was looked at here' in page.caption.text()
    assert not page.viewer.map.isNull() and view.chosen is not None
    written = view.chosen.row.written
    assert [written[one.start : one.end] for one in view.chosen.words] == ["house"]
    QTest.keyClick(page.controls.step, Qt.Key.Key_Right)
    until(lambda: "step 1" in page.caption.text())
    assert page.controls.count.text() == f"step 1 of {STEPS}"

    name = tmp_path / "house.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(name), ""))
    page.save.click()
    until(lambda: name.with_suffix(".csv").exists() and name.exists())
    lines = name.with_suffix(".csv").read_text().splitlines()
    cells = page.viewer.cells.width() * page.viewer.cells.height()
    assert sum(line.startswith("house,") for line in lines) == cells
    assert any("a red house" in line for line in lines) and any("one scale" in one for one in lines)

    # a network that does not tell is not asked again and again
    opened.with_words, view.maps.table = True, None
    view._open_table()
    assert "does not tell" in page.said.text() and not page.record.isVisible()

    # another picture has no maps until its own are recorded
    opened.open(Path(picture.path).parent / "none.png", record=False)
    assert not page.has_maps and view.chosen is None

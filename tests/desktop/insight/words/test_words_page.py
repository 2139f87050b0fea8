"""The maps of a recording, as they are pointed at, kept, looked into and laid side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.values.insight.attention import AttentionLook
from desktop.insight.words.colour_map import LEVELS, coloured, colours
from desktop.insight.words.maps import WordMaps
from desktop.insight.words.page import WordsPage
from desktop.insight.words.sheet import MOST
from desktop.insight.words.showing import Showing
from desktop.insight.words.word_list import WordList
from desktop.widgets import theme
from tests.desktop.driving import pump
from tests.desktop.insight.words.recordings import CAT, STEPS, A, write_recording
from tests.desktop.parts import HeldTasks

MEAN = CAT - 0.1  # of "cat" where it is looked at, over all steps


class Shown:
    """A page with the maps of a recording on it."""

    def __init__(self, recording: Path) -> None:
        self.tasks = HeldTasks()
        self.page = WordsPage()
        self.maps = WordMaps(self.tasks, self.page)
        self.showing = Showing(self.page, self.maps, theme.DARK, self.page)
        picture = QImage(64, 64, QImage.Format.Format_RGB32)
        picture.fill(QColor(200, 0, 0))
        self.showing.see(picture)
        self.maps.opened.connect(self.showing.open_table)
        self.maps.came.connect(self.page.show_maps)
        self.maps.open(cast(Any, SimpleNamespace(recording=recording)))
        self.look()
        self.page.resize(1000, 700)
        self.page.show()
        self.page.activateWindow()
        self.page.viewer.setFocus()  # else the first words have it
        pump(20)

    def look(self, step: int = 0, depth: str = "") -> None:
        self.tasks.run_all()
        self.maps.look(AttentionLook(step=step, depth=depth))
        self.tasks.run_all()

    def words(self, text: int = 0) -> WordList:
        return self.page.parts[text].words

    def at(self, x: float, y: float) -> QColor:
        return self.page.viewer.map.pixelColor(int(x * 8), int(y * 8))

    def click_word(self, row: int, text: int = 0) -> None:
        words = self.words(text)
        place = words.visualItemRect(words.item(row)).center()
        QTest.mouseClick(words.viewport(), Qt.MouseButton.LeftButton, pos=place)


@pytest.fixture
def shown(qapp: QApplication, tmp_path: Path) -> Iterator[Shown]:
    qapp.setStyle("Fusion")
    page = Shown(write_recording(tmp_path / "one.recording"))
    yield page
    page.page.hide()
    page.tasks.finish()


def test_the_colours_grow_lighter_for_every_eye() -> None:
    def light(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    scale = [[light(part) for part in (c.red(), c.green(), c.blue())] for c in colours()]
    assert len(scale) == LEVELS
    # luminance, and what long and middle cones alone see (Vienot, Brettel and Mollon 1999)
    long, middle = (17.8824, 43.5161, 4.1194), (3.4557, 27.1554, 3.8671)
    for weights in ((0.2126, 0.7152, 0.0722), long, middle):
        seen = [sum(w * part for w, part in zip(weights, one, strict=True)) for one in scale]
        assert all(a < b for a, b in zip(seen[::8], seen[8::8], strict=False))
    image = coloured(bytes([0, 255, 128, 7]), 2, 2)
    assert image.pixelColor(1, 0) == colours()[255] and image.pixelColor(1, 1) == colours()[7]


def test_words_are_pointed_at_and_kept_and_make_phrases(shown: Shown) -> None:
    page, words = shown.page, shown.words()
    names = [words.item(row).text() for row in range(words.count())]
    assert names == ["a", "red", "cat", ",", "on", "watercolour"]
    assert page.viewer.map.isNull() and not page.save.isEnabled()
    # the mouse points at a word, and goes away again
    words.itemEntered.emit(words.item(2))
    assert shown.at(0.1, 0.1) == colours()[255] and shown.at(0.9, 0.1) == colours()[0]
    assert '"cat" was looked at here: 7.5 %' in page.caption.text()
    assert page.scale.high == pytest.approx(MEAN) and page.scale.low == 0
    words.leaveEvent(QEvent(QEvent.Type.Leave))
    assert page.viewer.map.isNull()
    # a click keeps it; the scale is the same for all words
    shown.click_word(0)
    words.leaveEvent(QEvent(QEvent.Type.Leave))
    assert shown.at(0.1, 0.1) == shown.at(0.9, 0.9) == colours()[round(255 * A / MEAN)]
    assert page.scale.high == pytest.approx(MEAN)
    chosen = shown.showing.chosen
    assert chosen is not None and [word.name for word in chosen.words] == ["a"]
    # several are summed, and where that is more than the scale holds, it says so
    shown.click_word(2)
    words.leaveEvent(QEvent(QEvent.Type.Leave))
    assert '"a cat"' in page.caption.text() and "widened" in page.scale_said.text()
    assert page.scale.high == pytest.approx(MEAN + A)
    page.controls.own.setChecked(True)
    assert shown.at(0.9, 0.9) == colours()[0] and "cannot be compared" in page.scale_said.text()
    page.controls.own.setChecked(False)
    # a word of the negative prompt takes their place
    shown.click_word(0, text=1)
    shown.words(1).leaveEvent(QEvent(QEvent.Type.Leave))
    chosen = shown.showing.chosen
    assert chosen is not None and (chosen.row.branch, chosen.row.written) == ("without", "fog")
    assert not words.rows_kept() and page.controls.text.currentText() == "Negative prompt"
    assert shown.at(0.5, 0.9) == colours()[round(255 * 0.2 / MEAN)]
    assert "start 70 %, words 10 %" in page.parts[1].shares.accessibleDescription()


def test_everything_by_keyboard_with_words_for_who_sees_no_map(shown: Shown) -> None:
    page, words = shown.page, shown.words()
    words.setFocus(Qt.FocusReason.TabFocusReason)
    assert words.currentRow() == 0 and not page.viewer.map.isNull()
    QTest.keyClick(words, Qt.Key.Key_Right)
    QTest.keyClick(words, Qt.Key.Key_Right)
    about = words.currentItem().data(Qt.ItemDataRole.AccessibleTextRole)
    assert about.startswith("cat: looked at 7.5 %") and "top left 44 %" in about
    assert "bottom right 0 %" in page.viewer.accessibleDescription()
    assert words.rows_kept() == ()
    QTest.keyClick(words, Qt.Key.Key_Space)
    assert words.rows_kept() == (2,)
    QTest.keyClick(words, Qt.Key.Key_Return)
    assert words.rows_kept() == ()
    QTest.keyClick(words, Qt.Key.Key_Return)
    page.viewer.setFocus(Qt.FocusReason.TabFocusReason)
    assert '"cat"' in page.caption.text()  # kept
    # the cross goes to the middle, then cell by cell
    QTest.keyClick(page.viewer, Qt.Key.Key_Up)
    assert page.viewer.cell() == (4, 4)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Left):
        QTest.keyClick(page.viewer, key)
    assert page.viewer.cell() == (3, 3)
    assert "row 4, column 4 of 8 x 8 cells" in page.place.about.text()
    assert page.place.rows()[:2] == ["start of the text: 41 %", "cat: 30 %"]
    for _ in range(9):
        QTest.keyClick(page.viewer, Qt.Key.Key_Right)
    assert page.viewer.cell() == (7, 3) and page.place.rows()[0] == "start of the text: 71 %"
    assert page.place.rows()[1:3] == ["end of the text: 10 %", "padding, 68 tokens: 10 %"]
    page.place.list.setCurrentRow(3)
    page.place.taken.emit(3)
    assert words.rows_kept() == (0,)
    QTest.keyClick(page.viewer, Qt.Key.Key_Escape)
    assert page.viewer.cell() is None and not page.place.list.isVisible()


def test_a_click_looks_into_a_place_and_other_maps_keep_it(shown: Shown) -> None:
    page, viewer = shown.page, shown.page.viewer
    area = viewer._target()
    place = area.topLeft() + QPointF(area.width() * 0.2, area.height() * 0.3)
    QTest.mouseClick(viewer, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert viewer.cell() == (1, 2) and "cat: 30 %" in page.place.rows()
    shown.words().keep((2,))
    shown.look(step=1)
    assert page.scale.high == pytest.approx(CAT) and "step 1" in page.caption.text()
    assert "cat: 40 %" in page.place.rows()
    shown.look(step=STEPS, depth="4x4")
    assert viewer.cell() == (0, 1) and "row 2, column 1 of 4 x 4" in page.place.about.text()
    assert "cat: 20 %" in page.place.rows() and shown.words().rows_kept() == (2,)
    assert viewer.map.width() == 4


def test_a_kept_word_is_found_again_where_the_prompt_changes(shown: Shown) -> None:
    first, other = shown.maps.texts
    assert first is not None
    shown.words().keep((2,))
    told: list[object] = []
    shown.showing.chosen_changed.connect(lambda: told.append(shown.showing.chosen))
    for words, rows in ((first.words[1:], (1,)), (first.words[:2], ()), (first.words, (2,))):
        shown.maps.texts = (replace(first, words=words), other)
        shown.maps.came.emit()
        assert shown.words().rows_kept() == rows
    assert told[1] is None and told[2] is not None


def test_all_words_lie_side_by_side_on_one_scale(shown: Shown) -> None:
    page = shown.page
    page.all_words.setChecked(True)
    assert page.sheet.count() == 6 and page.save.isEnabled()
    assert page.sheet.item(2).text() == "cat\n7.5 %"
    image = page.sheet.drawn(1.0)
    assert image.width() > 5 * 132 and image.height() > 2 * 132
    first, other = shown.maps.texts
    assert first is not None and page.caption.text().startswith("All words of Prompt")
    shown.maps.texts = (replace(first, words=first.words * 20), other)
    shown.maps.came.emit()
    assert page.sheet.count() == MOST
    assert page.caption.text().startswith(f"The first {MOST} of 120 words of Prompt")
    shown.maps.texts = (first, other)
    shown.maps.came.emit()
    page.sheet.itemActivated.emit(page.sheet.item(2))
    assert not page.all_words.isChecked() and shown.words().rows_kept() == (2,)


def test_a_step_that_cannot_be_read_does_not_hold_back_the_next(shown: Shown) -> None:
    page, faults = shown.page, []
    shown.maps.failed.connect(faults.append)
    shown.words().keep((2,))
    shown.maps.look(AttentionLook(step=STEPS + 1))
    shown.maps.look(AttentionLook(step=1))  # before that was read
    shown.tasks.run_all()
    assert "step 1" in page.caption.text() and not faults
    shown.look(step=STEPS + 1)
    assert len(faults) == 1 and "step 1" in page.caption.text()

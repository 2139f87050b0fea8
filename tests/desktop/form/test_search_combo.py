"""The list of samplers that is searched by typing: by mouse, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.models.files.families import FAMILIES
from core.sampling.samplers import SAMPLERS
from desktop.form.choosing.search_combo import SearchCombo, SearchList
from desktop.form.parameters.sampling_lines import SamplerLine
from desktop.state.draft import Draft


@pytest.fixture
def line(qapp: QApplication) -> Iterator[SamplerLine]:
    made = SamplerLine(Draft(FAMILIES["sd15"]))
    made.draft.set(sampler="dpmpp_2m")
    made.refresh()
    made.combo.show()
    yield made
    made.combo.deleteLater()


def opened(line: SamplerLine) -> SearchList:
    assert isinstance(line.combo, SearchCombo)
    line.combo.setFocus()
    QTest.keyClick(line.combo, Qt.Key.Key_F4)
    found = line.combo.opened
    assert found is not None and found.isVisible()
    return found


def rows(found: SearchList) -> list[str]:
    return [found.list.item(row).text() for row in range(found.list.count())]


def test_the_recommended_ones_come_first_and_the_others_when_asked_for(line: SamplerLine) -> None:
    found = opened(line)
    first = [row.label for row in SAMPLERS.values() if row.recommended]
    assert rows(found)[:-1] == first and str(len(SAMPLERS)) in rows(found)[-1]
    assert found.list.currentItem().text() == "DPM++ 2M" and "Sharp" in found.said.text()
    for _ in first:
        QTest.keyClick(found.field, Qt.Key.Key_Down)
    QTest.keyClick(found.field, Qt.Key.Key_Return)
    assert found.isVisible() and len(rows(found)) == len(SAMPLERS)
    found.hide()
    line.draft.set(sampler="heun")
    line.refresh()
    assert "Heun" in rows(opened(line)), "what is chosen is among the first"


def test_typing_finds_by_name_use_and_origin_and_return_chooses(line: SamplerLine) -> None:
    found = opened(line)
    QTest.keyClicks(found.field, "cfg++ 2m")
    assert rows(found) == ["DPM++ 2M CFG++"]
    found.field.setText("zhao")
    assert rows(found) == ["UniPC", "UniPC bh1"]
    QTest.keyClick(found.field, Qt.Key.Key_Down)
    QTest.keyClick(found.field, Qt.Key.Key_Return)
    assert line.draft.stored().sampler == "unipc_bh1" and not found.isVisible()
    assert line.combo.currentData() == "unipc_bh1"
    found = opened(line)
    assert not found.field.text()
    QTest.keyClicks(found.field, "no such thing")
    QTest.keyClick(found.field, Qt.Key.Key_Return)
    assert found.isVisible() and line.draft.stored().sampler == "unipc_bh1"
    QTest.keyClick(found.field, Qt.Key.Key_Escape)
    assert not found.isVisible()


def test_a_click_chooses_and_what_does_not_suit_cannot_be(line: SamplerLine) -> None:
    found = opened(line)
    place = found.list.visualItemRect(found.list.item(1)).center()
    QTest.mouseClick(found.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    assert line.draft.stored().sampler == "euler" and not found.isVisible()
    line.draft.use_family("flow", FAMILIES["sd3"])
    line.refresh()
    found = opened(line)
    QTest.keyClicks(found.field, "2m sde")
    QTest.keyClick(found.field, Qt.Key.Key_Return)
    assert line.draft.stored().sampler == "euler", "it does not suit flow models"
    found.hide()

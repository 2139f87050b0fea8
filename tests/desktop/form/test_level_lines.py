"""The lines of the form for noise levels: when they are there, and what typing in them does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.models.files.families import FAMILIES
from core.values.request_parts.levels import Levels
from desktop.form.parameters.level_lines import (
    EndLine,
    OwnOrNumberLine,
    RhoLine,
    ShiftLine,
    SigmasLine,
)
from desktop.state.draft import Draft

STARTER, FLOW = FAMILIES["starter"], FAMILIES["sd3"]


@pytest.fixture
def draft(qapp: QApplication) -> Iterator[Draft]:
    made = Draft(STARTER)
    made.set(schedule="karras")
    yield made
    made.deleteLater()


def test_each_is_there_where_it_does_something(draft: Draft) -> None:
    rho, shift, end = RhoLine(draft), ShiftLine(draft), EndLine(draft, "levels.sigma_max")
    assert rho.offered() and end.offered() and not shift.offered()
    draft.set(schedule="simple")
    assert not rho.offered()
    draft.use_family("flow", FLOW)
    assert shift.offered()
    draft.set(levels=Levels(sigmas=(1.0, 0.5, 0.0)), steps=2)
    assert not (shift.offered() or end.offered())


@pytest.mark.parametrize(
    ("make", "field", "value"),
    [(RhoLine, "levels.rho", 3.25), (lambda d: EndLine(d, "levels.sigma_min"), "", 0.0125)],
)
def test_a_number_is_typed_and_given_back(
    draft: Draft, make: type[OwnOrNumberLine], field: str, value: float
) -> None:
    line = make(draft)
    line.refresh()
    assert line.box.text().endswith("own")
    line.box.setValue(value)
    assert draft.value(line.field) == value and draft.differs(line.field)
    draft.stored().check()
    draft.undo()
    line.refresh()
    assert draft.value(line.field) is None and line.box.text().endswith("own")
    line.box.setValue(value)
    line.box.setValue(line.box.minimum())
    assert draft.stored().levels == Levels()
    assert not field or line.field == field


@pytest.mark.parametrize(
    ("make", "usual"),
    [
        (RhoLine, 7.0),
        (lambda d: EndLine(d, "levels.sigma_max"), 14.615),
        (lambda d: EndLine(d, "levels.sigma_min"), 0.0292),
    ],
)
def test_the_arrow_goes_from_the_own_number_to_the_usual_one(
    draft: Draft, make: type[OwnOrNumberLine], usual: float
) -> None:
    line = make(draft)
    line.refresh()
    QTest.keyClick(line.box, Qt.Key.Key_Up)
    assert draft.value(line.field) == pytest.approx(usual)
    QTest.keyClick(line.box, Qt.Key.Key_Up)
    assert draft.value(line.field) == pytest.approx(usual + line.declared.step)
    draft.stored().check()


def test_a_list_brings_its_steps_and_follows_them(draft: Draft) -> None:
    window = QWidget()
    line = SigmasLine(draft)
    line.edit.setParent(window)
    line.fault.setParent(window)
    window.show()
    line.edit.setText("14, 3; 0.5 0")
    QTest.keyClick(line.edit, "\r")
    assert draft.stored().levels.sigmas == (14.0, 3.0, 0.5, 0.0) and draft.stored().steps == 3
    line.edit.setText("3, 14, 0")
    line.edit.editingFinished.emit()
    assert "fall" in line.fault.text() and line.fault.isVisible()
    assert draft.stored().steps == 3
    draft.set(steps=5)
    assert len(draft.stored().levels.sigmas) == 6
    draft.stored().check()
    draft.set(steps=1)
    assert draft.stored().levels.sigmas == (14.0, 0.0)
    draft.set(steps=3)  # what was typed comes back whole
    assert draft.stored().levels.sigmas == (14.0, 3.0, 0.5, 0.0)
    draft.undo()
    draft.undo()
    line.refresh()
    assert not line.edit.text() and draft.stored().levels == Levels()
    window.close()


def test_levels_of_one_kind_of_noise_go_with_it(draft: Draft) -> None:
    draft.set(levels=Levels(sigma_max=12.0))
    assert "levels" in draft.use_family("flow", FLOW)
    assert draft.stored().levels == Levels()
    draft.set(levels=Levels(rho=3.0))
    assert not draft.use_family("other", FAMILIES["flux"]) or draft.stored().levels.rho == 3.0

"""The lines of the form for fresh noise: each is there while the sampler takes it, and what is done
in them is a step of the draft."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.models.files.families import FAMILIES
from core.values.request_parts.fresh_noise import FreshNoise
from core.values.request_parts.levels import Levels
from desktop.form.parameters.fresh_noise_lines import fresh_noise_lines
from desktop.form.parameters.level_lines import DiscardLine, OwnOrNumberLine
from desktop.form.parameters.program_lines import EmphasisLine
from desktop.state.draft import Draft

CHURN = {"fresh_noise.s_churn"}
ALL_CHURN = {f"fresh_noise.{name}" for name in ("s_churn", "s_tmax", "s_tmin", "s_noise")}


@pytest.fixture
def draft(qapp: QApplication) -> Iterator[Draft]:
    made = Draft(FAMILIES["sd15"])
    yield made
    made.deleteLater()


def offered(draft: Draft) -> set[str]:
    return {line.field for line in fresh_noise_lines(draft) if line.offered()}


def test_each_is_there_while_the_sampler_takes_it(draft: Draft) -> None:
    draft.set(sampler="dpmpp_2m")
    assert offered(draft) == set()
    draft.set(sampler="euler_ancestral")
    assert offered(draft) == {"eta", "fresh_noise.s_noise"}
    draft.set(eta=0.0)
    assert offered(draft) == {"eta"}, "of no noise there is nothing to multiply"
    draft.set(sampler="ddim", eta=None)
    assert offered(draft) == {"eta"}
    draft.set(sampler="restart")
    assert offered(draft) == {"fresh_noise.s_noise"}
    draft.set(sampler="heun")
    assert offered(draft) == CHURN
    draft.put("fresh_noise.s_churn", 12.0)
    assert offered(draft) == ALL_CHURN
    draft.use_family("flow", FAMILIES["sd3"])
    assert offered(draft) == set(), "flow models take no churn"


def test_numbers_are_typed_and_given_back(draft: Draft) -> None:
    draft.set(sampler="euler", fresh_noise=FreshNoise(s_churn=10.0))
    lines = {line.field: line for line in fresh_noise_lines(draft)}
    start = lines["fresh_noise.s_tmax"]
    assert isinstance(start, OwnOrNumberLine)
    start.refresh()
    assert start.box.text().endswith("own")
    start.box.setValue(9.5)
    assert draft.stored().fresh_noise == FreshNoise(s_churn=10.0, s_tmax=9.5)
    draft.stored().check()
    draft.undo()
    assert draft.stored().fresh_noise == FreshNoise(s_churn=10.0)


def test_the_smallest_level_is_left_out_by_the_space_bar(draft: Draft) -> None:
    line = DiscardLine(draft)
    line.refresh()
    line.box.show()
    QTest.keyClick(line.box, Qt.Key.Key_Space)
    assert draft.stored().levels == Levels(discard_penultimate=True)
    assert line.box.accessibleName() and line.offered()
    draft.set(levels=Levels(sigmas=(1.0, 0.5, 0.0)), steps=2)
    assert not line.offered()
    line.box.deleteLater()


def test_words_are_weighed_as_is_chosen(draft: Draft) -> None:
    line = EmphasisLine(draft)
    line.refresh()
    assert line.combo.currentData() == "auto"
    line.combo.setCurrentIndex(line.combo.findData("no_norm"))
    line.combo.activated.emit(line.combo.currentIndex())
    assert draft.stored().emphasis == "no_norm" and line.offered()
    draft.use_family("other", FAMILIES["generic"])
    assert not line.offered()

"""The chip of a start picture alone: when its controls are open, and why not."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from core.models.files.families import FAMILIES
from core.service.stores import Stores
from core.store.sources.opened_picture import OpenedPicture
from core.values.request_parts.start_picture import StartPicture
from desktop.form.start.chip import StartChip
from desktop.form.start.choice import StartChoice, is_of_shape
from desktop.state.draft import Draft
from desktop.state.starting import StartSight
from desktop.widgets.controls import FieldLabel
from desktop.widgets.notices import NoticeBar
from tests.desktop.driving import until

SD15, SDXL = FAMILIES["sd15"], FAMILIES["sdxl"]
PIPELINE = next(row for row in FAMILIES.values() if row.pipeline)
GONE = "a" * 64


class Bench:
    """A chip over real stores in a window of its own."""

    def __init__(self, stores: Stores) -> None:
        self.draft = Draft(SD15)
        self.notice = NoticeBar()
        self.window = QWidget()
        self.choice = StartChoice(stores, self.draft, self.notice, self.window)
        self.chip = StartChip(self.draft, self.choice)
        QVBoxLayout(self.window).addWidget(self.chip)
        self.window.show()
        self.choice.begin()

    def start(self, address: str, **values: object) -> None:
        self.draft.set_as("Start", None, start=StartPicture(source=address, **values))  # type: ignore[arg-type]

    def is_open(self) -> bool:
        return self.chip.strength.number.field.isEnabled() and self.chip.fit.combo.isEnabled()


@pytest.fixture
def bench(qapp: QApplication, stores: Stores) -> Iterator[Bench]:
    made = Bench(stores)
    yield made
    made.choice.end()
    made.window.deleteLater()
    made.notice.deleteLater()


def kept(stores: Stores, width: int = 512, height: int = 512) -> str:
    data = bytes(width * height * 3)
    return stores.sources.keep(OpenedPicture(width=width, height=height, mode="RGB", data=data))


def sight(width: int, height: int) -> StartSight:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    return StartSight(width, height, out.getvalue())


def test_a_model_that_takes_no_picture_closes_the_controls_and_says_why(
    bench: Bench, stores: Stores
) -> None:
    bench.start(kept(stores))
    until(lambda: bench.chip.detail.text() == "512 x 512")
    assert bench.is_open() and not bench.chip.why.isVisible()
    bench.draft.use_family("other", PIPELINE)
    assert not bench.is_open() and bench.chip.why.isVisible()
    assert bench.chip.why.text() == bench.chip.strength.number.field.toolTip()
    assert "takes no picture" in bench.chip.why.text() and bench.chip.remove.isEnabled()
    bench.draft.undo()
    assert bench.is_open() and not bench.chip.why.isVisible()


def test_a_picture_that_is_not_kept_any_more_is_said_and_can_be_taken_away(bench: Bench) -> None:
    bench.start(GONE)
    until(bench.chip.why.isVisible)
    assert "not kept any more" in bench.chip.why.text() and not bench.is_open()
    assert GONE in bench.chip.why.toolTip()
    assert bench.chip.thumbnail.pixmap().isNull()
    bench.chip.remove.click()
    assert not bench.chip.isVisible() and bench.draft.stored().start == StartPicture()


def test_how_it_fits_is_asked_where_its_shape_is_another(bench: Bench, stores: Stores) -> None:
    bench.start(kept(stores, 640, 640))
    until(lambda: bench.chip.detail.text() == "640 x 640")
    assert not bench.chip.fit.combo.isVisible()
    bench.draft.set(height=768)
    assert bench.chip.fit.combo.isVisible()
    bench.draft.put("start.fit", "source")
    assert (bench.draft.stored().width, bench.draft.stored().height) == (640, 640)
    assert bench.draft.history.top().text == "Fit"  # type: ignore[union-attr]
    bench.draft.use_family("xl", SDXL)  # brings a size of its own, but for this
    assert bench.draft.stored().width == 640 and bench.draft.history.top().text == "Model"  # type: ignore[union-attr]
    bench.draft.undo()
    bench.draft.undo()
    assert (bench.draft.stored().width, bench.draft.stored().height) == (512, 768)


def test_a_picture_beyond_all_sizes_cannot_have_its_own(bench: Bench) -> None:
    bench.choice._sights.keep(GONE, sight(9_000, 100))
    bench.start(GONE)
    items = bench.chip.fit.combo.model()
    assert isinstance(items, QStandardItemModel)
    item = items.item(bench.chip.fit.combo.findData("source"))
    assert not item.isEnabled() and "9000 x 100" in item.toolTip()
    bench.choice._sights.keep("b" * 64, sight(900, 100))
    bench.start("b" * 64)
    assert item.isEnabled() and not item.toolTip()


def test_what_else_a_recipe_did_with_it_is_said(bench: Bench) -> None:
    bench.choice._sights.keep(GONE, sight(512, 512))
    bench.start(GONE, mask="c" * 64, extend=(0, 0, 64, 0))
    assert bench.chip.detail.toolTip() == "512 x 512 · with a mask · extended"


def test_strength_goes_back_to_its_own_by_a_double_click(bench: Bench) -> None:
    bench.choice._sights.keep(GONE, sight(512, 512))
    bench.start(GONE)
    label = next(
        label
        for label in bench.chip.findChildren(FieldLabel)
        if label.buddy() is bench.chip.strength.number
    )
    bench.chip.strength.number.field.setValue(0.35)
    assert label.text() == "Strength •" and bench.draft.stored().start.strength == 0.35
    label.reset_asked.emit()
    assert label.text() == "Strength" and bench.draft.stored().start.strength == 0.75
    bench.draft.put("start.strength", 0.5)
    bench.draft.reset()
    assert bench.draft.stored().start == replace(StartPicture(source=GONE), strength=0.5)


def test_a_model_that_is_instructed_begins_with_all_of_it(
    bench: Bench, stores: Stores, tmp_path: Path
) -> None:
    bench.draft.use_family("edits", replace(SD15, instructs=True))
    path = tmp_path / "photo.png"
    Image.new("RGB", (64, 64)).save(path)
    bench.choice.use(path)
    until(lambda: bench.choice.address)
    assert bench.chip.strength.number.field.value() == 1
    bench.draft.use_family("draws", SD15)
    assert bench.chip.strength.number.field.value() == 0.75
    bench.draft.put("start.strength", 0.3)
    bench.draft.use_family("edits", replace(SD15, instructs=True))
    assert bench.draft.value("start.strength") == 0.3, "what was chosen stays"


@pytest.mark.parametrize(
    ("picture", "size", "same"),
    [
        ((512, 512), (512, 512), True),
        ((1024, 1024), (512, 512), True),
        ((1001, 667), (1000, 664), True),
        ((1000, 667), (664, 1000), False),
        ((512, 512), (512, 640), False),
    ],
)
def test_a_shape_is_the_same_but_for_what_rounding_takes(
    picture: tuple[int, int], size: tuple[int, int], same: bool
) -> None:
    assert is_of_shape(picture, size) is same

"""Export in the window: what the dialog asks and shows, what is said of it, and its keys."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.metadata.recipes import read_file
from core.metadata.writing import encode
from core.service.exporting.choices import Along, ExportChoices, FileKind
from core.service.exporting.selection import subjects_of
from core.service.exporting.sheet.choices import Paper, SheetChoices, SheetKind
from core.service.exporting.subjects import Subject
from core.service.stores import Stores
from core.system.paths import Places
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from desktop.pictures.exporting.dialog import ExportDialog, candidates
from desktop.pictures.exporting.ending import FailedDialog
from desktop.pictures.exporting.exportings import Exportings
from desktop.pictures.exporting.wish import ExportWish, Form, kept_of, wish_of
from desktop.pictures.grids.dragging import captioned
from desktop.state.session import ExportKept
from desktop.widgets.notices import NoticeBar
from tests.desktop.driving import Open, in_front, opening, take_down, until

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.001))


def picture(stores: Stores, seed: int) -> Picture:
    pixels = Pixels(8, 8, os.urandom(192))
    recipe = Recipe(Request(prompt=f"fox {seed}", seed=seed), model_name="Starter")
    stores.places.pictures.mkdir(parents=True, exist_ok=True)
    path = stores.places.pictures / f"{seed}.png"
    path.write_bytes(encode(pixels, recipe)[0])
    return stores.gallery.record(path, recipe, 8, 8)


def subject(number: int) -> Subject:
    request = Request(prompt=f"a red fox {number}", seed=number)
    path = Path(f"/p/{number}.png")
    return Subject(path=path, request=request, width=8, height=8, created=1.79e9)


@pytest.fixture
def dialog(qapp: QApplication) -> Iterator[ExportDialog]:
    window = QWidget()
    made = ExportDialog(ExportWish(folder="/somewhere"), window)
    made.use(
        candidates(2, [subject(n) for n in (1, 2)]),
        candidates(90, [subject(n) for n in range(5, 9)]),
    )
    made.show()
    yield made
    made.close()
    window.deleteLater()


def test_it_shows_the_first_names_while_a_template_is_typed(dialog: ExportDialog) -> None:
    assert dialog.preview.text() == "1.png\n2.png"
    dialog.name.set_text("")
    QTest.keyClicks(dialog.name.line, "{prompt:5}/{n:03}")
    assert dialog.preview.text() == "a red/001.png\na red/002.png" and dialog.go.isEnabled()
    dialog.kind.setCurrentIndex(dialog.kind.findData(FileKind.JPEG))
    dialog.scope.setCurrentIndex(1)
    assert dialog.preview.text().splitlines() == [
        *(f"a red/00{n}.jpg" for n in (1, 2, 3)),
        "and 87 more",
    ]
    dialog.name.set_text("{nope}")
    assert "{nope}" in dialog.preview.text() and not dialog.go.isEnabled()
    for action in dialog.name.insert.menu().actions()[:1]:
        dialog.name.set_text("")
        action.trigger()
    assert dialog.name.text() == "{name}" and dialog.go.isEnabled()
    dialog.folder.setText(" ")
    assert not dialog.go.isEnabled()


def test_only_what_counts_is_shown_and_the_wish_is_what_is_set(dialog: ExportDialog) -> None:
    assert dialog.wish() == ExportWish(folder="/somewhere")
    assert not dialog.quality.isVisible() and not dialog.sheet.columns.isVisible()
    dialog.kind.setCurrentIndex(dialog.kind.findData(FileKind.WEBP))
    assert dialog.quality.isVisible() and dialog.wish().choices.quality is None, "lossless"
    dialog.quality.slider.setValue(80)
    dialog.kind.setCurrentIndex(dialog.kind.findData(FileKind.JPEG))
    assert dialog.wish().choices.quality == 95, "each kind its own"
    dialog.kind.setCurrentIndex(dialog.kind.findData(FileKind.WEBP))
    dialog.along.setCurrentIndex(dialog.along.findData(Along.NOTHING))
    assert "IPTC" in dialog.along_note.text() and "goes too" in dialog.along_note.text()
    dialog.side.setValue(512)
    assert dialog.wish().choices == ExportChoices(
        kind=FileKind.WEBP, side=512, quality=80, along=Along.NOTHING
    )
    dialog.form.setCurrentIndex(dialog.form.findData(Form.SHEET))
    assert dialog.sheet.columns.isVisible() and not dialog.name.isVisible()
    dialog.scope.setCurrentIndex(1)
    dialog.sheet.columns.setValue(3)
    dialog.sheet.paper.setCurrentIndex(dialog.sheet.paper.findData(Paper.SCREEN))
    dialog.sheet.heading.setText("Foxes")
    assert "90 pictures on 30 pages" in dialog.preview.text()
    wish = dialog.wish()
    assert (wish.sheet, wish.sheet_kind, wish.everything) == (
        SheetChoices(columns=3, paper=Paper.SCREEN, title="Foxes"),
        SheetKind.PDF,
        True,
    )
    again = ExportDialog(wish, dialog)
    again.use(candidates(2, []), candidates(90, []))
    assert again.wish() == wish
    again.deleteLater()


def test_a_wish_is_kept_and_what_makes_no_sense_of_it_is_as_at_first() -> None:
    wish = ExportWish(
        form=Form.ZIP,
        choices=ExportChoices(
            template="{date}/{seed}", kind=FileKind.JPEG, side=512, quality=80, along=Along.MARK
        ),
        sheet=SheetChoices(columns=7, caption="", paper=Paper.SCREEN),
        sheet_kind=SheetKind.PNG,
        folder="/somewhere",
    )
    assert wish_of(kept_of(wish), "/usual") == wish
    nonsense = ExportKept(
        form="mail",
        kind="bmp",
        side=-4,
        quality=900,
        along="all",
        template="{nope}",
        folder="\0",
        sheet_kind="doc",
        paper="a0",
        columns=10**6,
        caption="{neither}",
    )
    for kept in (nonsense, replace(nonsense, folder="\ud800"), replace(nonsense, folder="")):
        assert wish_of(kept, "/usual") == ExportWish(folder="/usual")
    assert wish_of(replace(nonsense, side=512), "/usual").choices == ExportChoices(side=512)


@pytest.fixture
def exportings(qapp: QApplication, stores: Stores) -> Iterator[Exportings]:
    window, notice = QWidget(), NoticeBar()
    made = Exportings(stores, notice, window)
    yield made
    made.end()
    window.deleteLater()
    notice.deleteLater()


def said(exportings: Exportings, word: str) -> str:
    notice = exportings._notice
    until(lambda: any(word in text for text in notice.texts()))
    return next(text for text in notice.texts() if word in text)


def test_pictures_are_written_and_it_says_where_and_with_what(
    exportings: Exportings, stores: Stores, tmp_path: Path
) -> None:
    pictures = [picture(stores, seed) for seed in (1, 2, 3)]
    ids = [one.id for one in pictures]
    stores.gallery.put_in_album(stores.gallery.add_album("Red"), ids[:1])
    out = tmp_path / "out"
    choices = ExportChoices(template="{album}-{seed}", along=Along.NOTHING)
    exportings.make(ids, ExportWish(folder=str(out), choices=choices))
    words = said(exportings, "were exported")
    assert str(out) in words and "without recipes and marks" in words
    assert sorted(os.listdir(out)) == ["2.png", "3.png", "Red-1.png"]
    assert read_file(out / "2.png").format == "none"
    exportings.make(ids[:1], ExportWish(folder=str(out)))
    assert "with its recipe" in said(exportings, "1.png")
    exportings.make(ids, ExportWish(folder=str(out), form=Form.ZIP))
    said(exportings, ".zip")
    (packed,) = out.glob("*.zip")
    assert len(zipfile.ZipFile(packed).namelist()) == 3
    exportings.make(ids, ExportWish(folder=str(out), form=Form.SHEET))
    said(exportings, "Contact sheet.pdf")
    assert ExportWish(folder="out").target() == Path.home() / "out"
    exportings.make(ids, ExportWish(folder=str(stores.places.pictures)))
    said(exportings, "gallery's own folder")
    assert len(list(subjects_of(stores.gallery, [*ids, 999]))) == 3


def test_what_could_not_be_written_is_listed(
    exportings: Exportings, stores: Stores, tmp_path: Path
) -> None:
    ids = [picture(stores, seed).id for seed in (1, 2, 3)]
    for seed in (1, 2):
        (stores.places.pictures / f"{seed}.png").unlink()
    exportings.make(ids, ExportWish(folder=str(tmp_path / "out")))
    assert "2 pictures could not be exported" in said(exportings, "could not")
    shown: list[FailedDialog] = []
    exportings.shown.connect(shown.append)
    exportings._notice.other.click()
    assert [shown[0].list.item(row).text()[:6] for row in (0, 1)] == ["1.png:", "2.png:"]
    shown[0].close()


def test_stop_keeps_what_was_written(
    exportings: Exportings, stores: Stores, tmp_path: Path
) -> None:
    ids = [picture(stores, seed).id for seed in range(30)]
    exportings.make(ids, ExportWish(folder=str(tmp_path / "out")))
    notice = exportings._notice
    assert notice.button.text() == "Stop"
    notice.button.click()
    words = said(exportings, "stopped")
    written = len(list((tmp_path / "out").glob("*"))) if (tmp_path / "out").exists() else 0
    assert (str(written) if written else "nothing") in words


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, FAKE, in_front)


def test_by_its_key_for_what_is_chosen_or_all_that_is_shown(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    window = application.window
    for seed in (1, 2, 3):
        picture(application.stores, seed)
    window.go("gallery")
    window.signals.gallery_changed.emit()
    grid = window.rooms["gallery"].grids()[0]
    until(lambda: grid.model().rowCount() == 3)
    grid.selectionModel().clear()
    until(window.actions_by_id["export"].isEnabled)
    assert not window.actions_by_id["copy-seed"].isEnabled()
    QTest.keyClick(
        window,
        Qt.Key.Key_D,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    exportings = window.exports.exportings
    until(lambda: exportings.dialog is not None and exportings.dialog.isVisible())
    dialog = exportings.dialog
    assert dialog is not None and dialog.wish().everything
    dialog.folder.setText(str(tmp_path / "out"))
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    until(lambda: any("3 pictures were exported" in text for text in window.notice.texts()))
    grid.setCurrentIndex(grid.model().index(0, 0))
    until(window.actions_by_id["copy-seed"].isEnabled)
    until(lambda: bool(window.picture_commands.pictures()))
    window.actions_by_id["copy-seed"].trigger()
    assert QApplication.clipboard().text() == "3"
    QApplication.clipboard().clear()
    window.actions_by_id["export"].trigger()
    until(lambda: exportings.dialog is not None and exportings.dialog.isVisible())
    again = exportings.dialog
    assert again is not None and again.scope.count() == 2
    assert not again.wish().everything, "what is chosen is meant, whatever was before"
    assert again.wish().folder == str(tmp_path / "out"), "the rest is as it was"
    again.reject()


def test_the_next_start_offers_what_was_chosen_last(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    made = picture(application.stores, 1)
    exportings = application.window.exports.exportings
    exportings.ask((made.id,))
    until(lambda: exportings.dialog is not None and exportings.dialog.isVisible())
    dialog = exportings.dialog
    assert dialog is not None
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.along.setCurrentIndex(dialog.along.findData(Along.MARK))
    dialog.name.set_text("{seed}")
    dialog.go.click()
    until(lambda: any("exported" in text for text in application.window.notice.texts()))
    file = application.stores.places.session
    until(lambda: file.exists() and "{seed}" in file.read_text())
    take_down(application)
    again = open_app().window.exports.exportings
    again.ask((made.id,))
    until(lambda: again.dialog is not None and again.dialog.isVisible())
    assert again.dialog is not None
    wish = again.dialog.wish()
    assert (wish.folder, wish.choices.along, wish.choices.template) == (
        str(tmp_path / "out"),
        Along.MARK,
        "{seed}",
    )
    again.dialog.reject()


def test_what_is_dragged_out_says_what_goes_along(qapp: QApplication) -> None:
    small = QPixmap(96, 64)
    small.fill("teal")
    shown = captioned(small, qapp.palette(), "with its recipe").toImage()
    assert shown.width() >= 96 and shown.height() > 64 + 10
    ground, ink = shown.pixelColor(shown.width() // 2, 66), qapp.palette().toolTipText().color()
    below = [
        shown.pixelColor(x, y) for x in range(shown.width()) for y in range(66, shown.height())
    ]
    assert ground.alpha() == 255 and ink in below, "words stand below it"

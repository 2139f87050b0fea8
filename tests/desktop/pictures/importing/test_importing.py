"""Folders brought in by the window: asked for, followed by a strip, paused, let go, found away; and
what Delete asks about pictures of such folders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.service.importing.told import State
from core.store.imported.folders import FolderState, WatchedFolder
from desktop.pictures import trash as trash_module
from desktop.pictures.importing.folders_dialog import FoldersDialog
from desktop.pictures.importing.imports import Imports
from desktop.pictures.importing.question import ImportQuestion
from desktop.pictures.importing.strip import ImportStrip
from desktop.pictures.trash import TrashActions
from desktop.widgets.notices import NoticeBar
from tests.core.service.importing.folders import bring_in, picture_at, png, rows_of, write
from tests.desktop.driving import press, until
from tests.desktop.pictures.conftest import Shelf


@dataclass
class Desk:
    """Imports over real stores, with what they told."""

    shelf: Shelf
    imports: Imports
    strip: ImportStrip
    notice: NoticeBar
    window: QWidget

    def until_done(self) -> None:
        def done() -> bool:
            self.shelf.come()
            return self.imports.progress is None and not self.imports._wishes

        until(done)
        self.shelf.come()


@pytest.fixture
def desk(shelf: Shelf, qapp: QApplication) -> Iterator[Desk]:
    window, notice = QWidget(), NoticeBar()
    imports = Imports(shelf.stores, shelf.thumbnails, shelf.records, notice, window)
    strip = ImportStrip(imports)
    made = Desk(shelf, imports, strip, notice, window)
    yield made
    imports.end()
    for widget in (strip, notice, window):
        widget.deleteLater()


def test_a_folder_is_asked_for_brought_in_and_watched(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "outputs"
    for number in range(3):
        write(folder / f"{number}.png", png(number))
    write(folder / "bad.png", b"none")
    desk.imports.ask(folder)
    question = desk.imports.question
    assert isinstance(question, ImportQuestion) and question.in_place.isChecked()
    until(lambda: question.isVisible())
    QTest.keyClick(question, Qt.Key.Key_Return)
    until(lambda: desk.imports.progress is not None)
    assert not desk.strip.isHidden() and "outputs" in desk.strip.title.text()
    desk.until_done()
    assert desk.strip.isHidden() and len(rows_of(desk.shelf.stores)) == 3
    assert desk.notice.texts() == ("outputs: 3 added, 1 not taken.",)
    assert [said.state for said in desk.imports.refused] == [State.REFUSED]
    (watched,) = desk.imports.folders
    assert watched.path == folder and watched.count == 3 and watched.state.whole
    desk.notice.clear()
    write(folder / "new.png", png(9))  # the system tells the watch of it
    until(lambda: len(rows_of(desk.shelf.stores)) == 4)
    desk.until_done()
    assert desk.notice.texts() == () and desk.strip.isHidden()


def test_an_import_waits_and_ends_when_a_person_says_so(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "outputs"
    for number in range(400):
        write(folder / f"{number}.png", png(number, size=(64, 64)))
    desk.imports.bring_in(folder, copies=True)
    until(lambda: desk.imports.progress is not None and desk.imports._process is not None)
    desk.strip.pause.click()
    assert "Go on" in desk.strip.pause.accessibleName()
    desk.strip.pause.click()
    assert "Pause" in desk.strip.pause.accessibleName()
    desk.strip.cross.click()
    desk.until_done()
    assert desk.notice.texts()[0].startswith("The import of outputs was stopped.")
    copies = list(desk.shelf.stores.places.pictures.rglob("*.png"))
    assert len(copies) == len(rows_of(desk.shelf.stores)) < 400


def test_what_cannot_be_imported_is_said(desk: Desk, tmp_path: Path) -> None:
    desk.imports.bring_in(tmp_path / "nowhere", copies=False)
    until(lambda: bool(desk.notice.texts()))
    assert "There is no folder" in desk.notice.texts()[0] and desk.imports.progress is None


def test_the_list_of_folders_says_what_is_away_and_lets_go_without_touching_files(
    desk: Desk, tmp_path: Path
) -> None:
    here, drive = tmp_path / "here", tmp_path / "drive"
    for folder in (here, drive):
        file = write(folder / "1.png", png(1))
        bring_in(desk.shelf.stores, folder)
    drive.rename(tmp_path / "unplugged")
    desk.imports.show_folders()
    first = desk.imports.dialog
    desk.imports.show_folders()
    assert desk.imports.dialog is first is not None, "one window is enough"
    dialog = desk.imports.dialog
    assert isinstance(dialog, FoldersDialog)
    desk.shelf.come()
    until(lambda: desk.imports.presence.is_away(str(file)))
    rows = [
        [dialog.list.topLevelItem(at).text(column) for column in range(3)]  # type: ignore[union-attr]
        for at in range(2)
    ]
    assert rows == [[str(drive), "1", "away"], [str(here), "1", "read today"]]
    dialog.list.setCurrentItem(dialog.list.topLevelItem(1))
    press("Take them out")
    QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    desk.shelf.come()
    assert [row["path"] for row in rows_of(desk.shelf.stores)] == [str(drive / "1.png")]
    assert (here / "1.png").exists() and dialog.list.topLevelItemCount() == 1
    (tmp_path / "unplugged").rename(drive)
    desk.imports.presence.look()
    until(lambda: not desk.imports.presence.is_away(str(file)))
    desk.until_done()
    dialog.close()


def test_delete_asks_what_is_to_become_of_files_of_other_programs(
    shelf: Shelf, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, notice = QWidget(), NoticeBar()
    trash = TrashActions(shelf.stores.gallery, shelf.records, notice, window)
    taken: list[Path] = []

    def to_system(file: Path) -> bool:
        taken.append(file)
        file.unlink()
        return True

    monkeypatch.setattr(trash_module, "to_system", to_system)
    files = [write(tmp_path / "art" / f"{n}.png", png(n)) for n in range(2)]
    bring_in(shelf.stores, tmp_path / "art")
    pictures = [picture_at(shelf.stores, file) for file in files]
    press("Cancel")
    trash.delete(pictures)
    shelf.come()
    assert notice.texts() == () and shelf.stores.gallery.ids() == (2, 1)
    press("Hide here")
    trash.delete(pictures)
    shelf.come()
    assert notice.texts() == ("2 pictures are hidden; their files stay in place.",)
    assert shelf.stores.gallery.ids() == () and all(file.exists() for file in files)
    notice.button.click()  # Undo
    shelf.come()
    assert len(shelf.stores.gallery.ids()) == 2
    press("system's trash")
    told: list[tuple[int, ...]] = []
    trash.deleted.connect(told.append)
    hidden = files[1].rename(files[1].with_suffix(".away"))
    trash.delete(pictures)
    until(lambda: "".join(notice.texts()).startswith("1 picture could not be moved"))
    assert told == [(pictures[0].id,)], "the one whose drive is away stays"
    hidden.rename(files[1])
    assert taken == files[:1] and shelf.stores.gallery.ids() == (2,)
    trash.end()
    window.deleteLater()
    notice.deleteLater()


def test_a_folder_that_is_let_go_while_it_is_read_leaves_nothing_behind(
    desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "outputs"
    for number in range(600):
        write(folder / f"{number}.png", png(number))
    desk.imports.bring_in(folder, copies=False)
    until(lambda: desk.imports.progress is not None and desk.imports.progress.done > 0)
    desk.imports.folders = (WatchedFolder(folder, FolderState()),)
    desk.imports.look_again()  # waits behind what goes on
    desk.imports.forget(folder)
    desk.until_done()
    assert rows_of(desk.shelf.stores) == [] and desk.imports.importing.folders.paths() == ()
    assert len(list(folder.iterdir())) == 600

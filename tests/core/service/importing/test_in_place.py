"""A folder shown where it lies: what is in it gets a row once, rows follow files, and nothing that
lies there stops it or is touched."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from core.service.importing import in_place
from core.service.importing.pixels import look_at_pixels
from core.service.importing.told import State
from core.service.stores import Stores
from core.store.imported.reading import ReadPicture, decode_picture, read_picture
from core.store.imported_rows import ImportedRows
from core.store.picture_rows import PicturePaths
from core.store.sqlite.checksum import row_checksum
from core.system.errors import WorldError
from core.values.gallery.origin import How, origin_of
from tests.core.service.importing.folders import (
    LONG_AGO,
    bring_in,
    importing,
    infotext,
    picture_at,
    png,
    rows_of,
    states,
    write,
)
from tests.core.store.dying import Death, Life


def test_a_picture_of_another_program_gets_a_row_with_its_recipe_and_its_file_stays(
    stores: Stores, tmp_path: Path
) -> None:
    file = write(tmp_path / "art" / "one.png", png(77))
    data = file.read_bytes()
    told, end = bring_in(stores, tmp_path / "art")
    assert states(told) == {"one.png": "added"} and end.changed
    picture = picture_at(stores, file)
    assert picture.request.prompt == "a red house" and picture.request.seed == 77
    assert (picture.request.sampler, picture.request.steps) == ("euler_ancestral", 21)
    assert (picture.width, picture.height, picture.model_name) == (8, 6, "dreamy_v8")
    assert picture.created == LONG_AGO and picture.job_id == ""
    origin = origin_of(str(rows_of(stores)[0]["origin"]))
    assert origin is not None and origin.program == "a1111" and origin.bytes == len(data)
    assert {"prompt", "seed", "model"} <= set(origin.known) and "schedule" not in origin.known
    assert file.read_bytes() == data and file.stat().st_mtime == LONG_AGO
    again, end = bring_in(stores, tmp_path / "art")
    assert states(again) == {"one.png": "known"} and not end.changed and len(rows_of(stores)) == 1


def test_strange_files_are_refused_with_a_reason_and_stop_nothing(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "strange"
    write(folder / "good.png", png(1))
    write(folder / "deep" / "er" / "GOOD.PNG", png(2))
    write(folder / "wrong-ending.jpg", png(3))
    write(folder / "empty.png", b"")
    write(folder / "words.png", b"no picture at all" * 99)
    write(folder / "half.png", png(4, size=(64, 64))[:-40])
    write(folder / ".hidden.png", png(5))
    write(folder / "notes.txt", b"words")
    write(folder / ("n" * 240 + ".png"), png(6))
    (folder / "loop").symlink_to(folder)
    (folder / "dangling.png").symlink_to(folder / "nowhere")
    (folder / "folder.png").mkdir()
    if sys.platform != "win32":
        os.mkfifo(folder / "pipe.png")
    if sys.platform == "linux":
        write(Path(os.fsdecode(bytes(folder) + b"/\xff\xfe.png")), png(7))
    told, end = bring_in(stores, folder)
    assert {name for name, said in told.items() if said.state is State.ADDED} == {
        "good.png",
        "GOOD.PNG",
        "wrong-ending.jpg",
        "n" * 240 + ".png",
    }
    refused = {name: said.reason for name, said in told.items() if said.state is State.REFUSED}
    assert {"empty.png", "words.png", "half.png", "dangling.png"} <= refused.keys()
    assert all(reason.endswith(".") for reason in refused.values()) and not end.stopped
    if sys.platform == "linux":
        assert len(refused) == 6 and "UTF-8" in refused["??.png"]
    again, _ = bring_in(stores, folder)
    expected = {name: state.replace("added", "known") for name, state in states(told).items()}
    assert states(again) == expected


def test_a_file_that_moved_takes_its_marks_with_it_and_a_changed_one_keeps_them(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    old = write(folder / "old.png", png(5))
    other = write(folder / "other.png", png(6))
    plain = write(folder / "plain.png", png(8, None))
    bring_in(stores, folder)
    ids = {path.name: picture_at(stores, path).id for path in (old, other, plain)}
    look_at_pixels(importing(stores))
    stores.gallery.set_favourite(list(ids.values()), True)
    (folder / "sub").mkdir()
    new = old.rename(folder / "sub" / "new.png")
    write(other, png(60, infotext(60, "a blue boat"), size=(9, 9)), LONG_AGO + 5)
    touched = write(folder / "sub" / "plain-2.png", plain.read_bytes(), LONG_AGO + 9)
    plain.unlink()
    told, _ = bring_in(stores, folder)
    assert states(told) == {"new.png": "moved", "other.png": "changed", "plain-2.png": "moved"}
    assert picture_at(stores, new).id == ids["old.png"]
    changed = picture_at(stores, other)
    assert (changed.id, changed.request.prompt, changed.width) == (
        ids["other.png"],
        "a blue boat",
        9,
    )
    assert picture_at(stores, touched).id == ids["plain.png"]
    assert all(row["favourite"] and row["sum"] == row_checksum(row) for row in rows_of(stores))


@pytest.mark.parametrize("death", [1, 2, 4, 6])
def test_marks_follow_pictures_whose_files_change_their_names_among_each_other(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, death: int
) -> None:
    folder = tmp_path / "art"
    files = [write(folder / f"{n}.png", png(n), LONG_AGO + n) for n in range(8)]
    bring_in(stores, folder)
    for number, file in enumerate(files):
        stores.gallery.set_note(picture_at(stores, file).id, f"of {number}")
    look_at_pixels(importing(stores))
    files[0].unlink()
    for number in range(1, 6):  # numbered anew
        files[number].rename(files[number - 1])
    turned = tmp_path / "turned.png"
    files[6].rename(turned)
    files[7].rename(files[6])
    turned.rename(files[7])
    write(files[5], png(50), LONG_AGO + 50)
    life = Life(death)
    with monkeypatch.context() as patched, pytest.raises(Death):
        patched.setattr(in_place, "BATCH", 2)
        patched.setattr(ImportedRows, "renew", life.mortal(ImportedRows.renew))
        bring_in(stores, folder)
    bring_in(stores, folder)
    notes = {
        file.name: (picture_at(stores, file).request.seed, picture_at(stores, file).note)
        for file in files
    }
    assert notes == {f"{n}.png": (n + 1, f"of {n + 1}") for n in range(5)} | {
        "5.png": (50, ""),
        "6.png": (7, "of 7"),
        "7.png": (6, "of 6"),
    }
    (gone,) = stores.gallery.page(stores.gallery.ids("is:hidden"))
    assert gone.note == "of 0" and gone.origin is not None and gone.origin.gone
    write(folder / "back.png", png(0), LONG_AGO)
    assert states(bring_in(stores, folder)[0])["back.png"] == "moved"
    assert picture_at(stores, folder / "back.png").note == "of 0"
    assert all(row["sum"] == row_checksum(row) for row in rows_of(stores))


def test_a_file_that_is_gone_is_hidden_until_it_comes_back_and_a_drive_that_is_away_changes_nothing(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    first = write(folder / "first.png", png(1))
    write(folder / "second.png", png(2))
    bring_in(stores, folder)
    stores.gallery.set_favourite([picture_at(stores, first).id], True)
    data = first.read_bytes()
    first.unlink()
    told, _ = bring_in(stores, folder)
    assert states(told) == {"second.png": "known", "first.png": "gone"}
    assert [origin_of(str(row["origin"])).hidden for row in rows_of(stores)] == [True, False]  # type: ignore[union-attr]
    assert states(bring_in(stores, folder)[0]) == {"second.png": "known"}
    write(first, data)
    bring_in(stores, folder)
    row = rows_of(stores)[0]
    assert row["favourite"] and not origin_of(str(row["origin"])).hidden  # type: ignore[union-attr]

    away = folder.rename(tmp_path / "away")
    folder.mkdir()  # the place of a drive that is not there
    before = rows_of(stores)
    told, end = bring_in(stores, folder)
    assert end.away and not told and rows_of(stores) == before
    folder.rmdir()
    away.rename(folder)
    assert states(bring_in(stores, folder)[0]) == {"first.png": "known", "second.png": "known"}


def test_a_folder_that_was_renamed_keeps_its_marks_and_a_drives_copy_takes_none(
    stores: Stores, tmp_path: Path
) -> None:
    folder, drive = tmp_path / "art", tmp_path / "mount" / "art"
    for place in (folder, drive):
        bring_in(stores, write(place / "one.png", png(len(str(place)))).parent)
    stores.gallery.set_favourite([picture_at(stores, folder / "one.png").id], True)
    renamed = folder.rename(tmp_path / "art of 2020")
    assert states(bring_in(stores, renamed)[0]) == {"one.png": "moved"}
    assert picture_at(stores, renamed / "one.png").favourite
    backup = drive.rename(tmp_path / "backup")  # its place is empty: the drive may be away
    assert states(bring_in(stores, backup)[0]) == {"one.png": "added"}


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="rights bind others")
def test_files_of_a_folder_that_cannot_be_read_are_not_taken_for_gone(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    write(folder / "locked" / "one.png", png(1))
    bring_in(stores, folder)
    (folder / "locked").chmod(0)
    told, _ = bring_in(stores, folder)
    (folder / "locked").chmod(0o700)
    assert states(told) == {"locked": "refused"}


def test_what_a_disk_refused_is_looked_at_again(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "art"
    write(folder / "one.png", png(1))
    write(folder / "bad.png", b"none")

    def refuse(path: Path) -> object:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr("core.metadata.reading.open_regular", refuse)
        told, _ = bring_in(stores, folder)
        assert "Permission denied" in told["one.png"].reason
    assert states(bring_in(stores, folder)[0]) == {"bad.png": "refused", "one.png": "added"}
    kept = importing(stores).refusals
    assert kept.reason(str(folder / "bad.png"), 4, LONG_AGO)


def test_hidden_by_hand_stays_hidden_whatever_becomes_of_the_file(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    file = write(folder / "one.png", png(1))
    bring_in(stores, folder)
    rows = ImportedRows(stores.database, PicturePaths(stores.places.pictures, stores.places.trash))
    picture = picture_at(stores, file)
    assert rows.hide([picture.id], True) == (picture.id,)
    assert states(bring_in(stores, folder)[0]) == {"one.png": "hidden"}
    moved = file.rename(folder / "two.png")
    assert states(bring_in(stores, folder)[0]) == {"two.png": "moved"}
    write(moved, png(9), LONG_AGO + 1)
    bring_in(stores, folder)
    assert rows.below(folder)[str(moved)].hidden_by_hand
    assert rows.hide([picture.id], False) == (picture.id,)
    assert states(bring_in(stores, folder)[0]) == {"two.png": "known"}


def test_what_a_person_hides_while_a_folder_is_read_stays_hidden(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "art"
    gone, changed = (write(folder / f"{n}.png", png(n), LONG_AGO + n) for n in range(2))
    bring_in(stores, folder)
    ids = [picture_at(stores, file).id for file in (gone, changed)]
    data = gone.read_bytes()
    gone.unlink()
    write(changed, png(7), LONG_AGO + 7)

    def read(path: Path, how: How) -> ReadPicture:
        stores.gallery.trash(ids)
        return read_picture(path, how)

    monkeypatch.setattr(in_place, "read_picture", read)
    bring_in(stores, folder)
    write(gone, data, LONG_AGO)
    bring_in(stores, folder)
    assert stores.gallery.ids() == () and len(rows_of(stores)) == 2
    assert picture_at(stores, changed).request.seed == 7


def test_pixels_are_looked_at_afterwards_once_each(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "art"
    good = write(folder / "good.png", png(3))
    damaged = bytearray(png(4, size=(64, 64)))
    at = damaged.index(b"IDAT") + 12
    damaged[at : at + 4] = b"\0\0\0\0"
    write(folder / "damaged.png", bytes(damaged))
    bring_in(stores, folder)
    early = picture_at(stores, good)
    assert look_at_pixels(importing(stores)) == 1
    picture = picture_at(stores, good)
    assert picture.sha256 == decode_picture(good).sha256
    good.rename(folder / "elsewhere")  # its thumbnail is kept by now
    assert stores.thumbnails.get(picture).startswith(b"\xff\xd8")
    assert stores.thumbnails.get(early) == stores.thumbnails.get(picture)
    assert look_at_pixels(importing(stores)) == 0
    assert all(row["sum"] == row_checksum(row) for row in rows_of(stores))


def test_what_is_calotypes_own_is_not_imported(stores: Stores) -> None:
    with pytest.raises(WorldError, match="own already"):
        bring_in(stores, stores.places.pictures)
    own = write(stores.places.pictures / "2026-01-01" / "0001-1.png", png(1))
    told, _ = bring_in(stores, stores.places.root.parent)
    assert own.name not in told


def test_a_death_at_any_transaction_doubles_and_loses_no_row(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something is new, changed, moved and gone, so that each kind of write comes."""
    for death in range(1, 40):
        folder = tmp_path / f"art {death}"
        for number in range(5):
            write(folder / f"{number}.png", png(1000 * death + number))
        bring_in(stores, folder)
        kept = {row["id"] for row in rows_of(stores)}
        (folder / "0.png").rename(folder / "moved.png")
        write(folder / "1.png", png(1000 * death + 50), LONG_AGO + 3)
        (folder / "2.png").unlink()
        write(folder / "new.png", png(1000 * death + 51))
        life = Life(death)
        with monkeypatch.context() as patched:
            for name in ("put", "renew", "note_origin"):
                patched.setattr(ImportedRows, name, life.mortal(getattr(ImportedRows, name)))
            try:
                bring_in(stores, folder)
                survived = True
            except Death:
                survived = False
        bring_in(stores, folder)
        rows = ImportedRows(
            stores.database, PicturePaths(stores.places.pictures, stores.places.trash)
        ).below(folder)
        names = ["1.png", "2.png", "3.png", "4.png", "moved.png", "new.png"]
        assert sorted(Path(path).name for path in rows) == names
        assert kept < {row["id"] for row in rows_of(stores)}
        assert [Path(p).name for p, row in rows.items() if row.origin.hidden] == ["2.png"]
        if survived:
            return
    raise AssertionError("it never came to an end")

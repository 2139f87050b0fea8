"""What else the program does to pictures, where they lie in a stranger's folder: nothing of it
touches their files, and no row is lost for a drive that is away."""

from __future__ import annotations

from pathlib import Path

from core.metadata.recipes import fields_of
from core.service.importing.pixels import look_at_pixels
from core.service.importing.row_recipe import recipe_of_imported
from core.service.source_upkeep import check_sources
from core.service.stores import Stores, open_stores
from core.store.sqlite.checksum import row_checksum
from core.values.gallery.origin import origin_of
from core.values.gallery.question import PictureQuestion
from tests.core.service.importing.folders import (
    bring_in,
    importing,
    picture_at,
    png,
    rows_of,
    write,
)


def shown(stores: Stores, text: str = "") -> list[str]:
    ids = stores.gallery.find(PictureQuestion(text)) or ()
    return sorted(Path(picture.path).name for picture in stores.gallery.page(list(ids)))


def test_delete_hides_and_undo_shows_again_and_only_the_systems_trash_takes_a_file(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    first, second = (write(folder / f"{n}.png", png(n)) for n in (1, 2))
    bring_in(stores, folder)
    ids = [picture_at(stores, path).id for path in (first, second)]
    assert stores.gallery.trash(ids[:1]) == (ids[0],)
    assert shown(stores) == ["2.png"] and shown(stores, "is:hidden") == ["1.png"]
    assert first.exists() and stores.gallery.trash_size() == (0, 0)
    assert stores.gallery.empty_trash(older_than_days=0) == 0
    stores.gallery.restore(ids[:1])
    assert shown(stores) == ["1.png", "2.png"]

    took: list[Path] = []

    def take(file: Path) -> bool:
        took.append(file)
        if file == second:
            return False  # its drive has no trash
        file.unlink()
        return True

    assert stores.gallery.let_go_in_place(ids, take) == 1
    assert took == [first, second] and shown(stores) == ["2.png"] and second.exists()
    second.unlink()  # a drive that is away: nothing can take it, and its row stays
    assert stores.gallery.let_go_in_place(ids, take) == 0 and len(rows_of(stores)) == 1


def test_ratings_tags_and_albums_never_touch_a_file(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "art"
    file = write(folder / "one.png", png(1))
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    bring_in(stores, folder)
    gallery, one = stores.gallery, picture_at(stores, file)
    gallery.set_rating([one.id], 4)
    gallery.set_tags([one.id], ["keeper"], [])
    gallery.set_note(one.id, "from the other machine")
    album = gallery.add_album("Best")
    gallery.put_in_album(album, [one.id])
    gallery.set_favourite([one.id], True)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert list(folder.iterdir()) == [file] and str(picture_at(stores, file).path) == str(file)
    assert shown(stores, "is:imported program:a1111 rating:4 tag:keeper") == ["one.png"]
    assert shown(stores, "steps:21") == ["one.png"] and shown(stores, "schedule:karras") == []


def test_check_says_what_is_away_and_what_is_missing(stores: Stores, tmp_path: Path) -> None:
    here, away = tmp_path / "here", tmp_path / "away"
    for folder in (here, away):
        write(folder / "1.png", png(1))
        write(folder / "2.png", png(2))
        bring_in(stores, folder)
    (here / "1.png").unlink()
    away.rename(tmp_path / "elsewhere")
    health = stores.gallery.check()
    assert health.missing == (str(here / "1.png"),) and health.corrupt == ()
    assert health.away == (str(away / "1.png"), str(away / "2.png"))
    bring_in(stores, here)  # which notices that the file is gone
    assert stores.gallery.check().missing == ()
    assert check_sources(stores).missing == ()


def test_a_damaged_row_is_read_again_from_its_file_and_never_dropped(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    plain = write(folder / "plain.png", png(1, None))
    away = write(folder / "away.png", png(2))
    bring_in(stores, folder)
    look_at_pixels(importing(stores))
    stores.gallery.set_rating([picture_at(stores, plain).id], 5)
    data = away.read_bytes()
    away.unlink()
    with stores.database.transaction() as db:
        db.execute("UPDATE pictures SET prompt = 'rot', width = 9999")
    stores.gallery.repair_rows()
    healed = picture_at(stores, plain)
    assert (healed.width, healed.rating, healed.request.prompt) == (8, 5, "")
    assert len(rows_of(stores)) == 2
    bring_in(stores, folder)
    origin = picture_at(stores, away).origin
    assert origin is not None and origin.hidden and origin.gone
    write(away, data)
    stores.gallery.repair_rows()
    assert all(row["sum"] == row_checksum(row) for row in rows_of(stores))
    assert picture_at(stores, away).width == 8
    bring_in(stores, folder)
    assert picture_at(stores, away).id in stores.gallery.ids(), "nobody hid it by hand"


def test_what_the_copy_of_a_lost_database_held_comes_back_with_a_drive_away(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    file = write(folder / "one.png", png(1))
    bring_in(stores, folder)
    stores.gallery.set_rating([picture_at(stores, file).id], 3)
    stores.gallery.trash([])
    stores.database.daily_copy()
    stores.close()
    folder.rename(tmp_path / "away")
    stores.places.database.write_bytes(b"no database")
    again = open_stores(stores.places)
    try:
        picture = picture_at(again, file)
        assert picture.rating == 3 and picture.origin is not None
        assert picture.origin == origin_of(str(rows_of(again)[0]["origin"]))
        assert again.database.connection().execute("SELECT path FROM folders").fetchall()[0][0]
    finally:
        again.close()


def test_a_recipe_is_read_from_the_row_where_the_file_is_away(
    stores: Stores, tmp_path: Path
) -> None:
    file = write(tmp_path / "art" / "one.png", png(7))
    bring_in(stores, tmp_path / "art")
    picture = picture_at(stores, file)
    there = recipe_of_imported(picture)
    file.unlink()
    away = recipe_of_imported(picture)
    assert fields_of(away) == fields_of(there) and fields_of(away)["seed"] == 7
    assert away.request == {"model": "dreamy_v8"} and away.format == there.format == "a1111"

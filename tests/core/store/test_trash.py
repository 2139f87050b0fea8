"""Names that are never given twice, and a trash that a death between any two steps leaves as
it was or as it should be."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.metadata.recipes import read_file
from core.metadata.writing import encode_png
from core.service.stores import Stores, open_stores
from core.store import trash as trash_module
from core.store.files import put_in_gallery, remove_partials
from core.store.sqlite.database import Database
from core.system import atomic_files
from core.system.errors import WorldError
from core.system.paths import Places
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from tests.core.store.dying import Death, Life

PIXELS = Pixels(8, 8, bytes(192))


def make(stores: Stores, prompt: str, seed: int = 7, *, counted: bool = True) -> Picture:
    recipe = Recipe(
        Request(prompt, seed=seed),
        f"job of {prompt}",
        model_name="Starter",
        pixels_sha256=Pixels(8, 8, prompt.encode().ljust(192)[:192]).sha256,
    )
    last = (stores.gallery.last_number,) if counted else ()
    path = put_in_gallery(stores.places.pictures, seed, encode_png(PIXELS, recipe), ".png", *last)
    return stores.gallery.record(path, recipe, 8, 8)


def prompts(stores: Stores, *, trashed: bool = False) -> list[str]:
    return sorted(
        one.request.prompt for one in stores.gallery.page(stores.gallery.ids(trashed=trashed))
    )


def sound(stores: Stores, expected: list[str], favourites: set[str]) -> None:
    """Each picture once, with its own file and its star, files of the trash only among what
    lies there, nothing over."""
    shown, gone = (
        stores.gallery.page(stores.gallery.ids(trashed=trashed)) for trashed in (False, True)
    )
    assert sorted(one.request.prompt for one in (*shown, *gone)) == expected
    for one in (*shown, *gone):
        recipe = read_file(Path(one.path)).recipe
        assert recipe is not None and recipe.request.prompt == one.request.prompt
        assert Path(one.path).is_relative_to(stores.places.trash) == (one in gone)
    assert {one.request.prompt for one in (*shown, *gone) if one.favourite} >= favourites
    assert len(list(stores.places.root.rglob("*.png"))) == len(expected) and not list(
        stores.places.root.rglob("*.partial")
    )
    assert stores.gallery.check().missing == ()


@pytest.mark.parametrize("counted", [True, False])
def test_the_name_of_a_trashed_picture_is_not_given_again_and_no_row_replaced(
    stores: Stores, counted: bool
) -> None:
    first = make(stores, "first")
    stores.gallery.set_favourite([first.id], True)
    stores.gallery.trash([first.id])
    second = make(stores, "second", counted=counted)
    assert (
        second.id != first.id
        and second.trashed is None
        and read_file(Path(second.path)).recipe.request.prompt == "second"
    )  # type: ignore[union-attr]
    if counted:
        assert Path(second.path).name == "0002-7.png"
    assert prompts(stores) == ["second"] and prompts(stores, trashed=True) == ["first"]
    stores.gallery.restore([first.id])
    sound(stores, ["first", "second"], {"first"})
    stores.recover()
    sound(stores, ["first", "second"], {"first"})
    assert prompts(stores) == ["first", "second"]


def test_a_picture_is_restored_beside_another_that_has_its_name_now(stores: Stores) -> None:
    first = make(stores, "first")
    stores.gallery.trash([first.id])
    Path(first.path).write_bytes(b"somebody else's")
    stores.gallery.restore([first.id])
    assert Path(first.path).read_bytes() == b"somebody else's"
    again = stores.gallery.get(first.id)
    assert again is not None and Path(again.path).name == "0001-7-2.png" and again.trashed is None
    assert stores.gallery.repair_rows() == 0, "the row's sum follows its path"


def test_a_link_that_leads_nowhere_keeps_the_name_it_has(stores: Stores) -> None:
    picture = make(stores, "first")
    stores.gallery.trash([picture.id])
    Path(picture.path).symlink_to("gone")
    stores.gallery.restore([picture.id])
    assert Path(picture.path).is_symlink()
    assert prompts(stores) == ["first"] and stores.gallery.check().missing == ()


def test_a_picture_that_cannot_be_moved_is_not_on_its_way(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = make(stores, "first")

    def refuse(source: Path, target: Path) -> None:
        raise WorldError("No space left.", "Make room.")

    monkeypatch.setattr(trash_module, "_move", refuse)
    with pytest.raises(WorldError, match="No space"):
        stores.gallery.trash([picture.id])
    row = stores.database.connection().execute("SELECT trashed, trash_path FROM pictures")
    assert tuple(row.fetchone()) == (None, "")
    assert prompts(stores) == ["first"]


def test_a_file_put_back_by_hand_into_the_name_of_a_lost_picture_is_another_picture(
    stores: Stores,
) -> None:
    lost = make(stores, "lost")
    stores.gallery.set_favourite([lost.id], True)
    Path(lost.path).unlink()
    new = make(stores, "new", counted=False)
    assert (
        new.id != lost.id
        and stores.gallery.get(lost.id).favourite
        and not stores.gallery.get(new.id).favourite
    )  # type: ignore[union-attr]


def test_recording_the_same_picture_twice_is_one_row(stores: Stores) -> None:
    one = make(stores, "one")
    recipe = read_file(Path(one.path)).recipe
    assert (
        recipe is not None
        and stores.gallery.record(Path(one.path), recipe, 8, 8).id == one.id
        and len(stores.gallery.ids()) == 1
    )


def test_names_of_the_trash_are_not_taken_from_files_of_an_older_database(stores: Stores) -> None:
    first = make(stores, "first")
    stores.places.trash.mkdir(exist_ok=True)
    old = stores.places.trash / f"{first.id}-{Path(first.path).name}"
    old.write_bytes(b"of an older database")
    stores.gallery.trash([first.id])
    assert old.read_bytes() == b"of an older database"
    stores.gallery.restore([first.id])
    assert prompts(stores) == ["first"]


def test_throwing_away_twice_changes_nothing(stores: Stores) -> None:
    first = make(stores, "first")
    assert stores.gallery.trash([first.id]) == (first.id,)
    before = stores.gallery.get(first.id)
    assert stores.gallery.trash([first.id]) == () and stores.gallery.get(first.id) == before


ACTIONS: dict[str, Callable[[Stores], object]] = {
    "trash": lambda stores: stores.gallery.trash(sorted(stores.gallery.ids())[:2]),
    "restore": lambda stores: stores.gallery.restore(stores.gallery.ids(trashed=True)),
    "empty": lambda stores: stores.gallery.empty_trash(older_than_days=-1),
}


def steps(monkeypatch: pytest.MonkeyPatch, death: int, *, other_disk: bool) -> Iterator[None]:
    """Let the process die before or after its `death`-th step that changes data."""
    life = Life(death)

    def name_new(
        source: Path, target: Path, true: Callable[..., object] = atomic_files.name_new
    ) -> None:
        if other_disk and source.suffix == ".png" and source.parent != target.parent:
            raise OSError(18, "Invalid cross-device link")
        true(source, target)

    monkeypatch.setattr(atomic_files, "name_new", life.mortal(name_new))
    monkeypatch.setattr(trash_module, "set_columns", life.mortal(trash_module.set_columns))
    monkeypatch.setattr(os, "unlink", life.mortal(os.unlink))
    monkeypatch.setattr(Database, "_begin", life.mortal(Database._begin))
    yield
    monkeypatch.undo()


@pytest.mark.parametrize("other_disk", [False, True])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_death_at_any_step_loses_and_doubles_nothing(
    tmp_path: Path, action: str, other_disk: bool
) -> None:
    deaths = 0
    for death in range(1, 200):
        where = Places(
            tmp_path / str(death),
            tmp_path / str(death) / "pictures",
            tmp_path / str(death) / "models",
        )
        stores = open_stores(where)
        for number in range(3):
            make(stores, f"p{number}", number)
        stores.gallery.set_favourite(stores.gallery.ids(), True)
        if action != "trash":
            stores.gallery.trash(sorted(stores.gallery.ids())[:2])
        monkeypatch = pytest.MonkeyPatch()
        ended = steps(monkeypatch, death, other_disk=other_disk)
        next(ended)
        try:
            ACTIONS[action](stores)
        except Death:
            deaths += 1
        else:
            death = 0
        next(ended, None)
        for path in where.root.rglob("*.partial"):  # as of a process that is gone
            path.rename(path.with_name(f".999999999-{path.name[-16:]}"))
        stores.close()
        again = open_stores(where)
        again.recover()
        left = prompts(again) + prompts(again, trashed=True)
        if action == "empty":
            assert "p2" in left
            sound(again, sorted(left), {"p2"})
        else:
            sound(again, ["p0", "p1", "p2"], {"p0", "p1", "p2"})
        again.close()
        if not death:
            break
    assert deaths >= 4, "the steps were counted"


@pytest.mark.parametrize("action", ["trash", "restore"])
def test_a_disk_that_takes_the_file_but_not_the_row_gets_the_file_back(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    first = make(stores, "first")
    stores.gallery.set_favourite([first.id], True)
    if action == "restore":
        stores.gallery.trash([first.id])
    true = trash_module.set_columns
    ending = {"trash": "trashed", "restore": "trash_path"}[action]

    def refuse(db: sqlite3.Connection, picture_id: int, values: dict[str, object]) -> None:
        if ending in values and (values[ending] or action == "restore"):
            raise WorldError("The disk is full.", "Free some space.")
        true(db, picture_id, values)

    monkeypatch.setattr(trash_module, "set_columns", refuse)
    with pytest.raises(WorldError, match="full"):
        ACTIONS[action](stores)
    monkeypatch.undo()
    sound(stores, ["first"], {"first"})
    assert (prompts(stores) == ["first"]) == (action == "trash")


def test_a_trash_that_was_emptied_by_hand_is_empty(stores: Stores) -> None:
    first, second = make(stores, "first"), make(stores, "second")
    stores.gallery.trash([first.id, second.id])
    Path(stores.gallery.get(first.id).path).unlink()  # type: ignore[union-attr]
    stores.recover()
    assert prompts(stores, trashed=True) == ["second"]


@pytest.mark.parametrize("created", [1e20, -1e20])
def test_a_discarded_file_of_a_time_that_no_clock_tells_gets_its_row(
    stores: Stores, created: float
) -> None:
    recipe = Recipe(Request("odd", seed=7), "job", created=created, pixels_sha256=PIXELS.sha256)
    stores.places.trash.mkdir(parents=True)
    (stores.places.trash / "7-odd.png").write_bytes(encode_png(PIXELS, recipe))
    stores.gallery.sweep()
    assert prompts(stores, trashed=True) == ["odd"]


def test_an_empty_file_that_only_held_a_name_goes(tmp_path: Path) -> None:
    for name in ("0001-7.png", "0002-7-2.webp", "notes.png"):
        (tmp_path / name).touch()
    (tmp_path / "0003-7.png").write_bytes(b"x")
    assert remove_partials(tmp_path) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0003-7.png", "notes.png"]


# --- into the system's trash ---


def test_what_is_taken_away_is_forgotten_and_what_is_not_stays(
    stores: Stores, tmp_path: Path
) -> None:
    pictures = [make(stores, prompt) for prompt in ("first", "second", "third", "fourth")]
    stores.gallery.trash([picture.id for picture in pictures[:3]])
    count, taken = stores.gallery.trash_size()
    assert count == 3 and taken == sum(
        file.stat().st_size for file in stores.places.trash.iterdir()
    )
    assert stores.gallery.trash_size(older_than_days=1) == (0, 0)
    system = tmp_path / "system"
    system.mkdir()

    def gone(file: Path) -> bool:
        if file.name.startswith(f"{pictures[1].id}-"):
            return False
        file.rename(system / file.name)
        return True

    assert stores.gallery.discard([pictures[0].id, pictures[3].id], gone) == 1, (
        "only what lies in the trash"
    )
    assert (
        stores.gallery.empty_trash(older_than_days=0, gone=gone) == 1
        and len(list(system.iterdir())) == 2
    )
    assert prompts(stores, trashed=True) == ["second"] and prompts(stores) == ["fourth"]
    assert stores.gallery.discard([pictures[1].id]) == 1 and not list(stores.places.trash.iterdir())


def test_a_kill_while_files_go_into_the_systems_trash_leaves_rows_and_files_that_agree(
    stores: Stores, tmp_path: Path
) -> None:
    pictures = [make(stores, prompt) for prompt in ("first", "second", "third")]
    stores.gallery.trash([picture.id for picture in pictures])
    went: list[Path] = []

    def gone(file: Path) -> bool:
        if len(went) == 2:
            raise Death
        file.rename(tmp_path / file.name)
        went.append(file)
        return True

    with pytest.raises(Death):
        stores.gallery.empty_trash(older_than_days=0, gone=gone)
    stores.gallery.settle_trash()
    left = [stores.gallery.get(i) for i in stores.gallery.ids(trashed=True)]
    assert len(left) == 1 and all(one is not None and Path(one.path).exists() for one in left)
    assert len(list(stores.places.trash.iterdir())) == 1


def test_of_many_those_before_one_that_cannot_be_moved_lie_in_the_trash(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [make(stores, f"p{number}", number) for number in range(7)]
    Path(made[1].path).unlink()  # one that is gone already needs no moving
    true = atomic_files.name_new

    def refuse(source: Path, target: Path) -> None:
        if source.name == Path(made[4].path).name:
            raise OSError(13, "Permission denied")
        true(source, target)

    monkeypatch.setattr(trash_module, "GROUP", 3)
    monkeypatch.setattr(atomic_files, "name_new", refuse)
    with pytest.raises(WorldError, match="could not be moved"):
        stores.gallery.trash([one.id for one in made])
    monkeypatch.undo()
    assert sorted(prompts(stores)) == ["p4", "p5", "p6"]
    assert len(prompts(stores, trashed=True)) == 4
    asked = "SELECT count(*) FROM pictures WHERE trash_path != '' AND trashed IS NULL"
    assert stores.database.connection().execute(asked).fetchone()[0] == 0, "nothing is on its way"

"""A process that ends before any statement of a change leaves all of it or nothing; what lies on
the disk at each of these moments is opened again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from core.metadata.writing import encode_png
from core.service.stores import Stores, open_stores
from core.store.files import put_in_gallery
from core.system.paths import Places
from core.values.picture import Pixels, Recipe
from core.values.request import Request

PIXELS = Pixels(8, 8, bytes(192))
IDS = (1, 2, 3)

DEEDS: dict[str, Callable[[Stores], object]] = {
    "rate": lambda stores: stores.gallery.set_rating(IDS, 4),
    "tag": lambda stores: stores.gallery.set_tags(IDS, ["sky", "sea"], ["old"]),
    "note": lambda stores: stores.gallery.set_note(1, "a note"),
    "new album": lambda stores: stores.gallery.add_album("New", "red"),
    "put into an album": lambda stores: stores.gallery.put_in_album(1, IDS),
    "remove an album": lambda stores: stores.gallery.remove_album(1),
}


def _begun(where: Places) -> Stores:
    """Four pictures with files, a tag and an album that holds the last of them."""
    stores = open_stores(where)
    for number in range(4):
        recipe = Recipe(
            Request(f"p{number}", seed=number), f"job{number}", pixels_sha256=PIXELS.sha256
        )
        data = encode_png(PIXELS, recipe)
        path = put_in_gallery(where.pictures, number, data, ".png", stores.gallery.last_number)
        stores.gallery.record(path, recipe, 8, 8)
    stores.gallery.set_tags(IDS, ["old"])
    stores.gallery.put_in_album(stores.gallery.add_album("Mine"), [4])
    return stores


def _state(stores: Stores) -> object:
    """All that a person said."""
    gallery = stores.gallery
    pictures = gallery.page((1, 2, 3, 4))
    marks = [(one.rating, one.favourite, one.tags, one.note) for one in pictures]
    return (
        marks,
        gallery.albums(),
        [gallery.album_list.pictures(one.id) for one in gallery.albums()],
    )


def _moments(stores: Stores, deed: Callable[[Stores], object], into: Path) -> Sequence[Path]:
    """What lay on the disk before each statement of a deed, and behind the last."""
    root, kept = stores.places.root, list[Path]()

    def keep(_: str = "") -> None:
        kept.append(into / str(len(kept)))
        shutil.copytree(root, kept[-1], ignore=shutil.ignore_patterns("*-shm", "*.lock", "search*"))

    keep()
    stores.database.connection().set_trace_callback(keep)
    deed(stores)
    stores.database.connection().set_trace_callback(None)
    keep()
    return kept


def _opened(copy: Path) -> Stores:
    stores = open_stores(Places(copy, copy / "pictures", copy / "models"))
    stores.recover()
    return stores


@pytest.mark.parametrize("name", DEEDS)
def test_all_or_nothing_of_a_change_is_there_after_a_kill(
    where: Places, tmp_path: Path, name: str
) -> None:
    stores = _begun(where)
    before = _state(stores)
    moments = _moments(stores, DEEDS[name], tmp_path / "moments")
    after = _state(stores)
    stores.close()
    assert before != after and len(moments) >= 4
    seen = list[object]()
    for moment in moments:
        again = _opened(moment)
        seen.append(_state(again))
        assert seen[-1] in (before, after), moment.name
        again.close()
    assert seen[0] == before and seen[-1] == after


def test_a_kill_while_many_are_thrown_away_costs_no_mark(where: Places, tmp_path: Path) -> None:
    stores = _begun(where)
    stores.gallery.set_rating(IDS, 5)
    wanted = _state(stores)
    moments = _moments(stores, lambda one: one.gallery.trash(IDS), tmp_path / "moments")
    stores.close()
    counts = set[int]()
    for moment in moments:
        again = _opened(moment)
        there, gone = again.gallery.ids(), again.gallery.ids(trashed=True)
        assert sorted((*there, *gone)) == [1, 2, 3, 4], moment.name
        for one in again.gallery.page((*there, *gone)):
            assert Path(one.path).is_file(), moment.name
        again.gallery.restore(gone)
        assert _state(again) == wanted, moment.name
        counts.add(len(gone))
        again.close()
    assert counts == {0, 3}, "they go together"

"""The deeds on what a person says of pictures: ratings, tags, albums, the trash of many; and the
search index, made the first time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from core.service.stores import Stores, open_stores
from core.values.gallery.question import PictureQuestion
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

MANY = 24  # pictures that are thrown away at once


def _deed(work: Callable[[Stores, tuple[int, ...]], object]) -> Callable[[Path], None]:
    def act(root: Path) -> None:
        stores = open_stores(library.chosen(root))
        work(stores, stores.gallery.ids())

    return act


def _look(state: Callable[[Stores], object], right: tuple[object, ...]) -> Callable[..., Faults]:
    """The pictures are there with their marks, and the `state` is one of those that are `right`:
    the last of them once the deed is done."""

    def look(root: Path, done: bool) -> Faults:
        stores = library.begin(root)
        faults = library.picture_faults(stores, range(library.PICTURES))
        found = state(stores)
        stores.gallery.index.check()
        stores.close()
        return faults + ([] if found in (right[-1:] if done else right) else [f"{found} is there"])

    return look


def _many(root: Path) -> None:
    library.fill(root, pictures=MANY)


def _throw_away(root: Path) -> None:
    stores = open_stores(library.chosen(root))
    stores.gallery.trash(stores.gallery.ids()[: MANY // 2])


def _look_many(root: Path, done: bool) -> Faults:
    stores = library.begin(root)
    faults = library.picture_faults(stores, range(MANY))
    gone = len(stores.gallery.ids(trashed=True))
    stores.close()
    return faults + ([f"{gone} lie in the trash"] if done and gone != MANY // 2 else [])


def _with_album(root: Path) -> None:
    library.fill(root)
    stores = open_stores(library.chosen(root))
    stores.gallery.add_album("Mine")
    stores.close()


def _without_index(root: Path) -> None:
    library.fill(root)
    for file in root.glob("search.db*"):
        file.unlink()


def _make_index(root: Path) -> None:
    index = open_stores(library.chosen(root)).gallery.index
    while index.fill(2):
        time.sleep(0)


def _count(text: str) -> Callable[[Stores], int]:
    return lambda stores: len(stores.gallery.find(PictureQuestion(text)) or ())


def actions() -> tuple[Action, ...]:
    """All of them."""
    every = (0, library.PICTURES)
    return (
        Action(
            "rate",
            library.fill,
            _deed(lambda stores, ids: stores.gallery.set_rating(ids, 3)),
            _look(_count("rating:3"), every),
        ),
        Action(
            "tag",
            library.fill,
            _deed(lambda stores, ids: stores.gallery.set_tags(ids, ["sky"])),
            _look(_count("tag:sky"), every),
        ),
        Action(
            "put into an album",
            _with_album,
            _deed(lambda stores, ids: stores.gallery.put_in_album(1, ids)),
            _look(_count("album:Mine"), every),
        ),
        Action(
            "remove an album",
            _with_album,
            _deed(lambda stores, ids: stores.gallery.remove_album(1)),
            _look(lambda stores: len(stores.gallery.albums()), (1, 0)),
        ),
        Action("trash many", _many, _throw_away, _look_many),
        Action(
            "make the search index",
            _without_index,
            _make_index,
            _look(_count("picture"), (library.PICTURES,)),
        ),
    )

"""The orders of the gallery that are no column of a picture's row: by the size of its file, and by
chance."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from core.service.importing.places import opened
from core.service.stores import Stores
from core.store.imported.reading import ReadPicture
from core.values.gallery.origin import How, Origin
from core.values.gallery.question import Order, PictureQuestion
from core.values.picture import Recipe
from core.values.request import Request

SIZES = (5000, 70_000, 5000, 300_000, None, 1)  # bytes; None: there is no file


def record(stores: Stores, number: int, size: int | None) -> int:
    path = stores.places.pictures / f"{number}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    if size is not None:
        path.write_bytes(bytes(size))
    recipe = Recipe(Request(seed=number), model_name="Starter", created=1.7e9 + number)
    return stores.gallery.record(path, recipe, 8, 8).id


def found(stores: Stores, question: PictureQuestion) -> list[int]:
    """In one piece, and the same in pieces of two."""
    whole = list(stores.gallery.find(question) or ())
    pieces = list(stores.gallery.find(question, limit=2) or ())
    while more := list(stores.gallery.find(question, limit=2, after=pieces[-1]) or ()):
        pieces += more
    assert pieces == whole
    return whole


def test_files_stand_by_their_size_wherever_they_are(stores: Stores) -> None:
    ids = [record(stores, number, size) for number, size in enumerate(SIZES)]
    imported = ReadPicture(
        path=Path("/away/imported.png"),
        recipe=Recipe(Request("imported"), created=1.6e9),
        size=(8, 8),
        origin=Origin(How.IN_PLACE, bytes=100_000),
    )
    rows = opened(stores.database, stores.places, stores.thumbnails).rows
    (other,) = rows.put([imported])
    falling = [ids[3], other, ids[1], ids[2], ids[0], ids[5], ids[4]]
    largest = PictureQuestion(order=Order.FILE_SIZE)
    assert found(stores, largest) == falling, "of equal ones the newest first"
    smallest = PictureQuestion(order=Order.FILE_SIZE, rising=True)
    assert found(stores, smallest) == falling[::-1]
    labels = [(str(5 * 65536), 1), (str(2 * 65536), 2), ("65536", 3), ("0", 1)]
    assert stores.gallery.labels(largest) == labels
    stores.gallery.trash(ids[:4])
    assert found(stores, PictureQuestion(trashed=True, order=Order.FILE_SIZE)) == [
        one for one in falling if one in ids[:4]
    ]
    stores.gallery.set_rating(ids, 3)
    stores.gallery.restore(ids[:4])
    assert found(stores, largest) == falling


def test_a_file_that_comes_back_has_its_size(stores: Stores) -> None:
    ids = [record(stores, 0, None), record(stores, 1, 9)]
    largest = PictureQuestion(order=Order.FILE_SIZE)
    assert found(stores, largest) == [ids[1], ids[0]]
    (stores.places.pictures / "0.png").write_bytes(bytes(10))
    stores.gallery.set_rating(ids[:1], 1)
    assert found(stores, largest) == ids


def test_a_shuffle_is_one_order_and_another_one_another(stores: Stores) -> None:
    ids = [record(stores, number, None) for number in range(12)]
    orders = {
        shuffle: found(stores, PictureQuestion(order=Order.RANDOM, shuffle=shuffle))
        for shuffle in (0, 1, 2, 2**30 - 1)
    }
    for shuffle, order in orders.items():
        question = PictureQuestion(order=Order.RANDOM, shuffle=shuffle)
        assert sorted(order) == ids and found(stores, question) == order
        turned = PictureQuestion(order=Order.RANDOM, shuffle=shuffle, rising=True)
        assert found(stores, turned) == order[::-1]
        few = PictureQuestion("width:8", order=Order.RANDOM, shuffle=shuffle)
        assert found(stores, few) == order, "whatever is asked for"
        assert stores.gallery.labels(question) == [("", 12)]
    assert all(one != other for one, other in itertools.combinations(orders.values(), 2))


@pytest.mark.parametrize("shuffle", [0, 7, 123_456_789])
def test_a_shuffle_looks_like_chance(stores: Stores, shuffle: int) -> None:
    """Pictures lie as far from their own places, and from their neighbours, as by chance."""
    count = 2000
    with stores.database.transaction() as db:
        db.executemany(
            "INSERT INTO pictures (path, created, width, height, request, job_id, prompt, "
            "negative, model_name, seconds, sha256) "
            "VALUES (?, 1, 8, 8, '{}', '', '', '', '', 0, '')",
            [(f"{number}.png",) for number in range(count)],
        )
    stores.gallery.index.fill_all()
    order = stores.gallery.find(PictureQuestion(order=Order.RANDOM, shuffle=shuffle))
    assert order is not None and len(set(order)) == count
    moved = sum(abs(one - place) for place, one in enumerate(order, 1)) / count**2
    between = [abs(one - other) / count for one, other in itertools.pairwise(order)]
    # the mean of two points' distance in a unit is 1/3; of all distances no few are the usual ones
    assert 0.3 < moved < 0.37 and 0.3 < sum(between) / len(between) < 0.37
    assert len({round(one, 2) for one in between}) > 80
    others = stores.gallery.find(PictureQuestion(order=Order.RANDOM, shuffle=shuffle + 1))
    assert others is not None
    assert sum(one == other for one, other in zip(order, others, strict=True)) < 10

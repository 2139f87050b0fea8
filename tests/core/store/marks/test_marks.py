"""What a person says of pictures: kept, found, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.service.stores import Stores
from core.system.errors import WorldError
from core.values.gallery.question import Order, PictureQuestion
from core.values.picture import Recipe
from core.values.request import Request


@pytest.fixture
def five(stores: Stores) -> Stores:
    """Pictures with the ids 1 to 5, one a day."""
    for number in range(1, 6):
        recipe = Recipe(
            Request(f"picture {number}", seed=number),
            model_name="Starter",
            created=1.7e9 + number * 86400,
        )
        stores.gallery.record(stores.places.pictures / f"{number}.png", recipe, 8, 8 * number)
    return stores


def test_ratings_tags_and_notes_are_kept_and_found(five: Stores) -> None:
    gallery = five.gallery
    gallery.set_rating([1, 2, 3], 4)
    gallery.set_rating([3, 99], -1)
    gallery.set_tags([1, 4], ["Night  sky", "100%"])
    gallery.set_tags([1], ["night SKY"], ["100%"])
    gallery.set_note(2, " a note of mine ")
    one, two = gallery.page([1, 2])
    assert (one.rating, one.tags, two.note) == (4, ("Night sky",), "a note of mine")
    assert gallery.tags_of([1, 4]) == {"100%": 1, "Night sky": 2}
    assert gallery.ids("rating:>=4") == (2, 1) and gallery.ids("is:rejected") == (3,)
    assert gallery.ids('tag:"night sky" -tag:100%') == (1,) and gallery.ids("sky") == (4, 1)
    assert gallery.ids("has:note") == (2,) == gallery.ids("mine")
    by_rating = gallery.find(PictureQuestion(order=Order.RATING))
    assert by_rating is not None and list(by_rating) == [2, 1, 5, 4, 3]
    for wrong in (lambda: gallery.set_rating([1], 6), lambda: gallery.set_tags([1], [" "])):
        with pytest.raises(WorldError):
            wrong()


def test_albums_hold_pictures_or_a_search(five: Stores) -> None:
    gallery = five.gallery
    mine = gallery.add_album("Mine")
    gallery.put_in_album(mine, [1, 3, 3, 99])
    tall = gallery.add_album("tall", "size:>=24")
    assert gallery.ids('album:"mine"') == (3, 1) and gallery.ids("album:tall") == (5, 4, 3)
    for album, ids in ((mine, [3, 1]), (tall, [5, 4, 3])):
        assert list(gallery.find(PictureQuestion(album=album)) or ()) == ids
    assert [(one.name, one.count, one.is_smart) for one in gallery.albums()] == [
        ("Mine", 2, False),
        ("tall", -1, True),
    ]
    with pytest.raises(WorldError, match="already"):
        gallery.rename_album(tall, "MINE")
    with pytest.raises(WorldError, match="saved search"):
        gallery.put_in_album(tall, [1])
    gallery.take_from_album(mine, [3])
    before, held = gallery.album_list.get(mine), gallery.album_list.pictures(mine)
    assert before is not None and held == (1,)
    gallery.remove_album(mine)
    assert [one.id for one in gallery.albums()] == [tall] and len(gallery.ids()) == 5
    gallery.album_list.put_back(before, held)
    assert gallery.ids("has:album") == (1,)


def test_days_and_sizes_come_in_the_order_of_the_pictures(five: Stores) -> None:
    gallery = five.gallery
    days = gallery.days(PictureQuestion())
    assert len(days) == 5 and all(count == 1 for _, count in days) and days == sorted(days)[::-1]
    assert gallery.days(PictureQuestion(rising=True)) == days[::-1]
    gallery.record(five.places.pictures / "x.png", Recipe(Request("x"), created=1e300), 8, 8)
    gallery.record(five.places.pictures / "y.png", Recipe(Request("y"), created=-1e300), 8, 8)
    ends = gallery.days(PictureQuestion())
    assert ends[0][0].startswith("9998") and ends[-1][0].startswith("0002") and ends[1:-1] == days
    assert gallery.ids() == (6, 5, 4, 3, 2, 1, 7) == gallery.ids("size:<99")
    gallery.trash([6, 7])
    shapes = gallery.shapes(PictureQuestion(order=Order.SIZE, rising=True))
    assert shapes is not None and list(shapes) == [8 << 16 | 8 * number for number in range(1, 6)]
    assert gallery.labels(PictureQuestion(order=Order.MODEL)) == [("Starter", 5)]


def test_what_is_no_query_is_left_out_and_named(five: Stores) -> None:
    assert five.gallery.ids("picture colour:red steps:many") == (5, 4, 3, 2, 1)
    assert Path(five.places.root / "search.db").is_file()

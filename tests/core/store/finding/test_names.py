"""The names of a field that menus and dialogs offer."""

from __future__ import annotations

from core.service.stores import Stores
from core.store.finding.suggesting import names_of
from tests.desktop.parts import put_picture


def named(stores: Stores, field: str) -> tuple[tuple[str, int], ...]:
    return stores.gallery.index.asked(lambda db: names_of(db, field))


def test_names_come_with_how_many_pictures_have_them(stores: Stores) -> None:
    gallery = stores.gallery
    ids = [put_picture(stores, f"fox {seed}", seed).id for seed in range(4)]
    gallery.set_tags(ids, ["night"])
    gallery.set_tags(ids[:1], [f"tag {number:02}" for number in range(30)])
    album = gallery.add_album("Foxes")
    gallery.add_album("The best", "rating:5")
    gallery.put_in_album(album, ids[:3])
    gallery.trash(ids[3:])
    tags = named(stores, "tag")
    assert len(tags) == 31 and tags[:2] == (("night", 3), ("tag 00", 1))
    assert named(stores, "model") == (("Starter", 3),)
    assert named(stores, "album") == (("Foxes", 3), ("The best", -1))
    assert named(stores, "lora") == ()

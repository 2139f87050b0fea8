"""The names that are offered while a search is typed."""

from __future__ import annotations

from core.service.stores import Stores
from core.store.finding.names import FIELDS, FieldName, names_of
from tests.desktop.parts import put_picture


def named(stores: Stores, field: str, begun: str = "") -> list[tuple[str, str, int]]:
    found = stores.gallery.index.asked(lambda db: names_of(db, field, begun))
    assert all(isinstance(one, FieldName) for one in found)
    return [(one.field, one.name, one.count) for one in found]


def test_names_come_with_how_many_pictures_have_them(stores: Stores) -> None:
    gallery = stores.gallery
    ids = [put_picture(stores, f"fox {seed}", seed).id for seed in range(4)]
    gallery.set_tags(ids, ["night"])
    gallery.set_tags(ids[:1], ["Autumn", "late autumn"])
    album = gallery.add_album("Foxes")
    gallery.add_album("The best", "rating:5")
    gallery.put_in_album(album, ids)
    gallery.trash(ids[3:])
    assert named(stores, "tag") == [
        ("tag", "night", 3),
        ("tag", "Autumn", 1),
        ("tag", "late autumn", 1),
    ]
    assert [name for _, name, _ in named(stores, "tag", "AUT")] == ["Autumn", "late autumn"]
    assert named(stores, "model", "start") == [("model", "Starter", 3)]
    assert named(stores, "album") == [("album", "Foxes", 3), ("album", "The best", -1)]
    assert [name for _, name, _ in named(stores, "", "t")] == [
        "night",
        "Autumn",
        "late autumn",
        "Starter",
    ]
    assert named(stores, "nothing") == []
    assert all(named(stores, field, "%") == [] for field in FIELDS), "no sign stands for others"

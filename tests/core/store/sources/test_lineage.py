"""From parent to child and back, over the rows of a real gallery."""

from __future__ import annotations

from dataclasses import replace

from core.metadata.writing import encode_png
from core.service.stores import Stores
from core.store.files import put_in_gallery
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

SOURCE = "5" * 64


def made(stores: Stores, grey: int, when: float, parent: Picture | None = None) -> Picture:
    pixels = Pixels(2, 1, bytes([grey] * 6))
    request = Request(f'of {grey} "parent":"x"', seed=grey)
    if parent is not None:
        start = StartPicture(source=SOURCE)
        request = replace(request, parent=parent.sha256, start=start)
    recipe = Recipe(request, pixels_sha256=pixels.sha256, created=when)
    path = put_in_gallery(stores.places.pictures, grey, encode_png(pixels, recipe))
    return stores.gallery.record(path, recipe, 2, 1)


def test_children_and_parents_are_found(stores: Stores) -> None:
    first = made(stores, 1, 100.0)
    second = made(stores, 2, 200.0, first)
    third = made(stores, 3, 300.0, second)
    other = made(stores, 4, 400.0, first)
    lineage = stores.lineage
    assert lineage.parent_of(third) == second and lineage.parent_of(second) == first
    assert lineage.parent_of(first) is None
    assert lineage.children_of(first.sha256) == (other, second)
    assert lineage.children_of(third.sha256) == () and lineage.children_of("") == ()
    assert lineage.started_from(SOURCE) == (other, third, second)


def test_a_parent_in_the_trash_is_named_and_one_that_is_gone_is_not(stores: Stores) -> None:
    first = made(stores, 1, 100.0)
    child = made(stores, 2, 200.0, first)
    stores.gallery.trash([first.id])
    found = stores.lineage.parent_of(child)
    assert found is not None and found.id == first.id and found.trashed is not None
    stores.gallery.empty_trash(older_than_days=0)
    assert stores.lineage.parent_of(child) is None


def test_a_picture_of_the_same_pixels_is_not_its_own_parent(stores: Stores) -> None:
    """As strength 0 makes them: who goes on from parent to parent comes to an end."""
    first = made(stores, 1, 100.0)
    same = made(stores, 1, 200.0, first)
    again = made(stores, 1, 300.0, same)
    assert again.sha256 == first.sha256
    walked = [again]
    while (above := stores.lineage.parent_of(walked[-1])) is not None:
        walked.append(above)
    assert [one.id for one in walked] == [again.id, same.id, first.id]

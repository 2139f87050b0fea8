"""The tree of pictures that share steps, from rows of a real gallery."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.metadata.writing import encode_png
from core.service.insight.recorded import RecordedPicture
from core.service.insight.rewind.branch_tree import branch_tree
from core.service.stores import Stores
from core.store.files import put_in_gallery
from core.values.branching import branch_off
from core.values.job import Job, ModelRef
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from core.values.resolved_request import resolve

ROOT = Request('the first "branch":{"origin":"{', seed=5)


def put(stores: Stores, request: Request, grey: int) -> Picture:
    pixels = Pixels(2, 1, bytes([grey] * 6))
    recipe = Recipe(request, pixels_sha256=pixels.sha256, created=float(grey))
    path = put_in_gallery(stores.places.pictures, grey, encode_png(pixels, recipe))
    return stores.gallery.record(path, recipe, 2, 1)


def branch(parent: Picture, prompt: str, step: int) -> Request:
    changed = replace(parent.request, prompt=prompt, parent=parent.sha256)
    return branch_off(parent.request, changed, step)


def seen(stores: Stores, picture: Picture) -> list[tuple[str, int, int, bool, bool]]:
    job = Job(resolve(picture.request), ModelRef("fake", "Fake", "starter", "fake"))
    opened = RecordedPicture(Path(picture.path), Path("x"), job, picture.sha256, True, ())
    return [
        (node.prompt[:5], node.step, node.parent, node.is_open, node.picture is not None)
        for node in branch_tree(stores, opened)
    ]


def test_each_picture_stands_below_the_one_that_it_branches_off_from(stores: Stores) -> None:
    first = put(stores, ROOT, 1)
    assert seen(stores, first) == []
    second = put(stores, branch(first, "second", 4), 2)
    third = put(stores, branch(second, "third", 6), 3)
    put(stores, branch(first, "same", 9), 1)  # nothing changed: the same pixels
    put(stores, replace(ROOT, prompt="other", parent=first.sha256), 7)  # no branch
    lost = put(stores, branch(first, "lost", 2), 8)
    stores.gallery.trash([lost.id])
    rows = [
        ("the f", 0, -1, False, True),
        ("secon", 4, 0, False, True),
        ("third", 6, 1, True, True),
        ("same", 9, 0, False, True),
    ]
    assert seen(stores, third) == rows
    opened = [row[3] for row in seen(stores, first)]
    assert opened == [True, False, False, False]


def test_what_was_deleted_keeps_its_place_in_the_tree(stores: Stores) -> None:
    first = put(stores, ROOT, 1)
    second = put(stores, branch(first, "second", 4), 2)
    third = put(stores, branch(second, "third", 6), 3)
    stores.gallery.trash([first.id, second.id])
    assert seen(stores, third) == [
        ("the f", 0, -1, False, False),
        ("secon", 4, 0, False, False),
        ("third", 6, 1, True, True),
    ]

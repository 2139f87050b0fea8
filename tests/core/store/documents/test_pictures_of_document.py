"""Pictures are found again by the document that they were made for, after a lost database too."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

from PIL import Image

from core.metadata.writing import encode
from core.service.starting.own_recipe import own_recipe
from core.service.starting.varying import vary_requests
from core.service.stores import open_stores
from core.store.files import put_in_gallery
from core.store.finding.answers import Stack
from core.store.sqlite.migrations import MIGRATIONS
from core.system.paths import Places
from core.values.gallery.question import PictureQuestion
from core.values.job import JobState
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from core.values.resolved_request import resolve

FIRST, SECOND = "a1" * 16, "b2" * 16


def test_pictures_are_found_by_their_document(where: Places) -> None:
    stores = open_stores(where)
    made: dict[int, Path] = {}
    for seed, document in enumerate((FIRST, SECOND, "", FIRST)):
        pixels = Pixels(64, 64, bytes([seed]) * (3 * 64 * 64))
        request = Request(f"picture {seed}", seed=seed, width=64, height=64, document=document)
        recipe = Recipe(request, model_name="Starter", pixels_sha256=pixels.sha256)
        made[seed] = put_in_gallery(stores.places.pictures, seed, *encode(pixels, recipe))
        stores.gallery.record(made[seed], recipe, 64, 64)
    with Image.open(made[0]) as image:
        assert FIRST in image.info["calotype"] and FIRST not in image.info["parameters"]
    (job,) = stores.jobs.add([resolve(Request("waits", seed=9, document=FIRST))])
    stores.gallery.trash([stores.gallery.ids()[0]])

    def seeds(document: str) -> list[int | None]:
        return [one.request.seed for one in stores.gallery.pictures_of_document(document)]

    assert (seeds(FIRST), seeds(SECOND), seeds("")) == ([3, 0], [1], [])
    assert [one.trashed is None for one in stores.gallery.pictures_of_document(FIRST)] == [0, 1]
    queued = stores.jobs.get(job.id)
    assert queued is not None and queued.request.document == FIRST
    again, varied = own_recipe(stores.library, made[1]), vary_requests(stores, made[1], seed=1)
    assert again.parsed.recipe is not None and again.parsed.recipe.request.document == SECOND
    assert again.request.document == varied.requests[0].document == "", "made for nobody"
    stores.close()
    for path in where.root.glob("calotype.db*"):
        path.unlink()
    stores = open_stores(where)
    assert stores.recover()[0] == 3
    assert sorted(map(str, seeds(FIRST))) == ["0", "3"] and seeds(SECOND) == [1]
    stores.close()


def test_a_database_of_before_gets_the_column(where: Places) -> None:
    where.create()
    with contextlib.closing(sqlite3.connect(where.database)) as db:
        db.executescript("".join(MIGRATIONS[:7]) + "PRAGMA user_version = 7;")
    stores = open_stores(where)
    (job,) = stores.jobs.add([resolve(Request("old", seed=1))])
    stores.jobs.finish(job.id, JobState.STOPPED)
    assert stores.gallery.pictures_of_document(FIRST) == ()
    assert (where.backups / "before-version-8.db").is_file()
    stores.close()


def test_the_newest_of_a_document_stands_for_all_until_its_stack_is_opened(where: Places) -> None:
    stores = open_stores(where)
    for seed, document in enumerate((FIRST, SECOND, "", FIRST, FIRST, "")):
        request = Request(f"picture {seed}", seed=seed, width=64, height=64, document=document)
        recipe = Recipe(request, model_name="Starter")
        stores.gallery.record(where.pictures / f"{seed}.png", recipe, 64, 64)
    gallery, stacked = stores.gallery, PictureQuestion(stacked=True)
    assert list(gallery.find(stacked) or ()) == [6, 5, 3, 2]
    assert gallery.stacks() == {FIRST: Stack(5, 3), SECOND: Stack(2, 1)}
    opened = replace(stacked, unfolded=(FIRST,))
    assert list(gallery.find(opened) or ()) == [6, 5, 4, 3, 2, 1]
    assert list(gallery.find(replace(stacked, text="picture")) or ()) == [6, 5, 4, 3, 2, 1]
    gallery.trash([5])
    assert list(gallery.find(stacked, limit=3) or ()) == [6, 4, 3]
    assert gallery.stacks()[FIRST] == Stack(4, 2)
    stores.close()

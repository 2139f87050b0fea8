"""How soon pictures are found that look like one, have its recipe, or are of its family, among very
many; and how fast pictures are looked at and exported. All in processor time.

    python tests/bench/pictures/kin.py [--count 100000] [--data FOLDER]

A folder of before is used again. Ends with 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from core.service.alike.duplicates import duplicates
from core.service.alike.family import family_of
from core.service.alike.likeness import Likeness
from core.service.exporting.choices import Along, ExportChoices, FileKind
from core.service.exporting.export import export_pictures
from core.service.exporting.selection import subjects_of
from core.service.stores import Stores, open_stores
from core.store.thumbnails import Thumbnails
from core.system.paths import places
from tests.bench.window.many_pictures import write_many

LIKE_MS = 30.0  # processor time at the 95th percentile
RECIPE_MS = 30.0
TURNS = 20
LOOKED_AT = 500
EXPORTED = 200


def processor_ms(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    work()
    return (time.thread_time() - begun) * 1e3


def p95(figures: list[float]) -> float:
    return statistics.quantiles(figures, n=20)[-1]


def give_numbers(stores: Stores) -> None:
    """Every picture some number, as if all had been looked at; a tenth near another one's."""
    rng = random.Random(7)

    def write(db: sqlite3.Connection) -> None:
        ids = [row[0] for row in db.execute("SELECT id FROM facts")]
        numbers = [rng.getrandbits(63) for _ in ids]
        for at in range(0, len(numbers), 10):
            numbers[at] = numbers[rng.randrange(len(numbers))] ^ (1 << rng.randrange(63))
        db.execute("BEGIN IMMEDIATE")
        db.executemany(
            "UPDATE facts SET phash = ?, mirrored = ? WHERE id = ?",
            [(one, rng.getrandbits(63), two) for one, two in zip(numbers, ids, strict=True)],
        )
        db.execute("COMMIT")

    stores.gallery.index.asked(write)


def search(stores: Stores, term: str) -> float:
    """Its 95th percentile in ms, of random pictures."""
    rng = random.Random(3)
    count = stores.database.connection().execute("SELECT max(id) FROM pictures").fetchone()[0]
    figures = [
        processor_ms(lambda: stores.gallery.ids(f"{term}:{rng.randint(1, count)}"))
        for _ in range(TURNS)
    ]
    print(f"{term}: median {statistics.median(figures):.1f} ms, p95 {p95(figures):.1f} ms")
    return p95(figures)


def looked_at(stores: Stores) -> None:
    """What the first look at a picture takes."""

    def forget(db: sqlite3.Connection) -> None:
        db.execute("UPDATE facts SET phash = NULL WHERE place IN "
                   f"(SELECT place FROM facts ORDER BY place LIMIT {LOOKED_AT})")  # fmt: skip

    stores.gallery.index.asked(forget)
    thumbnails = Thumbnails(stores.places.thumbnails)
    taken = processor_ms(Likeness(stores.gallery, thumbnails).fill)
    thumbnails.close()
    print(f"looking at a picture: {taken / LOOKED_AT:.2f} ms")


def exported(stores: Stores) -> None:
    ids = stores.gallery.ids(limit=EXPORTED)
    for words, choices in (
        ("as they are", ExportChoices()),
        ("without recipe", ExportChoices(along=Along.NOTHING)),
        ("as JPEG", ExportChoices(kind=FileKind.JPEG)),
    ):
        with tempfile.TemporaryDirectory() as out:
            begun = time.process_time()
            end = export_pictures(subjects_of(stores.gallery, ids), choices, Path(out, "out"))
            taken = (time.process_time() - begun) * 1e3
        each = taken / max(end.written, 1)
        print(f"exported {words}: {each:.1f} ms a picture ({end.written} of {len(ids)})")


def measure(stores: Stores) -> int:
    stores.gallery.index.fill_all()
    give_numbers(stores)
    missed = [
        what
        for what, figure, bar in (
            ("like", search(stores, "like"), LIKE_MS),
            ("same:recipe", search(stores, "same:recipe"), RECIPE_MS),
            ("same:prompt", search(stores, "same:prompt"), RECIPE_MS),
        )
        if figure > bar
    ]
    for near in (False, True):
        found: list[int] = []
        taken = processor_ms(
            lambda near=near, found=found: found.append(len(duplicates(stores.gallery, near=near)))
        )
        print(f"duplicates, near {near}: {taken / 1e3:.2f} s, {found[0]} groups")
    picture = stores.gallery.page(stores.gallery.ids(limit=1))[0]
    print(f"family: {processor_ms(lambda: family_of(stores, picture)):.0f} ms")
    looked_at(stores)
    exported(stores)
    for what in missed:
        print(f"MISSED: {what}")
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = options.data or Path(temporary)
        if not (data / "calotype.db").exists() and not any(data.glob("*.db")):
            write_many(data, options.count)
        stores = open_stores(places(str(data)))
        try:
            return measure(stores)
        finally:
            stores.close()


if __name__ == "__main__":
    sys.exit(main())

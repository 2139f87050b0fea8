"""A gallery of very many pictures, written in seconds: rows with prompts of some four thousand
words; files and thumbnails are few, under many names."""

from __future__ import annotations

import io
import os
import random
import shutil
import sqlite3
import time
from functools import cache
from pathlib import Path

from core.service.stores import Stores, open_stores
from core.store.picture_rows import columns_of
from core.store.sqlite.checksum import row_checksum
from core.store.thumbnails import Thumbnails
from core.system.paths import places
from core.values.picture import Recipe
from core.values.request import Request

DAY_OF = 400  # pictures
SPACING = 90.0  # seconds between two pictures
THUMBNAILS = 48  # different ones, which many pictures share
KNOWN = (
    *("red house", "blue umbrella", "green tree", "portrait", "mountain", "mushroom", "night"),
    *("watercolour", "photograph", "by the sea", "sunset", "sun", "snow", "castle", "cat", "dog"),
    *("in the rain", "detailed", "masterpiece", "river", "meadow", "boat", "balloon", "street"),
)
_SHARED_THUMBNAILS = """
    DROP TABLE small;
    CREATE TABLE marks (id INTEGER PRIMARY KEY, mark TEXT NOT NULL, jpeg INTEGER NOT NULL);
    CREATE TABLE jpegs (id INTEGER PRIMARY KEY, jpeg BLOB NOT NULL);
    CREATE VIEW small AS
        SELECT marks.id AS id, mark, jpegs.jpeg AS jpeg
        FROM marks JOIN jpegs ON jpegs.id = marks.jpeg;
    CREATE TRIGGER joins INSTEAD OF INSERT ON small BEGIN
        INSERT OR REPLACE INTO jpegs VALUES (new.id + 1000, new.jpeg);
        INSERT OR REPLACE INTO marks VALUES (new.id, new.mark, new.id + 1000);
    END;
"""
_SYLLABLES = (
    "ba be bi bo da de di do fa fe ga go ka ki la le li lo ma me mi mo na no pa pe po ra re"
)
_MORE = "ri ro sa se si so ta te ti to va ve wa wi za zo tra gra pla sta ble chi sho men tor lin"


def vocabulary(count: int, chance: random.Random) -> list[str]:
    """Words of two to four syllables behind the known ones."""
    syllables = (_SYLLABLES + " " + _MORE).split()
    made = {"".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(count)}
    return [*KNOWN, *sorted(made, key=lambda word: chance.random())]


def _prompts(count: int, chance: random.Random) -> list[str]:
    """Frequent words are many times as frequent as seldom ones, as in people's own prompts."""
    words = vocabulary(4000, chance)
    weights = [1 / (rank + 8) for rank in range(len(words))]
    drawn = iter(chance.choices(words, weights, k=count * 12))
    return [", ".join(next(drawn) for _ in range(chance.randint(5, 12))) for _ in range(count)]


def write_many(data: Path, count: int) -> None:
    """A data folder with so many pictures, numbered from 1, the newest made just now."""
    where = places(str(data)).create()
    stores = open_stores(where)
    try:
        _write_rows(stores, count)
        stores.database.daily_copy()
    finally:
        stores.close()
    Thumbnails(where.thumbnails).close()
    _write_thumbnails(where.thumbnails, where.database)


def copy_many(data: Path, copy: Path) -> None:
    """A copy whose pictures are the same files under another name."""
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns("pictures"))
    shutil.copytree(data / "pictures", copy / "pictures", copy_function=os.link)


def _write_rows(stores: Stores, count: int) -> None:
    chance = random.Random(22)
    first = time.time() - count * SPACING
    rows = []
    for number, prompt in enumerate(_prompts(count, chance)):
        request = Request(prompt=prompt, seed=chance.randrange(2**32), width=512, height=512)
        recipe = Recipe(
            request,
            job_id=f"job{number}",
            model_name=("Starter", "Dream 8", "Ink wash")[number % 3],
            created=first + number * SPACING,
            pixels_sha256=f"{number:064x}",
        )
        path = f"day {number // DAY_OF:04}/{number % DAY_OF:04}-{request.seed}.png"
        row = columns_of(path, recipe, (512, 512))
        row["sum"] = row_checksum(row)
        row["favourite"] = int(number % 50 == 0)
        rows.append(tuple(row.values()))
        names = tuple(row)
        _write_file(stores.places.pictures / path, number)
    marks = ", ".join("?" * len(names))
    with stores.database.transaction() as db:
        db.executemany(f"INSERT INTO pictures ({', '.join(names)}) VALUES ({marks})", rows)


def _write_file(path: Path, number: int) -> None:
    """A day's first one is drawn, the others are it under another name."""
    if number % DAY_OF:
        os.link(_first_of(path.parent), path)
        return
    from PIL import Image

    path.parent.mkdir()
    Image.frombytes("RGB", (512, 512), random.Random(number).randbytes(512 * 512 * 3)).save(path)


@cache
def _first_of(day: Path) -> Path:
    return next(day.iterdir())


def _write_thumbnails(cache: Path, database: Path) -> None:
    """A view in the place of the table: pictures share a few thumbnails, and what is made later
    joins them, without a file of gigabytes."""
    rows = sqlite3.connect(database)
    made = sqlite3.connect(cache, isolation_level=None)
    made.executescript(_SHARED_THUMBNAILS)
    made.execute("BEGIN")
    small = ((number, _thumbnail(number)) for number in range(THUMBNAILS))
    made.executemany("INSERT INTO jpegs VALUES (?, ?)", small)
    made.executemany(
        "INSERT INTO marks VALUES (?, ?, ?)",
        (
            (number, f"{sha256} {created}", number % THUMBNAILS)
            for number, sha256, created in rows.execute("SELECT id, sha256, created FROM pictures")
        ),
    )
    made.execute("COMMIT")
    made.close()
    rows.close()


def _thumbnail(number: int) -> bytes:
    """256 pixels a side, with as much to decode as a picture's."""
    from PIL import Image, ImageFilter

    chance = random.Random(number)
    coarse = Image.frombytes("RGB", (24, 24), chance.randbytes(24 * 24 * 3))
    small = coarse.resize((256, 256), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    small.filter(ImageFilter.SHARPEN).save(out, "JPEG", quality=88)
    return out.getvalue()

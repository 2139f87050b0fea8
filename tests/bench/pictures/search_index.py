"""The search index at 100,000 pictures: how dear it is to make, to keep up and to ask, in processor
time of the process that does it.

    python tests/bench/pictures/search_index.py [--rows N] [--data DIR]

`--data`: a folder made by `tests/bench/window/many_pictures.py` (by any version), whose database is
copied, not changed. One line of JSON: milliseconds, but `make` in seconds and `size` in MB; `first`
is the 95th percentile of the first 200 ids of all questions, each letter of which is typed, `all`
that of all ids. Exit 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from core.store.gallery import Gallery  # noqa: E402
from core.store.sqlite.database import Database  # noqa: E402
from core.values.gallery.question import Order, PictureQuestion  # noqa: E402
from core.values.picture import Recipe  # noqa: E402
from core.values.request import Request  # noqa: E402
from tests.bench.window.many_pictures import write_many  # noqa: E402
from tests.soak.judging import TOLD, Limits, at_most, judge  # noqa: E402

LIMITS: Limits = {
    "open": TOLD,
    "make": at_most(40),
    "slice": at_most(50),
    "size": TOLD,
    "first": at_most(30),
    "all": TOLD,
    "typing": TOLD,
    "add": at_most(5),
    "rate 1000": at_most(50),
    "tag 1000": TOLD,
    "asked after 1000": TOLD,
    "daily copy": TOLD,
}
TYPED = ("red house", "watercolour", "-mountain night", '"by the sea"', "model:dream steps:>10")
ASKED = ("is:favourite s", "seed:5", "has:lora", "size:512x512 sun", "date:today", "rating:>=3 c")
FIRST = 200


def _took(work: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _worst(times: list[float], share: int = 95) -> float:
    return statistics.quantiles(times, n=100)[share - 1] if len(times) > 1 else times[0]


def _questions() -> list[PictureQuestion]:
    texts = [typed[:end] for typed in TYPED for end in range(1, len(typed) + 1)]
    plain = [PictureQuestion(text) for text in (*texts, *ASKED)]
    orders = [
        PictureQuestion("", order=order, rising=rising)
        for order in Order
        for rising in (False, True)
    ]
    return [*plain, *orders, *(replace(one, text="red") for one in orders)]


def _figures(gallery: Gallery, database: Database) -> dict[str, float]:
    slices: list[float] = []
    more = True
    while more:
        began = time.process_time()
        more = gallery.index.fill()
        slices.append((time.process_time() - began) * 1000)
    questions = _questions()
    index = database.path.with_name("search.db")
    found = {
        "make": sum(slices) / 1000,
        "slice": _worst(slices, 99),
        "size": index.stat().st_size / 1e6,
        "first": _worst([_took(lambda q=q: gallery.find(q, limit=FIRST)) for q in questions]),
        "all": _worst([_took(lambda q=q: gallery.find(q)) for q in questions]),
        "typing": _worst(
            [
                _took(lambda t=text[:end]: gallery.suggestions(t, len(t)))
                for text in TYPED
                for end in range(1, len(text) + 1)
            ]
        ),
    }
    return found | _changes(gallery, database)


def _changes(gallery: Gallery, database: Database) -> dict[str, float]:
    numbers = count()

    def add() -> None:
        number = next(numbers)
        recipe = Recipe(Request(f"a red house, bench {number}", seed=number), model_name="Starter")
        path = database.path.parent / "pictures" / f"bench-{time.time_ns()}.png"
        gallery.record(path, recipe, 512, 512)
        assert gallery.find(PictureQuestion("bench"), limit=1)

    adding = [_took(add) for _ in range(100)]
    ids = gallery.ids(limit=1000)
    rating = [_took(lambda stars=stars: gallery.set_rating(ids, stars)) for stars in (1, 2, 3, 0)]
    tagging = _took(lambda: gallery.set_tags(ids, ["bench"]))
    return {
        "add": _worst(adding),
        "rate 1000": max(rating),
        "tag 1000": tagging,
        "asked after 1000": _took(lambda: gallery.find(PictureQuestion("tag:bench"), limit=1)),
        "daily copy": _took(lambda: database.copy(f"bench-{time.time_ns()}")),
    }


def main() -> int:
    """Make or copy the folder, measure, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "data"
        if given.data is None:
            write_many(root, given.rows)
        else:
            root.mkdir()
            for file in given.data.glob("calotype.db*"):
                shutil.copy2(file, root)
        for file in root.glob("search.db*"):
            file.unlink()
        began = time.process_time()
        database = Database(
            root / "calotype.db",
            root / "backups",
            root / "pictures",
            root / "trash",
            checked_later=True,
        )
        opened = (time.process_time() - began) * 1000
        try:
            figures = {"open": opened} | _figures(
                Gallery(database, root / "pictures", root / "trash"), database
            )
        finally:
            database.close()
    figures = {name: round(figure, 2) for name, figure in figures.items()}
    return judge(figures, LIMITS)


if __name__ == "__main__":
    sys.exit(main())

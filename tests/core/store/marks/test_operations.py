"""Whatever is done to pictures, marks, albums and the trash, in any turn: what is found is what a
plain model of it says."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from core.service.stores import open_stores
from core.system.paths import Places
from core.values.gallery.question import Order, PictureQuestion
from core.values.picture import Recipe
from core.values.request import Request

WORDS = ("red", "redwood", "crème", "house", "猫の目", "night-owl")
MODELS = ("Starter", "Dream 8")
TAGS = ("sky", "Night sky", "100%")
FIRST = 1_700_000_000.0


@dataclass
class Row:
    """What a picture is known to be."""

    id: int
    prompt: str
    model: str
    steps: int
    width: int
    created: float
    rating: int = 0
    favourite: bool = False
    note: str = ""
    tags: set[str] = field(default_factory=set[str])
    trashed: bool = False


def said(row: Row) -> str:
    """All its words, as they are compared."""
    texts = f"{row.prompt} {row.model} {row.note} {' '.join(sorted(row.tags))}".lower()
    return " ".join(texts.replace("è", "e").replace("-", " ").replace("%", " ").split())


def has_word(row: Row, word: str, *, begins: bool = False) -> bool:
    words = said(row).split()
    return any(one.startswith(word) for one in words) if begins else word in words


# queries, and what they mean
QUERIES = {
    "": lambda row: True,
    "red": lambda row: has_word(row, "red", begins=True),
    "red is:rated": lambda row: has_word(row, "red") and row.rating > 0,
    "-red": lambda row: not has_word(row, "red"),
    "creme house": lambda row: has_word(row, "creme") and has_word(row, "house", begins=True),
    '"night sky"': lambda row: "night sky" in said(row),
    "の目": lambda row: "の目" in row.prompt,
    "-owl model:dream": lambda row: not has_word(row, "owl") and row.model == "Dream 8",
    "is:favourite": lambda row: row.favourite,
    "rating:>=3": lambda row: row.rating >= 3,
    "-is:rejected": lambda row: row.rating >= 0,
    "is:rejected steps:10..20": lambda row: row.rating < 0 and 10 <= row.steps <= 20,
    "tag:sky": lambda row: any("sky" in tag.lower() for tag in row.tags),
    '-tag:"sky"': lambda row: "sky" not in row.tags,
    "tag:100%": lambda row: "100%" in row.tags,
    "has:note": lambda row: bool(row.note),
    "mine": lambda row: has_word(row, "mine", begins=True),
    "size:>64": lambda row: max(row.width, 64) > 64,
    "size:128x64 -steps:30": lambda row: row.width == 128 and row.steps != 30,
    "date:>=2023-11-16": lambda row: row.created >= FIRST + 130_000,
}
KEYS = {
    Order.DATE: lambda row: 0,
    Order.RATING: lambda row: row.rating,
    Order.SIZE: lambda row: row.width,
    Order.MODEL: lambda row: row.model,
    Order.FILE_SIZE: lambda row: row.steps // 20,
}


class Operations(RuleBasedStateMachine):
    """A gallery, and a list of what must be in it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        self.where = Places(root, root / "pictures", root / "models")
        self.stores = open_stores(self.where)
        self.rows: list[Row] = []
        self.albums: dict[int, set[int]] = {}
        self.numbers = itertools.count()

    @initialize()
    def begin(self) -> None:
        for number in range(3):
            self.add((WORDS[number],), MODELS[0], number, number)

    @rule(
        words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
        model=st.sampled_from(MODELS),
        size=st.integers(0, 2),
        day=st.integers(0, 4),
    )
    def add(self, words: list[str] | tuple[str, ...], model: str, size: int, day: int) -> None:
        number = next(self.numbers)
        path = self.where.pictures / "day" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes((size + 1) // 2))
        # at noon: a day is the same one everywhere
        created = FIRST + day * 86_400 + number
        request = Request(" ".join(words), seed=number, steps=10 * (size + 1))
        recipe = Recipe(request, model_name=model, created=created)
        width = 64 * (size + 1)
        picture = self.stores.gallery.record(path, recipe, width, 64)
        self.rows.append(Row(picture.id, request.prompt, model, request.steps, width, created))

    def some(self, which: int, *, trashed: bool = False) -> list[Row]:
        """Each second or third of the rows that are there."""
        there = [row for row in self.rows if row.trashed == trashed]
        return there[which % 2 :: 2 + which % 3]

    @rule(which=st.integers(0, 9), rating=st.integers(-1, 5))
    def rate(self, which: int, rating: int) -> None:
        for row in (some := self.some(which)):
            row.rating = rating
        self.stores.gallery.set_rating([row.id for row in some], rating)

    @rule(which=st.integers(0, 9), on=st.booleans())
    def mark(self, which: int, on: bool) -> None:
        for row in (some := self.some(which)):
            row.favourite = on
        self.stores.gallery.set_favourite([row.id for row in some], on)

    @rule(which=st.integers(0, 9), add=st.sampled_from(TAGS), remove=st.sampled_from(TAGS))
    def tag(self, which: int, add: str, remove: str) -> None:
        for row in (some := self.some(which)):
            row.tags = (row.tags | {add}) - {remove}
        self.stores.gallery.set_tags([row.id for row in some], [add], [remove])

    @rule(which=st.integers(0, 9), note=st.sampled_from(("", "mine", "night sky")))
    def note(self, which: int, note: str) -> None:
        for row in self.some(which)[:1]:
            row.note = note
            self.stores.gallery.set_note(row.id, note)

    @rule(which=st.integers(0, 9), how=st.sampled_from(("new", "put", "take", "remove")))
    def album(self, which: int, how: str) -> None:
        gallery, ids = self.stores.gallery, [row.id for row in self.some(which)]
        if how == "new" or not self.albums:
            self.albums[gallery.add_album(f"Album {next(self.numbers)}")] = set()
            return
        album = sorted(self.albums)[which % len(self.albums)]
        if how == "put":
            gallery.put_in_album(album, ids)
            self.albums[album] |= set(ids)
        elif how == "take":
            gallery.take_from_album(album, ids)
            self.albums[album] -= set(ids)
        else:
            gallery.remove_album(album)
            del self.albums[album]

    @rule(which=st.integers(0, 9), trashed=st.booleans())
    def move(self, which: int, trashed: bool) -> None:
        some = self.some(which, trashed=not trashed)[:2]
        ids = [row.id for row in some]
        if trashed:
            self.stores.gallery.trash(ids)
        else:
            self.stores.gallery.restore(ids)
        for row in some:
            row.trashed = trashed

    @rule()
    def empty(self) -> None:
        self.stores.gallery.empty_trash(older_than_days=-1)
        gone = {row.id for row in self.rows if row.trashed}
        self.rows = [row for row in self.rows if not row.trashed]
        self.albums = {album: ids - gone for album, ids in self.albums.items()}
        for album, ids in self.albums.items():
            assert set(self.stores.gallery.album_list.pictures(album)) == ids

    @rule()
    def reopen(self) -> None:
        self.stores.close()
        self.stores = open_stores(self.where)

    @rule(
        query=st.sampled_from(sorted(QUERIES)),
        order=st.sampled_from(sorted(KEYS)),
        rising=st.booleans(),
        trashed=st.booleans(),
        which=st.integers(-3, 9),
    )
    def search(self, query: str, order: Order, rising: bool, trashed: bool, which: int) -> None:
        album = sorted(self.albums)[which % len(self.albums)] if self.albums and which >= 0 else 0
        held = self.albums.get(album, {row.id for row in self.rows})
        rows = [
            row
            for row in self.rows
            if row.trashed == trashed and QUERIES[query](row) and row.id in held
        ]
        usual = rising if order is Order.MODEL else not rising
        rows.sort(key=lambda row: (row.created, row.id), reverse=usual)
        rows.sort(key=KEYS[order], reverse=not rising)
        question = PictureQuestion(query, trashed, album, order, rising)
        gallery = self.stores.gallery
        found = list(gallery.find(question) or ())
        assert found == [row.id for row in rows], question
        first = list(gallery.find(question, limit=2) or ())
        rest = list(gallery.find(question, after=first[-1]) or ()) if first else []
        assert first + rest == found, "in pieces, too"
        assert sum(count for _, count in gallery.days(question)) == len(found)
        by_id = {one.id: one.count for one in gallery.albums()}
        there = {row.id for row in self.rows if not row.trashed}
        assert by_id == {one: len(ids & there) for one, ids in self.albums.items()}

    def teardown(self) -> None:
        self.stores.close()
        self.folder.cleanup()


TestOperations = Operations.TestCase
TestOperations.settings = settings(
    max_examples=8,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)

"""Whatever is painted, undone, closed and killed in whatever order, a document is what a plain list
of its states says."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from core.store.documents import document_file
from core.store.documents.document_store import DocumentStore
from core.store.documents.looking import damaged_documents
from core.values.editing.document import Document
from core.values.editing.kept_document import Step
from core.values.editing.record import DocumentRecord
from tests.core.store.documents.documents import document, named, record

MOST = 4  # steps, in place of a hundred


@dataclass
class Plain:
    """A document as a list."""

    record: DocumentRecord
    steps: list[Step]
    at: int = 0
    closed: bool = False

    def add(self, text: str, state: Document) -> None:
        self.steps = [*self.steps[: self.at + 1], Step(text, state)][-(MOST + 1) :]
        self.at = len(self.steps) - 1


@dataclass
class World:
    """The store beside the lists, in a folder of its own."""

    folder: Path
    store: DocumentStore = field(init=False)
    plain: dict[str, Plain] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    lives: int = 0

    def __post_init__(self) -> None:
        self.store = DocumentStore(self.folder / "0")

    def begin_again(self, *, killed: bool) -> None:
        """As the next start finds it; after a kill the files are as they lie there now."""
        self.lives += 1
        if killed:
            shutil.copytree(self.folder / f"{self.lives - 1}", self.folder / f"{self.lives}")
        self.store.disconnect()
        if not killed:
            (self.folder / f"{self.lives - 1}").rename(self.folder / f"{self.lives}")
        self.store = DocumentStore(self.folder / f"{self.lives}")

    def check(self) -> None:
        """Everything is as the lists say, to the last tile."""
        shown = [key for key, plain in self.plain.items() if not plain.closed]
        places = {key: place for place, key in enumerate(self.order)}
        shown.sort(key=lambda key: (places.get(key, len(places)), self.plain[key].record.created))
        assert [one.id for one in self.store.opened()] == shown
        assert {one.id for one in self.store.closed()} == self.plain.keys() - set(shown)
        for key in shown:
            plain, stored = self.plain[key], self.store.load(key)
            assert stored.record == plain.record and stored.notes == ()
            assert (list(stored.steps), stored.position) == (plain.steps, plain.at)
            for name in {name for step in plain.steps for name in step.document.tile_names()}:
                assert len(self.store.tile(key, name)) == 2**18
        assert self.store.take_notice() == ""


DEEDS = st.tuples(
    st.sampled_from(
        ["new", "step", "step", "step", "move", "record", "order", "close", "reopen", "end", "kill"]
    ),
    st.integers(0, 7),
    st.integers(0, 5),
)


def do(world: World, deed: str, which: int, value: int) -> None:
    store, keys = world.store, sorted(world.plain)
    key = keys[which % len(keys)] if keys else ""
    plain = world.plain.get(key)
    match deed:
        case "new" if len(keys) < 3:
            state = document(value, which)
            kept = record(f"Document {value}", float(len(keys)))
            store.create(kept, state, named(value, which))
            world.plain[kept.id] = Plain(kept, [Step("", state)])
        case "step" if plain is not None and not plain.closed:
            state = document(value, which, 10 * value + which)
            store.add_step(
                key, plain.at, f"to {value}", state, named(value, which, 10 * value + which)
            )
            plain.add(f"to {value}", state)
        case "move" if plain is not None and not plain.closed:
            plain.at = value % len(plain.steps)
            store.move_to(key, plain.at)
        case "record" if plain is not None:
            plain.record = replace(plain.record, title=f"Title {value}")
            store.put_record(plain.record)
        case "order":
            world.order = keys[value % 2 :][::-1]
            store.order(world.order)
        case "close" if plain is not None and not plain.closed:
            store.close(key)
            plain.closed = True
        case "reopen" if plain is not None and plain.closed:
            assert store.reopen(key).document == plain.steps[plain.at].document
            plain.closed = False
        case "end" | "kill":
            world.begin_again(killed=deed == "kill")
        case _:
            pass


@settings(max_examples=25)
@given(st.lists(DEEDS, min_size=4, max_size=25))
def test_the_store_is_what_a_list_says(deeds: list[tuple[str, int, int]]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(document_file, "MAX_STEPS", MOST),
        patch.object(document_file, "SWEEP_EVERY", 2),
    ):
        world = World(Path(folder))
        try:
            do(world, "new", 1, 1)
            for deed in deeds:
                do(world, *deed)
                if deed[0] in ("end", "kill"):
                    world.check()
            world.begin_again(killed=True)
            world.check()
            assert damaged_documents(Path(folder) / f"{world.lives}") == ()
        finally:
            world.store.disconnect()

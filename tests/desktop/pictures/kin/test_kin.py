"""Pictures that belong together, in the window: searches for what is like one, its family as a
tree, duplicates in groups of which the best is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.service.alike.family import Relation, family_of
from core.service.stores import Stores
from core.store.thumbnails import Thumbnails
from core.system.paths import Places
from core.values.noise import Noise
from core.values.picture import Picture, Recipe
from core.values.request import Request
from core.values.request_parts.upscale import Upscale
from desktop.pictures.kin.acts import KinActs
from desktop.pictures.trash import TrashActions
from desktop.widgets.notices import NoticeBar
from tests.core.service.alike.test_alike import drawn
from tests.desktop.driving import Open, gallery_of, in_front, opening, until
from tests.desktop.parts import HeldTasks

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.001))
CLOCK = iter(range(1, 10_000))


def put(stores: Stores, image: Image.Image, name: str, sha: str = "", **values: object) -> Picture:
    folder = stores.places.pictures / "2026-01-02"
    folder.mkdir(parents=True, exist_ok=True)
    path: Path = folder / name
    request = Request(**({"prompt": f"a fox, {name}", "seed": 1} | values))  # type: ignore[arg-type]
    recipe = Recipe(
        request, model_name="Starter", pixels_sha256=sha or name, created=float(next(CLOCK))
    )
    # its row first: a file without one is found and taken in by a window that starts just then
    picture = stores.gallery.record(path, recipe, image.width, image.height)
    image.save(path)
    return picture


def family(stores: Stores) -> dict[str, Picture]:
    """A root, a variation of it with a larger one, and one from that which is in the trash."""
    image = Image.new("RGB", (16, 16), "red")
    root = put(stores, image, "root.png", "0" * 64)
    varied = put(
        stores, image, "varied.png", "1" * 64, parent="0" * 64, noise=Noise(variation_strength=0.2)
    )
    larger = put(
        stores, image, "larger.png", "2" * 64, parent="1" * 64, upscale=Upscale(source="a" * 64)
    )
    gone = put(stores, image, "gone.png", "3" * 64, parent="1" * 64)
    stores.gallery.trash([gone.id])
    edited = put(stores, image, "edited.png", "4" * 64, parent="3" * 64, document="d" * 32)
    return {"root": root, "varied": varied, "larger": larger, "gone": gone, "edited": edited}


def test_a_family_is_a_tree_from_its_first_picture_on(stores: Stores) -> None:
    pictures = family(stores)
    put(stores, Image.new("RGB", (9, 9)), "other.png", "5" * 64)

    def rows(name: str) -> list[tuple[str, int, Relation | None, bool]]:
        picture = stores.gallery.get(pictures[name].id)
        assert picture is not None
        return [
            (
                Path(one.picture.path).stem.rpartition("-")[2] if one.picture else "-",
                one.parent,
                one.relation,
                one.is_asked,
            )
            for one in family_of(stores, picture)
        ]

    assert rows("larger") == [
        ("root", -1, None, False),
        ("varied", 0, Relation.VARIED, False),
        ("larger", 1, Relation.UPSCALED, True),
    ], "what is in the trash is left out"
    assert [row[0] for row in rows("edited")] == ["root", "varied", "larger", "gone", "edited"]
    assert rows("edited")[-1][1:] == (3, Relation.EDITED, True)
    lone = put(stores, Image.new("RGB", (9, 9)), "lone.png", "6" * 64)
    assert len(family_of(stores, lone)) == 1
    elsewhere = put(
        stores, Image.new("RGB", (9, 9)), "e.png", "7" * 64, upscale=Upscale(source="b" * 64)
    )
    first, second = family_of(stores, elsewhere)
    assert (first.picture, first.source) == (None, "b" * 64)
    assert (second.parent, second.relation) == (0, Relation.UPSCALED)


class Bench:
    """Acts over real stores, and what they said."""

    def __init__(self, stores: Stores) -> None:
        self.window, self.notice = QWidget(), NoticeBar()
        self.stores = stores
        self.tasks = HeldTasks()
        self.thumbnails = Thumbnails(stores.places.thumbnails)
        self.chosen: list[Picture] = []
        self.trash = TrashActions(stores.gallery, self.tasks, self.notice, self.window)
        self.acts = KinActs(
            stores,
            self.thumbnails,
            self.tasks,
            chosen=lambda: self.chosen,
            trash=self.trash,
            notice=self.notice,
            parent=self.window,
        )
        self.said: list[object] = []
        for signal in (self.acts.find, self.acts.go, self.acts.open, self.acts.looked):
            signal.connect(lambda *what: self.said.append(what[0] if what else "looked"))

    def end(self) -> None:
        self.acts.end()
        self.trash.end()
        self.thumbnails.close()
        self.window.deleteLater()
        self.notice.deleteLater()


@pytest.fixture
def bench(qapp: QApplication, stores: Stores) -> Iterator[Bench]:
    made = Bench(stores)
    yield made
    made.end()


def test_looks_like_this_is_a_search_that_grows(bench: Bench) -> None:
    stores = bench.stores
    first = put(stores, drawn(1), "a.png")
    again = put(stores, drawn(1).resize((80, 80)), "b.png")
    bench.chosen = [first]
    bench.acts.looks_like()
    until(lambda: bench.said[-1:] == ["looked"])
    assert bench.said == [f"like:{first.id}", "looked"]
    assert set(stores.gallery.ids(f"like:{first.id}")) == {first.id, again.id}
    bench.acts.more("recipe")
    assert bench.said[-1] == f"same:recipe:{first.id}"
    Path(first.path).unlink()
    lost = put(stores, drawn(3), "c.png")
    Path(lost.path).unlink()
    bench.chosen = [lost]
    bench.acts.looks_like()
    until(lambda: any("missing" in text for text in bench.notice.texts()))
    bench.chosen = []
    bench.acts.show_family()
    assert "Choose a picture" in bench.notice.texts()[0]


def test_the_tree_leads_to_each_picture(bench: Bench) -> None:
    pictures = family(bench.stores)
    bench.chosen = [pictures["larger"]]
    bench.acts.show_family()
    until(lambda: bench.acts.family is not None)
    dialog = bench.acts.family
    assert dialog is not None
    bench.tasks.run_all()
    tree = dialog.tree
    current = tree.currentItem()
    assert current is not None and "made larger: larger.png" in current.text(0)
    assert "the chosen picture" in current.data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert not current.icon(0).isNull()
    QTest.keyClick(tree, Qt.Key.Key_Up)
    assert isinstance(bench.said[-1], Picture) and bench.said[-1].id == pictures["varied"].id
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert len(bench.said) == 2 and dialog.isVisible()
    QTest.keyClick(tree, Qt.Key.Key_Escape)
    until(lambda: bench.acts.family is None)


def test_of_duplicates_the_best_is_kept(bench: Bench) -> None:
    stores = bench.stores
    first = put(stores, drawn(1), "a.png", "same")
    second = put(stores, drawn(1), "b.png", "same")
    large = put(stores, drawn(1).resize((300, 300)), "large.png")
    stores.gallery.set_rating([second.id], 5)
    bench.acts.find_duplicates()
    dialog = bench.acts.duplicates
    assert dialog is not None
    until(lambda: len(dialog.groups) == 1)
    bench.tasks.run_all()
    assert [one.id for one in dialog.ticked()] == [first.id] and "1 group" in dialog.words.text()
    assert dialog.go.text() == "Move 1 to the trash"
    dialog.trashed.disconnect()
    dialog.go.click()
    assert dialog.go.isEnabled(), "a person who is asked may think better of it"
    dialog.trashed.connect(bench.acts._trash.delete)
    dialog.near.setChecked(True)
    until(lambda: bool(dialog.groups) and len(dialog.groups[0].pictures) == 3, 10)
    assert {one.id for one in dialog.ticked()} == {first.id, large.id}
    item = dialog._items[large.id]
    item.setCheckState(0, Qt.CheckState.Unchecked)
    dialog.tree.setCurrentItem(item)
    QTest.keyClick(dialog.tree, Qt.Key.Key_Return)
    assert isinstance(bench.said[-1], Picture) and bench.said[-1].id == large.id
    dialog.go.click()
    bench.tasks.run_all()
    assert stores.gallery.get(first.id).trashed is not None  # type: ignore[union-attr]
    until(lambda: bool(dialog.groups) and len(dialog.groups[0].pictures) == 2)
    assert dialog.ticked() == [], "what was unticked stays so"
    assert bench.notice.button.text() == "Undo"
    bench.notice.button.click()
    bench.tasks.run_all()
    until(lambda: bool(dialog.groups) and len(dialog.groups[0].pictures) == 3)
    bench.acts.find_duplicates()
    assert bench.acts.duplicates is dialog
    dialog.close()
    until(lambda: bench.acts.duplicates is None)


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, FAKE, in_front)


def test_the_gallery_comes_to_the_front_with_the_answer(open_app: Open) -> None:
    application = open_app()
    window, stores = application.window, application.stores
    first = put(stores, drawn(1), "a.png")
    again = put(stores, drawn(1).resize((80, 80)), "b.png")
    put(stores, drawn(2), "c.png", prompt="a boat")
    window.signals.gallery_changed.emit()
    window.current.show(first)
    until(window.actions_by_id["looks-like"].isEnabled)
    window.actions_by_id["looks-like"].trigger()
    until(lambda: window.rooms.shown == "gallery")
    panel = gallery_of(window)
    until(lambda: panel.grid.model().rowCount() == 2, 20)
    assert panel.search.text() == f"like:{first.id}"
    chips = panel.filters.chips
    until(lambda: [chip.name.text() for chip in chips.chips] == ["Looks like a.png"])
    assert set(window.rooms["gallery"].grids()[0].pictures().ids()) == {first.id, again.id}  # type: ignore[union-attr]
    panel.search.clear()
    until(lambda: panel.grid.model().rowCount() == 3)

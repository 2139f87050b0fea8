"""What can be done with pictures, without a window: read, copy, save, trash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from core.metadata.recipes import read_file
from core.metadata.writing import encode
from core.system.errors import KnownError
from core.values.gallery.origin import How, Origin
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from desktop.pictures.actions import PictureActions, load_image, read_image
from desktop.widgets.notices import NoticeBar
from tests.desktop.pictures.conftest import Shelf


def test_the_viewer_is_given_what_is_seen(tmp_path: Path) -> None:
    for mode, colour, seen in (
        ("I;16", 30_000, (117, 117, 117, 255)),
        ("RGBA", (9, 8, 7, 0), (9, 8, 7, 0)),
        ("RGB", (9, 8, 7), (9, 8, 7, 255)),
    ):
        Image.new(mode, (5, 3), colour).save(tmp_path / "x.png")  # type: ignore[arg-type]
        image = read_image(str(tmp_path / "x.png"))
        assert (image.width(), image.height(), image.pixelColor(4, 2).getRgb()) == (5, 3, seen)


@dataclass
class Bench:
    """Actions over two pictures, and what they said."""

    shelf: Shelf
    actions: PictureActions
    notice: NoticeBar
    pictures: list[Picture]


@pytest.fixture
def bench(shelf: Shelf, qapp: QApplication) -> Iterator[Bench]:
    window, notice = QWidget(), NoticeBar()
    actions = PictureActions(shelf.records, notice, window)
    pictures = []
    for seed in (1, 2):
        recipe = Recipe(Request(prompt=f"fox {seed}", seed=seed), model_name="Starter")
        pixels = Pixels(4, 2, bytes([seed, 90, 200] * 8))
        path = shelf.stores.places.pictures / f"{seed}.png"
        path.write_bytes(encode(pixels, recipe)[0])
        pictures.append(shelf.stores.gallery.record(path, recipe, 4, 2))
    yield Bench(shelf, actions, notice, pictures)
    window.deleteLater()
    notice.deleteLater()


def test_pixels_and_recipe_are_copied_apart(bench: Bench) -> None:
    clipboard = QApplication.clipboard()
    bench.actions.copy(bench.pictures[1])
    assert bench.notice.texts() == (), "not before it is there"
    bench.shelf.come()
    image = clipboard.image()
    assert (image.width(), image.height(), image.pixelColor(0, 0).getRgb()[:3]) == (
        4,
        2,
        (2, 90, 200),
    )
    assert "without its recipe" in bench.notice.texts()[0]
    bench.actions.copy_recipe(bench.pictures[1])
    assert clipboard.text().startswith("fox 2\n") and "Seed: 2" in clipboard.text()
    clipboard.setText("what was there")
    bench.actions.copy_recipe(replace(bench.pictures[1], origin=Origin(How.IN_PLACE)))
    assert clipboard.text() == "what was there" and any(
        "no recipe" in one for one in bench.notice.texts()
    )
    clipboard.clear()


@pytest.mark.parametrize("name", ["copy.png", "copy.jpg", "copy.webp", "copy"])
@pytest.mark.parametrize("with_recipe", [True, False])
def test_a_copy_is_saved_with_or_without_its_recipe(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, with_recipe: bool
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / name), ""))
    bench.actions.save(bench.pictures[0], with_recipe=with_recipe)
    bench.shelf.come()
    (saved,) = tmp_path.glob("copy*")
    assert saved.suffix == (Path(name).suffix or ".png")
    along = "with" if with_recipe else "without"
    assert bench.notice.texts() == (f"Saved as {saved.name}, {along} its recipe.",)
    recipe = read_file(saved).recipe
    assert (recipe is not None) is with_recipe
    if recipe is not None:
        assert recipe.request.prompt == "fox 1" and recipe.request.seed == 1
    image = read_image(str(saved))
    assert (image.width(), image.height()) == (4, 2)


def test_nothing_is_written_over_and_nothing_without_a_name(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "mine.png"
    there.write_bytes(b"mine")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(there), ""))
    bench.actions.save(bench.pictures[0], with_recipe=True)
    bench.shelf.come()
    assert there.read_bytes() == b"mine" and len(list(tmp_path.glob("mine*.png"))) == 2
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: ("", ""))
    bench.actions.save(bench.pictures[0], with_recipe=True)
    assert not bench.shelf.records.held


def test_what_cannot_be_read_is_a_null_image(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"no picture")
    assert read_image(str(tmp_path / "x.png")).isNull() and read_image("/not/here").isNull()
    with pytest.raises(KnownError):
        load_image(tmp_path / "x.png")


@pytest.mark.parametrize(("name", "mode"), [("copy.png", "RGBA"), ("copy.jpg", "RGB")])
def test_a_copy_keeps_what_is_transparent_where_its_kind_can(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, mode: str
) -> None:
    clear = Pixels(4, 2, bytes([10, 20, 30] * 8), bytes([255, 128, 0, 255] * 2))
    Path(bench.pictures[0].path).write_bytes(encode(clear, None)[0])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / name), ""))
    bench.actions.save(bench.pictures[0], with_recipe=False)
    bench.shelf.come()
    with Image.open(tmp_path / name) as image:
        assert image.mode == mode
        if mode == "RGBA":
            assert image.getchannel("A").tobytes() == clear.alpha
        else:
            assert min(image.getpixel((2, 0))) > 200  # white shows through

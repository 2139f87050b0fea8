from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRect

from core.values.editing.document import MAX_STEPS, Box
from desktop.edit.document import layer_steps, looks, mask_steps
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.document.painting import Painting, Target
from desktop.edit.document.reading_out import mask_words
from desktop.edit.document.tile_cache import TileCache
from desktop.edit.pixels.images import pixels_of, straight
from desktop.edit.pixels.pyramid import Pixels, Pyramid, smaller
from tests.desktop.driving import until
from tests.desktop.edit.documents import Disk, noise, opened, seen


def test_undo_and_redo_lead_through_every_state_and_say_so(qtbot) -> None:
    disk = Disk()
    document = opened(noise(300, 280), disk)
    words: list[str] = []
    document.stepped.connect(words.append)
    states = [document.document]
    for number in range(3):
        document.step(f"Layer {number}", layer_steps.with_paint_layer(document.document))
        states.append(document.document)
    assert [document.undo(), document.undo()] == ["Undone: Layer 2", "Undone: Layer 1"]
    assert document.document == states[1] and document.redo_words() == "Layer 1"
    assert document.redo() == "Redone: Layer 1"
    document.step("Other", layer_steps.with_opacity(document.document, 0.5))
    assert document.redo() == "" and document.undo_words() == "Other"
    assert disk.positions == [2, 1, 2]
    assert [(at, text) for at, text, _ in disk.saved][-1] == (2, "Other")
    assert words[-2:] == ["Redone: Layer 1", "Other"]
    document.step("Same", document.document)
    assert document.undo_words() == "Other"  # what changes nothing is no step


def test_a_step_that_cannot_be_shown_is_kept_all_the_same(qtbot, monkeypatch) -> None:
    disk = Disk()
    document = opened(noise(40, 40), disk)
    monkeypatch.setattr(looks.Looks, "turn_to", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        document.step("Layer", layer_steps.with_paint_layer(document.document))
    assert [text for _, text, _ in disk.saved] == ["Layer"] == [document.undo_words()]


def test_the_oldest_steps_fall_off(qtbot) -> None:
    document = opened(noise(40, 40))
    for number in range(MAX_STEPS + 5):
        renamed = layer_steps.renamed(document.document, 1, f"Name {number}")
        document.step("Rename", renamed)
    undone = 0
    while document.undo():
        undone += 1
    assert undone == MAX_STEPS
    assert document.document.layers[0].name == "Name 4"


def test_painting_changes_its_pixels_only_and_undo_brings_them_back(qtbot) -> None:
    pixels = noise(700, 600)
    disk = Disk()
    document = opened(pixels, disk)
    areas: list[QRect] = []
    document.painted.connect(areas.append)
    painting = Painting(document, Target.LAYER)
    patch = noise(90, 40, 5)
    painting.put((230, 250, 90, 40), patch)
    assert np.array_equal(document.region(0, (230, 250, 90, 40)), patch)  # before it is a step
    assert not disk.saved
    assert painting.finish("Patch")
    expected = pixels.copy()
    expected[250:290, 230:320] = patch
    assert np.array_equal(seen(document), expected)
    assert np.array_equal(pixels_of(document.image()), expected)
    assert areas == [QRect(230, 250, 90, 40)]
    assert len(disk.saved) == 1
    document.undo()
    assert np.array_equal(document.region(0, (0, 0, 700, 600)), pixels)
    document.redo()
    assert np.array_equal(document.region(0, (0, 0, 700, 600)), expected)


def test_painting_reaches_beside_a_small_layer(qtbot) -> None:
    document = opened(noise(600, 600))
    small = noise(100, 80, 3)
    document.step(
        "Paste", *layer_steps.with_picture_layer(document.document, small, "Small", 270, 300)
    )
    before = seen(document)
    painting = Painting(document, Target.LAYER)
    painting.put((10, 20, 30, 30), noise(30, 30, 4))
    assert painting.finish("Patch")
    after = seen(document)
    assert np.array_equal(after[20:50, 10:40], noise(30, 30, 4))
    after[20:50, 10:40] = before[20:50, 10:40]
    assert np.array_equal(after, before)


def test_what_is_given_up_or_overtaken_is_no_step(qtbot) -> None:
    pixels = noise(300, 300)
    document = opened(pixels)
    painting = Painting(document, Target.LAYER)
    painting.put((5, 5, 20, 20), noise(20, 20, 7))
    painting.give_up()
    assert np.array_equal(document.region(0, (0, 0, 300, 300)), pixels)
    overtaken = Painting(document, Target.LAYER)
    overtaken.put((5, 5, 20, 20), noise(20, 20, 7))
    document.step("Other", layer_steps.with_paint_layer(document.document))
    assert not overtaken.finish("Late")
    assert np.array_equal(document.region(0, (0, 0, 300, 300)), pixels)
    assert document.undo_words() == "Other"


def test_long_work_waits_for_a_stroke_and_starts_from_the_state_after_it(qtbot) -> None:
    document = opened(noise(300, 300))
    begun: list[tuple[object, object]] = []
    document._background = lambda work, then: begun.append((work, then))
    document.apply("Select all", mask_steps.everything)
    painting = Painting(document, Target.LAYER)
    painting.put((0, 0, 9, 9), noise(9, 9, 8))
    work, then = begun.pop()
    then(work())  # is ready while somebody paints
    assert document.undo_words() == ""
    painting.finish("Stroke")
    assert document.undo_words() == "Stroke"
    work, then = begun.pop()  # reckoned again from what is there now
    then(work())
    assert document.undo_words() == "Select all"
    assert np.array_equal(seen(document)[:9, :9], noise(9, 9, 8))


def test_a_damaged_tile_is_black_and_said_once(qtbot) -> None:
    disk = Disk()
    document = opened(noise(600, 300), disk)
    del disk.tiles[document.document.layers[0].raster.tile(1, 0)]
    said: list[str] = []
    document.failed.connect(said.append)
    pixels = document.region(0, (0, 0, 600, 300))
    document.region(1, (0, 0, 300, 150))
    assert said == ["A part of this document is damaged. Undo to a state without it."]
    assert (pixels[:256, 256:512] == (0, 0, 0, 255)).all()
    assert pixels[:, :256].any()


def test_memory_is_bounded_and_what_is_not_saved_stays() -> None:
    disk = {f"{number:032x}": bytes([number]) * 1000 for number in range(50)}
    cache = TileCache(disk.__getitem__, limit=10_000)
    cache.keep({"new": b"x" * 1000})
    for name in disk:
        assert cache.read(name) == disk[name]
    assert cache.bytes_used() <= 10_000
    assert cache.read("new") == b"x" * 1000
    cache.saved(["new"])
    assert cache.read("new") == b"x" * 1000


def test_smaller_sizes_follow_changes_and_count_colours_by_alpha() -> None:
    pixels = noise(1024, 768, opaque=False)
    pixels[100:140, 100:140] = 0
    whole = np.zeros((1024, 1024, 4), np.uint8)
    whole[:768] = pixels
    read = lambda box: whole[box[1] : box[1] + box[3], box[0] : box[0] + box[2]].copy()  # noqa: E731
    pyramid = Pyramid(read, 2**24)
    for level in range(4):
        pyramid.region(level, (0, 0, 1024 >> level, 768 >> level))
    whole[300:333, 200:301] = 9
    pyramid.changed((200, 300, 101, 33))
    for level in range(4):
        shown = pyramid.region(level, (3, 5, 900 >> level, 700 >> level))
        expected = smaller(whole, level)[5 : 5 + (700 >> level), 3 : 3 + (900 >> level)]
        assert np.array_equal(shown, expected), level
    means = whole[:768].astype(float).reshape(384, 2, 512, 2, 4).mean(axis=(1, 3))
    opaque = np.full((768, 1024, 4), 255, np.uint8)
    opaque[..., :3] = whole[:768, :, :3]
    assert np.abs(smaller(opaque, 1)[..., :3] - means[..., :3]).max() <= 0.75
    assert abs(smaller(opaque, 3)[..., :3].mean() - opaque[..., :3].mean()) < 0.2
    assert np.array_equal(smaller(opaque[..., 0].copy(), 2), smaller(opaque, 2)[..., 0])
    half_clear = np.array([[[200, 0, 0, 255], [0, 0, 0, 0]]] * 2, np.uint8)  # premultiplied
    assert np.abs(smaller(half_clear, 1) - np.array([[[100, 0, 0, 127.5]]])).max() <= 0.5


def test_masks_are_read_out(qtbot) -> None:
    document = opened(noise(600, 600))
    assert mask_words(document) == "nothing is selected"
    read = document.tiles.read
    for box, words in (
        ((0, 450, 150, 150), "lower left, 6 %"),
        ((200, 200, 200, 200), "middle, 11 %"),
        ((0, 0, 600, 100), "along the upper edge, 17 %"),
    ):
        how = mask_steps.Combine.REPLACE
        document.step("Box", *mask_steps.with_box(document.document, read, box, how))
        assert mask_words(document) == words
    document.step("All", *mask_steps.everything(document.document))
    assert mask_words(document) == "everything is selected"


def between_layers() -> OpenDocument:
    """The fourth of five layers is active, on a sheet that nothing is seen through."""
    document = opened(noise(300, 200))
    state, tiles = document.document, {}
    for number in range(4):
        pixels = noise(300, 200, number + 2, opaque=False)
        state, more = layer_steps.with_picture_layer(state, pixels, "Layer", 3 * number, -number)
        tiles |= more
    state = layer_steps.with_opacity(replace(state, active_layer=state.layers[3].id), 0.7)
    document.step("Layers", state, tiles)
    return document


def test_a_stroke_between_many_layers_shows_what_they_are_flattened_to(qtbot) -> None:
    document = between_layers()
    painting = Painting(document, Target.LAYER)
    for left in (20, 60, 150):
        painting.put((left, 50, 80, 90), noise(80, 90, left, opaque=False))
    shown = document.region(0, (0, 0, 300, 200))
    painting.finish("Stroke")
    exact = seen(document)
    assert (exact[..., 3] == 255).all() and np.array_equal(shown[..., 3], exact[..., 3])
    assert np.abs(shown.astype(int) - exact).max() <= 3
    assert np.array_equal(document.region(0, (0, 0, 300, 200)), shown)


def test_a_layer_that_is_moved_is_seen_between_the_others_and_flattened_at_its_end(qtbot) -> None:
    document = between_layers()
    whole = (0, 0, 300, 200)
    before = document.region(0, whole)
    areas: list[QRect] = []
    document.painted.connect(areas.append)
    away = layer_steps.moved(document.document, -150, 40)
    document.show_moved(away)
    shown = document.region(0, whole).astype(int)
    exact = pixels_of(document.image())
    assert np.abs(shown - exact).max() <= 3 and np.abs(shown - before).max() > 100
    assert np.abs(document.region(1, (0, 0, 150, 100)).mean() - shown.mean()) < 2
    assert document.is_changing() and len(areas) == 1
    document.show_present()
    assert np.array_equal(document.region(0, whole), before) and not document.is_changing()
    document.show_moved(away)
    document.prepare_move(1)  # takes nothing from what is shown
    document.step("Move", away)
    until(lambda: not document._preparing.isActive())
    assert np.abs(document.region(0, whole).astype(int) - exact).max() <= 3
    assert document.undo() and np.array_equal(document.region(0, whole), before)


def test_what_takes_long_is_made_little_by_little(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "SOON", 0.0)  # as on a machine that makes one tile in all the time
    pixels = noise(1200, 1100)
    document = opened(pixels)
    whole = (0, 0, 1200, 1100)

    def soon(level: int, box: Box) -> Pixels:
        document.hurry()
        return straight(document.seen_soon(level, box))

    first = soon(0, whole)
    assert np.array_equal(first[:256, :256], pixels[:256, :256])
    assert not first[:256, 256:].any() and document.unfinished() == QRect(0, 0, 1280, 1280)
    looked = 1
    while not document.unfinished().isEmpty():
        seen_now, looked = soon(0, whole), looked + 1
    assert looked == 25 and np.array_equal(seen_now, pixels)
    half = soon(1, (0, 0, 600, 550))  # made of what is there
    assert document.unfinished().isEmpty() and half.shape == (550, 600, 4)
    # a change of all of it: what is not made yet looks as it did
    document.step("Clear", layer_steps.with_visible(document.document, 1, False))
    changed = soon(0, whole)
    assert not changed[:256, :256].any()
    assert np.array_equal(changed[300:1100, 300:1200], pixels[300:1100, 300:1200])
    document.undo()
    # a layer that was moved lies where it was put before all of it is flattened there
    away = layer_steps.moved(document.document, 100, 0)
    document.show_moved(away)
    document.step("Move", away)
    landed = soon(0, whole)
    assert not document.unfinished().isEmpty()
    assert np.array_equal(landed[:, 100:], pixels[:, :-100]) and not landed[:, :100].any()
    assert np.array_equal(document.region(0, whole), landed)
    document.undo()
    back = soon(0, whole)
    assert not document.unfinished().isEmpty() and np.array_equal(back, pixels)

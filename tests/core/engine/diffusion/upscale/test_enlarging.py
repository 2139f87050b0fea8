"""Pictures made larger tile by tile: any size, alpha, grey, no seam, the same bytes again, finished
tiles kept over a kill."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.engine.diffusion.upscale.enlarging import Enlarging, TileDone
from core.engine.diffusion.upscale.kept_tiles import KeptTiles
from core.engine.diffusion.upscale.tile_plan import FADE, MARGIN, Side
from core.engine.diffusion.upscale.upscaler import Upscaler, load_upscaler
from core.system import atomic_files
from core.system.errors import Cancelled, WorldError
from tests.core.engine.diffusion.upscale.upscaler_files import compact, rrdb, written

SIDE = 64
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Upscaler:
    """Compact, which adds a little to repeated pixels."""
    path = tmp_path_factory.mktemp("models") / "2x.safetensors"
    return load_upscaler(written(compact(strength=0.3), path), CPU)


def picture(width: int, height: int) -> np.ndarray:
    """Smooth colours with lines in them."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 90 * np.sin(x / 9 + phase) * np.cos(y / 13 - phase) for phase in (0, 1, 2)]
    rows = np.stack(planes, -1)
    rows[::17] *= 0.6
    return np.clip(rows, 0, 255).astype(np.uint8)


def whole(pixels: np.ndarray, upscaler: Upscaler) -> np.ndarray:
    """In one tile that sees all of it."""
    height, width = pixels.shape[:2]
    side = max(width, height) + 2 * MARGIN
    scale = upscaler.shape.scale
    enlarging = Enlarging((width * scale, height * scale), upscaler, side=side)
    return enlarging.enlarged(pixels)


@pytest.mark.parametrize(
    ("size", "result"), [((150, 97), (300, 194)), ((97, 150), (131, 499)), ((1, 3), (2, 6))]
)
def test_tiles_cover_a_picture_of_any_size_and_agree_with_it_whole(
    twice: Upscaler, size: tuple[int, int], result: tuple[int, int]
) -> None:
    pixels = picture(*size)
    made = Enlarging(result, twice, side=SIDE).enlarged(pixels)
    assert made.shape == (result[1], result[0], 3)
    image = Image.fromarray(whole(pixels, twice)).resize(result, Image.Resampling.LANCZOS)
    apart = np.abs(made.astype(int) - np.asarray(image))
    assert apart.mean() < 0.3
    inner = apart[10:-10, 10:-10]  # at edges the filter looks at what is mirrored there
    assert inner.size == 0 or inner.max() <= 2


def test_each_place_of_a_side_is_made_and_every_share_is_whole() -> None:
    sides = ((150, 301, 64), (512, 700, 128), (49, 98, 64), (48, 48, 64))
    small = tuple((source, 2 * source, 64) for source in range(1, 2 * FADE + 2))
    for source, result, seen in (*sides, *small):
        side = Side(source, result, seen)
        spans = side.spans()
        total = np.zeros(result)
        for span in spans:
            assert span.stop - span.start <= seen - 2 * MARGIN
            total[span.first : span.last] += side.weights(span)
        assert total.min() > 0 and (spans[0].first, spans[-1].last) == (0, result)


def test_unshuffled_pixels_of_odd_sizes_come_through(tmp_path: Path) -> None:
    ref = written(rrdb(stages=2, unshuffle=4), tmp_path / "1x.safetensors")
    made = Enlarging((90, 61), load_upscaler(ref, CPU), side=SIDE).enlarged(picture(90, 61))
    assert made.shape == (61, 90, 3)


def test_grey_stays_grey_and_colour_does_not_come_out_of_transparent_places(
    twice: Upscaler,
) -> None:
    grey = picture(70, 60).copy()
    grey[...] = grey[..., :1]
    made = Enlarging((140, 120), twice, side=SIDE).enlarged(grey)
    assert (made == made[..., :1]).all()
    red = np.full((60, 70, 3), (200, 10, 10), np.uint8)
    red[:, 30:] = (0, 255, 0)  # that nobody sees
    alpha = np.zeros((60, 70), np.uint8)
    alpha[:, :30] = 255
    shown = Enlarging((140, 120), None).enlarged(red, alpha)
    assert np.abs(shown[:, :60].astype(int) - (200, 10, 10)).max() <= 1
    smoke = picture(70, 60)  # of which little is seen, but all of it
    shown = Enlarging((140, 120), None).enlarged(smoke, np.full((60, 70), 40, np.uint8))
    assert (shown == Enlarging((140, 120), None).enlarged(smoke)).all()


def test_joined_edges_stay_joined(twice: Upscaler) -> None:
    y, x = np.mgrid[0:128, 0:128]
    rows = 127 + 100 * np.sin(2 * np.pi * (3 * x + 5 * y) / 128)
    pixels = np.repeat(rows[..., None], 3, -1).astype(np.uint8)
    pixels[..., 1] = 90
    for upscaler in (None, twice):
        for ways in ("xy", ""):
            made = Enlarging((256, 256), upscaler, ways, side=SIDE).enlarged(pixels).astype(int)
            turned = np.roll(pixels, (40, 56), (0, 1))
            other = Enlarging((256, 256), upscaler, ways, side=SIDE).enlarged(turned).astype(int)
            apart = np.abs(np.roll(other, (-80, -112), (0, 1)) - made).max()
            assert (apart <= 2) == (ways == "xy")


def test_kept_tiles_are_gone_on_with_and_give_the_same_bytes(
    twice: Upscaler, tmp_path: Path
) -> None:
    pixels = picture(150, 120)
    folder = tmp_path / "tiles"
    enlarging = Enlarging((300, 240), twice, folder=str(folder), made_by="me", side=SIDE)
    wanted = replace(enlarging, folder="").enlarged(pixels)
    done = list[TileDone]()

    def stop(tile: TileDone) -> None:
        done.append(tile)
        if tile.tile == 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        replace(enlarging, told=stop).enlarged(pixels)
    files = sorted(folder.iterdir())
    assert len(files) == 4
    files[1].write_bytes(files[1].read_bytes()[:-1] + b"\0")  # one is damaged
    again = list[TileDone]()
    made = replace(enlarging, told=again.append).enlarged(pixels)
    assert [tile.tile for tile in again] == [2, *range(5, done[0].tiles + 1)]
    assert (made == wanted).all()
    others = list[TileDone]()
    replace(enlarging, made_by="another", told=others.append).enlarged(pixels)
    assert len(others) == done[0].tiles, "tiles of another machine do not count"


def test_tiles_leave_room_for_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tile = np.zeros((4, 4, 3), np.uint8)
    KeptTiles(str(tmp_path), "x").save(0, tile)
    free = shutil.disk_usage(tmp_path).free
    monkeypatch.setattr(atomic_files, "LEFT_FREE", 2 * free)
    KeptTiles(str(tmp_path), "x").save(1, tile)
    assert [path.name for path in tmp_path.iterdir()] == ["00000.tile"]


def test_a_disk_that_refuses_tiles_costs_no_picture(twice: Upscaler, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    enlarging = Enlarging((140, 140), twice, folder=str(tmp_path / "file" / "tiles"), side=SIDE)
    assert enlarging.enlarged(picture(70, 70)).shape == (140, 140, 3)


def test_values_that_are_no_numbers_are_said_and_not_black(tmp_path: Path) -> None:
    ref = written(compact(strength=float("nan")), tmp_path / "torn.safetensors")
    with pytest.raises(WorldError, match="no numbers"):
        Enlarging((140, 140), load_upscaler(ref, CPU)).enlarged(picture(70, 70))


def test_a_person_may_cancel_within_a_tile(twice: Upscaler) -> None:
    beats: list[Callable[[], None]] = []

    def beat() -> None:
        beats.append(beat)
        if len(beats) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        Enlarging((140, 140), twice, beat=beat, side=256).enlarged(picture(70, 70))
    made = Enlarging((140, 140), twice, side=256).enlarged(picture(70, 70))
    assert len(beats) == 2 and made.shape == (140, 140, 3), "nobody listens any more"


def test_lines_where_tiles_meet_are_as_steep_as_those_beside(twice: Upscaler) -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(127, 60, (400, 400, 3))
    pixels = np.clip(rows, 0, 255).astype(np.uint8)
    made = Enlarging((800, 800), twice, side=SIDE).enlarged(pixels).astype(float)
    spans = Side(400, 800, SIDE).spans()
    ratios = []
    for span in spans[1:]:
        at = span.first
        for axis in (0, 1):
            steps = np.abs(np.diff(made, axis=axis)).mean(axis=(1 - axis, 2))
            ratios.append(2 * steps[at - 1] / (steps[at - 5] + steps[at + 3]))
    assert 0.95 < float(np.median(ratios)) < 1.05

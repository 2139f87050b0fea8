"""Tiles: they cover a picture, count as one wherever they meet, and leave no line where they do;
what stays of a picture stays also beyond its edges."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.engine.diffusion.picture_making.refining.gathering import Gathering, TileCount
from core.engine.diffusion.picture_making.refining.kept_work import KeptWork
from core.engine.diffusion.picture_making.refining.parts_of_pictures import (
    decoded,
    encoded,
    tiles_to_decode,
)
from core.engine.diffusion.picture_making.refining.tiled_denoise import (
    HeldTones,
    Tiling,
    shift_at,
    tiled,
)
from core.engine.diffusion.picture_making.refining.tiles import axis_of
from core.engine.diffusion.picture_making.refining.tones import with_tones_of
from tests.core.engine.diffusion.picture_making.pictures_in import drawn

LEVELS = (4.0, 2.0, 1.0, 0.0)


def nobody() -> Gathering:
    return Gathering(TileCount(lambda done, total: None))


TILINGS = [
    Tiling(size=(20, 45), side=(16, 16), overlap=4),
    Tiling(size=(16, 16), side=(16, 16), overlap=4),
    Tiling(size=(48, 34), side=(16, 16), overlap=6, multiple=2),
    Tiling(size=(20, 47), side=(16, 16), overlap=4, joined="xy"),
    Tiling(size=(12, 40), side=(12, 16), overlap=4, joined="xy"),
    Tiling(size=(33, 17), side=(16, 16), overlap=8, joined="y"),
]


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("length", [15, 16, 17, 29, 33, 64, 1024])
def test_tiles_lie_where_they_may_and_leave_nothing_out(length: int, wrapped: bool) -> None:
    for shift in (0.0, 0.001, 0.382, 0.618, 0.999):
        axis = axis_of(length, 16, overlap=4, wrapped=wrapped, shift=shift)
        covered = np.zeros(length, int)
        for start in axis.starts:
            assert 0 <= start < length
            assert wrapped or start + axis.side <= length
            for there, here in axis.pieces(start):
                assert there.stop - there.start == here.stop - here.start
                covered[there] += 1
        assert covered.min() >= 1
        # no more tiles than overlapping by half would take
        assert len(axis.starts) <= max(1, -(-length // 8))


@pytest.mark.parametrize("tiling", TILINGS)
def test_what_each_tile_does_alike_is_done_to_the_whole_alike(tiling: Tiling) -> None:
    x = torch.randn(1, 4, *tiling.size, generator=torch.Generator().manual_seed(3))
    seen: list[float] = []

    def denoise(tile: torch.Tensor, sigma: float) -> torch.Tensor:
        seen.append(sigma)
        assert all(side == most for side, most in zip(tile.shape[2:], tiling.side, strict=True))
        return tile * sigma

    whole = tiled(denoise, tiling, LEVELS, nobody())
    for sigma in (4.0, 3.0, 2.0, 1.0):
        assert torch.allclose(whole(x, sigma), x * sigma, atol=1e-5)
    assert len(seen) == sum(len(tiling.grid(shift_at(s, LEVELS))) for s in (4.0, 3.0, 2.0, 1.0))


def test_borders_of_tiles_lie_elsewhere_at_each_level_but_not_within_a_step() -> None:
    shifts = [shift_at(level, LEVELS) for level in LEVELS]
    assert len(set(shifts)) == len(LEVELS)
    assert shift_at(2.0, LEVELS) == shift_at(2.0 * (1 + 1e-7), LEVELS)
    grids = [TILINGS[3].grid(shift) for shift in shifts[:3]]
    assert len({grid.places for grid in grids}) == 3


def test_tiles_of_tones_of_their_own_fade_into_each_other_without_a_step() -> None:
    """The worst network there is: each tile comes back flat, in a tone of its own."""
    tiling = Tiling(size=(16, 64), side=(16, 16), overlap=8)
    tones = iter([0.0, 10.0, -10.0, 10.0, 0.0, 10.0, 0.0, 5.0])
    whole = tiled(lambda tile, sigma: torch.full_like(tile, next(tones)), tiling, LEVELS, nobody())
    steps = whole(torch.zeros(1, 4, *tiling.size), 4.0)[0, 0].diff(dim=1).abs()
    assert steps.max() < 20 * 0.25  # of a whole step at once


@pytest.mark.parametrize("joined", ["", "x", "xy"])
def test_broad_tones_are_the_sources_and_details_the_estimates(joined: str) -> None:
    generator = torch.Generator().manual_seed(1)
    source = F.interpolate(torch.randn(1, 4, 3, 3, generator=generator), (60, 60), mode="bicubic")
    detail = torch.randn(1, 4, 60, 60, generator=generator)
    held = HeldTones(source, 2.0, joined)
    made = held(source + 0.7 + detail)
    assert (made - source).mean().abs() < 1e-3
    assert torch.corrcoef(torch.stack([(made - source).flatten(), detail.flatten()]))[0, 1] > 0.95
    if "x" in joined:  # nothing knows where the edge is
        there = HeldTones(source.roll(17, 3), 2.0, joined)((source + detail).roll(17, 3))
        assert torch.allclose(there, held(source + detail).roll(17, 3), atol=1e-5)


@pytest.mark.parametrize("tiling", TILINGS)
def test_a_picture_comes_whole_out_of_its_tiles(tiling: Tiling) -> None:
    rows, columns = tiling.size
    pixels = drawn(columns * 8, rows * 8)

    def encode(tile: np.ndarray) -> torch.Tensor:
        values = torch.from_numpy(tile.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
        return F.avg_pool2d(values, 8)

    calls: list[int] = []

    def decode(tile: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        return F.interpolate(tile, scale_factor=8, mode="nearest")

    latents = encoded(pixels, tiling, encode, nobody())
    assert torch.allclose(latents, encode(pixels), atol=1e-5)
    made = decoded(latents, tiling, decode, nobody())
    whole = ((decode(latents)[0] + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    assert made.shape == pixels.shape
    assert np.abs(made.astype(int) - whole).max() <= 1
    assert len(calls) - 1 == tiles_to_decode(tiling)


@pytest.mark.parametrize("size", [(300, 200), (20, 10), (64, 97)])
def test_the_tones_of_before_come_back(size: tuple[int, int]) -> None:
    source = drawn(*size) // 2 + 60
    rng = np.random.default_rng(2)
    detail = rng.integers(-3, 4, source.shape)
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    shifted = source + detail + 9 + np.rint(6 * np.sin(x / 200) + 4 * y / size[1])[..., None]
    made = with_tones_of(source, shifted.astype(np.uint8))
    apart = made.astype(float) - source
    assert abs(apart.mean()) < 0.5
    assert np.abs(apart).mean() < np.abs(detail).mean() + 1
    flat = np.full((70, 130, 3), 128, np.uint8)
    assert (with_tones_of(flat, flat + 9, "xy") == flat).all()


class Killed(Exception):
    pass


@pytest.mark.parametrize("tiling", TILINGS)
def test_what_was_kept_before_a_kill_is_gone_on_from_bit_for_bit(
    tiling: Tiling, tmp_path: Path
) -> None:
    x = torch.randn(1, 4, *tiling.size, generator=torch.Generator().manual_seed(3))
    calls: list[int] = []
    last = 10**9

    def heard(done: int, total: int) -> None:
        if len(calls) >= last:
            raise Killed

    def denoise(tile: torch.Tensor, sigma: float) -> torch.Tensor:
        calls.append(1)
        return torch.sin(tile * 3 + tile.roll(1, 2))

    def decode(tile: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        large = F.interpolate(tile[:, :3], scale_factor=8, mode="bilinear")
        return torch.tanh(large + large.mean())

    def work(folder: str) -> tuple[torch.Tensor, np.ndarray]:
        many = TileCount(heard, steps=(1000,))
        gathering = Gathering(many, KeptWork(folder, interval=0.0))
        estimate = tiled(denoise, tiling, LEVELS, gathering)(x, 2.0)
        return estimate, decoded(estimate, tiling, decode, gathering)

    estimate, pixels = work("")
    whole = len(calls)
    folder = tmp_path / "kept"
    for kill in range(1, whole + 1):
        calls.clear()
        last = kill
        with contextlib.suppress(Killed):
            work(str(folder))
    calls.clear()
    last = 10**9
    again = work(str(folder))
    assert torch.equal(again[0], estimate) and (again[1] == pixels).all()
    # the sum lacks its last tile, and the picture at most its last row of tiles
    assert len(calls) <= 2 + len(tiling.grid().columns.starts)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-3] + b"xyz")
    assert (work(str(folder))[1] == pixels).all(), "what is damaged does not count"
    x = x + 1
    assert not torch.equal(work(str(folder))[0], estimate), "nor what is of another work"

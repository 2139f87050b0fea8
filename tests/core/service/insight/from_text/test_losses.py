"""What is lost between two pictures is found where it was lost."""

from __future__ import annotations

import numpy as np
import pytest

from core.service.insight.from_text.losses import AMPLIFIED, Loss, loss_between
from core.values.picture import Pixels

SIDE = 256


def wave(length: float, height: float) -> np.ndarray:
    x = np.arange(SIDE)
    return np.tile(height * np.sin(2 * np.pi * x / length), (SIDE, 1))


def grey(values: np.ndarray) -> Pixels:
    rows = np.repeat(np.round(128 + values)[..., None], 3, 2).astype(np.uint8)
    return Pixels(SIDE, SIDE, rows.tobytes())


def lost_in(loss: Loss, length: int) -> float:
    return next(
        band.lost
        for band in loss.bands
        if band.shortest <= length and (length < band.longest or not band.longest)
    )


def test_a_wave_that_is_missing_is_lost_in_its_band_alone() -> None:
    coarse, fine = wave(40, 60), wave(5, 20)
    loss = loss_between(grey(coarse + fine), grey(coarse))
    assert lost_in(loss, 5) == pytest.approx(1, abs=0.02)
    assert lost_in(loss, 40) < 0.001
    shares = {band.longest: band.share for band in loss.bands}
    assert shares[64] == pytest.approx(0.9, abs=0.02) and shares[8] == pytest.approx(0.1, abs=0.02)
    assert sum(shares.values()) == pytest.approx(1)
    half = loss_between(grey(coarse + fine), grey(coarse + fine / 2))
    assert lost_in(half, 5) == pytest.approx(0.25, abs=0.03)


def test_colour_and_brightness_are_told_apart() -> None:
    plain = np.full((SIDE, SIDE, 3), 100, np.uint8)
    redder = plain + np.array([20, 0, 0], np.uint8)
    one, other = (Pixels(SIDE, SIDE, rows.tobytes()) for rows in (plain, redder))
    loss = loss_between(one, other)
    assert loss.shifts == (20, 0, 0) and loss.luma == pytest.approx(0.299 * 20)
    assert loss.red == pytest.approx(10) and loss.blue == pytest.approx(0.168736 * 20)
    assert loss.psnr == pytest.approx(20 * np.log10(255 / (20 / np.sqrt(3))))
    assert loss.difference.rgb[:3] == bytes([128 + 20 * AMPLIFIED, 128, 128])
    same = loss_between(one, one)
    assert same.psnr is None and all(band.lost == band.share == 0 for band in same.bands)
    with pytest.raises(ValueError, match="two sizes"):
        loss_between(one, Pixels(8, 8, bytes(192)))

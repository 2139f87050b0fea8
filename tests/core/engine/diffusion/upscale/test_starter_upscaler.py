"""The upscaler that comes with Calotype is better than Lanczos at what it was trained for."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.engine.diffusion.upscale.enlarging import Enlarging
from core.engine.diffusion.upscale.upscaler import load_upscaler
from core.models.library.library import Library

SIDE = 512
GAIN = 2.0  # decibels


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the starter's drawings are found."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(Path(__file__).parents[5] / "packaging")])


def decibels(made: np.ndarray, wanted: np.ndarray) -> float:
    return min(60.0, 10 * np.log10(255**2 / np.square(made.astype(float) - wanted).mean()))


@pytest.mark.usefixtures("starter")
def test_unseen_drawings_come_out_nearer_than_by_lanczos() -> None:
    from starter.drawing import drawing, scenes

    ref = Library(Path("nowhere")).find_upscaler("starter-2x")
    assert Path(ref.path).stat().st_size < 2 * 2**20
    upscaler = load_upscaler(ref, torch.device("cpu"))
    gains: list[float] = []
    for seed in range(6):
        rng = random.Random(seed)
        large = np.asarray(drawing.draw(scenes.random_scene(rng), rng, SIDE))
        image = Image.fromarray(large).resize((SIDE // 2, SIDE // 2), Image.Resampling.LANCZOS)
        small = np.asarray(image)
        own, lanczos = (Enlarging((SIDE, SIDE), by).enlarged(small) for by in (upscaler, None))
        gains.append(decibels(own, large) - decibels(lanczos, large))
    assert np.mean(gains) >= GAIN, gains

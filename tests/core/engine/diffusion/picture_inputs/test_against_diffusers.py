"""Runs from a picture end in the latents of diffusers' pipelines."""

from __future__ import annotations

import pytest
import torch

from tests.core.engine.diffusion.picture_inputs import start_judges as judges

# about image encoders, offsets and types that its own pipelines lack
pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning:diffusers"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
BAR = 1e-4
# all others: tests/bench/pictures/start_equality.py
CASES = [
    # kind, family, input channels, sampler, schedule, strength
    ("image to image", "smallest", 4, "euler", "ddim_uniform", 0.3),
    ("image to image", "sdxl", 4, "ddim", "ddim_uniform", 0.15),
    ("inpaint", "smallest", 4, "ddim", "simple", 0.3),
    ("inpaint", "smallest", 4, "euler", "simple", 1.0),
    ("inpaint", "smallest", 9, "euler", "ddim_uniform", 0.3),
    ("inpaint", "sdxl", 4, "euler", "ddim_uniform", 0.15),
    ("instruct", "smallest", 8, "ddim", "ddim_uniform", 1.0),
]


@pytest.mark.parametrize(
    ("kind", "family", "channels", "sampler", "schedule", "strength"),
    CASES,
    ids=lambda value: str(value),
)
def test_latents_are_those_of_diffusers(
    kind: str, family: str, channels: int, sampler: str, schedule: str, strength: float
) -> None:
    case = judges.given(
        kind,
        judges.random_unet(family, channels),
        sampler=sampler,
        schedule=schedule,
        strength=strength,
    )
    assert judges.apart(case) < BAR


def test_the_judge_sees_another_mask_and_another_strength() -> None:
    case = judges.given("inpaint", judges.random_unet("smallest", 4), strength=0.3)
    expected = judges.theirs(case)
    for changed in (
        judges.other(case, mask=torch.ones_like(case.mask)),
        judges.other(case, strength=0.4),
    ):
        assert float((judges.ours(changed) - expected).abs().max()) > 100 * BAR

"""Guidance by words and by a picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from core.engine.diffusion.parts.conditioning import Conditioning
from core.engine.diffusion.parts.denoiser import Denoiser
from core.engine.diffusion.parts.feature_reuse import FeatureReuse
from core.engine.diffusion.picture_inputs.instruct import guided_by_picture
from core.sampling.schedules import NoiseTable
from tests.core.engine.diffusion.picture_inputs import start_judges as judges

CASE = judges.given("instruct", judges.random_unet("smallest", 8))
POSITIVE, NEGATIVE = CASE.texts


def denoiser(interval: int = 1) -> tuple[Denoiser, list[int]]:
    calls: list[int] = []
    network = Denoiser(
        CASE.unet,
        NoiseTable(),
        "epsilon",
        torch.float32,
        lambda: calls.append(1),
        reuse=FeatureReuse(interval),
    )
    return network, calls


def estimate(
    guidance: float,
    image_guidance: float,
    *,
    negative: Conditioning = NEGATIVE,
    sigma: float = 3.0,
    **more: object,
) -> tuple[torch.Tensor, int]:
    network, calls = denoiser()
    denoise = guided_by_picture(
        network,
        POSITIVE,
        negative,
        CASE.shown,
        guidance=guidance,
        image_guidance=image_guidance,
        **more,  # type: ignore[arg-type]
    )
    with torch.no_grad():
        return denoise(CASE.source * 3, sigma), len(calls)


def branch(text: Conditioning, picture: torch.Tensor) -> torch.Tensor:
    network, _ = denoiser()
    with torch.no_grad():
        return network.predict(CASE.source * 3, 3.0, replace(text, channels=picture))


def test_it_is_equation_three_of_instruct_pix2pix() -> None:
    full = branch(POSITIVE, CASE.shown)
    picture = branch(NEGATIVE, CASE.shown)
    nothing = branch(NEGATIVE, torch.zeros_like(CASE.shown))
    expected = nothing + 7.0 * (full - picture) + 1.5 * (picture - nothing)
    found, calls = estimate(7.0, 1.5)
    assert calls == 1 and torch.allclose(found, expected, atol=1e-4)
    apart, calls = estimate(7.0, 1.5, apart=True)
    assert calls == 3 and torch.allclose(found, apart, atol=1e-4)


def test_texts_of_unequal_length_go_apart() -> None:
    longer = replace(NEGATIVE, states=torch.cat([NEGATIVE.states, NEGATIVE.states], 1))
    _, calls = estimate(7.0, 1.5, negative=longer)
    assert calls == 3


@pytest.mark.parametrize(
    ("guidance", "image_guidance", "between"),
    [(1.0, 1.0, (0.0, 1.0)), (7.0, 1.5, (0.9, 1.0))],
)
def test_no_guidance_is_the_prompts_branch_alone(
    guidance: float, image_guidance: float, between: tuple[float, float]
) -> None:
    found, calls = estimate(guidance, image_guidance, between=between)
    assert calls == 1 and torch.equal(found, branch(POSITIVE, CASE.shown))


def test_the_spread_comes_back_to_the_prompts() -> None:
    wide, _ = estimate(20.0, 1.5, sigma=3.0)
    back, _ = estimate(20.0, 1.5, rescale=1.0)
    own = branch(POSITIVE, CASE.shown)
    x = CASE.source * 3
    assert torch.allclose((x - back).std(), (x - own).std(), rtol=1e-4)
    assert float((x - wide).std()) > 1.2 * float((x - own).std())


def test_branches_apart_do_not_share_kept_features() -> None:
    """The picture's branch and the empty one have the same words."""
    network, _ = denoiser(interval=2)
    denoise = guided_by_picture(
        network, POSITIVE, NEGATIVE, CASE.shown, guidance=7.0, image_guidance=1.5, apart=True
    )
    with torch.no_grad():
        found = denoise(CASE.source * 3, 3.0)
    assert torch.allclose(found, estimate(7.0, 1.5)[0], atol=1e-4)

"""Guidance of models that are told what to change in a picture: by words and by the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from core.engine.diffusion.parts.conditioning import Conditioning
from core.engine.diffusion.parts.denoiser import (
    Denoise,
    Network,
    OnBranches,
    tell_branches,
    with_spread_of,
)


def guided_by_picture(
    network: Network,
    positive: Conditioning,
    negative: Conditioning,
    picture: torch.Tensor,
    *,
    guidance: float,
    image_guidance: float,
    rescale: float = 0.0,
    between: tuple[float, float] = (0.0, 1.0),
    apart: bool = False,
    on_branches: OnBranches | None = None,
) -> Denoise:
    """Guidance along two ways: from nothing to the `picture` (1, 4, h, w) by `image_guidance`, and
    from the picture alone to the picture with the prompt by `guidance` (Brooks et al. 2023,
    equation 3).

    The rest is as in `parts.denoiser.guided`: three branches in one batch, one after the other with
    `apart` or where the texts are of unequal length; the prompt's branch alone outside of `between`
    and where both scales are 1.
    """
    told = replace(positive, channels=picture)
    shown = replace(negative, channels=picture)
    # states of its own: what the network keeps of a text by its states is not of both branches
    nothing = replace(negative, states=negative.states.clone(), channels=torch.zeros_like(picture))
    branches = _branches(network, (told, shown, nothing), apart=apart)
    is_plain = guidance == image_guidance == 1.0

    def denoise(x: torch.Tensor, sigma: float) -> torch.Tensor:
        """x0 (n, c, h, w)."""
        guides = between[0] - 1e-9 <= network.progress(sigma) <= between[1] + 1e-9
        if is_plain or not guides:
            return network.predict(x, sigma, told)
        with_prompt, with_picture, without = branches(x, sigma)
        if on_branches is not None:
            tell_branches(on_branches, network, x, sigma, with_prompt, with_picture)
        mixed = (
            without
            + guidance * (with_prompt - with_picture)
            + image_guidance * (with_picture - without)
        )
        if rescale:
            mixed = with_spread_of(with_prompt, mixed, rescale)
        return network.x0_from(x, sigma, mixed)

    return denoise


def _branches(
    network: Network, texts: tuple[Conditioning, Conditioning, Conditioning], *, apart: bool
) -> Callable[[torch.Tensor, float], list[torch.Tensor]]:
    """What the network says of x (n, c, h, w) with each of the texts: in one batch where these are
    of one length, unless `apart`."""
    told, shown, nothing = texts
    alike = shown.states.shape == told.states.shape
    all_three = told.joined(shown).joined(nothing) if alike and not apart else None

    def branches(x: torch.Tensor, sigma: float) -> list[torch.Tensor]:
        if all_three is None:
            return [network.raw(x, sigma, cond) for cond in texts]
        return list(network.raw(torch.cat([x, x, x]), sigma, all_three).chunk(3))

    return branches

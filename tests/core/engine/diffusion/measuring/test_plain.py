"""The plain way is torch's own layers over the same weights, and leaves nothing behind."""

from __future__ import annotations

import torch
from torch import nn

from core.engine.diffusion.measuring.plain import plain_layers
from core.engine.diffusion.networks import layers


@torch.no_grad()
def test_layers_are_torchs_inside_and_ours_again_after() -> None:
    torch.manual_seed(1)
    network = nn.Sequential(
        layers.Conv2d(4, 8, 3, padding=1),
        layers.GroupNorm(2, 8),
        nn.Flatten(),
        layers.Linear(32, 3),
    )
    kinds = [type(layer) for layer in network]
    x = torch.randn(2, 4, 2, 2)
    ours = network(x)
    filters = network[0].weight
    filters.data = filters.data.permute(2, 3, 1, 0).contiguous().permute(3, 2, 0, 1)
    before = filters.detach().clone()
    with plain_layers([network]):
        inside = [type(layer) for layer in network]
        assert inside == [nn.Conv2d, nn.GroupNorm, nn.Flatten, nn.Linear]
        assert filters.is_contiguous() and torch.equal(filters, before)
        assert torch.allclose(network(x), ours, atol=1e-5)
    assert [type(layer) for layer in network] == kinds and filters.stride() == before.stride()
    assert torch.allclose(network(x), ours, atol=1e-5)

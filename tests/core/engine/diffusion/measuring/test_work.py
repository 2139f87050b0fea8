"""What a run asks of the device is counted, and the limit is what alone takes longest."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.engine.diffusion.measuring.rates import Rates, measure_rates
from core.engine.diffusion.measuring.work import Work, bound, count
from core.values.measurement import Limit

RATES = Rates(flops=1e9, bandwidth=1e9, calls=1e5)


@torch.no_grad()
def test_operations_bytes_and_calls_are_counted() -> None:
    layer, window = nn.Linear(8, 16, bias=False), nn.Conv2d(3, 4, 3, padding=1, bias=False)
    of_layer = count(lambda: layer(torch.ones(5, 8)).view(80), [layer])
    assert of_layer.flops == 2 * 5 * 8 * 16 and of_layer.weight_bytes == 8 * 16 * 4
    assert of_layer.calls == 2, "the ones and the product; another view of them is none"
    assert count(lambda: window(torch.ones(1, 3, 6, 7)), []).flops == 2 * 6 * 7 * 4 * 27


@torch.no_grad()
def test_attention_is_counted_as_the_processor_does_it() -> None:
    query, key, value = torch.ones(2, 3, 10, 8), torch.ones(2, 3, 7, 8), torch.ones(2, 3, 7, 8)
    attend = nn.functional.scaled_dot_product_attention
    assert count(lambda: attend(query, key, value), []).flops == 2 * 2 * 3 * 10 * 7 * 16


@pytest.mark.parametrize(
    ("work", "limit", "share"),
    [
        (Work(flops=5e8, weight_bytes=1e6, calls=10), Limit.ARITHMETIC, 0.25),
        (Work(flops=1e6, weight_bytes=1e9, calls=10), Limit.MEMORY, 0.5),
        (Work(flops=1e6, weight_bytes=1e6, calls=20_000), Limit.PYTHON, 0.1),
        (Work(flops=9e9, weight_bytes=1e6, calls=10), Limit.ARITHMETIC, 1.0),
    ],
)
def test_the_limit_is_what_alone_takes_longest(work: Work, limit: Limit, share: float) -> None:
    found = bound(work, 2.0, RATES)
    assert (found.limit, found.share) == (limit, pytest.approx(share))


def test_a_device_shows_what_it_can_and_the_better_try_counts() -> None:
    rates = measure_rates(torch.device("cpu"), torch.float32)
    assert min(rates.flops, rates.bandwidth, rates.calls) > 0
    better = Rates(flops=rates.flops * 2, bandwidth=0.0, calls=0.0)
    assert rates.or_better(better) == Rates(rates.flops * 2, rates.bandwidth, rates.calls)

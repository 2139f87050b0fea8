"""How much faster the modes that save time are on full-size Stable Diffusion 1.5 with random
weights: guided calls, a batch of two.

    python tests/bench/modes.py [--pairs 7] [--cpu] [--large] [--threads 1]

Reuse of features: three calls of which one is whole, against three whole ones, at 256 px; at least
2.3 times as fast. The guidance interval: a call of the prompt alone against a guided one. With
`--large` token merging at 768 px as well, one call of each a pair. Matrices in int8: a call against
one in full, where the processor has instructions for it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from core.engine.diffusion.networks.convolutions.rounded_matrices import multiplies_int8
from core.engine.diffusion.networks.transformer import TextKeys
from core.engine.diffusion.networks.unet import UNet
from core.engine.diffusion.parts.feature_reuse import FeatureReuse
from core.engine.diffusion.time_saving.int8_matrices import set_int8_matrices
from core.engine.diffusion.time_saving.token_merging import set_token_merging
from core.system.json_files import as_table, parse_json
from core.system.paths import RESOURCES
from tests.bench.pairs import Bar, interleaved, options, print_versions

INTERVAL = 3
MERGED = 0.5
TEXT = (77, 768)  # tokens and width


def network() -> UNet:
    """Of Stable Diffusion 1.5, with random weights."""
    path = next((RESOURCES / "families" / "sd15" / "unet").glob("*.json"))
    return UNet.from_config(as_table(parse_json(path.read_text()))).eval().requires_grad_(False)


def calls(
    unet: UNet, side: int, batch: int, interval: int, count: int, cpu: bool
) -> Callable[[], float]:
    """Measures the mean seconds of so many calls at a picture's `side` in pixels."""
    clock = time.process_time if cpu else time.perf_counter
    latents = torch.randn(batch, 4, side // 8, side // 8)
    text = TextKeys(torch.randn(batch, *TEXT))

    def measure() -> float:
        reuse = FeatureReuse(interval)
        began = clock()
        for call in range(count):
            sigma = float(count - call)
            unet(latents, torch.tensor([500.0]), text, deep=reuse.features(text, sigma))
        return (clock() - began) / count

    return torch.no_grad()(measure)


def merged(unet: UNet, ratio: float, measure: Callable[[], float]) -> Callable[[], float]:
    """The same with so many tokens merged."""

    def with_merging() -> float:
        set_token_merging(unet, ratio)
        seconds = measure()
        set_token_merging(unet, 0.0)
        return seconds

    return with_merging


def rounded(unet: UNet, measure: Callable[[], float]) -> Callable[[], float]:
    """The same with matrices in int8, which are rounded before the clock runs."""

    def with_int8() -> float:
        set_int8_matrices(unet, True)
        measure()
        seconds = measure()
        set_int8_matrices(unet, False)
        return seconds

    return with_int8


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--large", action="store_true", help="token merging at 768 px as well")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    print_versions("torch")
    unet = network()
    pairs, cpu = given.pairs, given.cpu
    whole = calls(unet, 256, 2, 1, INTERVAL, cpu)
    reused = calls(unet, 256, 2, INTERVAL, INTERVAL, cpu)
    alone = calls(unet, 256, 1, 1, 1, cpu)
    missed = interleaved(reused, whole, pairs, warm=1).judge(
        f"reuse of features every {INTERVAL} steps, 256 px", Bar(at_least=2.3)
    )
    missed |= interleaved(alone, calls(unet, 256, 2, 1, 1, cpu), pairs).judge(
        "a step outside the guidance interval, 256 px", Bar(at_least=1.5)
    )
    if multiplies_int8():
        whole = calls(unet, 256, 2, 1, 1, cpu)
        missed |= interleaved(rounded(unet, whole), whole, pairs).judge(
            "matrices in int8, 256 px", Bar(at_least=1.1)
        )
    if given.large:
        plain = calls(unet, 768, 2, 1, 1, cpu)
        missed |= interleaved(merged(unet, MERGED, plain), plain, pairs).judge(
            f"token merging {MERGED:.0%}, 768 px", Bar(at_least=1.1)
        )
    return missed


if __name__ == "__main__":
    sys.exit(main())

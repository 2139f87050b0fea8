"""Decoding with the full-size autoencoder of Stable Diffusion 1.5, random weights: ours against
diffusers' AutoencoderKL called plainly on the same weights, and how far the two are apart.

    python tests/bench/networks/decode.py [--side 512] [--pairs 7] [--cpu]

The bar (1.15 times as fast) is meant for 512 px on a quiet machine with AVX2. Ends with 1 where it
is missed or where the pictures differ by more than 1e-5 of the largest value.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL as DiffusersKL

from core.engine.diffusion.networks.autoencoder import AutoencoderKL
from tests.bench.pairs import ROOT, Bar, interleaved, options, print_versions

BAR = Bar(at_least=1.15)
CLOSE = 1e-5


def networks() -> tuple[AutoencoderKL, DiffusersKL]:
    """Ours and diffusers' with the same weights, each with its own copy: ours may lay them out
    anew."""
    path = ROOT / "resources" / "families" / "sd15" / "vae" / "config.json"
    config = json.loads(path.read_text())
    torch.manual_seed(0)
    theirs = DiffusersKL.from_config(config).eval().requires_grad_(False)
    ours = AutoencoderKL.from_config(config)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours.eval().requires_grad_(False), theirs


def main() -> int:
    """The exit status."""
    parser = options(__doc__)
    parser.add_argument("--side", type=int, default=512, help="pixels of a side (512)")
    chosen = parser.parse_args()
    print_versions("torch", "diffusers")
    clock = time.process_time if chosen.cpu else time.perf_counter
    ours, theirs = networks()
    latents = torch.randn(1, 4, chosen.side // 8, chosen.side // 8)

    def timed(decode: Callable[[torch.Tensor], object]) -> Callable[[], float]:
        def once() -> float:
            began = clock()
            decode(latents)
            return clock() - began

        return once

    with torch.inference_mode():
        wanted = theirs.decode(latents).sample
        apart = float((ours.decode(latents) - wanted).abs().max() / wanted.abs().max())
        measured = interleaved(timed(ours.decode), timed(theirs.decode), chosen.pairs)
    print(f"decode at {chosen.side} px: apart by {apart:.1e} of the largest value")
    missed = measured.judge(f"decode at {chosen.side} px", BAR)
    return max(missed, int(apart > CLOSE))


if __name__ == "__main__":
    sys.exit(main())

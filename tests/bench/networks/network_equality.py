"""Are our networks equal to diffusers' at full size? A UNet of each family with random weights,
both on the same tensors, one family after the other:

    python tests/bench/networks/network_equality.py                  # 256 px, all families
    python tests/bench/networks/network_equality.py sd15 --size 512

Prints the largest difference by the largest value beside its bar; exit status 1 where it is missed.
XL takes 11 GB of memory, 1.5 and 2.1 take 4.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from core.engine.diffusion.networks.unet import UNet
from tests.bench.pairs import ROOT, print_versions, show

FAMILIES = ("sd15", "sd21", "sdxl", "sdxl-refiner")
BAR = 1e-5
POOLED = 1280  # width of XL's pooled text


def random_weights(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """By name: matrices and convolutions keep the spread of what comes in, norms lie around 1."""
    weights: dict[str, torch.Tensor] = {}
    for name, tensor in network.state_dict().items():
        values = torch.randn(tensor.shape)
        if tensor.ndim > 1:
            values *= tensor[0].numel() ** -0.5
        else:
            values *= 0.1
            values += "norm" in name and name.endswith("weight")
        weights[name] = values
    return weights


def both(family: str, channels: int) -> tuple[UNet, UNet2DConditionModel]:
    """Ours and diffusers' on the same tensors."""
    path = ROOT / "resources" / "families" / family / "unet" / "config.json"
    config = json.loads(path.read_text("utf-8")) | {"in_channels": channels}
    with torch.device("meta"):
        ours, theirs = UNet.from_config(config), UNet2DConditionModel.from_config(config)
    weights = random_weights(theirs)
    ours.load_state_dict(weights, assign=True)
    theirs.load_state_dict(weights, assign=True)
    return ours.eval(), theirs.eval()


@torch.no_grad()
def difference(family: str, side: int, channels: int) -> float:
    """The largest one by the largest value, of a guided step at so many pixels a side."""
    torch.manual_seed(0)
    ours, theirs = both(family, channels)
    latents = torch.randn(2, channels, side // 8, side // 8)
    timestep = torch.tensor([601.5])
    states = torch.randn(2, 77, ours.config.cross_attention_dim)
    pooled, sizes, more = None, None, dict[str, Any]()
    if ours.config.addition_embed_type is not None:
        pooled = torch.randn(2, POOLED)
        width = ours.config.projection_class_embeddings_input_dim - POOLED
        sizes = torch.full((2, width // ours.config.addition_time_embed_dim), float(side))
        more["added_cond_kwargs"] = {"text_embeds": pooled, "time_ids": sizes}
    show(f"{family}: ours")
    found = ours(latents, timestep, states, pooled, sizes)
    show(f"{family}: diffusers'")
    wanted = theirs(latents, timestep, states, return_dict=False, **more)[0]
    return float((found - wanted).abs().max() / wanted.abs().max())


def main() -> int:
    """1 where a family's difference is above the bar."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("families", nargs="*", default=list(FAMILIES), help="all, or these")
    parser.add_argument("--size", type=int, default=256, help="pixels a side (256)")
    parser.add_argument("--channels", type=int, default=4, help="input channels (4)")
    options = parser.parse_args()
    print_versions("torch", "diffusers")
    missed = 0
    for family in options.families:
        apart = difference(family, options.size, options.channels)
        kept = apart <= BAR
        missed += not kept
        words = "kept" if kept else "missed"
        print(f"{family} at {options.size} px: {apart:.1e} (bar {BAR:.0e}): {words}", flush=True)
        gc.collect()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

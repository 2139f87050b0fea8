"""Do runs from a picture end in the latents of diffusers' pipelines? The same network object,
noise, timesteps and encoder output; DDIM and Euler, 20 steps:

    python tests/bench/pictures/start_equality.py              # tiny networks and the starter
    python tests/bench/pictures/start_equality.py --only tiny

Image to image and inpainting at four strengths, inpainting also with nine-channel networks, XL, and
InstructPix2Pix. Prints the largest difference of each beside the bar; exit status 1 where it is
missed.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from core.engine.diffusion.families import sd
from core.engine.diffusion.networks.unet import UNet
from core.engine.diffusion.parts.device import choose_device
from tests.bench.pairs import ROOT, print_versions
from tests.core.engine.diffusion.picture_inputs import start_judges as judges

BAR = 1e-4
STRENGTHS = (0.1, 0.5, 0.75, 1.0)
RUNS = (
    ("euler", "ddim_uniform"),
    ("euler", "simple"),
    ("ddim", "ddim_uniform"),
    ("ddim", "simple"),
)
STARTER_SIDE = 16


def networks(only: str) -> Iterator[tuple[str, UNet, str, int]]:
    """Name, network, what it predicts, and latents a side."""
    if only in ("all", "tiny"):
        for family, channels in (("smallest", 4), ("smallest", 9), ("smallest", 8)):
            yield f"tiny, {channels} channels", judges.random_unet(family, channels), "epsilon", 8
        for channels in (4, 9):
            yield (
                f"tiny XL, {channels} channels",
                judges.random_unet("sdxl", channels),
                "epsilon",
                8,
            )
    if only in ("all", "starter"):
        model = sd.load(str(ROOT / "resources" / "starter"), choose_device("cpu"), lambda: None)
        yield "the starter", model.unet, model.prediction, STARTER_SIDE


def cases(unet: UNet, prediction: str, side: int) -> Iterator[judges.Given]:
    """All that diffusers has a pipeline for with a network of so many channels."""
    channels = unet.config.in_channels
    if channels == 8:
        kinds = (judges.INSTRUCT,)
    elif channels == 9:
        kinds = (judges.INPAINT,)
    else:
        kinds = (judges.IMAGE_TO_IMAGE, judges.INPAINT)
    strengths = (1.0,) if channels == 8 else STRENGTHS
    for kind, (sampler, schedule), strength in product(kinds, RUNS, strengths):
        # there its pipeline starts from noise of another level than its first timestep's
        pure = strength == 1 and kind == judges.INPAINT
        if pure and (sampler, schedule) != ("euler", "simple"):
            continue
        yield judges.given(
            kind,
            unet,
            sampler=sampler,
            schedule=schedule,
            strength=strength,
            side=side,
            prediction=prediction,
        )


def main() -> int:
    """1 where a difference is above the bar."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("all", "tiny", "starter"), default="all")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print_versions("torch", "diffusers")
    missed = 0
    for name, unet, prediction, side in networks(options.only):
        for case in cases(unet, prediction, side):
            apart = judges.apart(case)
            kept = apart <= BAR
            missed += not kept
            print(
                f"{name}: {case.kind}, {case.sampler} on {case.schedule}, strength "
                f"{case.strength}: {apart:.1e} (bar {BAR:.0e}): {'kept' if kept else 'missed'}",
                flush=True,
            )
    print(f"{missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

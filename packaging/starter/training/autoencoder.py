"""Trains the starter's autoencoder (8x down, 4 latent channels) on crops of the drawn scenes.

    python -m starter.training.autoencoder DATA OUT --steps 7000 [--threads 2] [--start VAE]

Resumes exactly from OUT/autoencoder.pt (every step draws from its own seed). `--start` begins from
the weights of another autoencoder folder. Writes OUT/vae in diffusers' format at every checkpoint.
"""

from __future__ import annotations

import argparse
import copy
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from starter.training import common, loop

CROP = 64
BATCH = 16


def new_model() -> AutoencoderKL:
    """An AutoencoderKL of 2.6 M parameters, narrow where the picture is large."""
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        # diffusers annotates these as tuples of one
        down_block_types=("DownEncoderBlock2D",) * 4,  # pyright: ignore[reportArgumentType]
        up_block_types=("UpDecoderBlock2D",) * 4,  # pyright: ignore[reportArgumentType]
        block_out_channels=(16, 32, 64, 128),  # pyright: ignore[reportArgumentType]
        layers_per_block=1,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=256,
        scaling_factor=1.0,
    )


def crops(pixels: np.ndarray, rng: np.random.Generator, where: torch.device) -> torch.Tensor:
    """Pictures (BATCH, 3, CROP, CROP) in [-1, 1], cut from pixels (N, h, w, 3) uint8."""
    top, left = rng.integers(0, (pixels.shape[1] - CROP) // 8 + 1, 2) * 8
    batch = np.stack(
        [
            pixels[i, top : top + CROP, left : left + CROP]
            for i in rng.integers(0, len(pixels), BATCH)
        ]
    )
    return common.as_pictures(batch, where).contiguous()


def edges(x: torch.Tensor) -> torch.Tensor:
    """Differences of neighbours of pictures (n, c, h, w), below and beside: (n, 2c, h-1, w-1)."""
    return torch.cat([x[..., 1:, :-1] - x[..., :-1, :-1], x[..., :-1, 1:] - x[..., :-1, :-1]], 1)


def loss_of(
    y: torch.Tensor, x: torch.Tensor, kl: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Training loss and plain mean squared error of pictures y against x (n, 3, h, w); `kl` is one
    number a value."""
    mse = F.mse_loss(y, x)
    apart = (y - x).abs().mean()
    softened = (edges(y) - edges(x)).abs().mean()
    return 2 * mse + apart + 0.5 * softened + 2e-4 * kl, mse


@torch.no_grad()
def psnr(vae: AutoencoderKL, pixels: np.ndarray, where: torch.device) -> float:
    """Decibel over the last 64 of the pictures (N, h, w, 3) uint8, which training never crops."""
    x = common.as_pictures(pixels[-64:], where)
    y = common.decoded(vae, common.posterior(vae, x).mean).clamp(-1, 1)
    return float((10 * torch.log10(4 / (y - x).square().mean((1, 2, 3)))).mean())


class Training:
    """The autoencoder, its average, its optimiser and the step count."""

    def __init__(self, start: Path | None, rate: float, where: torch.device) -> None:
        self.vae = common.on(new_model(), where)
        if start:
            weights = AutoencoderKL.from_pretrained(start).state_dict()
            self.vae.load_state_dict({name: value.float() for name, value in weights.items()})
        self.ema = copy.deepcopy(self.vae).eval()
        self.optimiser = torch.optim.AdamW(
            self.vae.parameters(), rate, betas=(0.9, 0.99), weight_decay=1e-4, fused=True
        )
        self.step = 0
        self.spent = 0.0  # seconds

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "model": self.vae.state_dict(),
            "ema": self.ema.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "spent": self.spent,
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.vae.load_state_dict(kept["model"])
        self.ema.load_state_dict(kept["ema"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.step = kept["step"]
        self.spent = kept["spent"]

    def learn(self, x: torch.Tensor, rate: float) -> tuple[float, float]:
        """One step on pictures x (BATCH, 3, CROP, CROP) in [-1, 1]: the loss and the mean squared
        error."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with common.half_precision(x.device):
            posterior = common.posterior(self.vae, x)
            y = common.decoded(self.vae, posterior.sample())
        loss, mse = loss_of(y.float(), x, posterior.kl().float().mean() / x[0].numel())
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.vae.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        common.average(self.ema, self.vae, min(0.998, (1 + self.step) / (10 + self.step)))
        return float(loss.detach()), float(mse.detach())


def arguments() -> argparse.Namespace:
    parser = loop.parser(__doc__, steps=7000)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start", type=Path)
    return loop.options_of(parser)


def main() -> None:
    options = arguments()
    torch.manual_seed(0)
    where = common.device()
    path = options.out / "autoencoder.pt"
    pixels = np.load(options.data / "pixels.npy", mmap_mode="r")
    training = Training(options.start, options.rate, where)
    loop.resumed(training, path, where)
    clock = common.Clock(training.spent)
    saving = loop.Every(180, training.spent)
    train = pixels[:-64]
    for done in loop.steps(training, options.steps):
        x = crops(train, np.random.default_rng(done), where)
        loss, mse = training.learn(x, common.falling(options.rate, done, options.steps))
        step = training.step
        seconds = clock.seconds()
        if step % 100 == 0:
            decibel = -10 * math.log10(mse / 4)
            print(f"step {step} {seconds:.0f}s loss {loss:.4f} psnr {decibel:.2f}", flush=True)
        if saving.due(seconds) or step == options.steps:
            training.spent = seconds
            common.save(path, training.state())
            training.ema.save_pretrained(options.out / "vae")
            unseen = psnr(training.ema, pixels, where)
            print(f"checkpoint at step {step}: {unseen:.2f} dB on unseen scenes", flush=True)


if __name__ == "__main__":
    main()

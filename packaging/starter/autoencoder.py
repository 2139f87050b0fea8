"""Trains the starter's autoencoder (8x down, 4 latent channels) on crops of the drawn scenes.

    python autoencoder.py DATA OUT --steps 7000 [--threads 2] [--start VAE]

Resumes exactly from OUT/autoencoder.pt (every step draws from its own seed). `--start` begins from
the weights of another autoencoder folder. Writes OUT/vae in diffusers' format at every checkpoint.
"""

from __future__ import annotations

import argparse
import copy
import math
from pathlib import Path

import common
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

CROP, BATCH = 64, 16


def new_model() -> AutoencoderKL:
    """An AutoencoderKL of 2.6 M parameters, narrow where the picture is large."""
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(16, 32, 64, 128),
        layers_per_block=1,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=256,
        scaling_factor=1.0,
    )


def crops(pixels: np.ndarray, rng: np.random.Generator, where: torch.device) -> torch.Tensor:
    """(BATCH, 3, CROP, CROP) in [-1, 1]."""
    top, left = rng.integers(0, (pixels.shape[1] - CROP) // 8 + 1, 2) * 8
    batch = np.stack(
        [
            pixels[i, top : top + CROP, left : left + CROP]
            for i in rng.integers(0, len(pixels), BATCH)
        ]
    )
    x = torch.from_numpy(batch).to(where).permute(0, 3, 1, 2).float() / 127.5 - 1
    return x.contiguous()


def edges(x: torch.Tensor) -> torch.Tensor:
    return torch.cat([x[..., 1:, :-1] - x[..., :-1, :-1], x[..., :-1, 1:] - x[..., :-1, :-1]], 1)


def loss_of(
    y: torch.Tensor, x: torch.Tensor, kl: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Training loss and plain mean squared error."""
    mse = F.mse_loss(y, x)
    return 2 * mse + (y - x).abs().mean() + 0.5 * (
        edges(y) - edges(x)
    ).abs().mean() + 2e-4 * kl, mse


@torch.no_grad()
def psnr(vae: AutoencoderKL, pixels: np.ndarray, where: torch.device) -> float:
    """Decibel over the last 64 pictures, which training never crops."""
    x = torch.from_numpy(pixels[-64:].copy()).to(where).permute(0, 3, 1, 2).float() / 127.5 - 1
    y = vae.decode(vae.encode(x).latent_dist.mean).sample.clamp(-1, 1)
    return float((10 * torch.log10(4 / (y - x).square().mean((1, 2, 3)))).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=7000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    where = common.device()
    pixels = np.load(options.data / "pixels.npy", mmap_mode="r")
    vae = new_model().to(where)
    if options.start:
        vae.load_state_dict(
            {
                k: v.float()
                for k, v in AutoencoderKL.from_pretrained(options.start).state_dict().items()
            }
        )
    ema = copy.deepcopy(vae).eval()
    optimiser = torch.optim.AdamW(
        vae.parameters(), options.rate, betas=(0.9, 0.99), weight_decay=1e-4, fused=True
    )
    step, spent, path = 0, 0.0, options.out / "autoencoder.pt"
    if path.exists():
        kept = torch.load(path, map_location=where, weights_only=True)
        vae.load_state_dict(kept["model"])
        ema.load_state_dict(kept["ema"])
        step = kept["step"]
        spent = kept["spent"]
        optimiser.load_state_dict(kept["optimiser"])
    clock, next_save, train = common.Clock(spent), spent + 180, pixels[:-64]
    while step < options.steps:
        torch.manual_seed(step)
        rng = np.random.default_rng(step)
        for group in optimiser.param_groups:
            group["lr"] = common.falling(options.rate, step, options.steps)
        x = crops(train, rng, where)
        with common.half_precision(where):
            posterior = vae.encode(x).latent_dist
            y = vae.decode(posterior.sample()).sample
        loss, mse = loss_of(y.float(), x, posterior.kl().float().mean() / x[0].numel())
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimiser.step()
        step += 1
        common.average(ema, vae, min(0.998, (1 + step) / (10 + step)))
        if step % 100 == 0:
            print(
                (
                    f"step {step} {clock.seconds():.0f}s loss {float(loss):.4f} psnr "
                    f"{-10 * math.log10(float(mse) / 4):.2f}"
                ),
                flush=True,
            )
        if clock.seconds() > next_save or step == options.steps:
            next_save = clock.seconds() + 180
            common.save(
                path,
                {
                    "model": vae.state_dict(),
                    "ema": ema.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step,
                    "spent": clock.seconds(),
                },
            )
            ema.save_pretrained(options.out / "vae")
            print(
                f"checkpoint at step {step}: {psnr(ema, pixels, where):.2f} dB on unseen scenes",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""Freezes the encoder: folds unit variance and zero mean into the autoencoder,
then encodes the whole training set.

    python -m starter.training.latents DATA OUT [--as-is]

Rewrites OUT/vae and OUT/autoencoder.pt (same pictures, latents now of mean 0 and variance 1 a
channel, so scaling_factor is 1) and writes OUT/latents_256.npy (N, 4, 32, 32) float16 and, of the
same pictures at half the size, OUT/latents_128.npy (N, 4, 16, 16). `--as-is` leaves OUT/vae alone:
the autoencoder of a finished model.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from starter.training import common, dataset
from starter.training.words import Captions

FRESH = 400_000_000  # number of the first fresh drawing: far from the kept ones and the judges'


@torch.no_grad()
def encode(
    vae: AutoencoderKL, pixels: np.ndarray, where: torch.device, *, half: bool = False
) -> torch.Tensor:
    """Posterior means (N, 4, h, w) of pixels (N, 8h, 8w, 3) uint8; `half` encodes the pictures at
    half their size."""
    out = []
    for i in range(0, len(pixels), 64):
        x = common.as_pictures(pixels[i : i + 64], where)
        if half:
            x = F.avg_pool2d(x, 2)
        with common.half_precision(where):
            out.append(common.posterior(vae, x).mean.float().cpu())
    return torch.cat(out)


@torch.no_grad()
def normalise(vae: AutoencoderKL, mean: torch.Tensor, std: torch.Tensor) -> None:
    """Fold z -> (z - mean) / std into the 1x1 convolutions on both sides of the latents;
    `mean` and `std` (4,)."""
    quant, post = vae.quant_conv, vae.post_quant_conv
    assert quant is not None and quant.bias is not None
    assert post is not None and post.bias is not None
    quant.weight[:4] /= std.view(4, 1, 1, 1)
    quant.bias[:4] = (quant.bias[:4] - mean) / std
    quant.bias[4:] -= 2 * std.log()
    post.bias += post.weight[:, :, 0, 0] @ mean
    post.weight *= std.view(1, 4, 1, 1)


def fold(vae: AutoencoderKL, pixels: np.ndarray, out: Path, where: torch.device) -> None:
    """Normalise by the first 3,000 of the pictures (N, 8h, 8w, 3) uint8; the result goes to OUT."""
    sample = encode(vae, pixels[:3000], where)
    mean = sample.mean((0, 2, 3)).to(where)
    std = sample.std((0, 2, 3)).to(where)
    print("before", mean.tolist(), std.tolist())
    normalise(vae, mean, std)
    vae.save_pretrained(out / "vae")
    kept = torch.load(out / "autoencoder.pt", map_location="cpu", weights_only=True)
    state = {name: value.cpu() for name, value in vae.state_dict().items()}
    common.save(out / "autoencoder.pt", kept | {"model": state, "ema": state})


class Fresh:
    """Drawings that take the place of older ones while the denoiser learns, so that it never sees a
    fixed set often enough to know it by heart: `count` of them each step.

    `pool` (N, 4, 32, 32) begins as the kept drawings' latents and is changed in place, as the
    `captions` of the same places are. The drawings of a step depend on its number alone.
    """

    def __init__(self, vae: Any, captions: Captions, pool: torch.Tensor, count: int) -> None:
        self._vae = vae
        self._captions = captions
        self._pool = pool
        self._count = count

    def renew(self, step: int) -> None:
        """Put this step's drawings in the place of the oldest."""
        if not self._count:
            return
        numbers = range(step * self._count, (step + 1) * self._count)
        pictures, wordings = zip(*(dataset.example(FRESH + k) for k in numbers), strict=True)
        places = [k % len(self._pool) for k in numbers]
        encoded = encode(self._vae, np.stack(pictures), self._vae.device)
        self._pool[places] = encoded.to(self._pool)
        for place, texts in zip(places, wordings, strict=True):
            self._captions.texts[place] = texts

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {"latents": self._pool, "texts": self._captions.texts}

    def load(self, kept: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self._pool.copy_(kept["latents"])
        self._captions.texts[:] = kept["texts"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--as-is", action="store_true")
    options = parser.parse_args()
    where = common.device()
    pixels = np.load(options.data / "pixels.npy", mmap_mode="r")
    vae = common.autoencoder(options.out / "vae", where)
    if not options.as_is:
        fold(vae, pixels, options.out, where)
    result = encode(vae, pixels, where)
    print("after", result.mean((0, 2, 3)).tolist(), result.std((0, 2, 3)).tolist())
    np.save(options.out / "latents_256.npy", result.half().numpy())
    np.save(options.out / "latents_128.npy", encode(vae, pixels, where, half=True).half().numpy())


if __name__ == "__main__":
    main()

"""Trains the preview decoder to give what the full decoder gives, and measures both.

    python -m starter.training.tiny_decoder DATA OUT --steps 6500 --fine 1000 [--threads 2]

Reads OUT/vae and OUT/latents_256.npy; writes OUT/tiny_decoder.safetensors (fp16) and prints
decibels and milliseconds. Resumes from OUT/tiny_decoder.pt. The last steps (--fine) weigh squared
errors alone, as decibels do.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from safetensors.torch import save_file

from starter.training import common, loop

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from core.engine.diffusion.parts.tiny import TinyDecoder

BATCH = 16
POOL = 2000  # pictures to learn from
# learning rates, the latter of the last steps
RATE = 2e-3
RATE_FINE = 4e-4


@torch.no_grad()
def targets(vae: AutoencoderKL, latents: torch.Tensor) -> torch.Tensor:
    """What the full decoder makes of latents (n, 4, h, w): (n, 3, 8h, 8w) bf16 in [-1, 1]."""
    batches = []
    for part in latents.split(BATCH):
        with common.half_precision(latents.device):
            batches.append(common.decoded(vae, part.float()).clamp(-1, 1).bfloat16())
    return torch.cat(batches)


@torch.no_grad()
def measure(vae: AutoencoderKL, tiny: TinyDecoder, z: torch.Tensor, x: torch.Tensor) -> None:
    """Decibel against the drawings x (n, 3, 8h, 8w) in [-1, 1] of latents z (n, 4, h, w), and
    milliseconds for one picture, of both decoders."""
    for name, decode in (("full", partial(common.decoded, vae)), ("tiny", tiny)):
        y = torch.cat([decode(part).clamp(-1, 1) for part in z.split(8)])
        decibel = float((10 * torch.log10(4 / (y - x).square().mean((1, 2, 3)))).mean())
        times = []
        for _ in range(12):
            began = time.perf_counter()
            decode(z[:1])
            times.append(time.perf_counter() - began)
        print(f"{name}: {decibel:.2f} dB, {sorted(times)[6] * 1000:.2f} ms a picture", flush=True)


class Training:
    """The tiny decoder, its optimiser and the step count."""

    def __init__(self, where: torch.device) -> None:
        torch.manual_seed(0)
        self.tiny = TinyDecoder().to(where)
        self._optimiser = torch.optim.AdamW(
            self.tiny.parameters(), RATE, betas=(0.9, 0.99), weight_decay=0.01
        )
        self.step = 0

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "model": self.tiny.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.tiny.load_state_dict(kept["model"])
        self._optimiser.load_state_dict(kept["optimiser"])
        self.step = kept["step"]

    def learn(self, z: torch.Tensor, x: torch.Tensor, rate: float, *, fine: bool) -> float:
        """One step from latents z (B, 4, h, w) to pictures x (B, 3, 8h, 8w); `fine` weighs squared
        errors alone. The loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        with common.half_precision(z.device):
            y = self.tiny(z)
        loss = F.mse_loss(y.float(), x) * 4
        if not fine:
            loss = loss + (y.float() - x).abs().mean()
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        self.step += 1
        return float(loss.detach())


def rate_of(step: int, steps: int, fine: int) -> float:
    """The learning rate: a fall over the first `steps`, another one over the last `fine`."""
    if step < steps:
        return common.falling(RATE, step, steps)
    return common.falling(RATE_FINE, step - steps, fine)


def arguments() -> argparse.Namespace:
    parser = loop.parser(__doc__, steps=6500)
    parser.add_argument("--fine", type=int, default=1000)
    return loop.options_of(parser)


def main() -> None:
    options = arguments()
    where = common.device()
    path = options.out / "tiny_decoder.pt"
    vae = common.autoencoder(options.out / "vae", where)
    kept = np.load(options.out / "latents_256.npy", mmap_mode="r")[: POOL + 64]
    latents = torch.from_numpy(kept.copy()).to(where)
    pool = targets(vae, latents[:POOL])
    training = Training(where)
    loop.resumed(training, path, where)
    total = options.steps + options.fine
    for done in loop.steps(training, total):
        chosen = torch.randint(0, POOL, (BATCH,), device=where)
        rate = rate_of(done, options.steps, options.fine)
        fine = done >= options.steps
        loss = training.learn(latents[chosen].float(), pool[chosen].float(), rate, fine=fine)
        if training.step % 200 == 0 or training.step == total:
            print(f"step {training.step} loss {loss:.4f}", flush=True)
            common.save(path, training.state())
    pixels = np.load(options.data / "pixels.npy", mmap_mode="r")[POOL : POOL + 64]
    x = common.as_pictures(pixels, where)
    measure(vae, training.tiny, latents[POOL:].float(), x)
    weights = {name: value.half().cpu() for name, value in training.tiny.state_dict().items()}
    save_file(weights, options.out / "tiny_decoder.safetensors")


if __name__ == "__main__":
    main()

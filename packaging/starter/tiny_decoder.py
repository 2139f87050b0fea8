"""Trains the preview decoder to give what the full decoder gives, and measures both.

    python tiny_decoder.py DATA OUT --steps 6500 --fine 1000 [--threads 2]

Reads OUT/vae and OUT/latents_256.npy; writes OUT/tiny_decoder.safetensors (fp16) and prints
decibels and milliseconds. Resumes from OUT/tiny_decoder.pt. The last steps (--fine) weigh squared
errors alone, as decibels do.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import common
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from core.engine.diffusion.parts.tiny import TinyDecoder

BATCH, POOL = 16, 2000
RATE, RATE_FINE = 2e-3, 4e-4


@torch.no_grad()
def targets(vae: AutoencoderKL, latents: torch.Tensor) -> torch.Tensor:
    """What the full decoder makes of these latents, (n, 3, h, w) bf16 in [-1, 1]."""
    found = []
    for part in latents.split(BATCH):
        with common.half_precision(latents.device):
            found.append(vae.decode(part.float()).sample.clamp(-1, 1).bfloat16())
    return torch.cat(found)


@torch.no_grad()
def measure(vae: AutoencoderKL, tiny: TinyDecoder, z: torch.Tensor, x: torch.Tensor) -> None:
    """Decibel against the drawings, and milliseconds for one picture, of both decoders."""
    for name, decode in (("full", lambda part: vae.decode(part).sample), ("tiny", tiny)):
        y = torch.cat([decode(part).clamp(-1, 1) for part in z.split(8)])
        decibel = float((10 * torch.log10(4 / (y - x).square().mean((1, 2, 3)))).mean())
        times = []
        for _ in range(12):
            began = time.perf_counter()
            decode(z[:1])
            times.append(time.perf_counter() - began)
        print(f"{name}: {decibel:.2f} dB, {sorted(times)[6] * 1000:.2f} ms a picture", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=6500)
    parser.add_argument("--fine", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    where = common.device()
    vae = AutoencoderKL.from_pretrained(options.out / "vae").eval().to(where)
    latents = torch.from_numpy(
        np.load(options.out / "latents_256.npy", mmap_mode="r")[: POOL + 64].copy()
    ).to(where)
    pool, path = targets(vae, latents[:POOL]), options.out / "tiny_decoder.pt"
    torch.manual_seed(0)
    tiny = TinyDecoder().to(where)
    optimiser = torch.optim.AdamW(tiny.parameters(), RATE, betas=(0.9, 0.99), weight_decay=0.01)
    step = 0
    if path.exists():
        kept = torch.load(path, map_location=where, weights_only=True)
        tiny.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        step = kept["step"]
    total = options.steps + options.fine
    while step < total:
        torch.manual_seed(step)
        chosen = torch.randint(0, POOL, (BATCH,), device=where)
        fine = step >= options.steps
        rate = (
            common.falling(RATE_FINE, step - options.steps, options.fine)
            if fine
            else common.falling(RATE, step, options.steps)
        )
        for group in optimiser.param_groups:
            group["lr"] = rate
        with common.half_precision(where):
            y = tiny(latents[chosen].float())
        x = pool[chosen].float()
        loss = F.mse_loss(y.float(), x) * 4
        if not fine:
            loss = loss + (y.float() - x).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step += 1
        if step % 200 == 0 or step == total:
            print(f"step {step} loss {float(loss.detach()):.4f}", flush=True)
            common.save(
                path,
                {"model": tiny.state_dict(), "optimiser": optimiser.state_dict(), "step": step},
            )
    pixels = np.load(options.data / "pixels.npy", mmap_mode="r")[POOL : POOL + 64]
    x = torch.from_numpy(pixels.copy()).to(where).permute(0, 3, 1, 2).float() / 127.5 - 1
    measure(vae, tiny, latents[POOL:].float(), x)
    save_file(
        {name: value.half().cpu() for name, value in tiny.state_dict().items()},
        options.out / "tiny_decoder.safetensors",
    )


if __name__ == "__main__":
    main()

"""Trains the decoder on while the encoder stays as it is, so that every latent
made earlier stays valid.

    python -m starter.training.decoder DATA OUT --steps 4500 --whole 1500 [--threads 2]

Larger crops than the autoencoder's own training sees, decoded from the latents of whole pictures as
generated ones are, a little noised; and pixel art, one drawing in seven, comes nearly twice as
often for its sharp edges. The last steps see whole pictures: group norms look at all they are
given, and the picture's edges count in full. Resumes exactly from OUT/decoder.pt; rewrites OUT/vae
at every checkpoint.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch
from torch import nn

from starter.drawing import styles
from starter.training import autoencoder, common, loop

# latents a side, pictures a step: of crops, then of whole pictures
CROP = (16, 8)
WHOLE = (32, 2)
BLOCKS = 0.25  # share of pixel art
NOISE = 0.03  # deviation of what is added to latents
# learning rates of both
RATE = 1e-3
RATE_WHOLE = 4e-4


def in_blocks(pixels: np.ndarray, side: int = styles.BLOCK) -> np.ndarray:
    """Which pictures (n, h, w, 3) are drawn in blocks of side x side
    pixels, by their middle rows."""
    band = np.concatenate(
        [pixels[i : i + 1000, 96:160].copy() for i in range(0, len(pixels), 1000)]
    )
    n, rows, width, _ = band.shape
    blocks = band.reshape(n, rows // side, side, width // side, side, 3)
    return (blocks == blocks[:, :, :1, :, :1]).all((1, 2, 3, 4, 5))


class Crops:
    """Draws matching crops of pictures and of their latents."""

    def __init__(self, pixels: np.ndarray, latents: torch.Tensor) -> None:
        self._pixels = pixels
        self._latents = latents
        blocks = in_blocks(pixels)
        self._kinds = np.flatnonzero(blocks), np.flatnonzero(~blocks)

    def draw(
        self, rng: np.random.Generator, side: int, count: int
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Pictures (count, 3, 8 * side, 8 * side) in [-1, 1], their latents (count, 4, side, side),
        and what counts of each.

        The outermost 16 pixels count only where the picture itself ends: elsewhere the decoder
        would have seen further.
        """
        x: list[np.ndarray] = []
        z: list[torch.Tensor] = []
        counts = torch.ones(count, 1, side * 8, side * 8)
        last = self._latents.shape[-1] - side  # the last place at which a crop can begin
        for mask in counts[:, 0]:
            i = rng.choice(self._kinds[int(rng.random() >= BLOCKS)])
            # half of them at the picture's edges
            top, left = rng.integers(-last // 2, last + last // 2 + 1, 2).clip(0, last)
            x.append(self._pixels[i, top * 8 : (top + side) * 8, left * 8 : (left + side) * 8])
            z.append(self._latents[i, :, top : top + side, left : left + side])
            for cut, edge in (
                (top > 0, mask[:16]),
                (top < last, mask[-16:]),
                (left > 0, mask[:, :16]),
                (left < last, mask[:, -16:]),
            ):
                edge.mul_(not cut)
        return (
            torch.from_numpy(np.stack(x)).permute(0, 3, 1, 2).float() / 127.5 - 1,
            torch.stack(z).float(),
            counts,
        )


class Training:
    """The decoder, its average and its optimiser."""

    def __init__(self, vae: Any, where: torch.device) -> None:
        self.vae = vae.to(where)
        self.step = 0
        self.spent = 0.0  # seconds
        vae.encoder.requires_grad_(False)
        vae.quant_conv.requires_grad_(False)
        self.ema = copy.deepcopy(vae).eval()
        self.trained = [p for p in vae.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(self.trained, RATE, betas=(0.9, 0.99), weight_decay=1e-4)

    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name).state_dict() for name in ("vae", "ema", "optimiser")} | {
            "step": self.step,
            "spent": self.spent,
        }

    def load(self, kept: dict[str, Any]) -> None:
        for name in ("vae", "ema", "optimiser"):
            getattr(self, name).load_state_dict(kept[name])
        self.step = kept["step"]
        self.spent = kept["spent"]

    def learn(self, x: torch.Tensor, z: torch.Tensor, counts: torch.Tensor, rate: float) -> float:
        """One step on what `Crops` draws; the mean squared error of what counts.

        x (n, 3, 8s, 8s), z (n, 4, s, s), counts (n, 1, 8s, 8s).
        """
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with common.half_precision(x.device):
            y = common.decoded(self.vae, z + torch.randn_like(z) * NOISE).float()
        loss, mse = autoencoder.loss_of(y * counts, x * counts, torch.zeros((), device=x.device))
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimiser.step()
        self.step += 1
        common.average(self.ema, self.vae, min(0.998, (1 + self.step) / (10 + self.step)))
        return float(mse.detach() / counts.mean())


def plan(step: int, steps: int, whole: int) -> tuple[float, tuple[int, int]]:
    """The learning rate of a step, and the side and count that `Crops.draw` is asked for: crops
    first, whole pictures last."""
    if step < steps:
        return common.falling(RATE, step, steps), CROP
    return common.falling(RATE_WHOLE, step - steps, whole), WHOLE


def main() -> None:
    parser = loop.parser(__doc__, steps=4500)
    parser.add_argument("--whole", type=int, default=1500)
    options = loop.options_of(parser)
    where = common.device()
    path = options.out / "decoder.pt"
    pixels = np.load(options.data / "pixels.npy", mmap_mode="r")
    latents = torch.from_numpy(np.load(options.out / "latents_256.npy"))
    training = Training(common.autoencoder(options.out / "vae", where), where)
    loop.resumed(training, path, where)
    crops = Crops(pixels[:-64], latents[:-64])
    clock = common.Clock(training.spent)
    saving = loop.Every(180, training.spent)
    mse = list[float]()  # since the last line
    total = options.steps + options.whole
    for done in loop.steps(training, total):
        rate, size = plan(done, options.steps, options.whole)
        x, z, counts = crops.draw(np.random.default_rng(done), *size)
        mse.append(training.learn(x.to(where), z.to(where), counts.to(where), rate))
        if training.step % 100 == 0:
            decibel = -10 * math.log10(sum(mse) / len(mse) / 4)
            print(f"step {training.step} {clock.seconds():.0f}s {decibel:.2f} dB", flush=True)
            mse.clear()
        if saving.due(clock.seconds()) or training.step == total:
            training.spent = clock.seconds()
            common.save(path, training.state())
            training.ema.save_pretrained(options.out / "vae")
            unseen = autoencoder.psnr(training.ema, pixels, where)
            print(
                f"checkpoint at step {training.step}: {unseen:.2f} dB on unseen scenes", flush=True
            )


if __name__ == "__main__":
    main()

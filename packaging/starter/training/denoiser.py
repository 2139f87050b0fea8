"""Trains the starter's text encoder and denoiser on encoded scenes.

    python -m starter.training.denoiser DATA OUT --small-steps 900 --steps 13100
        [--threads 2] [--start MODEL] [--fresh 4] [--fall 0.4] [--detail 0]

Three stages. First the text encoder alone learns to say what a caption names (minutes), and stays
as it is from then on: the denoiser is handed words that know which colour belongs to which subject.
(Trained along with the denoiser, its small and noisy gradients, made large by the optimiser,
unlearn just that.) Then the denoiser learns v-prediction, with Muon for matrices and AdamW for the
rest: on latents of the pictures at half size until `--small-steps` (half the cost a picture), then
at full size until `--steps`, where each step puts `--fresh` new drawings in the place of the
oldest. Resumes exactly from OUT/denoiser.pt (every step draws from its own
seed); writes OUT/sheets/*.png as it goes and its curve to stdout. `--start` begins from the words
and the denoiser of an exported model instead. `--detail` says how much more a place of edges and
faces counts than one of plain sky, where little noise lies over it.
"""

from __future__ import annotations

import argparse
import copy
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.attention_processor import AttnProcessor
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from PIL import Image
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from starter.training import common, loop, words
from starter.training.latents import Fresh
from starter.training.muon import Muon
from starter.training.words import Captions

STEPS = 1000  # of the training noise
BATCH = {128: 64, 256: 32}
SHEET = (
    "a red house on snow at night",
    "a yellow boat on water at sunset",
    "a watercolour of a green tree on grass in daylight",
    "pixel art of a blue balloon at dawn",
    "a purple mushroom on sand with mountains",
    "an orange car and a pink flower",
    "three black birds on grass",
    "a pencil sketch of a white cat on stone",
    "a pink rabbit behind a yellow cup at sunset",
    "a brown castle on grass with clouds, flat illustration",
    "a huge blue butterfly in fog",
    "a red apple on top of a blue chair",
)


def new_unet() -> UNet2DConditionModel:
    """Attention at a quarter and an eighth of the latents' size, where it is cheap and suffices."""
    return UNet2DConditionModel(
        sample_size=32,
        in_channels=4,
        out_channels=4,
        block_out_channels=(48, 96, 192, 256),
        layers_per_block=1,
        cross_attention_dim=words.WIDTH,
        attention_head_dim=8,
        norm_num_groups=16,
        down_block_types=(
            "DownBlock2D",
            "DownBlock2D",
            "CrossAttnDownBlock2D",
            "CrossAttnDownBlock2D",
        ),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
    )


def alphas_cumprod() -> torch.Tensor:
    """Stable Diffusion's training noise (1000,): scaled-linear betas 0.00085 to 0.012."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, STEPS, dtype=torch.float64) ** 2
    return (1 - betas).cumprod(0).float()


class Sheets:
    """Draws the same twelve pictures at every stage of the training."""

    def __init__(self, vae: nn.Module, captions: Captions, where: torch.device) -> None:
        self._vae = vae
        self._ids = captions.ids([*[""] * len(SHEET), *SHEET]).to(where)
        self._where = where

    @torch.no_grad()
    def draw(self, training: Training, path: Path, side: int) -> None:
        """Into `path`, of latents (12, 4, side, side): 20 DDIM steps, guidance 4."""
        count = len(SHEET)
        where = self._where
        text = training.text(self._ids)[0]
        x = torch.randn(count, 4, side, side, generator=torch.Generator().manual_seed(1)).to(where)
        bars = alphas_cumprod().to(where)
        times = torch.linspace(STEPS - 1, 0, 21).long()
        for now, after in zip(times[:-1], times[1:], strict=True):
            a = bars[now]
            b = bars[after] if after > 0 else torch.ones(())
            with common.half_precision(where):
                v = training.ema_unet(torch.cat([x, x]), now.to(where), text).sample.float()
            v = v[:count] + 4 * (v[count:] - v[:count])
            x0 = a.sqrt() * x - (1 - a).sqrt() * v
            noise = (1 - a).sqrt() * x + a.sqrt() * v
            x = b.sqrt() * x0 + (1 - b).sqrt() * noise
        y = (common.decoded(self._vae, x).clamp(-1, 1) + 1) * 127.5
        pictures = y.byte().permute(0, 2, 3, 1).cpu().numpy()
        rows = [np.concatenate(list(pictures[i : i + 4]), 1) for i in range(0, count, 4)]
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.concatenate(rows)).save(path)


class Training:
    """The networks, the denoiser's average, two optimisers, and the step count:
    everything a checkpoint holds."""

    def __init__(
        self, tokenizer: CLIPTokenizer, rate: float, where: torch.device, detail: float = 0.0
    ) -> None:
        torch.manual_seed(0)
        self.detail = detail
        self.text = common.on(words.new_text_encoder(tokenizer), where)
        self.unet = common.on(new_unet(), where)
        # torch's fused attention is 4 times slower than plain matrices for heads this small
        if where.type == "cpu":
            self.unet.set_attn_processor(AttnProcessor())
        self.ema_unet = copy.deepcopy(self.unet).eval()
        self.fresh: Fresh | None = None  # whose pool is kept along
        self.rate = rate
        self.step = 0
        self.spent = 0.0  # seconds
        rest: list[nn.Parameter] = []
        matrices: list[nn.Parameter] = []
        for name, p in self.unet.named_parameters():
            inner = p.ndim >= 2 and not name.startswith(("conv_in", "conv_out", "time_embedding"))
            if inner:
                matrices.append(p)
            else:
                rest.append(p)
        self.optimisers = (
            Muon(matrices, rate),
            torch.optim.AdamW(rest, rate, betas=(0.9, 0.99), weight_decay=0.01),
        )

    def state(self) -> dict[str, Any]:
        return {
            "text": self.text.state_dict(),
            "unet": self.unet.state_dict(),
            "ema_unet": self.ema_unet.state_dict(),
            "optimisers": [o.state_dict() for o in self.optimisers],
            "step": self.step,
            "spent": self.spent,
            "fresh": self.fresh.state() if self.fresh else None,
        }

    def load(self, kept: dict[str, Any]) -> None:
        if self.fresh and kept.get("fresh"):
            self.fresh.load(kept["fresh"])
        for name in ("text", "unet", "ema_unet"):
            getattr(self, name).load_state_dict(kept[name])
        for optimiser, state in zip(self.optimisers, kept["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        self.step = kept["step"]
        self.spent = kept["spent"]

    def start_from(self, model: Path) -> None:
        """The weights of an exported model folder; optimisers and step count begin anew."""
        text = CLIPTextModel.from_pretrained(model / "text_encoder", torch_dtype=torch.float32)
        self.text.load_state_dict(text.state_dict())
        unet = UNet2DConditionModel.from_pretrained(model / "unet")
        self.unet.load_state_dict(unet.state_dict())
        self.ema_unet.load_state_dict(self.unet.state_dict())

    def learn(self, x: torch.Tensor, ids: torch.Tensor, bars: torch.Tensor, factor: float) -> float:
        """One step on latents x (B, 4, h, w) and token ids (B, 77) at `factor` of the rate; `bars`
        are the 1000 alphas_cumprod. The loss is the mean squared error of v (Salimans & Ho 2022).
        """
        t = noise_levels(len(x), x.device)
        a = bars[t].view(-1, 1, 1, 1)
        noise = torch.randn_like(x)
        noisy = a.sqrt() * x + (1 - a).sqrt() * noise
        v = a.sqrt() * noise - (1 - a).sqrt() * x
        with torch.no_grad(), common.half_precision(x.device):
            text = self.text(ids)[0]
        with common.half_precision(x.device):
            guess = self.unet(noisy, t, text).sample.float()
        loss = ((guess - v).square() * detail_weights(x, a, self.detail)).mean()
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.rate * factor
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        decay = min(0.999, (1 + self.step) / (20 + self.step))
        common.average(self.ema_unet, self.unet, decay)
        return float(loss.detach())


def detail_weights(x: torch.Tensor, signal: torch.Tensor, strength: float) -> torch.Tensor:
    """How much each place of latents x (B, 4, h, w) counts in the loss: (B, 1, h, w), mean 1 in
    every picture. A place of full contrast counts up to 1 + `strength` times as much as a plain
    one, less as the `signal` (B, 1, 1, 1), the share of x's variance in the noisy latents, falls:
    where x cannot be seen, weights that follow it would draw the guess towards contrast."""
    around = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    contrast = F.max_pool2d((x - around).abs().mean(1, keepdim=True), 3, stride=1, padding=1)
    full = contrast.flatten(1).quantile(0.95, dim=1).clamp(min=1e-6).view(-1, 1, 1, 1)
    weights = 1 + strength * signal * (contrast / full).clamp(max=1)
    return weights / weights.mean((1, 2, 3), keepdim=True)


def noise_levels(count: int, where: torch.device) -> torch.Tensor:
    """Timesteps (count,): half of them from anywhere, half from the middle, where it is decided
    what is drawn (Esser et al. 2024)."""
    middle = (
        (STEPS * torch.sigmoid(torch.randn(count, device=where) * 0.8 + 0.2))
        .long()
        .clamp(0, STEPS - 1)
    )
    return torch.where(
        torch.rand(count, device=where) < 0.5,
        torch.randint(0, STEPS, (count,), device=where),
        middle,
    )


def latents_of(folder: Path, where: torch.device, *, small: bool) -> dict[int, torch.Tensor]:
    """Every drawing's latents (N, 4, h, w) by picture size, in memory (float16); of pictures at
    half the size only if they are wanted."""
    return {
        size: torch.from_numpy(np.load(folder / f"latents_{size}.npy")).to(where)
        for size in (BATCH if small else (256,))
    }


def rate_factor(training: Training, options: argparse.Namespace) -> float:
    """A short warm-up, full rate, and a fall to 2 % over the last of the steps at full size, whose
    share is `--fall`."""
    left = (options.steps - training.step) / max(1, options.steps - options.small_steps)
    return min(1, (training.step + 1) / 200) * min(1, max(0.02, left / options.fall))


def arguments() -> argparse.Namespace:
    parser = loop.parser(__doc__, steps=13_100)
    parser.add_argument("--small-steps", type=int, default=900)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--word-steps", type=int, default=900)
    parser.add_argument("--fresh", type=int, default=4)
    parser.add_argument("--fall", type=float, default=0.4)
    parser.add_argument("--detail", type=float, default=0.0)
    parser.add_argument("--start", type=Path)
    return loop.options_of(parser)


def begun(
    training: Training, captions: Captions, options: argparse.Namespace, where: torch.device
) -> None:
    """Resume from OUT/denoiser.pt; where there is none, begin with the words, or from `--start`."""
    if loop.resumed(training, options.out / "denoiser.pt", where):
        return
    if options.start:
        training.start_from(options.start)
    else:
        words.learn_words(training.text, captions, options.word_steps, where)
    training.text.requires_grad_(False)


def main() -> None:
    options = arguments()
    where = common.device()
    tokenizer = CLIPTokenizer.from_pretrained(options.out / "tokenizer")
    captions = Captions(options.data, tokenizer)
    vae = common.autoencoder(options.out / "vae", where)
    sheets = Sheets(vae, captions, where)
    latents = latents_of(options.out, where, small=options.small_steps > 0)
    training = Training(tokenizer, options.rate, where, options.detail)
    training.fresh = fresh = Fresh(vae, captions, latents[256], options.fresh)
    begun(training, captions, options, where)
    bars = alphas_cumprod().to(where)
    running = 0.0  # mean loss that forgets, of `seen` steps
    clock = common.Clock(training.spent)
    saving = loop.Every(240, training.spent)
    drawing = loop.Every(600, training.spent, first=480)
    for seen, done in enumerate(loop.steps(training, options.steps), 1):
        size = 128 if done < options.small_steps else 256
        if size == 256:
            fresh.renew(done)
        rng = random.Random(done)
        indices = rng.choices(range(len(latents[size])), k=BATCH[size])
        x = latents[size][indices].float()
        ids = captions.draw(indices, rng).to(where)
        loss = training.learn(x, ids, bars, rate_factor(training, options))
        running = running * 0.98 + 0.02 * loss
        training.spent = clock.seconds()
        if training.step % 50 == 0:
            mean = running / (1 - 0.98**seen)
            place = f"step {training.step} at {size} px {training.spent:.0f}s"
            print(f"{place} loss {mean:.4f}", flush=True)
        is_last = training.step == options.steps
        if saving.due(training.spent) or is_last:
            common.save(options.out / "denoiser.pt", training.state())
        if drawing.due(training.spent) or is_last:
            drawn = options.out / "sheets" / f"{training.step:06d}.png"
            sheets.draw(training, drawn, size // 8)


if __name__ == "__main__":
    main()

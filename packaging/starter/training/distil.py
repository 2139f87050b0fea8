"""Distils the starter into a LoRA that needs four steps and no guidance (latent
consistency, Luo et al. 2023).

    python -m starter.training.distil DATA OUT --steps 1100
        [--threads 2] [--guidance 4] [--start LORA]

The teacher is the finished denoiser with guidance; the student the same weights plus
low-rank changes. Learns that a point and the point one solver step further down the
teacher's path lead to the same clean latents. Resumes exactly from OUT/distil.pt;
writes OUT/loras/starter-4-steps.safetensors (fp16, PEFT's names) at every checkpoint.
`--start` begins from such a file.
"""

from __future__ import annotations

import argparse
import copy
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import CLIPTokenizer

from starter.training import common, denoiser, loop
from starter.training.words import Captions

BATCH = 24
RANK = 32
SOLVER_STEPS = 50
SCALING = 10.0
SEED = 1_000_000  # of the first step; the teacher's steps had those from 0


class LowRank(nn.Module):
    """A frozen linear layer or convolution plus up(down(x)); up starts at zero,
    so that training starts at the teacher."""

    def __init__(self, base: nn.Linear | nn.Conv2d, rank: int) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        if isinstance(base, nn.Conv2d):
            self.down: nn.Conv2d | nn.Linear = _narrowed(base, rank)
            self.up: nn.Conv2d | nn.Linear = nn.Conv2d(rank, base.out_channels, 1, bias=False)
        else:
            self.down = nn.Linear(base.in_features, rank, bias=False)
            self.up = nn.Linear(rank, base.out_features, bias=False)
        nn.init.kaiming_uniform_(self.down.weight, a=5**0.5)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: torch.Tensor, *_: Any) -> torch.Tensor:
        """What the layer gives, in the shape it gives it; x (n, ...) as the layer takes it."""
        return self.base(x) + self.up(self.down(x))


def _narrowed(base: nn.Conv2d, rank: int) -> nn.Conv2d:
    """The convolution with `rank` outputs, untrained."""
    return nn.Conv2d(
        in_channels=base.in_channels,
        out_channels=rank,
        # torch annotates what a convolution keeps more loosely than what it takes
        kernel_size=base.kernel_size,  # pyright: ignore[reportArgumentType]
        stride=base.stride,  # pyright: ignore[reportArgumentType]
        padding=base.padding,  # pyright: ignore[reportArgumentType]
        bias=False,
    )


def adapt(unet: nn.Module) -> None:
    """Put a LowRank in place of every convolution and linear layer of more than RANK channels."""
    unet.requires_grad_(False)
    for name, module in list(unet.named_modules()):
        if isinstance(module, nn.Conv2d | nn.Linear) and min(module.weight.shape[:2]) > RANK:
            folder, _, last = name.rpartition(".")
            rank = min(RANK, min(module.weight.shape[:2]) // 3)
            unet.get_submodule(folder).register_module(last, LowRank(module, rank))


def layers_of(network: nn.Module) -> dict[str, LowRank]:
    """The low-rank layers by name."""
    return {name: layer for name, layer in network.named_modules() if isinstance(layer, LowRank)}


def clean(
    unet: nn.Module, x: torch.Tensor, t: torch.Tensor, text: torch.Tensor, bars: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """(x0, noise), both as x (n, 4, h, w), that a v-predicting network sees in x at timesteps t
    (n,) under text states (n, 77, width); `bars` are the 1000 alphas_cumprod."""
    a = bars[t].view(-1, 1, 1, 1)
    with common.half_precision(x.device):
        v = unet(x, t, text).sample
    v = v.float()
    return a.sqrt() * x - (1 - a).sqrt() * v, (1 - a).sqrt() * x + a.sqrt() * v


def consistent(x0: torch.Tensor, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """The consistency function (Song et al. 2023, section 3) for x0 and x (n, 4, h, w) at timesteps
    t (n,): x itself at t = 0, the network's x0 elsewhere."""
    scaled = (t.float() * SCALING).view(-1, 1, 1, 1)
    return x * (0.25 / (scaled**2 + 0.25)) + x0 * (scaled / (scaled**2 + 0.25).sqrt())


def export(layers: dict[str, LowRank], path: Path) -> None:
    """fp16, in PEFT's names; rank and alpha are equal, so no alpha is written."""
    tensors = {}
    for name, layer in layers.items():
        tensors[f"unet.{name}.lora_A.weight"] = layer.down.weight.detach().half().cpu().contiguous()
        tensors[f"unet.{name}.lora_B.weight"] = layer.up.weight.detach().half().cpu().contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        tensors,
        path,
        {"modelspec.title": "Starter LCM", "modelspec.architecture": "calotype-starter/lora"},
    )


def new_student(teacher: UNet2DConditionModel, start: Path | None) -> UNet2DConditionModel:
    """The teacher with low-rank layers: at zero, or filled with what `export` wrote to `start`."""
    student = copy.deepcopy(teacher)
    adapt(student)
    if start:
        kept = load_file(start)
        for name, layer in layers_of(student).items():
            layer.down.weight.data.copy_(kept[f"unet.{name}.lora_A.weight"])
            layer.up.weight.data.copy_(kept[f"unet.{name}.lora_B.weight"])
    return student


class Distillation:
    """The teacher, the student, the student's slow average, the optimiser and the step count."""

    def __init__(self, training: denoiser.Training, options: argparse.Namespace) -> None:
        self._text = training.text.requires_grad_(False)
        self._teacher = training.ema_unet.requires_grad_(False)
        self._guidance = options.guidance
        where = self._teacher.device
        torch.manual_seed(0)
        self._student = common.on(new_student(self._teacher, options.start), where)
        self.slow = copy.deepcopy(self._student)
        if where.type == "cpu":
            for network in (self._teacher, self._student, self.slow):
                network.set_attn_processor(AttnProcessor())
        self._trained = [p for p in self._student.parameters() if p.requires_grad]
        self._optimiser = torch.optim.AdamW(self._trained, options.rate, weight_decay=0.0)
        self._bars = denoiser.alphas_cumprod().to(where)
        self.step = 0

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "student": self._student.state_dict(),
            "slow": self.slow.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self._student.load_state_dict(kept["student"])
        self.slow.load_state_dict(kept["slow"])
        self._optimiser.load_state_dict(kept["optimiser"])
        self.step = kept["step"]

    @torch.no_grad()
    def states(self, ids: torch.Tensor) -> torch.Tensor:
        """Text states (n, 77, width) of token ids (n, 77)."""
        return self._text(ids)[0]

    def learn(
        self, latents: torch.Tensor, text: torch.Tensor, blank: torch.Tensor, rate: float
    ) -> float:
        """One step on latents (B, 4, h, w), text states (B, 77, width) and the empty prompt's
        (1, 77, width); its loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        loss = self._loss(latents, text, blank.expand(len(latents), -1, -1))
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._trained, 1.0)
        self._optimiser.step()
        self.step += 1
        common.average(self.slow, self._student, 0.95)
        return float(loss.detach())

    def _loss(self, latents: torch.Tensor, text: torch.Tensor, blank: torch.Tensor) -> torch.Tensor:
        """Pseudo-Huber between here and one DDIM step of the guided teacher on."""
        stride = denoiser.STEPS // SOLVER_STEPS
        bars = self._bars
        k = torch.randint(1, SOLVER_STEPS + 1, (len(latents),), device=latents.device)
        t = k * stride - 1
        t_next = ((k - 1) * stride - 1).clamp_min(0)
        inner = (k > 1).view(-1, 1, 1, 1)  # else the next point is the picture itself
        a = bars[t].view(-1, 1, 1, 1)
        one_bar = torch.ones(1, device=latents.device)
        b = torch.where(inner, bars[t_next].view(-1, 1, 1, 1), one_bar)
        x = a.sqrt() * latents + (1 - a).sqrt() * torch.randn_like(latents)
        with torch.no_grad():
            x0, noise = self._guided(x, t, text, blank)
            further = b.sqrt() * x0 + (1 - b).sqrt() * noise
            x0_next = clean(self.slow, further, t_next, text, bars)[0]
            target = torch.where(inner, consistent(x0_next, further, t_next), further)
        guess = consistent(clean(self._student, x, t, text, bars)[0], x, t)
        return ((guess - target).square() + 1e-6).sqrt().mean()

    def _guided(
        self, x: torch.Tensor, t: torch.Tensor, text: torch.Tensor, blank: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(x0, noise) that the teacher sees in x with guidance."""
        twice = torch.cat([x, x])
        texts = torch.cat([text, blank])
        x0, noise = clean(self._teacher, twice, torch.cat([t, t]), texts, self._bars)
        x0, x0_blank = x0.chunk(2)
        noise, noise_blank = noise.chunk(2)
        return (
            x0_blank + self._guidance * (x0 - x0_blank),
            noise_blank + self._guidance * (noise - noise_blank),
        )


def rate_of(step: int, options: argparse.Namespace) -> float:
    """The learning rate: 30 steps up, full until two thirds, down to a twentieth."""
    left = max(0.05, min(1, 3 * (1 - step / options.steps)))
    return options.rate * min(1, (step + 1) / 30) * left


def arguments() -> argparse.Namespace:
    parser = loop.parser(__doc__, steps=1100)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--start", type=Path)
    return loop.options_of(parser)


def main() -> None:
    options = arguments()
    where = common.device()
    path = options.out / "distil.pt"
    tokenizer = CLIPTokenizer.from_pretrained(options.out / "tokenizer")
    captions = Captions(options.data, tokenizer)
    training = denoiser.Training(tokenizer, 0.0, where)
    training.load(torch.load(options.out / "denoiser.pt", map_location=where, weights_only=True))
    distillation = Distillation(training, options)
    kept = np.load(options.out / "latents_256.npy", mmap_mode="r")[:20_000]
    latents = torch.from_numpy(kept.copy()).to(where)
    clock = common.Clock()
    loop.resumed(distillation, path, where)
    blank = distillation.states(captions.ids([""]).to(where))
    for done in loop.steps(distillation, options.steps, seed=SEED):
        rng = random.Random(SEED + done)
        indices = rng.choices(range(len(latents)), k=BATCH)
        text = distillation.states(captions.draw(indices, rng, blank=0.0).to(where))
        rate = rate_of(done, options)
        loss = distillation.learn(latents[indices].float(), text, blank, rate)
        step = distillation.step
        if step % 20 == 0:
            print(f"step {step} {clock.seconds():.0f}s loss {loss:.4f}", flush=True)
        if step % 100 == 0 or step == options.steps:
            common.save(path, distillation.state())
            companion = options.out / "loras" / "starter-4-steps.safetensors"
            export(layers_of(distillation.slow), companion)


if __name__ == "__main__":
    main()

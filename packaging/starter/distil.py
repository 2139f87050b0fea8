"""Distils the starter into a LoRA that needs four steps and no guidance (latent
consistency, Luo et al. 2023).

    python distil.py DATA OUT --steps 1100 [--threads 2] [--guidance 4] [--start LORA]

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

import common
import denoiser
import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import CLIPTokenizer

BATCH, RANK, SOLVER_STEPS, SCALING = 24, 32, 50, 10.0


class LowRank(nn.Module):
    """A frozen linear layer or convolution plus up(down(x)); up starts at zero,
    so that training starts at the teacher."""

    def __init__(self, base: nn.Linear | nn.Conv2d, rank: int) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        if isinstance(base, nn.Conv2d):
            self.down: nn.Module = nn.Conv2d(
                base.in_channels, rank, base.kernel_size, base.stride, base.padding, bias=False
            )
            self.up: nn.Module = nn.Conv2d(rank, base.out_channels, 1, bias=False)
        else:
            self.down, self.up = (
                nn.Linear(base.in_features, rank, bias=False),
                nn.Linear(rank, base.out_features, bias=False),
            )
        nn.init.kaiming_uniform_(self.down.weight, a=5**0.5)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: torch.Tensor, *_: Any) -> torch.Tensor:
        return self.base(x) + self.up(self.down(x))


def adapt(unet: nn.Module) -> dict[str, LowRank]:
    """Put a LowRank in place of every convolution and linear layer of at least RANK channels;
    returns them by layer name."""
    unet.requires_grad_(False)
    found: dict[str, LowRank] = {}
    for name, module in list(unet.named_modules()):
        if isinstance(module, nn.Conv2d | nn.Linear) and min(module.weight.shape[:2]) > RANK:
            parent = unet.get_submodule(name.rpartition(".")[0])
            wrapped = LowRank(module, min(RANK, min(module.weight.shape[:2]) // 3))
            setattr(parent, name.rpartition(".")[2], wrapped) if not name.rpartition(".")[
                2
            ].isdecimal() else parent.__setitem__(int(name.rpartition(".")[2]), wrapped)
            found[name] = wrapped
    return found


def clean(
    unet: nn.Module, x: torch.Tensor, t: torch.Tensor, text: torch.Tensor, bars: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """(x0, noise) that a v-predicting network sees in x."""
    a = bars[t].view(-1, 1, 1, 1)
    with common.half_precision(x.device):
        v = unet(x, t, text).sample
    v = v.float()
    return a.sqrt() * x - (1 - a).sqrt() * v, (1 - a).sqrt() * x + a.sqrt() * v


def consistent(x0: torch.Tensor, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """The consistency function: x itself at t = 0, the network's x0 elsewhere (Song
    et al. 2023, section 3)."""
    scaled = (t.float() * SCALING).view(-1, 1, 1, 1)
    return x * (0.25 / (scaled**2 + 0.25)) + x0 * (scaled / (scaled**2 + 0.25).sqrt())


def learn(
    teacher: nn.Module,
    student: nn.Module,
    slow: nn.Module,
    latents: torch.Tensor,
    text: torch.Tensor,
    blank: torch.Tensor,
    bars: torch.Tensor,
    guidance: float,
) -> torch.Tensor:
    """The loss of one step on latents (B, 4, h, w): pseudo-Huber between here and one DDIM step
    of the guided teacher on."""
    stride = denoiser.STEPS // SOLVER_STEPS
    k = torch.randint(1, SOLVER_STEPS + 1, (len(latents),), device=latents.device)
    t, t_next = k * stride - 1, ((k - 1) * stride - 1).clamp_min(0)
    inner = (k > 1).view(-1, 1, 1, 1)
    a, b = (
        bars[t].view(-1, 1, 1, 1),
        torch.where(inner, bars[t_next].view(-1, 1, 1, 1), torch.ones(1, device=latents.device)),
    )
    x = a.sqrt() * latents + (1 - a).sqrt() * torch.randn_like(latents)
    with torch.no_grad():
        x0, noise = clean(
            teacher, torch.cat([x, x]), torch.cat([t, t]), torch.cat([text, blank]), bars
        )
        (x0, x0_blank), (noise, noise_blank) = x0.chunk(2), noise.chunk(2)
        x0, noise = (
            x0_blank + guidance * (x0 - x0_blank),
            noise_blank + guidance * (noise - noise_blank),
        )
        further = b.sqrt() * x0 + (1 - b).sqrt() * noise
        target = consistent(clean(slow, further, t_next, text, bars)[0], further, t_next)
        target = torch.where(inner, target, further)
    guess = consistent(clean(student, x, t, text, bars)[0], x, t)
    return ((guess - target).square() + 1e-6).sqrt().mean()


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


def new_student(teacher: nn.Module, start: Path | None) -> tuple[nn.Module, dict[str, LowRank]]:
    """The teacher with low-rank layers, by layer name: at zero, or filled with what
    `export` wrote to `start`."""
    student = copy.deepcopy(teacher)
    layers = adapt(student)
    if start:
        kept = load_file(start)
        for name, layer in layers.items():
            layer.down.weight.data.copy_(kept[f"unet.{name}.lora_A.weight"])  # type: ignore[union-attr]
            layer.up.weight.data.copy_(kept[f"unet.{name}.lora_B.weight"])  # type: ignore[union-attr]
    return student, layers


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=1100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--start", type=Path)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    where = common.device()
    tokenizer = CLIPTokenizer.from_pretrained(options.out / "tokenizer")
    captions = denoiser.Captions(options.data, tokenizer)
    training = denoiser.Training(tokenizer, 0.0, where)
    training.load(torch.load(options.out / "denoiser.pt", map_location=where, weights_only=True))
    teacher, text_encoder = (
        training.ema_unet.requires_grad_(False),
        training.text.requires_grad_(False),
    )
    torch.manual_seed(0)
    student, layers = new_student(teacher, options.start)
    student.to(where)
    slow = copy.deepcopy(student)
    if where.type == "cpu":
        for network in (teacher, student, slow):
            network.set_attn_processor(AttnProcessor())
    trained = [p for p in student.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, options.rate, weight_decay=0.0)
    latents = torch.from_numpy(
        np.load(options.out / "latents_256.npy", mmap_mode="r")[:20_000].copy()
    ).to(where)
    bars, path, step, clock = (
        denoiser.alphas_cumprod().to(where),
        options.out / "distil.pt",
        0,
        common.Clock(),
    )
    if path.exists():
        kept = torch.load(path, map_location=where, weights_only=True)
        student.load_state_dict(kept["student"])
        slow.load_state_dict(kept["slow"])
        optimiser.load_state_dict(kept["optimiser"])
        step = kept["step"]
    blank = text_encoder(captions.ids([""]).to(where))[0]
    while step < options.steps:
        torch.manual_seed(1_000_000 + step)
        rng = random.Random(1_000_000 + step)
        indices = rng.choices(range(len(latents)), k=BATCH)
        with torch.no_grad():
            text = text_encoder(captions.draw(indices, rng, blank=0.0).to(where))[0]
        for group in optimiser.param_groups:
            group["lr"] = (
                options.rate
                * min(1, (step + 1) / 30)
                * max(0.05, min(1, 3 * (1 - step / options.steps)))
            )
        loss = learn(
            teacher,
            student,
            slow,
            latents[indices].float(),
            text,
            blank.expand(BATCH, -1, -1),
            bars,
            options.guidance,
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        step += 1
        common.average(slow, student, 0.95)
        if step % 20 == 0:
            print(f"step {step} {clock.seconds():.0f}s loss {float(loss.detach()):.4f}", flush=True)
        if step % 100 == 0 or step == options.steps:
            common.save(
                path,
                {
                    "student": student.state_dict(),
                    "slow": slow.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step,
                },
            )
            export(
                {name: slow.get_submodule(name) for name in layers},
                options.out / "loras" / "starter-4-steps.safetensors",
            )


if __name__ == "__main__":
    main()

"""Measures the starter: a classifier trained on fresh drawings judges pictures of freshly drawn prompts.

    python evaluate.py MODEL --work FOLDER [--prompts 300] [--card MODEL/README.md]

Trains the classifier where FOLDER has none (its accuracy on further drawings is reported), renders every prompt with two
fixed seeds through Calotype's own engine, and prints the shares of pictures that show what was asked. With --card the
table goes into the model card.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from multiprocessing import Pool
from pathlib import Path

import common
import numpy as np
import scenes
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from core.engine import open_engine
from core.engine.protocol import EngineSpec
from core.job import Job, ModelRef
from core.request import Request

HEADS = {"subject": scenes.SUBJECTS, "colour": tuple(scenes.COLOURS), "ground": scenes.GROUNDS, "time of day": scenes.TIMES}
SEEDS = (11, 12)
BARS = {"subject": 80, "colour": 80, "ground": 80, "time of day": 80, "all four": 55, "unseen subject": 65, "unseen colour": 65}


def labels_of(scene: scenes.Scene) -> list[int]:
    thing = scene.things[0]
    values = (thing.subject, thing.colour, scene.ground, scene.time)
    return [names.index(value) for names, value in zip(HEADS.values(), values, strict=True)]


def one_drawing(seed: int) -> tuple[np.ndarray, list[int]]:
    """Any pair may occur here, so that the judge has no prejudice about pairs the model never saw."""
    rng = random.Random(seed)
    scene = scenes.random_scene(rng, single=True)
    thing = scenes.Thing(rng.choice(scenes.SUBJECTS), rng.choice(tuple(scenes.COLOURS)), scene.things[0].side)
    scene = scenes.Scene((thing,), scene.time, scene.ground, scene.extra)
    return np.asarray(scenes.draw(scene, rng)), labels_of(scene)


def drawings(first: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, 3, 128, 128) in [0, 1] and (n, 4) labels."""
    with Pool() as pool:
        found = pool.map(one_drawing, range(first, first + count), chunksize=100)
    pixels = torch.from_numpy(np.stack([picture for picture, _ in found])).permute(0, 3, 1, 2)
    return pixels.float() / 255, torch.tensor([labels for _, labels in found])


class Judge(nn.Module):
    """A small convolutional network with one head an attribute."""

    def __init__(self) -> None:
        super().__init__()
        widths, layers = (3, 24, 48, 96, 128), []
        for a, b in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2)]
        self.body = nn.Sequential(nn.AvgPool2d(2), *layers, nn.Flatten(), nn.Dropout(0.2), nn.Linear(128 * 16, 256), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(256, len(names)) for names in HEADS.values())

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Logits of each head for pictures (n, 3, 128, 128) in [0, 1]."""
        hidden = self.body(x - 0.5)
        return [head(hidden) for head in self.heads]


def train_judge(path: Path, count: int, epochs: int) -> Judge:
    """Train on `count` fresh drawings, report the accuracy on 2,000 further ones."""
    torch.manual_seed(0)
    judge = Judge()
    if path.exists():
        judge.load_state_dict(torch.load(path, weights_only=True))
        return judge.eval()
    x, y = drawings(500_000_000, count)
    optimiser = torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=epochs * (count // 64))
    for _ in range(epochs):
        for batch in torch.randperm(count).split(64)[: count // 64]:
            pictures = x[batch]
            if random.random() < 0.5:
                pictures = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1)
            with common.half_precision(torch.device("cpu")):
                answers = judge(pictures + torch.randn_like(pictures) * 0.02)
                loss = sum(F.cross_entropy(a.float(), y[batch, k]) for k, a in enumerate(answers))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    judge.eval()
    common.save(path, judge.state_dict())
    return judge


@torch.no_grad()
def verdicts(judge: Judge, pictures: torch.Tensor) -> torch.Tensor:
    """(n, 4) class numbers."""
    return torch.cat([torch.stack([a.argmax(1) for a in judge(part)], 1) for part in pictures.split(128)])


def questions(count: int) -> list[tuple[str, list[int], bool]]:
    """(prompt, labels, unseen pair); every attribute is named, a sixth of the pairs were never drawn in training."""
    rng = random.Random(77)
    found = []
    for i in range(count):
        unseen = i % 6 == 0
        scene = scenes.random_scene(rng, single=True, unseen=unseen)
        found.append((scenes.describe(scene, rng, keep=1.0), labels_of(scene), unseen))
    return found


def render(model: Path, prompts: list[str], steps: int, guidance: float) -> torch.Tensor:
    """Pictures (prompts x seeds, 3, 128, 128) in [0, 1]."""
    ref, out = ModelRef("starter", "Starter", "starter", str(model)), []
    with open_engine(EngineSpec(previews=False)) as engine:
        for prompt in prompts:
            for seed in SEEDS:
                request = Request(prompt, seed=seed, steps=steps, guidance=guidance, sampler="dpmpp_2m", schedule="discrete")
                pixels = engine.run(Job(request, ref), lambda event: None).pixels
                out.append(torch.frombuffer(bytearray(pixels.rgb), dtype=torch.uint8).view(pixels.height, pixels.width, 3))
    return torch.stack(out).permute(0, 3, 1, 2).float() / 255


def shares(right: torch.Tensor, unseen: torch.Tensor) -> dict[str, float]:
    """Percentages by name from (n, 4) booleans."""
    found = {name: float(right[:, k].float().mean()) * 100 for k, name in enumerate(HEADS)}
    found["all four"] = float(right.all(1).float().mean()) * 100
    found["unseen subject"] = float(right[unseen, 0].float().mean()) * 100
    found["unseen colour"] = float(right[unseen, 1].float().mean()) * 100
    return found


def autoencoder_psnr(model: Path) -> float:
    """Decibel of encoding and decoding 200 scenes drawn for this alone."""
    from diffusers import AutoencoderKL

    vae = AutoencoderKL.from_pretrained(model / "vae", torch_dtype=torch.float32).eval()
    x = drawings(900_000_000, 200)[0] * 2 - 1
    with torch.no_grad():
        y = torch.cat([vae.decode(vae.encode(part).latent_dist.mean).sample.clamp(-1, 1) for part in x.split(50)])
    return float((10 * torch.log10(4 / (y - x).square().mean((1, 2, 3)))).mean())


def into_card(card: Path, lines: list[str]) -> None:
    """Replace the part between the two marks."""
    text = re.sub(r"(<!-- figures -->).*(<!-- end -->)", lambda m: "\n".join([m[1], *lines, m[2]]), card.read_text(), flags=re.DOTALL)
    card.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--prompts", type=int, default=300)
    parser.add_argument("--drawings", type=int, default=16_000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--judge-only", action="store_true")
    parser.add_argument("--card", type=Path)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    judge = train_judge(options.work / "judge.pt", options.drawings, options.epochs)
    x, y = drawings(700_000_000, 2000)
    accuracy = (verdicts(judge, x) == y).float().mean(0) * 100
    print("judge on 2,000 fresh drawings:", {name: round(float(a), 2) for name, a in zip(HEADS, accuracy, strict=True)}, flush=True)
    if options.judge_only:
        return
    asked = questions(options.prompts)
    pictures = render(options.model, [prompt for prompt, _, _ in asked], options.steps, options.guidance)
    truth = torch.tensor([labels for _, labels, _ in asked for _ in SEEDS])
    unseen = torch.tensor([u for _, _, u in asked for _ in SEEDS])
    found = shares(verdicts(judge, pictures) == truth, unseen) | {"autoencoder dB": autoencoder_psnr(options.model)}
    print(json.dumps({name: round(value, 2) for name, value in found.items()}))
    if options.card:
        bars = BARS | {"autoencoder dB": 26}
        rows = [f"| {name} | {value:.1f} | {bars[name]} |" for name, value in found.items()]
        judged = ", ".join(f"{name} {float(a):.1f} %" for name, a in zip(HEADS, accuracy, strict=True))
        head = [f"{options.prompts} prompts x {len(SEEDS)} seeds, {options.steps} steps, guidance {options.guidance:g}.",
                f"The judge's own accuracy on fresh drawings: {judged}.", "", "| what | reached | bar |", "|---|---|---|"]
        into_card(options.card, [*head, *rows])


if __name__ == "__main__":
    main()

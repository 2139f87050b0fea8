"""Measures how far a model's pictures are from the drawings it learnt from: what the judges, who
only name things, do not see.

    python -m starter.judging.likeness MODEL --work FOLDER [--pictures 2000] [--few]
        [--autoencoder VAE]

A network learns to tell drawings, as the autoencoder gives them back, from pictures of the model of
the same prompts, both at half their size (what is lost below that is the autoencoder's). It is kept
in FOLDER and serves every later model, so that theirs can be compared with the one it was trained
on: begin with the model that is to be beaten. The figure is the Frechet distance (Heusel et al.
2017) of that network's features between fresh drawings and pictures of the same fresh prompts, and
the share of pictures it takes for drawings. Which way a subject looks does not count: every picture
is shown mirrored as well. The drawings pass through the autoencoder of MODEL, or `--autoencoder`;
name the same one for models to be compared.
"""

from __future__ import annotations

import argparse
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from starter.drawing import drawing, scenes
from starter.judging import judge as judges
from starter.judging.render import FAST, FEW, Renderer
from starter.training import common

FEATURES = 32  # few: the covariance of a few hundred pictures is to be trusted
LOOKS = 24_000  # pictures it is trained on, most of them more than once
# seeds of the scenes: to learn from, to measure on, and to measure drawings by drawings
LEARNING, MEASURING, BESIDE = 210_000_000, 220_000_000, 230_000_000


class Telling(nn.Module):
    """Tells drawings (0) from a model's pictures (1), at half their size, by what is seen anywhere
    in them: features are averaged over the picture, so that few pictures suffice to learn from."""

    def __init__(self) -> None:
        super().__init__()
        widths = (12, 32, 48, 64, 96)
        layers: list[nn.Module] = [nn.AvgPool2d(2), nn.PixelUnshuffle(2)]
        for a, b in pairwise(widths):
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2)]
        layers += [nn.Conv2d(widths[-1], FEATURES, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1)]
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(FEATURES, 2)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Logits (n, 2), alone in a list, for pictures (n, 3, 256, 256) in [0, 1]."""
        return [self.head(self.body(x - 0.5))]


def scenes_from(first: int, count: int) -> tuple[torch.Tensor, list[tuple[str, str, int]]]:
    """Drawings (count, 3, 256, 256) uint8, and what a model is asked for the same scenes: prompt,
    negative prompt, seed."""
    drawn: list[np.ndarray] = []
    asked: list[tuple[str, str, int]] = []
    for seed in range(first, first + count):
        rng = random.Random(seed)
        scene = scenes.random_scene(rng)
        asked.append((scenes.describe(scene, rng, keep=1.0), "", seed))
        drawn.append(np.asarray(drawing.draw(scene, rng)))
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2), asked


def with_mirrored(pictures: torch.Tensor) -> torch.Tensor:
    """Pictures (n, 3, h, w), then each turned left to right: (2n, 3, h, w)."""
    return torch.cat([pictures, pictures.flip(3)])


@torch.no_grad()
def features(network: Telling, pictures: torch.Tensor) -> torch.Tensor:
    """(n, FEATURES) float64 of pictures (n, 3, 256, 256) uint8."""
    where = next(network.parameters()).device
    parts = [
        network.body(part.to(where).float() / 255 - 0.5).double().cpu()
        for part in pictures.split(64)
    ]
    return torch.cat(parts)


@torch.no_grad()
def taken_for_drawings(network: Telling, values: torch.Tensor) -> float:
    """The share in percent of pictures with these features (n, FEATURES)."""
    logits = network.head(values.to(next(network.parameters())))
    return float((logits.argmax(1) == 0).float().mean()) * 100


def frechet(a: torch.Tensor, b: torch.Tensor) -> float:
    """The Frechet distance between normal distributions fitted to the rows of a (n, d) and b
    (m, d), both float64 (Dowson & Landau 1982)."""
    cov_a, cov_b = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors @ torch.diag(values.clamp_min(0).sqrt()) @ vectors.T
    crossed = torch.linalg.eigvalsh(root @ cov_b @ root).clamp_min(0).sqrt().sum()
    apart = (a.mean(0) - b.mean(0)).square().sum()
    return float(apart + cov_a.trace() + cov_b.trace() - 2 * crossed)


def telling(path: Path, drawn: torch.Tensor, made: torch.Tensor) -> Telling:
    """A network taught to tell `drawn` from `made`, both (n, 3, 256, 256) uint8; goes to `path`."""
    torch.manual_seed(0)
    random.seed(0)
    network = Telling().to(common.device())
    x = torch.cat([with_mirrored(drawn), with_mirrored(made)])
    y = torch.cat([torch.zeros(2 * len(drawn), 1), torch.ones(2 * len(made), 1)]).long()
    judges.learn(network, x, y, max(2, LOOKS // len(x)), 2e-3)
    common.save(path, {name: value.cpu() for name, value in network.state_dict().items()})
    return network


def kept(path: Path) -> Telling:
    """The network that `telling` left at `path`."""
    network = Telling()
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval().to(common.device())


def made_by(renderer: Renderer, asked: list[tuple[str, str, int]], *, few: bool) -> torch.Tensor:
    """The model's pictures (n, 3, 256, 256) uint8: 20 steps, or the companion's few."""
    return renderer.pictures(asked, FEW, 1.0, FAST) if few else renderer.pictures(asked, 20, 4.0)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--few", action="store_true")
    parser.add_argument("--autoencoder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    path = options.work / "likeness.pt"
    vae = common.autoencoder(options.autoencoder or options.model / "vae", common.device())
    renderer = Renderer(options.model)
    if options.few:
        renderer.wear(options.model / "loras" / "starter-4-steps.safetensors")
    if not path.exists():
        drawn, asked = scenes_from(LEARNING, options.pictures)
        made = made_by(renderer, asked, few=options.few)
        telling(path, judges.round_trip(vae, drawn), made)
    network = kept(path)
    drawn, asked = scenes_from(MEASURING, options.pictures)
    other, _ = scenes_from(BESIDE, options.pictures)
    made = made_by(renderer, asked, few=options.few)
    told = [
        features(network, with_mirrored(pictures))
        for pictures in (judges.round_trip(vae, drawn), made, judges.round_trip(vae, other))
    ]
    for name, values in (("drawings", told[0]), ("the model's pictures", told[1])):
        print(f"{name}: {taken_for_drawings(network, values):.1f} % taken for drawings", flush=True)
    print(f"Frechet distance on {options.pictures} of each: {frechet(told[0], told[1]):.3f}")
    print(f"of other drawings, which cannot be nearer: {frechet(told[0], told[2]):.3f}", flush=True)


if __name__ == "__main__":
    main()

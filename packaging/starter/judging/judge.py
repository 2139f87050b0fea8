"""Two small classifiers that judge pictures: one names what a single-subject picture shows,
one who stands left and right.

Trained on fresh drawings, none of which the generator saw; any pair of subject and colour may occur
in them, so that a judge has no prejudice about pairs the generator was never shown. The first one
has seen drawings through the autoencoder too: one that knows drawings alone goes by the finest
strokes, which no picture of the model can have.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from starter.drawing import drawing, scenes
from starter.training import common

COLOUR_NAMES = tuple(scenes.COLOURS)
SINGLE = {
    "subject": scenes.SUBJECTS,
    "colour": COLOUR_NAMES,
    "ground": scenes.GROUNDS,
    "time of day": scenes.TIMES,
    "style": scenes.STYLES,
    "extra": scenes.EXTRAS,
    "weather": scenes.WEATHERS,
}
PAIR = {
    "left subject": scenes.SUBJECTS,
    "right subject": scenes.SUBJECTS,
    "left colour": COLOUR_NAMES,
    "right colour": COLOUR_NAMES,
}
TRIPS = 2000  # drawings of which there are two copies while the autoencoder works
Labelled = tuple[np.ndarray, list[int]]


def labels_of(scene: scenes.Scene) -> list[int]:
    """Class numbers under the heads of SINGLE, or of PAIR for two things side by side."""
    a, b = scene.things[0], scene.things[-1]
    if len(scene.things) == 2:
        heads = PAIR
        values = (a.subject, b.subject, a.colour, b.colour)
    else:
        heads = SINGLE
        whole = (scene.ground, scene.time, scene.style, scene.extra, scene.weather)
        values = (a.subject, a.colour, *whole)
    return [names.index(value) for names, value in zip(heads.values(), values, strict=True)]


def any_colours(scene: scenes.Scene, rng: random.Random) -> scenes.Scene:
    """The scene with subjects and colours drawn anew, held-out pairs included."""
    things = tuple(
        replace(thing, subject=rng.choice(scenes.SUBJECTS), colour=rng.choice(COLOUR_NAMES))
        for thing in scene.things
    )
    return replace(scene, things=things)


def one_single(seed: int) -> Labelled:
    """A drawing (256, 256, 3) uint8 of one kind of subject, and its labels."""
    rng = random.Random(seed)
    scene = any_colours(scenes.random_scene(rng, single=True), rng)
    return np.asarray(drawing.draw(scene, rng)), labels_of(scene)


def one_pair(seed: int) -> Labelled:
    """A drawing (256, 256, 3) uint8 of two things side by side, and their labels."""
    rng = random.Random(seed)
    scene = any_colours(scenes.random_pair(rng, "left of"), rng)
    return np.asarray(drawing.draw(scene, rng)), labels_of(scene)


def drawings(
    draw: Callable[[int], Labelled], first: int, count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, 3, 256, 256) uint8 and (n, heads) labels."""
    with Pool() as pool:
        drawn = pool.map(draw, range(first, first + count), chunksize=100)
    pictures = torch.from_numpy(np.stack([picture for picture, _ in drawn]))
    return pictures.permute(0, 3, 1, 2), torch.tensor([labels for _, labels in drawn])


class Judge(nn.Module):
    """A small convolutional network with one head an attribute.

    It sees every pixel (two by two of them as channels, which is cheap):
    blocks and shading are gone at half the size.
    """

    def __init__(self, heads: dict[str, tuple[str, ...]]) -> None:
        super().__init__()
        widths = (12, 32, 48, 96, 128, 192)
        layers: list[nn.Module] = [nn.PixelUnshuffle(2)]
        for a, b in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2)]
        self.body = nn.Sequential(
            *layers, nn.Flatten(), nn.Dropout(0.2), nn.Linear(192 * 16, 256), nn.ReLU()
        )
        self.heads = nn.ModuleList(nn.Linear(256, len(names)) for names in heads.values())

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Logits of each head for pictures (n, 3, 256, 256) in [0, 1]."""
        hidden = self.body(x - 0.5)
        return [head(hidden) for head in self.heads]


def quick_judge(heads: dict[str, tuple[str, ...]]) -> Judge:
    """A judge, untrained, that looks at half the size: its training takes minutes of a processor,
    not an hour, and is not as sure of the finest strokes."""
    judge = Judge(heads)
    layers = list(judge.body)
    pools = [place for place, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d)]
    del layers[pools[-1]]
    judge.body = nn.Sequential(nn.AvgPool2d(2), *layers)
    return judge


def learn(judge: nn.Module, x: torch.Tensor, y: torch.Tensor, epochs: int, rate: float) -> None:
    """Train what gives a list of logits on pictures (n, 3, 256, 256) uint8 and labels (n, heads);
    half of the batches softened, all noised."""
    where = next(judge.parameters()).device
    optimiser = torch.optim.AdamW(judge.parameters(), rate, weight_decay=0.01)
    size = min(64, len(x))
    batches = len(x) // size
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=epochs * batches)
    judge.train()
    loss = torch.zeros(())
    for epoch in range(epochs):
        for batch in torch.randperm(len(x)).split(size)[:batches]:
            pictures = x[batch].to(where).float() / 255
            if random.random() < 0.5:
                pictures = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1)
            with common.half_precision(where):
                answers = judge(pictures + torch.randn_like(pictures) * 0.02)
                losses = (
                    F.cross_entropy(a.float(), y[batch, k].to(where)) for k, a in enumerate(answers)
                )
                loss = sum(losses, torch.zeros((), device=where))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(f"judge epoch {epoch + 1} loss {float(loss.detach()):.3f}", flush=True)
    judge.eval()


@torch.no_grad()
def round_trip(vae: Any, x: torch.Tensor) -> torch.Tensor:
    """The pictures (n, 3, 256, 256) uint8 as the autoencoder shows them:
    generated ones are as soft."""
    decoded = []
    for part in x.split(20):
        z = common.posterior(vae, part.to(vae.device).float() / 127.5 - 1).mean
        shown = (common.decoded(vae, z).float().clamp(-1, 1) + 1) * 127.5
        decoded.append(shown.round().byte().cpu())
    return torch.cat(decoded)


def kept(path: Path, heads: dict[str, tuple[str, ...]]) -> Judge:
    """The judge of these heads that `keep` wrote."""
    judge = Judge(heads)
    judge.load_state_dict(torch.load(path, weights_only=True))
    return judge.eval().to(common.device())


def keep(path: Path, judge: Judge) -> None:
    """Write its weights, which any device reads."""
    common.save(path, {name: value.cpu() for name, value in judge.state_dict().items()})


def seasoned(path: Path, plain_judge: Callable[[], Judge], vae: Any, count: int) -> Judge:
    """The single judge kept at `path`, else one that knows drawings alone trained on with `count`
    fresh ones, half of them through the autoencoder."""
    if path.exists():
        return kept(path, SINGLE)
    judge = plain_judge()
    torch.manual_seed(1)
    x, y = drawings(one_single, 530_000_000, count)
    for part in x[: count // 2].split(TRIPS):
        part.copy_(round_trip(vae, part))
    learn(judge, x, y, 4, 2e-3)
    keep(path, judge)
    return judge


def trained(
    path: Path,
    heads: dict[str, tuple[str, ...]],
    draw: Callable[[int], Labelled],
    first: int,
    count: int,
    epochs: int,
) -> Judge:
    """The judge kept at `path`, else one trained on `count` fresh drawings (softened and noised, as
    generated pictures are)."""
    if path.exists():
        return kept(path, heads)
    torch.manual_seed(0)
    judge = Judge(heads).to(common.device())
    learn(judge, *drawings(draw, first, count), epochs, 3e-3)
    keep(path, judge)
    return judge


@torch.no_grad()
def verdicts(judge: Judge, pictures: torch.Tensor) -> torch.Tensor:
    """(n, heads) class numbers for pictures (n, 3, 256, 256) uint8."""
    where = next(judge.parameters()).device
    return torch.cat(
        [
            torch.stack([a.argmax(1) for a in judge(part.to(where).float() / 255)], 1).cpu()
            for part in pictures.split(128)
        ]
    )


def accuracies(
    judge: Judge, heads: dict[str, tuple[str, ...]], x: torch.Tensor, y: torch.Tensor
) -> dict[str, float]:
    """The shares in percent of labels (n, heads) that a judge names rightly of true pictures
    (n, 3, 256, 256) uint8; of single subjects all five together, too."""
    right = verdicts(judge, x) == y
    named = dict(zip(heads, right.float().mean(0).tolist(), strict=True))
    if heads is SINGLE:
        named["all five"] = float(right[:, :5].all(1).float().mean())
    return {name: share * 100 for name, share in named.items()}


def both(work: Path, count: int, epochs: int, vae: Any) -> tuple[Judge, Judge, dict[str, float]]:
    """The single and the pair judge, and their accuracy in percent on 1,500 further drawings each;
    the single one's also on these through the autoencoder, as soft as pictures of the model."""

    def plain_judge() -> Judge:
        return trained(work / "judge.pt", SINGLE, one_single, 500_000_000, count, epochs)

    single = seasoned(work / "judge_single.pt", plain_judge, vae, count * 4 // 5)
    pair = trained(work / "judge_pair.pt", PAIR, one_pair, 600_000_000, count * 2 // 3, epochs)
    x, y = drawings(one_single, 700_000_000, 1500)
    accuracy = accuracies(single, SINGLE, x, y)
    soft = accuracies(single, SINGLE, round_trip(vae, x), y)
    accuracy |= {f"{name} through the autoencoder": value for name, value in soft.items()}
    accuracy |= accuracies(pair, PAIR, *drawings(one_pair, 800_000_000, 1500))
    return single, pair, accuracy

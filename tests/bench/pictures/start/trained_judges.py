"""The judges of these proofs: trained once into WORK/judges, told with their hash and with what
they are worth on drawings, as drawn and as the starter's autoencoder shows them.

One names what a picture of 256 px shows; the other ground and time of day of a 256 px window of a
drawing of 384 px, half of which an extension would have made. A quarter of an hour of a processor.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.system.paths import RESOURCES
from starter.drawing import scenes
from starter.judging import judge as judges
from starter.training import common
from tests.bench.pictures.start import drawings

RATE = 3e-3
ENCODED = 8  # one of so many drawings is learnt as the autoencoder shows it
TESTED = 400
Accuracy = dict[str, dict[str, float]]


def one_window(seed: int) -> judges.Labelled:
    """A window (256, 256, 3) uint8 of a larger drawing, and its ground and time of day."""
    rng = random.Random(seed)
    scene = judges.any_colours(scenes.random_scene(rng, single=True), rng)
    large = drawings.drawn(scene, seed, drawings.LARGE).picture
    corner = rng.choice(drawings.windows(rng.choice(drawings.SIDES)))
    labels = [scenes.GROUNDS.index(scene.ground), scenes.TIMES.index(scene.time)]
    return np.asarray(drawings.cut_out(large, corner)), labels


@dataclass(frozen=True)
class Kind:
    """What a judge learns: names by head, `epochs` times from `count` drawings of the seeds from
    `first` on; other drawings, from `tested` on, say what it is worth."""

    name: str
    heads: dict[str, tuple[str, ...]]
    draw: Callable[[int], judges.Labelled]
    first: int
    tested: int
    count: int
    epochs: int


ATTRIBUTES = Kind(
    name="attributes",
    heads=judges.SINGLE,
    draw=judges.one_single,
    first=540_000_000,
    tested=740_000_000,
    count=4000,
    epochs=5,
)
WINDOWS = Kind(
    name="windows",
    heads={"ground": scenes.GROUNDS, "time of day": scenes.TIMES},
    draw=one_window,
    first=550_000_000,
    tested=750_000_000,
    count=6000,
    epochs=8,
)


@dataclass(frozen=True)
class TrainedJudge:
    """A judge, the hash of its file, and its accuracy in percent by head: "as drawn" and
    "encoded"."""

    kind: Kind
    network: judges.Judge
    sha256: str
    accuracy: Accuracy

    def seen(self, pictures: Sequence[np.ndarray]) -> list[dict[str, str]]:
        """What each of the pictures (256, 256, 3) uint8 shows, by head."""
        stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
        return [
            {
                head: names[number]
                for (head, names), number in zip(self.kind.heads.items(), row, strict=True)
            }
            for row in judges.verdicts(self.network, stacked).tolist()
        ]

    def tell(self, *heads: str) -> None:
        """Print the judge's hash, and its accuracy under these heads."""
        print(f"judge of {self.kind.name}: sha256 {self.sha256}")
        for shown, percents in self.accuracy.items():
            told = ", ".join(f"{head} {percents[head]:.1f} %" for head in heads)
            print(f"  its accuracy on {TESTED} fresh drawings, {shown}: {told}", flush=True)


def trained(work: Path, kind: Kind) -> TrainedJudge:
    """The judge of this kind kept in WORK/judges, else one trained now."""
    path = work / "judges" / f"{kind.name}.pt"
    network = judges.quick_judge(kind.heads)
    if not path.is_file():
        torch.manual_seed(0)
        random.seed(0)
        network = judges.quick_judge(kind.heads)
        judges.learn(network, *_drawings(kind, kind.first, kind.count), kind.epochs, RATE)
        common.save(path, network.state_dict())
    network.load_state_dict(torch.load(path, weights_only=True))
    network.eval()
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return TrainedJudge(kind, network, sha256, _accuracy(path, kind, network, sha256))


def _autoencoder() -> Any:
    return common.autoencoder(RESOURCES / "starter" / "vae", common.device())


def _drawings(kind: Kind, first: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, 3, 256, 256) uint8, some of them through the autoencoder, and (n, heads) labels."""
    x, y = judges.drawings(kind.draw, first, count)
    x[::ENCODED] = judges.round_trip(_autoencoder(), x[::ENCODED])
    return x, y


def _accuracy(path: Path, kind: Kind, network: judges.Judge, sha256: str) -> Accuracy:
    """Measured once for this file and kept beside it."""
    kept = path.with_suffix(".json")
    if kept.is_file():
        known = json.loads(kept.read_text("utf-8"))
        if known["sha256"] == sha256:
            return known["accuracy"]
    x, y = judges.drawings(kind.draw, kind.tested, TESTED)
    accuracy = {
        "as drawn": _percents(kind, network, x, y),
        "encoded and decoded": _percents(kind, network, judges.round_trip(_autoencoder(), x), y),
    }
    kept.write_text(json.dumps({"sha256": sha256, "accuracy": accuracy}), "utf-8")
    return accuracy


def _percents(
    kind: Kind, network: judges.Judge, x: torch.Tensor, y: torch.Tensor
) -> dict[str, float]:
    right = (judges.verdicts(network, x) == y).float().mean(0) * 100
    return dict(zip(kind.heads, right.tolist(), strict=True))

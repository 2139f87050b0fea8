"""Draws the training set once: N scenes as pixels (uint8 on disk) and several captions for each.
What is learnt last is drawn oftener than the rest.

    python -m starter.training.dataset FOLDER COUNT [--seed 1000]

Writes FOLDER/pixels.npy (COUNT, 256, 256, 3) and FOLDER/captions.json (COUNT lists of wordings).
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from starter.drawing import drawing, scenes

WORDINGS = 4
# what a small denoiser learns last, and the share of drawings in which it stands first on top of
# those where chance puts it
HARD = ("fish", "cat", "rabbit", "turtle", "castle", "cup", "star", "butterfly", "tree")
OFTENER = 0.2


def training_scene(rng: random.Random) -> scenes.Scene:
    """A scene as the trainings draw it: `scenes.random_scene`, with the hard subjects oftener."""
    scene = scenes.random_scene(rng)
    if rng.random() >= OFTENER:
        return scene
    first, *others = scene.things
    subject = rng.choice(HARD)
    colour = rng.choice([c for c in scenes.COLOURS if (subject, c) not in scenes.HELD_OUT])
    return replace(scene, things=(replace(first, subject=subject, colour=colour), *others))


def example(number: int) -> tuple[np.ndarray, list[str]]:
    """The drawing (256, 256, 3) uint8 of this number and WORDINGS captions of it; the same each
    time."""
    rng = random.Random(number)
    scene = training_scene(rng)
    return np.asarray(drawing.draw(scene, rng)), [
        scenes.describe(scene, rng) for _ in range(WORDINGS)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    shape = (options.count, scenes.SIZE, scenes.SIZE, 3)
    pixels = np.lib.format.open_memmap(options.folder / "pixels.npy", "w+", np.uint8, shape)
    captions: list[list[str]] = []
    with Pool() as pool:
        seeds = range(options.seed * 1_000_000, options.seed * 1_000_000 + options.count)
        for i, (picture, wordings) in enumerate(pool.imap(example, seeds, chunksize=100)):
            pixels[i] = picture
            captions.append(wordings)
    pixels.flush()
    (options.folder / "captions.json").write_text(json.dumps(captions))


if __name__ == "__main__":
    main()

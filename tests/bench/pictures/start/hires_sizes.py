"""What hires fix is good for: pictures of 512 px from the starter, which learnt 256, composed in
one go and composed small.

    python tests/bench/pictures/start/hires_sizes.py WORK [--prompts 16] [--side 512]

The judge sees them brought down to 256 px and says how many of the five attributes that a prompt
names are there. Figures without a bar; the exit status is 0.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "packaging"))
from core.values.request_parts.hires import AUTO, OFF, Hires
from starter.judging.evaluate import MAIN
from tests.bench.pictures.start import bars, drawings, trained_judges
from tests.bench.pictures.start.maker import Maker, Wish

FIRST = 960_000_000


def named(number: int) -> dict[str, str]:
    """What the words of this number name, by the judge's heads."""
    scene = drawings.lone_scene(random.Random(FIRST + number))
    thing = scene.things[0]
    values = (thing.subject, thing.colour, scene.ground, scene.time, scene.style)
    return dict(zip(MAIN, values, strict=True))


def wish_of(number: int, side: int, mode: str) -> Wish:
    seed = FIRST + number
    values = {"width": side, "height": side, "hires": Hires(mode=mode)}
    words = drawings.words(drawings.lone_scene(random.Random(seed)), seed)
    return Wish(prompt=words, seed=seed, values=values)


def small(picture: np.ndarray) -> np.ndarray:
    """The picture at the judge's size."""
    size = (drawings.SIDE, drawings.SIDE)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def main() -> int:
    parser = bars.options(__doc__)
    parser.add_argument("--prompts", type=int, default=16)
    parser.add_argument("--side", type=int, default=512)
    options = parser.parse_args()
    judge = trained_judges.trained(options.work, trained_judges.ATTRIBUTES)
    judge.tell(*MAIN)
    with Maker(options.work) as maker:
        for mode in (OFF, AUTO):
            pictures = [
                small(maker.made(f"hires-{mode}-{n:02}", wish_of(n, options.side, mode)))
                for n in range(options.prompts)
            ]
            right = np.array(
                [
                    [look[head] == asked for head, asked in named(number).items()]
                    for number, look in enumerate(judge.seen(pictures))
                ]
            )
            told = ", ".join(f"{h} {s:.0%}" for h, s in zip(MAIN, right.mean(axis=0), strict=True))
            print(
                f"{options.side} px, hires {mode}: {right.sum()} of {right.size} attributes, all "
                f"five in {right.all(axis=1).mean():.0%}; {told}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())

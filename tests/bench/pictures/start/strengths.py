"""More denoising strength, further from the source: the median distance of twenty pictures grows
with every one of ten steps from 0.1 to 1.

    python tests/bench/pictures/start/strengths.py WORK [--pictures 20] [--same-words]
    python tests/bench/pictures/start/strengths.py WORK --rehearse

The distance is the root of the mean squared difference to the drawing that was the source, in
levels of 255. The words are those of another drawing; with --same-words the source's own, printed
without a bar: a strength that only redraws what is there moves less.
"""

from __future__ import annotations

import random
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "packaging"))
from tests.bench.pictures.start import bars, drawings
from tests.bench.pictures.start.maker import Maker, Wish

FIRST = 920_000_000
STRENGTHS = tuple(step / 10 for step in range(1, 11))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Of two pictures (h, w, 3) uint8, in levels."""
    return float(np.sqrt(np.square(one.astype(np.float64) - other).mean()))


def source_of(number: int) -> drawings.Drawing:
    return drawings.drawn(drawings.lone_scene(random.Random(FIRST + number)), FIRST + number)


def words_of(number: int, *, same: bool) -> str:
    """The source's own words, or those of a scene that nobody drew."""
    seed = FIRST + number if same else FIRST + 500_000 + number
    return drawings.words(drawings.lone_scene(random.Random(seed)), seed)


def told(medians: list[float]) -> bool:
    """Print the distances by strength; whether they grow from each to the next."""
    shown = ", ".join(f"{s:g}: {m:.2f}" for s, m in zip(STRENGTHS, medians, strict=True))
    print(f"median distance by strength: {shown}")
    return bars.kept("smallest growth", min(b - a for a, b in pairwise(medians)), at_least=1e-9)


def rehearse() -> int:
    """Mixtures of two drawings move away; the same ones in another order do not."""
    medians: list[float] = []
    for strength in STRENGTHS:
        distances: list[float] = []
        for number in range(4):
            source = np.asarray(source_of(number).picture).astype(np.float64)
            other = np.asarray(source_of(number + 100).picture)
            mixed = (source * (1 - strength) + other * strength).round().astype(np.uint8)
            distances.append(distance(mixed, source))
        medians.append(float(np.median(distances)))
    swapped = [*medians[:4], medians[5], medians[4], *medians[6:]]
    return bars.exit_status(told(medians), not told(swapped))


def main() -> int:
    parser = bars.options(__doc__)
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--same-words", action="store_true")
    options = parser.parse_args()
    if options.rehearse:
        return rehearse()
    medians: list[float] = []
    with Maker(options.work) as maker:
        for strength in STRENGTHS:
            distances: list[float] = []
            for number in range(options.pictures):
                source = source_of(number).picture
                wish = Wish(
                    prompt=words_of(number, same=options.same_words),
                    seed=FIRST + number,
                    source=source,
                    start={"strength": strength},
                )
                made = maker.made(f"strength-{number:02}-{strength:g}", wish)
                distances.append(distance(made, np.asarray(source)))
            medians.append(float(np.median(distances)))
        same = maker.same_by_command_line("strength-last", wish, "--strength", "1")
    grows = told(medians)
    return bars.exit_status(grows or options.same_words, same)


if __name__ == "__main__":
    sys.exit(main())

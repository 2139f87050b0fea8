"""Do seamless pictures lie side by side without an edge? Sheets of two by two, joined along each
axis that was asked for.

    python tests/bench/pictures/start/tiling_sheet.py WORK [--pictures 20]
    python tests/bench/pictures/start/tiling_sheet.py WORK --rehearse

The gradient across the joint against the lines beside it, by the same of the lines between latents
elsewhere in the picture; the median of the pictures is at most 1.15 for "x", "y" and both axes of
"xy". The same words and seeds without tiling are printed beside: they must miss the bar, or the
measure would say nothing.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "packaging"))
from tests.bench.pictures.start import bars, drawings
from tests.bench.pictures.start.gradients import joint_ratio
from tests.bench.pictures.start.maker import Maker, Wish

FIRST = 950_000_000
BAR = 1.15
AXES = {"x": (1,), "y": (0,), "xy": (1, 0)}
NAMES = {0: "top and bottom", 1: "left and right"}


def drawing_of(number: int) -> np.ndarray:
    scene = drawings.lone_scene(random.Random(FIRST + number))
    return np.asarray(drawings.drawn(scene, FIRST + number).picture)


def wish_of(number: int, tiling: str) -> Wish:
    seed = FIRST + number
    return Wish(
        prompt=drawings.words(drawings.lone_scene(random.Random(seed)), seed),
        seed=seed,
        values={"tiling": tiling},
    )


def joins(what: str, pictures: list[np.ndarray], axis: int) -> bool:
    """Whether the median of the joints along an axis keeps the bar; printed."""
    ratio = float(np.median([joint_ratio(picture, axis) for picture in pictures]))
    return bars.kept(f"{what}, {NAMES[axis]}", ratio, at_most=BAR)


def rehearse(count: int) -> int:
    """Drawings laid beside their own mirror images join; drawings alone do not."""
    alone = [drawing_of(number) for number in range(count)]
    good: list[bool] = []
    for axis in (0, 1):
        mirrored = [np.concatenate([one, np.flip(one, axis)], axis) for one in alone]
        good += [joins("mirrored", mirrored, axis), not joins("alone", alone, axis)]
    return bars.exit_status(*good)


def main() -> int:
    parser = bars.options(__doc__)
    parser.add_argument("--pictures", type=int, default=20)
    options = parser.parse_args()
    if options.rehearse:
        return rehearse(options.pictures)
    good: list[bool] = []
    with Maker(options.work) as maker:

        def made(tiling: str) -> list[np.ndarray]:
            numbers = range(options.pictures)
            return [maker.made(f"tiling-{tiling}-{n:02}", wish_of(n, tiling)) for n in numbers]

        plain = made("none")
        good += [not joins("without tiling", plain, axis) for axis in (0, 1)]
        for tiling, axes in AXES.items():
            good += [joins(f"tiling {tiling}", made(tiling), axis) for axis in axes]
        wish = wish_of(0, "xy")
        good.append(maker.same_by_command_line("tiling-xy-00", wish, "--tiling", "xy"))
    return bars.exit_status(*good)


if __name__ == "__main__":
    sys.exit(main())

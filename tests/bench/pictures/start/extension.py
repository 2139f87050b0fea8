"""Does an extended picture go on as it began? Drawings of 384 px lose a third on one side, which is
made anew: ground and time of day hold in what was added.

    python tests/bench/pictures/start/extension.py WORK [--drawings 10]
    python tests/bench/pictures/start/extension.py WORK --rehearse

Three windows of 256 px along the added side are judged, half of each new. Bar: in 80 % of all
windows the judge sees the drawing's ground and its time of day, both. The judge's own accuracy on
such windows of untouched drawings is printed beside, and the shares by side.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "packaging"))
from tests.bench.pictures.start import bars, drawings, trained_judges
from tests.bench.pictures.start.maker import Maker, Wish

FIRST = 940_000_000
SHARE = 0.8
# the picture (LARGE, LARGE, 3) uint8 for a drawing's number and the side that is new
Extended = Callable[[int, str], np.ndarray]


def drawing_of(number: int) -> drawings.Drawing:
    scene = drawings.lone_scene(random.Random(FIRST + number))
    return drawings.drawn(scene, FIRST + number, drawings.LARGE)


def share_held(
    what: str, judge: trained_judges.TrainedJudge, count: int, extended: Extended
) -> float:
    """Of all windows, where ground and time of day are the drawing's; printed by side."""
    held: dict[str, list[bool]] = {side: [] for side in drawings.SIDES}
    for side in drawings.SIDES:
        for number in range(count):
            scene = drawing_of(number).scene
            picture = Image.fromarray(extended(number, side)[..., :3])
            cut = [drawings.cut_out(picture, corner) for corner in drawings.windows(side)]
            for look in judge.seen([np.asarray(window) for window in cut]):
                held[side].append(look == {"ground": scene.ground, "time of day": scene.time})
    told = ", ".join(f"{side} {np.mean(good):.0%}" for side, good in held.items())
    print(f"{what}: ground and time of day hold {told}", flush=True)
    return float(np.mean([good for side in held.values() for good in side]))


def pasted(number: int, side: str, other: int) -> np.ndarray:
    """The drawing with another one in the place of what was cut away."""
    drawing = np.asarray(drawing_of(number).picture)
    stranger = np.asarray(drawing_of(other).picture)
    rows, columns = np.indices(drawing.shape[:2])
    last = drawings.SIDE
    new = {
        "left": columns < drawings.NEW,
        "right": columns >= last,
        "top": rows < drawings.NEW,
        "bottom": rows >= last,
    }
    return np.where(new[side][..., None], stranger, drawing)


def rehearse(judge: trained_judges.TrainedJudge, count: int) -> int:
    """The drawings as they were hold; with strangers of another ground and time in the new part
    they do not."""
    strangers: dict[int, int] = {}
    for number in range(count):
        scene = drawing_of(number).scene
        strangers[number] = next(
            other
            for other in range(100, 200)
            if drawing_of(other).scene.ground != scene.ground
            and drawing_of(other).scene.time != scene.time
        )
    whole = share_held(
        "nothing cut away", judge, count, lambda n, side: np.asarray(drawing_of(n).picture)
    )
    strange = share_held(
        "a stranger's part", judge, count, lambda n, side: pasted(n, side, strangers[n])
    )
    return bars.exit_status(
        bars.kept("windows that hold, nothing cut away", whole, at_least=SHARE),
        not bars.kept("windows that hold, a stranger's part", strange, at_least=SHARE),
    )


def main() -> int:
    parser = bars.options(__doc__)
    parser.add_argument("--drawings", type=int, default=10, help="for each side")
    options = parser.parse_args()
    judge = trained_judges.trained(options.work, trained_judges.WINDOWS)
    judge.tell("ground", "time of day")
    if options.rehearse:
        return rehearse(judge, options.drawings)
    with Maker(options.work) as maker:

        def extended(number: int, side: str) -> np.ndarray:
            large = drawing_of(number)
            wish = Wish(
                prompt=drawings.words(large.scene, FIRST + number),
                seed=FIRST + number,
                source=drawings.without(large.picture, side),
                start={"extend": drawings.extension(side)},
            )
            return maker.made(f"extend-{side}-{number:02}", wish)

        share = share_held("extended", judge, options.drawings, extended)
    return bars.exit_status(bars.kept("windows that hold", share, at_least=SHARE))


if __name__ == "__main__":
    sys.exit(main())

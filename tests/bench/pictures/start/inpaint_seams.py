"""Is there a seam where inpainted places end? Pictures made anew in part, with their own words, in
forty random masks at strength 0.6.

    python tests/bench/pictures/start/inpaint_seams.py WORK [--masks 40] [--strength 0.6]
    python tests/bench/pictures/start/inpaint_seams.py WORK --rehearse

The mean gradient across the mask's border in the result by those across parallel lines 4 px to
either side; the median of all masks lies within 1.15 of 1. The sources are the starter's own
pictures. Printed beside, without a bar: the same ratio in the sources, and the same of drawings,
which are finer than what the autoencoder decodes.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "packaging"))
from tests.bench.pictures.seams import LIMIT, seam_ratio
from tests.bench.pictures.start import bars, drawings
from tests.bench.pictures.start.maker import Maker, Wish

FIRST = 930_000_000


def mask_of(number: int) -> Image.Image:
    return drawings.random_mask(random.Random(FIRST + number))


def ratio_of(picture: np.ndarray, number: int) -> float:
    """Of a picture (h, w, 3) at the border of the mask of this number."""
    ratio = seam_ratio(picture, np.asarray(mask_of(number)))
    assert ratio is not None
    return ratio


def drawing_of(number: int) -> drawings.Drawing:
    return drawings.drawn(drawings.lone_scene(random.Random(FIRST + number)), FIRST + number)


def prompt_of(number: int) -> str:
    return drawings.words(drawings.lone_scene(random.Random(FIRST + number)), FIRST + number)


def told(what: str, ratios: list[float]) -> float:
    """Print the ratios' median with their quarters."""
    low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75))
    print(f"{what}: median ratio {middle:.3f} (half of them {low:.3f} to {high:.3f})", flush=True)
    return float(middle)


def within(what: str, median: float) -> bool:
    """The bar holds both ways: a border that is smoother than what lies around is seen as well."""
    return bars.kept(f"{what}, ratio or its inverse", max(median, 1 / median), at_most=LIMIT)


def rehearse() -> int:
    """A drawing as it is has no seam; one with another drawing pasted into the mask has, and so has
    one that is brighter inside by ten levels."""
    whole: list[float] = []
    pasted: list[float] = []
    brighter: list[float] = []
    for number in range(40):
        picture = np.asarray(drawing_of(number).picture)
        other = np.asarray(drawing_of(number + 100).picture)
        where = np.asarray(mask_of(number))[..., None] > 0
        lifted = np.clip(picture.astype(int) + 10, 0, 255).astype(np.uint8)
        whole.append(ratio_of(picture, number))
        pasted.append(ratio_of(np.where(where, other, picture), number))
        brighter.append(ratio_of(np.where(where, lifted, picture), number))
    return bars.exit_status(
        within("nothing pasted", told("nothing pasted", whole)),
        not within("another drawing pasted", told("another drawing pasted", pasted)),
        not within("ten levels brighter", told("ten levels brighter", brighter)),
    )


def inpainted(
    maker: Maker, kind: str, number: int, source: np.ndarray, strength: float
) -> np.ndarray:
    wish = Wish(
        prompt=prompt_of(number),
        seed=FIRST + 1000 + number,
        source=Image.fromarray(source),
        mask=mask_of(number),
        start={"strength": strength},
    )
    return maker.made(f"seam-{kind}-{number:02}", wish)


def main() -> int:
    parser = bars.options(__doc__)
    parser.add_argument("--masks", type=int, default=40)
    parser.add_argument("--strength", type=float, default=0.6)
    options = parser.parse_args()
    if options.rehearse:
        return rehearse()
    ratios: dict[str, list[float]] = {"own": [], "own before": [], "drawn": [], "drawn before": []}
    with Maker(options.work) as maker:
        for number in range(options.masks):
            wish = Wish(prompt=prompt_of(number), seed=FIRST + number)
            sources = {
                "own": maker.made(f"seam-source-{number:02}", wish),
                "drawn": np.asarray(drawing_of(number).picture),
            }
            for kind, source in sources.items():
                result = inpainted(maker, kind, number, source, options.strength)
                ratios[kind].append(ratio_of(result, number))
                ratios[f"{kind} before"].append(ratio_of(source, number))
    medians = {what: told(what, values) for what, values in ratios.items()}
    return bars.exit_status(within("inpainted own pictures", medians["own"]))


if __name__ == "__main__":
    sys.exit(main())

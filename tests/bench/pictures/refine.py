"""Large pictures refined in tiles: whether a tile is seen, whether tones stay, whether tiles begin
the subject once more, what it costs.

    python tests/bench/pictures/refine.py WORK [--pictures 40] [--plain] [--strength 0.4]
        [--parts seams flat subjects seamless large] [--guidance 1]

Drawings of the starter's world, enlarged by Lanczos, go through the starter with their own words.

seams     gradient across all borders of tiles by that on lines 4 pixels beside them, and by that of
          the other lines where latents meet: medians, at most 1.05
flat      even greys: how far their brightness is off, at most 1 of 255, and how far that of their
          tiles is apart
subjects  windows without the subject in which the judge is sure of one that it was not sure of
          before, at most one window in 100; attributes that the judge sees in the whole picture, at
          least 95 % of those seen before
seamless  gradient where two copies meet by that of the lines beside, at most 1.3
large     4,096 x 4,096 pixels in few steps, twice: seconds, peak of memory over what the model
          takes, the same bytes

`--plain` measures the reference beside it: the same tiles that lie where they lie in every step and
hold no tones, as MultiDiffusion has them. WORK keeps the judge. Exit 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "packaging"))
from core.engine.contract.protocol import EngineSpec  # noqa: E402
from core.engine.diffusion.engine import DiffusionEngine  # noqa: E402
from core.engine.diffusion.loaded.memory_modes import MEMORY_MODES  # noqa: E402
from core.engine.diffusion.picture_making.refining import refining, tiled_denoise  # noqa: E402
from core.models.library.library import Library  # noqa: E402
from core.values.job import Job  # noqa: E402
from core.values.request import Request  # noqa: E402
from core.values.request_parts.start_picture import StartPicture  # noqa: E402
from core.values.resolved_request import resolve  # noqa: E402
from starter.judging import judge as judges  # noqa: E402
from starter.judging.evaluate import MAIN  # noqa: E402
from tests.bench.pictures.start import bars, drawings, trained_judges  # noqa: E402

FIRST = 970_000_000
TILE = 256  # pixels
APART = 4  # pixels from a border to the lines beside it
SURE = 0.9
GUIDANCE = 1.0
PARTS = ("seams", "flat", "subjects", "seamless", "large")


class Refinery:
    """The starter in this process."""

    def __init__(self, strength: float, guidance: float) -> None:
        self._engine = DiffusionEngine(EngineSpec(device="cpu", previews=False))
        self._model = Library(Path("nowhere")).find("starter").ref()
        self._strength = strength
        self._guidance = guidance

    @torch.no_grad()
    def __call__(
        self, pixels: np.ndarray, prompt: str, *, joined: str = "", steps: int = 20
    ) -> np.ndarray:
        request = Request(
            prompt=prompt,
            seed=7,
            steps=steps,
            guidance=self._guidance,
            schedule="discrete",
            start=StartPicture(strength=self._strength),
        )
        place = self._engine._workplace(lambda _: None, MEMORY_MODES[0])  # pyright: ignore[reportPrivateUsage]
        with place.undo:
            job = Job(resolve(request), self._model)
            return refining.refined(place, job, pixels, lambda done, total: None, joined)


def plain_tiles() -> None:
    """From now on the reference's."""
    tiled_denoise.GOLDEN = 0.0
    refining.HeldTones = lambda *_: None  # type: ignore[assignment, misc]


def drawing_of(number: int) -> tuple[drawings.Drawing, str]:
    """A drawing of one subject, and words for it."""
    seed = FIRST + number
    scene = drawings.lone_scene(random.Random(seed))
    return drawings.drawn(scene, seed), drawings.words(scene, seed)


def enlarged(picture: Image.Image, times: int) -> np.ndarray:
    size = picture.width * times, picture.height * times
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def borders(length: int) -> set[int]:
    """Pixels at which tiles begin or end, of decoding and of every step."""
    found: set[int] = set()
    latents = length // 8
    side = TILE // 8
    for step in range(20):
        shift = step * tiled_denoise.GOLDEN % 1.0
        for start in tiled_denoise.axis_of(latents, side, overlap=side // 4, shift=shift).starts:
            found |= {start * 8, (start + side) * 8}
    return {at for at in found if 16 <= at <= length - 16}


def seam_ratios(picture: np.ndarray) -> tuple[list[float], list[float]]:
    """Of each border of tiles: its gradient by that of the lines beside it, and by the mean of
    lines where latents meet and no tile does."""
    beside: list[float] = []
    others: list[float] = []
    for axis in (0, 1):
        steps = np.abs(np.diff(picture.astype(np.float64), axis=axis)).mean((1 - axis, 2))
        at = borders(picture.shape[axis])
        free = [n for n in range(16, picture.shape[axis] - 16, 8) if n not in at]
        rest = np.mean([steps[n - 1] for n in free]) if free else np.nan
        for border in at:
            lines = (steps[border - 1 - APART] + steps[border - 1 + APART]) / 2
            beside.append(float(steps[border - 1] / max(lines, 1e-9)))
            others.append(float(steps[border - 1] / max(rest, 1e-9)))
    return beside, others


def seams(refine: Refinery, count: int, work: Path) -> bool:
    beside: list[float] = []
    others: list[float] = []
    plain: list[float] = []
    for number in range(max(count // 4, 3)):
        drawn, words = drawing_of(number)
        source = enlarged(drawn.picture, 3)
        made = refine(source, words)
        Image.fromarray(made).save(work / f"seams-{number:02}.png")
        of_lines, of_latents = seam_ratios(made)
        beside += of_lines
        others += of_latents
        plain += seam_ratios(source)[0]
    print(f"seams: {len(beside)} borders; of the enlarged picture itself {np.median(plain):.3f}")
    return bars.kept("seams, by lines 4 px beside", float(np.median(beside)), at_most=1.05) & (
        bars.kept("seams, by lines where latents meet", float(np.nanmedian(others)), at_most=1.05)
    )


def flat(refine: Refinery, count: int, work: Path) -> bool:
    off = 0.0
    for grey in (40, 128, 215):
        source = np.full((3 * TILE, 3 * TILE, 3), grey, np.uint8)
        made = refine(source, "").astype(np.float64)
        Image.fromarray(made.astype(np.uint8)).save(work / f"flat-{grey}.png")
        means = made.reshape(12, 64, 12, 64, 3).mean((1, 3))
        off = max(off, float(np.abs(made.mean((0, 1)) - grey).max()))
        print(
            f"flat {grey}: mean off {np.abs(made.mean((0, 1)) - grey).max():.2f}, squares of 64 px "
            f"from {means.min() - grey:+.2f} to {means.max() - grey:+.2f}, spread {made.std():.2f}"
        )
    return bars.kept("flat, brightness off", off, at_most=1.0)


def _sure(judge: trained_judges.TrainedJudge, windows: list[np.ndarray]) -> np.ndarray:
    """How sure the judge is of the subject it names in each window, 0 to 1."""
    stacked = torch.from_numpy(np.stack(windows)).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        answers = judge.network(stacked)[list(judges.SINGLE).index("subject")]
    return answers.softmax(1).amax(1).numpy()


def subjects(refine: Refinery, count: int, work: Path) -> bool:
    judge = trained_judges.trained(work, trained_judges.ATTRIBUTES)
    judge.tell(*MAIN)
    before: list[np.ndarray] = []
    after: list[np.ndarray] = []
    wholes: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for number in range(count):
        drawn, words = drawing_of(number)
        source = enlarged(drawn.picture, 3)
        made = refine(source, words)
        Image.fromarray(made).save(work / f"subjects-{number:02}.png")
        mask = enlarged(drawn.mask, 3)
        for top in range(0, 3 * TILE, TILE):
            for left in range(0, 3 * TILE, TILE):
                window = slice(top, top + TILE), slice(left, left + TILE)
                if not (mask[window] > 0).any():
                    before.append(source[window])
                    after.append(made[window])
        for kept, picture in zip(wholes, (source, made), strict=True):
            small = Image.fromarray(picture).resize((TILE, TILE), Image.Resampling.BOX)
            kept.append(np.asarray(small))
    new = (_sure(judge, after) >= SURE) & (_sure(judge, before) < SURE)
    seen = [judge.seen(pictures) for pictures in wholes]
    alike = [one[head] == other[head] for one, other in zip(*seen, strict=True) for head in MAIN]
    print(f"subjects: {new.sum()} of {len(new)} windows without one")
    return bars.kept("windows that began one", float(new.mean()), at_most=0.01) & bars.kept(
        "attributes as before", float(np.mean(alike)), at_least=0.95
    )


def seamless(refine: Refinery, count: int, work: Path) -> bool:
    y, x = np.mgrid[0 : 2 * TILE, 0 : 3 * TILE]
    waves = [
        np.sin(2 * np.pi * (x * n / (3 * TILE) + y * m / (2 * TILE)))
        for n, m in ((1, 1), (2, -1), (3, 0))
    ]
    source = np.rint(127 + 90 * np.stack(waves, -1)).astype(np.uint8)
    made = refine(source, "a meadow", joined="xy")
    Image.fromarray(np.tile(made, (2, 2, 1))).save(work / "seamless.png")
    worst = 0.0
    for axis in (0, 1):
        steps = np.abs(np.diff(np.concatenate([made, made], axis).astype(float), axis=axis))
        lines = steps.mean((1 - axis, 2))
        at = made.shape[axis] - 1
        worst = max(worst, float(lines[at] / np.mean([lines[at - 8], lines[at + 8]])))
    return bars.kept("seamless, where two meet", worst, at_most=1.3)


def large(refine: Refinery, count: int, work: Path) -> bool:
    drawn, words = drawing_of(0)
    refine(enlarged(drawn.picture, 1), words, steps=5)  # the model is in memory
    source = enlarged(drawn.picture, 16)
    before = _peak()
    began = time.monotonic()
    made = refine(source, words, steps=5)
    seconds = time.monotonic() - began
    size = "x".join(str(side) for side in made.shape[1::-1])
    print(
        f"large: {size} in {seconds:.0f} s; peak {(_peak() - before) / 1e9:.2f} GB over the model"
    )
    Image.fromarray(made).save(work / "large.png")
    part = np.ascontiguousarray(source[:1024, :1024])
    same = (refine(part, words) == refine(part, words)).all()
    return bars.kept("large, GB over the model", (_peak() - before) / 1e9, at_most=2.0) & bars.kept(
        "two runs, the same bytes", float(same), at_least=1
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--strength", type=float, default=0.4)
    parser.add_argument("--guidance", type=float, default=GUIDANCE)
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    if asked.plain:
        plain_tiles()
    refine = Refinery(asked.strength, asked.guidance)
    parts: dict[str, Callable[[Refinery, int, Path], bool]] = {
        "seams": seams,
        "flat": flat,
        "subjects": subjects,
        "seamless": seamless,
        "large": large,
    }
    return bars.exit_status(
        *[parts[name](refine, asked.pictures, asked.work) for name in asked.parts]
    )


if __name__ == "__main__":
    sys.exit(main())

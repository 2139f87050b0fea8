"""What the modes that save time cost of a picture: the starter's pictures of 20 steps with each of
them, against the same ones made in full.

    python tests/bench/mode_quality.py WORK [--prompts 100] [--large 10] [--modes reuse-3 tiny]

PSNR and SSIM (Wang et al. 2004) are means over the pictures, of 8-bit values. The starter's own
judge says how many of the five attributes a prompt names are seen, in full and in the mode. It is
trained where WORK/judge.pt is missing. Pictures lie in WORK, so a run that was ended goes on.
Token merging is measured at 768 px, on `--large` prompts; int8 with all matrices rounded, though
the starter's are too narrow for it to pay, and the engine leaves them as they are. Processor
seconds are a picture's.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "packaging"))
from core.engine.diffusion.networks.convolutions import rounded_matrices  # noqa: E402
from core.engine.diffusion.parts.tiny import load_tiny  # noqa: E402
from core.engine.diffusion.time_saving.int8_matrices import set_int8_matrices  # noqa: E402
from core.engine.diffusion.time_saving.token_merging import set_token_merging  # noqa: E402
from starter.judging import judge as judges  # noqa: E402
from starter.judging.evaluate import MAIN, single_questions  # noqa: E402
from starter.judging.render import Renderer  # noqa: E402

STARTER = ROOT / "resources" / "starter"
STEPS = 20
GUIDANCE = 4.0
SEED = 11
TOGETHER = 5  # pictures rendered at once; the same for all modes
LARGE = 768
DRAWINGS = 3000
EPOCHS = 5


@dataclass(frozen=True, kw_only=True)
class Mode:
    """How pictures are made. `size` in pixels."""

    reuse: int = 1
    between: tuple[float, float] = (0.0, 1.0)
    merging: float = 0.0
    tiny: bool = False
    int8: bool = False
    size: int = 256


FULL = "full"
FULL_LARGE = "full-768"
MODES = {
    FULL: Mode(),
    "reuse-2": Mode(reuse=2),
    "reuse-3": Mode(reuse=3),
    "reuse-4": Mode(reuse=4),
    "reuse-5": Mode(reuse=5),
    "guided-0-70": Mode(between=(0.0, 0.7)),
    "guided-10-80": Mode(between=(0.1, 0.8)),
    "tiny": Mode(tiny=True),
    "int8": Mode(int8=True),
    FULL_LARGE: Mode(size=LARGE),
    "merging-25": Mode(merging=0.25, size=LARGE),
    "merging-50": Mode(merging=0.5, size=LARGE),
    "merging-75": Mode(merging=0.75, size=LARGE),
}


class Maker:
    """Makes pictures of the modes and keeps them: WORK/MODE/NUMBER.npy, and the seconds."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._renderers = {size: Renderer(STARTER, (size, size)) for size in (256, LARGE)}
        self._tiny = load_tiny(STARTER)

    def pictures(self, name: str, prompts: list[str], first: int) -> torch.Tensor:
        """(n, 3, side, side) uint8 for prompts, which are numbered from `first`."""
        folder = self._work / name
        paths = [folder / f"{first + number:03}.npy" for number in range(len(prompts))]
        if not all(path.is_file() for path in paths):
            folder.mkdir(parents=True, exist_ok=True)
            began = time.process_time()
            made = self._made(MODES[name], [(text, "", SEED) for text in prompts])
            seconds = (time.process_time() - began) / len(prompts)
            for path, picture in zip(paths, made.numpy(), strict=True):
                path.with_suffix(".seconds").write_text(f"{seconds}")
                np.save(path, picture)
        return torch.from_numpy(np.stack([np.load(path) for path in paths]))

    def seconds(self, name: str) -> float:
        """Processor seconds of a picture, by the median."""
        kept = [float(path.read_text()) for path in (self._work / name).glob("*.seconds")]
        return float(np.median(kept))

    @torch.no_grad()
    def _made(self, mode: Mode, asked: list[tuple[str, str, int]]) -> torch.Tensor:
        renderer = self._renderers[mode.size]
        set_token_merging(renderer.model.unet, mode.merging)
        set_int8_matrices(renderer.model.unet, mode.int8)
        rounded_matrices.SMALL = rounded_matrices.NARROW = 0
        latents = renderer.latents(asked, STEPS, GUIDANCE, reuse=mode.reuse, between=mode.between)
        set_token_merging(renderer.model.unet, 0.0)
        set_int8_matrices(renderer.model.unet, False)
        if not mode.tiny:
            return torch.cat([renderer.decoded(one) for one in latents.split(1)])
        assert self._tiny is not None
        shown = self._tiny(latents).clamp(-1, 1)
        return ((shown + 1) * 127.5).round().byte()


def psnr(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Decibel of each of the pictures (n, 3, h, w) uint8, (n,)."""
    error = (one.double() - other.double()).square().mean((1, 2, 3)).clamp_min(1e-6)
    return 10 * torch.log10(255.0**2 / error)


def ssim(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Structural similarity (Wang et al. 2004) of each of the pictures (n, 3, h, w) uint8, (n,): of
    their brightness, in windows of 11 pixels with Gaussian weights."""
    grey = torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64).view(1, 3, 1, 1)
    x, y = ((picture.double() * grey).sum(1, keepdim=True) for picture in (one, other))
    places = torch.arange(11, dtype=torch.float64) - 5
    line = torch.exp(-(places**2) / (2 * 1.5**2))
    window = (line[:, None] * line / line.sum() ** 2)[None, None]

    def mean(of: torch.Tensor) -> torch.Tensor:
        return F.conv2d(of, window)

    mean_x, mean_y = mean(x), mean(y)
    spread = mean(x * x) - mean_x**2 + mean(y * y) - mean_y**2
    common = mean(x * y) - mean_x * mean_y
    steady, steady_too = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    likeness = (2 * mean_x * mean_y + steady) * (2 * common + steady_too)
    return (likeness / ((mean_x**2 + mean_y**2 + steady) * (spread + steady_too))).mean((1, 2, 3))


def judge_of(work: Path) -> judges.Judge:
    """The judge kept in WORK, else one trained on drawings as the starter's is, which looks at half
    the size: four minutes of a processor instead of an hour."""
    torch.manual_seed(0)
    judge = judges.quick_judge(judges.SINGLE)
    path = work / "judge.pt"
    if path.is_file():
        judge.load_state_dict(torch.load(path, weights_only=True))
        return judge.eval()
    drawn = judges.drawings(judges.one_single, 500_000_000, DRAWINGS)
    judges.learn(judge, *drawn, EPOCHS, 3e-3)
    torch.save(judge.state_dict(), path)
    return judge


def attributes(
    judge: judges.Judge, pictures: torch.Tensor, right: torch.Tensor
) -> tuple[float, float]:
    """Of pictures (n, 3, h, w) the share of attributes that are seen, and of those pictures where
    all are, in percent; `right` are the labels (n, 5)."""
    small = F.interpolate(pictures.float(), (256, 256), mode="area").round().byte()
    seen = judges.verdicts(judge, small)[:, : len(MAIN)] == right
    return float(seen.float().mean()) * 100, float(seen.all(1).float().mean()) * 100


def parts(count: int) -> Iterator[range]:
    """Numbers 0 to `count`, so many at a time as are rendered together."""
    for start in range(0, count, TOGETHER):
        yield range(start, min(count, start + TOGETHER))


def report(maker: Maker, judge: judges.Judge, names: list[str], counts: dict[int, int]) -> None:
    """A line a mode, and what it is compared with."""
    questions = single_questions(max(counts.values()), unseen=False, seed=77)
    labels = torch.tensor([label[: len(MAIN)] for _, label in questions])
    prompts = [prompt for prompt, _ in questions]

    def all_of(name: str) -> torch.Tensor:
        numbers = parts(counts[MODES[name].size])
        made = [maker.pictures(name, [prompts[n] for n in part], part[0]) for part in numbers]
        return torch.cat(made)

    for name in names:
        mode = MODES[name]
        count = counts[mode.size]
        plain = FULL if mode.size == 256 else FULL_LARGE
        full, made = all_of(plain), all_of(name)
        right = labels[:count]
        seen, whole = attributes(judge, made, right)
        faster = maker.seconds(plain) / maker.seconds(name)
        print(
            f"{name:13} {count:4} prompts: PSNR {psnr(made, full).mean():5.1f} dB, SSIM "
            f"{ssim(made, full).mean():.3f}, attributes {seen:5.1f} % (all five {whole:5.1f}), "
            f"{maker.seconds(name):5.2f} s, {faster:.2f}x",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--prompts", type=int, default=100)
    parser.add_argument("--large", type=int, default=10, help="prompts at 768 px")
    parser.add_argument("--modes", nargs="*", choices=list(MODES), default=list(MODES))
    options = parser.parse_args()
    counts = {256: options.prompts, LARGE: options.large}
    maker = Maker(options.work)
    prompts = [
        prompt for prompt, _ in single_questions(max(counts.values()), unseen=False, seed=77)
    ]
    for size, count in counts.items():
        for part in parts(count):  # all modes side by side, so that an early end compares them
            for name in [name for name in options.modes if MODES[name].size == size]:
                maker.pictures(name, [prompts[number] for number in part], part[0])
            print(f"{size} px: {part[-1] + 1} of {count} prompts", file=sys.stderr, flush=True)
    report(maker, judge_of(options.work), options.modes, counts)


if __name__ == "__main__":
    main()

"""What the threshold of "nothing one can see" stands for: judged.

    python tests/bench/insight/visible.py

Pictures of the starter are changed in ways of which the field knows whether people see them, and
`visibly_apart` has to stay on the right side of `LEAST_SHARE` for each: JPEG of quality 95 without
subsampling and noise of one grey level are told from the original by nobody; JPEG of quality 30, a
step of eight levels and a shift by a pixel by everybody. The rest is printed only: numbers of
steps beside 100 of a sampler that settles, and finer JPEG.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
from core.engine.contract.protocol import EngineSpec  # noqa: E402
from core.engine.diffusion.engine import DiffusionEngine  # noqa: E402
from core.models.library.library import Library  # noqa: E402
from core.service.sweeps.noticeable import LEAST_SHARE  # noqa: E402
from core.service.sweeps.picture_measures import Rows, rows_of  # noqa: E402
from core.service.sweeps.visible import visibly_apart  # noqa: E402
from core.values.job import Job  # noqa: E402
from core.values.picture import Pixels  # noqa: E402
from core.values.request import Request  # noqa: E402
from core.values.resolved_request import resolve  # noqa: E402

PROMPTS = (
    "a purple mushroom on sand with mountains",
    "a green tree on grass with mountains in daylight",
    "three red balloons at dawn",
    "a yellow boat on water at sunset",
)
SETTLED = 100  # steps that the others are held against
COUNTS = (10, 15, 20, 30, 50, 75)
Change = Callable[[Rows], Rows]


def jpeg(quality: int) -> Change:
    """Through a file of this quality."""

    def change(rows: Rows) -> Rows:
        file = io.BytesIO()
        Image.fromarray(rows).save(file, "JPEG", quality=quality, subsampling=0)
        return np.asarray(Image.open(file))

    return change


def noisy(levels: int) -> Change:
    """So many grey levels up or down, at random."""

    def change(rows: Rows) -> Rows:
        by = np.random.default_rng(1).integers(-levels, levels + 1, rows.shape)
        return (rows.astype(int) + by).clip(0, 255).astype(np.uint8)

    return change


def brighter(levels: int) -> Change:
    """By so many levels."""
    return lambda rows: (rows.astype(int) + levels).clip(0, 255).astype(np.uint8)


CHANGES: tuple[tuple[str, Change, bool | None], ...] = (
    ("noise of one level", noisy(1), False),
    ("JPEG 98", jpeg(98), False),
    ("JPEG 95", jpeg(95), False),
    ("JPEG 90", jpeg(90), None),
    ("JPEG 75", jpeg(75), None),
    ("JPEG 30", jpeg(30), True),
    ("one level brighter", brighter(1), False),
    ("three levels brighter", brighter(3), None),
    ("eight levels brighter", brighter(8), True),
    ("a pixel to the right", lambda rows: np.roll(rows, 1, 1), True),
)


def main() -> int:
    """Exit code 0 where every change lies on its side of the threshold."""
    warnings.simplefilter("ignore")
    ref = Library(Path("nowhere")).find("starter").ref()
    wrong = 0
    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:

        def made(prompt: str, seed: int, steps: int) -> Pixels:
            request = Request(prompt, seed=seed, steps=steps, width=256, height=256)
            return engine.run(Job(resolve(request), ref), lambda _: None).pixels

        pictures = [made(prompt, seed, SETTLED) for seed, prompt in enumerate(PROMPTS)]
        print(f"{'share of pixels seen to differ':32}" + "".join(f"{n:>9}" for n in range(4)))
        for name, change, seen in CHANGES:
            shares = [_share(one, _of(one, change(rows_of(one)))) for one in pictures]
            fails = seen is not None and any((share > LEAST_SHARE) != seen for share in shares)
            wrong += fails
            print(_line(name, shares) + ("  WRONG" if fails else ""))
        for steps in COUNTS:
            shares = [
                _share(one, made(prompt, seed, steps))
                for seed, (prompt, one) in enumerate(zip(PROMPTS, pictures, strict=True))
            ]
            print(_line(f"{steps} steps beside {SETTLED}", shares))
    print(f"threshold {LEAST_SHARE:.2%}: {'wrong' if wrong else 'holds'}")
    return 1 if wrong else 0


def _of(like: Pixels, rows: Rows) -> Pixels:
    return replace(like, rgb=np.ascontiguousarray(rows).tobytes())


def _share(first: Pixels, second: Pixels) -> float:
    share = visibly_apart(first, second)
    assert share is not None
    return share


def _line(name: str, shares: list[float]) -> str:
    return f"{name:32}" + "".join(f"{share:9.3%}" for share in shares)


if __name__ == "__main__":
    sys.exit(main())

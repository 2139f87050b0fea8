"""Whether one and two steps of every sampler and schedule end in a picture
and not in noise: judged.

    python tests/bench/pictures/few_steps.py [calotype|a1111|comfyui] [SAMPLER ...]

The starter at 128 x 128. Noise in latents decodes to blobs of eight pixels, so the
picture is looked at in blocks of eight: how far neighbours differ, in units of the
blocks' spread. White noise gives 1.41, pictures of 20 steps about 0.7. Limit 1.1.
At most half of the values may stand at black or white.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("HF_HUB_OFFLINE", "1")
LIMIT, CLIPPED = 1.1, 0.5


def roughness(rgb: Any) -> float:
    """Of the picture (h, w, 3), uint8, in blocks of 8: deviation of neighbours' differences by the
    blocks' own; 9 where it is clipped."""
    blocks = rgb.astype(float).mean(-1).reshape(rgb.shape[0] // 8, 8, -1, 8).mean((1, 3))
    if float(((rgb == 0) | (rgb == 255)).mean()) > CLIPPED:
        return 9.0
    apart = np.concatenate([np.diff(blocks, axis=0).ravel(), np.diff(blocks, axis=1).ravel()])
    return float(np.sqrt((apart**2).mean()) / max(blocks.std(), 1.0))


def main() -> int:
    """Exit code 0 where none is noise."""
    from core.engine.contract.protocol import EngineSpec
    from core.engine.diffusion.engine import DiffusionEngine
    from core.models.library.library import Library
    from core.sampling.samplers import SAMPLERS
    from core.sampling.schedules import SCHEDULES
    from core.system.errors import KnownError
    from core.values.job import Job
    from core.values.program import Program
    from core.values.request import Request

    warnings.simplefilter("ignore")
    ways, *wanted = sys.argv[1:] or ["calotype"]
    if ways not in tuple(Program) or any(sampler not in SAMPLERS for sampler in wanted):
        print(__doc__)
        return 2
    ref, wrong, looked = Library(Path("nowhere")).find("starter").ref(), 0, 0
    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:
        for sampler in wanted or SAMPLERS:
            for schedule in SCHEDULES:
                shares = list[str]()
                for steps in (1, 2):
                    request = Request(
                        "a red house on snow",
                        seed=11,
                        steps=steps,
                        width=128,
                        height=128,
                        guidance=4.0,
                        sampler=sampler,
                        schedule=schedule,
                        compatibility=ways,
                    )
                    looked += 1
                    try:
                        pixels = engine.run(Job(request, ref), lambda event: None).pixels
                    except KnownError as error:
                        wrong += 1
                        shares.append(f"{error}  EXCEEDED")
                        continue
                    share = roughness(
                        np.frombuffer(pixels.rgb, np.uint8).reshape(pixels.height, pixels.width, 3)
                    )
                    wrong += share > LIMIT
                    shares.append(f"{share:5.2f}" + (" EXCEEDED" if share > LIMIT else "         "))
                print(f"{ways} {sampler:20} {schedule:18} {'  '.join(shares)}", flush=True)
    print(f"{looked} pictures, {wrong} rougher than {LIMIT} or failed (limit 0)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""Forty recipes of all samplers, schedules, families and ways: renders them and compares their
pixels with an earlier run's.

    python tests/bench/golden.py write FILE
        render, and keep the pixels and their hashes in FILE (.npz)
    python tests/bench/golden.py compare FILE
        render, and say which differ and by how much; exit 1 where one of our own way does

Starter and tiny models with random weights, always the same; pictures of 64 to 128 pixels. Equal
pixels are promised on one machine only.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("HF_HUB_OFFLINE", "1")
STEPS = 5
SMALL: dict[str, Any] = {
    "width": 64,
    "height": 96,
    "sampler": "euler",
    "schedule": "simple",
    "steps": 3,
    "guidance": 3.0,
    "prompt": "a red house on snow",
}


def recipes() -> dict[str, tuple[str, dict[str, Any]]]:
    """A name to the model and what differs from the common recipe."""
    from core.sampling.samplers import SAMPLERS
    from core.sampling.schedules import SCHEDULES

    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for sampler in SAMPLERS:
        found[f"calotype {sampler}"] = ("starter", {"sampler": sampler, "schedule": "karras"})
    for schedule in SCHEDULES:
        if schedule != "karras":
            found[f"calotype dpmpp_2m {schedule}"] = ("starter", {"schedule": schedule})
    for family in ("sd15", "sd21", "sdxl", "sd3", "dev", "schnell", "chroma"):
        found[f"calotype {family}"] = (family, SMALL)
    found["calotype weights and chunks"] = (
        "sd15",
        SMALL | {"prompt": "a (red:1.3) house, [old] " + "and a blue cat, " * 30, "clip_skip": 2},
    )
    for ways in ("a1111", "comfyui"):
        for sampler in ("ddim", "unipc", "lcm", "lms", "dpm_fast", "euler_ancestral"):
            found[f"{ways} {sampler}"] = (
                "starter",
                {"sampler": sampler, "compatibility": ways, "schedule": "discrete"},
            )
    found["a1111 weights"] = (
        "sd15",
        SMALL
        | {
            "prompt": "a (red:1.3) house, [old] " + "and a blue cat, " * 30,
            "compatibility": "a1111",
        },
    )
    return found


def models(folder: Path) -> dict[str, Path]:
    """Tiny models of all families as folders, always with the same weights."""
    from core.system.paths import RESOURCES
    from tests.core.engine.diffusion import flow_models, ldm_files

    tokenizer = RESOURCES / "families" / "clip-tokenizer"
    found = {
        family: ldm_files.folder_of(family, folder / family, tokenizer)
        for family in ldm_files.FAMILIES
    }
    return found | {
        "sd3": flow_models.sd3(folder / "sd3", tokenizer),
        "dev": flow_models.flux(folder / "dev", tokenizer),
        "schnell": flow_models.flux(folder / "schnell", tokenizer, dev=False),
        "chroma": flow_models.chroma(folder / "chroma", tokenizer),
    }


def rendered() -> dict[str, Any]:
    """Each recipe's pixels (height, width, 3), uint8."""
    from core.engine.contract.protocol import EngineSpec
    from core.engine.diffusion.engine import DiffusionEngine
    from core.models.library.library import Library
    from core.values.job import Job, ModelRef
    from core.values.request import Request

    common: dict[str, Any] = {
        "prompt": "a red fox in the snow",
        "negative_prompt": "blue",
        "seed": 11,
        "steps": STEPS,
        "width": 128,
        "height": 128,
        "guidance": 4.0,
    }
    found: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        DiffusionEngine(EngineSpec(device="cpu")) as engine,
    ):
        made = models(Path(folder))
        library = Library(Path("nowhere"))
        for name, (model, values) in recipes().items():
            entry = library.find(str(made.get(model, model))).ref()
            family = model if model in ("sd15", "sd21", "sdxl") else entry.family
            ref = ModelRef(entry.id, entry.name, family, entry.path)
            result = engine.run(Job(Request(**(common | values)), ref), lambda event: None)
            found[name] = np.frombuffer(result.pixels.rgb, np.uint8).reshape(
                result.pixels.height, result.pixels.width, 3
            )
    return found


def main() -> int:
    """Write or compare."""
    if len(sys.argv) != 3 or sys.argv[1] not in ("write", "compare"):
        print(__doc__)
        return 2
    warnings.simplefilter("ignore")
    pictures, path = rendered(), Path(sys.argv[2])
    if sys.argv[1] == "write":
        np.savez_compressed(path, **dict(pictures))
        print(f"{len(pictures)} pictures kept in {path}")
        return 0
    before = dict(np.load(path))
    changed = 0
    for name in sorted(before.keys() | pictures.keys()):
        if name not in before or name not in pictures:
            print(f"{name}: only {'now' if name in pictures else 'before'}")
        elif not np.array_equal(before[name], pictures[name]):
            apart = np.abs(before[name].astype(int) - pictures[name])
            changed += name.startswith("calotype")
            print(
                f"{name}: differs, at most {apart.max()}, "
                f"{100 * (apart > 0).mean():.1f} % of the values"
            )
    print(f"{len(pictures)} rendered; {changed} of Calotype's own way differ (limit 0)")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())

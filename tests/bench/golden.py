"""A hundred recipes of all samplers, schedules, families and ways: renders them and compares
their pixels with an earlier run's.

    python tests/bench/golden.py write FILE [--tree CHECKOUT]
        render, and keep the pixels in FILE (.npz) and the models beside it (FILE's name, .models)
    python tests/bench/golden.py compare FILE [--exact]
        render with those models, and say of each that differs by how much (PSNR in dB); exit 1
        where one is below 70 dB or missing, with --exact where one is not equal

--tree renders with the code of another checkout: what was there before a change. Starter and tiny
models with random weights, always the same; pictures of 64 to 576 pixels, on the processor in
float32. Equal pixels are promised on one machine only.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve()
LEAST = 70.0  # dB
STEPS = 5
COMMON: dict[str, Any] = {
    "prompt": "a red fox in the snow",
    "negative_prompt": "blue",
    "seed": 11,
    "steps": STEPS,
    "width": 128,
    "height": 128,
    "guidance": 4.0,
}


def rendered(folder: Path, only: str) -> dict[str, Any]:
    """Pixels (height, width, 3), uint8, of each recipe whose name holds `only`, with the models in
    `folder`."""
    import golden_recipes

    from core.engine.contract.protocol import EngineSpec
    from core.engine.diffusion.engine import DiffusionEngine

    golden_recipes.build(folder)
    engines: dict[tuple[str, str], DiffusionEngine] = {}
    found: dict[str, Any] = {}
    with ExitStack() as opened:
        for name, recipe in golden_recipes.recipes().items():
            if only not in name:
                continue
            print(name, file=sys.stderr, flush=True)
            kind = recipe.weights, recipe.mode
            if kind not in engines:
                spec = EngineSpec(device="cpu", weights=recipe.weights)
                engines[kind] = opened.enter_context(DiffusionEngine(spec))
            result = engines[kind].run(job_of(recipe, folder), lambda event: None)
            pixels = result.pixels
            shape = pixels.height, pixels.width, 3
            found[name] = np.frombuffer(pixels.rgb, np.uint8).reshape(shape)
            if recipe.mode:
                assert ("memory", recipe.mode) in result.fingerprint, name
    return found


def job_of(recipe: Any, folder: Path) -> Any:
    """The recipe with its files. A memory mode is asked for as where memory ran out before."""
    from core.values.job import Job, MemoryOutcome, ModelRef
    from core.values.lora import Lora
    from core.values.request import Request

    def file(name: str) -> ModelRef:
        return ModelRef(name, name, "", str(folder / f"{name}.safetensors"))

    loras = tuple(Lora(name, weight) for name, weight in recipe.loras)
    values = COMMON | dict(recipe.values) | {"loras": loras}
    key = "cpu 8bit" if recipe.weights == "8bit" else "cpu"
    short = MemoryOutcome(device=key, mode=recipe.mode, pixels=1, free=2**60)
    return Job(
        Request(**values),
        model_of(recipe.model, folder, recipe.prediction),
        tuple(file(lora.id) for lora in loras),
        embeddings=(file(recipe.embedding),) if recipe.embedding else (),
        vae=file(recipe.vae) if recipe.vae else None,
        refiner=model_of(recipe.refiner, folder) if recipe.refiner else None,
        outcomes=(short,) if recipe.mode else (),
    )


def model_of(name: str, folder: Path, prediction: str = "") -> Any:
    """The starter, or a tiny model of its family."""
    import golden_recipes

    from core.models.library.library import Library
    from core.values.job import ModelRef

    path = folder / name
    if name in golden_recipes.FAMILY:
        return ModelRef(name, name, golden_recipes.FAMILY[name], str(path), prediction=prediction)
    return Library(Path("nowhere")).find("starter" if name == "starter" else str(path)).ref()


def psnr(a: Any, b: Any) -> float:
    """In dB, of two pictures; infinite where they are equal, 0 where their sizes differ."""
    if a.shape != b.shape:
        return 0.0
    apart = float(((a.astype(float) - b) ** 2).mean())
    return float(10 * np.log10(255**2 / apart)) if apart else float("inf")


def compare(before: dict[str, Any], pictures: dict[str, Any], *, exact: bool) -> int:
    """Says what differs; the exit status."""
    bad: list[str] = []
    all_db: list[float] = []
    for name in sorted(before.keys() | pictures.keys()):
        if name not in pictures:
            print(f"{name}: only before")
            bad.append(name)
        elif name not in before:
            print(f"{name}: only now")
        else:
            decibel = psnr(before[name], pictures[name])
            all_db.append(decibel)
            if decibel < LEAST or (exact and decibel != float("inf")):
                bad.append(name)
            if decibel != float("inf"):
                print(described(name, before[name], pictures[name], decibel))
    limit = "equal pixels" if exact else f"at least {LEAST:.0f} dB"
    equal = sum(decibel == float("inf") for decibel in all_db)
    print(
        f"{len(all_db)} compared, {equal} equal, worst {min(all_db, default=0.0):.1f} dB; "
        f"{len(bad)} not kept (bar: {limit}): {'missed' if bad else 'kept'}"
    )
    return 1 if bad or not all_db else 0


def described(name: str, before: Any, now: Any, decibel: float) -> str:
    """How two pictures that are not equal differ."""
    if before.shape != now.shape:
        return f"{name}: was {before.shape}, is {now.shape}"
    apart = np.abs(before.astype(int) - now)
    share = 100 * (apart > 0).mean()
    below = "" if decibel >= LEAST else f", BELOW {LEAST:.0f} dB"
    return f"{name}: {decibel:.1f} dB{below}; at most {apart.max()}, {share:.2f} % of the values"


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("do", choices=("write", "compare"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--tree", type=Path, default=HERE.parents[2])
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--only", default="", help="recipes whose name holds this")
    options = parser.parse_args()
    sys.path.insert(0, str(options.tree.resolve()))
    sys.path.append(str(HERE.parent))
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as in the engine: others may compute too
    warnings.simplefilter("ignore")
    kept = options.file.with_suffix(".models")
    with tempfile.TemporaryDirectory() as temporary:
        own = options.do == "write" or kept.is_dir()
        pictures = rendered(kept if own else Path(temporary) / "models", options.only)
    if options.do == "write":
        others = loaded(options.file) if options.only and options.file.exists() else {}
        np.savez_compressed(options.file, **(others | pictures))
        print(f"{len(pictures)} pictures of {options.tree} kept in {options.file}")
        return 0
    kept_before = loaded(options.file).items()
    before = {name: picture for name, picture in kept_before if options.only in name}
    return compare(before, pictures, exact=options.exact)


def loaded(file: Path) -> dict[str, Any]:
    """The pictures of an earlier run by name."""
    with np.load(file) as archive:
        return {name: archive[name] for name in archive.files}


if __name__ == "__main__":
    sys.exit(main())

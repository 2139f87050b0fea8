"""A full-size Stable Diffusion 1.5 of random weights as one fp16 file: seconds to load here and by
diffusers' own loader, then two steps.

    python tests/bench/models/load_sd15.py [FOLDER]
        about 2 GB of disk; the file is kept in FOLDER where one is named

Each loader runs in a process of its own, after the file was read once,
so that the disk does not decide.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))
RUNS = 3


def write(path: Path) -> None:
    """The published architecture with random weights, in the original layout."""
    from core.system.paths import RESOURCES
    from tests.core.engine.diffusion import ldm_files

    configs = {
        part: json.loads((RESOURCES / "families" / "sd15" / part / "config.json").read_text())
        for part in ("unet", "vae", "text_encoder")
    }
    ldm_files.FOLDERS["sd15"] = configs
    ldm_files.file_of("sd15", path, half=True)


def configs_for_diffusers(folder: Path) -> Path:
    """The folder of configurations that `from_single_file` wants when it may not ask the hub."""
    from core.system.paths import RESOURCES
    from tests.bench.whole_picture import INDEX

    shutil.copytree(RESOURCES / "families" / "sd15", folder)
    shutil.copytree(RESOURCES / "families" / "clip-tokenizer", folder / "tokenizer")
    (folder / "model_index.json").write_text(json.dumps(INDEX))
    return folder


def ours(path: Path) -> None:
    import diffusers
    import transformers  # noqa: F401 - imports are not the loading, whoever needs them

    from core.engine.diffusion.families import rows
    from core.engine.diffusion.parts.device import choose_device

    diffusers.UNet2DConditionModel, diffusers.AutoencoderKL  # noqa: B018 - lazy imports
    before = _resident()
    began = time.monotonic()
    spent = time.process_time()
    model = rows.load(str(path), choose_device("cpu"), lambda: None)
    seconds = time.monotonic() - began
    processor = time.process_time() - spent
    print(f"{(_resident() - before) / 2**20:.0f} {processor:.2f} {seconds:.2f}")
    del model


def _resident() -> int:
    import psutil

    return psutil.Process().memory_info().rss


def theirs(path: Path, configs: Path) -> None:
    import diffusers
    import torch

    pipeline = diffusers.StableDiffusionPipeline
    began = time.monotonic()
    pipeline.from_single_file(
        str(path),
        config=str(configs),
        local_files_only=True,
        torch_dtype=torch.float32,
        safety_checker=None,
    )
    print(f"{time.monotonic() - began:.2f}")


def picture(path: Path, weights: Path) -> None:
    """Two steps at 512 px through the engine, with weights "full" or "8bit"."""
    from core.engine.contract.protocol import EngineSpec
    from core.engine.diffusion.engine import DiffusionEngine
    from core.models.library.library import Library
    from core.values.job import Job
    from core.values.request import Request

    ref = Library(Path("nowhere")).find(str(path)).ref()
    with DiffusionEngine(EngineSpec(device="cpu", weights=weights.name)) as engine:
        result = engine.run(
            Job(Request(prompt="a house", seed=1, steps=2, width=512, height=512, guidance=7), ref),
            lambda event: None,
        )
        kept = sum(
            t.numel() * t.element_size()
            for t in engine._model_cache().current().parts("unet")[0].state_dict().values()
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"load and two steps at 512 x 512 (float32, CPU, {weights.name} weights): "
        f"{result.seconds:.1f} s, denoiser {kept / 2**30:.2f} GiB, peak {peak:.1f} GiB"
    )


def main() -> None:
    if len(sys.argv) > 2 and sys.argv[1] in ("ours", "theirs", "picture"):
        {"ours": ours, "theirs": theirs, "picture": picture}[sys.argv[1]](*map(Path, sys.argv[2:]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary)
        path, configs = (
            folder / "full.safetensors",
            configs_for_diffusers(Path(temporary) / "configs"),
        )
        if not path.exists():
            write(path)
        path.read_bytes()
        seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
        for _ in range(RUNS):
            for who, arguments in (("ours", [path]), ("theirs", [path, configs])):
                said = subprocess.run(
                    [sys.executable, __file__, who, *map(str, arguments)],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                seconds[who].append(float(said.stdout.split()[-1]))
        best = {who: min(values) for who, values in seconds.items()}
        print(
            f"{path.stat().st_size / 1e9:.2f} GB; best of {RUNS}: ours {best['ours']:.2f} s, "
            f"from_single_file {best['theirs']:.2f} s, ratio {best['ours'] / best['theirs']:.2f}"
        )
        for weights in ("full", "8bit"):
            subprocess.run([sys.executable, __file__, "picture", str(path), weights], check=True)


if __name__ == "__main__":
    main()

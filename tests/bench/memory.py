"""The engine's memory: peaks beside their prediction, switching between models, giving back.

    python tests/bench/memory.py peaks [--sizes 128 256 512] [--full]
        one picture a size and model, each in an engine's process of its own; bar: the peak within
        15 % of what was predicted. --full: also Stable Diffusion 1.5 of random weights (2 GB of
        disk) at the first size
    python tests/bench/memory.py switch
        three models in turn, twice; bar: the second time each is there within a second
    python tests/bench/memory.py idle
        what the process holds with a model and after it was let go; bar: at most a fifth of what
        came with the model stays

    python tests/bench/memory.py PART SIDE
        PART: unet, vae, starter-unet, starter-vae; SIDE in pixels. What a network's activations
        take beside its weights, in bytes a pixel and a pixel and first-layer channel: the
        constants of `core/models/files/fit.py`

Exit 1 where a bar is missed. Linux, whose processes know their peak. Random weights, but for the
starter's.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402

from core.engine.child import keep_freed_memory  # noqa: E402
from core.system.memory.freed import close_holes  # noqa: E402
from tests.bench.pairs import print_versions  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.engine.process import ProcessEngine
    from core.values.job import MemoryOutcome, ModelRef

TOLERANCE = 0.15  # of the prediction
SWITCH_SECONDS = 1.0
LEFT = 0.2  # of what came with a model
PARTS = ("unet", "vae", "starter-unet", "starter-vae")
SMALL = ("sd15", "sdxl", "smallest")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("peaks", "switch", "idle", *PARTS))
    parser.add_argument("side", type=int, nargs="?", default=256)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 256, 512])
    parser.add_argument("--full", action="store_true")
    asked = parser.parse_args()
    print_versions("torch")
    if asked.what in PARTS:
        activations(asked.what, asked.side)
        return 0
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as name:
        if asked.what == "peaks":
            return peaks(Path(name), asked.sizes, full=asked.full)
        return switch(Path(name)) if asked.what == "switch" else idle()


@contextmanager
def engine_process() -> Iterator[ProcessEngine]:
    from core.engine.contract.protocol import EngineSpec
    from core.engine.process import ProcessEngine

    with ProcessEngine(EngineSpec(device="cpu")) as engine:
        yield engine


def picture(engine: ProcessEngine, model: ModelRef, size: int, steps: int = 2) -> MemoryOutcome:
    """What a picture took."""
    from core.values.job import Job
    from core.values.request import Request
    from core.values.resolved_request import resolve

    request = Request("a red house", seed=1, steps=steps, width=size, height=size, guidance=5.0)
    outcome = engine.run(Job(resolve(request), model), lambda event: None).outcome
    assert outcome is not None
    return outcome


def starter() -> ModelRef:
    from core.models.library.library import Library

    return Library(Path("nowhere")).find("starter").ref()


def small_models(folder: Path) -> list[ModelRef]:
    """The tests' small models."""
    from core.models.library.library import Library
    from core.system.paths import RESOURCES
    from tests.core.engine.diffusion import ldm_files

    for name in SMALL:
        ldm_files.folder_of(name, folder / name, RESOURCES / "starter" / "tokenizer")
    library = Library(folder)
    return [library.find(name).ref() for name in SMALL]


def full_model(folder: Path) -> ModelRef:
    from core.models.library.library import Library
    from tests.bench.models.load_sd15 import write

    write(folder / "full.safetensors")
    return Library(folder).find("full.safetensors").ref()


def peaks(folder: Path, sizes: list[int], *, full: bool) -> int:
    """1 where a peak is not as predicted."""
    missed = 0
    for model in (starter(), *small_models(folder)):
        for size in sizes:
            missed |= peak(model, size)
    return missed | (peak(full_model(folder), sizes[0]) if full else 0)


def peak(model: ModelRef, size: int) -> int:
    from core.models.files.fit import needs_of, predicted
    from core.values.device import MemoryMode

    with engine_process() as engine:
        measured = picture(engine, model, size).peak
    foreseen = predicted(needs_of(Path(model.path)), size, size, MemoryMode.RESIDENT, half=False)
    off = measured / foreseen - 1
    verdict = "kept" if abs(off) <= TOLERANCE else "missed"
    print(
        f"{model.name}, {size} px: peak {measured / 1e6:.0f} MB, predicted {foreseen / 1e6:.0f} MB,"
        f" {off:+.1%} (bar {TOLERANCE:.0%}): {verdict}",
        flush=True,
    )
    return int(verdict == "missed")


def switch(folder: Path) -> int:
    """1 where a model that was there before is not there at once."""
    models = (starter(), *small_models(folder)[:2])
    slowest = 0.0
    with engine_process() as engine:
        for turn in ("first", "second"):
            for model in models:
                loading = picture(engine, model, 64).loading
                print(f"{model.name}, {turn} time: {loading:.3f} s", flush=True)
                slowest = max(slowest, loading) if turn == "second" else 0.0
    kept = slowest <= SWITCH_SECONDS
    words = "kept" if kept else "missed"
    print(f"switching back: {slowest:.3f} s at most (bar {SWITCH_SECONDS} s): {words}")
    return int(not kept)


def idle() -> int:
    """1 where memory stays with the process."""
    with engine_process() as engine:
        engine.prepare()
        engine.devices(lambda event: None)
        assert engine.pid is not None
        process = psutil.Process(engine.pid)
        empty = process.memory_info().rss
        picture(engine, starter(), 256)  # whose first use brings in what stays: kernels, buffers
        engine.unload()
        before = process.memory_info().rss
        picture(engine, starter(), 256)
        with_model = process.memory_info().rss
        engine.unload()
        after = process.memory_info().rss
    figures = {"empty": empty, "used once": before, "with a model": with_model, "after": after}
    print(", ".join(f"{name} {figure / 1e6:.0f} MB" for name, figure in figures.items()))
    stays = (after - before) / max(1, with_model - before)
    kept = stays <= LEFT
    words = "kept" if kept else "missed"
    print(f"of what came with the model {stays:.0%} stays (bar {LEFT:.0%}): {words}")
    return int(not kept)


def network(part: str) -> tuple[Any, dict[str, Any]]:
    """The network without weights of a model, and its configuration."""
    from core.engine.diffusion.networks.autoencoder import AutoencoderKL
    from core.engine.diffusion.networks.unet import UNet
    from core.system.paths import RESOURCES

    folder = RESOURCES / ("starter" if part.startswith("starter-") else "families/sd15")
    name = part.removeprefix("starter-")
    config = json.loads((folder / name / "config.json").read_text())
    return {"unet": UNet, "vae": AutoencoderKL}[name].from_config(config).eval(), config


def activations(part: str, side: int) -> None:
    """One network a process, with the memory kept that an engine's process keeps: what the first
    call takes, which brings the filters into another order, and what the second one does."""
    keep_freed_memory()
    import torch

    net, config = network(part)
    torch.set_grad_enabled(False)
    latents = torch.randn(1 if part.endswith("vae") else 2, 4, side // 8, side // 8)
    channels = config["block_out_channels"][0]
    for turn in ("first", "second"):
        close_holes()
        before = psutil.Process().memory_info().rss
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets the high-water mark
        began = time.monotonic()
        if part.endswith("vae"):
            net.decode(latents)
        else:
            text = torch.randn(2, 77, config["cross_attention_dim"])
            net(latents, torch.tensor([500.0]), text)
        seconds = time.monotonic() - began
        most = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        assert most is not None
        taken = int(most[1]) * 1024 - before
        print(
            f"{part} {side} px, {turn} call: {taken / 1e6:.0f} MB, {taken / side**2:.0f} bytes a "
            f"pixel, {taken / side**2 / channels:.1f} a pixel and channel, {seconds:.2f} s"
        )


if __name__ == "__main__":
    sys.exit(main())

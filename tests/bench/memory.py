"""What a network's activations take on the CPU, beside its weights:
the constants of `core/models/files/fit.py`.

    python tests/bench/memory.py PART SIDE
        PART: unet, vae, starter-unet, starter-vae; SIDE in pixels

Random weights; prints bytes a pixel and a pixel and first-layer channel. One network a process, or
the allocator's memory of the one before is measured too.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))
from core.system.paths import RESOURCES


def network(part: str) -> tuple[Any, dict[str, Any]]:
    """The network without weights of a model, and its configuration."""
    from diffusers import AutoencoderKL, UNet2DConditionModel

    folder = RESOURCES / ("starter" if part.startswith("starter-") else "families/sd15")
    name = part.removeprefix("starter-")
    config = json.loads((folder / name / "config.json").read_text())
    return {"unet": UNet2DConditionModel, "vae": AutoencoderKL}[name].from_config(
        config
    ).eval(), config


def main() -> None:
    part, side = sys.argv[1], int(sys.argv[2])
    net, config = network(part)
    process, running = psutil.Process(), threading.Event()
    before = most = process.memory_info().rss

    def watch() -> None:
        nonlocal most
        while not running.wait(0.005):
            most = max(most, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.monotonic()
    with torch.no_grad():
        if part.endswith("vae"):
            net.decode(torch.randn(1, 4, side // 8, side // 8))
        else:
            net(
                torch.randn(2, 4, side // 8, side // 8),
                torch.tensor([500.0]),
                encoder_hidden_states=torch.randn(2, 77, config["cross_attention_dim"]),
            )
    seconds = time.monotonic() - began
    running.set()
    watcher.join()
    pixel = (most - before) / side**2
    print(
        f"{part} {side} px: {(most - before) / 1e6:.0f} MB, {pixel:.0f} bytes a pixel, "
        f"{pixel / config['block_out_channels'][0]:.1f} a pixel and channel, {seconds:.2f} s"
    )


if __name__ == "__main__":
    main()

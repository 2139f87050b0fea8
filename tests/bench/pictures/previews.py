"""What previews cost: milliseconds of one look beside one guided denoising step of the starter.

python tests/bench/pictures/previews.py
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))


def main() -> None:
    import torch

    from core.engine.diffusion.families import sd
    from core.engine.diffusion.parts.device import choose_device

    model = sd.load(str(ROOT / "resources" / "starter"), choose_device("cpu"), lambda: None)
    assert model.previewer is not None
    x, text = torch.randn(2, 4, 32, 32), torch.randn(2, 77, model.unet.config.cross_attention_dim)
    with torch.no_grad():
        steps, looks, fine = [], [], []
        for _ in range(40):
            began = time.perf_counter()
            model.unet(x, torch.tensor([500.0]), text)
            between = time.perf_counter()
            model.previewer.look(x[:1])
            looks.append((time.perf_counter() - between) * 1000)
            if model.previewer.tiny is not None:
                began_fine = time.perf_counter()
                model.previewer.look(x[:1], fine=True)
                fine.append((time.perf_counter() - began_fine) * 1000)
            steps.append((between - began) * 1000)
    step, look = statistics.median(steps), statistics.median(looks)
    if fine:
        print(f"tiny decoder {statistics.median(fine):.2f} ms a look")
    print(
        f"step {step:.1f} ms, look {look:.2f} ms = {100 * look / step:.1f} % of a step; shown at "
        "most so often that they take 2 % of the time"
    )


if __name__ == "__main__":
    main()

"""How long it takes to recognise 1,000 model files by their headers: half LoRAs, half checkpoints,
sparse but with real headers.

python tests/bench/models/headers.py [COUNT]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))
from core.models.files.inspection import inspect
from tests.core.models.files import layouts


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    checkpoints = [layouts.SD1, layouts.SD2, layouts.XL, layouts.REFINER, layouts.sd3(24)]
    kinds = [
        shapes
        for one in checkpoints
        for shapes in (full(one), lora(2166 if one is layouts.XL else 792))
    ]
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            layouts.write(Path(folder) / f"{k}.safetensors", kinds[k % len(kinds)])
            for k in range(count)
        ]
        times: list[float] = []
        found = Counter[str]()
        for path in paths:
            began = time.perf_counter()
            found[inspect(path).family] += 1
            times.append(time.perf_counter() - began)
    times.sort()
    print(
        f"{count} files in {sum(times):.2f} s; one: median {times[count // 2] * 1000:.2f} "
        f"ms, 99 % within {times[count * 99 // 100] * 1000:.2f} ms, worst "
        f"{times[-1] * 1000:.2f} ms; {dict(found)}"
    )


def full(shapes: layouts.Shapes) -> layouts.Shapes:
    """With as many tensors as a real checkpoint has (about 1,100; XL 2,500),
    since the table's length is what is read."""
    wanted = 2500 if any("embedders.1" in name for name in shapes) else 1100
    return shapes | {
        f"model.diffusion_model.output_blocks.9.1.transformer_blocks.0.norm{k}.weight": (320,)
        for k in range(wanted - len(shapes))
    }


def lora(tensors: int) -> layouts.Shapes:
    """A kohya adapter with as many tensors as those of 1.5 (792) or XL (2,166) have."""
    parts = (("lora_down.weight", (16, 768)), ("lora_up.weight", (320, 16)), ("alpha", (1,)))
    return {
        (
            f"lora_unet_down_blocks_{k % 3}_attentions_1_transformer_blocks_"
            f"{k // 3}_attn2_to_k.{part}"
        ): shape
        for k in range(tensors // 3)
        for part, shape in parts
    }


if __name__ == "__main__":
    main()

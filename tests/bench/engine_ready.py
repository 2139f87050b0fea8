"""Engine ready with the starter, as its child process does it, beside a process that imports
diffusers' and transformers' classes and loads the starter with them.

    python tests/bench/engine_ready.py [--pairs 7] [--cpu] [--parts]

Wall seconds from before a process is started until it has loaded the model, in turn; --cpu for
processor seconds. --parts says once what the time of ours goes to. The bar: at most 0.45x.
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.bench.pairs import (  # noqa: E402
    Bar,
    interleaved,
    options,
    print_versions,
    until_ended,
    until_said,
)

BAR = Bar(at_most=0.45)
READY = "ready"
# as core.engine.child begins, without the pipe
OURS = """
import time
from pathlib import Path
from core.engine.child import let_threads_sleep
let_threads_sleep()
from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.system.paths import RESOURCES
from core.values.job import ModelRef
began = time.perf_counter()
starter = ModelRef("starter", "Starter", "starter", str(RESOURCES / "starter"))
with open_engine(EngineSpec(device="cpu")) as engine:
    opened = time.perf_counter()
    engine.prepare(starter)
    print("ready", opened - began, time.perf_counter() - opened, flush=True)
"""
THEIRS = """
import os
os.environ |= {{"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1", "DIFFUSERS_VERBOSITY": "error"}}
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer
where = {folder!r}
parts = [
    CLIPTokenizer.from_pretrained(where + "/tokenizer"),
    CLIPTextModel.from_pretrained(where + "/text_encoder"),
    UNet2DConditionModel.from_pretrained(where + "/unet"),
    AutoencoderKL.from_pretrained(where + "/vae"),
]
print("ready", flush=True)
"""


def main() -> int:
    """Prints the figures; 1 where the bar is missed."""
    parser = options(__doc__)
    parser.add_argument("--parts", action="store_true", help="imports and loading apart, once")
    chosen = parser.parse_args()
    print_versions("torch", "diffusers", "transformers")
    ours = [sys.executable, "-c", OURS]
    theirs = [sys.executable, "-c", THEIRS.format(folder=str(ROOT / "resources" / "starter"))]
    if chosen.parts:
        out = subprocess.run(ours, capture_output=True, text=True, check=True, cwd=ROOT).stdout
        imports, loading = map(float, out.split()[1:3])
        print(f"ours: modules of the engine {imports:.2f} s, the starter {loading:.2f} s")
        bare = until_ended([sys.executable, "-c", "import torch"], cpu=chosen.cpu)
        print(f"a process that imports torch and ends: {bare:.2f} s")
    found = interleaved(
        partial(until_said, ours, READY, cpu=chosen.cpu),
        partial(until_said, theirs, READY, cpu=chosen.cpu),
        chosen.pairs,
        warm=1,
    )
    return found.judge("engine ready with the starter", BAR)


if __name__ == "__main__":
    sys.exit(main())

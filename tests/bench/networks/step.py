"""How fast is a guided step beside diffusers' network called plainly, and what memory does it take?

    python tests/bench/networks/step.py                       # Stable Diffusion 1.5 at 256 pixels
    python tests/bench/networks/step.py --size 512 --bar 1.2
    python tests/bench/networks/step.py --family sdxl --size 512 --bar 1
    python tests/bench/networks/step.py --cpu                 # on a machine that has other work

Each network stands in a process of its own, with the same random weights: ours as the engine's
process is started, diffusers' as any program's. They take turns. Prints the ratio beside its bar,
the largest difference of the two answers, and both processes' largest memory beside theirs; the
exit status is 1 where a bar is missed. With one thread torch takes other kernels than with two, so
nothing follows from that. A step of full size takes seconds, both networks of 1.5
together 8 GB of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from core.engine.child import keep_freed_memory, let_threads_sleep
from tests.bench.pairs import ROOT, Bar, interleaved, options, print_versions

EQUAL = 1e-5  # of the largest value
MEMORY = 1.1
BARS = {256: 1.6, 512: 1.2}
POOLED = 1280  # width of XL's pooled text
TOKENS = 77


def weights_for(network: Any) -> dict[str, Any]:
    """Random ones by name, the same for the same names: matrices and convolutions keep the spread
    of what comes in, norms lie around 1."""
    import torch

    torch.manual_seed(0)
    weights: dict[str, torch.Tensor] = {}
    for name, tensor in sorted(network.state_dict().items()):
        values = torch.randn(tensor.shape)
        if tensor.ndim > 1:
            values *= tensor[0].numel() ** -0.5
        else:
            values *= 0.1
            values += "norm" in name and name.endswith("weight")
        weights[name] = values
    return weights


def empty(ours: bool, family: str) -> Any:
    """Our network or diffusers' without weights."""
    import torch

    path = ROOT / "resources" / "families" / family / "unet" / "config.json"
    config = json.loads(path.read_text("utf-8"))
    if ours:
        from core.engine.diffusion.networks.unet import UNet as Network
    else:
        from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel as Network
    with torch.device("meta"):
        return Network.from_config(config)


def write_weights(family: str, file: Path) -> None:
    """The weights of both networks as a file, in a process whose memory is then free."""
    from safetensors.torch import save_file

    save_file(weights_for(empty(True, family)), file)


def build(ours: bool, family: str, file: Path) -> Any:
    """Our network or diffusers' with the weights of a mapped file, as both programs load them."""
    from safetensors.torch import load_file

    network = empty(ours, family)
    network.load_state_dict(load_file(file), assign=True)
    return network.eval().requires_grad_(False)


def asked(ours: bool, network: Any, side: int) -> Any:
    """One guided step as a function without arguments; it gives the answer (2, c, h, w)."""
    import torch

    config = network.config
    torch.manual_seed(1)
    latents = torch.randn(2, config["in_channels"], side // 8, side // 8)
    width = config["cross_attention_dim"]
    text = torch.randn(2, TOKENS, width if isinstance(width, int) else width[0])
    time_ = torch.tensor([481.0])
    pooled, sizes = None, None
    if config["addition_embed_type"] == "text_time":
        count = (config["projection_class_embeddings_input_dim"] - POOLED) // 256
        pooled, sizes = torch.randn(2, POOLED), torch.full((2, count), 512.0)
    if ours:
        from core.engine.diffusion.networks.transformer import TextKeys

        keys = TextKeys(text)
        return lambda: network(latents, time_, keys, pooled, sizes)
    more = {"text_embeds": pooled, "time_ids": sizes}
    return lambda: network(latents, time_, text, added_cond_kwargs=more).sample


def serve(pipe: Connection, ours: bool, chosen: argparse.Namespace, file: Path) -> None:
    """A child's life: build the network, then a step whenever asked, told in seconds, the
    answer's numbers, and the process' largest memory in bytes."""
    if ours:
        let_threads_sleep()
        keep_freed_memory()
    import torch

    torch.set_num_threads(chosen.threads)
    torch.set_grad_enabled(False)
    step = asked(ours, build(ours, chosen.family, file), chosen.size)
    clock = time.process_time if chosen.cpu else time.perf_counter
    pipe.send("ready")
    while pipe.recv():
        began = clock()
        answer = step()
        seconds = clock() - began
        pipe.send((seconds, answer.double().flatten().tolist(), peak_bytes()))


def peak_bytes() -> int:
    """The largest memory this process ever had; 0 where the system does not tell it."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


class Child:
    """A process with one network, and what it last said."""

    def __init__(self, ours: bool, chosen: argparse.Namespace, file: Path) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=serve, args=(theirs, ours, chosen, file), daemon=True
        )
        self._process.start()
        theirs.close()
        self._pipe.recv()
        self.answer: list[float] = []
        self.peak = 0

    def step(self) -> float:
        """Seconds of one."""
        self._pipe.send(True)
        seconds, self.answer, self.peak = self._pipe.recv()
        return seconds

    def end(self) -> None:
        """And give its memory back."""
        self._pipe.send(False)
        self._process.join()


def main() -> int:
    """The command."""
    parser = options(__doc__)
    parser.add_argument("--size", type=int, default=256, help="pixels a side (256)")
    parser.add_argument("--family", default="sd15", help="a folder of resources/families (sd15)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each network")
    words = "by default 1.6 at 256 pixels and 1.2 at 512, else 1"
    parser.add_argument("--bar", type=float, help=words)
    chosen = parser.parse_args()
    print_versions("torch", "diffusers")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "weights.safetensors"
        writer = get_context("spawn").Process(target=write_weights, args=(chosen.family, file))
        writer.start()
        writer.join()
        return compared(Child(True, chosen, file), Child(False, chosen, file), chosen)


def compared(ours: Child, theirs: Child, chosen: argparse.Namespace) -> int:
    """Prints speed, equality, and memory beside their bars; 1 where one is missed."""
    taken = interleaved(ours.step, theirs.step, chosen.pairs, warm=1)
    bar = chosen.bar or BARS.get(chosen.size, 1.0)
    what = f"guided step, {chosen.family} at {chosen.size} px, {chosen.threads} threads"
    missed = taken.judge(what, Bar(at_least=bar))
    largest = max(abs(value) for value in theirs.answer)
    apart = max(abs(a - b) for a, b in zip(ours.answer, theirs.answer, strict=True)) / largest
    print(f"difference by the largest value: {apart:.1e} (bar {EQUAL:.0e})")
    memory = ours.peak / theirs.peak if theirs.peak else 0.0
    sizes = f"{ours.peak / 2**20:,.0f} MiB by {theirs.peak / 2**20:,.0f}"
    print(f"largest memory: {sizes}: {memory:.3f}x (bar at most {MEMORY:.2f}x)")
    ours.end()
    theirs.end()
    return int(bool(missed) or apart > EQUAL or memory > MEMORY)


if __name__ == "__main__":
    sys.exit(main())

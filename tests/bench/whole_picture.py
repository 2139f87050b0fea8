"""A whole picture, from the queue to its row in the gallery, beside diffusers' own pipeline that
saves PNG files.

    python tests/bench/whole_picture.py [--pictures 1 8] [--models starter sd15] [--size 256]
        [--steps 20] [--pairs 7] [--cpu]

Ours is all of it: engine in its process, previews on, each picture written, synced and recorded.
Theirs is `StableDiffusionPipeline` in a process too: same weights, Euler, steps, guidance and
threads. "sd15" is the tests' small Stable Diffusion 1.5. Both are warm. Bar: 1.2 times as fast;
exit 1 where one is missed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402

from tests.bench.pairs import Bar, interleaved, options, print_versions  # noqa: E402

PROMPT = "a red house on snow"
NEGATIVE = "blue"
GUIDANCE = 5.0
INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "safety_checker": [None, None],
    "feature_extractor": [None, None],
}
BAR = Bar(at_least=1.2)


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--pictures", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--models", nargs="+", default=["starter", "sd15"])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--theirs", help=parser.prog + " as their process: a model's folder")
    asked = parser.parse_args()
    if asked.theirs:
        serve(Path(asked.theirs), asked.size, asked.steps)
        return 0
    print_versions("torch", "diffusers", "transformers")
    missed = 0
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as name:
        for model in asked.models:
            with ExitStack() as opened:
                ours = Ours(opened, Path(name) / model, model, asked.size, asked.steps)
                theirs = Theirs(opened, ours.model_folder, Path(name), asked.size, asked.steps)
                for count in asked.pictures:
                    outcome = interleaved(
                        lambda ours=ours, count=count: measured(ours, count, asked.cpu),
                        lambda theirs=theirs, count=count: measured(theirs, count, asked.cpu),
                        asked.pairs,
                        warm=1,
                    )
                    what = f"{model}, {count} of {asked.size} px, {asked.steps} steps"
                    missed |= outcome.judge(what, BAR)
    return missed


def measured(side: Ours | Theirs, count: int, cpu: bool) -> float:
    """Seconds that `count` pictures take; the processor seconds of all processes with `cpu`."""
    before = side.processor_seconds()
    began = time.perf_counter()
    side.make(count)
    seconds = time.perf_counter() - began
    return side.processor_seconds() - before if cpu else seconds


def processor_seconds_of(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


class Ours:
    """Stores in a folder of their own, an engine's process, the queue."""

    def __init__(self, opened: ExitStack, root: Path, model: str, size: int, steps: int) -> None:
        from core.engine.contract.protocol import EngineSpec
        from core.engine.process import ProcessEngine
        from core.service.making.queue_run import QueueRun
        from core.service.making.runner import Runner
        from core.service.stores import open_stores
        from core.system.paths import RESOURCES, places
        from core.values.request import Request

        where = places(root).create()
        if model != "starter":
            from tests.core.engine.diffusion import ldm_files

            tokenizer = RESOURCES / "starter" / "tokenizer"
            folder = ldm_files.folder_of(model, where.models / model, tokenizer)
            (folder / "model_index.json").write_text(json.dumps(INDEX))
        self._stores = open_stores(where)
        opened.callback(self._stores.close)
        ref = self._stores.library.find(model).ref()
        self.model_folder = Path(ref.path)
        self._engine = opened.enter_context(ProcessEngine(EngineSpec(device="cpu")))
        self._run = opened.enter_context(
            QueueRun(
                Runner(self._stores, self._engine),
                on_event=lambda event: None,
                on_ended=self._check,
            )
        )
        self._request = Request(
            PROMPT,
            NEGATIVE,
            model=model,
            sampler="euler",
            width=size,
            height=size,
            steps=steps,
            guidance=GUIDANCE,
        )

    def _check(self, outcome: Any) -> None:
        if outcome.picture is None:
            raise SystemExit(f"{outcome.message} {outcome.hint}")

    def processor_seconds(self) -> float:
        pid = self._engine.pid
        return time.process_time() + (processor_seconds_of(pid) if pid is not None else 0.0)

    def make(self, count: int) -> None:
        from core.prompt.expand import expand
        from core.values.declared.parameter import with_values

        request = with_values(self._request, {("count",): count})
        self._stores.jobs.add(expand(request.check()))
        while self._run.make_next():
            pass


class Theirs:
    """A process with diffusers' pipeline, which answers each number of pictures."""

    def __init__(self, opened: ExitStack, model: Path, folder: Path, size: int, steps: int) -> None:
        command = [sys.executable, __file__, "--theirs", str(model)]
        command += ["--size", str(size), "--steps", str(steps)]
        self._folder = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        opened.callback(self._process.wait)
        opened.callback(self._process.kill)
        self._await("ready")

    def _await(self, word: str) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == word:
                return
        raise SystemExit("diffusers' process ended")

    def processor_seconds(self) -> float:
        return processor_seconds_of(self._process.pid)

    def make(self, count: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([count, str(self._folder)]) + "\n")
        self._process.stdin.flush()
        self._await("done")


def serve(model: Path, size: int, steps: int) -> None:
    """Their process: load the model, then make so many pictures a line of stdin says."""
    warnings.filterwarnings("ignore")
    import torch
    from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import (
        StableDiffusionPipeline,
    )
    from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
    from diffusers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()

    pipeline = StableDiffusionPipeline.from_pretrained(
        model, safety_checker=None, local_files_only=True, torch_dtype=torch.float32
    )
    pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    print("ready", flush=True)
    number = 0
    for line in sys.stdin:
        count, folder = json.loads(line)
        for _ in range(count):
            number += 1
            made: Any = pipeline(
                PROMPT,
                negative_prompt=NEGATIVE,
                width=size,
                height=size,
                num_inference_steps=steps,
                guidance_scale=GUIDANCE,
                generator=torch.Generator().manual_seed(number),
            )
            made.images[0].save(Path(folder) / f"{number}.png")
        print("done", flush=True)


if __name__ == "__main__":
    sys.exit(main())

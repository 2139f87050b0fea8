"""Memory runs out at every place in turn: each picture is still made,
or one sentence says why not, and the next job works."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion import engine as engine_module
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.families import decoding, rows, sd
from core.engine.diffusion.loaded import model_cache
from core.engine.diffusion.loaded.memory_modes import (
    CPU,
    MEMORY_MODES,
    ModeSettings,
    is_out_of_memory,
    modes_for,
    release_memory,
)
from core.engine.diffusion.parts.conditioning import TextTower
from core.engine.diffusion.picture_making import loop
from core.system.errors import WorldError
from core.values.job import Job, MemoryOutcome, ModelRef
from core.values.picture import Pixels
from core.values.request import Request


def _picture(engine: DiffusionEngine, smallest: ModelRef, **values: Any) -> tuple[Pixels, str]:
    request = Request(
        **({"prompt": "a red house", "seed": 5, "steps": 2, "width": 128, "height": 128} | values)
    )
    result = engine.run(Job(request, smallest), lambda event: None)
    return result.pixels, dict(result.fingerprint)["memory"]


@pytest.fixture
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu", previews=True)) as engine:
        yield engine


@pytest.fixture(scope="module")
def plain(smallest: ModelRef) -> Pixels:
    """The picture with all the memory it wants."""
    with DiffusionEngine(EngineSpec(device="cpu")) as engine:
        pixels, mode = _picture(engine, smallest)
    assert mode == "resident"
    return pixels


@pytest.fixture(scope="module")
def model(smallest: ModelRef) -> sd.StableDiffusion:
    """Looked at only: for the classes of its parts."""
    with DiffusionEngine(EngineSpec(device="cpu")) as engine:
        return sd.load(smallest.path, engine._at(), lambda: None)


def _failing(times: int, fault: BaseException, real: Callable[..., Any]) -> Callable[..., Any]:
    left = [times]

    def call(*args: Any, **kwargs: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise fault
        return real(*args, **kwargs)

    return call


FAULTS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    MemoryError(),
    RuntimeError("MPS backend out of memory (MPS allocated: 18.00 GB)"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:116] . DefaultCPUAllocator: can't allocate memory: you "
        "tried to allocate 9 bytes."
    ),
]


def _sites(model: sd.StableDiffusion) -> dict[str, tuple[Any, str]]:
    """Where a picture's making allocates: (object, name) of the function that then fails."""
    return {
        "load": (rows, "load"),
        "adapters": (type(model.adapted), "apply"),
        "text": (TextTower, "split"),
        "blank": (sd, "blank_picture"),
        "noise": (loop, "noise_of"),
        "network": (type(model.unet), "forward"),
        "preview": (type(model.previewer), "after_step"),
        "decode": (decoding, "decode"),
        "vae": (type(model.vae), "decode"),
    }


SITES = ("load", "adapters", "text", "blank", "noise", "network", "preview", "decode", "vae")


@pytest.mark.parametrize("site", SITES)
def test_a_picture_survives_memory_running_out_once(
    site: str,
    engine: DiffusionEngine,
    smallest: ModelRef,
    model: sd.StableDiffusion,
    plain: Pixels,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert tuple(_sites(model)) == SITES
    owner, name = _sites(model)[site]
    monkeypatch.setattr(
        owner, name, _failing(1, FAULTS[SITES.index(site) % len(FAULTS)], getattr(owner, name))
    )
    pixels, mode = _picture(engine, smallest)
    assert mode == "sliced"
    difference = np.abs(
        np.frombuffer(pixels.rgb, np.uint8).astype(int)
        - np.frombuffer(plain.rgb, np.uint8).astype(int)
    )
    assert difference.max() <= 2, "the same picture, up to rounding"
    assert _picture(engine, smallest)[1] == "sliced", (
        "what worked is remembered for pictures this large"
    )
    assert _picture(engine, smallest, width=64)[1] == "resident", "smaller ones try the fast way"


@pytest.mark.parametrize("site", SITES)
def test_without_any_memory_one_sentence_says_so_and_the_next_job_works(
    site: str,
    engine: DiffusionEngine,
    smallest: ModelRef,
    model: sd.StableDiffusion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner, name = _sites(model)[site]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, _failing(99, FAULTS[0], getattr(owner, name)))
        with pytest.raises(
            WorldError, match="does not suffice for a picture of 128 x 128"
        ) as caught:
            _picture(engine, smallest)
    assert "smaller size" in caught.value.hint
    assert _picture(engine, smallest)[1] == "resident"


def test_every_rung_gives_the_same_picture(
    engine: DiffusionEngine, smallest: ModelRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rungs for devices with memory of their own, walked on the CPU:
    the moves are real, only they go nowhere."""
    monkeypatch.setattr(engine_module, "modes_for", lambda device: MEMORY_MODES)
    pictures: dict[str, Pixels] = {}
    for fails in range(len(MEMORY_MODES)):
        with DiffusionEngine(EngineSpec(device="cpu")) as fresh, monkeypatch.context() as patch:
            patch.setattr(decoding, "decode", _failing(fails, FAULTS[0], decoding.decode))
            pixels, mode = _picture(fresh, smallest)
        pictures[mode] = pixels
    assert list(pictures) == [mode.id for mode in MEMORY_MODES]
    first = np.frombuffer(pictures["resident"].rgb, np.uint8).astype(int)
    for pixels in pictures.values():
        assert np.abs(np.frombuffer(pixels.rgb, np.uint8).astype(int) - first).max() <= 2


def test_layers_come_and_go_one_by_one(
    engine: DiffusionEngine, smallest: ModelRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.engine.diffusion.accelerators.host_weights import PlainLayers
    from core.engine.diffusion.loaded import memory_modes

    moves: list[str] = []

    class Told(PlainLayers):
        def enter(self, layer: torch.nn.Module) -> None:
            moves.append(type(layer).__name__)
            super().enter(layer)

    monkeypatch.setattr(memory_modes, "PlainLayers", Told)
    model = sd.load(smallest.path, engine._at(), lambda: None)
    offloader = memory_modes.Offloader(model, MEMORY_MODES[-1])
    from core.engine.diffusion.parts import conditioning

    states = conditioning.encode(model.towers[0], "a red house", 1, engine._at().device)
    assert (
        states.shape[1] == 77
        and len(moves) > 20
        and {"Embedding", "Linear", "LayerNorm"} <= set(moves)
    )
    offloader.undo()
    count = len(moves)
    conditioning.encode(model.towers[0], "a red house", 1, engine._at().device)
    assert len(moves) == count, "the hooks are gone"


def test_what_is_out_of_memory_and_what_is_not() -> None:
    assert all(is_out_of_memory(fault) for fault in FAULTS)
    assert not is_out_of_memory(
        RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    ) and not is_out_of_memory(ValueError("out of memory"))


def test_a_bug_is_no_lack_of_memory(
    engine: DiffusionEngine, smallest: ModelRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        decoding,
        "decode",
        _failing(9, RuntimeError("shapes cannot be multiplied"), decoding.decode),
    )
    with pytest.raises(RuntimeError, match="shapes"):
        _picture(engine, smallest)


def test_switching_back_to_an_earlier_model_reads_no_file(
    engine: DiffusionEngine, smallest: ModelRef, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(smallest.path, tmp_path / "other")
    other, loads = ModelRef("other", "Other", "starter", str(tmp_path / "other")), list[str]()
    real = rows.load
    monkeypatch.setattr(
        rows, "load", lambda path, *rest: (loads.append(path), real(path, *rest))[1]
    )
    for ref in (smallest, other, smallest, other):
        engine.run(Job(Request(seed=1, steps=1, width=64, height=64), ref), lambda event: None)
    assert loads == [smallest.path, other.path]
    # no memory to spare: earlier models are given up
    monkeypatch.setattr(model_cache, "SPARE", 1.0)
    third = ModelRef(
        "third", "Third", "starter", str(shutil.copytree(smallest.path, tmp_path / "third"))
    )
    for ref in (third, smallest):
        engine.run(Job(Request(seed=1, steps=1, width=64, height=64), ref), lambda event: None)
    assert loads[2:] == [third.path, smallest.path]


def test_rungs_of_devices() -> None:
    assert [mode.id for mode in modes_for(torch.device("cpu"))] == ["resident", "sliced"]
    assert [mode.id for mode in modes_for(torch.device("cuda"))] == [
        "resident",
        "sliced",
        "components",
        "layers",
    ]
    assert isinstance(MEMORY_MODES[0], ModeSettings)


def test_a_new_engine_begins_with_what_worked_before(
    engine: DiffusionEngine, smallest: ModelRef
) -> None:
    request = Request(prompt="a red house", seed=5, steps=1, width=128, height=128)

    def mode(*ways: MemoryOutcome, **values: Any) -> str:
        made = engine.run(
            Job(replace(request, **values), smallest, outcomes=ways), lambda event: None
        ).outcome
        assert made is not None and made.device == "cpu" and made.free > 0
        engine._rungs.clear()
        return made.mode

    plenty = 2**50
    assert mode() == "resident"
    assert mode(MemoryOutcome("cpu", "sliced", 64 * 64, 0, plenty)) == "sliced"
    assert mode(MemoryOutcome("cpu", "sliced", 256 * 256, 0, plenty)) == "resident", (
        "it was a larger picture"
    )
    assert mode(MemoryOutcome("cpu", "sliced", 64 * 64, 0, 2**20)) == "resident", (
        "much more memory is free than then"
    )
    assert (
        mode(
            MemoryOutcome("cuda:0 (Card)", "layers", 1, 0, plenty),
            MemoryOutcome("cpu", "no such way", 1, 0, plenty),
        )
        == "resident"
    )


def test_a_mode_that_is_asked_for_is_taken_and_not_remembered(
    engine: DiffusionEngine, smallest: ModelRef
) -> None:
    request = Request(prompt="a red house", seed=5, steps=1, width=64, height=64)
    needed = MemoryOutcome("cpu", "sliced", 1, 0, 2**50)

    def mode(asked: str, *ways: MemoryOutcome) -> str:
        job = Job(request, smallest, outcomes=ways, mode=asked)
        return dict(engine.run(job, lambda event: None).fingerprint)["memory"]

    assert mode("sliced") == "sliced" and mode("") == "resident"
    assert mode("resident", needed) == "resident" and mode("", needed) == "sliced"
    assert mode("no such mode") == "sliced", "it was needed in this session"


@pytest.mark.skipif(sys.platform != "linux", reason="asks glibc")
def test_released_memory_goes_back_to_the_system() -> None:
    """Freed pieces below one that is still used stay in the C library's heap until it is told."""
    process = psutil.Process()
    pieces = [torch.ones(2**14) for _ in range(1024)]  # 64 MiB, each too small for a map of its own
    last = pieces[-1]
    full = process.memory_info().rss
    del pieces
    release_memory(CPU)
    assert full - process.memory_info().rss > 48 * 2**20 and last[0] == 1

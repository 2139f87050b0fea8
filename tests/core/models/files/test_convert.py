"""Pickles become safetensors in a child; a pickle that asks for more than weights gets
nothing and runs nothing."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file

from core.models.files.convert import convert
from core.system.errors import WorldError


def test_weights_come_through(tmp_path: Path) -> None:
    whole = {"a.weight": torch.randn(3, 4), "b": torch.arange(5)}
    torch.save({"state_dict": whole | {"note": "text"}, "global_step": 7}, tmp_path / "model.ckpt")
    assert convert(tmp_path / "model.ckpt", tmp_path / "model.safetensors") == 2
    found = load_file(tmp_path / "model.safetensors")
    assert (
        all(torch.equal(found[name], tensor) for name, tensor in whole.items()) and len(found) == 2
    )
    with pytest.raises(WorldError, match="exists already"):
        convert(tmp_path / "model.ckpt", tmp_path / "model.safetensors")


def test_a_textual_inversion_file_becomes_an_embedding(tmp_path: Path) -> None:
    torch.save(
        {"string_to_token": {"*": 265}, "string_to_param": {"*": torch.ones(2, 8)}, "name": "glow"},
        tmp_path / "glow.pt",
    )
    assert convert(tmp_path / "glow.pt", tmp_path / "glow.safetensors") == 1
    assert list(load_file(tmp_path / "glow.safetensors")) == ["emb_params"]


class _Attack:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return os.system, (f"touch {self.path}",)


LEAVE = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000 | 0x40000000) != 0)"


@pytest.mark.skipif(
    sys.platform != "linux"
    or subprocess.run([sys.executable, "-c", LEAVE], check=False).returncode != 0,
    reason="the system lets no process leave the network",
)
def test_what_loads_a_pickle_has_left_the_network(tmp_path: Path) -> None:
    torch.save({"state_dict": {"a": torch.zeros(8)}}, tmp_path / "model.ckpt")
    ours, seen, over = os.readlink("/proc/self/ns/net"), set[str](), threading.Event()

    def look() -> None:
        while not over.is_set():
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(OSError, psutil.Error):
                    if "--loading" in process.cmdline():
                        seen.add(os.readlink(f"/proc/{process.pid}/ns/net"))
            over.wait(0.01)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        assert convert(tmp_path / "model.ckpt", tmp_path / "model.safetensors") == 1
    finally:
        over.set()
        looking.join()
    assert seen - {ours}, "it was in a network of its own while it loaded"


@pytest.mark.parametrize("wrap", ["torch", "bare"])
def test_code_in_a_pickle_never_runs(wrap: str, tmp_path: Path) -> None:
    source, mark = tmp_path / "evil.ckpt", tmp_path / "was-here"
    if wrap == "torch":
        torch.save({"state_dict": _Attack(mark)}, source)
    else:
        source.write_bytes(pickle.dumps({"state_dict": _Attack(mark)}))
    with pytest.raises(WorldError, match="was not converted"):
        convert(source, tmp_path / "evil.safetensors")
    assert (
        not mark.exists()
        and not (tmp_path / "evil.safetensors").exists()
        and not list(tmp_path.glob("*.partial"))
    )


def test_broken_files_are_explained(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(50_000)}, tmp_path / "whole.ckpt")
    (tmp_path / "cut.ckpt").write_bytes((tmp_path / "whole.ckpt").read_bytes()[:20_000])
    torch.save({"step": 3}, tmp_path / "empty.pt")
    (tmp_path / "text.ckpt").write_text("not a model")
    for name, words in (
        ("cut.ckpt", "damaged"),
        ("empty.pt", "no tensors"),
        ("text.ckpt", "no pickle"),
        ("none.ckpt", "no file"),
    ):
        with pytest.raises(WorldError, match=words):
            convert(tmp_path / name, tmp_path / "out.safetensors")
    with pytest.raises(WorldError, match="no folder"):
        convert(tmp_path / "whole.ckpt", tmp_path / "nowhere" / "out.safetensors")

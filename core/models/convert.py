"""Pickle checkpoints (.ckpt, .pt, .bin) become safetensors in a child process with an empty environment and home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import WorldError
from core.models.header import content_kind

SCRIPT = Path(__file__).parents[1] / "engine" / "diffusion" / "convert.py"
TIMEOUT = 1800.0


def convert(source: Path, target: Path, timeout: float = TIMEOUT, stopped: Callable[[], bool] = lambda: False) -> int:
    """Write the tensors of `source` to `target`; their number. WorldError in one sentence where that is refused.

    `stopped` is asked several times a second; where it says so the child is killed, which is a WorldError too.
    """
    if not source.is_file():
        raise WorldError(f"There is no file {source}.", "Check the name.")
    if content_kind(source) != "pickle":
        raise WorldError(f"{source.name} is no pickle checkpoint.", "Only .ckpt, .pt and .bin files need to be converted.")
    if target.exists():
        raise WorldError(f"{target} exists already.", "Choose another name.")
    if not target.parent.is_dir():
        raise WorldError(f"There is no folder {target.parent}.", "Make it first.")
    partial = target.with_name(target.name + ".partial")
    try:
        count = _in_child(source, partial, timeout, stopped)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return count


def _in_child(source: Path, target: Path, timeout: float, stopped: Callable[[], bool]) -> int:
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "USERPROFILE": home, "TMPDIR": home, "TEMP": home, "TMP": home}
        environment |= {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
        with subprocess.Popen([sys.executable, "-I", str(SCRIPT), str(source.resolve()), str(target.resolve())], cwd=home,
                              env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            said = _heard(child, source.name, timeout, stopped)
    lines = said.decode("utf-8", "replace").strip().splitlines()
    try:
        answer = json.loads(lines[-1])
        if "tensors" in answer and child.returncode == 0:
            return int(answer["tensors"])
        reason = str(answer["refused"])
    except (ValueError, KeyError, IndexError, TypeError):
        reason = "it broke the program that read it"
    raise WorldError(f"{source.name} was not converted: {reason}.", "Get the model as a .safetensors file.")


def _heard(child: subprocess.Popen[bytes], name: str, timeout: float, stopped: Callable[[], bool]) -> bytes:
    """What the child says until its end; it says one short line."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return child.communicate(timeout=0.2)[0]
        except subprocess.TimeoutExpired:
            if stopped() or time.monotonic() > deadline:
                child.kill()
                why = "was stopped" if stopped() else f"took longer than {timeout:.0f} s"
                raise WorldError(f"Converting {name} {why}.", "The file may be damaged." if not stopped() else "Start it again.") from None

"""Pickle checkpoints (.ckpt, .pt, .bin) become safetensors in a child process that has nothing.

Its environment and home are empty.

Its only folder lies beside the target under a name that `remove_partials` knows, and goes with the
child: that watches its standard input, which ends with this process however it ends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from core.models.files.header import content_kind
from core.system.atomic_files import (
    name_new,
    partial_beside,
    remove_partials,
    sync_file,
    sync_folder,
)
from core.system.errors import WorldError
from core.system.json_files import as_table, parse_json

SCRIPT = Path(__file__).parents[2] / "engine" / "diffusion" / "convert_child.py"
TIMEOUT = 1800.0


def convert(
    source: Path,
    target: Path,
    timeout: float = TIMEOUT,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Write the tensors of `source` to `target`; their number.

    `stopped` is asked several times a second; where it says so, or after `timeout` seconds, the
    child is killed. Raises WorldError in one sentence where the file is refused, cannot be written,
    or the child was killed.
    """
    if not os.path.isfile(source):
        raise WorldError(f"There is no file {source}.", "Check the name.")
    if content_kind(source) != "pickle":
        raise WorldError(
            f"{source.name} is no pickle checkpoint.",
            "Only .ckpt, .pt and .bin files need to be converted.",
        )
    if os.path.lexists(target):
        raise WorldError(f"{target} exists already.", "Choose another name.")
    if not os.path.isdir(target.parent):
        raise WorldError(f"There is no folder {target.parent}.", "Make it first.")
    remove_partials(target.parent)
    home = partial_beside(target)
    try:
        home.mkdir()
        whole = home / "model.safetensors"
        count = _in_child(source, whole, timeout, stopped)
        sync_file(whole)
        name_new(whole, target)
        sync_folder(target.parent)
    except FileExistsError as fault:
        raise WorldError(f"{target} exists already.", "Choose another name.") from fault
    except OSError as fault:
        raise WorldError(
            f"{target.name} cannot be written: {fault.strerror or fault}.",
            "Free some space, or choose another --out.",
        ) from fault
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return count


def _in_child(source: Path, target: Path, timeout: float, stopped: Callable[[], bool]) -> int:
    home = str(target.parent)
    environment = {"HOME": home, "USERPROFILE": home, "TMPDIR": home, "TEMP": home, "TMP": home}
    environment |= {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    with subprocess.Popen(
        [sys.executable, "-I", str(SCRIPT), str(source.resolve()), str(target.resolve())],
        cwd=home,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        said = _heard(child, source.name, timeout, stopped)
    lines = said.decode("utf-8", "replace").strip().splitlines()
    try:
        answer = as_table(parse_json(lines[-1]))
        if "tensors" in answer and child.returncode == 0:
            return int(answer["tensors"])
        reason = str(answer["refused"])
    except (ValueError, KeyError, IndexError, TypeError):
        reason = "it broke the program that read it"
    raise WorldError(
        f"{source.name} was not converted: {reason}.", "Get the model as a .safetensors file."
    )


def _heard(
    child: subprocess.Popen[bytes], name: str, timeout: float, stopped: Callable[[], bool]
) -> bytes:
    """What the child says until its end; it says one short line."""
    assert child.stdin is not None and child.stdout is not None
    deadline = time.monotonic() + timeout
    while child.poll() is None:
        if stopped() or time.monotonic() > deadline:
            child.stdin.close()  # it ends what it began, then itself
            try:
                child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                child.kill()
            why = "was stopped" if stopped() else f"took longer than {timeout:.0f} s"
            raise WorldError(
                f"Converting {name} {why}.",
                "The file may be damaged." if not stopped() else "Start it again.",
            )
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=0.2)
    return child.stdout.read()

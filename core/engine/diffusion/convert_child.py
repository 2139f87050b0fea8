"""The child process that turns a pickle checkpoint into safetensors: run as a file,
alone, with nothing to lose.

    python -I convert_child.py SOURCE TARGET

torch's weights-only loader builds tensors and plain containers and refuses everything else, so no
code in the file runs. Prints one JSON line: {"tensors": n} or {"refused": why}. On Linux it first
leaves the network, where the system lets it.

Two processes, since the one that loads may not hear for minutes: this one waits for it and for the
end of its own standard input, which means that whoever asked is gone: then it ends the other,
deletes the folder TARGET lies in, and ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

# of Linux: unshare(2), prctl(2), signal(7)
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
SIGKILL = 9
LOADING = "--loading"


def confine(size: int) -> None:
    """No network where the system can do that, and memory for the tensors only."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        soft = 3 * size + 8 * 2**30
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def flat(content: Any, torch: Any) -> dict[str, Any]:
    """The tensors by name, of any shape; a training checkpoint keeps them under "state_dict",
    an embedding under "string_to_param", an upscaler under "params_ema" or "params"."""
    for inner in ("state_dict", "string_to_param", "params_ema", "params"):
        if isinstance(content, dict) and isinstance(content.get(inner), dict):
            content = content[inner]
            if inner == "string_to_param":
                content = {"emb_params": next(iter(content.values()), None)}
    if not isinstance(content, dict):
        return {}
    return {
        str(name): value.detach().clone().contiguous()
        for name, value in content.items()
        if isinstance(value, torch.Tensor)
    }


def watch() -> int:
    """Let another process load, and outlive neither it nor whoever asked."""
    source = sys.argv[1]
    target = Path(sys.argv[2])
    alone = threading.Event()
    with subprocess.Popen(
        [sys.executable, "-I", __file__, source, str(target), LOADING], stdin=subprocess.PIPE
    ) as loading:

        def until_nobody_asks() -> None:
            while os.read(0, 1):
                continue
            alone.set()
            loading.kill()
            loading.wait()
            shutil.rmtree(target.parent, ignore_errors=True)
            os._exit(1)

        clearing = threading.Thread(target=until_nobody_asks, daemon=True)
        clearing.start()
        code = loading.wait()
        if alone.is_set():
            clearing.join()  # it ends this process when the folder is gone
        return code


def outlive_nobody() -> None:
    """End with the process that watches: at once on Linux; elsewhere when its pipe ends and the
    loader lets this thread run."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)

    def until_nobody_watches() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1):
                continue
        os._exit(1)

    threading.Thread(target=until_nobody_watches, daemon=True).start()


def refuse(why: str) -> int:
    """Say why the file is not converted; the exit code."""
    print(json.dumps({"refused": why}))
    return 1


def _asked_for(fault: Exception) -> str:
    """The name of what a pickle wants to run, as torch's refusal has it ("... GLOBAL os.system
    was not ...")."""
    _, mark, behind = str(fault).partition("GLOBAL ")
    name = behind.split("GLOBAL ")[0].split(" ")[0] if mark else "something that is no weights"
    return name.strip("\"'.,")


def main() -> int:
    """Load, write, and say how it went; the exit code."""
    source = Path(sys.argv[1])
    target = Path(sys.argv[2])
    confine(source.stat().st_size)  # first: a process with a second thread cannot leave the network
    outlive_nobody()
    import pickle

    import torch
    from safetensors.torch import save_file

    try:
        tensors = flat(torch.load(source, map_location="cpu", weights_only=True), torch)
    except pickle.UnpicklingError as fault:
        return refuse(f"it asks for {_asked_for(fault)}, which weights never need")
    except (
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        MemoryError,
    ) as fault:
        return refuse(f"it is damaged ({type(fault).__name__})")
    if not tensors:
        return refuse("it holds no tensors")
    save_file(tensors, target, {"format": "pt"})
    print(json.dumps({"tensors": len(tensors)}))
    return 0


if __name__ == "__main__":
    sys.exit(main() if LOADING in sys.argv[3:] else watch())

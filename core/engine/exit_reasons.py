"""Why an engine's process ended, in words: from its exit code, from what it held of the memory,
from what its fault said."""

from __future__ import annotations

import contextlib
import re
import signal
from dataclasses import dataclass
from pathlib import Path

from core.system.errors import EngineCrashed

# the words of torch and of drivers, who have no class or code for it that all devices share
_POISON = re.compile(
    (
        r"CUDA error|CUDA driver error|cuDNN error|cuBLAS|CUBLAS_STATUS|HIP error|"
        r"device-side assert|AcceleratorError|MPS backend (?!out of memory)|Level Zero|NVML"
    ),
    re.IGNORECASE,
)
_OOM_FILES = (("/proc/vmstat", "oom_kill"), ("/sys/fs/cgroup/memory.events", "oom_kill"))
_NATIVE = {"SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGTRAP"}
_WINDOWS = {
    0xC0000005: "SIGSEGV",
    0xC00000FD: "SIGSEGV",
    0xC0000409: "SIGABRT",
    0xC000001D: "SIGILL",
    0xC0000017: "no memory",
}
SCARCE = 0.05  # of the machine's memory: less than this was free, so memory is the likely cause


@dataclass(frozen=True, slots=True)
class MemorySample:
    """With each heartbeat, in bytes: what the process holds, what is free on the
    machine, and all there is."""

    held: int = 0
    free: int = 0
    total: int = 0

    def __str__(self) -> str:
        figures = (
            f"; it held {self.held / 1e9:.1f} GB, and {self.free / 1e9:.1f} of "
            f"{self.total / 1e9:.1f} GB were free"
        )
        return figures if self.total else ""


def sample_memory() -> MemorySample:
    """The pulse of the process that asks."""
    import psutil

    memory = psutil.virtual_memory()
    return MemorySample(psutil.Process().memory_info().rss, memory.available, memory.total)


def oom_kills() -> int:
    """How many processes the system has killed for lack of memory since it started;
    0 where it does not say."""
    kills = 0
    for name, key in _OOM_FILES:
        with contextlib.suppress(OSError, ValueError):
            for line in Path(name).read_text().splitlines():
                if line.startswith(key + " "):
                    kills += int(line.split()[1])
    return kills


def from_exit_code(code: int | None, sample: MemorySample, kills: int, trace: str) -> EngineCrashed:
    """The process is gone. `kills` is by how many `oom_kills` has grown since it started, `trace`
    what Python's faulthandler wrote."""
    name = _name_of(code)
    scarce = kills > 0 or sample.free < SCARCE * sample.total
    if name == "no memory" or (name == "SIGKILL" and scarce):
        message = f"The engine was killed by the system, because memory ran out{sample}."
        hint = "Choose a smaller size or close other programs, then run the job again."
    elif name == "SIGKILL":
        message = (
            "The engine was killed, by another program or by the system for "
            f"lack of memory{sample}."
        )
        hint = (
            "Run the job again; if it is killed again, choose a smaller size "
            "or close other programs."
        )
    elif name in _NATIVE:
        message = (
            f"The engine met a fault inside the computing library or a driver ({name}){sample}."
        )
        hint = (
            "Run the job again; if it comes back, update the graphics driver or choose the "
            "device CPU in Settings."
        )
    elif name == "SIGILL":
        message = "This processor lacks an instruction that the computing library uses (SIGILL)."
        hint = "Choose another device in Settings."
    elif name:
        message = f"The engine was ended from outside ({name})."
        hint = "Run the job again; a new engine is ready."
    else:
        message = f"The engine stopped unexpectedly (code {code})."
        hint = "Run the job again; a new engine is ready."
    return EngineCrashed(
        message, hint, _facts(sample, trace, kind="ended", exit_code=code, signal=name)
    )


def from_timeout(seconds: float, sample: MemorySample) -> EngineCrashed:
    """No heartbeat came for so long, and the process was ended."""
    return EngineCrashed(
        f"The engine did not answer for {seconds:.0f} s and was stopped.",
        "Run the job again; a new engine is ready.",
        _facts(sample, "", kind="silent", seconds=round(seconds)),
    )


def from_traceback(text: str, sample: MemorySample) -> EngineCrashed:
    """The engine met an exception it does not know; `text` is its traceback. Where a device is to
    blame it must not be used again."""
    if _POISON.search(text):
        # the last line that names the device: torch's own hints come after it
        last = next(line for line in reversed(text.splitlines()) if _POISON.search(line))
        said = last.strip().partition(": ")[2]
        fault = EngineCrashed(
            f"The device reported an error ({said[:160]}), so the engine was started anew.",
            "If it comes back, restart the computer or update the graphics driver.",
            _facts(sample, text, kind="device"),
        )
        fault.worth_retrying = True
    else:
        facts = _facts(sample, text, kind="fault")
        fault = EngineCrashed(
            "The engine met a fault it does not know.", "Copy the details and report them.", facts
        )
    fault.__cause__ = RuntimeError(text)
    return fault


def _facts(sample: MemorySample, trace: str, **more: object) -> dict[str, object]:
    return {
        **more,
        "memory": {"held": sample.held, "free": sample.free, "total": sample.total},
        "trace": trace,
    }


def _name_of(code: int | None) -> str:
    if code is None:
        return ""
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return _WINDOWS.get(code & 0xFFFFFFFF, "")

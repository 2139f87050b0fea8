"""How much memory a picture took at its worst moment, how much was free before, and what time it
took of this machine: what corrects the predictions."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import psutil
import torch

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


class PeakMemory:
    """Begins to measure when it is made. `free`: bytes that the picture could take,
    this process's own included."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._restarted = True  # whether the system's own mark of the peak was
        self._made = time.monotonic()
        self.start_clock()
        if device.type in ("cuda", "xpu"):
            pool = torch.cuda if device.type == "cuda" else torch.xpu
            self.free = pool.mem_get_info(device)[0] + pool.memory_reserved(device)
            pool.reset_peak_memory_stats(device)
            return
        self.free = psutil.virtual_memory().available + psutil.Process().memory_info().rss
        try:
            _CLEAR.write_text("5")  # proc(5): resets the high-water mark
        except OSError:
            self._restarted = False

    def peak(self) -> int:
        """Bytes at the worst moment so far; 0 where the system does not tell (a processor
        under Windows or macOS)."""
        kind = self._device.type
        if kind in ("cuda", "xpu"):
            return (torch.cuda if kind == "cuda" else torch.xpu).max_memory_allocated(self._device)
        if kind == "mps":
            # its pool only grows while a picture is made
            return torch.mps.driver_allocated_memory()
        match = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text()) if self._restarted else None
        return int(match[1]) * 1024 if match else 0

    def start_clock(self) -> None:
        """The model is loaded: what comes now is the picture's own time."""
        self._began = time.monotonic()
        self._processor = time.process_time()
        self._waited = _waited()

    def times(self) -> tuple[float, float, float, float]:
        """Since the model was loaded: seconds on the clock, seconds of all threads
        together, seconds that threads stood ready while others computed (-1: not known);
        and the seconds that loading took."""
        waited = _waited() - self._waited if self._waited >= 0 else -1.0
        return (
            time.monotonic() - self._began,
            time.process_time() - self._processor,
            max(waited, -1.0),
            self._began - self._made,
        )


def _waited() -> float:
    """Seconds that this process's threads stood in the queue for a processor; -1 where
    the system does not tell.

    Linux counts that for each thread (Documentation/scheduler/sched-stats: time on the processor,
    time waiting, both in ns).
    """
    total = 0  # nanoseconds
    known = False
    for file in Path("/proc/self/task").glob("*/schedstat"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # threads come and go meanwhile
            total += int(file.read_text().split()[1])
            known = True
    return total / 1e9 if known else -1.0

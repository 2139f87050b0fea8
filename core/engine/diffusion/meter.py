"""How much memory a picture took at its worst moment, and how much was free before: what corrects the predictions."""

from __future__ import annotations

import re
from pathlib import Path

import psutil
import torch

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Meter:
    """Begins to measure when it is made. `free`: bytes that the picture could take, this process's own included."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._restarted = device, True
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
        """Bytes at the worst moment so far; 0 where the system does not tell (a processor under Windows or macOS)."""
        kind = self._device.type
        if kind in ("cuda", "xpu"):
            return (torch.cuda if kind == "cuda" else torch.xpu).max_memory_allocated(self._device)
        if kind == "mps":
            return torch.mps.driver_allocated_memory()  # its pool only grows while a picture is made
        found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text()) if self._restarted else None
        return int(found[1]) * 1024 if found else 0

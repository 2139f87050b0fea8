"""Which process makes a job, and whether it lives: what tells a running job from an orphan."""

from __future__ import annotations

import os
import platform
import time

# after which a job of a machine that cannot be asked counts as given up
OTHER_MACHINE_SECONDS = 6 * 3600.0
_CLOCK_SECONDS = 2.0  # by which the start of a process seems to move when the clock is set


def this_process() -> str:
    """Who owns a running job: machine, process number, and when the process began,
    since numbers come again."""
    import psutil

    return f"{platform.node() or '-'} {os.getpid()} {psutil.Process().create_time():.2f}"


def is_alive(owner: str, started: float) -> bool:
    """Whether the process still makes its job; rows of older programs name none."""
    import psutil

    try:
        machine, number, began = owner.rsplit(" ", 2)
        if machine != (platform.node() or "-"):
            return time.time() - started < OTHER_MACHINE_SECONDS
        return abs(psutil.Process(int(number)).create_time() - float(began)) < _CLOCK_SECONDS
    except (ValueError, psutil.Error, OverflowError):
        return False

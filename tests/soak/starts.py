"""20 starts of the program at once on one data folder; prints how many windows stay open (1), and whether a start after kill -9 works.

    .venv/bin/python tests/soak/starts.py [STARTS]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def start(data: str) -> subprocess.Popen[bytes]:
    """The program as a person starts it."""
    return subprocess.Popen([sys.executable, "-m", "core", "--data", data], cwd=ROOT, stderr=subprocess.DEVNULL,
                            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"})


def main(count: int) -> int:
    """Exit code 0 where exactly one survived each time."""
    data, began = tempfile.mkdtemp(prefix="calotype-starts-"), time.monotonic()
    crowd = [start(data) for _ in range(count)]
    until = time.monotonic() + 120
    while sum(one.poll() is None for one in crowd) > 1 and time.monotonic() < until:
        time.sleep(0.1)
    settled = time.monotonic() - began
    time.sleep(5)
    alive = [one for one in crowd if one.poll() is None]
    codes = sorted(one.returncode for one in crowd if one.poll() is not None)
    for one in alive:
        one.kill()
        one.wait()
    later = start(data)
    time.sleep(6)
    works = later.poll() is None
    later.kill()
    later.wait()
    print(f"{count} starts: {len(alive)} stayed, {codes.count(0)} ended with 0 after handing over, settled within {settled:.1f} s; "
          f"after kill -9 the next start {'works' if works else 'FAILED'}")
    return int(len(alive) != 1 or codes != [0] * (count - 1) or not works)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))

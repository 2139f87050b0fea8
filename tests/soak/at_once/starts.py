"""20 starts of the program at once on one data folder: one window stays open, the others hand over;
a start after kill -9 works.

    .venv/bin/python tests/soak/at_once/starts.py [STARTS]

About 40 s on 2 idle cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.soak.judging import TOLD, Limit, Limits, at_least, at_most, judge  # noqa: E402

LIMITS: Limits = {
    "starts": at_least(2),
    "windows that stayed": Limit(1, 1),
    "ended with another code than 0": at_most(0),
    "settled s": TOLD,
    "failed starts after kill -9": at_most(0),
}


def start(data: str) -> subprocess.Popen[bytes]:
    """The program as a person starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "core", "--data", data],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )


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
    return judge(
        {
            "starts": count,
            "windows that stayed": len(alive),
            "ended with another code than 0": len(codes) - codes.count(0),
            "settled s": round(settled, 1),
            "failed starts after kill -9": int(not works),
        },
        LIMITS,
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))

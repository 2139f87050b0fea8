"""1,000 tiny jobs in a row through the real window and the real engine: the growth a job, and the
open files, each with its limit.

    .venv/bin/python tests/soak/sessions/many_jobs.py [JOBS]

Memory and files are compared from the 100th job on. About 20 minutes on 2 idle cores.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[2]))

from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402

SETTLED = 100  # jobs before memory is compared: pools and caches fill up first
LIMITS: Limits = {
    "jobs": at_least(150),
    "window kB a job": at_most(10),
    "engine kB a job": at_most(10),
    "window MB at the end": TOLD,
    "engine MB at the end": TOLD,
    "window open files": TOLD,
    "engine open files": TOLD,
    "window open files, most less fewest": at_most(0),
    "engine open files, most less fewest": at_most(0),
    "session failed": at_most(0),
}


def slope(points: list[tuple[int, int]]) -> float:
    """Bytes a job, by least squares."""
    n = len(points)
    x, y = sum(p[0] for p in points) / n, sum(p[1] for p in points) / n
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def main(jobs: int) -> int:
    """Exit code 0 below 10 kB a job with constant open files."""
    with tempfile.TemporaryDirectory() as data:
        done = subprocess.run(
            [sys.executable, str(FOLDER / "session.py"), data, str(jobs)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    rows = [
        tuple(map(int, line.split())) for line in done.stdout.splitlines() if line[:1].isdigit()
    ]
    settled = [row for row in rows if row[0] >= SETTLED]
    if len(settled) < 2:
        print(f"only {rows} was told by the session")
        return 1
    last, files = settled[-1], ([row[3] for row in settled], [row[4] for row in settled])
    return judge(
        {
            "jobs": last[0],
            "window kB a job": round(slope([(r[0], r[1]) for r in settled]) / 1000, 1),
            "engine kB a job": round(slope([(r[0], r[2]) for r in settled]) / 1000, 1),
            "window MB at the end": round(last[1] / 1e6),
            "engine MB at the end": round(last[2] / 1e6),
            "window open files": last[3],
            "engine open files": last[4],
            "window open files, most less fewest": max(files[0]) - min(files[0]),
            "engine open files, most less fewest": max(files[1]) - min(files[1]),
            "session failed": int(done.returncode != 0),
        },
        LIMITS,
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))

"""1,000 tiny jobs in a row through the real window and the real engine; prints the growth a job and the open files.

    .venv/bin/python tests/soak/many_jobs.py [JOBS]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SETTLED = 300  # jobs before memory is compared: pools and caches fill up first


def slope(points: list[tuple[int, int]]) -> float:
    """Bytes a job, by least squares."""
    n = len(points)
    x, y = sum(p[0] for p in points) / n, sum(p[1] for p in points) / n
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def main(jobs: int) -> int:
    """Exit code 0 below 10 KiB a job with constant open files."""
    with tempfile.TemporaryDirectory() as data:
        done = subprocess.run([sys.executable, str(FOLDER / "session.py"), data, str(jobs)], stdout=subprocess.PIPE, text=True, check=True)
    rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines() if line[:1].isdigit()]
    settled = [row for row in rows if row[0] >= SETTLED]
    window, engine = slope([(r[0], r[1]) for r in settled]), slope([(r[0], r[2]) for r in settled])
    files = {(r[3], r[4]) for r in settled}
    print(f"{jobs} jobs: the window's process grows {window / 1024:.1f} KiB a job ({settled[0][1] / 2**20:.0f} -> {settled[-1][1] / 2**20:.0f} MiB), "
          f"the engine's {engine / 1024:.1f} KiB ({settled[0][2] / 2**20:.0f} -> {settled[-1][2] / 2**20:.0f} MiB); open files {sorted(files)}")
    return int(max(window, engine) > 10 * 1024)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))

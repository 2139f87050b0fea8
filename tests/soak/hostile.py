"""Hostile texts, names and pictures in numbers: 2,000 texts and 10,000 names through the tests' own properties, 10 image bombs timed.

    .venv/bin/python tests/soak/hostile.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def peak() -> float:
    """The largest memory this process has held, in MB (Linux)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def one(path: Path) -> None:
    """Open one bomb as the gallery does; prints what was said, seconds, and by how much the largest memory grew (MB)."""
    from core.errors import WorldError
    from core.metadata import read_file
    from core.metadata.reading import decode_rgb, open_image

    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")  # the peak begins anew
    before, began = peak(), time.monotonic()
    try:
        read_file(path)
        with open_image(path) as image:
            decode_rgb(image, path.name)
        said = "read without it"
    except WorldError as error:
        said = str(error)
    grown = peak() - before
    print(f"{path.name:12} {time.monotonic() - began:6.3f} s {grown:7.1f} MB  {said[:100]}")


def main() -> int:
    """Exit code 0 where the properties held."""
    from tests.core.test_hostile import bombs

    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "tests/core/test_hostile.py", "-k", "hostile or root"], cwd=ROOT, check=False,
                          env=os.environ | {"HOSTILE_TEXTS": "2000", "HOSTILE_NAMES": "10000", "QT_QPA_PLATFORM": "offscreen"})
    with tempfile.TemporaryDirectory() as folder:
        for name, build in bombs().items():
            path = Path(folder) / name
            path.write_bytes(build())
            subprocess.run([sys.executable, __file__, str(path)], check=True)
            path.unlink()
    return done.returncode


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one(Path(sys.argv[1]))
    else:
        sys.exit(main())

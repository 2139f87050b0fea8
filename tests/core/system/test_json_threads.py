"""Values are read by several threads at once, also those of a kind that nobody read before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
# in a process of its own: where it goes wrong, there is nothing left to ask
READERS = """
import sys, threading
from dataclasses import make_dataclass
from core.system.json import from_plain

sys.setswitchinterval(1e-6)
plain = {f"part{n}": {"f1": 5} for n in range(4)}
for turn in range(30):
    parts = []
    for n in range(4):
        numbers = [(f"f{k}", int, 0) for k in range(12)]
        kind = make_dataclass(f"Part{turn}x{n}", numbers, frozen=True, slots=True)
        parts.append((f"part{n}", kind, kind()))
    whole = make_dataclass(f"Whole{turn}", parts, frozen=True, slots=True)
    ready, read = threading.Barrier(4), []

    def look():
        ready.wait()
        read.append(from_plain(whole, plain).part3.f1)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [5] * 4, read
"""


def test_threads_that_meet_a_kind_of_value_at_once_all_get_it() -> None:
    ended = subprocess.run((sys.executable, "-c", READERS), cwd=ROOT, capture_output=True)
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]

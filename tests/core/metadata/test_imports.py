"""The modules of this room are first read when a picture is looked at, which several threads do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
TRIES = 6
# each thread another door into the room, all at once, with many changes of threads on the way
RACE = """
import sys, threading
sys.setswitchinterval(1e-5)
DOORS = (
    "from core.metadata.recipes import read_file",
    "from core.metadata.writing import encode, kind_of",
    "from core.metadata.reading import decode_seen, open_image",
    "from core.metadata.a1111 import write",
    "from core.store.thumbnails import thumbnail_of; from PIL import Image; Image.Resampling.BOX",
    "from core.metadata import native; native.parse",
)
start, faults = threading.Barrier(len(DOORS)), []

def enter(door):
    start.wait()
    try:
        exec(door, {})
    except BaseException as fault:
        faults.append(repr(fault))

threads = [threading.Thread(target=enter, args=(door,)) for door in DOORS]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit("; ".join(faults) or 0)
"""


def test_threads_that_read_it_at_once_all_get_it_whole() -> None:
    for _ in range(TRIES):
        ran = subprocess.run(
            (sys.executable, "-c", RACE), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stderr) == (0, "")

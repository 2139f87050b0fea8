"""kill -9 of a download at random instants, until it is complete: nothing wrong ever has the final
name, little is fetched twice.

    .venv/bin/python tests/soak/kills/kill_downloads.py [ROUNDS]

A download of 48 MB from the tests' hub on loopback dies 0 to 2.5 s after its first bytes,
again and again, until it is whole. Wrong files, bytes fetched twice and attempts that
ended by themselves are judged; at the end the hub sends one wrong byte, and what came must
not get the name. About 20 s a round on 2 idle cores; ROUNDS 0 tries the wrong byte alone.
For a death at every call: kill_calls.py.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.core.models.fetch import hub_server  # noqa: E402
from tests.core.models.files import layouts  # noqa: E402
from tests.soak.judging import TOLD, Limits, at_most, judge  # noqa: E402

SLOW = 0.004  # seconds a block of 64 kB
ATTEMPTS = 60
LIMITS: Limits = {
    "downloads": TOLD,
    "MB each": TOLD,
    "kills": TOLD,
    "wrong files under a final name": at_most(0),
    "not finished": at_most(0),
    "failed by themselves": at_most(0),
    "MiB fetched twice a kill": at_most(4.0),
    "left beside it": at_most(0),
    "wrong bytes that got the name": at_most(0),
    "wrong bytes taken for right": at_most(0),
}


def attempt(where: Path, hub: hub_server.Hub, after: float) -> int:
    """One run of the command, killed `after` seconds after its first bytes; its exit code."""
    with subprocess.Popen(
        [sys.executable, "-m", "core", "--data", str(where), "models", "install", "calo/big"],
        cwd=ROOT,
        env={
            **os.environ,
            "HF_ENDPOINT": hub.url,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        begun, until = hub.sent, time.monotonic() + 120  # not while Python starts
        while hub.sent == begun and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        timer = threading.Timer(after, process.kill)
        timer.start()
        code = process.wait()
        timer.cancel()
    return code


def wrong_byte(where: Path, hub: hub_server.Hub) -> tuple[bool, bool]:
    """One download in which the hub changes a byte: whether that got the name, and whether the
    command said that all was well."""
    hub.pace = 0.0
    hub.faults[:] = [hub_server.Fault(flip=True)]
    code = attempt(where, hub, 120.0)
    return (where / "models" / "loras" / "m.safetensors").exists(), code == 0


def main(rounds: int) -> int:
    """Exit code 0 where each download came whole and nothing wrong had its name before."""
    rng = random.Random(3)
    kills = wrong = unfinished = failed = left = 0
    excess: list[float] = []
    with tempfile.TemporaryDirectory() as folder, hub_server.serving() as hub:
        shapes = layouts.kohya(layouts.ATTENTION, 768) | {
            "lora_unet_more.lora_down.weight": (16, 1_500_000)
        }
        data = layouts.write(Path(folder) / "m.safetensors", shapes).read_bytes()
        hub.repos["calo/big"] = {"m.safetensors": data}
        hub.pace = SLOW
        for number in range(rounds):
            where = Path(folder) / f"data{number}"
            target = where / "models" / "loras" / "m.safetensors"
            hub.sent = mine = 0
            for _ in range(ATTEMPTS):
                code = attempt(where, hub, rng.uniform(0.0, 2.5))
                wrong += target.exists() and target.read_bytes() != data
                if code == 0:
                    break
                failed += code != -9
                mine += 1
                time.sleep(0.1)
            else:
                unfinished += 1
            kills += mine
            wrong += not target.exists() or target.read_bytes() != data
            left += sum(
                path.is_file()
                for path in (where / "models").rglob("*")
                if ".part" in path.name or "content" in path.parts
            )
            excess.append((hub.sent - len(data)) / max(1, mine) / 2**20)
        named, taken = wrong_byte(Path(folder) / "wrong", hub)
    return judge(
        {
            "downloads": rounds,
            "MB each": round(len(data) / 1e6),
            "kills": kills,
            "wrong files under a final name": wrong,
            "not finished": unfinished,
            "failed by themselves": failed,
            "MiB fetched twice a kill": round(max(excess, default=0.0), 2),
            "left beside it": left,
            "wrong bytes that got the name": named,
            "wrong bytes taken for right": taken,
        },
        LIMITS,
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))

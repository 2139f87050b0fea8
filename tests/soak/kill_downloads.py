"""kill -9 of a download at random instants, until it is complete: nothing wrong ever has the final name, little is fetched twice.

    python tests/soak/kill_downloads.py [ROUNDS]
"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.core import hub_server, layouts

ROOT = Path(__file__).parents[2]
SLOW = 0.004  # seconds a block of 64 kB


def main() -> None:
    rounds, rng = int(sys.argv[1]) if len(sys.argv) > 1 else 10, random.Random(3)
    kills = wrong = 0
    excess: list[int] = []
    with tempfile.TemporaryDirectory() as folder, hub_server.serving() as hub:
        shapes = layouts.kohya(layouts.ATTENTION, 768) | {"lora_unet_more.lora_down.weight": (16, 1_500_000)}
        data = layouts.write(Path(folder) / "m.safetensors", shapes).read_bytes()
        hub.repos["calo/big"] = {"m.safetensors": data}
        hub.pace = SLOW
        for number in range(rounds):
            where = Path(folder) / f"data{number}"
            target = where / "models" / "loras" / "m.safetensors"
            hub.sent = mine = 0
            while True:
                process = subprocess.Popen([sys.executable, "-m", "core", "--data", str(where), "models", "install", "calo/big"], cwd=ROOT,
                                           env={**os.environ, "HF_ENDPOINT": hub.url, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"},
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                begun, until = hub.sent, time.monotonic() + 120  # killed some time after its first bytes, not while Python starts
                while hub.sent == begun and process.poll() is None and time.monotonic() < until:
                    time.sleep(0.02)
                timer = threading.Timer(rng.uniform(0.0, 2.5), process.kill)
                timer.start()
                process.wait()
                timer.cancel()
                wrong += target.exists() and target.read_bytes() != data
                if process.returncode == 0:
                    break
                kills += 1
                mine += 1
                time.sleep(0.1)
            right = hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(data).digest()
            wrong += not right
            excess.append((hub.sent - len(data)) // max(1, mine))
    print(f"{rounds} downloads of {len(data) / 1e6:.0f} MB, {kills} kills, {wrong} wrong files under a final name, "
          f"fetched twice per kill: {max(excess) / 2**20:.2f} MiB at most")


if __name__ == "__main__":
    main()

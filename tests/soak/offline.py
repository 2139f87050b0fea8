"""A whole session without a network, traced from outside with its children: prints every attempt to connect anywhere but within the machine.

    .venv/bin/python tests/soak/offline.py       (needs strace and unshare, and the right to use both)
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
_CALLS = "trace=connect,sendto,sendmsg,sendmmsg"


def main() -> int:
    """Exit code 0 where nothing was tried."""
    tried: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        core = [sys.executable, "-m", "core", "--data", f"{folder}/data"]
        for number, command in enumerate(([sys.executable, str(FOLDER / "session.py"), f"{folder}/data", "3"],
                                          [*core, "generate", "a blue boat", "--steps", "2"], [*core, "doctor"], [*core, "models", "list"])):
            log = Path(folder) / f"trace{number}"
            done = subprocess.run(["unshare", "-n", "strace", "-f", "-q", "-e", _CALLS, "-o", str(log), *command], cwd=ROOT, check=False,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            lines = log.read_text().splitlines()
            here = [line for line in lines if re.search(r"AF_INET6?", line)]
            print(f"{' '.join(command[1:4])}: exit {done.returncode}, {len(lines)} calls traced, {len(here)} to a network")
            tried += here
            if done.returncode:
                tried.append(done.stderr[-300:])
    print("\n".join(tried[:20]))
    return int(bool(tried))


if __name__ == "__main__":
    sys.exit(main())

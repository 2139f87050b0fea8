"""A whole session without a network, traced from outside with its children: prints every attempt to
connect anywhere but within the machine.

    .venv/bin/python tests/soak/sessions/offline.py [COMMANDS]
        needs strace and unshare, and the right to use both; exit code 2
        where that is not so

A session in the window, a picture by the command line, doctor, the list of models; or the last
COMMANDS of them. About 1 minute on 2 idle cores.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]
sys.path.insert(0, str(ROOT))

from tests.soak.judging import Limits, at_least, at_most, judge  # noqa: E402

_CALLS = "trace=connect,sendto,sendmsg,sendmmsg"
_WITHOUT = ["unshare", "-n", "strace", "-f", "-q", "-e", _CALLS]
LIMITS: Limits = {
    "commands": at_least(1),
    "commands that failed": at_most(0),
    "calls traced": at_least(1),
    "attempts to a network": at_most(0),
}


def main(last: int) -> int:
    """Exit code 0 where nothing was tried."""
    if (
        shutil.which("strace") is None
        or shutil.which("unshare") is None
        or subprocess.run([*_WITHOUT, "true"], check=False, stderr=subprocess.DEVNULL).returncode
    ):
        print("strace and unshare cannot be used here: nothing was tried", file=sys.stderr)
        return 2
    tried: list[str] = []
    failed = traced = 0
    with tempfile.TemporaryDirectory() as folder:
        core = [sys.executable, "-m", "core", "--data", f"{folder}/data"]
        commands = (
            [sys.executable, str(FOLDER / "session.py"), f"{folder}/data", "3"],
            [*core, "generate", "a blue boat", "--steps", "2"],
            [*core, "doctor"],
            [*core, "models", "list"],
        )[-last:]
        for number, command in enumerate(commands):
            log = Path(folder) / f"trace{number}"
            done = subprocess.run(
                [*_WITHOUT, "-o", str(log), *command],
                cwd=ROOT,
                check=False,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            lines = log.read_text().splitlines()
            here = [line for line in lines if re.search(r"AF_INET6?", line)]
            print(
                f"{' '.join(command[1:4])}: exit {done.returncode}, {len(lines)} calls traced, "
                f"{len(here)} to a network"
            )
            tried += here
            traced += len(lines)
            failed += done.returncode != 0
            if done.returncode:
                print(done.stderr[-300:])
    print("\n".join(tried[:20]))
    return judge(
        {
            "commands": len(commands),
            "commands that failed": failed,
            "calls traced": traced,
            "attempts to a network": len(tried),
        },
        LIMITS,
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4))

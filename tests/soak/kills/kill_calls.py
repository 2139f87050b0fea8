"""SIGKILL instead of every call that changes data, in each thing the program does; then it begins
again, and all must be well.

    .venv/bin/python tests/soak/kills/kill_calls.py [ACTION ...] [--stride N] [--list]
        needs strace; exit code 2 where there is none

An action is done once under strace to learn its calls (write, rename, link, unlink, mkdir, fsync,
an openat that makes a file, ...). Then, for each of them, the folder is laid out anew, the action
dies there, the program begins as at a start, and what it finds is judged: every picture once with
its mark, no row without a file, none shown from the trash, no damaged file, every model seen and
whole, the queue right, nothing left lying about. One line of JSON an action. Two actions run at a
time; some 0.2 s a death, all actions together about 5 minutes on 2 idle cores. `--stride 5` kills
at every fifth call only.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.soak.disk import calls  # noqa: E402
from tests.soak.disk.action import Action  # noqa: E402
from tests.soak.disk.actions import all_actions  # noqa: E402
from tests.soak.disk.bench import Bench, bench_of  # noqa: E402
from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402

LIMITS: Limits = {
    "places": at_least(1),
    "deaths": TOLD,
    "lived on": at_most(0),
    "faulty deaths": at_most(0),
    "children left": at_most(0),
    "faults without a death": at_most(0),
    "seconds": TOLD,
}


def plan(bench: Bench, traced: Sequence[calls.Call], pid: int) -> list[tuple[str, int]]:
    """Where to die: (call, how many of its name came before and with it in its thread).
    Calls that are refused anyhow are no place. Where several threads work, the first of them that
    gets so far dies."""
    refused = ("link", "linkat", "renameat2") if bench.action.refused else ()
    mine = [one for one in traced if one.pid == pid or bench.action.threads]
    waits = [one for one in mine if one.name in bench.action.waits]
    changing = (
        (one.name, one.nth)
        for one in mine
        if one.changes and one.name not in refused and bench.touches(one)
    )
    return [
        *dict.fromkeys(changing),
        # how often it asks differs
        *((one.name, one.nth) for one in waits[: len(waits) // 2][:: max(1, len(waits) // 8)]),
    ]


def deaths(action: Action, stride: int, first: bool) -> int:
    """All deaths of one action, or those up to the `first` with a fault;
    1 where a figure is beyond its limit."""
    began = time.monotonic()
    with bench_of(action) as bench:
        if bench is None:
            print(f"{action.name}: there is no second disk here; not tried", flush=True)
            return 0
        bench.fresh()
        allowed = bench.names()
        ended, traced = bench.traced()
        whole = [*([] if ended.done else [f"the action failed: {ended.said}"]), *bench.look(True)]
        allowed |= bench.names()
        found = Counter[str]()
        where: dict[str, str] = {}
        figures: dict[str, object] = dict.fromkeys(LIMITS, 0) | {
            "faults without a death": len(whole)
        }
        faulty = lived = left = 0
        places = plan(bench, traced, ended.pid)[::stride]
        for name, nth in places:
            died = bench.killed(name, nth)
            lived += died.done
            left += died.survived
            faults = bench.look(died.done)
            faults += [f"left behind: {path}" for path in sorted(bench.names() - allowed)]
            faulty += bool(faults)
            for fault in faults:
                found[fault] += 1
                where.setdefault(fault, f"{name} {nth}")
            if first and faults:
                break
        figures |= {
            "places": len(places),
            "deaths": len(places) - lived,
            "lived on": lived,
            "faulty deaths": faulty,
            "children left": left,
            "seconds": round(time.monotonic() - began, 1),
        }
    code = judge(figures, LIMITS, action.name)
    for fault in whole:
        print(f"  without a death: {fault}", flush=True)
    for fault, count in found.most_common():
        print(f"  {count} times, first at {where[fault]}: {fault}", flush=True)
    return code


def two_at_a_time(jobs: Sequence[Callable[[], int]], workers: int = 2) -> int:
    """Do these in forks of this process, two at a time; 1 where one of them says so or dies."""
    waiting, feed = os.pipe()
    os.write(feed, bytes(range(len(jobs))))
    os.close(feed)
    pids: list[int] = []
    for _ in range(workers):
        pid = os.fork()
        if not pid:
            wrong = 0
            while taken := os.read(waiting, 1):
                wrong |= jobs[taken[0]]()
            sys.stdout.flush()
            os._exit(wrong)
        pids.append(pid)
    return int(any(os.waitpid(pid, 0)[1] != 0 for pid in pids))


def main() -> int:
    """Exit code 0 where nothing was wrong after any death, 1 where something was,
    2 where strace cannot be used."""
    known = all_actions()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("actions", nargs="*", metavar="ACTION", help=", ".join(known))
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--first", action="store_true", help="stop at the first death with a fault")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(known))
        return 0
    if unknown := [name for name in asked.actions if name not in known]:
        parser.error(f"there is no action {unknown[0]!r}")
    if why := calls.missing():
        print(why, file=sys.stderr)
        return 2
    chosen = [known[name] for name in asked.actions or known]
    return two_at_a_time(
        [lambda one=one: deaths(one, max(1, asked.stride), asked.first) for one in chosen]
    )


if __name__ == "__main__":
    sys.exit(main())

"""What a power cut could take: reads the system calls of each thing the program
does, and judges their order.

    .venv/bin/python tests/soak/kills/power_cut.py [ACTION ...]
        needs strace; exit code 2 where there is none

The actions are those of kill_calls.py (`kill_calls.py --list`). Each is done once under strace. A
violation is a rename or link before the file's content was synced, the deletion of a file whose
content lies elsewhere now before that copy and its name were synced, and whatever was not synced
when the deed was done; see tests/soak/disk/order.py. About 20 s on 2 idle cores for all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.soak.disk import calls  # noqa: E402
from tests.soak.disk.action import Action  # noqa: E402
from tests.soak.disk.actions import all_actions  # noqa: E402
from tests.soak.disk.bench import Bench, bench_of  # noqa: E402
from tests.soak.disk.order import Step, contents, judged  # noqa: E402
from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402

LIMITS: Limits = {
    "calls": at_least(1),
    "syncs": TOLD,
    "violations": at_most(0),
    "not lasting when done": at_most(0),
    "faults of the action": at_most(0),
}


def steps_of(traced: Iterable[calls.Call], bench: Bench) -> list[Step]:
    """What the calls that worked did to this data."""
    found: list[Step] = []
    for one in traced:
        if one.worked and one.paths and bench.touches(one):
            found += _steps(one)
    return found


def _steps(call: calls.Call) -> list[Step]:
    first, last = call.paths[0], call.paths[-1]
    if call.name == "openat":
        made = [Step("make", last)] if "O_CREAT" in call.arguments else []
        return made + ([Step("write", last)] if "O_TRUNC" in call.arguments else [])
    if call.name == "copy_file_range":
        return [Step("write", last)]
    if call.name in calls.DATA:
        return [Step("write", first)]
    if call.name in calls.SYNCS:
        return [Step("sync", first)]
    if call.name.startswith(("rename", "link")):
        return [Step("rename" if call.name.startswith("rename") else "link", first, last)]
    if call.name.startswith("symlink"):
        return [Step("make", last)]
    if call.name.startswith("mkdir"):
        return [Step("folder", last)]
    return [Step("delete", last)]


def look(action: Action) -> int:
    """One action; 1 where it did something wrong."""
    with bench_of(action) as bench:
        if bench is None:
            print(f"{action.name}: there is no second disk here; not tried", flush=True)
            return 0
        bench.fresh()
        before = contents(bench.folders)
        ended, traced = bench.traced()
        after = contents(bench.folders)
        steps = steps_of(traced, bench)
        wrong, open_ = (
            [sentence.replace(f"{bench.root}/", "") for sentence in some]
            for some in judged(steps, before, after)
        )
    figures = {
        "calls": len(steps),
        "syncs": sum(step.kind == "sync" for step in steps),
        "violations": len(wrong),
        "not lasting when done": len(open_),
        "faults of the action": int(not ended.done),
    }
    code = judge(figures, LIMITS, action.name)
    for sentence in [*([] if ended.done else [ended.said]), *wrong, *open_]:
        print(f"  {sentence}", flush=True)
    return code


def main(names: list[str]) -> int:
    """Exit code 0 where every order was right, 1 where one was not, 2
    where strace cannot be used."""
    if why := calls.missing():
        print(why, file=sys.stderr)
        return 2
    known = all_actions()
    if unknown := [name for name in names if name not in known]:
        print(f"there is no action {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    return max([look(known[name]) for name in names or known])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

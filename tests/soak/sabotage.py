"""Is each guard awake? Breaks a copy of the checkout in one way after the other; the soak that
guards it must turn red each time.

    .venv/bin/python tests/soak/sabotage.py [NAME ...] [--list]

The list is in sabotages.py: pieces of source text, what stands there instead, and the short form of
a soak. Each soak is run on the untouched copy first and must end with 0; with each sabotage it must
end with 1. Two at a time; at most 10 minutes on 2 idle cores.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402
from tests.soak.sabotages import SABOTAGES, Change, Sabotage  # noqa: E402

COPIED, LINKED = ("core", "desktop", "tests", "pyproject.toml"), ("resources", ".venv", "packaging")
WORKERS, LONGEST = 2, 300.0
LIMITS: Limits = {
    "sabotages": at_least(1),
    "not noticed": at_most(0),
    "soaks red without any": at_most(0),
    "texts not found": at_most(0),
    "seconds": TOLD,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the table; `word` is "noticed", "green", "RED", "NOT
    NOTICED" or "TEXT NOT FOUND"."""

    name: str
    word: str
    seconds: float
    why: str


class Copy:
    """One copy of the checkout, changed and changed back."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._clock = folder, time.time()
        folder.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, folder / name)
        for name in LINKED:
            if (ROOT / name).exists():
                (folder / name).symlink_to(ROOT / name)

    def write(self, file: str, text: str) -> None:
        """Replace a file; its time moves on, so that Python compiles it again."""
        path = self.folder / file
        path.write_text(text, encoding="utf-8")
        self._clock += 2
        os.utime(path, (self._clock, self._clock))

    def changed(self, changes: Iterable[Change]) -> dict[str, str]:
        """Make the changes; the texts before. LookupError where a piece is not there exactly once,
        and then nothing is changed."""
        before: dict[str, str] = {}
        after: dict[str, str] = {}
        for change in changes:
            path = self.folder / change.file
            if not path.exists():
                raise LookupError(f"there is no {change.file}")
            before.setdefault(change.file, path.read_text("utf-8"))
            text = after.get(change.file, before[change.file])
            if text.count(change.old) != 1:
                raise LookupError(
                    f"{change.file} has {text.count(change.old)} times: {change.old.strip()[:90]!r}"
                )
            after[change.file] = text.replace(change.old, change.new)
        for file, text in after.items():
            compile(text, file, "exec")
            self.write(file, text)
        return before

    def run(self, soak: tuple[str, ...]) -> tuple[int, float, str]:
        """(exit code, seconds, the first line that says why); code -1 where it does not end."""
        words = (
            ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *soak[1:]]
            if soak[0] == "pytest"
            else list(soak)
        )
        began = time.monotonic()
        try:
            done = subprocess.run(
                [sys.executable, *words],
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=LONGEST,
                check=False,
                env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
            )
        except subprocess.TimeoutExpired:
            return -1, LONGEST, f"did not end within {LONGEST:.0f} s"
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        marks = ("EXCEEDED", "the judging start failed", "FAILED", "ERROR")
        why = next(
            (line for line in lines if any(mark in line for mark in marks)),
            lines[-1] if lines else "",
        )
        return done.returncode, time.monotonic() - began, why


def group(
    copies: SimpleQueue[Copy],
    soak: tuple[str, ...],
    sabotages: list[Sabotage],
    told: threading.Lock,
) -> list[Run]:
    """A soak on a copy as it is, then with each of its sabotages."""
    copy, found = copies.get(), list[Run]()

    def tell(plan: Run) -> None:
        found.append(plan)
        with told:
            print(
                f"{plan.word:15} {plan.seconds:6.1f} s  {plan.name:45} {plan.why[:110]}", flush=True
            )

    code, seconds, why = copy.run(soak)
    tell(
        Run(
            " ".join(soak).replace("tests/soak/", ""),
            "green" if code == 0 else "RED",
            seconds,
            "" if code == 0 else f"exit {code}: {why}",
        )
    )
    for one in sabotages:
        try:
            before = copy.changed(one.changes)
        except (LookupError, SyntaxError) as fault:
            tell(Run(one.name, "TEXT NOT FOUND", 0.0, str(fault)))
            continue
        red, seconds, why = copy.run(one.soak)
        for file, text in before.items():
            copy.write(file, text)
        tell(
            Run(
                one.name,
                "noticed" if red == 1 else "NOT NOTICED",
                seconds,
                why if red == 1 else f"exit {red}: {why}",
            )
        )
    copies.put(copy)
    return found


def main() -> int:
    """Exit code 0 where each soak was green without and red with each of its sabotages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(f"{one.name}: {' '.join(one.soak)}" for one in SABOTAGES))
        return 0
    if unknown := set(asked.names) - {one.name for one in SABOTAGES}:
        parser.error(f"there is no sabotage {min(unknown)!r}")
    chosen = sorted(
        (one for one in SABOTAGES if not asked.names or one.name in asked.names),
        key=lambda one: one.soak,
    )
    began, told = time.monotonic(), threading.Lock()
    with (
        tempfile.TemporaryDirectory(prefix="calotype-sabotage-") as folder,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(WORKERS):
            copies.put(Copy(Path(folder).resolve() / str(number)))
        groups = [(soak, list(ones)) for soak, ones in groupby(chosen, key=lambda one: one.soak)]
        groups.sort(key=lambda pair: -len(pair[1]))  # the longest first
        tasks = [pool.submit(group, copies, soak, ones, told) for soak, ones in groups]
        words = [plan.word for task in tasks for plan in task.result()]
    return judge(
        {
            "sabotages": len(chosen),
            "not noticed": words.count("NOT NOTICED"),
            "soaks red without any": words.count("RED"),
            "texts not found": words.count("TEXT NOT FOUND"),
            "seconds": round(time.monotonic() - began),
        },
        LIMITS,
    )


if __name__ == "__main__":
    sys.exit(main())

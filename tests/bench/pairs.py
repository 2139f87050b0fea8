"""Ours and a reference, measured in turn so that both meet the same machine: medians, spread, the
ratio and whether its bar is kept.

    outcome = interleaved(ours, theirs, options.pairs)
    return outcome.judge("cold generate", Bar(at_most=0.5))    # prints; the exit status

`ours` and `theirs` give one figure a call: seconds, bytes, what is to be small. Figures of child
processes come from `until_said` and `until_ended`.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAIRS = 7


@dataclass(frozen=True)
class Bar:
    """`at_most`: ours / theirs; `at_least`: theirs / ours, how many times as fast."""

    at_most: float | None = None
    at_least: float | None = None


@dataclass(frozen=True)
class Pairs:
    """All figures in the order they were taken."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Ours by theirs, the median of the pairs: the two of a pair meet the same machine, whose
        speed may change from one pair to the next."""
        return statistics.median(one / other for one, other in self._paired())

    def _paired(self) -> Iterator[tuple[float, float]]:
        return zip(self.ours, self.theirs, strict=True)

    def judge(self, what: str, bar: Bar, unit: str = "s", scale: float = 1.0) -> int:
        """Prints both medians with their spread and the ratio beside its bar; 1 where missed.
        Figures are shown multiplied by `scale`."""
        for who, figures in (("ours", self.ours), ("theirs", self.theirs)):
            print(f"{what}: {who:6} {_spread([value * scale for value in figures])} {unit}")
        if bar.at_least is not None:
            reached, limit = 1 / self.ratio, f"at least {bar.at_least:.2f}x"
            kept = reached >= bar.at_least
        else:
            assert bar.at_most is not None
            reached, limit = self.ratio, f"at most {bar.at_most:.2f}x"
            kept = reached <= bar.at_most
        verdict = "kept" if kept else "missed"
        print(f"{what}: {reached:.3f}x of {len(self.ours)} pairs (bar {limit}): {verdict}")
        return 0 if kept else 1


def _spread(figures: Sequence[float]) -> str:
    middle = statistics.median(figures)
    return f"median {middle:8.3f} ({min(figures):.3f} to {max(figures):.3f})"


def interleaved(
    ours: Callable[[], float], theirs: Callable[[], float], pairs: int = PAIRS, warm: int = 0
) -> Pairs:
    """Each measured once a pair, the first of a pair in turn; `warm` pairs before are not kept."""
    figures: tuple[list[float], list[float]] = ([], [])
    both = (ours, theirs)
    for pair in range(-warm, pairs):
        taken = [0.0, 0.0]
        for which in (0, 1) if pair % 2 == 0 else (1, 0):
            taken[which] = both[which]()
        show(f"pair {pair + 1} of {pairs}: ours {taken[0]:.4g}, theirs {taken[1]:.4g}")
        if pair >= 0:
            figures[0].append(taken[0])
            figures[1].append(taken[1])
    return Pairs(tuple(figures[0]), tuple(figures[1]))


def show(words: str) -> None:
    """How far it is, on stderr."""
    print(words, file=sys.stderr, flush=True)


def until_said(
    command: Sequence[str],
    word: str,
    env: Mapping[str, str] | None = None,
    *,
    tree: Path = ROOT,
    cpu: bool = False,
) -> float:
    """Wall seconds from before a process is started until it prints a line that begins with
    `word`; its processor seconds until then with `cpu`. It runs in `tree` and is then ended.
    Raises RuntimeError where it ends without."""
    import psutil

    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tree, env=os.environ | dict(env or {})
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(word):
                seconds = time.perf_counter() - began
                used = psutil.Process(process.pid).cpu_times()
                process.kill()
                return used.user + used.system if cpu else seconds
    raise RuntimeError(f"{command[:3]} ended with {process.returncode} before {word!r}")


def until_ended(
    command: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    tree: Path = ROOT,
    cpu: bool = False,
) -> float:
    """Wall seconds of a whole process; its processor seconds and those of its ended children with
    `cpu` (not on Windows). It runs in `tree`. Raises CalledProcessError where it fails."""
    before = os.times()
    began = time.perf_counter()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, cwd=tree, env=os.environ | dict(env or {})
    )
    seconds = time.perf_counter() - began
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return used if cpu else seconds


def options(about: str | None, pairs: int = PAIRS) -> argparse.ArgumentParser:
    """The options that all of these commands have; a command adds its own."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=pairs, help=f"how many ({pairs})")
    parser.add_argument("--cpu", action="store_true", help="processor time instead of wall time")
    return parser


def print_versions(*packages: str) -> None:
    """Python, system, cores, load and the packages' versions: the head of what is printed."""
    named = ", ".join(f"{package} {version(package)}" for package in packages)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores{load}; {named}",
        flush=True,
    )

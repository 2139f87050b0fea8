"""What a run of tests cost: processor time of all its processes, and the largest of them.

Wall-clock time depends on what else the machine does; processor time hardly does. `--dearest N`
lists the N dearest files and tests, so that a cut begins where it pays. Nothing here fails a test.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import psutil
import pytest

if sys.platform != "win32":  # which counts no children: nothing is measured there
    import resource

BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024
COLLECTING = "(start, imports, collecting)"
RUNNING = "(between tests)"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--dearest",
        type=int,
        default=0,
        metavar="N",
        help="list the N files and tests that took most processor time, and the memory they kept",
    )


def pytest_configure(config: pytest.Config) -> None:
    if sys.platform != "win32":
        config.pluginmanager.register(Meter(), "processor time")


@dataclass
class Cost:
    """Of one test or file."""

    seconds: float = 0.0  # of the processor, its children's too
    kept: int = 0  # bytes that its process is larger by, afterwards
    raised: int = 0  # bytes that the peak of its process rose by

    def add(self, other: Cost) -> None:
        self.seconds += other.seconds
        self.kept += other.kept
        self.raised += other.raised

    def line(self, name: str) -> str:
        sizes = f"{self.kept / 1e6:+7.0f} MB kept {self.raised / 1e6:6.0f} MB of peak"
        return f"{self.seconds:8.2f} s {sizes}  {name}"


@dataclass
class Spent:
    """Of one process of the run, or of several."""

    own: float = 0.0  # seconds
    children: float = 0.0  # seconds, of those that have ended
    largest: int = 0  # bytes, the peak of the largest process
    tests: dict[str, Cost] = field(default_factory=dict)

    def add(self, other: Spent) -> None:
        self.own += other.own
        self.children += other.children
        self.largest = max(self.largest, other.largest)
        for name, cost in other.tests.items():
            self.note(name, cost)

    def note(self, name: str, cost: Cost) -> None:
        self.tests.setdefault(name, Cost()).add(cost)

    def by_file(self) -> Spent:
        files = Spent()
        for name, cost in self.tests.items():
            files.note(name.split("::")[0], cost)
        return files

    def dearest(self, count: int) -> list[str]:
        ordered = sorted(self.tests.items(), key=lambda test: -test[1].seconds)
        return [cost.line(name) for name, cost in ordered[:count]]

    def line(self) -> str:
        time = f"processor time {self.own + self.children:.0f} s (children {self.children:.0f} s)"
        return f"{time}, largest process {self.largest / 1e9:.1f} GB"


def from_worker(output: dict[str, Any]) -> Spent:
    tests = {name: Cost(**cost) for name, cost in output["tests"].items()}
    return Spent(**(output | {"tests": tests}))


class Meter:
    """Reads the clocks around every test; xdist's workers hand what they read to the controller."""

    def __init__(self) -> None:
        self.here = Spent()
        self.workers = Spent()
        self.resident = 0  # bytes, now

    def read(self, name: str) -> None:
        """All that was spent since the last reading goes to `name`."""
        before, resident_before = replace(self.here), self.resident
        own = resource.getrusage(resource.RUSAGE_SELF)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.here.own = own.ru_utime + own.ru_stime
        self.here.children = children.ru_utime + children.ru_stime
        self.here.largest = max(own.ru_maxrss, children.ru_maxrss) * BYTES_OF_MAXRSS
        self.resident = psutil.Process().memory_info().rss
        cost = Cost(
            seconds=self.here.own + self.here.children - before.own - before.children,
            kept=self.resident - resident_before,
            raised=self.here.largest - before.largest,
        )
        self.here.note(name, cost)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        result = yield
        self.read(COLLECTING)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        result = yield
        self.read(item.nodeid)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.read(RUNNING)
        output = getattr(session.config, "workeroutput", None)  # of a worker only
        if output is not None:
            output["spent"] = asdict(self.here)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        output = getattr(node, "workeroutput", {})
        if "spent" in output:  # a worker that crashed hands nothing over
            self.workers.add(from_worker(output["spent"]))

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        if self.workers.own:
            self.here.children = 0.0  # they are the workers
        self.here.add(self.workers)
        count = config.getoption("--dearest")
        for line in (*self.here.by_file().dearest(count), *self.here.dearest(count)):
            terminalreporter.write_line(line)
        terminalreporter.write_line(self.here.line())

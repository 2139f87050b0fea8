"""One action's data folder, made once and copied for each trial: traced to its end,
or dead at one call and begun again."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.soak.disk.action import Action, Faults
from tests.soak.disk.calls import CHANGING, Call, Ended, read_log, trace_of, under_strace
from tests.soak.disk.library import names_in

REFUSED = ("link", "linkat", "renameat2")
LONGEST = 60.0  # seconds a start may take
OTHER_DISK = Path("/dev/shm")


class Bench:
    """`root` is the data folder of the next trial, `folders` all that belong to it (a
    second one on another disk)."""

    def __init__(self, action: Action, folder: Path, apart: Path | None) -> None:
        self.action, self._folder, self._apart = action, folder, apart
        self.root = folder / "now"
        self.folders = (self.root, *((apart / "now",) if apart else ()))
        self.log = folder / "trace"

    def prepare(self) -> None:
        """Make what lies there before the deed."""
        for one in self.folders:
            one.mkdir()
        if self._apart:
            (self.root / "apart").symlink_to(self.folders[1])
        told = in_a_fork(lambda: self.action.prepare(self.root) or [])
        if told:
            raise SystemExit(f"{self.action.name} cannot be prepared: {told}")
        for one in self.folders:
            one.rename(one.with_name("whole"))

    def fresh(self) -> None:
        """Lay it out anew."""
        for one in self.folders:
            shutil.rmtree(one, ignore_errors=True)
            shutil.copytree(one.with_name("whole"), one, symlinks=True)

    def names(self) -> set[str]:
        """What lies there now; see names_in."""
        return names_in(*self.folders)

    def traced(self) -> tuple[Ended, list[Call]]:
        """Do the deed on a fresh copy to its end; its calls."""
        self.fresh()
        options = [
            *trace_of((*CHANGING, *self.action.waits)),
            *self._refusing(),
            "-o",
            str(self.log),
        ]
        ended = under_strace(lambda: self.action.act(self.root), options)
        return ended, read_log(self.log.read_text(encoding="utf-8", errors="replace"))

    def killed(self, name: str, nth: int) -> Ended:
        """Do the deed on a fresh copy, with SIGKILL instead of the nth call of this name."""
        self.fresh()
        options = [
            *trace_of((name, *(REFUSED if self.action.refused else ()))),
            *self._refusing(),
            "-e",
            f"inject={name}:signal=SIGKILL:when={nth}",
            "-o",
            os.devnull,
        ]
        return under_strace(lambda: self.action.act(self.root), options)

    def look(self, done: bool) -> Faults:
        """Begin the program on what is left, in a process of its own."""
        return in_a_fork(lambda: self.action.look(self.root, done))

    def touches(self, call: Call) -> bool:
        """Whether a call is about this data."""
        return any(
            path == str(one) or path.startswith(f"{one}/")
            for path in call.paths
            for one in self.folders
        )

    def _refusing(self) -> Sequence[str]:
        return (
            ["-e", "inject=" + ",".join(f"?{name}" for name in REFUSED) + ":error=EPERM"]
            if self.action.refused
            else []
        )


@contextmanager
def bench_of(action: Action) -> Generator[Bench | None]:
    """A prepared bench; None where the action needs a second disk and there is none."""
    with ExitStack() as held:
        folder = Path(
            held.enter_context(tempfile.TemporaryDirectory(prefix="calotype-deaths-"))
        ).resolve()
        apart = None
        if action.apart:
            if not OTHER_DISK.is_dir() or OTHER_DISK.stat().st_dev == folder.stat().st_dev:
                yield None
                return
            apart = Path(
                held.enter_context(
                    tempfile.TemporaryDirectory(prefix="calotype-deaths-", dir=OTHER_DISK)
                )
            )
        held.enter_context(action.beside())
        bench = Bench(action, folder, apart)
        bench.prepare()
        yield bench


def in_a_fork(work: Callable[[], Faults], seconds: float = LONGEST) -> Faults:
    """What `work` says, done in a process of its own; one fault where it
    raises or takes too long."""
    mine, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(mine)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)
        try:
            said = work()
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the start failed
            said = [f"the start failed: {type(fault).__name__}: {fault}"[:400]]
        os.write(theirs, json.dumps(said)[:60_000].encode())
        os._exit(0)
    os.close(theirs)
    until = time.monotonic() + seconds
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > until:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            os.close(mine)
            return [f"the start took more than {seconds:.0f} s"]
        time.sleep(0.001)
    with os.fdopen(mine, "rb") as heard:
        text = heard.read()
    return json.loads(text) if text else ["the start died"]

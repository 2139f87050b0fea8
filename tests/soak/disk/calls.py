"""One piece of work in a process of its own under strace: which system calls it made in which
order, or dead at one of them.

The work is a function of this process: it is forked, strace takes hold of it, and only then it
begins. So nothing but the work itself is traced and counted, and a death costs no start of Python.
Whoever uses this must have no threads.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

DATA = ("write", "pwrite64", "writev", "pwritev", "ftruncate", "sendfile", "copy_file_range")
NAMES = (
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
)
SYNCS = ("fsync", "fdatasync")
CHANGING = (*DATA, *NAMES, *SYNCS, "openat")
_ANY_TRACER, _SET_TRACER = -1, 0x59616D61
_LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|\?)(.*)")
_TOKEN = re.compile(r'(AT_FDCWD|\d+)<((?:[^<>\\]|\\.)*)>|"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Call:
    """One call that ended: the `nth` of its name in its process;
    `paths` in the order of its arguments."""

    pid: int
    name: str
    nth: int
    paths: tuple[str, ...]
    arguments: str
    worked: bool

    @property
    def changes(self) -> bool:
        """Whether it changes data or names (an openat only where it makes or empties a file)."""
        return self.name in CHANGING and (
            self.name != "openat" or "O_CREAT" in self.arguments or "O_TRUNC" in self.arguments
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """How the work ended: `done` to its end, `said` what it raised,
    `survived` how many processes it left running."""

    pid: int
    done: bool
    said: str
    survived: int
    seconds: float


def missing() -> str:
    """Why this cannot be run here, or ""."""
    if shutil.which("strace") is None:
        return "strace is not installed: nothing was tried"
    probe = under_strace(lambda: None, ["-e", "trace=write"])
    return (
        ""
        if probe.done
        else f"strace cannot trace a process here ({probe.said}): nothing was tried"
    )


def under_strace(work: Callable[[], None], options: Sequence[str], seconds: float = 120.0) -> Ended:
    """Run `work` in a fork of this process under strace with these options;
    2 s after its end its children are ended too."""
    began = time.monotonic()
    go, said = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        _child(work, go, said[1])
    os.close(go[0])
    os.close(said[1])
    command = ["strace", "-f", "-y", "-s", "0", *options, "-p", str(pid)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as strace:
        assert strace.stderr is not None
        answer = strace.stderr.readline().decode().strip()
        if "attached" not in answer:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(go[1])
            os.close(said[0])
            return Ended(pid, False, answer, 0, 0.0)
        os.write(go[1], b"g")
        os.close(go[1])
        _wait(pid, seconds)
        survived = _left(pid, strace)
    with os.fdopen(said[0], "rb") as heard:
        words = heard.read().decode("utf-8", "replace")
    return Ended(pid, words == "done", words, survived, time.monotonic() - began)


def _child(work: Callable[[], None], go: tuple[int, int], said: int) -> None:
    """The fork: waits for strace, works, says "done" or what was raised,
    and is gone without any ceremony."""
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    if sys.platform == "linux":  # where only a parent may trace
        ctypes.CDLL(None).prctl(_SET_TRACER, ctypes.c_ulong(_ANY_TRACER & (2**64 - 1)), 0, 0, 0)
    os.close(go[1])
    os.read(go[0], 1)
    try:
        work()
        words = b"done"
    except BaseException as fault:  # noqa: BLE001 - told to the parent, whatever it is
        words = f"{type(fault).__name__}: {fault}"[:2000].encode("utf-8", "replace") or b"?"
    with contextlib.suppress(OSError):
        os.write(said, words)
    os._exit(0)


def _wait(pid: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        time.sleep(0.001)


def _left(pid: int, strace: subprocess.Popen[bytes]) -> int:
    """Wait up to 2 s for the children of the work; how many had to be ended."""
    try:
        strace.wait(timeout=2)
        return 0
    except subprocess.TimeoutExpired:
        alive = sum(
            _group(int(one.name)) == pid for one in Path("/proc").iterdir() if one.name.isdigit()
        )
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        strace.wait(timeout=30)
        return alive


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def read_log(text: str) -> list[Call]:
    """The calls of a log of `strace -f -y`, in the order in which they ended."""
    begun: dict[tuple[str, str], str] = {}
    found: list[Call] = []
    count = Counter[tuple[int, str]]()
    for line in text.splitlines():
        pid, _, rest = line.partition(" ")
        if rest.endswith("<unfinished ...>"):
            begun[pid, rest.strip().split("(")[0]] = rest.strip().removesuffix("<unfinished ...>")
            continue
        if (again := re.match(r" *<\.\.\. (\w+) resumed>(.*)", rest)) is not None:
            line = f"{pid} {begun.pop((pid, again[1]), again[1] + '(')}{again[2]}"
        if (parts := _LINE.match(line)) is None:
            continue
        key = (int(parts[1]), parts[2])
        count[key] += 1
        found.append(
            Call(*key, count[key], _paths(parts[3]), parts[3], not parts[4].startswith(("-", "?")))
        )
    return found


def _paths(arguments: str) -> tuple[str, ...]:
    """Every path among the arguments; a relative one is put together with the folder before it."""
    found: list[str] = []
    folder = ""
    for at, place, name in (token.groups() for token in _TOKEN.finditer(arguments)):
        if at is not None:
            folder = _plain(place)
            found.append(folder)
        elif name is not None:
            path = _plain(name)
            if not path.startswith("/") and found and found[-1] == folder:
                path = f"{found.pop()}/{path}" if path else folder
            elif found and found[-1] == folder:
                found.pop()
            if path:
                found.append(os.path.normpath(path))
            folder = ""
    return tuple(found)


def _plain(text: str) -> str:
    return (
        text.encode("latin-1", "replace").decode("unicode_escape", "replace")
        if "\\" in text
        else text
    )


def trace_of(names: Sequence[str]) -> list[str]:
    """The option that traces these calls, those of them that this machine has."""
    return ["-e", "trace=" + ",".join(f"?{name}" for name in names)]

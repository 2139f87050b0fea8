"""The soaks' own machinery: what judges, what reads system calls,
what copies and breaks the checkout."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.soak.disk.calls import read_log
from tests.soak.disk.library import names_in
from tests.soak.judging import TOLD, Limits, at_least, at_most, exceeded, judge
from tests.soak.sabotages import SABOTAGES

ROOT = Path(__file__).parents[2]
SOAK = ROOT / "tests" / "soak"
DRIVERS = (
    "kill_calls",
    "power_cut",
    "together",
    "sabotage",
    "kill_app",
    "kill_downloads",
    "kill_edit",
    "kill_engine",
    "damage_database",
    "many_jobs",
    "hostile",
    "strange_folder",
    "offline",
    "starts",
    "session",
    "old_folder",
)


def source(name: str) -> Path:
    """The one file of that name, in whichever room of the soaks."""
    (found,) = SOAK.rglob(f"{name}.py")
    return found


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"soak_{name}", source(name))
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


def test_every_figure_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    limits: Limits = {"lost": at_most(0), "made": at_least(3), "seconds": TOLD}
    good: dict[str, object] = {"lost": 0, "made": 3, "seconds": 1e9}
    assert exceeded(good, limits) == [] and judge(good, limits, "x") == 0
    for wrong in (
        {"lost": 1},
        {"lost": True},
        {"made": 2},
        {"made": float("nan")},
        {"made": "many"},
        {"made": None},
        {"more": 0},
    ):
        assert len(exceeded(good | wrong, limits)) == 1, wrong
    assert exceeded({"lost": 0, "seconds": 1}, limits) == ["made: no figure"], (
        "a figure that is not there is beyond its limit"
    )
    capsys.readouterr()
    assert judge(good | {"lost": 2}, limits) == 1
    said = capsys.readouterr().out.splitlines()
    assert json.loads(said[0])["lost"] == 2 and "lost: 2" in said[1]


@pytest.mark.parametrize("name", DRIVERS)
def test_each_soak_has_a_table_of_limits(name: str) -> None:
    """It can turn red for something, and says how long it takes."""
    found = module(name)
    tables = found.LIMITS.values() if name == "together" else [found.LIMITS]
    for table in tables:
        assert any(limit is not None for limit in table.values())
    text = source(name).read_text()
    assert "judge(" in text and "sys.exit(main" in text
    assert (
        "idle cores" in (found.__doc__ or "")
        or "2 cores" in (found.__doc__ or "")
        or "picture" in (found.__doc__ or "")
    )


LOG = r"""
7  openat(AT_FDCWD</home>, "/d/a b", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0666) = 5</d/a b>
7  write(5</d/a b>, ""..., 70) = 70
8  write(1<pipe:[12]>, ""..., 4 <unfinished ...>
7  rename("x", "/d/y")  = -1 ENOENT (No such file or directory)
8  <... write resumed>) = 4
7  unlinkat(6</d/old>, "m.bin", 0) = 0
7  renameat2(AT_FDCWD</home>, "/d/a b", AT_FDCWD</home>, "/d/c\303\244", RENAME_NOREPLACE) = 0
7  fsync(5</d>)        = 0
7  copy_file_range(3</d/from>, NULL, 4</d/to>, NULL, 8, 0) = 8
7  write(5</d/a b>, ""..., 70) = ?
7  +++ killed by SIGKILL +++
"""


def test_a_log_of_strace_is_read() -> None:
    calls = read_log(LOG)
    assert [(one.pid, one.name, one.nth, one.worked) for one in calls] == [
        (7, "openat", 1, True),
        (7, "write", 1, True),
        (7, "rename", 1, False),
        (8, "write", 1, True),
        (7, "unlinkat", 1, True),
        (7, "renameat2", 1, True),
        (7, "fsync", 1, True),
        (7, "copy_file_range", 1, True),
        (7, "write", 2, False),
    ]
    assert [
        one.paths for one in calls if one.name in ("openat", "unlinkat", "fsync", "copy_file_range")
    ] == [("/d/a b",), ("/d/old/m.bin",), ("/d",), ("/d/from", "/d/to")]
    assert next(one.paths for one in calls if one.name == "renameat2")[0] == "/d/a b"
    assert calls[0].changes and calls[1].changes


def test_changing_parts_of_names_are_made_one(tmp_path: Path) -> None:
    for name in (".12-0123abcd.partial", "0001-7.png", "tmpab_12xyz", "a.db-wal"):
        (tmp_path / name).touch()
    assert names_in(tmp_path) == {"0:.#-#.partial", "0:#-#.png", "0:#"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_a_death_at_each_call_is_tried_and_judged() -> None:
    """The shortest of them whole: where strace may not trace, it says so and ends with 2."""
    done = subprocess.run(
        [sys.executable, "tests/soak/kills/kill_calls.py", "latents"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode == 2:
        assert "nothing was tried" in done.stderr
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout
    figures = json.loads(done.stdout.splitlines()[0])
    assert figures["places"] == figures["deaths"] >= 5 and figures["faulty deaths"] == 0


def test_sabotages_find_their_text_and_are_undone(tmp_path: Path) -> None:
    """Each piece stands in the source exactly once, and what comes instead is Python."""
    copy = module("sabotage").Copy(tmp_path / "copy")
    before = {path: path.read_bytes() for path in (tmp_path / "copy" / "core").rglob("*.py")}
    missing: list[str] = []
    for one in SABOTAGES:
        try:
            texts = copy.changed(one.changes)
        except LookupError as fault:
            missing.append(f"{one.name}: {fault}")
            continue
        assert any(
            (tmp_path / "copy" / file).read_text() != text for file, text in texts.items()
        ), one.name
        for file, text in texts.items():
            copy.write(file, text)
        assert one.soak[0] == "pytest" or (ROOT / one.soak[0]).is_file()
    assert missing == []
    assert all(path.read_bytes() == raw for path, raw in before.items())

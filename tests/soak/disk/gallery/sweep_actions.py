"""The deeds on sweeps: one is made, and one gets a further value; whoever
goes on with what a death left has each cell once."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

from typer.main import get_command

from core.cli import main
from core.cli.shared import rendering
from core.engine import open_engine
from core.engine.contract.protocol import Engine, EngineSpec
from core.store.sweeps.sweep_rows import pictures_by_cell
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

_BEGUN = ("a house", "--x", "seed=101-102", "--y", "steps=1", "--size", "64x64", "--seed", "7")
_FURTHER = ("--go-on", "last", "--x", "seed=103")
_COMMAND = get_command(main.app)


@contextlib.contextmanager
def _in_here() -> Generator[None]:
    """The command draws gradients in this process, and is silent."""
    opened, app = rendering.open_engine, main.app

    def fake(spec: EngineSpec) -> Engine:
        return open_engine(replace(spec, runs_in="here", kind="fake"))

    rendering.open_engine, main.app = fake, _COMMAND
    silent = io.StringIO()
    try:
        with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
            yield
    finally:
        rendering.open_engine, main.app = opened, app


def _swept(root: Path, *arguments: str) -> None:
    with _in_here():
        code = main.run(["--data", str(root), "sweep", *arguments, "--device", "cpu", "--json"])
    if code:
        raise RuntimeError(f"the sweep ended with {code}")


def _prepare(*first: str) -> Callable[[Path], None]:
    def prepare(root: Path) -> None:
        library.fill(root)
        if first:
            _swept(root, *first)

    return prepare


def _act(*arguments: str) -> Callable[[Path], None]:
    return lambda root: _swept(root, *arguments)


def _look(*seeds: int) -> Callable[[Path, bool], Faults]:
    """One sweep, of which each of these seeds is a cell that is made once, after somebody went on
    with it."""

    def look(root: Path, done: bool) -> Faults:
        stores = library.begin(root)
        is_there = bool(stores.sweeps.all())
        stores.close()
        _swept(root, *(("--go-on", "last", "--x", f"seed=101-{seeds[-1]}") if is_there else _BEGUN))
        stores = library.begin(root)
        sweeps = stores.sweeps.all()
        faults = [] if len(sweeps) == 1 else [f"{len(sweeps)} sweeps"]
        for sweep in sweeps:
            made = pictures_by_cell(stores.database, stores.gallery, sweep.stack)
            wanted = {sweep.place(values).cell for values in sweep.cells()}
            if made.keys() != wanted or len(wanted) != len(seeds):
                faults.append(f"cells are {sorted(made)}, wanted {sorted(wanted)}")
        every = (*range(library.PICTURES), *seeds)
        faults += library.picture_faults(stores, every, favourites=False)
        faults += library.job_faults(stores)
        stores.close()
        return faults

    return look


def actions() -> tuple[Action, ...]:
    """All of them."""
    return (
        Action("sweep", _prepare(), _act(*_BEGUN), _look(101, 102), threads=True),
        Action(
            "sweep further", _prepare(*_BEGUN), _act(*_FURTHER), _look(101, 102, 103), threads=True
        ),
    )

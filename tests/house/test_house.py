"""The house as a machine sees it: sizes, rooms that say what they know, and no cycle of rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Container, Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "desktop")
COUNTED = (*PACKAGES, "tests", "packaging")  # where folders are small
TOLD = (*PACKAGES, "packaging/starter")  # where a folder says what it knows
MOST_FILES, MOST_LINES = 14, 400


def folders(trees: tuple[str, ...]) -> Iterator[Path]:
    """Every folder of these trees with code in it."""
    for tree in trees:
        for folder in (ROOT / tree, *(ROOT / tree).rglob("*")):
            if folder.is_dir() and any(folder.glob("*.py")):
                yield folder


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def room_of(name: str) -> str:
    """The folder that a module or package lies in, or is."""
    path = ROOT / name.replace(".", "/")
    return name if path.is_dir() else name.rpartition(".")[0]


def imports(path: Path) -> Iterator[str]:
    """Modules and packages of ours that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in PACKAGES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                file = ROOT / (full.replace(".", "/") + ".py")
                yield full if file.is_file() or file.with_suffix("").is_dir() else str(node.module)


def read_at_once(body: Iterable[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that are carried out with the module, not in a function or for types alone."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from read_at_once(node.orelse)
        elif isinstance(node, ast.If | ast.Try):
            yield from read_at_once((*node.body, *node.orelse))
        elif isinstance(node, ast.ClassDef | ast.With):
            yield from read_at_once(node.body)


def needed_at_once(path: Path, known: Container[str]) -> Iterator[str]:
    """Modules of ours that must be there before this one is; a folder's `__init__` before all that
    lies in it."""
    yield module_name(path).rpartition(".")[0]
    for node in read_at_once(ast.parse(path.read_text()).body):
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names = [str(node.module), *(f"{node.module}.{name}" for name in names)]
        yield from (name for name in names if name in known)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_no_folder_is_crowded() -> None:
    """Modules count, `__init__` among them; pictures, tables and scripts of other languages do not,
    nor what lies in a folder's folders."""
    crowded = {
        str(folder.relative_to(ROOT)): count
        for folder in folders(COUNTED)
        if (count := len(list(folder.glob("*.py")))) > MOST_FILES
    }
    assert not crowded


def test_no_file_is_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules()
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert not long


def test_every_room_says_what_it_knows_and_may_import() -> None:
    silent = []
    for folder in folders(TOLD):
        words = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
        if len(words.split("\n")) < 3 or "mport" not in words:
            silent.append(str(folder.relative_to(ROOT)))
    assert not silent


@pytest.mark.parametrize("package", PACKAGES)
def test_rooms_form_no_cycle(package: str) -> None:
    graph: dict[str, set[str]] = {}
    for path in (ROOT / package).rglob("*.py"):
        own = room_of(module_name(path))
        others = {room_of(other) for other in imports(path) if other.startswith(f"{package}.")}
        graph.setdefault(own, set()).update(others - {own})
    assert len(list(TopologicalSorter(graph).static_order())) > 10  # raises CycleError


def test_modules_form_no_cycle() -> None:
    """Where two threads read a cycle from two ends, Python breaks the deadlock by handing one of
    them a module that is half there. A folder's `__init__` that reads what lies in it is one."""
    known = {module_name(path) for path in modules()}
    graph = {
        module_name(path): set(needed_at_once(path, known)) - {module_name(path)}
        for path in modules()
    }
    assert len(list(TopologicalSorter(graph).static_order())) > 100  # raises CycleError


def test_the_window_loads_no_terminal() -> None:
    command = "import sys, desktop.app.app; print({'typer', 'rich', 'torch'} & set(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "set()"

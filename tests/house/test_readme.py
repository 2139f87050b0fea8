"""The README's promises that a machine can check."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_two_commands_are_still_these() -> None:
    text = (ROOT / "README.md").read_text()
    commands = re.findall(r"^    (python3 packaging/start\.py.*)$", text, re.MULTILINE)
    assert commands[:2] == ["python3 packaging/start.py", "python3 packaging/start.py test"]
    source = (ROOT / "packaging" / "start.py").read_text()
    assert 'arguments[:1] == ["test"]' in source and '["--"]' in source


def test_the_screenshot_exists() -> None:
    names = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert names and all((ROOT / name).is_file() for name in names)


def test_every_file_named_in_the_map_exists() -> None:
    text = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`((?:core|desktop|packaging|resources|tests)/[\w./-]+)`", text))
    assert named and not [name for name in named if not (ROOT / name).exists()]


def functions() -> list[tuple[str, int]]:
    found = []
    for folder in ("core", "desktop", "packaging"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef):
                    found.append(
                        (
                            f"{path.relative_to(ROOT)}:{node.name}",
                            (node.end_lineno or 0) - node.lineno + 1,
                        )
                    )
    return found


def test_functions_are_short() -> None:
    sizes = functions()
    long = [(name, lines) for name, lines in sizes if lines >= 50]
    assert len(long) <= len(sizes) // 100, long


def broad_excepts(path: Path) -> int:
    """Handlers of Exception or BaseException that do not raise on."""
    handlers = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
    ]
    return sum(
        isinstance(h.type, ast.Name)
        and h.type.id in ("Exception", "BaseException")
        and not isinstance(h.body[-1], ast.Raise)
        for h in handlers
    )


def test_broad_excepts_stand_at_the_boundaries_only() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("core", "desktop")
        for path in (ROOT / folder).rglob("*.py")
        if broad_excepts(path)
    }
    assert found == {
        "core/engine/child.py",
        "core/service/making/runner.py",
        "desktop/state/tasks.py",
    }


def test_no_untrusted_code_switches() -> None:
    for path in (ROOT / "core").rglob("*.py"):
        text = path.read_text()
        assert "trust_remote_code" not in text and "custom_pipeline" not in text

"""The contracts of pyproject.toml notice what they are for: violations seeded into a copy of the
tree are each named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# module that breaks a rule, and what it then imports
SEEDS = (
    ("core.service.time_prediction", "torch"),
    ("core.service.library_overview", "diffusers"),
    ("core.sampling.schedules", "transformers"),
    ("core.engine.fake", "torch"),
    ("core.engine.process", "core.store.jobs"),
    ("core.engine.pipe", "core.system.settings"),
    ("core.engine.diffusion.picture_making.loop", "core.models.library.registry"),
    ("core.store.jobs", "core.engine.contract.protocol"),
    ("core.values.picture", "desktop.widgets.theme"),
    ("core.service.making.runner", "PySide6"),
    ("core.service.updates", "core.cli.main"),
    ("core.store.files", "rich"),
    ("core.models.library.registry", "core.models.fetch.hub"),
    ("core.models.files.key_layouts.names", "core.system.errors"),
    ("core.engine.diffusion.parts.noise", "core.engine.diffusion.families.sd"),
    ("core.engine.diffusion.families.t5", "core.engine.diffusion.loaded.memory_modes"),
    ("desktop.models.card", "desktop.gallery.panel"),
    ("desktop.form.panel", "desktop.queue.drawer"),
    ("desktop.state.draft", "desktop.shell.main_window"),
    ("desktop.widgets.theme", "desktop.state.session"),
    ("desktop.settings.panel", "core.cli.shared.output"),
    ("desktop.pictures.viewer", "core.engine.diffusion.engine"),
)
ROOMS = ("core/cupboard", "core/models/cupboard", "core/engine/cupboard", "desktop/cupboard")


def lint(folder: Path) -> str:
    """What the contracts say of the tree in `folder`, in one line of single blanks."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    ran = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=200,
    )
    return " ".join(ran.stdout.split()) + f" exit {ran.returncode}"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("core", "desktop"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_violation_is_named(copy: Path) -> None:
    for module, imported in SEEDS:
        file = copy / f"{module.replace('.', '/')}.py"
        file.write_text(f"{file.read_text()}\n\ndef _seeded() -> None:\n    import {imported}\n")
    said = lint(copy)
    assert said.endswith("exit 1")
    assert not [seed for seed in SEEDS if f"{seed[0]} -> {seed[1]} (" not in said], said[-6000:]


def test_a_room_without_a_floor_is_named(copy: Path) -> None:
    for room in ROOMS:
        (copy / room).mkdir()
        (copy / room / "__init__.py").write_text("")
    said = lint(copy)
    assert said.endswith("exit 1")
    broken = [f"{room.rpartition('/')[0].replace('/', '.')}" for room in ROOMS]
    assert said.count("cupboard") >= len(broken), said[-3000:]

"""Shared by tests that make pictures: the smallest model there is, once for all of them, and a
place for the engine of a command."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.engine import open_engine
from core.engine.contract.protocol import Engine, EngineSpec
from core.models.library.library import Library
from core.system.paths import RESOURCES
from core.values.job import ModelRef


@pytest.fixture(scope="session")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    import torch  # most tests do without
    from safetensors.torch import save_file

    from tests.core.engine.diffusion import ldm_files

    folder = tmp_path_factory.mktemp("models") / "tiny"
    ldm_files.folder_of("smallest", folder, RESOURCES / "starter" / "tokenizer")
    preview = {"weight": torch.ones(192, 4, 3, 3), "bias": torch.zeros(192)}
    save_file(preview, folder / "preview.safetensors")
    return Library(folder.parent).find(folder.name).ref()


@pytest.fixture
def engine_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command's engine in this process, which has torch already."""

    def here(spec: EngineSpec) -> Engine:
        return open_engine(replace(spec, runs_in="here"))

    for module in ("shared.rendering", "explaining.explain", "recreate"):
        monkeypatch.setattr(f"core.cli.{module}.open_engine", here)

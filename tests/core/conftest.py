"""The smallest model there is, once for all tests of the engine that make pictures."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from core.models.library.library import Library
from core.system.paths import RESOURCES
from core.values.job import ModelRef
from tests.core.engine.diffusion import ldm_files


@pytest.fixture(scope="session")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    ldm_files.folder_of("smallest", folder, RESOURCES / "starter" / "tokenizer")
    preview = {"weight": torch.ones(192, 4, 3, 3), "bias": torch.zeros(192)}
    save_file(preview, folder / "preview.safetensors")
    return Library(folder.parent).find(folder.name).ref()

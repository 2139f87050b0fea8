"""Folders of other programs, used in place: recognised, read, never written to."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from core.models.library.external_folders import (
    candidates,
    detect,
    link_folder,
    linked_folders,
    unlink_folder,
    usual_folders,
)
from core.models.library.inspection_cache import InspectionCache
from core.models.library.library import Library
from core.models.library.sidecar import read_sidecar
from core.system.errors import WorldError
from core.system.paths import RESOURCES
from tests.core.models.files import layouts

LORA = layouts.kohya(layouts.ATTENTION, 768)


def _tree(root: Path, *files: str) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".ckpt"):
            path.write_bytes(b"PK\x03\x04" + bytes(64))
        else:
            kinds = {
                "lora": LORA,
                "vae": layouts.VAE,
                "controlnet": layouts.CONTROL_XL,
                "esrgan": layouts.ESRGAN,
            }
            layouts.write(
                path,
                next(
                    (shapes for word, shapes in kinds.items() if word in name.lower()), layouts.SD1
                ),
            )


def _snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "models", index=InspectionCache(tmp_path / "index.db"))


def _names(library: Library) -> set[str]:
    library.refresh()
    return {entry.name for entry in (*library.entries(), *library.extras())} - {
        "Starter",
        "starter-4-steps",
        "starter-2x",
    }


def test_automatic1111(tmp_path: Path, library: Library) -> None:
    home = tmp_path / "stable-diffusion-webui"
    _tree(
        home,
        "models/Stable-diffusion/sub/dream.safetensors",
        "models/Stable-diffusion/old.ckpt",
        "models/Lora/style lora.safetensors",
        "models/VAE/fine vae.safetensors",
        "models/VAE-approx/quick vae.safetensors",
        "models/ControlNet/depth.safetensors",
        "venv/lib/x.safetensors",
    )
    before = _snapshot(home)
    assert link_folder(tmp_path / "models", home).program == "A1111 or Forge"
    assert _names(library) == {"dream", "old", "style lora", "fine vae", "quick vae", "depth"}
    entries = {entry.name: entry for entry in library.entries()}
    assert (
        entries["dream"].ready
        and entries["dream"].source == "A1111 or Forge"
        and entries["dream"].family == "sd15"
    )
    assert entries["old"].pickle and "pickle" in entries["old"].sentence, (
        "what cannot be used stays visible with the reason"
    )
    assert library.find("dream.safetensors").path == str(
        home / "models/Stable-diffusion/sub/dream.safetensors"
    )
    assert library.find_lora("style lora").path.endswith("style lora.safetensors")
    assert _snapshot(home) == before
    assert unlink_folder(tmp_path / "models", home) and not unlink_folder(tmp_path / "models", home)
    assert _names(library) == set() and _snapshot(home) == before


def test_comfyui_with_extra_paths(tmp_path: Path, library: Library) -> None:
    home, more = tmp_path / "ComfyUI", tmp_path / "more"
    _tree(
        home,
        "models/checkpoints/a.safetensors",
        "models/loras/b lora.safetensors",
        "models/clip/c.safetensors",
    )
    _tree(
        more,
        "models/Stable-diffusion/d.safetensors",
        "models/Lora/e lora.safetensors",
        "lyco/f lora.safetensors",
    )
    (home / "extra_model_paths.yaml").write_text(
        "a111:\n    base_path: ../more/\n    checkpoints: models/Stable-diffusion\n    loras: |\n"
        "        models/Lora\n        lyco\n"
        "    vae: models/absent\nother: 3\n"
    )
    assert link_folder(tmp_path / "models", home).program == "ComfyUI"
    assert _names(library) == {"a", "b lora", "d", "e lora", "f lora"}
    for broken in (
        "[1, 2",
        "a: [",
        "!!python/object/apply:os.system [echo]",
        "\0",
        "a:\n  base_path: [x]\n  loras: 5\n",
    ):
        (home / "extra_model_paths.yaml").write_text(broken)
        assert _names(library) == {"a", "b lora"}


def test_invokeai_and_plain_folders(tmp_path: Path, library: Library) -> None:
    home = tmp_path / "invokeai"
    _tree(home, "models/sd-1/main/a.safetensors", "models/sd-1/lora/b lora.safetensors")
    (home / "invokeai.yaml").write_text("schema_version: 4.0.2\n")
    shutil.copytree(RESOURCES / "starter", home / "models" / "0123-uuid" / "starter copy")
    assert link_folder(tmp_path / "models", home).program == "InvokeAI"
    assert _names(library) == {"a", "b lora", "starter copy"}
    _tree(tmp_path / "disk", "deep/er/g.safetensors")
    os.symlink(tmp_path / "disk", tmp_path / "disk" / "deep" / "loop")
    assert link_folder(tmp_path / "models", tmp_path / "disk").program == ""
    assert "g" in _names(library) and len(linked_folders(tmp_path / "models")) == 2
    assert len(list(candidates(detect(tmp_path / "disk")))) == 1, (
        "a link to a folder above is no second model"
    )
    (tmp_path / "empty").mkdir()
    with pytest.raises(WorldError, match="holds no models"):
        link_folder(tmp_path / "models", tmp_path / "empty")


def test_the_cache_of_hugging_face(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = tmp_path / "huggingface" / "hub"
    repo = hub / "models--calo--starter"
    for revision in ("old", "new"):
        shutil.copytree(RESOURCES / "starter", repo / "snapshots" / revision)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("new")
    single = hub / "models--calo--lora"
    _tree(single, "blobs/lora0123")
    (single / "snapshots" / "r1").mkdir(parents=True)
    os.symlink(single / "blobs" / "lora0123", single / "snapshots" / "r1" / "style.safetensors")
    monkeypatch.setenv("HF_HUB_CACHE", str(hub))
    assert hub in usual_folders()
    assert link_folder(tmp_path / "models", hub.parent).program == "Hugging Face cache"
    assert _names(library) == {"calo/starter", "calo/lora/style"}
    entry = library.find("calo/starter")
    assert (
        entry.path.endswith("snapshots/new")
        and library.start_entries("calo/starter")[1].path == entry.path
    )


def test_the_index_is_a_cache_and_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.models.files import inspection as module

    _tree(tmp_path, "a.safetensors")
    first = InspectionCache(tmp_path / "i.db")
    found = first.inspection_of(tmp_path / "a.safetensors")
    first.save()
    looks: list[Path] = []
    real = module.inspect
    monkeypatch.setattr(module, "inspect", lambda path: (looks.append(path), real(path))[1])
    second = InspectionCache(tmp_path / "i.db")
    assert second.inspection_of(tmp_path / "a.safetensors") == found and looks == []
    layouts.write(tmp_path / "a.safetensors", layouts.XL)
    assert second.inspection_of(tmp_path / "a.safetensors").family == "sdxl" and len(looks) == 1
    for damage in (b"", b"no database", b"SQLite format 3\0" + bytes(4000)):
        (tmp_path / "i.db").write_bytes(damage)
        third = InspectionCache(tmp_path / "i.db")
        assert third.inspection_of(tmp_path / "a.safetensors").family == "sdxl"
        third.save()


def test_what_lies_beside_a_model(tmp_path: Path) -> None:
    path = layouts.write(tmp_path / "style.safetensors", LORA)
    assert read_sidecar(path).preview == ""
    (tmp_path / "style.preview.png").write_bytes(b"x")
    (tmp_path / "style.json").write_text(
        json.dumps({"activation text": "ink wash, sumi", "notes": "quiet", "preferred weight": 0.7})
    )
    (tmp_path / "style.civitai.info").write_text(
        json.dumps({"modelId": 12, "trainedWords": ["sumi, brush", 5, None]})
    )
    found = read_sidecar(path)
    assert found.preview.endswith("style.preview.png") and found.trigger_words == (
        "sumi",
        "brush",
        "ink wash",
    )
    assert found.notes == "quiet" and found.page.endswith("/12")
    for broken in ("[", "[1]", '{"trainedWords": {"a": 1}}', "\0"):
        (tmp_path / "style.civitai.info").write_text(broken)
        assert read_sidecar(path).trigger_words == ("ink wash", "sumi")

"""Models used in place, copied in, forgotten, trashed and verified, over the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.cli import run
from core.errors import WorldError
from core.models import registry
from core.models.inspect import inspect
from core.models.library import Library
from core.paths import RESOURCES
from tests.core import layouts


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def _told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[dict[str, str]]:
    assert run(["models", *arguments, "--json"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _lora(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"lora_unet_mid_block_resnets_0_conv1.lora_down.weight": torch.zeros(1, 4, 3, 3),
               "lora_unet_mid_block_resnets_0_conv1.lora_up.weight": torch.zeros(4, 1, 1, 1)}, path)
    return path


def test_a_model_is_used_in_place_and_forgotten(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = Path(shutil.copytree(RESOURCES / "starter", tmp_path / "other program" / "mine"))
    (added,) = _told(capsys, "add", str(elsewhere))
    assert (added["id"], added["source"], added["state"], added["path"]) == ("mine", "in place", "ready", str(elsewhere))
    assert [row["id"] for row in _told(capsys, "list")][:2] == ["starter", "mine"]
    (again,) = _told(capsys, "add", str(elsewhere))
    assert again["id"] == "mine" and len(_told(capsys, "list")) == len(Library(data / "models").extras()) + 2
    assert _told(capsys, "remove", "mine")[0]["state"] == "forgotten"
    assert elsewhere.is_dir() and "mine" not in [row["id"] for row in _told(capsys, "list")]
    assert run(["models", "remove", "mine"]) == 1


def test_a_file_that_went_away_stays_visible_with_the_reason(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = Path(shutil.copytree(RESOURCES / "starter", tmp_path / "mine"))
    _told(capsys, "add", str(elsewhere))
    shutil.rmtree(elsewhere)
    row = next(row for row in _told(capsys, "list") if row["id"] == "mine")
    assert "is gone" in row["state"]
    assert run(["generate", "a house", "--model", "mine"]) == 1 and "is gone" in capsys.readouterr().err


def test_a_lora_is_copied_in_found_and_trashed(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    glow = _lora(tmp_path / "glow.safetensors")
    (added,) = _told(capsys, "add", str(glow), "--copy")
    inside = data / "models" / "loras" / "glow.safetensors"
    assert (added["kind"], added["path"]) == ("lora", str(inside)) and inside.read_bytes() == glow.read_bytes()
    assert Library(data / "models").find_lora("glow").path == str(inside)
    assert run(["models", "add", str(glow), "--copy"]) == 1 and "exists already" in capsys.readouterr().err
    assert _told(capsys, "remove", "glow")[0]["state"] == "trashed"
    assert not inside.exists() and len(list((data / "models" / ".trash").iterdir())) == 1 and glow.exists()


def test_a_lora_in_place(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    glow = _lora(tmp_path / "elsewhere" / "glow.safetensors")
    assert _told(capsys, "add", str(glow))[0]["kind"] == "lora"
    assert Library(data / "models").find_lora("glow").path == str(glow)


def test_what_is_no_model_is_refused(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.safetensors").write_text("hello")
    for path, words in ((tmp_path / "text.safetensors", "cannot be added"), (tmp_path / "none", "There is no"), (tmp_path, "holds no models")):
        assert run(["models", "add", str(path)]) == 1
        assert words in capsys.readouterr().err
    assert run(["models", "remove", "starter"]) == 1 and "cannot be removed" in capsys.readouterr().err


def test_verify_notices_a_changed_byte(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    glow = _lora(data / "models" / "loras" / "glow.safetensors")
    assert [_told(capsys, "verify", "glow")[0]["state"] for _ in range(2)] == ["remembered", "unchanged"]
    content = bytearray(glow.read_bytes())
    content[-1] ^= 1
    glow.write_bytes(content)
    assert _told(capsys, "verify", "glow")[0]["state"] == "changed"


@pytest.mark.parametrize("text", ["", "{", "[1, {}]", '[{"path": 3, "kind": "lora"}]', "[" * 5000, '{"path": "x"}'])
def test_a_broken_list_is_as_good_as_none(text: str, tmp_path: Path) -> None:
    (tmp_path / registry.FILE).write_text(text)
    assert registry.read(tmp_path) == () and len(Library(tmp_path).entries()) == 1


def test_what_the_file_does_not_tell_is_asked_once_and_remembered(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "models").mkdir(parents=True)
    file = layouts.write(data / "models" / "painted.safetensors", layouts.SD2)
    row = next(row for row in _told(capsys, "list") if row["name"] == "painted")
    assert (row["undecided"], row["prediction"], row["state"]) == (True, "v", "ready")
    (said,) = _told(capsys, "set", row["id"], "--prediction", "epsilon")
    assert (said["undecided"], said["prediction"]) == (False, "epsilon")
    assert Library(data / "models").find(row["id"]).ref().prediction == Library(data / "models").find(str(file)).ref().prediction == "epsilon"
    assert _told(capsys, "set", row["id"], "--prediction", "auto")[0]["undecided"] is True
    assert run(["models", "set", row["id"], "--prediction", "flow"]) == 2 and "cannot predict flow" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "expected"), [("model:\n  params:\n    parameterization: \"v\"\n    linear_start: 0.1\n", "v"),
                                                ("model:\n  params:\n    linear_start: 0.00085\n", "epsilon"), ("just: words\n", "")])
def test_a_configuration_beside_the_file_counts(text: str, expected: str, tmp_path: Path) -> None:
    file = layouts.write(tmp_path / "painted.safetensors", layouts.SD2)
    (tmp_path / "painted.yaml").write_text(text)
    assert inspect(file).prediction == expected


def test_the_models_folder_moves_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.models import move

    old, new = tmp_path / "models", tmp_path / "drive" / "models"
    layouts.write(_made(old / "loras") / "a.safetensors", layouts.kohya(layouts.ATTENTION, 768))
    layouts.write(old / "b.safetensors", layouts.SD1)
    registry.choose_prediction(old, old / "b.safetensors", "checkpoint", "v")
    before = {path.relative_to(old): path.stat().st_size for path in old.rglob("*") if path.is_file()}
    real = move.shutil.copy2
    monkeypatch.setattr(move.shutil, "copy2", lambda source, target: (_ for _ in ()).throw(OSError(28, "No space left on device"))
                        if Path(source).name == "b.safetensors" else real(source, target))
    with pytest.raises(WorldError, match="could not be moved"):
        move.move_models(old, new)
    assert not new.exists() and {path.relative_to(old): path.stat().st_size for path in old.rglob("*") if path.is_file()} == before
    monkeypatch.setattr(move.shutil, "copy2", real)
    for bad in (old, old / "inside", tmp_path):
        with pytest.raises(WorldError, match="within one another"):
            move.move_models(old, bad)
    heard: list[tuple[int, int]] = []
    assert move.move_models(old, new, lambda done, total: heard.append((done, total))) == new
    assert not old.exists() and heard[-1][0] == heard[-1][1]
    assert registry.read(new)[0].path == str(new / "b.safetensors") and registry.read(new)[0].prediction == "v"
    _made(tmp_path / "full")
    (tmp_path / "full" / "x").write_text("x")
    assert move.move_models(new, tmp_path / "full").name == "Calotype models"


def test_a_cache_moves_and_leaves_a_link_for_other_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from core.models import move, roots

    cache, drive = tmp_path / "home" / "hub", tmp_path / "drive"
    repo = cache / "models--calo--tiny"
    for k, name in enumerate(("new", "old")):
        layouts.write(_made(repo / "blobs") / name, layouts.SD1)
        (_made(repo / "snapshots" / name) / "tiny.safetensors").symlink_to(Path("../../blobs") / name)
        os.utime(repo / "snapshots" / name, (9_000 - k, 9_000 - k))
    _made(drive)
    root = roots.link(_made(tmp_path / "models"), cache)
    before = [one.name for one in roots.candidates(root)]
    real = os.rename
    monkeypatch.setattr(move.os, "rename", lambda a, b: (_ for _ in ()).throw(OSError(5, "no")) if ".link" in str(a) else real(a, b))
    with pytest.raises(WorldError, match="could not be moved"):
        move.move_cache(cache, drive)
    monkeypatch.setattr(move.os, "rename", real)
    assert list(drive.iterdir()) == [] and not cache.is_symlink() and (repo / "snapshots" / "old" / "tiny.safetensors").is_file()
    new = move.move_cache(cache, drive)
    roots.moved(tmp_path / "models", cache, new)
    assert new == drive and cache.is_symlink() and cache.resolve() == new and sorted(path.name for path in cache.parent.iterdir()) == ["hub"]
    assert (drive / "models--calo--tiny" / "snapshots" / "new" / "tiny.safetensors").is_symlink()
    assert roots.linked(tmp_path / "models") == (new,)
    for place in (new, cache):
        found = list(roots.candidates(roots.recognise(place)))
        assert [one.name for one in found] == before and found[0].path.parent.name == "new" and found[0].path.is_file()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder

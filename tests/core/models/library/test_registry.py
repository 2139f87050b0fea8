"""Models used in place, copied in, forgotten, trashed and verified, over the command line."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.cli.main import run
from core.models.files.inspection import inspect
from core.models.library import registry
from core.models.library.library import Library
from core.system.errors import InvalidRequest, ModelMissing, WorldError
from core.system.paths import RESOURCES, is_path
from tests.core.models.files import layouts


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def _told(
    capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0
) -> list[dict[str, str]]:
    assert run(["models", *arguments, "--json"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _lora(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        {
            "lora_unet_mid_block_resnets_0_conv1.lora_down.weight": torch.zeros(1, 4, 3, 3),
            "lora_unet_mid_block_resnets_0_conv1.lora_up.weight": torch.zeros(4, 1, 1, 1),
        },
        path,
    )
    return path


def test_a_model_is_used_in_place_and_forgotten(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = Path(shutil.copytree(RESOURCES / "starter", tmp_path / "other program" / "mine"))
    (added,) = _told(capsys, "add", str(elsewhere))
    assert (added["id"], added["source"], added["state"], added["path"]) == (
        "mine",
        "in place",
        "ready",
        str(elsewhere),
    )
    assert [row["id"] for row in _told(capsys, "list")][:2] == ["starter", "mine"]
    (again,) = _told(capsys, "add", str(elsewhere))
    assert (
        again["id"] == "mine"
        and len(_told(capsys, "list")) == len(Library(data / "models").extras()) + 2
    )
    assert _told(capsys, "remove", "mine")[0]["state"] == "forgotten"
    assert elsewhere.is_dir() and "mine" not in [row["id"] for row in _told(capsys, "list")]
    assert run(["models", "remove", "mine"]) == 1


def test_a_file_that_went_away_stays_visible_with_the_reason(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = Path(shutil.copytree(RESOURCES / "starter", tmp_path / "mine"))
    _told(capsys, "add", str(elsewhere))
    shutil.rmtree(elsewhere)
    row = next(row for row in _told(capsys, "list") if row["id"] == "mine")
    assert "is gone" in row["state"]
    assert (
        run(["generate", "a house", "--model", "mine"]) == 1
        and "is gone" in capsys.readouterr().err
    )


def test_a_lora_is_copied_in_found_and_trashed(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    glow = _lora(tmp_path / "glow.safetensors")
    (added,) = _told(capsys, "add", str(glow), "--copy")
    inside = data / "models" / "loras" / "glow.safetensors"
    assert (added["kind"], added["path"]) == (
        "lora",
        str(inside),
    ) and inside.read_bytes() == glow.read_bytes()
    assert Library(data / "models").find_lora("glow").path == str(inside)
    assert (
        run(["models", "add", str(glow), "--copy"]) == 1
        and "exists already" in capsys.readouterr().err
    )
    assert _told(capsys, "remove", "glow")[0]["state"] == "trashed"
    assert (
        not inside.exists()
        and len(list((data / "models" / ".trash").iterdir())) == 1
        and glow.exists()
    )


def test_a_lora_in_place(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    glow = _lora(tmp_path / "elsewhere" / "glow.safetensors")
    assert _told(capsys, "add", str(glow))[0]["kind"] == "lora"
    assert Library(data / "models").find_lora("glow").path == str(glow)


def test_what_is_no_model_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.safetensors").write_text("hello")
    for path, words in (
        (tmp_path / "text.safetensors", "cannot be added"),
        (tmp_path / "none", "There is no"),
        (tmp_path, "holds no models"),
    ):
        assert run(["models", "add", str(path)]) == 1
        assert words in capsys.readouterr().err
    assert (
        run(["models", "remove", "starter"]) == 1 and "cannot be removed" in capsys.readouterr().err
    )


def test_verify_notices_a_changed_byte(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    glow = _lora(data / "models" / "loras" / "glow.safetensors")
    assert [_told(capsys, "verify", "glow")[0]["state"] for _ in range(2)] == [
        "remembered",
        "unchanged",
    ]
    content = bytearray(glow.read_bytes())
    content[-1] ^= 1
    glow.write_bytes(content)
    assert _told(capsys, "verify", "glow")[0]["state"] == "changed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1, {}]",
        '[{"path": 3, "kind": "lora"}]',
        '[{"path": "x", "kind": "of tomorrow"}]',
        '[{"path": "x", "kind": "unknown"}]',
        '[{"path": "x", "kind": ["lora"]}]',
        "[" * 5000,
        '{"path": "x"}',
    ],
)
def test_a_broken_list_is_as_good_as_none(text: str, tmp_path: Path) -> None:
    (tmp_path / registry.FILE).write_text(text)
    assert registry.read(tmp_path) == () and len(Library(tmp_path).entries()) == 1


def test_what_the_file_does_not_tell_is_asked_once_and_remembered(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "models").mkdir(parents=True)
    file = layouts.write(data / "models" / "painted.safetensors", layouts.SD2)
    row = next(row for row in _told(capsys, "list") if row["name"] == "painted")
    assert (row["undecided"], row["prediction"], row["state"]) == (True, "v", "ready")
    (said,) = _told(capsys, "set", row["id"], "--prediction", "epsilon")
    assert (said["undecided"], said["prediction"]) == (False, "epsilon")
    assert (
        Library(data / "models").find(row["id"]).ref().prediction
        == Library(data / "models").find(str(file)).ref().prediction
        == "epsilon"
    )
    assert _told(capsys, "set", row["id"], "--prediction", "auto")[0]["undecided"] is True
    assert (
        run(["models", "set", row["id"], "--prediction", "flow"]) == 2
        and "cannot predict flow" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('model:\n  params:\n    parameterization: "v"\n    linear_start: 0.1\n', "v"),
        ("model:\n  params:\n    linear_start: 0.00085\n", "epsilon"),
        ("just: words\n", ""),
    ],
)
def test_a_configuration_beside_the_file_counts(text: str, expected: str, tmp_path: Path) -> None:
    file = layouts.write(tmp_path / "painted.safetensors", layouts.SD2)
    (tmp_path / "painted.yaml").write_text(text)
    assert inspect(file).prediction == expected


def test_the_models_folder_moves_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.models.fetch import move

    old, new = tmp_path / "models", tmp_path / "drive" / "models"
    layouts.write(_made(old / "loras") / "a.safetensors", layouts.kohya(layouts.ATTENTION, 768))
    layouts.write(old / "b.safetensors", layouts.SD1)
    registry.choose_prediction(old, old / "b.safetensors", "checkpoint", "v")
    before = {
        path.relative_to(old): path.stat().st_size for path in old.rglob("*") if path.is_file()
    }
    real = move.shutil.copy2
    monkeypatch.setattr(
        move.shutil,
        "copy2",
        lambda source, target: (
            (_ for _ in ()).throw(OSError(28, "No space left on device"))
            if Path(source).name == "b.safetensors"
            else real(source, target)
        ),
    )
    with pytest.raises(WorldError, match="could not be moved"):
        move.move_models(old, new)
    assert (
        not new.exists()
        and {
            path.relative_to(old): path.stat().st_size for path in old.rglob("*") if path.is_file()
        }
        == before
    )
    monkeypatch.setattr(move.shutil, "copy2", real)
    for bad in (old, old / "inside", tmp_path):
        with pytest.raises(WorldError, match="within one another"):
            move.move_models(old, bad)
    heard: list[tuple[int, int]] = []
    assert move.move_models(old, new, lambda done, total: heard.append((done, total))) == new
    assert not old.exists() and heard[-1][0] == heard[-1][1]
    assert (
        registry.read(new)[0].path == str(new / "b.safetensors")
        and registry.read(new)[0].prediction == "v"
    )
    _made(tmp_path / "full")
    (tmp_path / "full" / "x").write_text("x")
    assert move.move_models(new, tmp_path / "full").name == "Calotype models"


def test_a_cache_moves_and_leaves_a_link_for_other_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    from core.models.fetch import move
    from core.models.library import external_folders

    cache, drive = tmp_path / "home" / "hub", tmp_path / "drive"
    repo = cache / "models--calo--tiny"
    for k, name in enumerate(("new", "old")):
        layouts.write(_made(repo / "blobs") / name, layouts.SD1)
        (_made(repo / "snapshots" / name) / "tiny.safetensors").symlink_to(
            Path("../../blobs") / name
        )
        os.utime(repo / "snapshots" / name, (9_000 - k, 9_000 - k))
    _made(drive)
    folder = external_folders.link_folder(_made(tmp_path / "models"), cache)
    before = [one.name for one in external_folders.candidates(folder)]
    real = os.rename
    monkeypatch.setattr(
        move.os,
        "rename",
        lambda a, b: (_ for _ in ()).throw(OSError(5, "no")) if ".link" in str(a) else real(a, b),
    )
    with pytest.raises(WorldError, match="could not be moved"):
        move.move_cache(cache, drive)
    monkeypatch.setattr(move.os, "rename", real)
    assert (
        list(drive.iterdir()) == []
        and not cache.is_symlink()
        and (repo / "snapshots" / "old" / "tiny.safetensors").is_file()
    )
    new = move.move_cache(cache, drive)
    external_folders.folder_moved(tmp_path / "models", cache, new)
    assert (
        new == drive
        and cache.is_symlink()
        and cache.resolve() == new
        and sorted(path.name for path in cache.parent.iterdir()) == ["hub"]
    )
    assert (drive / "models--calo--tiny" / "snapshots" / "new" / "tiny.safetensors").is_symlink()
    assert external_folders.linked_folders(tmp_path / "models") == (new,)
    for place in (new, cache):
        found = list(external_folders.candidates(external_folders.detect(place)))
        assert (
            [one.name for one in found] == before
            and found[0].path.parent.name == "new"
            and found[0].path.is_file()
        )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes as POSIX has them")
def test_what_is_no_file_among_the_models_is_passed_over_or_explained(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = data / "models"
    for folder in ("loras", "vae", "embeddings", "unetmod/unet"):
        (models / folder).mkdir(parents=True)
    for name in (
        "m.safetensors",
        "m.ckpt",
        "loras/l.safetensors",
        "vae/v.safetensors",
        "embeddings/e.safetensors",
        registry.FILE,
        "roots.json",
        "unetmod/model_index.json",
        "unetmod/unet/config.json",
        "unetmod/unet/x.safetensors",
        "../models-index.db",
    ):
        os.mkfifo(models / name)
    layouts.write(models / "b.safetensors", layouts.SD1)
    os.mkfifo(models / "b.yaml")
    (models / "loop.safetensors").symlink_to("loop.safetensors")
    (models / "loras" / "d.safetensors").mkdir()
    (models / "zero.safetensors").symlink_to("/dev/zero")
    (models / os.fsdecode(b"k\xff.safetensors")).write_bytes(
        (models / "b.safetensors").read_bytes()
    )
    rows = _told(capsys, "list")
    assert [row["name"] for row in rows if row["source"] != "built in"] == [
        "b",
        os.fsdecode(b"k\xff"),
        "unetmod",
    ]
    assert "UTF-8" in rows[2]["state"] and "config.json" in rows[3]["state"]
    for name in ("m.safetensors", "zero.safetensors"):
        assert "no regular file" in _told(capsys, "inspect", str(models / name))[0]["problems"][0]
    assert (
        run(["models", "add", str(models / "loras" / "l.safetensors")]) == 1
        and run(["generate", "x <lora:l:1>"]) == 1
    )


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/x", "~/x", "//host/share/x", "\\\\host\\share\\x", "a/../b", "x\0y"]
)
def test_a_tag_names_a_lora_and_never_a_path(
    name: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.metadata.parsing.parsed_recipe import ParsedRecipe
    from core.metadata.recipes import fields_of
    from core.prompt.expand import expand
    from core.prompt.loras import lora_tag
    from core.values.lora import Lora
    from core.values.picture import Recipe
    from core.values.request import Request

    assert (
        run(["generate", f"a cat <lora:{name}:1>"]) == 2 and "names only" in capsys.readouterr().err
    )
    with pytest.raises(InvalidRequest, match="names only"):
        expand(Request(f"a cat <lora:{name}:1>").check())
    shared = ParsedRecipe(
        "calotype", recipe=Recipe(Request(loras=(Lora(name),), vae=name, refiner=name, model=name))
    )
    found = fields_of(shared)
    assert "model" not in found and not any(
        is_path(str(text)) for text in (found["vae"], found["refiner"], found["loras"][0].id)
    )  # type: ignore[index]
    assert not is_path(lora_tag(Lora(name)).split(":")[1])


def test_a_name_with_a_slash_is_looked_for_in_the_list_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _lora(tmp_path / "here" / "glow.safetensors")
    library = Library(tmp_path / "models")
    with pytest.raises(ModelMissing, match="There is no LoRA"):
        library.find_lora("here/glow.safetensors")
    library.typed_names("here/glow.safetensors")
    assert library.find_lora("here/glow.safetensors").path == str(
        tmp_path / "here" / "glow.safetensors"
    )
    shot = tmp_path / "hub" / "models--me--glow" / "snapshots" / "1"
    _lora(shot / "soft.safetensors")
    from core.models.library import external_folders

    external_folders.link_folder(tmp_path / "models", tmp_path / "hub")
    from core.prompt.loras import lora_tag, split_loras
    from core.values.lora import Lora

    assert Library(tmp_path / "models").find_lora(
        split_loras(lora_tag(Lora("me/glow/soft")))[1][0].id
    ).path == str(shot / "soft.safetensors")


@pytest.mark.parametrize("spoil", ["zeros", "short", "garbage", "folder", "wal"])
def test_the_index_is_a_cache_and_goes_when_it_is_not_whole(spoil: str, tmp_path: Path) -> None:
    from core.models.library.inspection_cache import InspectionCache

    file, model = (
        tmp_path / "models-index.db",
        layouts.write(tmp_path / "b.safetensors", layouts.SD1),
    )
    index = InspectionCache(file)
    index.inspection_of(model)
    index.save()
    whole = file.read_bytes()
    if spoil == "folder":
        file.unlink()
        file.mkdir()
    elif spoil == "wal":
        file.with_name(file.name + "-wal").write_bytes(os.urandom(9000))
    else:
        file.write_bytes(
            {
                "zeros": bytes(len(whole)),
                "short": whole[: len(whole) // 2],
                "garbage": os.urandom(9000),
            }[spoil]
        )
    for _ in range(2):
        again = InspectionCache(file)
        assert again.inspection_of(model).family == "sd15"
        again.save()
    assert spoil == "folder" or InspectionCache(file).named("b.safetensors") == (model,)


def test_notes_that_take_for_ever_do_not(tmp_path: Path) -> None:
    from core.models.library.external_folders import detect

    file = layouts.write(tmp_path / "painted.safetensors", layouts.SD2)
    # the square of this would be minutes
    (tmp_path / "painted.yaml").write_text("\n" * 60_000 + " " * 4000)
    assert inspect(file).choices
    (tmp_path / "models" / "checkpoints").mkdir(parents=True)
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"] + [
        f"{b}: &{b} [{', '.join(['*' + a] * 10)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    (tmp_path / "extra_model_paths.yaml").write_text(
        "\n".join([*lines, "s:", "  base_path: *i", "  loras: *i"])
    )
    assert detect(tmp_path).folders == (tmp_path / "models" / "checkpoints",)

"""The models folder through moves, kills and several processes: always one whole folder that is
found, and every row kept."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import torch

from core.models.fetch.move import delete_leftovers, finish_interrupted, move_cache, move_models
from core.models.files.convert import convert
from core.models.library import external_folders, registry
from core.models.library.chosen_folders import with_chosen_folders
from core.models.library.library import Library
from core.models.library.moved import ARRIVING, COPYING, NOTE, WHOLE, Move, write_move
from core.service.finish_moves import models_moved, settled
from core.service.stores import open_stores
from core.system import settings
from core.system.atomic_files import name_new
from core.system.errors import WorldError
from core.system.paths import Places, places
from tests.core.models.files import layouts

REPO = Path(__file__).parents[4]


def _models(root: Path, count: int = 3) -> Path:
    (root / "models" / "loras").mkdir(parents=True)
    for k in range(count):
        layouts.write(
            root / "models" / "loras" / f"m{k}.safetensors", layouts.kohya(layouts.ATTENTION, 768)
        )
    return root / "models"


def _seen(where: Places) -> list[str]:
    chosen = with_chosen_folders(where, settings.load(where.settings)[0])
    return [ref.id for ref in Library(chosen.models).loras() if ref.family != "starter"]


class Calls:
    """The order of what is synced, renamed and deleted; `stop` ends the program there,
    as far as the files can tell."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stop: int = -1) -> None:
        self.seen: list[tuple[str, str]] = []
        self._stop = stop
        self._dead = False
        for name in ("fsync", "replace", "rename", "unlink", "rmdir", "mkdir"):
            monkeypatch.setattr(os, name, self._heard(name, getattr(os, name)))
        monkeypatch.setattr("core.models.fetch.move.name_new", self._heard("name", name_new))
        monkeypatch.setattr("core.models.library.registry.name_new", self._heard("name", name_new))
        monkeypatch.setattr("core.models.files.convert.name_new", self._heard("name", name_new))
        monkeypatch.setattr(shutil, "copy2", self._heard("copy", shutil.copy2))

    def _heard(self, name: str, call: Callable[..., object]) -> Callable[..., object]:
        def hear(*what: object, **more: object) -> object:
            place = (
                os.readlink(f"/proc/self/fd/{what[0]}")
                if isinstance(what[0], int) and sys.platform == "linux"
                else str(what[0])
            )
            if self._dead or len(self.seen) == self._stop:
                self._dead = True
                raise Killed
            self.seen.append((name, place))
            return call(*what, **more)

        return hear


class Killed(BaseException):
    """Nothing is done after it: the calls that would clean up fail with it too."""


def test_the_move_syncs_before_it_says_so_and_says_so_before_it_deletes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = _models(tmp_path)
    if sys.platform != "linux":
        pytest.skip("the names of synced files are asked of Linux")
    calls = Calls(monkeypatch)
    said: list[int] = []
    move_models(models, tmp_path / "new", done=lambda new: said.append(len(calls.seen)))
    for k in range(3):
        synced = next(
            at
            for at, (name, path) in enumerate(calls.seen)
            if name == "fsync" and path.endswith(f"{ARRIVING}/loras/m{k}.safetensors")
        )
        gone = next(
            at
            for at, (name, path) in enumerate(calls.seen)
            if name == "unlink" and path == str(models / "loras" / f"m{k}.safetensors")
        )
        named = next(
            at
            for at, (name, path) in enumerate(calls.seen)
            if name == "name" and path.endswith("loras")
        )
        assert synced < named < said[0] <= gone
    assert (
        any(call == ("fsync", str(tmp_path / "new")) for call in calls.seen[: said[0]])
        and not models.exists()
    )


@pytest.mark.parametrize("with_done", [True, False])
def test_a_death_at_any_step_of_a_move_hides_no_model_and_leaves_no_half(
    with_done: bool, tmp_path: Path
) -> None:
    stop, finished = 0, False
    while not finished:
        root = tmp_path / f"{stop}"
        where, new = places(root), root / "drive" / "new"
        _models(root, 2)
        registry.choose_prediction(
            where.models, where.models / "loras" / "m0.safetensors", "lora", "v"
        )
        stores = open_stores(where)
        with pytest.MonkeyPatch.context() as patch:
            Calls(patch, stop)
            try:
                done = (
                    (
                        lambda there, stores=stores, where=where: models_moved(
                            where, stores.cards, where.models, there
                        )
                    )
                    if with_done
                    else None
                )
                move_models(where.models, new, done=done)
                if not with_done:
                    settings.save(where.settings, settings.Settings(models_folder=str(new)))
                finished = True
            except Killed:
                pass
        stores.close()
        assert _seen(where) == ["m0", "m1"], stop
        for _ in range(2):  # the next start, and one more
            settled(where)
            stores = open_stores(with_chosen_folders(where, settings.load(where.settings)[0]))
            stores.recover()
            here = stores.places.models
            stores.close()
        assert _seen(where) == ["m0", "m1"] and len(list(root.rglob("m?.safetensors"))) == 2, stop
        assert registry.read(here)[0].path == str(here / "loras" / "m0.safetensors")
        # partials go with their process, and this one lives
        assert not [*root.rglob(ARRIVING), *root.rglob(f"*{NOTE}")]
        stop += 1
    assert stop > 20


def test_where_the_settings_cannot_be_written_all_is_as_before(tmp_path: Path) -> None:
    models = _models(tmp_path)

    def refuse(new: Path) -> None:
        raise WorldError("The settings cannot be saved.", "Free some space.")

    with pytest.raises(WorldError, match="settings"):
        move_models(models, tmp_path / "new", done=refuse)
    assert not (tmp_path / "new").exists() and len(list(models.rglob("m?.safetensors"))) == 3
    assert not list(tmp_path.glob(f".*{NOTE}"))


def test_what_comes_into_the_old_folder_meanwhile_is_kept(tmp_path: Path) -> None:
    models, new = _models(tmp_path), tmp_path / "new"

    def late(there: Path) -> None:
        (models / "late.safetensors").write_bytes(b"late")
        (models / "loras" / "m0.safetensors").write_bytes(b"changed meanwhile")

    move_models(models, new, done=late)
    with pytest.raises(WorldError, match="moved to"):
        registry.choose_prediction(models, models / "x.safetensors", "checkpoint", "v")
    delete_leftovers(new, lambda old, there: None)
    assert (new / "late.safetensors").read_bytes() == b"late" and not models.exists()
    assert (new / "loras" / "m0 (2).safetensors").read_bytes() == b"changed meanwhile" and (
        new / "loras" / "m0.safetensors"
    ).stat().st_size > 100


def test_notes_that_do_not_agree_lead_nowhere_and_delete_nothing(tmp_path: Path) -> None:
    models, other = _models(tmp_path), _models(tmp_path / "other")
    write_move(models, Move(other, WHOLE, ("loras",)))
    assert finish_interrupted(models) == models
    (other / NOTE).write_text(json.dumps([str(tmp_path / "elsewhere")]))
    delete_leftovers(other, lambda old, new: None)
    write_move(models, Move(other, COPYING, ("loras",)))
    delete_leftovers(models, lambda old, new: None)
    assert (
        len(list(models.rglob("m?.safetensors"))) == len(list(other.rglob("m?.safetensors"))) == 3
    )


@pytest.mark.skipif(os.name == "nt", reason="pipes and links as POSIX has them")
def test_pipes_stay_behind_and_links_lead_where_they_led(tmp_path: Path) -> None:
    models = _models(tmp_path)
    os.mkfifo(models / "pipe.safetensors")
    (tmp_path / "outside").mkdir()
    (models / "in").symlink_to("loras/m0.safetensors")
    (models / "full").symlink_to(models / "loras" / "m0.safetensors")
    (models / "out").symlink_to("../outside")
    new = move_models(models, tmp_path / "far" / "new")
    assert os.readlink(new / "in") == "loras/m0.safetensors" and os.readlink(new / "full") == str(
        new / "loras" / "m0.safetensors"
    )
    assert (new / "out").resolve() == tmp_path / "outside" and [
        path.name for path in models.iterdir() if path.is_fifo()
    ] == ["pipe.safetensors"]


def test_a_death_at_any_step_of_moving_a_cache_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, finished = 0, False
    while not finished:
        root = tmp_path / f"{stop}"
        cache, models, drive = root / "home" / "hub", root / "models", root / "drive"
        monkeypatch.setenv("HF_HUB_CACHE", str(cache))
        (cache / "models--a--b" / "snapshots" / "1").mkdir(parents=True)
        drive.mkdir()
        models.mkdir()
        layouts.write(
            cache / "models--a--b" / "snapshots" / "1" / "x.safetensors",
            layouts.kohya(layouts.ATTENTION, 768),
        )
        registry.write_list(models / external_folders.FILE, [str(cache)])
        with pytest.MonkeyPatch.context() as patch:
            Calls(patch, stop)
            try:
                move_cache(
                    cache,
                    drive,
                    done=lambda new, models=models, cache=cache: external_folders.folder_moved(
                        models, cache, new
                    ),
                )
                finished = True
            except Killed:
                pass
        delete_leftovers(models, lambda old, new: None)
        assert [
            path.name for path in cache.parent.iterdir() if not path.name.endswith(".partial")
        ] == ["hub"], stop
        assert (
            len(list(root.rglob("x.safetensors"))) == 1
            and len(list(cache.rglob("x.safetensors"))) + len(list(drive.rglob("x.safetensors")))
            >= 1
        )
        assert [
            one.name for one in external_folders.candidates(external_folders.detect(cache))
        ] == ["a/b/x"]
        assert cache.is_symlink() or all(path.name.endswith(".partial") for path in drive.iterdir())
        stop += 1
    assert stop > 15


_WORK = """
import sys, time
sys.path.insert(0, {repo!r})
from pathlib import Path
from core.models.library import external_folders as roots
from core.models.library import registry
models, what, k = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
path = models.parent / "files" / f"m{{k}}.safetensors"
print("ready", flush=True)
sys.stdin.readline()
if what == "add": registry.add(models, path)
if what == "set": registry.choose_prediction(models, path, "lora", "v")
if what == "verify": registry.verify(models, path, "lora")
if what == "remove": registry.remove(models, path)
if what == "link": roots.link_folder(models, path.parent / f"f{{k}}")
if what == "unlink": roots.unlink_folder(models, path.parent / f"f{{k}}")
"""


def test_four_processes_at_once_lose_nothing_of_the_lists(tmp_path: Path) -> None:
    """tests/soak/at_once/together.py runs eight, for longer."""
    files, models = tmp_path / "files", tmp_path / "models"
    for k in range(4):
        (files / f"f{k}").mkdir(parents=True)
        for place in (files / f"m{k}.safetensors", files / f"f{k}" / "x.safetensors"):
            layouts.write(place, layouts.kohya(layouts.ATTENTION, 768))
    script = _WORK.format(repo=str(REPO))

    def together(*whats: str) -> None:
        jobs = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(models), whats[k % len(whats)], str(k)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for k in range(4)
        ]
        for job in jobs:
            assert job.stdout is not None
            job.stdout.readline()
        for job in jobs:
            job.communicate(b"go\n")
        assert [job.returncode for job in jobs] == [0] * 4

    together("add")
    assert len(registry.read(models)) == 4
    together("set", "verify")
    rows = registry.read(models)
    assert (
        len([row for row in rows if row.prediction])
        == len([row for row in rows if row.sha256])
        == 2
    )
    together("link")
    assert len(external_folders.linked_folders(models)) == 4
    together("remove", "unlink")
    assert len(registry.read(models)) == len(external_folders.linked_folders(models)) == 2


def test_a_damaged_list_is_kept_aside_and_rows_of_later_versions_stay(tmp_path: Path) -> None:
    (tmp_path / registry.FILE).write_text('[{"path": "a", "kind": "lora"},')
    registry.choose_prediction(tmp_path, Path("b"), "checkpoint", "v")
    assert [path.read_text()[:5] for path in tmp_path.glob("registered.json.bad-*")] == ['[{"pa']
    (tmp_path / registry.FILE).write_text(
        json.dumps(
            [{"path": "c", "kind": "of tomorrow"}, 7, {"path": "d", "kind": "lora", "more": 1}]
        )
    )
    registry.choose_prediction(tmp_path, Path("d"), "lora", "v")
    kept = json.loads((tmp_path / registry.FILE).read_text())
    assert (
        kept[:2] == [{"path": "c", "kind": "of tomorrow"}, 7]
        and kept[2]["more"] == 1
        and kept[2]["prediction"] == "v"
    )


def test_a_copy_lasts_before_it_has_its_name_and_takes_no_other_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform != "linux":
        pytest.skip("the names of synced files are asked of Linux")
    source = layouts.write(tmp_path / "glow.safetensors", layouts.kohya(layouts.ATTENTION, 768))
    torch.save({"a": torch.zeros(9)}, tmp_path / "x.ckpt")
    calls = Calls(monkeypatch)
    target = registry.add(tmp_path / "models", source, copy=True)
    convert(tmp_path / "x.ckpt", tmp_path / "x.safetensors")
    named = [(at, path) for at, (name, path) in enumerate(calls.seen) if name == "name"]
    assert len(named) == 2 and all(("fsync", path) in calls.seen[:at] for at, path in named)
    assert not list(tmp_path.rglob("*.partial"))
    target.write_bytes(b"another")
    with pytest.raises(WorldError, match="exists already"):
        registry.add(tmp_path / "models", source, copy=True)
    assert target.read_bytes() == b"another"


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_converter_ends_with_whoever_asked_and_leaves_nothing(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "x.ckpt")
    script = (
        f"import sys; sys.path.insert(0, {str(REPO)!r})\nfrom pathlib import Path\n"
        "from core.models.files.convert import convert\nconvert(*map(Path, sys.argv[1:]))"
    )
    asking = subprocess.Popen(
        [
            sys.executable,
            "-c",
            script,
            str(tmp_path / "x.ckpt"),
            str(tmp_path / "out" / "x.safetensors"),
        ]
    )
    (tmp_path / "out").mkdir()
    parent, children = psutil.Process(asking.pid), list[psutil.Process]()
    while len(children) < 2 and asking.poll() is None:
        children = parent.children(recursive=True)
        time.sleep(0.01)
    assert len(children) == 2
    os.kill(asking.pid, signal.SIGKILL)
    asking.wait()
    psutil.wait_procs(children, timeout=60)
    assert not any(
        child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children
    )
    assert list((tmp_path / "out").iterdir()) == []


def test_a_setting_that_is_written_but_not_made_to_last_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = Places(tmp_path, tmp_path / "pictures", _models(tmp_path))
    stores, refused = open_stores(where), list[Path]()
    true = settings.replace_file

    def replaced(path: Path, data: bytes) -> None:
        true(path, data)
        if not refused:
            refused.append(path)
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(settings, "replace_file", replaced)
    with pytest.raises(WorldError, match="Input/output"):
        move_models(
            where.models,
            tmp_path / "new",
            done=lambda there: models_moved(where, stores.cards, where.models, there),
        )
    stores.close()
    assert refused and _seen(where) == ["m0", "m1", "m2"]


@pytest.mark.parametrize("path", ["/x\0y", "/x\ud800y", "relative", ""])
def test_notes_and_links_with_odd_paths_lead_nowhere(tmp_path: Path, path: str) -> None:
    where = Places(tmp_path, tmp_path / "pictures", _models(tmp_path))
    (where.models / ".moving.json").write_text(
        json.dumps({"to": path, "state": "copying", "made": [path]})
    )
    (where.models / "roots.json").write_text(json.dumps([path, 7]))
    settled(where)
    stores = open_stores(where)
    stores.recover()
    assert {entry.id for entry in stores.library.loras()} >= {
        "m0",
        "m1",
        "m2",
    } and stores.library.entries()
    stores.close()

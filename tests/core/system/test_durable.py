"""Files old or new, never half; names never taken from others; only regular files opened."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.system import atomic_files, json_files, regular_files
from core.system.errors import WorldError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("way", ["rename", "link", "neither"])
def test_a_new_name_is_never_taken_from_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way != "rename":
        monkeypatch.setattr(atomic_files, "_rename_call", lambda: None)
    if way == "neither":

        def refuse(*given: object, **options: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    with pytest.raises(FileExistsError):
        atomic_files.name_new(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "b" and (tmp_path / "a").read_text() == "a"
    atomic_files.name_new(tmp_path / "a", tmp_path / "c")
    assert names(tmp_path) == ["b", "c"] and (tmp_path / "c").read_text() == "a"


def test_a_name_claimed_by_a_killed_program_is_free_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object, **options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(atomic_files, "_rename_call", lambda: None)
    monkeypatch.setattr(os, "link", refuse)
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    (tmp_path / "a").write_text("a")

    def death(*given: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(os, "rename", death)
        dying.setattr(Path, "unlink", death)
        atomic_files.name_new(tmp_path / "a", tmp_path / "b")
    claim = next(tmp_path.glob(".*.claim"))
    assert atomic_files.remove_partials(tmp_path) == 0, "its program lives"
    claim.write_text(str(done.pid))
    atomic_files.name_new(tmp_path / "a", tmp_path / "b")
    assert names(tmp_path) == ["b"] and (tmp_path / "b").read_text() == "a"
    claim.write_text(str(done.pid))
    assert atomic_files.remove_partials(tmp_path) == 1 and names(tmp_path) == ["b"]


def test_a_folder_gets_a_new_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for call in (atomic_files._rename_call, lambda: None):
        monkeypatch.setattr(atomic_files, "_rename_call", call)
        (tmp_path / "one").mkdir()
        (tmp_path / "one" / "file").write_text("x")
        atomic_files.name_new(tmp_path / "one", tmp_path / "two")
        assert (tmp_path / "two" / "file").read_text() == "x" and not (tmp_path / "one").exists()
        (tmp_path / "three").mkdir()
        with pytest.raises(FileExistsError):
            atomic_files.name_new(tmp_path / "two", tmp_path / "three")
        (tmp_path / "three").rmdir()
        (tmp_path / "two" / "file").unlink()
        (tmp_path / "two").rmdir()


def test_a_move_to_another_disk_leaves_one_whole_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    true_name, true_sync = atomic_files.name_new, atomic_files.sync_file

    def name_new(source: Path, target: Path) -> None:
        if source.name == "a":
            raise OSError(18, "Invalid cross-device link")
        calls.append("named")
        true_name(source, target)

    def sync_file(path: Path) -> None:
        calls.append("synced")
        true_sync(path)

    monkeypatch.setattr(atomic_files, "name_new", name_new)
    monkeypatch.setattr(atomic_files, "sync_file", sync_file)
    (tmp_path / "a").write_text("whole")
    atomic_files.move_new(tmp_path / "a", tmp_path / "b")
    assert (
        names(tmp_path) == ["b"]
        and (tmp_path / "b").read_text() == "whole"
        and calls == ["synced", "named"]
    )


@pytest.mark.skipif(os.name == "nt", reason="no named pipes in folders there")
@pytest.mark.timeout(20)
def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(OSError, match=r"regular|directory"):
            regular_files.open_regular(path)
    (tmp_path / "file").write_bytes(b"12345")
    assert regular_files.read_limited(tmp_path / "file", 5) == b"12345"
    with pytest.raises(ValueError, match="larger"):
        regular_files.read_limited(tmp_path / "file", 4)
    assert list(regular_files.walk_files(tmp_path)) == [tmp_path / "file"]


def test_json_from_outside_is_a_table_or_a_named_fault(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for data in (b"", b"[" * 100_000, b"[1]", b"null", b'{"a":1', b'{"a": "\xff"}'):
        file.write_bytes(data)
        with pytest.raises(ValueError, match=r"deeply|JSON|Expecting|no table|decode"):
            json_files.read_table(file, 10**6)
        assert json_files.table_in(file, 10**6) == {}
    file.write_text('{"a": [1, NaN]}')
    assert json_files.table_in(file, 100).keys() == {"a"} and json_files.table_in(file, 5) == {}
    assert json_files.table_in(tmp_path, 100) == json_files.table_in(tmp_path / "none", 100) == {}
    with pytest.raises(FileNotFoundError):
        json_files.read_table(tmp_path / "none", 100)
    with pytest.raises(ValueError, match="no list"):
        json_files.as_list({})


def test_partials_of_ended_processes_go_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    (tmp_path / f".{done.pid}-0123abcd.partial").write_text("half")
    mine = atomic_files.partial_beside(tmp_path / "x.json")
    mine.write_text("being written")
    (tmp_path / "other.partial").write_text("not ours")
    assert atomic_files.remove_partials(tmp_path) == 1
    assert names(tmp_path) == [mine.name, "other.partial"]
    assert atomic_files.remove_partials(tmp_path / "nowhere") == 0


def test_a_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    total: list[int] = []

    def add() -> None:
        for _ in range(20):
            with atomic_files.locked(tmp_path / "lock", "The list"):
                total[:] = [len(total) + 1] * (len(total) + 1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(total) == 80
    with (
        atomic_files.locked(tmp_path / "lock", "The list"),
        pytest.raises(WorldError, match="in use by another"),
        atomic_files.locked(tmp_path / "lock", "The list", seconds=0.05),
    ):
        pass
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(WorldError, match="cannot be locked"),
        atomic_files.locked(tmp_path / "file" / "lock", "The list"),
    ):
        pass


def test_a_copy_that_is_being_made_is_no_old_partial_whatever_its_time_says(tmp_path: Path) -> None:
    copy = atomic_files.partial_beside(tmp_path / "x")
    copy.write_text("half")
    os.utime(copy, (1, 1))
    assert atomic_files.remove_partials(tmp_path) == 0 and copy.exists()


@pytest.mark.parametrize(
    ("text", "can"), [("/a b/ä", True), ("/x\0y", False), ("/x\ud800y", False), ("", False)]
)
def test_what_can_be_a_path(text: str, can: bool) -> None:
    assert regular_files.can_be_path(text) == can

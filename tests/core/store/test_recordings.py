"""Recordings are kept up to a size, the oldest go first, and nothing half written stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.store.recordings import RecordingStore
from core.system.errors import WorldError


def kept(store: RecordingStore, number: int, size: int = 100, limit: int = 350) -> Path | None:
    scratch = store.scratch()
    scratch.write_bytes(bytes(size))
    target = store.adopt(scratch, f"{number:064x}", limit)
    assert not scratch.exists()
    if target is not None:
        os.utime(target, (number, number))
    return target


def test_the_newest_that_fit_are_kept(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path / "recordings")
    for number in range(500):
        kept(store, number)
        assert store.bytes_used() <= 350
    assert [number for number in range(500) if store.find(f"{number:064x}")] == [497, 498, 499]
    store.bound(100)
    assert store.find(f"{499:064x}") and not store.find(f"{498:064x}")


def test_one_that_is_larger_than_all_may_be_is_not_kept(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path / "recordings")
    assert kept(store, 1) is not None
    assert kept(store, 2, size=400) is None
    assert store.find(f"{1:064x}") and store.bytes_used() == 100


def test_what_a_process_left_half_written_is_swept(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    code = (
        "from pathlib import Path; from core.store.recordings import RecordingStore; "
        f"RecordingStore(Path({str(folder)!r})).scratch().write_bytes(b'half')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
    store = RecordingStore(folder)
    own = store.scratch()
    own.write_bytes(b"of this process")
    store.sweep()
    assert list(folder.iterdir()) == [own]
    store.discard(own)
    store.discard(own)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65])
def test_only_a_sha256_names_a_recording(tmp_path: Path, name: str) -> None:
    store = RecordingStore(tmp_path)
    scratch = store.scratch()
    scratch.write_bytes(b"1")
    assert store.find(name) is None
    with pytest.raises(ValueError, match="no SHA-256"):
        store.adopt(scratch, name, 10)


def test_a_disk_that_refuses_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("a file")
    with pytest.raises(WorldError, match="folder of recordings"):
        RecordingStore(tmp_path / "recordings").scratch()
    store = RecordingStore(tmp_path)
    with pytest.raises(WorldError, match="cannot be kept"):
        store.adopt(tmp_path / "not there", "a" * 64, 10)

"""Kept pictures: once each by their pixels, whole or not at all, swept when nobody uses them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from core.store.sources.opened_picture import CHANNELS, OpenedPicture
from core.store.sources.source_store import SPARED_SECONDS, SourceStore, SourceUsage
from core.system.errors import SourceMissing, WorldError

NOBODY = frozenset[str]()


@pytest.fixture
def store(tmp_path: Path) -> SourceStore:
    return SourceStore(tmp_path / "sources")


def picture(seed: int = 0, mode: str = "RGB", width: int = 5, height: int = 3) -> OpenedPicture:
    size = width * height * CHANNELS[mode]
    return OpenedPicture(width, height, mode, bytes((seed + 7 * at) % 256 for at in range(size)))


@pytest.mark.parametrize("mode", CHANNELS)
def test_pixels_come_back_bit_for_bit_under_the_address_that_they_give(
    store: SourceStore, tmp_path: Path, mode: str
) -> None:
    kept = picture(mode=mode)
    address = store.keep(kept)
    assert address == hashlib.sha256(f"5x3 {mode}\n".encode() + kept.data).hexdigest()
    path = store.path_of(address)
    assert path == tmp_path / "sources" / address[:2] / f"{address}.png"
    with Image.open(path) as image:
        assert (image.mode, image.size, image.tobytes()) == (mode, (5, 3), kept.data)
    assert store.size_of(address) == (5, 3) and store.check() == ()


def test_equal_pixels_are_kept_once(store: SourceStore) -> None:
    first = store.keep(picture())
    path = store.path_of(first)
    os.utime(path, (0, 0))
    before = path.stat().st_ino
    assert store.keep(picture()) == first
    assert path.stat().st_ino == before, "it is not written again"
    assert path.stat().st_mtime > 0, "it counts as used now"
    assert len({first, store.keep(picture(1)), store.keep(picture(width=3, height=5))}) == 3
    size = sum(file.stat().st_size for file in store.files())
    assert store.usage() == SourceUsage(3, size) and store.bytes_used() == size


@pytest.mark.parametrize(
    "damage",
    [
        lambda path, raw: path.write_bytes(raw[:-30]),
        lambda path, raw: path.write_bytes(b""),
        lambda path, raw: path.write_bytes(raw.replace(b"IDAT", b"IDAX")),
        lambda path, raw: Image.new("RGB", (5, 3)).save(path),
        lambda path, raw: Image.new("P", (5, 3)).save(path),
    ],
    ids=["cut", "empty", "garbled", "other pixels", "palette"],
)
def test_a_damaged_file_is_told_and_replaced(
    store: SourceStore, damage: Callable[[Path, bytes], object]
) -> None:
    address = store.keep(picture())
    path = store.path_of(address)
    damage(path, path.read_bytes())
    assert store.check() == (path,)
    assert store.keep(picture()) == address and store.check() == ()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("call", ["mkdir", "open", "fsync", "replace"])
def test_a_disk_that_refuses_is_one_sentence_and_leaves_nothing_half(
    store: SourceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    old = store.keep(picture(1))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(WorldError) as refused:
            store.keep(picture(2, width=31))
    assert os.strerror(code) in refused.value.message and refused.value.hint
    assert [path.stem for path in store.files()] == [old]
    assert not list(tmp_path.rglob("*.partial"))
    assert store.path_of(store.keep(picture(2, width=31))) and store.check() == ()


def test_what_is_not_there_is_one_sentence(store: SourceStore) -> None:
    gone = picture().address
    for ask in (store.path_of, store.size_of):
        with pytest.raises(SourceMissing, match=f"{gone}.png"):
            ask(gone)
        for name in ("", "../../x", gone[:-1], f"{gone}\n", gone.upper()):
            with pytest.raises(SourceMissing, match="names no picture"):
                ask(name)
    assert not store.note_use(gone) and list(store.files()) == []
    assert store.usage() == SourceUsage(0, 0) and store.sweep(NOBODY, time.time()) == 0


def test_a_file_that_is_no_png_has_no_size(store: SourceStore) -> None:
    address = store.keep(picture())
    store.path_of(address).write_bytes(b"\x89PNG")
    with pytest.raises(WorldError, match="damaged"):
        store.size_of(address)


# --- sweeping ---


def test_only_what_nobody_names_and_nobody_used_for_an_hour_goes(
    store: SourceStore, tmp_path: Path
) -> None:
    named, free = store.keep(picture(1)), store.keep(picture(2))
    (tmp_path / "sources" / "ab").mkdir(exist_ok=True)
    foreign = [tmp_path / "sources" / "ab" / name for name in ("note.txt", f"{'c' * 64}.png")]
    for path in foreign:
        path.write_bytes(b"somebody's")
    soon = time.time() + SPARED_SECONDS - 60
    assert store.sweep(frozenset({named}), soon) == 0 and store.path_of(free)
    later = time.time() + SPARED_SECONDS + 60
    assert store.unused(frozenset({named}), later) == (store.path_of(free),)
    assert store.sweep(frozenset({named}), later) == 1
    assert [path.stem for path in store.files()] == [named]
    assert all(path.exists() for path in foreign), "what is not of ours stays"


def test_what_is_used_while_a_sweep_waits_for_its_turn_stays(tmp_path: Path) -> None:
    later = time.time() + 2 * SPARED_SECONDS

    class Meanwhile(SourceStore):
        """Another process uses the file before the sweep has the store to itself."""

        used: Path | None = None

        def _alone(self) -> contextlib.AbstractContextManager[None]:
            if self.used is not None:
                os.utime(self.used, (later, later))
            return super()._alone()

    store = Meanwhile(tmp_path / "sources")
    path = store.path_of(store.keep(picture()))
    store.used = path
    assert store.unused(NOBODY, later) == (path,)
    assert store.sweep(NOBODY, later) == 0 and path.exists()


def test_a_file_that_cannot_be_removed_keeps_no_other(
    store: SourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = store.path_of(store.keep(picture(1)))
    store.keep(picture(2))
    plain = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path == stuck:
            raise PermissionError(errno.EACCES, "in use")
        plain(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    assert store.sweep(NOBODY, time.time() + 2 * SPARED_SECONDS) == 1
    assert list(store.files()) == [stuck]

"""The child that imports for the window: what it says, and that it waits, stops and dies well."""

from __future__ import annotations

import contextlib
import multiprocessing
import sqlite3
import threading
from pathlib import Path

import pytest

from core.service.importing.child import PIXELS, FolderDone, ImportOrder, ImportWord
from core.service.importing.presence import look
from core.service.importing.process import ImportProcess
from core.service.importing.told import State
from core.service.stores import Stores
from core.system.errors import WorldError
from core.system.paths import Places
from tests.core.service.importing.folders import png, rows_of, write


def test_a_child_tells_each_folder_and_looks_at_pixels_behind_them(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    for number in range(40):
        write(folder / f"{number}.png", png(number))
    write(folder / "bad.png", b"none")
    words: list[ImportWord | FolderDone] = []
    ImportProcess(stores.places, ImportOrder((folder,), patience=0)).run(words.append)
    (done,) = [word for word in words if isinstance(word, FolderDone)]
    assert done.end.counts == {State.ADDED: 40, State.REFUSED: 1}
    assert [Path(said.path).name for said in done.refused] == ["bad.png"]
    assert done.end.folders == (str(folder),)
    last = words[-1]
    assert isinstance(last, ImportWord) and last.phase == PIXELS and last.total == 40
    assert all(row["sha256"] for row in rows_of(stores))


def test_a_child_that_is_stopped_or_killed_leaves_rows_that_the_next_one_goes_on_from(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    for number in range(300):
        write(folder / f"{number}.png", png(number))
    order = ImportOrder((folder,), patience=0)
    stopped = ImportProcess(stores.places, order)
    stopped.stop()
    words: list[ImportWord | FolderDone] = []
    stopped.run(words.append)
    assert isinstance(words[-1], FolderDone) and words[-1].end.stopped

    held = ImportProcess(stores.places, order)
    held.pause(True)
    ended: list[BaseException] = []

    def run() -> None:
        try:
            held.run(words.append)
        except WorldError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not (children := multiprocessing.active_children()):
        thread.join(0.01)
    children[0].kill()
    thread.join()
    assert len(ended) == 1 and "goes on there" in str(ended[0])

    ImportProcess(stores.places, order).run(words.append)
    assert len(rows_of(stores)) == 300


def test_what_a_child_cannot_do_is_said_as_everywhere(where: Places, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(where.create().database)) as db:
        db.execute("PRAGMA user_version = 999")
    with pytest.raises(WorldError, match="newer Calotype"):
        ImportProcess(where, ImportOrder((tmp_path,))).run(lambda word: None)


def test_folders_that_are_empty_or_not_there_are_away(tmp_path: Path) -> None:
    write(tmp_path / "here" / "one.png", png(1))
    (tmp_path / "mount").mkdir()
    presence = look([tmp_path / name for name in ("here", "mount", "gone")])
    assert presence.is_away(str(tmp_path / "mount" / "one.png"))
    assert presence.is_away(str(tmp_path / "gone" / "deep" / "one.png"))
    assert not presence.is_away(str(tmp_path / "here" / "one.png"))
    assert not presence.is_away(str(tmp_path / "mountain" / "one.png"))

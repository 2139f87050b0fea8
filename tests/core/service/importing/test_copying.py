"""Pictures copied into the gallery's own: under their names, each once, nothing overwritten."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.cli.main import run
from core.service.importing import copying
from core.service.importing.pixels import look_at_pixels
from core.service.stores import Stores, open_stores
from core.store import trash
from core.store.imported_rows import ImportedRows
from core.system.paths import Places
from tests.core.service.importing.folders import (
    LONG_AGO,
    bring_in,
    importing,
    png,
    rows_of,
    states,
    write,
)
from tests.core.store.dying import Death, Life

ROOT = Path(__file__).parents[4]
DAY = time.strftime("%Y-%m-%d", time.localtime(LONG_AGO))


def test_copies_keep_their_names_and_what_is_there_is_neither_overwritten_nor_copied_twice(
    stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "art"
    one = write(folder / "my cat.png", png(1))
    write(folder / "again.png", one.read_bytes())
    write(folder / "sub" / "my cat.png", png(2))
    write(folder / "sub" / "bad.png", b"none")
    other = write(stores.places.pictures / DAY / "my cat.png", png(99))
    told, end = bring_in(stores, folder, copy=True)
    assert states(told) == {"again.png": "copied", "my cat.png": "copied", "bad.png": "refused"}
    assert end.counts == {"copied": 2, "known": 1, "refused": 1}
    home = stores.places.pictures / DAY
    assert sorted(path.name for path in home.iterdir()) == [
        "again.png",
        "my cat-2.png",
        "my cat.png",
    ]
    assert other.read_bytes() == png(99)
    assert (home / "again.png").read_bytes() == one.read_bytes()
    assert [row["path"] for row in rows_of(stores)] == [f"{DAY}/again.png", f"{DAY}/my cat-2.png"]
    assert all(row["sha256"] for row in rows_of(stores))
    assert set(states(bring_in(stores, folder, copy=True)[0]).values()) == {"known", "refused"}
    one.unlink()
    thumbnail = stores.thumbnails.get(stores.gallery.page([1])[0])
    assert thumbnail.startswith(b"\xff\xd8")


def test_a_death_at_any_step_leaves_no_file_twice(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for death in range(1, 20):
        folder = tmp_path / f"art {death}"
        write(folder / f"{death}.png", png(death))
        life = Life(death)
        with monkeypatch.context() as patched:
            patched.setattr(copying, "put", life.mortal(copying.put))
            patched.setattr(ImportedRows, "put", life.mortal(ImportedRows.put))
            try:
                bring_in(stores, folder, copy=True)
                survived = True
            except Death:
                survived = False
        bring_in(stores, folder, copy=True)
        assert len(list((stores.places.pictures / DAY).glob("*.png"))) == death
        assert len(rows_of(stores)) == death
        if survived:
            return
    raise AssertionError("it never came to an end")


def test_the_command_says_each_file_and_leaves_stdout_to_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "art"
    write(folder / "good.png", png(1))
    write(folder / "bad.png", b"none")
    data = ["--data", str(tmp_path / "data")]
    assert run([*data, "gallery", "import", str(folder), "--json"]) == 0
    out = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(Path(line["path"]).name, line["state"]) for line in out] == [
        ("bad.png", "refused"),
        ("good.png", "added"),
    ]
    assert out[0]["reason"].endswith(".") and out[0].keys() == {"path", "state", "reason"}
    assert run([*data, "gallery", "import", str(folder), "--copy"]) == 0
    said = capsys.readouterr()
    assert f"copied   {folder / 'good.png'}" in said.out and "1 copied, 1 refused" in said.err
    assert run([*data, "gallery", "folders", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed == {"path": str(folder), "pictures": 1, "state": "whole"}
    assert run([*data, "gallery", "folders", "--remove", str(tmp_path)]) == 1
    assert "is not watched" in capsys.readouterr().err
    assert run([*data, "gallery", "folders", "--remove", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("1 pictures left")
    assert (folder / "good.png").exists()
    assert run([*data, "gallery", "import", str(tmp_path / "nowhere")]) == 1
    assert "There is no folder" in capsys.readouterr().err


def test_what_is_shown_in_place_can_be_copied_all_the_same(stores: Stores, tmp_path: Path) -> None:
    write(tmp_path / "art" / "one.png", png(1))
    bring_in(stores, tmp_path / "art")
    look_at_pixels(importing(stores))
    assert states(bring_in(stores, tmp_path / "art", copy=True)[0]) == {"one.png": "copied"}
    assert len(rows_of(stores)) == 2


def test_copies_come_back_with_their_recipes_where_the_database_is_lost(
    where: Places, tmp_path: Path
) -> None:
    stores = open_stores(where)
    for number in range(3):
        write(tmp_path / "art" / f"c{number}.png", png(number))
    write(tmp_path / "art" / "none.png", png(9, None))
    bring_in(stores, tmp_path / "art", copy=True)
    stores.gallery.trash([1])
    before = rows_of(stores)
    stores.close()
    for file in where.root.glob("calotype.db*"):
        file.unlink()
    write(where.pictures / "mine" / "drawn.png", png(11, None))
    again = open_stores(where)
    assert again.recover()[0] == 3
    said = ("path", "request", "created", "sha256", "origin", "trash_path")
    assert [[row[name] for name in said] for row in rows_of(again)] == [
        [row[name] for name in said] for row in before
    ]
    assert len(again.gallery.ids("house is:imported")) == 2
    assert len(again.gallery.ids(trashed=True)) == 1
    assert [Path(one).name for one in again.gallery.check().orphans] == ["drawn.png"]
    again.close()


def test_a_kill_while_copies_come_back_from_the_trash_costs_no_mark(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "art" / "mine.png", png(3))
    bring_in(stores, tmp_path / "art", copy=True)
    stores.gallery.set_tags([1], ["sky"])
    for death in range(1, 20):
        stores.gallery.trash([1])
        life = Life(death)
        with monkeypatch.context() as patched:
            for name in ("_move", "_sync_folders"):
                patched.setattr(trash, name, life.mortal(getattr(trash, name)))
            try:
                stores.gallery.restore([1])
                survived = True
            except Death:
                survived = False
        stores.gallery.settle_trash()
        (picture,) = stores.gallery.page([1])
        assert picture.tags == ("sky",) and Path(picture.path).is_file()
        stores.gallery.restore([1])
        if survived:
            return
    raise AssertionError("it never came to an end")


COPIES = """
import sys
from pathlib import Path
from core.service.importing import copying
from core.service.stores import open_stores
from core.system.paths import Places
from tests.core.service.importing.folders import importing

root, folder = Path(sys.argv[1]), Path(sys.argv[2])
stores = open_stores(Places(root, root / "pictures", root / "models"))
read, waits = copying.read_picture, [True]

def read_picture(*given, **more):
    picture = read(*given, **more)
    if waits:  # both have looked at their first one before either goes on
        waits.clear()
        print("read", flush=True)
        sys.stdin.readline()
    return picture

copying.read_picture = read_picture
end = copying.copy_folder(importing(stores), folder, lambda said: None)
stores.close()
print(end.counts.get("copied", 0), end.counts.get("known", 0), flush=True)
"""


def test_two_imports_at_once_copy_each_picture_once(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "art"
    for number in range(6):
        write(folder / f"{number}.png", png(number))
    command = [sys.executable, "-c", COPIES, str(stores.places.root), str(folder)]
    both = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for one in both:
        assert one.stdout is not None and one.stdout.readline() == "read\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    said = [one.communicate(timeout=120)[0].split() for one in both]
    assert sum(int(copied) for copied, _ in said) == 6 == sum(int(known) for _, known in said)
    rows = rows_of(stores)
    assert len(rows) == 6 == len({row["sha256"] for row in rows})
    assert len(list((stores.places.pictures / DAY).iterdir())) == 6

"""Damage in the data folder, one kind at a time: does the window open, and is a picture made?
Prints those that fail; exit 1 with them.

    .venv/bin/python tests/soak/damage/damage_folder.py [PART OF A NAME,...]

Over 100 kinds: each file and folder the program keeps is missing, emptied, cut, zeroed, garbage,
huge, too deep, of the wrong type, a folder, a pipe, a link to nothing or to itself. Each start is a
process of its own with a deadline; about 4 s a kind on 2 cores.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
DEADLINE, AT_ONCE = 60.0, 2
Damage = Callable[[Path], object]


def start(data: str) -> None:
    """The program as `run` opens it, with the fake engine; says "opened" and,
    once a picture is there, "picture"."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from core.engine.contract.protocol import EngineSpec, FakeScript
    from core.service.making.runner import Outcome
    from core.system.paths import places
    from core.values.request import Request
    from desktop.app.app import Application
    from desktop.app.instance import Instance
    from desktop.app.native_faults import catch_native_faults
    from desktop.app.safe_mode import StartCounter

    faults: list[str] = []
    sys.excepthook = lambda kind, error, trace: faults.append(f"{kind.__name__}: {error}")
    qt = QApplication([])
    where = places(data).create()
    instance = Instance(where.root)
    assert instance.first_or_handed_over([])
    instance.listen()
    counted = StartCounter(where.root)
    counted.begin(crashed=catch_native_faults(where))
    spec = EngineSpec(
        kind="fake", runs_in="process", fake=FakeScript(step_seconds=0.0), logs=str(where.logs)
    )
    application = Application(qt, where, spec)
    service = application.service

    def ended(outcome: Outcome) -> None:
        if outcome.picture is not None and Path(outcome.picture.path).is_file():
            print("picture", flush=True)
            QTimer.singleShot(600, leave)
        else:
            print("failed", outcome.message, outcome.hint, flush=True)

    def leave() -> None:
        application.window._save_session()
        instance.deafen()
        application.end()
        counted.came_to_rest()
        instance.end()
        print("notice", application.window.notice.text.text(), flush=True)
        print("faults", json.dumps(faults), flush=True)
        qt.quit()

    def begin() -> None:
        print("opened" if application.window.isVisible() else "closed", flush=True)
        if application._no_pictures and not where.pictures.is_dir():
            print("waits for its pictures folder", flush=True)
            leave()
            return
        service.pause(False)
        service.submit(Request("a house", steps=1, width=64, height=64, seed=1))

    service.finished.connect(ended)
    application.start()
    QTimer.singleShot(1500, begin)
    qt.exec()


def build(data: Path) -> None:
    """A folder as a few days of use leave it."""
    from core.metadata.writing import encode
    from core.service.editing.opening import document_of
    from core.service.incidents import save_incident
    from core.service.stores import open_stores
    from core.store.files import put_in_gallery
    from core.store.sources.opened_picture import OpenedPicture
    from core.store.thumbnails import Thumbnails
    from core.system import settings
    from core.system.paths import places
    from core.values.editing.record import DocumentRecord
    from core.values.picture import Pixels, Recipe
    from core.values.request import Request
    from core.values.request_parts.start_picture import StartPicture
    from core.values.resolved_request import resolve

    where = places(data).create()
    stores, cache = open_stores(where), Thumbnails(where.thumbnails)
    for seed in range(3):
        recipe = Recipe(Request("a red house", seed=seed), created=float(seed + 1))
        path = put_in_gallery(where.pictures, seed, *encode(Pixels(8, 8, bytes(192)), recipe))
        cache.get(stores.gallery.record(path, recipe, 8, 8))
    stores.gallery.trash([3])
    source = stores.sources.keep(OpenedPicture(2, 1, "RGB", bytes(6)))
    asked = Request("a red house", seed=9, start=StartPicture(source=source))
    stores.jobs.stop_waiting(stores.jobs.add([resolve(asked)])[0].id)
    state, tiles = document_of(OpenedPicture(2, 1, "RGB", bytes(range(6))), "Sheet")
    stores.documents.create(DocumentRecord("d" * 32, "Sheet", 1.0), state, tiles)
    stores.documents.order(["d" * 32])
    stores.database.daily_copy()
    cache.close()
    stores.close()
    settings.save(where.settings, settings.Settings(theme="light"))
    settings.save(where.settings, settings.Settings())
    for folder in (
        where.checkpoints,
        where.incidents,
        where.models / "loras",
        where.models / "checkpoints",
    ):
        folder.mkdir(parents=True, exist_ok=True)
    (where.models / "registry.json").write_text("[]")
    (where.models / "roots.json").write_text("[]")
    save_incident(where.incidents, where.logs / "calotype.log", RuntimeError("x"))
    run(data)
    for name in ("starting", "logs/window-fault.txt", "logs/calotype.log"):
        (data / name).touch()


FILES = (
    "calotype.db",
    "thumbnails.db",
    "models-index.db",
    "settings.json",
    "session.json",
    "window.lock",
    "starting",
    "calotype.db.seal",
    "logs/calotype.log",
    "logs/window-fault.txt",
    "models/registry.json",
    "models/roots.json",
    "documents/order.json",
    f"documents/{'d' * 32}.sqlite",
)
JSON = (
    "settings.json",
    "session.json",
    "models/registry.json",
    "models/roots.json",
    "documents/order.json",
)
FOLDERS = (
    "backups",
    "trash",
    "kept",
    "incidents",
    "logs",
    "models",
    "models/loras",
    "models/checkpoints",
    "pictures",
    "sources",
    "documents",
    "socket",
)


def _replaced(path: Path, make: Callable[[Path], object]) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    make(path)


def _filled(path: Path) -> None:
    path.mkdir()
    (path / "x").write_text("x")


def kinds() -> Iterator[tuple[str, Damage]]:
    """(name, what to do to a data folder)."""
    odd: dict[str, Callable[[Path], object]] = {
        "folder": _filled,
        "pipe": os.mkfifo,
        "dangling": lambda path: path.symlink_to("nowhere/at/all"),
        "loop": lambda path: path.symlink_to(path.name),
    }
    contents: dict[str, Callable[[bytes], bytes]] = {
        "emptied": lambda raw: b"",
        "cut": lambda raw: raw[: len(raw) // 2],
        "zeroed": lambda raw: bytes(len(raw)),
        "garbage": lambda raw: random.Random(1).randbytes(9000),
    }
    for name in FILES:
        yield f"{name} missing", lambda data, name=name: (data / name).unlink(missing_ok=True)
        for how, make in odd.items():
            yield f"{name} {how}", lambda data, name=name, make=make: _replaced(data / name, make)
        for how, change in contents.items():
            yield (
                f"{name} {how}",
                lambda data, name=name, change=change: _rewritten(data / name, change),
            )
    for name in JSON:
        for how, text in (
            ("deep", "[" * 200_000),
            ("list", "[[], 1]"),
            ("null", "null"),
            ("huge", '{"a": "' + "x" * 9_000_000 + '"}'),
            ("types", json.dumps({key: {"a": [1e300]} for key in _keys()})),
            ("number", "1" + "0" * 4000),
            ("surrogates", _surrogates()),
        ):
            yield (
                f"{name} {how}",
                lambda data, name=name, text=text: _replaced(
                    data / name, lambda path: path.write_text(text)
                ),
            )
    for name in FOLDERS:
        yield (
            f"{name} missing",
            lambda data, name=name: shutil.rmtree(data / name, ignore_errors=True),
        )
        for how, make in (odd | {"file": lambda path: path.write_text("x")}).items():
            if how != "folder":
                yield (
                    f"{name} {how}",
                    lambda data, name=name, make=make: _replaced(data / name, make),
                )
    yield from _inside()


def _rewritten(path: Path, change: Callable[[bytes], bytes]) -> None:
    raw = path.read_bytes() if path.is_file() else b"x" * 100
    path.write_bytes(change(raw))


def _keys() -> list[str]:
    return [
        "theme",
        "shortcuts",
        "pictures_folder",
        "models_folder",
        "request",
        "geometry",
        "splitter",
        "room",
        "mirror",
        "previews",
    ]


def _surrogates() -> str:
    return json.dumps(
        dict.fromkeys(_keys(), "�\x00x")
        | {"room": 99, "request": {"prompt": "\ud800"}, "shortcuts": [["generate", "\ud800"]]}
    )


def _inside() -> Iterator[tuple[str, Damage]]:
    for folder in (
        "pictures",
        "trash",
        "models/loras",
        "models/checkpoints",
        "incidents",
        "kept",
        "sources",
        "documents",
        "backups",
    ):
        for ending in (".png", ".safetensors", ".db", ".latents"):
            yield (
                f"a pipe {ending} in {folder}",
                lambda data, folder=folder, ending=ending: os.mkfifo(
                    data / folder / f"1-x{ending}"
                ),
            )
    for suffix in ("-wal", "-shm"):
        yield (
            f"calotype.db{suffix} garbage",
            lambda data, suffix=suffix: (data / f"calotype.db{suffix}").write_bytes(
                random.Random(2).randbytes(40_000)
            ),
        )
        yield (
            f"thumbnails.db{suffix} folder",
            lambda data, suffix=suffix: _replaced(data / f"thumbnails.db{suffix}", _filled),
        )
        yield (
            f"thumbnails.db{suffix} pipe",
            lambda data, suffix=suffix: _replaced(data / f"thumbnails.db{suffix}", os.mkfifo),
        )
    for number, shape in enumerate(("zz", "00" * 9000, "\ud800", "ff" * 300)):
        yield (
            f"window geometry {number}",
            lambda data, shape=shape: (data / "session.json").write_text(
                json.dumps({"geometry": shape, "splitter": shape, "room": -5})
            ),
        )
    for setting in ("/proc/x/m", "a\0b", "relative", "/" + "y" * 300, "\udcff", "~nobody/x"):
        yield (
            f"models_folder {setting[:9]!r}",
            lambda data, setting=setting: (data / "settings.json").write_text(
                json.dumps({"models_folder": setting})
            ),
        )
    for setting in ("a\0b", "relative", "/" + "y" * 300):
        yield (
            f"pictures_folder {setting[:9]!r}",
            lambda data, setting=setting: (data / "settings.json").write_text(
                json.dumps({"pictures_folder": setting})
            ),
        )


def run(data: Path) -> tuple[bool, str]:
    """One start: whether a picture was made without a fault of the
    program, and all that was said."""
    command = [sys.executable, __file__, "--start", str(data)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            cwd=ROOT,
            check=False,
            env=os.environ
            | {
                "QT_QPA_PLATFORM": "offscreen",
                "QT_LOGGING_RULES": "*=false",
                "PYTHONPATH": str(ROOT),
            },
        )
    except subprocess.TimeoutExpired as late:
        return False, f"no end within {DEADLINE:.0f} s; {(late.stdout or b'').decode()[-300:]}"
    said = done.stdout.splitlines()
    # the latter as long as a link leads to a drive that is gone
    ended = "picture" in said or "waits for its pictures folder" in said
    good = done.returncode == 0 and "opened" in said and ended and "faults []" in said
    return good, done.stdout[-700:] + done.stderr[-900:]


def try_one(whole: Path, folder: Path, name: str, damage: Damage) -> tuple[str, bool, str]:
    """A copy of the whole folder, damaged in one way, and a start on it."""
    data = folder / "".join(c if c.isalnum() else "-" for c in name)[:80]
    shutil.copytree(whole, data, symlinks=True, ignore=shutil.ignore_patterns("calotype-*"))
    damage(data)
    good, said = run(data)
    shutil.rmtree(data, ignore_errors=True)
    return name, good, said


def main(part: str) -> int:
    """Exit code 0 where each kind of damage ended in a picture."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="calotype-damage-") as place:
        whole = Path(place) / "whole"
        build(whole)
        chosen = [kind for kind in kinds() if any(one in kind[0] for one in part.split(","))]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda kind: try_one(whole, Path(place), *kind), chosen))
    bad = [(name, said) for name, good, said in found if not good]
    for name, said in bad:
        print(f"FAILED: {name}\n{said}\n")
    print(
        f"{len(found)} kinds of damage: {len(found) - len(bad)} starts with a picture, {len(bad)} "
        f"without; {time.monotonic() - began:.0f} s"
    )
    return int(bool(bad) or not found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--start"]:
        start(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))

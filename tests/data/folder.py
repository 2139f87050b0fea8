"""Data folders as they were written by earlier versions: unpacked, looked at with nothing but
SQLite and JSON, and multiplied.

The names found here (tables, columns, keys, files, options) are the contract of the FILE FORMAT: a
class may be called anything, what it is stored under stays. `names` therefore reads the disk and no
value of the program.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import sqlite3
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image

from core.models.library.fingerprint import content_hash
from core.store.checkpoints import ALWAYS_MARKED
from core.store.sqlite.checksum import row_checksum
from core.system.json import dumps, loads, to_plain
from core.system.paths import RESOURCES
from core.values.request import Request

HERE = Path(__file__).resolve().parent
ARCHIVES = tuple(sorted(HERE.glob("*.tar.xz")))
NEWEST = HERE / "2026-11-27-gallery.tar.xz"
HOME = "/tmp/calotype-folder"
DATABASES = (
    "data/calotype.db",
    "data/thumbnails.db",
    "data/models-index.db",
    "data/imports.db",
)
LISTS = (
    "settings.json",
    "settings.json.old",
    "session.json",
    "registered.json",
    "roots.json",
    ".models.moved.json",
    ".moved.json",
    "plan.json",
    "incident.json",
)
SIZES = "sizes.json"
LEFT_OUT = re.compile(r"\.reserve$|\.lock$|\.users$|-shm$|/lock$")
MARK = "of the kept latents"
MOST_SAID = 20
AT_ONCE = 5000  # rows that are made before they are written
MADE_ANEW = (".tables.calotype.db.words",)  # the search index has a file of its own by now


# --- packing and unpacking ---


def pack(home: Path, archive: Path) -> None:
    """`data` and `drive` of a folder; of models without weights only the heads, with their sizes
    written down."""
    sizes: dict[str, int] = {}
    with tarfile.open(archive, "w:xz", preset=9) as tar:
        for path in sorted(files_of(home)):
            name = path.relative_to(home).as_posix()
            if LEFT_OUT.search(name):
                continue
            data = (
                path.read_bytes()[: 2**16] if path.suffix == ".safetensors" else path.read_bytes()
            )
            if path.suffix == ".safetensors":
                sizes[name], data = (
                    path.stat().st_size,
                    data[: 8 + int.from_bytes(data[:8], "little")],
                )
            _put(tar, name, data, path.stat().st_mtime)
        _put(tar, SIZES, json.dumps(sizes).encode(), time.time())


def _put(tar: tarfile.TarFile, name: str, data: bytes, when: float) -> None:
    head = tarfile.TarInfo(name)
    head.size, head.mtime = len(data), int(when)
    tar.addfile(head, io.BytesIO(data))


def unpack(archive: Path, into: Path) -> Path:
    """A copy in `into`, as if it had been made there and left yesterday; `into`."""
    into = into.resolve()
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    for name, size in json.loads((into / SIZES).read_text()).items():
        os.truncate(into / name, size)
    (into / SIZES).unlink()
    _remark(into)
    _readdress(into)
    _as_of_yesterday(into)
    return into


def files_of(into: Path) -> Iterator[Path]:
    """Every file of a folder and its drive, but not the copy of the program that wrote it."""
    for place in (into / "data", into / "drive"):
        yield from (path for path in place.rglob("*") if path.is_file())


def _moved(text: str, into: Path) -> str:
    """A text that names places of the machine it was written on."""
    return text.replace(f"{HOME}/program/resources", str(RESOURCES)).replace(HOME, str(into))


def neutral(value: Any, into: Path) -> Any:
    """A value with the places it was written with; the reverse of what `unpack` does."""
    text = json.dumps(value, ensure_ascii=False).replace(str(into), HOME)
    return json.loads(text.replace(str(RESOURCES), f"{HOME}/program/resources"))


def _readdress(into: Path) -> None:
    for path in files_of(into):
        if _list_name(path):
            path.write_text(_moved(path.read_text(), into))
    for path in (*_databases(into), *(into / "data" / "backups").glob("*.db")):
        with closing(sqlite3.connect(path)) as db, db:
            db.row_factory = sqlite3.Row
            believed = {row["id"] for row in _pictures(db) if row["sum"] == row_checksum(row)}
            db.create_function("moved", 1, lambda value: _moved_any(value, into))
            for table, columns in _tables(db).items():
                if not table.startswith("words"):
                    sets = ", ".join(f"{column} = moved({column})" for column in columns)
                    db.execute(f"UPDATE {table} SET {sets}")
            for row in _pictures(db):
                if row["id"] in believed and row["sum"] != row_checksum(row):
                    new = row_checksum(row), row["id"]
                    db.execute("UPDATE pictures SET sum = ? WHERE id = ?", new)


def _databases(into: Path) -> list[Path]:
    """Those that a folder has: not each version kept all."""
    return [path for name in DATABASES if (path := into / name).is_file()]


def _pictures(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """The rows of pictures, where the database has any that say their sum."""
    has_sums = "sum" in _tables(db).get("pictures", ())
    return db.execute("SELECT * FROM pictures").fetchall() if has_sums else []


def _list_name(path: Path) -> str:
    """What a JSON file of names and values is called here, all sweeps alike; "" for others."""
    if path.parent.name == "sweeps":
        return "sweep.json" if path.suffix == ".json" else ""
    return path.name if path.name in LISTS or path.name.endswith(".part.json") else ""


def _moved_any(value: Any, into: Path) -> Any:
    if isinstance(value, bytes) and HOME.encode() in value:
        return _moved(value.decode(), into).encode()
    return _moved(value, into) if isinstance(value, str) else value


def _remark(into: Path) -> None:
    """Kept latents name the model by a sum over request, place and content: of the starter as it
    lies here."""
    place, starter = f"{HOME}/program/resources/starter", str(RESOURCES / "starter")
    with closing(sqlite3.connect(into / "data" / "calotype.db")) as db:
        ((digest,),) = db.execute(
            "SELECT fingerprint FROM cards WHERE path = ?", (place,)
        ).fetchall()
        requests = dict(db.execute("SELECT id, request FROM jobs").fetchall())
    for path in (into / "data" / "kept").glob("*.latents"):
        line, _, values = path.read_bytes().partition(b"\n")
        head, request = json.loads(line), requests[path.stem]
        assert head["recipe"] == _mark(request, place, digest), (
            "it was kept for this request and this model"
        )
        head["recipe"] = _mark(request, starter, content_hash(starter))
        path.write_bytes(json.dumps(head, separators=(",", ":")).encode() + b"\n" + values)


def _mark(request: str, model: str, digest: str) -> str:
    """Of a request as its job is stored; what came after the first archive counts where it is no
    default."""
    usual, now = to_plain(Request()), to_plain(loads(Request, request))
    told = {
        name: value
        for name, value in json.loads(request).items()
        if name in ALWAYS_MARKED or now[name] != usual[name]
    }
    return hashlib.sha256(f"{dumps(told)}|{model}|{digest}|".encode()).hexdigest()


def _as_of_yesterday(into: Path) -> None:
    """What counts for days only (the trash, kept latents, ways, a running job of another machine)
    is moved to yesterday."""
    yesterday = time.time() - 86_400
    with closing(sqlite3.connect(into / "data" / "calotype.db")) as db, db:
        db.execute("UPDATE pictures SET trashed = ? WHERE trashed IS NOT NULL", (yesterday,))
        db.execute("UPDATE jobs SET started = ? WHERE state = 'running'", (yesterday,))
        db.execute("UPDATE ways SET made = ?", (yesterday,))
    for path in (into / "data" / "kept").iterdir():
        os.utime(path, (yesterday, yesterday))


# --- what it is stored under ---


def _tables(db: sqlite3.Connection) -> dict[str, list[str]]:
    """Tables and their columns."""
    tables = [
        row[0]
        for row in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    ]
    return {
        table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")] for table in tables
    }


def names(into: Path) -> dict[str, Any]:
    """Tables with columns, keys of everything that is JSON, and the files with their digits made
    alike."""
    tables: dict[str, Any] = {}
    keys: dict[str, set[str]] = {}
    documents = sorted((into / "data" / "documents").glob("*.sqlite"))
    for path in (*_databases(into), *documents):
        name = "document.sqlite" if path in documents else path.name
        with closing(sqlite3.connect(path)) as db:
            found = _tables(db)
            tables[name] = {
                table: columns for table, columns in found.items() if not table.startswith("words_")
            }
            for table, columns in found.items():
                for column in columns if not table.startswith("words") else ():
                    for (value,) in db.execute(f"SELECT {column} FROM {table}"):
                        _note_text(keys, f"{name} {table}.{column}", value)
    files: set[str] = set()
    for path in files_of(into):
        name = path.relative_to(into).as_posix()
        if LEFT_OUT.search(name) or name.endswith("-wal"):
            continue
        files.add(_alike(name))
        if name_of_list := _list_name(path):
            _note_text(keys, name_of_list, path.read_text())
        elif path.suffix == ".latents":
            _note_text(keys, f"*.latents {MARK}", path.read_bytes().partition(b"\n")[0].decode())
        elif path.suffix == ".png" and "pictures" in path.parts:
            with Image.open(path) as image:
                _note_text(keys, "*.png calotype", image.info.get("calotype"))
    return {
        "tables": tables,
        "keys": {place: sorted(found) for place, found in keys.items()},
        "files": sorted(files),
    }


def _alike(name: str) -> str:
    """A file's name without what differs from one to the next."""
    name = re.sub(r"[0-9a-f]{24}(?=\.latents)", "JOB", name)
    name = re.sub(r"(?<=incidents/)\d{8}-\d{6}-[0-9a-f]{4}", "TIME", name)
    name = re.sub(r"(?<=documents/)[0-9a-f]{32}", "ID", name)
    name = re.sub(r"(?<=sweeps/)[0-9a-f]{32}", "ID", name)
    name = re.sub(r"(?<=\.deleted/)\d+", "TIME", name)
    name = re.sub(r"-[0-9a-f]{8}(?=/)|(?<=safetensors\.)[0-9a-f]{8}$", "#", name)
    name = re.sub(r"\d{4}-\d\d-\d\d", "DAY", name)
    return re.sub(r"\d+(?=-)|(?<=-)\d+(?=\.)", "N", name)


def _note_text(keys: dict[str, set[str]], place: str, value: Any) -> None:
    if isinstance(value, bytes):
        value = value.decode() if value.startswith((b"{", b"[")) else None
    if isinstance(value, str) and value.startswith(("{", "[")):
        keys.setdefault(place, set()).update(_paths(json.loads(value), ""))


def _paths(value: Any, above: str) -> Iterator[str]:
    """The keys of JSON, with those within them behind a point; items of a list behind []."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{above}{key}"
            yield from _paths(inner, f"{above}{key}.")
    elif isinstance(value, list):
        for inner in value:
            yield from _paths(inner, f"{above}[].")


def missing(wanted: Any, found: Any, place: str = "") -> list[str]:
    """A sentence for each name or value of an old version that is not there any more. What a later
    one added is none of them."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        gone = [
            f"{place}.{key}: no such name"
            for key in wanted
            if key not in found and f"{place}.{key}" not in MADE_ANEW
        ]
        return gone + [
            one
            for key in wanted
            if key in found
            for one in missing(wanted[key], found[key], f"{place}.{key}")
        ]
    if (
        isinstance(wanted, list)
        and isinstance(found, list)
        and len(wanted) == len(found)
        and not _is_names(wanted)
    ):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [one for number, (a, b) in pairs for one in missing(a, b, f"{place}[{number}]")]
    if _is_names(wanted) and isinstance(found, list):
        return [f"{place}: no {one}" for one in wanted if one not in found]
    return [] if wanted == found else [f"{place}: {found!r} instead of {wanted!r}"]


def same(wanted: Any, found: Any, place: str = "") -> None:
    """AssertionError with every name and value of an old version that is not there any more."""
    gone = missing(wanted, found, place)
    assert not gone, "\n".join(gone[:MOST_SAID])


def _is_names(value: Any) -> bool:
    """A list of names, which may grow; their order says nothing."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def disbelieved(into: Path) -> int:
    """Rows of pictures that are not as their sums say: these would be read from their files."""
    with closing(sqlite3.connect(into / "data" / "calotype.db")) as db:
        db.row_factory = sqlite3.Row
        return sum(row["sum"] != row_checksum(row) for row in db.execute("SELECT * FROM pictures"))


def not_shown(written: Mapping[str, Any]) -> int:
    """How many rows the gallery does not show at first: in the trash, hidden, or below the newest
    of their stack."""
    values = written["values"]
    below = len(values["pictures"]) - len(values.get("stacked", values["pictures"]))
    return len(values["trash"]) + len(values.get("hidden", ())) + below


# --- many more of them ---


def multiply(into: Path, count: int) -> None:
    """Rows for `count` pictures in all, and as many finished jobs: copies of those that are there,
    with other places and seeds.

    A row of a copy has the sum it needs to be believed. The files are not copied.
    """
    with closing(sqlite3.connect(into / "data" / "calotype.db")) as db, db:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA synchronous = OFF")
        kept = db.execute("SELECT * FROM pictures WHERE trashed IS NULL ORDER BY id").fetchall()
        jobs = {
            row["id"]: dict(row) for row in db.execute("SELECT * FROM jobs WHERE state = 'done'")
        }
        patterns = [
            (dict(row), jobs[row["job_id"]], json.loads(row["request"]))
            for row in kept
            if row["job_id"] in jobs  # no other program's
        ]
        there, last = db.execute("SELECT count(*), max(id) FROM pictures").fetchone()
        numbers = range(count - there)
        for at in range(0, len(numbers), AT_ONCE):
            copies = [
                _copy(number, last, *patterns[number % len(patterns)])
                for number in numbers[at : at + AT_ONCE]
            ]
            for table, which in (("pictures", 0), ("jobs", 1)):
                marks = ", ".join(f":{name}" for name in patterns[0][which])
                rows = [copy[which] for copy in copies]
                db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _copy(
    number: int, last: int, row: dict[str, Any], job: dict[str, Any], request: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A picture's row and its job's, as one made with another seed, of no document, would have
    them."""
    prompt, job_id = f"{row['prompt']} copy{number}", f"{number:024x}"
    changed = {"seed": number, "prompt": prompt} | ({"document": ""} if "document" in row else {})
    text = json.dumps(request | changed, separators=(",", ":"))
    place = f"1999-01-{1 + number // 10_000:02d}/{number % 10_000:04d}-{number}.png"
    copied = row | {"id": last + 1 + number, "path": place, "request": text, "job_id": job_id}
    copied |= {"prompt": prompt, "favourite": int(number % 100 == 0)}
    copied |= {"document": ""} if "document" in row else {}
    return copied | {"sum": row_checksum(copied)}, job | {"id": job_id, "request": text}

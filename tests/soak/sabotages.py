"""The list for sabotage.py: what is broken on purpose, and the short form of
the soak that must notice.

Each change is a piece of the source's text and what stands there instead. Where the
source was changed so that the piece is not found, sabotage.py says so and fails:
then the piece here is to be written anew.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """In `file`, relative to the checkout, `old` (which stands there
    exactly once) becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Sabotage:
    """`soak`: what is run, relative to the checkout; "pytest" before a test file. It must end with
    1, without the changes with 0."""

    name: str
    soak: tuple[str, ...]
    changes: tuple[Change, ...]


_S = "tests/soak/"
_MAKE = (f"{_S}kills/kill_calls.py", "make", "--stride", "2", "--first")
_START = (f"{_S}kills/kill_calls.py", "start from a picture", "--stride", "3", "--first")
_RECORD = (f"{_S}kills/kill_calls.py", "record", "--first")
_MENDING = (f"{_S}damage/damage_database.py", "14", "5", "100")
_AT_ONCE = (f"{_S}at_once/together.py", "register", "folders")
_NOBODY_ALONE = Change(
    "core/store/sqlite/repair.py",
    "fcntl.flock(self._handle, kind | fcntl.LOCK_NB)",
    "fcntl.flock(self._handle, fcntl.LOCK_UN)",
)

SABOTAGES: tuple[Sabotage, ...] = (
    Sabotage(
        "no fsync in picture files",
        (f"{_S}kills/power_cut.py", "make"),
        (
            Change(
                "core/system/atomic_files.py",
                "        out.flush()\n        _sync(out.fileno())\n\n\ndef replace_file",
                "        out.flush()\n\n\ndef replace_file",
            ),
        ),
    ),
    Sabotage(
        "what killed recordings left is not swept",
        _RECORD,
        (Change("core/service/stores.py", "            self.places.recordings,\n", ""),),
    ),
    Sabotage(
        "recordings are held to their size only as one comes",
        _RECORD,
        (Change("core/service/stores.py", "self.recordings.bound(self.recordings_limit)", "pass"),),
    ),
    Sabotage(
        "picture written straight to its final name",
        _MAKE,
        (
            Change(
                "core/store/files.py",
                (
                    "        write_new(partial, data)\n"
                    "        target = name_free(partial, folder, stem, suffix)\n"
                ),
                '        target = folder / f"{stem}{suffix}"\n        write_new(target, data)\n',
            ),
        ),
    ),
    Sabotage(
        "the same, before a power cut",
        (f"{_S}kills/power_cut.py", "make"),
        (
            Change(
                "core/store/files.py",
                (
                    "        write_new(partial, data)\n"
                    "        target = name_free(partial, folder, stem, suffix)\n"
                ),
                '        target = folder / f"{stem}{suffix}"\n        write_new(target, data)\n',
            ),
        ),
    ),
    Sabotage(
        "kept pictures written straight to their names",
        _START,
        (
            Change(
                "core/store/sources/source_store.py",
                "            replace_file(path, data)\n",
                '            with open(path, "wb") as out:\n                out.write(data)\n',
            ),
        ),
    ),
    Sabotage(
        "a sweep that asks no jobs",
        _START,
        (
            Change(
                "core/store/sources/references.py",
                "    _in_jobs,  # before the pictures: a job that ends",
                "    #",
            ),
        ),
    ),
    Sabotage(
        "a step of a document in several commits",
        (f"{_S}kills/kill_calls.py", "edit", "--stride", "15", "--first"),
        (
            Change(
                "core/store/documents/document_file.py",
                '            db.execute("BEGIN IMMEDIATE")\n'
                "            with committed_or_rolled_back(db):\n                yield db\n",
                "            if self:\n                yield db\n",
            ),
        ),
    ),
    Sabotage(
        "the job noted done before its file",
        _MAKE,
        (
            Change(
                "core/service/making/made_picture.py",
                "    last = stores.gallery.last_number\n",
                (
                    "    last = stores.gallery.last_number\n"
                    "    stores.jobs.finish(made.queued.id, 'done')\n"
                ),
            ),
        ),
    ),
    Sabotage(
        "row first, then file",
        _MAKE,
        (
            Change(
                "core/service/making/made_picture.py",
                "    last = stores.gallery.last_number\n",
                (
                    "    last = stores.gallery.last_number\n"
                    '    day = stores.places.pictures / time.strftime("%Y-%m-%d")\n'
                    '    stores.gallery.record(day / f"0005-{recipe.request.seed}.png", '
                    "recipe, 64, 64)\n"
                ),
            ),
        ),
    ),
    Sabotage(
        "nobody waits for the picture before",
        ("pytest", "tests/core/service/test_queue_run.py"),
        (
            Change(
                "core/service/making/queue_run.py",
                "        self.finish()\n        with contextlib.suppress(Cancelled):",
                "        with contextlib.suppress(Cancelled):",
            ),
        ),
    ),
    Sabotage(
        "recovery's sweep off",
        _MAKE,
        (
            Change(
                "core/service/stores.py",
                "number = self._try(lambda: self.gallery.sweep(wanted), 0)",
                "number = 0",
            ),
        ),
    ),
    Sabotage(
        "temporary files left",
        _MAKE,
        (
            Change(
                "core/system/atomic_files.py",
                "    for path in hidden_in(folder):\n        removed += _CLAIM",
                "    for path in ():\n        removed += _CLAIM",
            ),
        ),
    ),
    Sabotage(
        "a dead owner's job never ends",
        _MAKE,
        (
            Change(
                "core/store/jobs.py",
                'if not is_alive(row["owner"], row["started"] or 0.0)]',
                'if not row["owner"]]',
            ),
        ),
    ),
    Sabotage(
        "trash without its intention first",
        (f"{_S}kills/kill_calls.py", "trash", "--first"),
        (
            Change(
                "core/store/trash.py",
                '        self._set_all([(row, {"trash_path": name}) for row, name in pairs])\n',
                "",
            ),
            Change(
                "core/store/trash.py",
                'back={"trash_path": ""})\n',
                (
                    'back={"trash_path": ""})\n'
                    '        self._set_all([(row, {"trash_path": name}) for row, name in pairs])\n'
                ),
            ),
        ),
    ),
    Sabotage(
        "restore overwrites",
        (f"{_S}kills/kill_calls.py", "restore (name taken)", "--stride", "4", "--first"),
        (
            Change(
                "core/store/trash.py",
                "if home.exists() or home.is_symlink():",
                "if home.is_symlink():",
            ),
            Change(
                "core/store/trash.py",
                "        move_new(source, target, synced=False)\n",
                "        os.replace(source, target)\n",
            ),
        ),
    ),
    Sabotage(
        "no fsync before an original goes",
        (f"{_S}kills/power_cut.py", "trash (two disks)"),
        (
            Change(
                "core/system/atomic_files.py",
                "            sync_file(partial)\n",
                "            pass\n",
            ),
        ),
    ),
    Sabotage(
        "migrations without their transaction",
        (f"{_S}kills/kill_calls.py", "migrate", "--stride", "3", "--first"),
        (
            Change(
                "core/store/sqlite/migrations.py",
                '        db.execute("BEGIN IMMEDIATE")\n',
                '        db.execute("SELECT 1")\n',
            ),
            Change(
                "core/store/sqlite/migrations.py",
                "        with committed_or_rolled_back(db):\n",
                "        if db:\n",
            ),
        ),
    ),
    Sabotage(
        "salvage returns at once",
        _MENDING,
        (
            Change(
                "core/store/sqlite/recovery.py",
                '    try:\n        old = sqlite3.connect(f"{source',
                (
                    "    if source:\n        return {}\n    try:\n"
                    '        old = sqlite3.connect(f"{source'
                ),
            ),
        ),
    ),
    Sabotage(
        "nothing is taken from the damaged file",
        _MENDING,
        (
            Change(
                "core/store/sqlite/repair.py",
                "        taken = recover_rows(path, target)\n        if not any(taken.values()):",
                "        if not any(taken.values()) and not path:",
            ),
        ),
    ),
    Sabotage(
        "daily copy off",
        _MENDING,
        (
            Change(
                "core/store/sqlite/database.py",
                (
                    "        if self.refusal is not None:\n            return\n        try:\n"
                    "            copies.copy_of_today("
                ),
                (
                    "        if self.refusal is None:\n            return\n        try:\n"
                    "            copies.copy_of_today("
                ),
            ),
        ),
    ),
    Sabotage(
        "repairs do not wait for one another",
        (f"{_S}at_once/together.py", "repair", "--rounds", "1"),
        (_NOBODY_ALONE,),
    ),
    Sabotage(
        "no locks",
        _AT_ONCE,
        (Change("core/system/atomic_files.py", "        lock.acquire()\n", "        pass\n"),),
    ),
    Sabotage(
        "a living command's job is taken for dead",
        (f"{_S}at_once/together.py", "owner"),
        (
            Change(
                "core/store/jobs.py",
                'if not is_alive(row["owner"], row["started"] or 0.0)]',
                "if row]",
            ),
        ),
    ),
    Sabotage(
        "a wrong download keeps its name",
        (f"{_S}kills/kill_downloads.py", "0"),
        (
            Change(
                "core/models/fetch/download.py",
                "wrong = bool(self.remote.sha256) and digest != self.remote.sha256.lower()",
                "wrong = False",
            ),
        ),
    ),
    Sabotage(
        "engine restart off",
        (f"{_S}kills/kill_engine.py", "1", "sampling"),
        (
            Change(
                "core/engine/process.py",
                "        if len(self._deaths) > RESTARTS:\n",
                "        if self._deaths:\n",
            ),
        ),
    ),
    Sabotage(
        "steps of a document wait for the next ones",
        (f"{_S}kills/kill_edit.py", "12"),
        (
            Change(
                "core/store/documents/document_file.py",
                "            self._pending.append(work)\n            self.write_pending()\n",
                (
                    "            self._pending.append(work)\n"
                    "            if len(self._pending) > 4:\n"
                    "                self.write_pending()\n"
                ),
            ),
        ),
    ),
    Sabotage(
        "decoders' boundary removed",
        (f"{_S}damage/hostile.py", "20", "20", "400"),
        (
            Change(
                "core/metadata/reading.py",
                "    except Exception as fault:  # the one boundary of the decoders\n",
                "    except ZeroDivisionError as fault:\n",
            ),
        ),
    ),
    Sabotage(
        "the token is sent without encryption",
        ("pytest", "tests/core/models/fetch/test_net.py", "-k", "token"),
        (
            Change(
                "core/models/fetch/http.py",
                'and (at.scheme == "https" or self._local(host))\n            and (token',
                "and (token",
            ),
        ),
    ),
    Sabotage(
        "one connection while offline",
        (f"{_S}sessions/offline.py", "2"),
        (
            Change(
                "core/service/stores.py",
                "    where.create()\n    database =",
                (
                    "    where.create()\n    import socket\n\n"
                    '    socket.socket().connect_ex(("127.0.0.1", 9))\n    database ='
                ),
            ),
        ),
    ),
)

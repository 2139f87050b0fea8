"""Fetches one file so that a wrong or half one never gets its final name: resumes,
checks size and hash, then renames.

Beside `NAME.part` lies `NAME.part.json` with the address, the size and the server's mark of the
content (etag); a later attempt, also after a restart, asks only for the rest (Range and If-Range,
RFC 9110) and begins anew where the content has changed. The hub's large files are checked by
sha256, its small ones by git's object id (sha1 over "blob SIZE\\0" and content).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx2

from core.models.fetch.http import (
    Broken,
    Busy,
    Web,
    blocks_of,
    host_of,
    number,
    packed,
    without_query,
)
from core.models.files.content import ENOUGH, SAFETENSORS, UNKNOWN, announced_size, of_start
from core.system.atomic_files import (
    move_new,
    open_regular,
    read_json,
    replace_file,
    sync_file,
    sync_folder,
)
from core.system.errors import WorldError

SPARE = 512 * 2**20  # bytes that stay free on the disk
SYNC_EVERY = 64 * 2**20
PAUSE = 0.25  # seconds, doubled with each failure
FAILURES, ATTEMPTS = 6, 2000  # broken connections in a row without progress; altogether
PROGRESS = 16 * 2**10  # bytes of a connection that count as progress
LONGEST_WAIT = 300.0  # seconds that a host may ask to wait
SLOWEST = 1000  # bytes a second; what is slower
# from the very beginning; after it was faster, counts as a broken connection
DRIP_SECONDS, SLOW_SECONDS = 20.0, 60.0
LARGEST_TEXT = 256 * 2**20  # bytes of a file that is no weights, where nobody says its size
MAX_NOTE = 2**20
QUARANTINE = ".quarantine"


@dataclass(frozen=True, slots=True)
class Remote:
    """A file elsewhere. `size` in bytes (None: unknown); `sha256` and `git_id` are ""
    where nobody published them."""

    url: str
    size: int | None = None
    sha256: str = ""
    git_id: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` bytes (None: unknown); `waiting` says why nothing
    comes ("" while it does)."""

    done: int
    total: int | None
    waiting: str = ""


# may raise Cancelled: what has come stays for the next attempt
Hearing = Callable[[Progress], None]


def fetch(web: Web, remote: Remote, target: Path, hearing: Hearing = lambda progress: None) -> str:
    """Get `remote` to `target`; its sha256. WorldError or AccessDenied in one sentence; what came
    so far is kept for a resume."""
    return _Transfer(web, remote, target, hearing).run()


def part_of(target: Path) -> Path:
    """Where a file lies while it is not complete."""
    return target.with_name(target.name + ".part")


class _Slow(httpx2.ReadTimeout):
    """Less comes than anybody could wait for."""


class _Refused(WorldError):
    """What came is no such file, and no other attempt could make it
    right: nothing of it is kept."""


class _Transfer:
    def __init__(self, web: Web, remote: Remote, target: Path, hearing: Hearing) -> None:
        self.web, self.remote, self.target, self.hearing = web, remote, target, hearing
        self.part, self.note = part_of(target), target.with_name(target.name + ".part.json")
        self.total, self.etag, self.have = remote.size, "", 0
        self.digest = hashlib.sha256()
        self.start = b""  # the content's first bytes, until they have been judged
        self.judged = target.suffix != ".safetensors"
        self.limit: int | None = None  # the size by the file's own header
        # whether the server packs it; bytes that came in this run
        self.packed, self.fresh = False, 0

    def run(self) -> str:
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._take_up()
            if not self._complete():
                self._attempts()
            return self._accept()
        except _Refused:
            self._begin_anew()
            self.note.unlink(missing_ok=True)
            raise
        except OSError as fault:
            raise _disk(fault, self.target) from fault

    def _take_up(self) -> None:
        """Go on with what an earlier attempt left, where it was the same content."""
        noted = _read_note(self.note)
        same = (
            noted.get("url") == without_query(self.remote.url)
            and noted.get("sha256") == self.remote.sha256
        )
        if not same or not _is_file(self.part):
            self._begin_anew()
            return
        self.etag = str(noted.get("etag", ""))
        total = noted.get("total")
        if self.total is None and isinstance(total, int) and total >= 0:
            self.total = total
        with open_regular(self.part) as file:
            while block := file.read(2**22):
                self._count(block)
                self._tell()
        if self.total is not None and self.have > self.total:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.part.unlink(missing_ok=True)
        self.have, self.etag, self.total, self.digest = 0, "", self.remote.size, hashlib.sha256()
        self.limit, self.start, self.judged = None, b"", self.target.suffix != ".safetensors"

    def _count(self, block: bytes) -> None:
        self.digest.update(block)
        self.have += len(block)
        if not self.judged:
            self.start += block[: ENOUGH - len(self.start)]

    def _tell(self, waiting: str = "") -> None:
        self.hearing(Progress(self.have, self.total, waiting))

    def _complete(self) -> bool:
        return self.have > 0 and self.have == self.total

    def _attempts(self) -> None:
        """Ask again and again, as long as each time something comes."""
        failures, why = 0, ""
        for _ in range(ATTEMPTS):
            before = self.have
            try:
                self._attempt()
                return
            except Busy as busy:
                failures, seconds, why = (
                    failures + 1,
                    busy.seconds,
                    f"{host_of(self.remote.url)} asks to wait",
                )
            except Broken as fault:
                moved = self.have - before >= PROGRESS and not isinstance(fault, _Slow)
                # a host that never sent anything and is silent, or makes no sense, is not asked as
                # often as a broken connection
                steps = (
                    2
                    if not self.fresh
                    and isinstance(fault, (httpx2.ReadTimeout, httpx2.RemoteProtocolError))
                    else 1
                )
                failures, why = 0 if moved else failures + steps, "the connection broke"
                seconds = min(30.0, PAUSE * 2**failures) if failures else 0.0
                if self.packed:  # a part of what is unpacked cannot be asked for
                    self._begin_anew()
            if seconds > LONGEST_WAIT:
                raise WorldError(
                    f"{host_of(self.remote.url)} asks to come back in {_words(seconds)}.",
                    "Try again then; what has come so far is kept.",
                )
            if failures >= FAILURES:
                break
            self._wait(seconds, why)
        raise WorldError(
            f"{host_of(self.remote.url)} was asked again and again without success.",
            "Try again later; what has come so far is kept.",
        )

    def _wait(self, seconds: float, why: str) -> None:
        until = time.monotonic() + seconds
        self._tell(why)
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(0.2, left))
            self._tell(why)

    def _attempt(self) -> None:
        """One connection, until all has come; Broken where it ends early."""
        headers = {"Range": f"bytes={self.have}-"} if self.have else {}
        if self.have and self.etag:
            headers["If-Range"] = self.etag
        with self.web.open(self.remote.url, headers) as response:
            if response.status_code == 416:
                return self._past_the_end(response)
            self._agree(response)
            self._room()
            with open(self.part, "ab") as file:
                file.truncate(self.have)
                fitting = self._receive(response, file)
        if not fitting:
            self._begin_anew()
            raise httpx2.RemoteProtocolError("more came than was announced")
        if self.total is None:
            self.total = self.have
        if self.have < self.total:
            raise httpx2.RemoteProtocolError("the answer ended early")
        return self._judge()

    def _past_the_end(self, response: httpx2.Response) -> None:
        """416: nothing lies behind what is here already; complete where the whole is that long."""
        found = re.fullmatch(r"bytes \*/([0-9]{1,18})", response.headers.get("content-range", ""))
        if (
            self.have
            and found
            and int(found[1]) == self.have
            and self.remote.size in (None, self.have)
        ):
            self.total = self.have
            return self._judge()
        self._begin_anew()
        raise httpx2.RemoteProtocolError(
            "the content became shorter, or a part was refused that nobody asked for"
        )

    def _agree(self, response: httpx2.Response) -> None:
        """Take size and mark from the answer's head, and note them; where the content is
        another one, begin anew."""
        etag, self.packed = response.headers.get("etag", ""), bool(packed(response))
        total = number(response.headers.get("content-length", "")) if not self.packed else None
        if response.status_code == 206:
            found = re.fullmatch(
                r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)",
                response.headers.get("content-range", ""),
            )
            total = int(found[2]) if found and found[2] != "*" else self.total
            if (
                not found
                or self.packed
                or int(found[1]) != self.have
                or (self.total is not None and total != self.total)
            ):
                self._begin_anew()
                raise httpx2.RemoteProtocolError("another part than was asked for")
        elif self.have:  # the server sends everything again
            self._begin_anew()
        if self.remote.size is not None and total is not None and total != self.remote.size:
            raise WorldError(
                (
                    f"{host_of(self.remote.url)} offers {total:,} bytes, but {self.target.name} "
                    f"has {self.remote.size:,}."
                ),
                "Try again later; the file on the server may be changing.",
            )
        self.total = self.remote.size if self.remote.size is not None else total
        self.etag = "" if etag.startswith("W/") or self.packed else etag
        # of what the server packs no part can be asked for later: a note without an
        # address fits no download
        note = {
            "url": "" if self.packed else without_query(self.remote.url),
            "etag": self.etag,
            "total": self.total,
            "sha256": self.remote.sha256,
        }
        if _read_note(self.note) != note:
            replace_file(self.note, json.dumps(note).encode())

    def _room(self) -> None:
        free = shutil.disk_usage(self.part.parent).free
        missing = (self.total or 0) - self.have
        if free < missing + SPARE:
            where = f"only {free / 1e9:.1f} GB are free in {self.part.parent}"
            raise WorldError(
                f"{self.target.name} needs {missing / 1e9:.1f} GB more, and {where}.",
                (
                    "Free some space, or move the models folder to another drive; "
                    "what has come so far is kept."
                ),
            )

    def _receive(self, response: httpx2.Response, file: Any) -> bool:
        """Write down what comes; False where more came than was announced."""
        unsynced, pace = 0, _Pace(self.fresh)
        for block in blocks_of(response):
            if self.total is not None and self.have + len(block) > self.total:
                return False
            file.write(block)
            file.flush()
            self._count(block)
            self.fresh += len(block)
            unsynced += len(block)
            if not self.judged and len(self.start) >= ENOUGH:
                self._judge()
            if self.total is None:
                self._limit()
            if unsynced >= SYNC_EVERY:
                os.fsync(file.fileno())
                self._room()
                unsynced = 0
            if pace.is_drip(self.fresh):
                raise WorldError(
                    f"{host_of(self.remote.url)} sends less than {SLOWEST / 1000:g} kB a second.",
                    "Try again later, or use another address; what has come so far is kept.",
                )
            self._tell()
        os.fsync(file.fileno())
        return True

    def _judge(self) -> None:
        """What is no safetensors file under a model's name is refused by its
        first bytes, and not kept."""
        if self.judged:
            return
        found = of_start(self.start, self.have if len(self.start) < ENOUGH else self.total)
        # then size and hash judge
        if found is SAFETENSORS or (found is UNKNOWN and self.total is not None):
            self.judged = True
            return
        raise _Refused(
            f"Instead of a model {host_of(self.remote.url)} sent {found.words}.", found.remedy
        )

    def _limit(self) -> None:
        """Where nobody said how long it is, a model's own header does; other files are small."""
        host = host_of(self.remote.url)
        if self.target.suffix != ".safetensors":
            if self.have > LARGEST_TEXT:
                raise _Refused(
                    f"{host} sends more for {self.target.name} than makes sense.",
                    "Use another address.",
                )
            return
        if (
            self.limit is None
            and self.judged
            and self.have >= 8 + int.from_bytes(self.start[:8], "little")
        ):
            self.limit = announced_size(self.part)
            if self.limit is None:
                raise _Refused(
                    f"{host} sends a safetensors file whose header is damaged.",
                    "Use another address.",
                )
        if self.limit is not None and self.have > self.limit:
            raise _Refused(
                f"{host} sends a safetensors file that is longer than its header says.",
                "Use another address.",
            )

    def _accept(self) -> str:
        """Check the content, then give it its name."""
        found = self.digest.hexdigest()
        wrong = bool(self.remote.sha256) and found != self.remote.sha256.lower()
        if not wrong and self.remote.git_id and not self.remote.sha256:
            wrong = git_id(self.part) != self.remote.git_id
        sync_file(self.part)
        if wrong:
            aside = self.target.parent / QUARANTINE / f"{self.target.name}.{secrets.token_hex(4)}"
            aside.parent.mkdir(exist_ok=True)
            move_new(self.part, aside)
            self.note.unlink(missing_ok=True)
            raise WorldError(
                (
                    f"{self.target.name} arrived with other content than "
                    f"{host_of(self.remote.url)} announced."
                ),
                f"It was put aside in {aside.parent}; download it again.",
            )
        sync_folder(self.target.parent)
        os.replace(self.part, self.target)  # a repair replaces the wrong file with the right one
        sync_folder(self.target.parent)
        self.note.unlink(missing_ok=True)
        return found


class _Pace:
    """Judges how fast a connection is, from its first piece on;
    `fresh` bytes came in this run before it."""

    def __init__(self, fresh: int) -> None:
        self._since, self._from, self._never_fast = 0.0, fresh, fresh < PROGRESS

    def is_drip(self, fresh: int) -> bool:
        """Whether it was never faster than a drip; _Slow where it became so."""
        now = time.monotonic()
        if not self._since:
            self._since, self._from = now, fresh
        passed = now - self._since
        if passed < (DRIP_SECONDS if self._never_fast else SLOW_SECONDS):
            return False
        if fresh - self._from < SLOWEST * passed:
            if self._never_fast:
                return True
            raise _Slow("slower than anything useful")
        self._since, self._from, self._never_fast = now, fresh, False
        return False


def git_id(path: Path) -> str:
    """git's object id of a file."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with open_regular(path) as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def _is_file(path: Path) -> bool:
    """A regular file itself: no link, pipe or folder."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _words(seconds: float) -> str:
    for unit, name in ((86_400, "days"), (3600, "hours")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.0f} {name}"
    return f"{seconds / 60:.0f} minutes"


def _read_note(path: Path) -> dict[str, Any]:
    try:
        found = read_json(path, MAX_NOTE)
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _disk(fault: OSError, target: Path) -> WorldError:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return WorldError(
            f"The disk is full, so {target.name} could not be completed.",
            "Free some space and resume; what has come so far is kept.",
        )
    return WorldError(
        f"{target.name} cannot be written: {fault.strerror or fault}.",
        "Check the models folder and its permissions.",
    )

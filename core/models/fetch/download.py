"""Fetches one file so that a wrong or half one never gets its final name.

Beside `NAME.part` lies `NAME.part.json` with the address, the size and the server's mark of the
content (etag); a later attempt, also after a restart, asks only for the rest (Range and If-Range,
RFC 9110) and begins anew where the content has changed. The hub's large files are checked by
sha256, its small ones by git's object id (sha1 over "blob SIZE\\0" and content).
"""

from __future__ import annotations

import errno
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
from typing import BinaryIO

from core.models.fetch.answers import Answer, BadAnswer, ConnectionBroken, HostBusy, TimedOut
from core.models.fetch.http import Web
from core.models.fetch.received import PROGRESS, SLOWEST, Pace, Received, Refused, Slow, git_id
from core.models.fetch.web_address import host_of, without_query
from core.system.atomic_files import move_new, replace_file, sync_file, sync_folder
from core.system.errors import WorldError
from core.system.json_files import table_in
from core.system.regular_files import open_regular

SPARE = 512 * 2**20  # bytes that stay free on the disk
SYNC_EVERY = 64 * 2**20
PAUSE = 0.25  # seconds, doubled with each failure
FAILURES = 6  # broken connections in a row without progress
ATTEMPTS = 2000  # connections altogether
LONGEST_WAIT = 300.0  # seconds that a host may ask to wait
MAX_NOTE = 2**20
QUARANTINE = ".quarantine"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file elsewhere.
    `size` in bytes (None: unknown); `sha256` and `git_id` are "" where nobody published them."""

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
OnProgress = Callable[[Progress], None]


def fetch(
    web: Web, remote: RemoteFile, target: Path, hearing: OnProgress = lambda progress: None
) -> str:
    """Get `remote` to `target`; its sha256.

    Raises WorldError or AccessDenied in one sentence, and what `hearing` raises. What came so far
    is kept for a resume, unless it is no such file.
    """
    return _Transfer(web, remote, target, hearing).run()


def partial_path(target: Path) -> Path:
    """Where a file lies while it is not complete."""
    return target.with_name(target.name + ".part")


class _Transfer:
    def __init__(self, web: Web, remote: RemoteFile, target: Path, hearing: OnProgress) -> None:
        self.web = web
        self.remote = remote
        self.target = target
        self.hearing = hearing
        self.part = partial_path(target)
        self.note = target.with_name(target.name + ".part.json")
        self.total = remote.size
        self.etag = ""
        self.received = Received(remote.url, target)
        self.packed = False  # whether the server packs it
        self.fresh = 0  # bytes that came in this run

    def run(self) -> str:
        """The sha256 of what is at the target now. Raises WorldError or AccessDenied as `fetch`
        does; what is refused leaves nothing behind."""
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._take_up()
            if not self._complete():
                self._attempts()
            return self._accept()
        except Refused:
            self._begin_anew()
            self.note.unlink(missing_ok=True)
            raise
        except OSError as fault:
            raise _disk(fault, self.target) from fault

    def _take_up(self) -> None:
        """Go on with what an earlier attempt left, where it was the same content."""
        noted = table_in(self.note, MAX_NOTE)
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
                self.received.count(block)
                self._tell()
        if self.total is not None and self.received.have > self.total:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.part.unlink(missing_ok=True)
        self.etag = ""
        self.total = self.remote.size
        self.received = Received(self.remote.url, self.target)

    def _tell(self, waiting: str = "") -> None:
        self.hearing(Progress(self.received.have, self.total, waiting))

    def _complete(self) -> bool:
        return self.received.have > 0 and self.received.have == self.total

    def _attempts(self) -> None:
        """Ask again and again, as long as each time something comes."""
        failures = 0
        for _ in range(ATTEMPTS):
            before = self.received.have
            try:
                self._attempt()
                return
            except HostBusy as busy:
                failures += 1
                seconds = busy.seconds
                why = f"{host_of(self.remote.url)} asks to wait"
            except ConnectionBroken as fault:
                failures = self._failures(failures, fault, self.received.have - before)
                seconds = min(30.0, PAUSE * 2**failures) if failures else 0.0
                why = "the connection broke"
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

    def _failures(self, before: int, fault: ConnectionBroken, came: int) -> int:
        """How often it failed in a row, once a connection broke on which so many bytes came."""
        if came >= PROGRESS and not isinstance(fault, Slow):
            return 0
        # a host that never sent anything and is silent, or makes no sense, is not asked as
        # often as a broken connection
        is_hopeless = not self.fresh and isinstance(fault, (TimedOut, BadAnswer))
        return before + (2 if is_hopeless else 1)

    def _wait(self, seconds: float, why: str) -> None:
        until = time.monotonic() + seconds
        self._tell(why)
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(0.2, left))
            self._tell(why)

    def _attempt(self) -> None:
        """One connection, until all has come. Raises ConnectionBroken where it ends early."""
        headers = {"Range": f"bytes={self.received.have}-"} if self.received.have else {}
        if self.received.have and self.etag:
            headers["If-Range"] = self.etag
        with self.web.open(self.remote.url, headers) as answer:
            if answer.code == 416:
                return self._past_the_end(answer)
            self._agree(answer)
            self._room()
            with open(self.part, "ab") as file:
                file.truncate(self.received.have)
                fitting = self._receive(answer, file)
        if not fitting:
            self._begin_anew()
            raise BadAnswer("more came than was announced")
        if self.total is None:
            self.total = self.received.have
        if self.received.have < self.total:
            raise BadAnswer("the answer ended early")
        return self.received.judge(self.total)

    def _past_the_end(self, answer: Answer) -> None:
        """416: nothing lies behind what is here already; complete where the whole is that long."""
        match = re.fullmatch(r"bytes \*/([0-9]{1,18})", answer.header("content-range"))
        if (
            self.received.have
            and match
            and int(match[1]) == self.received.have
            and self.remote.size in (None, self.received.have)
        ):
            self.total = self.received.have
            return self.received.judge(self.total)
        self._begin_anew()
        raise BadAnswer("the content became shorter, or a part was refused that nobody asked for")

    def _agree(self, answer: Answer) -> None:
        """Take size and mark from the answer's head, and note them; where the content is
        another one, begin anew."""
        etag = answer.header("etag")
        self.packed = bool(answer.packing)
        total = answer.length if not self.packed else None
        if answer.code == 206:
            match = re.fullmatch(
                r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)",
                answer.header("content-range"),
            )
            total = int(match[2]) if match and match[2] != "*" else self.total
            if (
                not match
                or self.packed
                or int(match[1]) != self.received.have
                or (self.total is not None and total != self.total)
            ):
                self._begin_anew()
                raise BadAnswer("another part than was asked for")
        elif self.received.have:  # the server sends everything again
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
        if table_in(self.note, MAX_NOTE) != note:
            replace_file(self.note, json.dumps(note).encode())

    def _room(self) -> None:
        free = shutil.disk_usage(self.part.parent).free
        missing = (self.total or 0) - self.received.have
        if free < missing + SPARE:
            where = f"only {free / 1e9:.1f} GB are free in {self.part.parent}"
            raise WorldError(
                f"{self.target.name} needs {missing / 1e9:.1f} GB more, and {where}.",
                (
                    "Free some space, or move the models folder to another drive; "
                    "what has come so far is kept."
                ),
            )

    def _receive(self, answer: Answer, file: BinaryIO) -> bool:
        """Write down what comes; False where more came than was announced."""
        unsynced = 0
        pace = Pace(self.fresh)
        for block in answer.blocks():
            if self.total is not None and self.received.have + len(block) > self.total:
                return False
            file.write(block)
            file.flush()
            self.received.count(block)
            self.fresh += len(block)
            unsynced += len(block)
            self.received.judge_start(self.total)
            if self.total is None:
                self.received.check_length(self.part)
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

    def _accept(self) -> str:
        """Check the content, then give it its name."""
        digest = self.received.sha256
        wrong = bool(self.remote.sha256) and digest != self.remote.sha256.lower()
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
        return digest


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

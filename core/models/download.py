"""Fetches one file so that a wrong or half one never gets its final name: resumes, checks size and hash, then renames.

Beside `NAME.part` lies `NAME.part.json` with the address, the size and the server's mark of the content (etag); a later
attempt, also after a restart, asks only for the rest (Range and If-Range, RFC 9110) and begins anew where the content has
changed. The hub's large files are checked by sha256, its small ones by git's object id (sha1 over "blob SIZE\\0" and content).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx2

from core.durable import sync_folder
from core.errors import WorldError
from core.models.net import Broken, Busy, Web, host_of, without_query

SPARE = 512 * 2**20  # bytes that stay free on the disk
SYNC_EVERY = 64 * 2**20
PAUSE = 0.25  # seconds, doubled with each failure
FAILURES, ATTEMPTS = 6, 2000  # broken connections in a row without progress; altogether
SLOWEST, SLOW_SECONDS = 256, 60.0  # bytes a second below which a connection counts as dead
QUARANTINE = ".quarantine"


@dataclass(frozen=True, slots=True)
class Remote:
    """A file elsewhere. `size` in bytes (None: unknown); `sha256` and `git_id` are "" where nobody published them."""

    url: str
    size: int | None = None
    sha256: str = ""
    git_id: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` bytes (None: unknown); `waiting` says why nothing comes ("" while it does)."""

    done: int
    total: int | None
    waiting: str = ""


Hearing = Callable[[Progress], None]  # may raise Cancelled: what has come stays for the next attempt


def fetch(web: Web, remote: Remote, target: Path, hearing: Hearing = lambda progress: None) -> str:
    """Get `remote` to `target`; its sha256. WorldError or AccessDenied in one sentence; what came so far is kept for a resume."""
    return _Transfer(web, remote, target, hearing).run()


def part_of(target: Path) -> Path:
    """Where a file lies while it is not complete."""
    return target.with_name(target.name + ".part")


class _Transfer:
    def __init__(self, web: Web, remote: Remote, target: Path, hearing: Hearing) -> None:
        self.web, self.remote, self.target, self.hearing = web, remote, target, hearing
        self.part, self.note = part_of(target), target.with_name(target.name + ".part.json")
        self.total, self.etag, self.have = remote.size, "", 0
        self.digest = hashlib.sha256()

    def run(self) -> str:
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._take_up()
            if not self._complete():
                self._attempts()
            return self._accept()
        except OSError as fault:
            raise _disk(fault, self.target) from fault

    def _take_up(self) -> None:
        """Go on with what an earlier attempt left, where it was the same content."""
        noted = _read_note(self.note)
        same = noted.get("url") == without_query(self.remote.url) and noted.get("sha256") == self.remote.sha256
        if not same or not self.part.exists():
            self._begin_anew()
            return
        self.etag = str(noted.get("etag", ""))
        if self.total is None and isinstance(noted.get("total"), int):
            self.total = noted["total"]
        with open(self.part, "rb") as file:
            while block := file.read(2**22):
                self.digest.update(block)
                self.have += len(block)
                self._tell()
        if self.total is not None and self.have > self.total:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.part.unlink(missing_ok=True)
        self.have, self.etag, self.total, self.digest = 0, "", self.remote.size, hashlib.sha256()

    def _tell(self, waiting: str = "") -> None:
        self.hearing(Progress(self.have, self.total, waiting))

    def _complete(self) -> bool:
        return self.have > 0 and self.have == self.total

    def _attempts(self) -> None:
        """Ask again and again, as long as each time something comes."""
        failures = 0
        for _ in range(ATTEMPTS):
            before = self.have
            try:
                self._attempt()
                return
            except Busy as busy:
                failures += 1
                self._wait(busy.seconds, f"{host_of(self.remote.url)} asks to wait")
            except Broken:
                failures = 0 if self.have > before else failures + 1
                self._wait(min(30.0, PAUSE * 2**failures) if failures else 0.0, "the connection broke")
            if failures >= FAILURES:
                break
        raise WorldError(f"{host_of(self.remote.url)} was asked again and again without success.",
                         "Try again later; what has come so far is kept.")

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
        return None

    def _past_the_end(self, response: httpx2.Response) -> None:
        """416: nothing lies behind what is here already; complete where the whole is that long."""
        found = re.fullmatch(r"bytes \*/(\d+)", response.headers.get("content-range", ""))
        if found and int(found[1]) == self.have and self.remote.size in (None, self.have):
            self.total = self.have
            return
        self._begin_anew()
        raise httpx2.RemoteProtocolError("the content became shorter")

    def _agree(self, response: httpx2.Response) -> None:
        """Take size and mark from the answer's head, and note them; where the content is another one, begin anew."""
        etag = response.headers.get("etag", "")
        whole = response.headers.get("content-length", "")
        total = int(whole) if whole.isdigit() and _plain(response) else None
        if response.status_code == 206:
            found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
            total = int(found[2]) if found and found[2] != "*" else self.total
            if not found or int(found[1]) != self.have or (self.total is not None and total != self.total):
                self._begin_anew()
                raise httpx2.RemoteProtocolError("another part than was asked for")
        elif self.have:  # the server sends everything again
            self._begin_anew()
        if self.remote.size is not None and total is not None and total != self.remote.size:
            raise WorldError(f"{host_of(self.remote.url)} offers {total:,} bytes, but {self.target.name} has {self.remote.size:,}.",
                             "Try again later; the file on the server may be changing.")
        self.total = self.remote.size if self.remote.size is not None else total
        self.etag = "" if etag.startswith("W/") else etag
        self.note.write_text(json.dumps({"url": without_query(self.remote.url), "etag": self.etag, "total": self.total,
                                         "sha256": self.remote.sha256}))

    def _room(self) -> None:
        free = shutil.disk_usage(self.part.parent).free
        missing = (self.total or 0) - self.have
        if free < missing + SPARE:
            where = f"only {free / 1e9:.1f} GB are free in {self.part.parent}"
            raise WorldError(f"{self.target.name} needs {missing / 1e9:.1f} GB more, and {where}.",
                             "Free some space, or move the models folder to another drive; what has come so far is kept.")

    def _receive(self, response: httpx2.Response, file: Any) -> bool:
        """Write down what comes; False where more came than was announced."""
        unsynced, slow_since, slow_from = 0, time.monotonic(), self.have
        for block in _blocks(response):
            if self.have == 0:
                _look(block, self.target, host_of(self.remote.url))
            if self.total is not None and self.have + len(block) > self.total:
                return False
            file.write(block)
            file.flush()
            self.digest.update(block)
            self.have += len(block)
            unsynced += len(block)
            if unsynced >= SYNC_EVERY:
                os.fsync(file.fileno())
                unsynced = 0
            now = time.monotonic()
            if now - slow_since > SLOW_SECONDS:
                if self.have - slow_from < SLOWEST * SLOW_SECONDS:
                    raise httpx2.ReadTimeout("slower than anything useful")
                slow_since, slow_from = now, self.have
            self._tell()
        os.fsync(file.fileno())
        return True

    def _accept(self) -> str:
        """Check the content, then give it its name."""
        found = self.digest.hexdigest()
        wrong = bool(self.remote.sha256) and found != self.remote.sha256.lower()
        if not wrong and self.remote.git_id and not self.remote.sha256:
            wrong = git_id(self.part) != self.remote.git_id
        if wrong:
            aside = self.target.parent / QUARANTINE / f"{self.target.name}.{secrets.token_hex(4)}"
            aside.parent.mkdir(exist_ok=True)
            os.replace(self.part, aside)
            self.note.unlink(missing_ok=True)
            raise WorldError(f"{self.target.name} arrived with other content than {host_of(self.remote.url)} announced.",
                             f"It was put aside in {aside.parent}; download it again.")
        os.replace(self.part, self.target)
        self.note.unlink(missing_ok=True)
        sync_folder(self.target.parent)
        return found


def git_id(path: Path) -> str:
    """git's object id of a file."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with open(path, "rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def _plain(response: httpx2.Response) -> bool:
    return response.headers.get("content-encoding", "identity") in ("", "identity")


def _blocks(response: httpx2.Response) -> Iterator[bytes]:
    return response.iter_raw() if _plain(response) else response.iter_bytes()


def _look(start: bytes, target: Path, host: str) -> None:
    """A web page or a pickle under a model's name is refused at its first bytes."""
    if target.suffix != ".safetensors" or start[8:9] == b"{":
        return
    if start.lstrip()[:1] == b"<":
        raise WorldError(f"{host} answered with a web page instead of a model.", "Use the address of the file itself; it may need a login.")
    if start[:2] == b"PK" or start[:1] == b"\x80":
        raise WorldError("The address leads to a pickle (.ckpt), which can run any program hidden in it.", "Use a .safetensors file.")


def _read_note(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _disk(fault: OSError, target: Path) -> WorldError:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return WorldError(f"The disk is full, so {target.name} could not be completed.",
                          "Free some space and resume; what has come so far is kept.")
    return WorldError(f"{target.name} cannot be written: {fault.strerror or fault}.", "Check the models folder and its permissions.")

"""Judges what comes of a file while it comes: its first bytes, its length, its hash, its pace.

A page or a pickle under a model's name is refused before much of it has come.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from core.models.fetch.answers import TimedOut
from core.models.fetch.web_address import host_of
from core.models.files.content import ENOUGH, SAFETENSORS, UNKNOWN, announced_size, content_of_start
from core.system.errors import WorldError
from core.system.regular_files import blocks_of

PROGRESS = 16 * 2**10  # bytes of a connection that count as progress
SLOWEST = 1000  # bytes a second; what is slower for one of these times is given up
DRIP_SECONDS = 20.0  # from the very beginning
SLOW_SECONDS = 60.0  # after it was faster, which counts as a broken connection
LARGEST_TEXT = 256 * 2**20  # bytes of a file that is no weights, where nobody says its size


class Slow(TimedOut):
    """Less comes than anybody could wait for."""


class Refused(WorldError):
    """What came is no such file, and no other attempt could make it
    right: nothing of it is kept."""


class Received:
    """What has come from `url` for the file `target` so far: `have` bytes."""

    def __init__(self, url: str, target: Path) -> None:
        self.have = 0
        self._url = url
        self._target = target
        self._digest = hashlib.sha256()
        self._start = b""  # the content's first bytes, until they have been judged
        self._judged = target.suffix != ".safetensors"
        self._limit: int | None = None  # the size by the file's own header

    @property
    def sha256(self) -> str:
        """The hash of all that has come, in hexadecimal digits."""
        return self._digest.hexdigest()

    def count(self, block: bytes) -> None:
        """The next piece has come."""
        self._digest.update(block)
        self.have += len(block)
        if not self._judged:
            self._start += block[: ENOUGH - len(self._start)]

    def judge_start(self, total: int | None) -> None:
        """As `judge`, as soon as enough has come for it. Raises Refused."""
        if len(self._start) >= ENOUGH:
            self.judge(total)

    def judge(self, total: int | None) -> None:
        """Raises Refused where what came under a model's name is no safetensors file by its first
        bytes.

        `total` bytes will have come in all (None: unknown).
        """
        if self._judged:
            return
        content = content_of_start(self._start, self.have if len(self._start) < ENOUGH else total)
        # then size and hash judge
        if content is SAFETENSORS or (content is UNKNOWN and total is not None):
            self._judged = True
            return
        raise Refused(
            f"Instead of a model {host_of(self._url)} sent {content.words}.", content.remedy
        )

    def check_length(self, part: Path) -> None:
        """Raises Refused where more came than makes sense, for a file whose length nobody said.

        A model's own header says how long it is; other files are small. `part` holds what came.
        """
        host = host_of(self._url)
        if self._target.suffix != ".safetensors":
            if self.have > LARGEST_TEXT:
                raise Refused(
                    f"{host} sends more for {self._target.name} than makes sense.",
                    "Use another address.",
                )
            return
        if (
            self._limit is None
            and self._judged
            and self.have >= 8 + int.from_bytes(self._start[:8], "little")
        ):
            self._limit = announced_size(part)
            if self._limit is None:
                raise Refused(
                    f"{host} sends a safetensors file whose header is damaged.",
                    "Use another address.",
                )
        if self._limit is not None and self.have > self._limit:
            raise Refused(
                f"{host} sends a safetensors file that is longer than its header says.",
                "Use another address.",
            )


class Pace:
    """Judges how fast a connection is, from its first piece on;
    `fresh` bytes came in this run before it."""

    def __init__(self, fresh: int) -> None:
        self._since = 0.0  # of the monotonic clock; 0 before the first piece
        self._from = fresh
        self._never_fast = fresh < PROGRESS

    def is_drip(self, fresh: int) -> bool:
        """Whether it was never faster than a drip. Raises Slow where it became so."""
        now = time.monotonic()
        if not self._since:
            self._since = now
            self._from = fresh
        passed = now - self._since
        if passed < (DRIP_SECONDS if self._never_fast else SLOW_SECONDS):
            return False
        if fresh - self._from < SLOWEST * passed:
            if self._never_fast:
                return True
            raise Slow("slower than anything useful")
        self._since = now
        self._from = fresh
        self._never_fast = False
        return False


def git_id(path: Path) -> str:
    """git's object id of a file. Raises OSError where it cannot be read."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    for block in blocks_of(path):
        digest.update(block)
    return digest.hexdigest()

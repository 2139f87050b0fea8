"""The file of a recording: what went on at each step while a picture was made. No torch.

A zip archive whose members are stored as they are, so that any of them is read without the others:
`recording.json` with a `RecordedHead`, and arrays as little-endian bytes. Of pass p (from 0) and
step s (from 1): `p/s/x` the latents after it and `p/0/x` those it began with, float32; `p/s/x0`
the estimate of the finished latents, `p/s/with` and `p/s/without` that of each branch of guidance,
float16. `call/n` is what the n-th call of all (from 0) gave the sampler, float32: with these and
the same noise a sampler goes the same way without any network. `call/n/without`, beside it where
the sampler asks for that, is what was seen without the prompt.

Where words were recorded, `words.json` has a `RecordedWords`, and `p/s/words/r/d` the attention
mass of row r (0: the negative prompt, from 1 on what AND joins of the prompt) at the layers of
depth d ("8x8"), float32 (tokens, h, w); see `recorded_words.py`. Only such a file has version 2:
others open in earlier programs as before.
"""

from __future__ import annotations

import contextlib
import math
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.engine.contract.recorded_words import RecordedWords, array_name, check_words, kept_cells
from core.system.errors import WorldError
from core.system.json import Malformed, dumps, loads
from core.system.regular_files import open_for_writing, open_regular

VERSION = 1
WITH_WORDS = 2  # the version of a file in which words were recorded
HEAD = "recording.json"
WORDS = "words.json"
Latents = NDArray[np.floating[Any]]  # (1, c, h, w)
EXACT = "<f4"
NEAR = "<f2"
MAX_HEAD = 4 * 2**20  # bytes of the head that are believed
MAX_WORDS = 16 * 2**20  # bytes of the tokens that are believed
MOST_MASS = 1.001  # of all tokens together at a place: 1, to rounding
MAX_ARRAY = 64 * 2**20  # bytes of an array that are believed: latents of 8,192 px have 16 MiB
_UNREADABLE = "The recording {name} cannot be read: {why}."
_REMEDY = "Make the picture again with recording."


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """One step. `sigma` is the noise it began with, `sigma_next` what it left; `timestep` what the
    network is told for `sigma`. `calls` of the network and `draws` of noise are counted up to its
    end, calls over all passes, draws over this one. `guided`: both branches were kept."""

    step: int
    sigma: float
    sigma_next: float
    timestep: float
    seconds: float
    calls: int
    draws: int
    guided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPass:
    """One walk down the noise, of latents of `shape` (1, c, h, w). `sampler` is the last one's id.
    `flow`: of a flow model. The sampler's last latents times `end` are the finished ones. `entered`
    are the steps after which a sampler began anew, from that step's latents alone."""

    shape: tuple[int, ...]
    sampler: str
    flow: bool
    end: float
    steps: tuple[RecordedStep, ...] = ()
    entered: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedHead:
    """`passes` in their order; `fingerprint` of what computed them; `pixels` the SHA-256 of the
    finished picture's."""

    version: int
    passes: tuple[RecordedPass, ...]
    fingerprint: tuple[tuple[str, str], ...]
    pixels: str


class RecordingWriter:
    """Writes a recording to `path`, which is whole once `finish` returned; a file that it never
    came to is none. Raises OSError where the disk refuses."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.fdopen(open_for_writing(path), "wb")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)

    def put(self, name: str, values: Latents, dtype: str) -> None:
        """An array of latents, kept in the format `dtype`."""
        self._zip.writestr(name, np.ascontiguousarray(values, dtype).tobytes())

    def copy(self, file: RecordingFile, number: int, steps: int, calls: range) -> None:
        """The first `steps` of a pass of another recording, and those of its calls. Raises
        WorldError where it cannot be read."""
        names = [f"{number}/0/x"]
        for step in file.head.passes[number].steps[:steps]:
            kinds = ("x", "x0", "with", "without") if step.guided else ("x", "x0")
            names += [f"{number}/{step.step}/{kind}" for kind in kinds]
        names += [f"call/{call}" for call in calls]
        names += [name for call in calls if file.holds(name := f"call/{call}/without")]
        for name in names:
            self._zip.writestr(name, file.raw(name))

    def copy_raw(self, file: RecordingFile, name: str) -> None:
        """An array of another recording. Raises WorldError where it cannot be read."""
        self._zip.writestr(name, file.raw(name))

    def finish(self, head: RecordedHead, words: RecordedWords | None = None) -> None:
        """The head, with which it is whole, and what is said of words where they were recorded."""
        if words is not None:
            self._zip.writestr(WORDS, dumps(words))
        self._zip.writestr(HEAD, dumps(head))
        self._zip.close()
        self._file.close()

    def abandon(self) -> None:
        """Leave no file behind."""
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()
        self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


class RecordingFile:
    """A recording that is read, one array at a time. Opening and every method raise WorldError
    where the file is missing, damaged, or of a later program."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = open_regular(path)
        except OSError as fault:
            raise self._fault(fault.strerror or str(fault)) from fault
        try:
            self._zip = zipfile.ZipFile(self._file)
            self._names = frozenset(self._zip.namelist())
            self.head = self._read_head()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as fault:
            self._file.close()
            raise self._fault("the file is damaged") from fault
        except WorldError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing can be read any more."""
        self._zip.close()
        self._file.close()

    @property
    def steps(self) -> int:
        """Of all passes together."""
        return sum(len(one.steps) for one in self.head.passes)

    def place_of(self, step: int) -> tuple[int, int]:
        """The pass and its own step of a step counted over all passes, 0 to `steps`. The end of a
        pass is its own, not the beginning of the next one. Raises ValueError for another one."""
        left = step
        for number, one in enumerate(self.head.passes):
            if left <= len(one.steps):
                return number, left
            left -= len(one.steps)
        raise ValueError(f"there is no step {step} of {self.steps}")

    def latents(self, step: int) -> Latents:
        """Those after a step counted over all passes (0: at the start), float32 (1, c, h, w)."""
        number, own = self.place_of(step)
        return self._array(f"{number}/{own}/x", self.head.passes[number].shape, EXACT)

    def estimate(self, step: int, branch: str = "x0") -> Latents:
        """The estimate of the finished latents at a step from 1, (1, c, h, w): the guided one, or
        that of a branch, "with" the prompt or "without"."""
        number, own = self.place_of(step)
        return self._array(f"{number}/{own}/{branch}", self.head.passes[number].shape, NEAR)

    def holds(self, name: str) -> bool:
        """Whether there is an array of this name."""
        return name in self._names

    def raw(self, name: str) -> bytes:
        """An array as it is kept."""
        return self._bytes(name, MAX_ARRAY)

    def is_guided(self, step: int) -> bool:
        """Whether both branches of a step from 1 were kept."""
        number, own = self.place_of(step)
        return self.head.passes[number].steps[own - 1].guided

    def call(self, number: int) -> Latents:
        """What a call of the network, from 0 over all passes, gave the sampler; float32."""
        for one in self.head.passes:
            if one.steps and number < one.steps[-1].calls:
                return self._array(f"call/{number}", one.shape, EXACT)
        raise ValueError(f"there is no call {number}")

    def call_without(self, number: int) -> Latents | None:
        """What was seen without the prompt at a call, float32; None where nobody asked."""
        name = f"call/{number}/without"
        if not self.holds(name):
            return None
        shape = self.call(number).shape
        return self._array(name, shape, EXACT)

    def calls_before(self, step: int) -> int:
        """How many calls were made up to the end of a step counted over all passes."""
        number, own = self.place_of(step)
        if own:
            return self.head.passes[number].steps[own - 1].calls
        earlier = self.head.passes[:number]
        return earlier[-1].steps[-1].calls if earlier and earlier[-1].steps else 0

    def words(self) -> RecordedWords | None:
        """What is said of words; None where they were not recorded."""
        if self.head.version < WITH_WORDS:
            return None
        try:
            words = loads(RecordedWords, self._bytes(WORDS, MAX_WORDS).decode())
            check_words(words, [len(one.steps) for one in self.head.passes])
        except (UnicodeDecodeError, Malformed) as fault:
            raise self._fault("what it says of words is damaged") from fault
        return words

    def masses(self, number: int, step: int, row: int, depth: str, tokens: int) -> Latents:
        """The attention mass of so many tokens of a row at a step of a pass, float32 (tokens, h, w)
        where `depth` is w by h cells."""
        width, height = kept_cells(*map(int, depth.split("x")))
        name = array_name(number, step, row, depth)
        found = self._array(name, (tokens, height, width), EXACT)
        if not ((found >= 0) & (found <= MOST_MASS)).all():
            raise self._fault(f"{name} is damaged")
        return found

    def _read_head(self) -> RecordedHead:
        try:
            head = loads(RecordedHead, self._bytes(HEAD, MAX_HEAD).decode())
        except (UnicodeDecodeError, Malformed) as fault:
            raise self._fault("its head is damaged") from fault
        if head.version not in (VERSION, WITH_WORDS):
            raise self._fault("it was written by another version of Calotype")
        return head

    def _array(self, name: str, shape: tuple[int, ...], dtype: str) -> Latents:
        data = self._bytes(name, MAX_ARRAY)
        if len(data) != math.prod(shape) * np.dtype(dtype).itemsize:
            raise self._fault(f"{name} has another size")
        return np.frombuffer(data, dtype).reshape(shape).astype(np.float32)

    def _bytes(self, name: str, most: int) -> bytes:
        try:
            info = self._zip.getinfo(name)
            if info.file_size > most or info.compress_type != zipfile.ZIP_STORED:
                raise self._fault(f"{name} is none of ours")
            return self._zip.read(info)
        except (KeyError, zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError) as fault:
            raise self._fault(f"{name} is missing or damaged") from fault

    def _fault(self, why: str) -> WorldError:
        return WorldError(_UNREADABLE.format(name=self._path.name, why=why), _REMEDY)

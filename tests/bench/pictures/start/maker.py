"""Makes the proofs' pictures as a person gets them: sources kept in the data folder, the queue's
runner, an engine in a process of its own; and the same by the command line.

Everything lies in WORK: a picture that is there is not made again, so that a run that was ended
goes on. After a change of the engine take another folder.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from PIL import Image

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.prompt.expand import expand
from core.service.making.runner import Runner
from core.service.remarks.canvas import resolved_hires
from core.service.starting.files import StartFilePaths, started_from_files
from core.service.starting.usual_strength import with_usual_strength
from core.service.stores import open_stores
from core.system.paths import places
from core.values.events import Event, PictureNote
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from tests.bench.pairs import show

ROOT = Path(__file__).resolve().parents[4]
MODEL = "starter"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A picture asked for. `values` are other fields of the request, `start` those of its start
    picture."""

    prompt: str
    seed: int
    source: Image.Image | None = None
    mask: Image.Image | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    start: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Tells one wish from another."""
        told = repr(
            (self.prompt, self.seed, sorted(self.values.items()), sorted(self.start.items()))
        )
        sha = hashlib.sha256(told.encode())
        for picture in (self.source, self.mask):
            sha.update(b"-" if picture is None else _png(picture))
        return sha.hexdigest()[:12]


class Maker:
    """Used in a `with`; the engine starts with the first picture that is not there yet."""

    def __init__(self, work: Path) -> None:
        self._made = work / "made"
        self._given = work / "given"
        for folder in (self._made, self._given):
            folder.mkdir(parents=True, exist_ok=True)
        self._opened = ExitStack()
        self._stores = open_stores(places(work / "data").create())
        self._opened.callback(self._stores.close)
        self._runner: Runner | None = None
        entry = self._stores.library.find(MODEL)
        self._row = self._stores.library.family_row_for(entry, ())
        self._usual = replace(Request(model=MODEL), **self._row.defaults())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    def made(self, name: str, wish: Wish) -> np.ndarray:
        """The picture (h, w, 3) uint8, or with four channels where it has transparency; kept as
        WORK/made/NAME-DIGEST.png."""
        path = self._made / f"{name}-{wish.digest}.png"
        if not path.is_file():
            show(f"making {path.name}")
            (single,) = expand(self._request(wish).check())
            written, _ = self._ready().render_to(single, path, _tell)
            assert written == path
        return pixels_of(path)

    def by_command_line(self, name: str, wish: Wish, *arguments: str) -> np.ndarray:
        """The same as `calotype generate` makes it; `arguments` say what `start` and `values`
        do."""
        path = self._made / f"{name}-{wish.digest}-cli.png"
        if path.is_file():
            return pixels_of(path)
        command = [sys.executable, "-m", "core", "--data", str(self._made.parent / "data")]
        command += ["generate", wish.prompt, "--seed", str(wish.seed), "--out", str(path)]
        for option, picture in (("--init", wish.source), ("--mask", wish.mask)):
            if picture is not None:
                command += [option, str(self._file_of(picture))]
        subprocess.run([*command, *arguments], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        return pixels_of(path)

    def same_by_command_line(self, name: str, wish: Wish, *arguments: str) -> bool:
        """Whether both ways end in the same pixels; printed."""
        ours = self.made(name, wish)
        theirs = self.by_command_line(name, wish, *arguments)
        same = ours.shape == theirs.shape and bool((ours == theirs).all())
        print(f"{name} by the command line: {'the same pixels' if same else 'OTHER PIXELS'}")
        return same

    def _request(self, wish: Wish) -> Request:
        """What the command line makes of the wish: its files kept, its size settled."""
        values = {"prompt": wish.prompt, "seed": wish.seed, "start": StartPicture(**wish.start)}
        request = replace(self._usual, **values, **wish.values)
        if wish.source is not None:
            if "strength" not in wish.start:
                request = with_usual_strength(request, self._row, masked=wish.mask is not None)
            mask = None if wish.mask is None else self._file_of(wish.mask)
            files = StartFilePaths(self._file_of(wish.source), mask)
            has_size = "width" in wish.values
            request = started_from_files(
                self._stores, request, files, self._row, has_size=has_size
            ).request
        return resolved_hires(request, self._row)[0]

    def _file_of(self, picture: Image.Image) -> Path:
        data = _png(picture)
        path = self._given / f"{hashlib.sha256(data).hexdigest()[:16]}.png"
        if not path.is_file():
            path.write_bytes(data)
        return path

    def _ready(self) -> Runner:
        if self._runner is None:
            # a machine that is busy with other work may keep it waiting long
            spec = EngineSpec(
                runs_in="process", device="cpu", previews=False, heartbeat_timeout=600.0
            )
            engine = self._opened.enter_context(open_engine(spec))
            self._runner = Runner(self._stores, engine)
        return self._runner


def pixels_of(path: Path) -> np.ndarray:
    """(h, w, 3 or 4) uint8 of a picture's file."""
    with Image.open(path) as opened:
        return np.asarray(opened)


def _png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def _tell(event: Event) -> None:
    if isinstance(event, PictureNote):
        show(f"  note: {event.text}")

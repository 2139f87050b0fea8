"""What pictures took on this machine: which way of making do worked for a model, how much memory it
needed, and how long it took."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from statistics import median

from core.store.sqlite.database import Database
from core.system.json import Malformed, dumps, loads
from core.values.device import MemoryMode
from core.values.job import Way

KEPT, DAYS, LATEST = 500, 30, 9
RUNS = 20  # of a model's latest pictures, from which its time is told


@dataclass(frozen=True, slots=True)
class Run:
    """How long a picture took, as in `core.values.job.Way`; `work` is how much there was to compute
    (see core.service.pace), never 0."""

    model: str
    mode: str
    seconds: float
    work: float
    processor: float = 0.0
    waited: float = -1.0
    threads: int = 0
    loading: float = 0.0


class Ways:
    """Noted after every picture, asked before the next one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, model: str, way: Way, width: int, height: int, work: float = 0.0) -> None:
        """A picture of the model at this path was made this way; `work` is how much there was to
        compute, 0 where nobody knows."""
        run = Run(
            "", way.mode, way.seconds, work, way.processor, way.waited, way.threads, way.loading
        )
        row = {
            "model": model,
            "device": way.device,
            "mode": way.mode,
            "width": width,
            "height": height,
            "peak": way.peak,
            "free": way.free,
            "made": time.time(),
            "run": dumps(run) if run.seconds > 0 and run.work > 0 else "",
        }
        with self._database.transaction() as db:
            db.execute(
                f"INSERT INTO ways ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                tuple(row.values()),
            )
            db.execute("DELETE FROM ways WHERE id <= (SELECT max(id) FROM ways) - ?", (KEPT,))

    def needed(self, model: str) -> tuple[Way, ...]:
        """For each device where the fast way failed within a month: the way that worked,
        for its smallest picture.

        A larger picture made the fast way since then takes it back.
        """
        found: dict[str, Way] = {}
        roomy: dict[str, int] = {}
        rows = self._database.connection().execute(
            "SELECT * FROM ways WHERE model = ? AND made > ? ORDER BY id DESC",
            (model, time.time() - DAYS * 86_400),
        )
        for row in rows:
            device, pixels = row["device"], row["width"] * row["height"]
            if row["mode"] == MemoryMode.RESIDENT:
                roomy[device] = max(roomy.get(device, 0), pixels)
            elif pixels > roomy.get(device, 0) and (
                device not in found or pixels < found[device].pixels
            ):
                found[device] = Way(device, row["mode"], pixels, row["peak"], row["free"])
        return tuple(found.values())

    def measured(
        self, model: str, kind: str, *, eight: bool = False
    ) -> tuple[tuple[int, int, str, int], ...]:
        """The latest pictures on a kind of device, with weights in eight bits or not: width,
        height, mode and the peak in bytes."""
        rows = self._database.connection().execute(
            (
                "SELECT width, height, mode, peak FROM ways WHERE model = ? AND peak > 0 "
                "AND (device LIKE ? OR device LIKE ?) AND (device LIKE '% 8bit') = ? "
                "ORDER BY id DESC LIMIT ?"
            ),
            (model, f"{kind} 8bit" if eight else kind, f"{kind}:%", eight, LATEST),
        )
        return tuple((row["width"], row["height"], row["mode"], row["peak"]) for row in rows)

    def runs(self, kind: str, *, eight: bool = False, model: str = "") -> tuple[Run, ...]:
        """How long the latest pictures took on a kind of device, with weights in eight bits or not:
        of one model, else of all."""
        rows = self._database.connection().execute(
            (
                "SELECT model, run FROM ways WHERE run != '' AND (? = '' OR model = ?) "
                "AND (device LIKE ? OR device LIKE ?) AND (device LIKE '% 8bit') = ? "
                "ORDER BY id DESC LIMIT ?"
            ),
            (
                model,
                model,
                f"{kind} 8bit" if eight else kind,
                f"{kind}:%",
                eight,
                RUNS if model else KEPT,
            ),
        )
        found: list[Run] = []
        for row in rows:
            try:
                run = loads(Run, row["run"])
            except Malformed:
                continue
            if run.seconds > 0 and run.work > 0:
                found.append(replace(run, model=row["model"]))
        return tuple(found)


def correction(ratios: list[float]) -> float:
    """By how much predictions were off, from measured over predicted peaks: the median,
    within a half and three."""
    return min(3.0, max(0.5, median(ratios))) if ratios else 1.0

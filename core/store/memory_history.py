"""What pictures took on this machine: which way of making do worked for a model, how much memory it
needed, and how long it took."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from core.store.sqlite.database import Database
from core.system.json import Malformed, dumps, loads
from core.values.device import MemoryMode
from core.values.job import MemoryOutcome

KEPT = 500  # rows, of all models together
NEEDED_SECONDS = 30 * 86_400.0  # how long a way that was needed is remembered
LATEST = 9  # measured peaks of a model that a prediction is corrected by
SAVED_WITHIN = 60.0  # seconds between a picture's own time and that of its row, at most
RUNS = 20  # of a model's latest pictures, from which its time is told


@dataclass(frozen=True, slots=True)
class TimedRun:
    """How long a picture took, as in `core.values.job.MemoryOutcome`; `work` is how much there was
    to compute (see core.service.time_prediction), never 0. `job` is the id of the queue's job, ""
    for others and in rows of older programs."""

    model: str
    mode: str
    seconds: float
    work: float
    processor: float = 0.0
    waited: float = -1.0
    threads: int = 0
    loading: float = 0.0
    job: str = ""


class MemoryHistory:
    """Noted after every picture, asked before the next one.

    Every method raises WorldError where the database cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        model: str,
        outcome: MemoryOutcome,
        width: int,
        height: int,
        work: float = 0.0,
        job: str = "",
    ) -> None:
        """A picture of the model at this path was made this way; `work` is how much
        there was to compute (see core.service.time_prediction), 0 where nobody knows;
        width and height in pixels; `job` the id of the queue's job."""
        run = TimedRun(
            model="",  # stands in its row
            mode=outcome.mode,
            seconds=outcome.seconds,
            work=work,
            processor=outcome.processor,
            waited=outcome.waited,
            threads=outcome.threads,
            loading=outcome.loading,
            job=job,
        )
        row = {
            "model": model,
            "device": outcome.device,
            "mode": outcome.mode,
            "width": width,
            "height": height,
            "peak": outcome.peak,
            "free": outcome.free,
            "made": time.time(),
            "run": dumps(run) if run.seconds > 0 and run.work > 0 else "",
        }
        with self._database.transaction() as db:
            db.execute(
                f"INSERT INTO ways ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                tuple(row.values()),
            )
            db.execute("DELETE FROM ways WHERE id <= (SELECT max(id) FROM ways) - ?", (KEPT,))

    def outcomes_needed(self, model: str) -> tuple[MemoryOutcome, ...]:
        """For each device where the fast way failed within a month: the way that worked,
        for its smallest picture.

        A larger picture made the fast way since then takes it back.
        """
        outcomes: dict[str, MemoryOutcome] = {}
        roomy: dict[str, int] = {}
        rows = self._database.connection().execute(
            "SELECT * FROM ways WHERE model = ? AND made > ? ORDER BY id DESC",
            (model, time.time() - NEEDED_SECONDS),
        )
        for row in rows:  # the latest first
            device = row["device"]
            pixels = row["width"] * row["height"]
            if row["mode"] == MemoryMode.RESIDENT:
                roomy[device] = max(roomy.get(device, 0), pixels)
                continue
            is_smallest = device not in outcomes or pixels < outcomes[device].pixels
            if pixels > roomy.get(device, 0) and is_smallest:
                outcomes[device] = MemoryOutcome(
                    device=device,
                    mode=row["mode"],
                    pixels=pixels,
                    peak=row["peak"],
                    free=row["free"],
                )
        return tuple(outcomes.values())

    def measured_peaks(
        self, model: str, kind: str, *, eight: bool = False
    ) -> tuple[tuple[int, int, str, int], ...]:
        """The latest pictures on a kind of device, with weights in eight bits or not: width and
        height in pixels, mode, and the peak in bytes."""
        rows = self._database.connection().execute(
            (
                "SELECT width, height, mode, peak FROM ways WHERE model = ? AND peak > 0 "
                "AND (device LIKE ? OR device LIKE ?) AND (device LIKE '% 8bit') = ? "
                "ORDER BY id DESC LIMIT ?"
            ),
            (model, *_devices_like(kind, eight=eight), eight, LATEST),
        )
        return tuple((row["width"], row["height"], row["mode"], row["peak"]) for row in rows)

    def noted_of(
        self, model: str, size: tuple[int, int], created: float, job: str
    ) -> tuple[int, TimedRun | None]:
        """What was noted of the picture of this width and height in pixels that was made at this
        time, in seconds since 1970, by this job of the queue: its peak in bytes, 0 where none was
        measured, and its run, None where its time was not to be learnt from. A row that names no
        job counts where it is nearest in time."""
        rows = self._database.connection().execute(
            "SELECT peak, run FROM ways WHERE model = ? AND width = ? AND height = ? "
            "AND abs(made - ?) < ? ORDER BY abs(made - ?)",
            (model, *size, created, SAVED_WITHIN, created),
        )
        nearest: tuple[int, TimedRun | None] | None = None
        for row in rows:
            try:
                run = loads(TimedRun, row["run"]) if row["run"] else None
            except Malformed:
                run = None
            if run is not None and job and run.job == job:
                return int(row["peak"]), run
            if nearest is None and (run is None or not run.job):
                nearest = int(row["peak"]), run
        return nearest or (0, None)

    def runs(self, kind: str, *, eight: bool = False, model: str = "") -> tuple[TimedRun, ...]:
        """How long the latest pictures took on a kind of device, with weights in eight bits or not:
        of one model, else of all."""
        rows = self._database.connection().execute(
            (
                "SELECT model, run FROM ways WHERE run != '' AND (? = '' OR model = ?) "
                "AND (device LIKE ? OR device LIKE ?) AND (device LIKE '% 8bit') = ? "
                "ORDER BY id DESC LIMIT ?"
            ),
            (model, model, *_devices_like(kind, eight=eight), eight, RUNS if model else KEPT),
        )
        runs: list[TimedRun] = []
        for row in rows:
            try:
                run = loads(TimedRun, row["run"])
            except Malformed:
                continue
            if run.seconds > 0 and run.work > 0:
                runs.append(replace(run, model=row["model"]))
        return tuple(runs)


def _devices_like(kind: str, *, eight: bool) -> tuple[str, str]:
    """What devices of a kind are called in rows: "cpu", "cpu 8bit", or "cuda:0 8bit"."""
    return (f"{kind} 8bit" if eight else kind), f"{kind}:%"


def peak_correction(ratios: list[float]) -> float:
    """By how much predictions were off, from measured over predicted peaks: the median, within a
    half and three; 1 where nothing was measured."""
    from statistics import median

    if not ratios:
        return 1.0
    return min(3.0, max(0.5, median(ratios)))

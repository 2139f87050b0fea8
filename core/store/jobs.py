"""The queue: every job asked for, in order, surviving restarts."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass

from core.store.job_owner import is_alive, this_process
from core.store.sqlite.database import Database
from core.system.json import Malformed, dumps, loads
from core.values.job import FailureReason, JobState, new_job_id
from core.values.request import Request
from core.values.resolved_request import ResolvedRequest

_INTERRUPTED = "The program ended while this picture was being made."


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A row of the queue: the `nth` of so many (`of`) asked for at once. `request` is as stored,
    perhaps by a later program: it is shown so, and resolved when it is made."""

    id: str
    state: JobState
    request: Request
    created: float
    started: float | None = None
    finished: float | None = None
    message: str = ""
    hint: str = ""
    nth: int = 1
    of: int = 1
    reason: FailureReason = FailureReason.OTHER


class JobStore:
    """Adds, claims and finishes jobs, each in one transaction.

    Every method raises WorldError where the database cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, requests: Iterable[ResolvedRequest], *, running: bool = False
    ) -> tuple[QueuedJob, ...]:
        """Append pictures (see prompt.expand) to the queue;
        `running` marks them as claimed by the caller at once."""
        return self._append(requests, running)

    def add_again(self, job: QueuedJob) -> tuple[QueuedJob, ...]:
        """Append a job's request once more, as it was stored."""
        return self._append([job.request], False)

    def _append(self, requests: Iterable[Request], running: bool) -> tuple[QueuedJob, ...]:
        now = time.time()
        state = JobState.RUNNING if running else JobState.WAITING
        wanted = tuple(requests)
        jobs = tuple(
            QueuedJob(
                id=new_job_id(),
                state=state,
                request=request,
                created=now,
                nth=nth,
                of=len(wanted),
            )
            for nth, request in enumerate(wanted, 1)
        )
        with self._database.transaction() as db:
            last: float = db.execute("SELECT coalesce(max(place), 0) FROM jobs").fetchone()[0]
            started = now if running else None
            owner = this_process() if running else ""
            db.executemany(
                "INSERT INTO jobs (id, place, state, request, created, started, owner, share) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        job.id,
                        last + job.nth,
                        job.state,
                        dumps(job.request),
                        job.created,
                        started,
                        owner,
                        f"{job.nth}/{job.of}",
                    )
                    for job in jobs
                ],
            )
        return jobs

    def claim_next(self) -> QueuedJob | None:
        """Mark the first waiting job as running and return it; a row that cannot be
        read fails and is skipped."""
        while True:
            with self._database.transaction() as db:
                row = db.execute(
                    (
                        "UPDATE jobs SET state = ?, started = ?, owner = ?, message = '', "
                        "hint = '' WHERE id = (SELECT id FROM jobs WHERE state = ? "
                        "ORDER BY place LIMIT 1) RETURNING *"
                    ),
                    (JobState.RUNNING, time.time(), this_process(), JobState.WAITING),
                ).fetchone()
            if row is None:
                return None
            try:
                return _job(row)
            except Malformed:
                self.finish(
                    row["id"], JobState.FAILED, "This job's record is damaged.", "Set it up again."
                )

    def finish(
        self,
        job_id: str,
        state: JobState,
        message: str = "",
        hint: str = "",
        reason: FailureReason = FailureReason.OTHER,
    ) -> None:
        """End a job as done, failed or stopped."""
        with self._database.transaction() as db:
            finish_in(db, job_id, state, message, hint, reason)

    def requeue_last(self, job_id: str) -> None:
        """Put a stopped or failed job (or one taken back while running) to the end of the queue."""
        with self._database.transaction() as db:
            db.execute(
                (
                    "UPDATE jobs SET state = ?, started = NULL, finished = NULL, message = '', "
                    "hint = '', crashes = 0, place = (SELECT coalesce(max(place), 0) + 1 "
                    "FROM jobs) WHERE id = ?"
                ),
                (JobState.WAITING, job_id),
            )

    def requeue(self, *job_ids: str) -> None:
        """Jobs that were interrupted wait again where they stood in the order."""
        with self._database.transaction() as db:
            db.executemany(
                (
                    "UPDATE jobs SET state = ?, started = NULL, finished = NULL, message = '', "
                    "hint = '' WHERE id = ? AND state != ?"
                ),
                [(JobState.WAITING, job_id, JobState.DONE) for job_id in job_ids],
            )

    def retry_once(self, job_id: str) -> bool:
        """`requeue` for the first time in a row, for a job that is hardly to blame; False, and
        nothing done, the second time."""
        with self._database.transaction() as db:
            done = db.execute(
                (
                    "UPDATE jobs SET state = ?, started = NULL, crashes = crashes + 1 "
                    "WHERE id = ? AND crashes = 0"
                ),
                (JobState.WAITING, job_id),
            )
            return done.rowcount == 1

    def stop_waiting(self, job_id: str | None = None, created: float | None = None) -> int:
        """Cancel one waiting job, those of one time, or all; the number cancelled."""
        with self._database.transaction() as db:
            done = db.execute(
                "UPDATE jobs SET state = ?1, finished = ?2 WHERE state = ?3 AND (id = ?4 OR ?4 IS "
                "NULL) AND (created = ?5 OR ?5 IS NULL)",
                (JobState.STOPPED, time.time(), JobState.WAITING, job_id, created),
            )
            return done.rowcount

    def move(self, job_id: str, before: str = "") -> None:
        """Put a waiting job in front of another waiting one; "" means behind all."""
        with self._database.transaction() as db:
            rows = db.execute(
                "SELECT id, place FROM jobs WHERE state = ? ORDER BY place", (JobState.WAITING,)
            ).fetchall()
            order = [row["id"] for row in rows if row["id"] != job_id]
            if not order or len(order) == len(rows):  # it waits alone, or not at all
                return
            at = order.index(before) if before in order else len(order)
            places = {row["id"]: float(row["place"]) for row in rows}
            low, high = _gap([places[waiting_id] for waiting_id in order], at)
            middle = (low + high) / 2
            # a float has 52 bits: after some fifty moves into the same gap all are counted anew
            if not low < middle < high:
                order.insert(at, job_id)
                db.executemany(
                    "UPDATE jobs SET place = ? WHERE id = ?",
                    [(float(k + 1), waiting_id) for k, waiting_id in enumerate(order)],
                )
            else:
                db.execute("UPDATE jobs SET place = ? WHERE id = ?", (middle, job_id))

    def make_next(self, job_id: str) -> None:
        """Put a waiting job in front of all others."""
        row = (
            self._database.connection()
            .execute(
                "SELECT id FROM jobs WHERE state = ? AND id != ? ORDER BY place LIMIT 1",
                (JobState.WAITING, job_id),
            )
            .fetchone()
        )
        if row is not None:
            self.move(job_id, row["id"])

    def duplicate(self, job_id: str) -> tuple[QueuedJob, ...]:
        """The same request once more at the end of the queue."""
        job = self.get(job_id)
        return self.add_again(job) if job is not None else ()

    def retry_failed(self) -> int:
        """Put all failed jobs back, in the order they had; their number."""
        with self._database.transaction() as db:
            rows = db.execute(
                "SELECT id FROM jobs WHERE state = ? ORDER BY place", (JobState.FAILED,)
            ).fetchall()
            last: float = db.execute("SELECT coalesce(max(place), 0) FROM jobs").fetchone()[0]
            db.executemany(
                (
                    "UPDATE jobs SET state = ?, started = NULL, finished = NULL, message = '', "
                    "hint = '', crashes = 0, place = ? WHERE id = ?"
                ),
                [(JobState.WAITING, last + k + 1, row["id"]) for k, row in enumerate(rows)],
            )
            return len(rows)

    def withdraw(self, job_id: str) -> bool:
        """Take a waiting job out of the queue; False where it waits no longer."""
        with self._database.transaction() as db:
            done = db.execute(
                "DELETE FROM jobs WHERE id = ? AND state = ?", (job_id, JobState.WAITING)
            )
            return done.rowcount == 1

    def remove(self, *job_ids: str) -> None:
        """Forget ended jobs."""
        with self._database.transaction() as db:
            db.executemany(
                "DELETE FROM jobs WHERE id = ? AND state NOT IN (?, ?)",
                [(job_id, JobState.RUNNING, JobState.WAITING) for job_id in job_ids],
            )

    def fail_orphans(self) -> tuple[str, ...]:
        """Jobs left running by a process that is gone fail with "Run again" open to them; their
        ids. Those of a living one stay."""
        rows = (
            self._database.connection()
            .execute("SELECT id, owner, started FROM jobs WHERE state = ?", (JobState.RUNNING,))
            .fetchall()
        )
        left = [row["id"] for row in rows if not is_alive(row["owner"], row["started"] or 0.0)]
        if not left:
            return ()
        with self._database.transaction() as db:
            done = [
                db.execute(
                    (
                        "UPDATE jobs SET state = ?, finished = ?, message = ?, hint = ? "
                        "WHERE id = ? AND state = ?"
                    ),
                    (
                        JobState.FAILED,
                        time.time(),
                        _INTERRUPTED,
                        "Run it again from the queue.",
                        job_id,
                        JobState.RUNNING,
                    ),
                ).rowcount
                for job_id in left
            ]
        return tuple(job_id for job_id, count in zip(left, done, strict=True) if count)

    def waiting(self) -> int:
        """How many jobs wait."""
        row = (
            self._database.connection()
            .execute("SELECT count(*) FROM jobs WHERE state = ?", (JobState.WAITING,))
            .fetchone()
        )
        return int(row[0])

    def recent(self, limit: int = 60) -> tuple[QueuedJob, ...]:
        """Running and waiting jobs in order, then the latest ended ones that are not done."""
        return self._read(
            (
                "SELECT * FROM (SELECT * FROM jobs WHERE state IN ('running', 'waiting') "
                "ORDER BY state, place LIMIT ?) UNION ALL SELECT * FROM (SELECT * FROM jobs "
                "WHERE state IN ('failed', 'stopped') ORDER BY finished DESC LIMIT ?)"
            ),
            limit,
            limit,
        )

    def done_beside(self, jobs: Iterable[QueuedJob], limit: int = 12) -> tuple[QueuedJob, ...]:
        """The latest done ones that were asked for together with those of
        `jobs` that run or wait."""
        times = sorted(
            {
                job.created
                for job in jobs
                if job.of > 1 and job.state in (JobState.RUNNING, JobState.WAITING)
            }
        )
        if not times:
            return ()
        marks = ", ".join("?" * len(times))
        return self._read(
            (
                "SELECT * FROM jobs WHERE id >= ? AND state = 'done' "
                f"AND created IN ({marks}) ORDER BY finished DESC LIMIT ?"
            ),
            # ids begin with the time: only the latest rows are looked at
            f"{int(times[0] * 1000):012x}",
            *times,
            limit,
        )

    def _read(self, question: str, *values: object) -> tuple[QueuedJob, ...]:
        rows = self._database.connection().execute(question, values).fetchall()
        jobs: list[QueuedJob] = []
        for row in rows:
            try:
                jobs.append(_job(row))
            except Malformed:
                continue
        return tuple(jobs)

    def get(self, job_id: str) -> QueuedJob | None:
        """One job, or None. Raises Malformed where its record is damaged."""
        row = (
            self._database.connection()
            .execute("SELECT * FROM jobs WHERE id = ?", (job_id,))
            .fetchone()
        )
        return None if row is None else _job(row)


def finish_in(
    db: sqlite3.Connection,
    job_id: str,
    state: JobState,
    message: str = "",
    hint: str = "",
    reason: FailureReason = FailureReason.OTHER,
) -> None:
    """`finish` inside a transaction that someone else opened.

    Only a running job has an owner, and the tables have no room for one more column: of a job
    that ended, `owner` keeps the reason.
    """
    db.execute(
        "UPDATE jobs SET state = ?, finished = ?, message = ?, hint = ?, owner = ? WHERE id = ?",
        (state, time.time(), message, hint, reason, job_id),
    )


def _gap(places: list[float], at: int) -> tuple[float, float]:
    """The ends of the gap before number `at` of ordered places; before the first one and behind
    the last one there is room for one more at a distance of 1."""
    if at == 0:
        return places[0] - 2, places[0]
    if at == len(places):
        return places[-1], places[-1] + 2
    return places[at - 1], places[at]


def _job(row: sqlite3.Row) -> QueuedJob:
    state = JobState(row["state"])
    nth, of = _share(row["share"])
    return QueuedJob(
        id=row["id"],
        state=state,
        request=loads(Request, row["request"]),
        created=row["created"],
        started=row["started"],
        finished=row["finished"],
        message=row["message"],
        hint=row["hint"],
        nth=nth,
        of=of,
        # rows that older programs ended still name a process there
        reason=FailureReason.kept(row["owner"] if state is JobState.FAILED else ""),
    )


def _share(text: str) -> tuple[int, int]:
    """ "3/8" as two numbers; rows of older programs say nothing."""
    nth, _, of = text.partition("/")
    are_numbers = nth.isdecimal() and of.isdecimal()
    if are_numbers and 1 <= int(nth) <= int(of):
        return int(nth), int(of)
    return 1, 1

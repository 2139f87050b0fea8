"""What the gallery and the queue have of a sweep."""

from __future__ import annotations

import os

from core.store.finding.sql_parts import STACKED
from core.store.gallery import Gallery
from core.store.jobs import JobStore, QueuedJob
from core.store.sqlite.database import Database
from core.system.json import Malformed
from core.values.picture import Picture

_OF_SWEEP = (
    "SELECT id FROM jobs WHERE state IN ('waiting', 'running', 'failed', 'stopped') "
    "AND request GLOB ? ORDER BY place"
)
Cell = tuple[str, ...]


def pictures_by_cell(database: Database, gallery: Gallery, stack: str) -> dict[Cell, Picture]:
    """The newest picture of each cell, by what it says of its cell; those in the trash, and those
    whose file is gone, are none. Looks at files: not for the GUI thread. Raises WorldError where
    the database cannot be read."""
    rows = database.connection().execute(
        f"SELECT id FROM pictures WHERE document = ? AND {STACKED} ORDER BY id",
        (stack,),
    )
    pictures = gallery.page([row[0] for row in rows])
    newest: dict[Cell, Picture] = {}
    for picture in sorted(pictures, key=lambda picture: picture.id):
        if os.path.exists(picture.path):
            newest[picture.request.sweep.cell] = picture
    return newest


def jobs_of_sweep(database: Database, jobs: JobStore, sweep_id: str) -> tuple[QueuedJob, ...]:
    """Those that wait, run, failed or were stopped, in the queue's order. Raises WorldError where
    the database cannot be read."""
    wanted = f'*"sweep":{{"id":"{sweep_id}"*'
    rows = database.connection().execute(_OF_SWEEP, (wanted,)).fetchall()
    found: list[QueuedJob] = []
    for row in rows:
        try:
            job = jobs.get(row[0])
        except Malformed:
            continue
        if job is not None:
            found.append(job)
    return tuple(found)

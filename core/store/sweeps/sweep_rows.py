"""What the gallery and the queue have of a sweep."""

from __future__ import annotations

import os
import re

from core.store.finding.sql_parts import STACKED
from core.store.gallery import Gallery
from core.store.jobs import JobStore, QueuedJob
from core.store.sqlite.database import Database
from core.system.json import Malformed
from core.values.picture import Picture
from core.values.request_parts.sweep_place import STACK

_OF_SWEEP = (
    "SELECT id FROM jobs WHERE state IN ('waiting', 'running', 'failed', 'stopped') "
    "AND request GLOB ? ORDER BY place"
)
_OF_ANY = (
    "SELECT request FROM jobs WHERE state IN ('waiting', 'running', 'failed', 'stopped') "
    'AND request GLOB \'*"sweep":{"id":"*\''
)
_STACKS = "SELECT DISTINCT document FROM pictures WHERE document != '' AND document GLOB ?"
_ID = re.compile(r'"sweep":\{"id":"([0-9a-f]+)"')
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


def named_sweeps(database: Database) -> frozenset[str]:
    """The ids that jobs of the queue or pictures name, those in the trash too. Raises WorldError
    where the database cannot be read."""
    connection = database.connection()
    jobs = connection.execute(_OF_ANY).fetchall()  # first: one that ends is a picture by then
    stacks = connection.execute(_STACKS, (f"{STACK}*",)).fetchall()
    of_jobs = (found for row in jobs for found in _ID.findall(row[0]))
    return frozenset((*of_jobs, *(row[0].removeprefix(STACK) for row in stacks)))

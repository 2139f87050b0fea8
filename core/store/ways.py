"""What pictures took on this machine: which way of making do worked for a model, and how much memory it needed."""

from __future__ import annotations

import time
from statistics import median

from core.job import Way
from core.store.database import Database

KEPT, DAYS, LATEST = 500, 30, 9


class Ways:
    """Noted after every picture, asked before the next one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, model: str, way: Way, width: int, height: int) -> None:
        """A picture of the model at this path was made this way."""
        with self._database.transaction() as db:
            db.execute("INSERT INTO ways (model, device, mode, width, height, peak, free, made) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                       (model, way.device, way.mode, width, height, way.peak, way.free, time.time()))
            db.execute("DELETE FROM ways WHERE id <= (SELECT max(id) FROM ways) - ?", (KEPT,))

    def needed(self, model: str) -> tuple[Way, ...]:
        """For each device where the fast way failed within a month: the way that worked, for its smallest picture.

        A larger picture made the fast way since then takes it back.
        """
        found: dict[str, Way] = {}
        roomy: dict[str, int] = {}
        rows = self._database.connection().execute(
            "SELECT * FROM ways WHERE model = ? AND made > ? ORDER BY id DESC", (model, time.time() - DAYS * 86_400))
        for row in rows:
            device, pixels = row["device"], row["width"] * row["height"]
            if row["mode"] == "resident":
                roomy[device] = max(roomy.get(device, 0), pixels)
            elif pixels > roomy.get(device, 0) and (device not in found or pixels < found[device].pixels):
                found[device] = Way(device, row["mode"], pixels, row["peak"], row["free"])
        return tuple(found.values())

    def measured(self, model: str, kind: str, *, eight: bool = False) -> tuple[tuple[int, int, str, int], ...]:
        """The latest pictures on a kind of device, with weights in eight bits or not: width, height, mode and the peak in bytes."""
        rows = self._database.connection().execute(
            "SELECT width, height, mode, peak FROM ways WHERE model = ? AND peak > 0 AND (device LIKE ? OR device LIKE ?) "
            "AND (device LIKE '% 8bit') = ? ORDER BY id DESC LIMIT ?",
            (model, f"{kind} 8bit" if eight else kind, f"{kind}:%", eight, LATEST))
        return tuple((row["width"], row["height"], row["mode"], row["peak"]) for row in rows)


def correction(ratios: list[float]) -> float:
    """By how much predictions were off, from measured over predicted peaks: the median, within a half and three."""
    return min(3.0, max(0.5, median(ratios))) if ratios else 1.0

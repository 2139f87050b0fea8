"""Data folders of earlier versions with 100,000 pictures' rows: opened by the stores and by the
window, searched, looked through.

    .venv/bin/python tests/soak/sessions/old_folder.py [ROWS]

Each archive of tests/data is unpacked, its rows are multiplied, and every recipe of them is read.
About a minute on 2 idle cores.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from core.engine.contract.protocol import EngineSpec  # noqa: E402
from core.service.stores import Stores  # noqa: E402
from core.system.json import dumps  # noqa: E402
from core.system.paths import places  # noqa: E402
from tests.data.folder import ARCHIVES, disbelieved, missing, multiply, not_shown, unpack  # noqa: E402
from tests.data.seen import opened  # noqa: E402
from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402

LIMITS: Limits = {
    "rows": at_least(300),
    "rows missing": at_most(0),
    "rows that are not believed": at_most(0),
    "old pictures changed": at_most(0),
    "old jobs missing": at_most(0),
    "recipes without their words": at_most(0),
    "found by a search of one": at_least(1),
    "favourites": at_least(1),
    "window: rows missing": at_most(0),
    "window: pictures on the first screen": at_least(20),
    "window: found by a search of one": at_least(1),
    "window: rows of the queue": at_least(3),
    "window: complaints": at_most(0),
    "seconds to multiply": TOLD,
    "seconds to open": TOLD,
    "seconds to open the window": TOLD,
}
PAGE, FIRST_SCREEN = 500, 20


def by_the_stores(stores: Stores, rows: int, written: dict[str, Any]) -> dict[str, object]:
    """Counts, searches, and every recipe."""
    gallery = stores.gallery
    ids, trashed = gallery.ids(), (*gallery.ids(trashed=True), *gallery.ids("is:hidden"))
    wrong = 0
    for at in range(0, len(ids), PAGE):
        for one in gallery.page(ids[at : at + PAGE]):
            copied = one.path.rpartition("/")[2].partition("-")[2].removesuffix(".png")
            known = one.id <= written["values"]["pictures"][0]["id"]
            wrong += not known and (
                one.request.seed != int(copied) or f"copy{copied}" not in one.request.prompt
            )
    jobs = {job.id for job in stores.jobs.recent()}
    return {
        "rows": len(ids) + len(trashed),
        "rows missing": rows - len(ids) - len(trashed),
        "old pictures changed": sum(map(len, changed(stores, written))),
        "old jobs missing": len({job["id"] for job in written["values"]["queue"]} - jobs),
        "recipes without their words": wrong,
        "found by a search of one": len(gallery.ids("copy257")),
        "favourites": len(gallery.ids("is:favourite")),
    }


def changed(stores: Stores, written: dict[str, Any]) -> list[list[str]]:
    """What became of the pictures that were there before."""
    found = [stores.gallery.get(one["id"]) for one in written["values"]["pictures"]]
    return [
        missing(one["request"], None if now is None else json.loads(dumps(now.request)))
        for one, now in zip(written["values"]["pictures"], found, strict=True)
    ]


def by_the_window(into: Path, rows: int, hidden: int) -> dict[str, object]:
    """As a person opens it, and looks into the gallery."""
    from PySide6.QtWidgets import QApplication

    from desktop.app.app import Application
    from desktop.pictures.picture_model import PICTURE_ROLE
    from tests.desktop.driving import take_down, until

    qt = QApplication.instance() or QApplication([])
    assert isinstance(qt, QApplication)
    qt.setStyle("Fusion")
    began = time.monotonic()
    application = Application(qt, places(into / "data"), EngineSpec(kind="fake", runs_in="here"))
    complaints: list[object] = []
    heard = patch.object(application.window, "complain", complaints.append)
    window = application.window
    heard.start()
    application.start()
    try:
        until(window.rooms["gallery"].model.rowCount)
        took = round(time.monotonic() - began, 1)
        lost = rows - hidden - window.rooms["gallery"].model.rowCount()
        screen = [window.rooms["gallery"].model.index(row) for row in range(FIRST_SCREEN)]
        until(lambda: all(index.data(PICTURE_ROLE) is not None for index in screen))
        window.go("gallery")
        window.rooms["gallery"].panel.search.setText("copy257")
        until(lambda: 0 < window.rooms["gallery"].model.rowCount() < rows // 10)
        window.rooms["create"].stage.drawer.toggle.setChecked(True)
        until(lambda: window.rooms["create"].stage.drawer.list.count() >= 3)
        return {
            "window: rows missing": lost,
            "window: pictures on the first screen": len(screen),
            "window: found by a search of one": window.rooms["gallery"].model.rowCount(),
            "window: rows of the queue": window.rooms["create"].stage.drawer.list.count(),
            "window: complaints": len(complaints),
            "seconds to open the window": took,
        }
    finally:
        heard.stop()
        take_down(application)


def trial(archive: Path, rows: int) -> int:
    """One archive; 0 where all is as it should be."""
    written = json.loads(
        archive.with_name(archive.name.removesuffix(".tar.xz") + ".json").read_text()
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["HF_HUB_CACHE"] = str(Path(folder) / "none")
        into = unpack(archive, Path(folder))
        began = time.monotonic()
        multiply(into, rows)
        multiplied = time.monotonic()
        figures: dict[str, object] = {"rows that are not believed": disbelieved(into)}
        with opened(into) as stores:
            took = {
                "seconds to multiply": round(multiplied - began, 1),
                "seconds to open": round(time.monotonic() - multiplied, 1),
            }
            figures |= by_the_stores(stores, rows, written)
        return judge(
            figures | took | by_the_window(into, rows, not_shown(written)),
            LIMITS,
            archive.name,
        )


def main(rows: int) -> int:
    """Exit code 0 where every archive opens with every row."""
    return max(trial(archive, rows) for archive in ARCHIVES)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))

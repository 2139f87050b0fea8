"""The Gallery with 100,000 pictures: how soon the room stands there and its first thumbnail, frames
while it is scrolled by wheel, by the bar and by PageDown, with cells in their pictures' shapes and
with the smallest ones too, and a search typed letter by letter, with the window's lateness
meanwhile; the process's memory at the end.

    python tests/bench/gallery.py [--rows N] [--data DIR] [--against TREE] [--rounds N]

A frame is the time from when it was due, every 16.7 ms, until it is painted with all that came in
between; "own" is the same without what other processes took from the thread (Linux; what they took
from its threads counts), "busy" its processor time. First results are counted from the key, without
the pause that a tree waits for the next letter, which is told beside it. `--data`: a folder made by
`tests/bench/window/many_pictures.py`, which is copied, not changed. `--against`: another tree of
the program, measured in turn with this one. Exit 1 where a bar is missed, 2 without figures.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # behind the tree that is measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.gallery.panel import GalleryPanel
    from desktop.shell.main_window import MainWindow

FRAME_MS = 1000 / 60
FRAME_BAR, SEARCH_BAR = 16.0, 30.0  # milliseconds: p99 of a frame, p95 of first results
OPEN_BAR, THUMBNAIL_BAR = 150.0, 100.0  # milliseconds: from the click, and from then on
LATE_BAR = 25.0  # milliseconds: the longest while one types, without what others took
MEMORY_BAR = 400.0  # MiB of the whole process
WAYS = ("wheel", "bar", "PageDown")
LOOKS = {"": (168, "square"), "shapes, ": (168, "aspect"), "smallest cells, ": (72, "aspect")}
OPENED, THUMBNAIL, MEMORY = "the room stands there", "its first thumbnail", "memory"
FRAMES = 240  # of each way to scroll
WORDS = ("mountain", "red house", "watercolour", "se", "portrait night")
LETTER_SECONDS = 0.15
LONGEST_SECONDS = 900  # of one process
Figures = dict[str, list[float]]


def opening(window: MainWindow) -> Figures:
    """Milliseconds from the click until the room is painted with its rows, and from then until the
    first thumbnail is; each whole, and without what other processes took."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QApplication

    from desktop.gallery.room import GalleryRoom
    from desktop.pictures.current import model_of
    from desktop.pictures.grids.contents.cells import NOWHERE
    from tests.bench.window.lateness import waited_for_a_core

    class Paints(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.Paint
            return False

    room = window.rooms["gallery"]
    assert isinstance(room, GalleryRoom)
    grid, model, paints = room.panel.grid, model_of(room.panel.grid), Paints()
    grid.viewport().installEventFilter(paints)

    def took(ready: Callable[[], bool]) -> list[float]:
        began, waited = time.perf_counter(), waited_for_a_core()
        while not ready():
            QApplication.processEvents()
            if time.perf_counter() - began > 30:
                raise TimeoutError("it does not come")
        whole = (time.perf_counter() - began) * 1000
        return [whole, max(0.0, whole - (waited_for_a_core() - waited))]

    def has_thumbnail() -> bool:
        ids = [model.ids()[row] for row in grid.rows_in_sight()]
        return any(model.pixmaps.get(one, None, NOWHERE) is not None for one in ids)

    window.go("gallery")
    opened = took(lambda: paints.count > 0 and model.rowCount() > 0)
    figures = {OPENED: opened, THUMBNAIL: took(has_thumbnail)}
    grid.viewport().removeEventFilter(paints)
    return figures


def frames(panel: GalleryPanel, way: str, look: str = "") -> Figures:
    """Milliseconds of each frame."""
    from PySide6.QtWidgets import QApplication

    from tests.bench.window.lateness import pump, waited_for_a_core
    from tests.bench.window.scrolling import step

    panel.grid.verticalScrollBar().setValue(0)
    pump(400)
    whole, own, busy = [], [], []
    due = time.perf_counter()
    for number in range(FRAMES):
        due += FRAME_MS / 1000
        before = waited_for_a_core()
        while (left := due - time.perf_counter()) > 0:
            pump(max(0, int(left * 1000)))
        due = max(due, time.perf_counter() - FRAME_MS / 1000)  # a frame left out is not made up for
        waited = waited_for_a_core()
        used = time.thread_time()
        began = min(due, now := time.perf_counter())
        others = min((now - began) * 1000, waited - before)  # of what came late before the step
        step(panel.grid, way, number / FRAMES)
        QApplication.processEvents()
        took = (time.perf_counter() - began) * 1000
        whole.append(took)
        own.append(max(0.0, took - others - (waited_for_a_core() - waited)))
        busy.append((time.thread_time() - used) * 1000)
    kinds = {"whole": whole, "own": own, "busy": busy}
    return {f"{look}{way} {kind}": values for kind, values in kinds.items()}


def looks(panel: GalleryPanel) -> Figures:
    """Of frames: in squares, in lines of shapes, and with the smallest cells."""
    from desktop.pictures.gallery_grid import Shape
    from tests.bench.window.lateness import pump

    figures: Figures = {}
    for look, (side, shape) in LOOKS.items():
        panel.grid.use_zoom(side)
        panel.grid.use_shape(Shape(shape))
        pump(2000)
        for way in WAYS:
            figures |= frames(panel, way, look)
    return figures


def search(panel: GalleryPanel) -> Figures:
    """Milliseconds from each key to the first results of what stands there then, and how late a
    5 ms timer came meanwhile."""
    from desktop.pictures.current import model_of
    from tests.bench.window.lateness import Ticker, pump

    model = model_of(panel.grid)
    came: list[float] = []
    answered = getattr(model, "first_came", model.counted)  # an older tree tells all at once
    answered.connect(lambda *_: came.append(time.perf_counter()))
    pump(300)
    ticker = Ticker()
    first: list[float] = []
    for word in WORDS:
        for end in range(1, len(word) + 1):
            came.clear()
            key = time.perf_counter()
            panel.search.setText(word[:end])
            while time.perf_counter() - key < LETTER_SECONDS or not came:
                pump(3)
                if time.perf_counter() - key > 10:
                    raise TimeoutError("no answer")
            first.append((came[0] - key) * 1000)
        panel.search.setText("")
        pump(500)
    pump(300)
    late = ticker.part("typing")
    kinds = {
        "late": (late.p99, late.longest),
        "late without others' time": (late.own_p99, late.own_longest),
        "busy": (late.busy_p99, late.busy_longest),
    }
    return {"first results": first} | {kind: list(figures) for kind, figures in kinds.items()}


def run_one(data: Path) -> tuple[Figures, int]:
    """All figures of one process, and the milliseconds that its search waits for another key."""
    from PySide6.QtWidgets import QApplication

    from core.engine.contract.protocol import EngineSpec
    from core.system.paths import places
    from desktop.app.app import Application
    from desktop.app.garbage import spare_what_is_here
    from desktop.gallery import panel as panel_module
    from desktop.gallery.room import GalleryRoom
    from tests.bench.window.lateness import pump

    qt = QApplication([])
    qt.setStyle("Fusion")
    spare_what_is_here()  # as a start of the program does, and the next one
    application = Application(qt, places(str(data)), EngineSpec(kind="fake", runs_in="here"))
    figures: Figures = {}
    try:
        window = application.window
        window.resize(1440, 900)
        application.start()
        application.garbage.spare_start()
        pump(3000)
        figures |= opening(window)
        pump(1000)
        room = window.rooms["gallery"]
        assert isinstance(room, GalleryRoom)
        figures |= looks(room.panel)
        figures |= search(room.panel)
        figures[MEMORY] = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]
    finally:
        application.end()  # else its threads keep the process
    return figures, int(getattr(panel_module, "TYPED_MS", 0))


# --- trees in turn ---


def measure(tree: Path, data: Path) -> tuple[Figures, int]:
    """One process of a tree's program, on a copy of the folder; ends with a sentence where that
    gives no figures."""
    from tests.bench.window.many_pictures import copy_many

    # beside the data, since names can be given to a file only on its own disk
    with tempfile.TemporaryDirectory(dir=data.parent, ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "data"
        copy_many(data, copy)
        out = Path(folder) / "figures.json"
        command = [sys.executable, __file__, "--tree", str(tree), "--data", str(copy)]
        environment = os.environ | {"PYTHONPATH": str(tree)}
        try:
            subprocess.run(
                [*command, "--out", str(out)],
                check=True,
                env=environment,
                cwd=tree,
                timeout=LONGEST_SECONDS,
            )
        except subprocess.SubprocessError as fault:
            print(f"The program of {tree} gave no figures: {fault}.", file=sys.stderr)
            sys.exit(2)
        figures, typed_ms = json.loads(out.read_text())
        return figures, typed_ms


def tell(name: str, runs: list[Figures], typed_ms: int) -> dict[str, tuple[float, float]]:
    """Print the medians over the runs; those that the bars judge, each with its bar."""
    from tests.bench.window.lateness import at_share

    def middle(key: str, share: float) -> float:
        return statistics.median(at_share(run[key], share) for run in runs)

    print(f"{name}, medians of {len(runs)} runs, milliseconds:")
    judged: dict[str, tuple[float, float]] = {}
    for key, bar in ((OPENED, OPEN_BAR), (THUMBNAIL, THUMBNAIL_BAR)):
        whole, own = (statistics.median(run[key][at] for run in runs) for at in range(2))
        print(f"  {key}: {whole:.1f}, without others' time {own:.1f}")
        judged[key] = own, bar
    for look in LOOKS:
        for way in WAYS:
            for kind in ("whole", "own", "busy"):
                shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
                values = {word: middle(f"{look}{way} {kind}", at) for word, at in shares.items()}
                figures = "  ".join(f"{word} {value:6.1f}" for word, value in values.items())
                print(f"  frame, {look}{way:9} {kind:6} {figures}")
            judged[f"frame p99, {look}{way}"] = middle(f"{look}{way} whole", 0.99), FRAME_BAR
    key = "first results"
    pause = f", of which {typed_ms} the pause for another letter" if typed_ms else ""
    print(f"  {key} p50 {middle(key, 0.5):.1f} p95 {middle(key, 0.95):.1f} from the key{pause}")
    for kind in ("late", "late without others' time", "busy"):
        print(f"  while typing, {kind}: p99 {middle(kind, 0):.1f} max {middle(kind, 1):.1f}")
    judged["late while typing, longest"] = middle("late without others' time", 1), LATE_BAR
    judged[MEMORY] = statistics.median(run[MEMORY][0] for run in runs), MEMORY_BAR
    return judged | {key: (middle(key, 0.95), SEARCH_BAR)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.tree is not None:
        options.out.write_text(json.dumps(run_one(options.data)))
        return
    from tests.bench.window.many_pictures import write_many

    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder) / "many"
        if not data.exists():
            write_many(data, options.rows)
        trees = [ROOT] if options.against is None else [options.against, ROOT]
        runs: dict[Path, list[Figures]] = {tree: [] for tree in trees}
        pauses: dict[Path, int] = {}
        for _ in range(options.rounds):
            for tree in trees:
                figures, pauses[tree] = measure(tree, data)
                runs[tree].append(figures)
    judged: dict[str, tuple[float, float]] = {}
    for tree in trees:
        judged = tell("this tree" if tree == ROOT else "the other tree", runs[tree], pauses[tree])
    kept = True
    for name, (value, bar) in judged.items():
        unit = "MiB" if name == MEMORY else "ms"
        kept &= value <= bar
        state = "kept" if value <= bar else "missed"
        print(f"{name}: {value:.1f} {unit} (bar {bar:.0f}) {state}")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()

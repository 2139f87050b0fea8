"""How soon a stroke is answered by a live picture of the starter with its companion, from the end
of the stroke to the picture in the window's hand, and how late the window's timer is meanwhile.

    python tests/bench/edit/live.py [--strokes N] [--side PX] [--document PX] [--rounds N]

A document of `--document` pixels a side, with a frame of `--side` where that is smaller. First one
stroke after the other, each once the one before was answered; then as many without rest, of which
the newest wins. Two processors at most. Exit 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from core.service.editing.starting import HandedOver
    from core.service.stores import Stores
    from core.values.editing.document import Document
    from desktop.edit.live.controller import LiveController, LiveSource
    from desktop.state.job_service import JobService

MOST_SECONDS = 1.5  # from a stroke's end to its picture
MOST_LATE = 25.0  # ms of the window's timer above the idle baseline
CORES = 2
QUICK_MS = 30  # between strokes without rest
WARM_UP = 3  # strokes that are not counted: the model loads


@dataclass
class Painting:
    """A document that is painted on, and how long answers took."""

    document: Document
    tiles: dict[str, bytes]
    strokes: int = 0
    began: dict[int, float] = field(default_factory=dict)
    answers: list[float] = field(default_factory=list)
    outside: list[float] = field(default_factory=list)  # of the engine

    def stroke(self) -> None:
        """A line more, in the middle of the document."""
        import numpy as np

        from core.service.editing.rasters import in_tiles, pixels_in

        layer = self.document.layers[0]
        whole = (0, 0, self.document.width, self.document.height)
        rows = pixels_in(layer.raster, self.tiles.__getitem__, whole)
        self.strokes += 1
        middle = self.document.height // 2 - 60 + self.strokes * 2 % 120
        left = self.document.width // 2
        rows[middle : middle + 4, left - 50 : left + 50] = np.array(
            (180, self.strokes % 256, 30, 255), np.uint8
        )
        raster, tiles = in_tiles(rows)
        self.tiles |= tiles
        self.document = self.document.with_layer(replace(layer, raster=raster))

    def given(self) -> LiveSource:
        """What a room hands over."""
        from core.service.editing.starting import handed_over
        from core.values.editing.record import DocumentRecord
        from core.values.request import Request
        from desktop.edit.live.controller import LiveSource

        record = DocumentRecord("d" * 32, "bench", 0.0, request=Request(prompt="a red house"))
        document, tiles = self.document, dict(self.tiles)

        def of_family(row) -> HandedOver:  # type: ignore[no-untyped-def]
            return handed_over(record, document, tiles.__getitem__, row)

        return LiveSource(record.id, "starter", of_family)


def a_painting(side: int, document: int) -> Painting:
    """A document with a soft sky on one layer."""
    import numpy as np

    from core.service.editing.rasters import in_tiles
    from core.values.editing.document import Document, Layer, LayerKind

    rows = np.empty((document, document, 4), np.uint8)
    rows[..., :3] = np.linspace(90, 220, document, dtype=np.uint8)[:, None, None]
    rows[..., 3] = 255
    raster, tiles = in_tiles(rows)
    begin = (document - side) // 2
    frame = (begin, begin, side, side) if side < document else None
    layer = Layer(1, "Layer 1", LayerKind.PAINT, raster)
    return Painting(Document(document, document, (layer,), frame=frame), tiles)


def live_for(painting: Painting, stores: Stores) -> tuple[LiveController, JobService]:
    """As the room has it, with an engine in a process of its own."""
    from core.engine.contract.protocol import EngineSpec
    from desktop.edit.live.controller import LiveController
    from desktop.state.job_service import JobService
    from desktop.state.tasks import SerialTasks

    tasks = SerialTasks(lambda error: print(error, file=sys.stderr))
    tasks.start()
    service = JobService(stores, EngineSpec(runs_in="process", device="cpu"), tasks)
    service.start(stores.library.find("starter").ref())
    live = LiveController(
        stores,
        service,
        tasks,
        given=painting.given,  # type: ignore[arg-type]
        submit=lambda *_: None,
    )
    live.said.connect(lambda words: print(words, file=sys.stderr))
    return live, service


def until_answered(live: LiveController, seconds: float = 120) -> None:
    """Let events run until the last stroke's picture is shown."""
    from desktop.edit.live.controller import LiveState
    from tests.bench.window.lateness import pump

    end = time.monotonic() + seconds
    while live.state is not LiveState.SHOWN:
        if time.monotonic() > end or live.state is LiveState.PAUSED:
            raise TimeoutError(f"waited in vain: {live.words()}")
        pump(2)


def one_by_one(painting: Painting, live: LiveController, strokes: int) -> None:
    """Each stroke once the one before was answered."""
    for number in range(strokes + WARM_UP):
        painting.stroke()
        began = time.perf_counter()
        live.stroke_finished()
        until_answered(live)
        took = time.perf_counter() - began
        assert live.shown is not None
        if number >= WARM_UP:
            painting.answers.append(took)
            painting.outside.append(took - live.shown.seconds)


def without_rest(painting: Painting, live: LiveController, strokes: int) -> tuple[float, int]:
    """Seconds from the last of many strokes to its picture, and how many pictures were seen."""
    from tests.bench.window.lateness import pump

    seen: list[object] = []
    live.picture.connect(note := lambda *shown: seen.append(shown))
    for _ in range(strokes):
        painting.stroke()
        live.stroke_finished()
        pump(QUICK_MS)
    began = time.perf_counter()
    until_answered(live)
    live.picture.disconnect(note)
    return time.perf_counter() - began, len(seen)


def measure(strokes: int, side: int, document: int) -> bool:
    """One round; whether its bars were kept."""
    from core.service.stores import open_stores
    from core.system.paths import places
    from tests.bench.window.lateness import Ticker, pump

    ticker = Ticker()
    pump(300)
    ticker.begin()
    pump(2000)
    idle = ticker.part("idle")
    with tempfile.TemporaryDirectory() as folder:
        stores = open_stores(places(folder))
        painting = a_painting(side, document)
        live, service = live_for(painting, stores)
        try:
            live.switch(True)
            until_answered(live)
            ticker.begin()
            one_by_one(painting, live, strokes)
            late = ticker.part("strokes one by one")
            last, seen = without_rest(painting, live, strokes)
            request = live.shown.request if live.shown is not None else None
            live.switch(False)
        finally:
            service.end(now=True)
            service._tasks.finish()
            stores.close()
    middle, worst = statistics.median(painting.answers), max(painting.answers)
    outside = statistics.median(painting.outside)
    assert request is not None
    print(idle, late, sep="\n")
    print(
        f"{strokes} strokes, {document} px, frame {side} px, rendered at {request.width} x "
        f"{request.height}, {request.steps} steps: answered after {middle:.3f} s "
        f"({min(painting.answers):.3f} to {worst:.3f}), {outside * 1000:.0f} ms of it outside the "
        f"engine (bar {MOST_SECONDS} s)"
    )
    print(f"{strokes} strokes without rest: the last after {last:.3f} s, {seen} pictures seen")
    more = late.own_longest - idle.own_longest
    print(f"window: at most {more:.1f} ms later than idle (bar {MOST_LATE:.0f} ms)")
    return max(worst, last) <= MOST_SECONDS and more <= MOST_LATE


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--strokes", type=int, default=40)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--document", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    from PySide6.QtWidgets import QApplication

    from tests.bench.pairs import print_versions

    app = QApplication([])
    print_versions("torch", "PySide6-Essentials")
    kept = [measure(chosen.strokes, chosen.side, chosen.document) for _ in range(chosen.rounds)]
    app.quit()
    print("kept" if all(kept) else "missed")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

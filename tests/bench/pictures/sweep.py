"""What a sweep costs beside as many single pictures: its cells worked out, kept, made, and drawn
into the labelled grid, in processor time of this process and the engine's.

    python tests/bench/pictures/sweep.py [--cells 40] [--size 256] [--steps 20] [--pairs 5]

Both are made by one warm engine on the processor, with the starter; the sweep's axes are seed and
guidance, the single pictures are the same requests. Bar: 40 cells take at most 3 % more processor
time; exit 1 where that is missed.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402

from tests.bench.pairs import Bar, interleaved, options, print_versions  # noqa: E402

BAR = Bar(at_most=1.03)
GUIDANCES = ("2", "4", "6", "8")


def main() -> int:
    parser = options(__doc__, pairs=5)
    parser.add_argument("--cells", type=int, default=40)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=20)
    asked = parser.parse_args()
    print_versions("torch", "pillow")
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as name:
        made = Made(Path(name), asked.cells, asked.size, asked.steps)
        try:
            outcome = interleaved(made.sweep, made.singles, asked.pairs, warm=1)
        finally:
            made.close()
    what = f"{asked.cells} cells of {asked.size} px, {asked.steps} steps, processor time"
    return outcome.judge(what, BAR)


class Made:
    """Stores in a folder of their own, and one engine's process."""

    def __init__(self, root: Path, cells: int, size: int, steps: int) -> None:
        from core.engine.contract.protocol import EngineSpec
        from core.engine.process import ProcessEngine
        from core.service.making.runner import Runner
        from core.service.stores import open_stores
        from core.system.paths import places
        from core.values.request import Request

        self._stores = open_stores(places(root))
        ref = self._stores.library.find("starter").ref()
        self._engine = ProcessEngine(EngineSpec(device="cpu", previews=False, warm_model=ref))
        self._engine.__enter__()
        self._engine.prepare()
        self._runner = Runner(self._stores, self._engine)
        self._cells = cells
        self._base = Request(
            "a red house on snow", seed=0, sampler="euler", width=size, height=size, steps=steps
        )
        self._first = itertools.count(1, cells)

    def close(self) -> None:
        """The engine ends."""
        self._engine.__exit__(None, None, None)
        self._stores.close()

    def _seconds(self) -> float:
        pid = self._engine.pid
        child = psutil.Process(pid).cpu_times() if pid is not None else None
        return time.process_time() + (child.user + child.system if child else 0.0)

    def sweep(self) -> float:
        """Of a whole sweep."""
        from core.service.sweeps.axes.kind import Known
        from core.service.sweeps.grid.drawing import Grid
        from core.service.sweeps.grid.writing import write_grid
        from core.service.sweeps.making.grid_cells import cells_of_sweep, in_making_order
        from core.store.sweeps.sweep_rows import pictures_by_cell
        from core.values.sweeping.sweep import Axis, new_sweep

        before = self._seconds()
        stores, first = self._stores, next(self._first)
        count = self._cells // len(GUIDANCES)
        seeds = Axis("seed", tuple(str(first + number) for number in range(count)))
        sweep = new_sweep(self._base, (seeds, Axis("guidance", GUIDANCES)), "Bench")
        cells = cells_of_sweep(Known(stores.library, stores.places, self._base), sweep)
        stores.sweeps.keep(sweep)
        self._make([cell.request for cell in in_making_order(cells)])
        there = pictures_by_cell(stores.database, stores.gallery, sweep.stack)
        grid = Grid(sweep, {cell.values: there[cell.key] for cell in cells}, {})
        write_grid(grid, stores.places.sweeps / f"{sweep.id}.png")
        return self._seconds() - before

    def singles(self) -> float:
        """Of as many pictures of the same kind, each asked for by itself."""
        from core.values.resolved_request import resolve

        before = self._seconds()
        first = next(self._first)
        for number in range(self._cells):
            guidance = float(GUIDANCES[number % len(GUIDANCES)])
            seed = first + number // len(GUIDANCES)
            self._make([resolve(replace(self._base, seed=seed, guidance=guidance))])
        return self._seconds() - before

    def _make(self, requests: list[Any]) -> None:
        from core.service.making.queue_run import QueueRun

        self._stores.jobs.add(requests)
        with QueueRun(self._runner, on_event=lambda _: None, on_ended=self._check) as run:
            while run.make_next():
                pass

    def _check(self, outcome: Any) -> None:
        if outcome.picture is None:
            raise SystemExit(f"{outcome.message} {outcome.hint}")


if __name__ == "__main__":
    sys.exit(main())

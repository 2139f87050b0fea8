"""Lateness of a 5 ms timer in the GUI thread over a whole session, beside an idle baseline of the
same run: start (from the painted window on), the model loads, 20 pictures with previews, the model
is switched, 100,000 pictures are scrolled, a search is typed, every room is opened.

    python tests/bench/gui_lateness.py [--pictures N] [--rows N] [--data DIR] [--against TREE]
                                       [--rounds N] [--stacks | --busy]

`--data`: a folder made by `tests/bench/window/many_pictures.py`, which is copied, not changed.
`--against`: another tree of the program, measured in turn with this one. `--stacks` tells where
the thread was when it was late, `--busy` when it had computed for long at a stretch. Beside the
lateness stand what is left of it without the time for which other processes had the cores (Linux),
and the processor time of the thread from tick to tick.
Exit 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # behind the tree that is measured

if TYPE_CHECKING:
    from desktop.app.app import Application
    from tests.bench.window.lateness import Lateness, Stacks, Ticker

P99_BAR, MAX_BAR = 10.0, 25.0  # milliseconds above the idle baseline
IDLE_MS, WORDS, LETTER_MS = 4000, "mountain, red house", 90


@dataclass
class Session:
    """One run of the program, part by part."""

    application: Application
    ticker: Ticker
    stacks: Stacks | None
    told: list[Lateness] = field(default_factory=list)

    def part(self, name: str) -> None:
        """A part ended."""
        self.told.append(self.ticker.part(name))
        print(self.told[-1], flush=True)
        if self.stacks is not None:
            self.stacks.end(name)

    def until(self, ready: Callable[[], bool], seconds: float = 180) -> None:
        """Let events run until `ready`."""
        from tests.bench.window.lateness import pump

        for _ in range(int(seconds * 50)):
            if ready():
                return
            pump(20)
        raise TimeoutError("waited in vain")


def session(data: Path, pictures: int, *, stacks: bool, busy: bool = False) -> list[Lateness]:
    """A whole session on a folder of pictures, begun as the program begins one."""
    _leave_unread()
    from PySide6.QtWidgets import QApplication

    from core.system.paths import places
    from desktop.app.app import Application
    from desktop.app.garbage import spare_what_is_here
    from tests.bench.window.lateness import Stacks, Ticker, pump

    qt = QApplication([])
    qt.setStyle("Fusion")
    idle_ticker = Ticker()
    pump(300)
    idle_ticker.begin()
    pump(IDLE_MS)
    idle = idle_ticker.part("idle, an empty program")
    print(idle, flush=True)
    idle_ticker.deleteLater()
    spare_what_is_here()
    application = Application(qt, places(str(data)))
    if hasattr(application, "garbage"):  # which another tree may not have
        application.garbage.spare_start()
    application.window.resize(1440, 900)
    ticker = Ticker()
    run = Session(application, ticker, Stacks(ticker, busy=busy) if stacks or busy else None)
    if run.stacks is not None:
        run.stacks.start()
    run.told.append(idle)
    _make_pictures(run, pictures)
    _switch_model(run)
    _look_through(run)
    _open_rooms(run)
    run.stacks = None
    whole = ticker.whole("the whole session")
    print(whole)
    application.end()
    return [idle, whole, *run.told[1:]]


def _leave_unread() -> None:
    """What a start of the program leaves unread; another tree may read all."""
    with contextlib.suppress(ImportError):
        from desktop.app.unread_sources import import_shiboken, leave_sources_unread

        import_shiboken()
        leave_sources_unread()


def _make_pictures(run: Session, pictures: int) -> None:
    from PySide6.QtWidgets import QApplication

    from tests.bench.window.lateness import pump

    run.application.start()
    QApplication.processEvents()
    run.ticker.begin()
    pump(4000)
    run.part("start, once it is painted")
    draft = run.application.draft
    draft.set(prompt="a red house on snow at night", width=256, height=256, count=pictures)
    newest = run.application.window.newest
    before = newest.rowCount()
    run.application.window.actions_by_id["generate"].trigger()
    run.until(lambda: newest.rowCount() > before)
    run.part("the model loads, first picture")
    run.until(lambda: newest.rowCount() >= before + pictures, 20 * pictures)
    pump(500)
    run.part(f"{pictures - 1} pictures with previews")


def _switch_model(run: Session) -> None:
    """To a copy of the starter under another name, and back."""
    from tests.bench.window.lateness import pump

    application = run.application
    newest = application.window.newest
    models = [item for item in application.library.items if item.entry.kind == "checkpoint"]
    for item in (models[-1], models[0]):
        before = newest.rowCount()
        application.window.signals.use_model.emit(item)
        application.draft.set(count=1)
        application.window.actions_by_id["generate"].trigger()
        run.until(lambda before=before: newest.rowCount() > before)
    pump(300)
    run.part(f"model switch, {len(models)} models")


def _look_through(run: Session) -> None:
    from tests.bench.window.lateness import pump

    window = run.application.window
    window.go("gallery")
    pump(700)
    run.part("the Gallery opens")
    panel = window.rooms["gallery"].panel  # pyright: ignore[reportAttributeAccessIssue]
    bar = panel.grid.verticalScrollBar()
    for share in range(150):
        bar.setValue(bar.value() + 180 if share < 90 else bar.maximum() * (share - 90) // 60)
        pump(16)
    run.part("scrolling")
    for end in range(len(WORDS) + 1):
        panel.search.setText(WORDS[:end])
        pump(LETTER_MS)
    pump(700)
    run.part("typing a search")
    panel.search.setText("")
    pump(900)
    panel.grid.selectAll()
    pump(400)
    panel.grid.clearSelection()
    pump(300)
    run.part("all again, chosen, let go")


def _open_rooms(run: Session) -> None:
    from desktop.shell.rooms import ROOMS
    from tests.bench.window.lateness import pump

    window = run.application.window
    for _ in range(2):
        for room in ROOMS:
            window.go(room.id)
            run.until(lambda room=room: window.rooms.shown == room.id)
            pump(300)
    run.part("every room, twice")


# --- trees in turn ---


def measure(tree: Path, data: Path, options: argparse.Namespace) -> list[dict[str, float]]:
    """One session of a tree's program in a process of its own, on a copy of the folder."""
    from tests.bench.window.many_pictures import copy_many

    # beside the data, since names can be given to a file only on its own disk
    with tempfile.TemporaryDirectory(dir=data.parent, ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "data"
        copy_many(data, copy)
        out = Path(folder) / "told.json"
        command = [sys.executable, __file__, "--tree", str(tree), "--data", str(copy)]
        command += ["--pictures", str(options.pictures), "--out", str(out)]
        command += [way for way in ("--stacks", "--busy") if getattr(options, way[2:])]
        environment = os.environ | {"PYTHONPATH": str(tree)}
        subprocess.run(command, check=True, env=environment, cwd=tree)
        told: list[dict[str, float]] = json.loads(out.read_text())
        return told


def make_data(folder: Path, rows: int) -> None:
    """So many pictures, and a second model."""
    from tests.bench.window.many_pictures import write_many

    write_many(folder, rows)
    shutil.copytree(ROOT / "resources" / "starter", folder / "models" / "Other starter")


def judged(name: str, above: float, bar: float) -> bool:
    kept = above <= bar
    print(f"{name}: {above:.1f} ms above idle (bar {bar:.0f}) {'kept' if kept else 'missed'}")
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--stacks", action="store_true")
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    if options.tree is not None:
        told = session(options.data, options.pictures, stacks=options.stacks, busy=options.busy)
        options.out.write_text(json.dumps([asdict(part) for part in told]))
        return
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder) / "many"
        if options.data is None or not data.exists():
            make_data(data, options.rows)
        trees = [ROOT] if options.against is None else [options.against, ROOT]
        runs: dict[Path, list[list[dict[str, float]]]] = {tree: [] for tree in trees}
        for _ in range(options.rounds):
            for tree in trees:
                print(f"--- {'this tree' if tree == ROOT else 'the other tree'}")
                runs[tree].append(measure(tree, data, options))
    idle, whole = ([told[place] for told in runs[ROOT]] for place in (0, 1))

    def above(key: str) -> float:
        return statistics.median(a[key] - b[key] for a, b in zip(whole, idle, strict=True))

    kept = judged("p99 of the whole session", above("p99"), P99_BAR)
    kept &= judged("longest", above("longest"), MAX_BAR)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()

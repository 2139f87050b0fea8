"""Process start to painted window, beside another tree of the program, with ten pictures and with
100,000; then what the window's process holds once it is idle in Create.

    python tests/bench/window_start.py --against TREE [--pairs N] [--rows N] [--idle S] [--cpu]

A start is `python -m desktop` on a folder that was used before, with modules compiled as they are
from the second start on; each is killed once it is painted, so the next one is that after a crash.
Painted is the first paint of the main window with everything in it, not
its showing. Screens: what DISPLAY names, else Qt's offscreen plugin. Each tree works on a copy of
its own of the pictures, which the other tree made. Memory is that of the window's process alone.
Exit 1 where a bar is missed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.bench.pairs import (
    ROOT,
    Bar,
    Pairs,
    interleaved,
    options,
    print_versions,
    show,
    until_said,
)

PAINTED, IDLE = "painted", "idle"
MIB = 2**20
MEMORY_BAR = 120  # MiB of resident memory
SAME = 1.05  # 100,000 pictures by ten: no slower
LIBRARIES = ("typer", "rich", "httpx2", "PIL", "yaml", "keyring", "torch", "numpy", "msgspec")
# Runs in the tree that is measured, which knows nothing of it.
WATCH = """
import importlib.util, os, sys
sys.path.insert(0, os.getcwd())
stay = float(os.environ["STAY"])

class Hook:
    def find_spec(self, name, path=None, target=None):
        if name != "desktop.app.app":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (run(module), watch(module))
        return spec

def watch(module):
    from PySide6.QtCore import QEvent, QObject, QTimer

    class Eye(QObject):
        def eventFilter(self, window, event):
            if event.type() == QEvent.Type.Paint:
                window.removeEventFilter(self)
                QTimer.singleShot(0, lambda: painted(window))
            return False

    def painted(window):
        loaded = [name for name in {libraries!r} if name in sys.modules]
        print("painted", len(sys.modules), *loaded, flush=True)
        if stay:
            QTimer.singleShot(int(stay * 1000), lambda: (tell(), window.close()))

    def tell():
        import psutil
        held = psutil.Process().memory_full_info()
        print("idle", held.rss, getattr(held, "pss", 0), held.uss, flush=True)

    start = module.Application.start
    eye = Eye()

    def watched(self):
        self.window.installEventFilter(eye)
        start(self)

    module.Application.start = watched

sys.meta_path.insert(0, Hook())
from desktop.__main__ import main
sys.exit(main([]))
""".replace("{libraries!r}", repr(LIBRARIES))
# Makes `COUNT` rows, of which the newest ten have files.
FILL = """
import os, sys
sys.path.insert(0, os.getcwd())
from core.metadata.writing import encode_png
from core.service.stores import open_stores
from core.store.picture_rows import PicturePaths, insert_row
from core.system.paths import places
from core.values.picture import Pixels, Recipe
from core.values.request import Request
count = int(os.environ["COUNT"])
stores = open_stores(places())
home = stores.places.pictures / "2026-01-02"
home.mkdir(parents=True)
paths = PicturePaths(stores.places.pictures, stores.places.trash)
with stores.database.transaction() as db:
    for number in range(count):
        recipe = Recipe(Request(prompt=f"a red house on snow, number {number}", seed=number))
        file = home / f"{number:06}.png"
        if number >= count - 10:
            pixels = Pixels(256, 256, bytes([number % 256, 90, 200]) * 256 * 256)
            file.write_bytes(encode_png(pixels, recipe))
        insert_row(db, paths, file, recipe, (256, 256))
stores.close()
"""


def environment(data: Path, compiled: Path, stay: float = 0) -> dict[str, str]:
    """A person's: modules are compiled once and kept, here outside of the tree."""
    env = {
        "CALOTYPE_DATA": str(data),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(compiled),
        "STAY": str(stay),
    }
    if not os.environ.get("DISPLAY"):
        env["QT_QPA_PLATFORM"] = "offscreen"
    return env


def used_folder(tree: Path, filled: Path, home: Path, compiled: Path) -> Path:
    """A copy of the filled folder that this tree has opened, looked through and closed again."""
    data = home / "data"
    shutil.copytree(filled, data)
    command = (sys.executable, "-c", WATCH)
    env = os.environ | environment(data, compiled, stay=8)
    subprocess.run(command, check=True, cwd=tree, env=env, stdout=subprocess.DEVNULL)
    return data


def started(tree: Path, data: Path, compiled: Path, *, cpu: bool) -> float:
    """Seconds until the window is painted."""
    command = (sys.executable, "-c", WATCH)
    return until_said(command, PAINTED, environment(data, compiled, stay=60), tree=tree, cpu=cpu)


def said(tree: Path, data: Path, compiled: Path, stay: float) -> dict[str, list[str]]:
    """What one start tells, by its first word."""
    command = (sys.executable, "-c", WATCH)
    env = os.environ | environment(data, compiled, stay)
    lines = subprocess.run(
        command, check=True, cwd=tree, env=env, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()
    return {line.split()[0]: line.split()[1:] for line in lines if line}


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--against", type=Path, required=True, help="another tree")
    parser.add_argument("--rows", type=int, default=100_000, help="pictures of the large gallery")
    parser.add_argument("--idle", type=float, default=20, help="seconds until memory is read")
    asked = parser.parse_args()
    print_versions("PySide6-Essentials")
    trees = {"ours": ROOT, "theirs": asked.against.resolve()}
    missed = 0
    figures: dict[int, Pairs] = {}
    with tempfile.TemporaryDirectory() as folder:
        compiled = {who: Path(folder) / f"compiled-{who}" for who in trees}
        for count in (10, asked.rows):
            home = Path(folder) / str(count)
            filled = home / "filled"
            show(f"making {count:,} pictures")
            env = os.environ | environment(filled, compiled["theirs"]) | {"COUNT": str(count)}
            fill = (sys.executable, "-c", FILL)
            subprocess.run(fill, check=True, cwd=trees["theirs"], env=env)
            data = {
                who: used_folder(tree, filled, home / who, compiled[who])
                for who, tree in trees.items()
            }
            starts = {
                who: partial(started, tree, data[who], compiled[who], cpu=asked.cpu)
                for who, tree in trees.items()
            }
            figures[count] = interleaved(starts["ours"], starts["theirs"], asked.pairs, warm=1)
            missed |= figures[count].judge(f"start with {count:,} pictures", Bar(at_most=0.5))
            if count == 10:
                missed |= tell_of_memory(trees, data, compiled, asked.idle)
    growth = Pairs(figures[asked.rows].ours, figures[10].ours)
    missed |= growth.judge(f"{asked.rows:,} pictures (ours) by ten (theirs)", Bar(at_most=SAME))
    return missed


def tell_of_memory(
    trees: dict[str, Path], data: dict[str, Path], compiled: dict[str, Path], stay: float
) -> int:
    """Modules at the first paint, memory when idle; 1 where that is too much."""
    held = 0.0
    for who, tree in reversed(trees.items()):
        words = said(tree, data[who], compiled[who], stay)
        modules, *loaded = words[PAINTED]
        print(f"{who}: {modules} modules at the paint, of libraries: {', '.join(loaded) or 'none'}")
        held, pss, uss = (int(word) / MIB for word in words[IDLE])
        print(f"{who}: idle in Create RSS {held:.0f}, PSS {pss:.0f}, USS {uss:.0f} MiB")
    verdict = "kept" if held <= MEMORY_BAR else "missed"
    print(f"memory of the window: RSS {held:.0f} MiB (bar at most {MEMORY_BAR}): {verdict}")
    return int(held > MEMORY_BAR)


if __name__ == "__main__":
    sys.exit(main())

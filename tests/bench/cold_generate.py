"""`calotype generate` from a cold process to the picture's file, beside another tree of the
program: the starter, one picture, on an empty data folder and on a used one.

    python tests/bench/cold_generate.py --against TREE [--pairs N] [--cpu]

Modules are compiled as they are from the second start on. Exit 1 where a bar is missed.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.bench.pairs import ROOT, Bar, interleaved, options, print_versions, until_ended

GENERATE = (sys.executable, "-m", "core", "generate", "a red house on snow", "--seed", "5")
AT_MOST = 0.5


def generated(tree: Path, home: Path, numbers: count[int], *, used: bool, cpu: bool) -> float:
    """Seconds of the whole process."""
    number = next(numbers)
    env = {
        "CALOTYPE_DATA": str(home / ("used" if used else f"empty-{number}")),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(home / "compiled"),
    }
    file = home / f"{number}.png"
    seconds = until_ended((*GENERATE, "--out", str(file)), env, tree=tree, cpu=cpu)
    assert file.is_file()
    return seconds


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--against", type=Path, required=True, help="another tree")
    asked = parser.parse_args()
    print_versions("torch")
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        numbers = count()
        for used in (False, True):
            runs = []
            for name, tree in (("ours", ROOT), ("theirs", asked.against.resolve())):
                home = Path(folder) / name
                home.mkdir(exist_ok=True)
                runs.append(partial(generated, tree, home, numbers, used=used, cpu=asked.cpu))
            pairs = interleaved(runs[0], runs[1], asked.pairs, warm=1)
            words = "a used data folder" if used else "an empty data folder"
            missed |= pairs.judge(f"cold generate on {words}", Bar(at_most=AT_MOST))
    return missed


if __name__ == "__main__":
    sys.exit(main())

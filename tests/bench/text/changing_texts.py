"""What eight changes of a prompt cost in processor time, beside the same picture of one text: the
starter at its usual size, or any model.

    OMP_WAIT_POLICY=PASSIVE python tests/bench/text/changing_texts.py [--model FOLDER] [--pairs 15]
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.models.library.library import Library
from core.values.job import Job
from core.values.request import Request
from core.values.resolved_request import resolve
from tests.bench.pairs import PAIRS, Bar, interleaved

AT_MOST = 1.03
WORDS = "a red house by a lake"
CHANGES = "".join(f" [one:two:{step}]" for step in range(2, 18, 2))


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="starter")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    options = parser.parse_args()
    entry = Library(Path("nowhere")).find(options.model)
    usual = replace(replace(Request(), **entry.family_row.defaults()), steps=20)
    blanks = count(1)  # another text each time, or it would not be read again

    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:

        def seconds(words: str) -> float:
            text = words + " " * next(blanks)
            job = Job(resolve(replace(usual, prompt=text, seed=1)), entry.ref())
            began = time.process_time()
            engine.run(job, lambda event: None)
            return time.process_time() - began

        seconds(WORDS)
        changes = interleaved(
            lambda: seconds(WORDS + CHANGES), lambda: seconds(WORDS + " one" * 8), options.pairs
        )
    return changes.judge("a picture whose words change eight times", Bar(at_most=AT_MOST))


if __name__ == "__main__":
    sys.exit(main())

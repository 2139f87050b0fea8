"""Whether the test "without this word" tells words that do nothing from those that do: judged.

    python tests/bench/insight/without.py [--made-up 10] [--subjects 12] [--size 256]

On the starter, at three seeds each, as `explain --without` does it. A made-up word is added to a
prompt: it has to be said to have no effect in 90 % of the prompts. Of another prompt all words are
tried: the subject has to be the strongest in 80 %, and is also counted how often it is said to have
no effect. Neither prompts nor made-up words are those by which the limits were set.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
from core.engine.contract.protocol import EngineSpec  # noqa: E402
from core.engine.diffusion.engine import DiffusionEngine  # noqa: E402
from core.models.library.library import Library  # noqa: E402
from core.service.insight.without.judging import (  # noqa: E402
    JudgedWord,
    Results,
    Verdict,
    ranked,
)
from core.service.insight.without.making import apart_of  # noqa: E402
from core.service.insight.without.trials import (  # noqa: E402
    Change,
    job_of,
    seeds_of,
    trials_of,
    ways_of,
)
from core.service.insight.without.words import named_words, prompts_of  # noqa: E402
from core.values.job import Job, ModelRef  # noqa: E402
from core.values.picture import Pixels  # noqa: E402
from core.values.request import Request  # noqa: E402
from core.values.resolved_request import resolve  # noqa: E402

NAMED_RIGHT = 0.9  # of made-up words
STRONGEST = 0.8  # of subjects
MADE_UP = (
    ("a metal rabbit on grass quennick in the rain", "quennick"),
    ("two pink hats on stone, dravit", "dravit"),
    ("vostrel a green castle at night with stars", "vostrel"),
    ("a tiny white snail on sand omberlo", "omberlo"),
    ("a flat illustration of a yellow umbrella, tansk", "tansk"),
    ("an orange rocket wibbern above mountains", "wibbern"),
    ("a black chair in snowfall, caldrix", "caldrix"),
    ("a red fish on the left hollam in water", "hollam"),
    ("a spotted mushroom perrault on grass by day", "perrault"),
    ("a brown cup on stone at sunset, yimmet", "yimmet"),
)
SUBJECTS = (
    ("a yellow hat on snow", "hat"),
    ("a blue car on grass", "car"),
    ("a red bird with clouds", "bird"),
    ("a striped balloon with mountains", "balloon"),
    ("a pink flower on grass", "flower"),
    ("a white cat on stone", "cat"),
    ("a brown mushroom on grass at sunset", "mushroom"),
    ("a purple cactus on sand with a sun", "cactus"),
    ("a green turtle on stone", "turtle"),
    ("a yellow star at night", "star"),
    ("an orange fish in water", "fish"),
    ("a red house on sand by day", "house"),
)


class Bench:
    """The engine, and what it is asked."""

    def __init__(self, engine: DiffusionEngine, ref: ModelRef, size: int) -> None:
        self._engine = engine
        self._ref = ref
        self._size = size

    def judged(self, prompt: str, seed: int, names: Sequence[str]) -> tuple[JudgedWord, ...]:
        """These words of a prompt, the strongest first."""
        request = Request(prompt, seed=seed, width=self._size, height=self._size)
        job = Job(resolve(request), self._ref)
        prompts = prompts_of(job)
        words = named_words(prompts, names)
        seeds = seeds_of(job)
        results = Results(seeds)
        before: dict[int, Pixels] = {}
        for trial in trials_of(job, words, seeds):
            pixels = self._engine.run(job_of(job, prompts, trial), lambda _: None).pixels
            if trial.change is Change.NONE:
                before[trial.seed] = pixels
            else:
                results.note(trial, apart_of(before[trial.seed], pixels))
        found = (results.judged(word, ways_of(job)) for word in words)
        return ranked(one for one in found if one is not None)


def main() -> int:
    """Exit code 0 where both bars are reached."""
    options = argparse.ArgumentParser()
    options.add_argument("--made-up", type=int, default=len(MADE_UP))
    options.add_argument("--subjects", type=int, default=len(SUBJECTS))
    options.add_argument("--size", type=int, default=256)
    asked = options.parse_args()
    warnings.simplefilter("ignore")
    ref = Library(Path("nowhere")).find("starter").ref()
    right = strongest = unseen = 0
    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:
        bench = Bench(engine, ref, asked.size)
        for number, (prompt, word) in enumerate(MADE_UP[: asked.made_up]):
            (one,) = bench.judged(prompt, 500 + 10 * number, (word,))
            right += one.verdict is Verdict.NONE
            print(f"{prompt:52} {_said(one)}", flush=True)
        for number, (prompt, subject) in enumerate(SUBJECTS[: asked.subjects]):
            found = bench.judged(prompt, 700 + 10 * number, ("*",))
            strongest += found[0].word.name == subject
            unseen += any(one.word.name == subject and one.verdict is Verdict.NONE for one in found)
            print(f"{prompt:52} " + "; ".join(_said(one) for one in found), flush=True)
    made_up, subjects = len(MADE_UP[: asked.made_up]), len(SUBJECTS[: asked.subjects])
    print(f"made-up words without effect: {right} of {made_up} (bar {NAMED_RIGHT:.0%})")
    print(f"the subject is the strongest: {strongest} of {subjects} (bar {STRONGEST:.0%})")
    print(f"subjects said to have no effect: {unseen} of {subjects}")
    return 0 if right >= NAMED_RIGHT * made_up and strongest >= STRONGEST * subjects else 1


def _said(one: JudgedWord) -> str:
    return (
        f"{one.word.name} {one.visible:.2f}/{one.limit:.2f} levels "
        f"{one.difference:.1f}/{one.limit_of_difference:.1f} forms "
        f"{one.forms:.3f}/{one.limit_of_forms:.3f} {one.verdict.value}"
    )


if __name__ == "__main__":
    sys.exit(main())

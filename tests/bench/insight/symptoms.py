"""Whether "What went wrong?" names faults that were caused, and leaves good pictures alone: judged.

    python tests/bench/insight/symptoms.py WORK [--set NAME] [--good N] [--faults N] [--no-more]

Each fault is caused 30 times on the starter and 200 good pictures are made of all its styles, sizes
and samplers by ordinary settings: `caused.py` says which those are. Words, seeds and sizes are
others than those on which the thresholds were found (`--set set` and the like judge those). What
the eye can see is judged with the recipe taken away, the rest with it. A picture is named right
where the first symptom is that of its fault; every symptom of a good one is a false alarm.
`--no-more` judges what is in WORK already. Prints the confusion table and the processor time of
large pictures; ends with 1 where less than 90 % are named right, more than 3 % are false alarms or
a picture takes too long.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
from core.engine.contract.protocol import EngineSpec  # noqa: E402
from core.engine.diffusion.engine import DiffusionEngine  # noqa: E402
from core.metadata.reading import decode_pixels, open_image  # noqa: E402
from core.metadata.recipes import read_file  # noqa: E402
from core.models.library.library import Library  # noqa: E402
from core.service.insight.symptoms.judge import judged, judged_file  # noqa: E402
from core.service.insight.symptoms.making import making_of  # noqa: E402
from core.values.insight.symptoms import Symptom, SymptomId  # noqa: E402
from tests.bench.insight.caused import CAUSES, SETS, SIMULATED, Caused, pictures  # noqa: E402

NAMED, FALSE = 0.9, 0.03  # least share named right, most false alarms
BY_EYE: dict[str, SymptomId] = {
    "burnt": SymptomId.BURNT,
    "grey": SymptomId.GREY,
    "black": SymptomId.BLACK,
    "noise": SymptomId.NOISE,
    "blur": SymptomId.BLUR,
    "doubled": SymptomId.DOUBLED,
    "seams": SymptomId.SEAMS,
    "broken": SymptomId.BROKEN,
}
BY_RECIPE: dict[str, SymptomId] = {
    "prediction": SymptomId.PREDICTION,
    "few_steps": SymptomId.FEW_STEPS,
    "vae": SymptomId.VAE,
    "guidance": SymptomId.GUIDANCE,
    "words": SymptomId.CHUNK,
}
NONE = "none"
SECONDS = (
    (512, 0.3),
    (4096, 2.0),
)  # pixels a side, and processor time that judging a file may take


def symptoms_of(one: Caused, library: Library, *, with_recipe: bool) -> tuple[Symptom, ...]:
    """Of a picture's file."""
    if not with_recipe or not one.prediction:
        return judged_file(one.path, library, with_recipe=with_recipe).symptoms
    making = making_of(read_file(one.path), library)  # what a person said of the model
    assert making is not None
    with open_image(one.path) as image:
        pixels = decode_pixels(image, one.path.name)
    return judged(pixels, replace(making, taken_as=""), library).symptoms


def table(
    work: Path, which: str, counts: Mapping[str, int], *, more: bool
) -> dict[str, Counter[str]]:
    """By cause, with "*" behind those judged with the recipe, how often each was named first."""
    found: dict[str, Counter[str]] = {}
    library = Library(work / "models")
    engine = DiffusionEngine(EngineSpec(device="cpu", previews=False)) if more else nullcontext()
    with engine as made:
        for one in pictures(made, work, which, counts):
            ways = (False, True) if one.kind == "good" else (one.kind in BY_RECIPE,)
            for with_recipe in ways:
                symptoms = symptoms_of(one, library, with_recipe=with_recipe)
                name = symptoms[0].id.value if symptoms else NONE
                found.setdefault(one.kind + "*" * with_recipe, Counter())[name] += 1
                wanted = (BY_EYE | BY_RECIPE).get(one.kind, NONE)
                if name != wanted:
                    print(f"  {one.path.name}{'*' * with_recipe}: {name}, not {wanted}")
    return found


def judge(found: Mapping[str, Counter[str]]) -> bool:
    """Print the table; whether the bars are met."""
    names = sorted({name for row in found.values() for name in row})
    print(f"\n{'caused':14}{'n':>5}  " + "".join(f"{name[:11]:>12}" for name in names))
    right = total = alarms = good = 0
    for kind, row in found.items():
        print(f"{kind:14}{row.total():5}  " + "".join(f"{row[name] or '.':>12}" for name in names))
        cause = kind.rstrip("*")
        if cause == "good":
            alarms, good = alarms + row.total() - row[NONE], good + row.total()
        else:
            right += row[(BY_EYE | BY_RECIPE)[cause]]
            total += row.total()
    print("* with the recipe; the others with the recipe taken away")
    for kind, how in SIMULATED.items():
        print(f"simulated: {kind}: {how}")
    share, false = right / max(total, 1), alarms / max(good, 1)
    print(f"named right {share:.1%} of {total} (at least {NAMED:.0%})")
    print(f"false alarms {false:.1%} of {good} (at most {FALSE:.0%})")
    return share >= NAMED and false <= FALSE


def times(one: Path, work: Path) -> bool:
    """Whether large pictures are judged in time."""
    library = Library(work / "models")
    kept = True
    for side, most in SECONDS:
        path = work / f"large-{side}.png"
        with open_image(one) as image:
            image.convert("RGB").resize((side, side)).save(path, compress_level=1)
        begun = time.process_time()
        judged_file(path, library)
        took = time.process_time() - begun
        kept &= took <= most
        print(f"{side} x {side}: {took:.2f} s (at most {most:g})")
    return kept


def main() -> int:
    """Exit code 0 where the bars are met."""
    warnings.simplefilter("ignore")
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("work", type=Path)
    said.add_argument("--set", choices=tuple(SETS), default="judge")
    said.add_argument("--good", type=int, default=200)
    said.add_argument("--faults", type=int, default=30)
    said.add_argument("--no-more", action="store_true")
    asked = said.parse_args()
    counts = {kind: asked.good if kind == "good" else asked.faults for kind in CAUSES}
    asked.work.mkdir(parents=True, exist_ok=True)
    found = table(asked.work, asked.set, counts, more=not asked.no_more)
    kept = judge(found)
    first = next(iter(sorted((asked.work / asked.set).glob("good-*.png"))))
    return 0 if times(first, asked.work) and kept else 1


if __name__ == "__main__":
    sys.exit(main())

"""Some three hundred pictures of everything that a recipe can say, each made again from its file by
an engine that knows nothing of the first: identical, every one of them.

    .venv/bin/python tests/soak/recipes/recreate.py [--work WORK] [--only WORDS]

The starter and tiny models with random weights, 64 to 768 pixels, few steps; made through the queue
into files of all kinds, then recreated in reverse order. Of every fourth a copy carries no more
than the text that other programs write, as ours and as another program's: it is identical too, or
it is said how far off it is and why. About four minutes on 2 idle cores.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "bench")]
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from PIL.PngImagePlugin import PngInfo  # noqa: E402

from core.engine import open_engine  # noqa: E402
from core.engine.contract.protocol import Engine, EngineSpec  # noqa: E402
from core.service.again.recreate import Verdict, again, verdict  # noqa: E402
from core.service.making.runner import Runner  # noqa: E402
from core.service.stores import Stores  # noqa: E402
from core.system.errors import KnownError  # noqa: E402
from core.values.events import Event  # noqa: E402
from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402
from tests.soak.recipes.recreate_cases import Case, cases  # noqa: E402
from tests.soak.recipes.recreate_making import (  # noqa: E402
    CouldNotMake,
    Made,
    Making,
    opened_data,
)

FOREIGN_EVERY = 4  # pictures
LIMITS: Limits = {
    "pictures": at_least(200),
    "identical": at_least(200),
    "not identical": at_most(0),
    "not made": at_most(0),
    "not made again": at_most(0),
    "text alone": at_least(40),
    "text alone, identical": TOLD,
    "text alone, no model or start here, said": TOLD,
    "text alone, otherwise and not said why": at_most(0),
}


@dataclass
class Tally:
    """What came of it; `told` are sentences about single pictures."""

    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LIMITS, 0))

    def count(self, figure: str, told: str = "") -> None:
        """One more of a figure, with a line about it."""
        self.figures[figure] += 1
        if told:
            print(f"  {told}", flush=True)


def silent(event: Event) -> None:
    """Hears an engine and does nothing."""


def opened_engine(weights: str) -> Engine:
    """In a process of its own; on a busy machine it may be silent for long."""
    spec = EngineSpec(
        runs_in="process", device="cpu", weights=weights, previews=False, heartbeat_timeout=600.0
    )
    return open_engine(spec)


def made_all(stores: Stores, named: dict[str, Case], weights: str, tally: Tally) -> list[Made]:
    """All pictures of cases, as the gallery keeps them."""
    found: list[Made] = []
    with opened_engine(weights) as engine:
        making = Making(stores, engine, silent)
        for name, case in named.items():
            try:
                found += making.made(name, case)
            except (KnownError, CouldNotMake) as fault:
                tally.count("not made", f"{name}: {fault}")
    return found


def judged(stores: Stores, run: Runner, path: Path) -> Verdict:
    """The verdict that `recreate` gives."""
    asked = again(stores, path)
    return verdict(asked, run.rendered(asked.request, silent, asked.mode))


def recreate_all(stores: Stores, made: list[Made], weights: str, tally: Tally) -> None:
    """Each picture again, the last one first."""
    with opened_engine(weights) as engine:
        run = Runner(stores, engine)
        for number, one in reversed(list(enumerate(made))):
            tally.count("pictures")
            try:
                found = judged(stores, run, one.path)
            except KnownError as fault:
                tally.count("not made again", f"{one.name}: {fault}")
                continue
            if found.identical:
                tally.count("identical")
            else:
                tally.count("not identical", f"{one.name}: {described(found)}")
            if number % FOREIGN_EVERY == 0:
                recreate_texts(stores, run, one, tally)


def recreate_texts(stores: Stores, run: Runner, one: Made, tally: Tally) -> None:
    """From copies with the text alone, as we write it and as another program would."""
    for program in ("", "v1.10.1"):
        tally.count("text alone")
        copy = text_alone(one.path, program)
        try:
            found = judged(stores, run, copy)
        except KnownError as fault:
            tally.count("text alone, no model or start here, said", f"{one.name}: {fault}")
            continue
        finally:
            copy.unlink()
        if found.identical:
            tally.count("text alone, identical")
        elif found.reasons and not unexplained(found):
            print(f"  {one.name}, text alone: {described(found)}", flush=True)
        else:
            sentence = f"{one.name}, text alone: {described(found)}"
            tally.count("text alone, otherwise and not said why", sentence)


def unexplained(found: Verdict) -> bool:
    """Whether the only reason is that there is none."""
    return all("Nothing that is recorded" in reason for reason in found.reasons)


def text_alone(path: Path, program: str) -> Path:
    """The picture as PNG with its `parameters` alone; by `program` where that is not ""."""
    from core.metadata.reading import open_image, texts_of_image

    with open_image(path) as image:
        text = texts_of_image(image)["parameters"]
        if program:
            head, _, _ = text.rpartition("Version: ")
            text = f"{head}Version: {program}"
        info = PngInfo()
        info.add_itxt("parameters", text)
        copy = path.with_name(f"text-alone-{path.stem}.png")
        image.convert("RGB").save(copy, "PNG", pnginfo=info)
    return copy


def described(found: Verdict) -> str:
    """How far off and why, on one line."""
    far = "another size" if found.greatest is None else f"{found.greatest} of 255, {found.psnr} dB"
    return f"{far}: {' '.join(found.reasons)}"[:400]


def main() -> int:
    """Exit code 0 where all are identical."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, help="a folder that is kept, models and pictures")
    parser.add_argument("--only", default="", help="cases whose name holds this; not judged whole")
    given = parser.parse_args()
    with ExitStack() as opened:
        work = given.work or Path(opened.enter_context(tempfile.TemporaryDirectory()))
        chosen = {name: case for name, case in cases().items() if given.only in name}
        tally = Tally()
        for engine in dict.fromkeys(case.engine for case in chosen.values()):
            weights, mode = engine
            own = {name: case for name, case in chosen.items() if case.engine == engine}
            print(f"{len(own)} cases, weights {weights}, mode {mode or 'resident'}", flush=True)
            with opened_data(work, weights, mode) as stores:
                made = made_all(stores, own, weights, tally)
                recreate_all(stores, made, weights, tally)
        return judge(tally.figures, LIMITS if not given.only else dict.fromkeys(LIMITS, TOLD))


if __name__ == "__main__":
    sys.exit(main())

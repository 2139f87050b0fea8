"""A red house, its shape as the mask, a blue one asked for: is it blue, and is all else as it was?

    python tests/bench/pictures/start/inpaint_colour.py WORK [--cases 120] [--strength S]
        [--mask-content original] [--inpaint-area whole] [--mask-grow 0] [--mask-soft] ...
    python tests/bench/pictures/start/inpaint_colour.py WORK --rehearse

Drawings of every subject of the starter's world in random colours, grounds, times, styles and
weathers; the mask is the renderer's own shape of the subject, the words name another colour. A case
is right where the judge sees that colour and where all pixels outside the final mask are the
source's, bit for bit. Bar: 100 of 120 (with other numbers of cases the same share). The first case
is made by the command line too. Without further options all is as the program has it.
"""

from __future__ import annotations

import random
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "packaging"))
from core.values.request_parts.start_picture import StartPicture
from starter.drawing import scenes
from tests.bench.pairs import show
from tests.bench.pictures.start import bars, drawings, trained_judges
from tests.bench.pictures.start.gradients import grown
from tests.bench.pictures.start.maker import Maker, Wish

FIRST = 910_000_000
SHARE = 100 / 120
# of the start picture, what can be changed here, by the command line's options
FIELDS = {
    "strength": "--strength",
    "mask_content": "--mask-content",
    "area": "--inpaint-area",
    "padding": "--inpaint-padding",
    "mask_grow": "--mask-grow",
    "mask_blur": "--mask-blur",
    "mask_soft": "--mask-soft",
}


@dataclass(frozen=True)
class Case:
    """A drawing, the same one in the colour that is asked for, and the words."""

    number: int
    before: drawings.Drawing
    after: drawings.Drawing
    prompt: str

    @property
    def name(self) -> str:
        """A file's name."""
        thing = self.before.scene.things[0]
        return f"{self.number:03}-{thing.colour}-{thing.subject}-{self.colour}"

    @property
    def colour(self) -> str:
        """The new one."""
        return self.after.scene.things[0].colour


def cases(count: int) -> Iterator[Case]:
    """The subjects in turn, everything else by chance."""
    for number in range(count):
        rng = random.Random(FIRST + number)
        scene = drawings.lone_scene(rng, scenes.SUBJECTS[number % len(scenes.SUBJECTS)])
        other = drawings.coloured(scene, drawings.other_colour(scene, rng))
        yield Case(
            number=number,
            before=drawings.drawn(scene, FIRST + number),
            after=drawings.drawn(other, FIRST + number),
            prompt=drawings.words(other, FIRST + number),
        )


def asked_of(options: Namespace) -> dict[str, object]:
    """The start picture's fields that were given; the others are as the program has them."""
    given = {field: getattr(options, field) for field in FIELDS}
    return {field: value for field, value in given.items() if value is not None}


def reach(start: StartPicture) -> int:
    """How far the final mask goes beyond the given one, in pixels: what it is grown by, and its
    blur, which ends after 2.5 standard deviations as the web UI's does."""
    return max(0, start.mask_grow) + int(2.5 * start.mask_blur + 0.5)


def untouched(case: Case, result: np.ndarray, pixels: int) -> bool:
    """Whether the result (h, w, 3) is the source wherever the mask is further than that."""
    before = np.asarray(case.before.picture)
    if result.shape != before.shape:
        return False
    outside = ~grown(np.asarray(case.before.mask) > 0, pixels)
    return bool((result[outside] == before[outside]).all())


def judged(
    what: str,
    judge: trained_judges.TrainedJudge,
    some: list[Case],
    results: list[np.ndarray],
    pixels: int,
) -> float:
    """The share of right cases, printed with what they are made of."""
    seen = judge.seen([result[..., :3] for result in results])
    coloured = [look["colour"] == case.colour for look, case in zip(seen, some, strict=True)]
    old = [
        look["colour"] == case.before.scene.things[0].colour
        for look, case in zip(seen, some, strict=True)
    ]
    kept = [untouched(case, result, pixels) for case, result in zip(some, results, strict=True)]
    subject = [
        look["subject"] == case.before.scene.things[0].subject
        for look, case in zip(seen, some, strict=True)
    ]
    right = [a and b for a, b in zip(coloured, kept, strict=True)]
    print(
        f"{what}: right {sum(right)} of {len(some)}; new colour {sum(coloured)}, old colour "
        f"{sum(old)}, subject {sum(subject)}, unchanged outside {sum(kept)}",
        flush=True,
    )
    for case, look, is_right in zip(some, seen, right, strict=True):
        if not is_right:
            show(f"  {case.name}: seen {look['colour']} {look['subject']}")
    return sum(right) / len(some)


def outside_share(some: list[Case], pixels: int) -> float:
    """The median share of a picture that must be unchanged."""
    return float(
        np.median([(~grown(np.asarray(case.before.mask) > 0, pixels)).mean() for case in some])
    )


def rehearse(judge: trained_judges.TrainedJudge, some: list[Case], pixels: int) -> int:
    """The renderer's own house in the other colour, set into the drawing, is right; the house as it
    was is not, nor is the right one with one pixel changed far away."""
    right: list[np.ndarray] = []
    nudged: list[np.ndarray] = []
    for case in some:
        inside = grown(np.asarray(case.before.mask) > 0, 4)[..., None]
        pasted = np.where(inside, np.asarray(case.after.picture), np.asarray(case.before.picture))
        right.append(pasted)
        changed = pasted.copy()
        row, column = np.argwhere(~grown(inside[..., 0], pixels))[0]
        changed[row, column, 0] ^= 1
        nudged.append(changed)
    same = [np.asarray(case.before.picture) for case in some]
    share = judged("the renderer's other colour", judge, some, right, pixels)
    unchanged = judged("nothing done", judge, some, same, pixels)
    one_off = judged("one pixel changed outside", judge, some, nudged, pixels)
    return bars.exit_status(
        bars.kept("right ones let through", share, at_least=SHARE),
        bars.kept("unchanged ones let through", unchanged, at_most=0.05),
        bars.kept("nudged ones let through", one_off, at_most=0.0),
    )


def wish_of(case: Case, asked: Mapping[str, object]) -> Wish:
    """What is asked for."""
    return Wish(
        prompt=case.prompt,
        seed=FIRST + case.number,
        source=case.before.picture,
        mask=case.before.mask,
        start=dict(asked),
    )


def command_line_of(asked: Mapping[str, object]) -> list[str]:
    """The options of `calotype generate` for it."""
    arguments: list[str] = []
    for field, value in asked.items():
        arguments += [FIELDS[field]] if value is True else [FIELDS[field], str(value)]
    return arguments


def parser() -> ArgumentParser:
    made = bars.options(__doc__)
    made.add_argument("--cases", type=int, default=120)
    for field, option in FIELDS.items():
        usual = getattr(StartPicture(), field)
        if isinstance(usual, bool):
            made.add_argument(option, dest=field, action="store_true", default=None)
        else:
            made.add_argument(option, dest=field, type=type(usual))
    return made


def main() -> int:
    options = parser().parse_args()
    judge = trained_judges.trained(options.work, trained_judges.ATTRIBUTES)
    judge.tell("colour", "subject")
    asked = asked_of(options)
    some = list(cases(options.cases))
    pixels = reach(replace(StartPicture(), **asked))
    print(f"must be unchanged: {outside_share(some, pixels):.0%} of a picture, by the median")
    if options.rehearse:
        return rehearse(judge, some, pixels)
    with Maker(options.work) as maker:
        results = [maker.made(f"colour-{case.name}", wish_of(case, asked)) for case in some]
        share = judged("inpainted", judge, some, results, pixels)
        same = maker.same_by_command_line(
            f"colour-{some[0].name}", wish_of(some[0], asked), *command_line_of(asked)
        )
    return bars.exit_status(bars.kept("right, of all cases", share, at_least=SHARE), same)


if __name__ == "__main__":
    sys.exit(main())

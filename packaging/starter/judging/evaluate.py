"""Measures the starter: classifiers trained on fresh drawings judge pictures
of freshly drawn prompts.

    python -m starter.judging.evaluate MODEL --work FOLDER [--prompts 500]
        [--card MODEL/README.md] [--judge-only]

Trains the judges where FOLDER has none, renders every prompt with two fixed seeds through
Calotype's own parts, and prints the shares of pictures that show what was asked. With --card the
tables go into the model card.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from starter.drawing import scenes
from starter.judging import judge as judges
from starter.judging.render import FAST, FEW, Renderer
from starter.training import common

SEEDS = (11, 12)
MAIN = ("subject", "colour", "ground", "time of day", "style")
BARS = {
    **dict.fromkeys(("subject", "colour", "ground"), 97),
    "time of day": 90,
    "style": 96,
    "all five": 90,
    **{f"subject: {name}": 92 for name in scenes.SUBJECTS},
    **{f"style: {name}": 92 for name in scenes.STYLES},
    "unseen pair: subject": 85,
    "unseen pair: colour": 85,
    "two subjects and their sides": 75,
    "negative prompt removes a colour": 90,
    "negative prompt removes an extra": 90,
    "autoencoder dB": 33,
    **{f"in {FEW} steps: {name}": 85 for name in MAIN},
    f"in {FEW} steps: subject": 94,
    f"in {FEW} steps: style": 92,
}
GRID_STEPS = (1, 2, 4, 8, 20, 50)
GRID_GUIDANCE = (1.0, 2.0, 4.0, 8.0, 12.0)
SIZES = ((256, 256), (192, 256), (256, 192), (192, 192), (320, 320), (256, 384), (384, 256))
Question = tuple[str, list[int]]


def single_questions(count: int, *, unseen: bool, seed: int) -> list[Question]:
    """(prompt, labels): one subject, every attribute named."""
    rng = random.Random(seed)
    questions: list[Question] = []
    for _ in range(count):
        scene = scenes.random_scene(rng, single=True, unseen=unseen)
        questions.append((scenes.describe(scene, rng, keep=1.0), judges.labels_of(scene)))
    return questions


def pair_questions(count: int) -> list[Question]:
    """(prompt, labels): two different subjects whose sides the prompt names."""
    rng = random.Random(79)
    questions: list[Question] = []
    while len(questions) < count:
        scene = scenes.random_pair(rng, "left of")
        a, b = scene.things
        if a.subject != b.subject:
            names = [scenes.noun_phrase(thing, rng) for thing in (a, b)]
            orders = (
                f"{names[0]} on the left, {names[1]} on the right",
                f"{names[0]} to the left of {names[1]}",
                f"{names[1]} on the right, {names[0]} on the left",
            )
            prompt = f"{rng.choice(orders)}, on {scene.ground}, {scenes.TIME_WORDS[scene.time][0]}"
            questions.append((prompt, judges.labels_of(scene)))
    return questions


def triples(questions: list[Question]) -> list[tuple[str, str, int]]:
    """(prompt, negative prompt, seed): each question with every seed."""
    return [(prompt, "", seed) for prompt, _ in questions for seed in SEEDS]


def truth(questions: list[Question]) -> torch.Tensor:
    """The right labels (n, heads), in the order of `triples`."""
    return torch.tensor([labels for _, labels in questions for _ in SEEDS])


def percent(right: torch.Tensor) -> float:
    """The share of a tensor of truths, of any shape, in percent."""
    return float(right.float().mean()) * 100


def by_class(
    right: torch.Tensor, classes: torch.Tensor, names: tuple[str, ...]
) -> dict[str, float]:
    """The share of truths (n,) in percent for each name among the class numbers (n,)."""
    return {name: percent(right[classes == k]) for k, name in enumerate(names) if k in classes}


def single_shares(
    renderer: Renderer, judge: judges.Judge, count: int, steps: int, guidance: float
) -> dict[str, float]:
    """The single-attribute bars, all at once, of each subject and style, and the pairs never drawn
    in training (a quarter of the prompts)."""
    seen = single_questions(count - count // 4, unseen=False, seed=77)
    unseen = single_questions(count // 4, unseen=True, seed=78)
    asked = seen + unseen
    true = truth(asked)
    right = judges.verdicts(judge, renderer.judged(triples(asked), steps, guidance)) == true
    percents = {name: percent(right[:, k]) for k, name in enumerate(MAIN)}
    percents["all five"] = percent(right[:, :5].all(1))
    for head in ("subject", "style"):
        k = MAIN.index(head)
        shares = by_class(right[:, k], true[:, k], judges.SINGLE[head])
        percents |= {f"{head}: {name}": share for name, share in shares.items()}
    tail = right[-len(unseen) * len(SEEDS) :]
    return percents | {
        "unseen pair: subject": percent(tail[:, 0]),
        "unseen pair: colour": percent(tail[:, 1]),
    }


def pair_share(
    renderer: Renderer, judge: judges.Judge, count: int, steps: int, guidance: float
) -> dict[str, float]:
    asked = pair_questions(count)
    right = judges.verdicts(judge, renderer.judged(triples(asked), steps, guidance)) == truth(asked)
    return {
        "two subjects and their sides": percent(right[:, :2].all(1)),
        "their colours as well": percent(right.all(1)),
    }


def plain_scene(rng: random.Random) -> scenes.Scene:
    """One subject and nothing else that a caption could name."""
    scene = scenes.random_scene(rng, single=True)
    return replace(scene, extra="", weather="", light="", side="", view="")


def without_colour(rng: random.Random) -> tuple[str, str]:
    """(prompt, negative prompt): a subject of no named colour, and a colour it shall not have."""
    scene = plain_scene(rng)
    word = rng.choice(judges.COLOUR_NAMES)
    time = scenes.TIME_WORDS[scene.time][0]
    return f"a {scene.things[0].subject} on {scene.ground} {time}", word


def without_extra(rng: random.Random) -> tuple[str, str]:
    """(prompt, negative prompt): a subject with its colour, and what shall not be in the sky."""
    scene = plain_scene(rng)
    thing = scene.things[0]
    possible = [word for word in scenes.EXTRAS[1:] if scene.time == "night" or word != "stars"]
    word = rng.choice(possible)
    time = scenes.TIME_WORDS[scene.time][0]
    return f"a {thing.colour} {thing.subject} on {scene.ground} {time}", word


def negative_shares(
    renderer: Renderer, judge: judges.Judge, count: int, steps: int, guidance: float
) -> dict[str, float]:
    """How often what a prompt leaves open does not turn out to be what
    the negative prompt names."""
    rng = random.Random(80)
    percents: dict[str, float] = {}
    for what, names, ask, head in (
        ("a colour", judges.COLOUR_NAMES, without_colour, 1),
        ("an extra", scenes.EXTRAS, without_extra, 5),
    ):
        asked: list[tuple[str, str, int]] = []
        unwanted: list[int] = []
        for _ in range(count):
            prompt, word = ask(rng)
            asked += [(prompt, word, seed) for seed in SEEDS]
            unwanted += [names.index(word)] * len(SEEDS)
        shown = judges.verdicts(judge, renderer.judged(asked, steps, guidance))[:, head]
        percents[f"negative prompt removes {what}"] = percent(shown != torch.tensor(unwanted))
    return percents


def grid(renderer: Renderer, judge: judges.Judge, count: int) -> list[str]:
    """Rows of a table: share of pictures that show all five attributes, by steps and guidance."""
    asked = single_questions(count, unseen=False, seed=81)
    rows = [
        "| steps | " + " | ".join(f"guidance {g:g}" for g in GRID_GUIDANCE) + " |",
        "|---" * (len(GRID_GUIDANCE) + 1) + "|",
    ]
    for steps in GRID_STEPS:
        cells = []
        for guidance in GRID_GUIDANCE:
            shown = judges.verdicts(
                judge, renderer.judged([(p, "", 11) for p, _ in asked], steps, guidance)
            )
            right = shown[:, :5] == torch.tensor([labels[:5] for _, labels in asked])
            cells.append(f"{percent(right.all(1)):.0f} ({percent(right):.0f})")
        rows.append(f"| {steps} | " + " | ".join(cells) + " |")
        print(rows[-1], flush=True)
    return rows


def sizes_hold(
    model: Path, judge: judges.Judge, count: int, steps: int, guidance: float
) -> list[str]:
    """Rows of a table: shares of right attributes at sizes beside the trained one (the judge sees
    them squeezed to a square)."""
    asked = single_questions(count, unseen=False, seed=82)
    rows = ["| size | all five | single attributes | subject |", "|---|---|---|---|"]
    for size in SIZES:
        shown = judges.verdicts(
            judge, Renderer(model, size).judged([(p, "", 11) for p, _ in asked], steps, guidance)
        )
        right = shown[:, :5] == torch.tensor([labels[:5] for _, labels in asked])
        rows.append(
            f"| {size[0]} x {size[1]} | {percent(right.all(1)):.0f} | {percent(right):.0f} | "
            f"{percent(right[:, 0]):.0f} |"
        )
        print(rows[-1], flush=True)
    return rows


def companion_shares(
    renderer: Renderer, judge: judges.Judge, lora: Path, count: int
) -> dict[str, float]:
    """The single-attribute bars with the few-step companion: its sampler, no guidance."""
    if not lora.is_file():
        return {}
    asked = single_questions(count, unseen=False, seed=83)
    renderer.wear(lora)
    right = judges.verdicts(judge, renderer.judged(triples(asked), FEW, 1.0, FAST)) == truth(asked)
    renderer.wear(None)
    return {f"in {FEW} steps: {name}": percent(right[:, k]) for k, name in enumerate(MAIN)}


def autoencoder_psnr(vae: Any) -> float:
    """Decibel of encoding and decoding 120 scenes drawn for this alone, at full size."""
    import numpy as np

    from starter.drawing import drawing

    decibels = []
    for start in range(0, 120, 20):
        rngs = [random.Random(900_000_000 + start + k) for k in range(20)]
        x = np.stack([np.asarray(drawing.draw(scenes.random_scene(rng), rng)) for rng in rngs])
        z = common.as_pictures(x, vae.device)
        with torch.no_grad():
            y = common.decoded(vae, common.posterior(vae, z).mean).clamp(-1, 1)
        decibels.append(10 * torch.log10(4 / (y - z).square().mean((1, 2, 3))))
    return float(torch.cat(decibels).mean())


def vae_of(model: Path) -> Any:
    """The autoencoder of a model folder, as the trainings know it."""
    return common.autoencoder(model / "vae", common.device())


def into_card(card: Path, lines: list[str]) -> None:
    """Replace the part between the two marks."""
    text = re.sub(
        r"(<!-- figures -->).*(<!-- end -->)",
        lambda m: "\n".join([m[1], *lines, m[2]]),
        card.read_text(),
        flags=re.DOTALL,
    )
    card.write_text(text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--prompts", type=int, default=500)
    parser.add_argument("--drawings", type=int, default=30_000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument(
        "--grid",
        type=int,
        default=24,
        help="Prompts of the table of steps and guidance; 0 leaves it out.",
    )
    parser.add_argument("--judge-only", action="store_true")
    parser.add_argument("--card", type=Path)
    return parser.parse_args()


def shares(
    renderer: Renderer, single: judges.Judge, pair: judges.Judge, options: argparse.Namespace
) -> Iterator[dict[str, float]]:
    """The bars' figures, part by part as they are measured."""
    count = options.prompts
    how = (options.steps, options.guidance)
    yield single_shares(renderer, single, count * 4 // 5, *how)
    yield pair_share(renderer, pair, count // 5, *how)
    yield negative_shares(renderer, single, count // 10, *how)
    yield {"autoencoder dB": autoencoder_psnr(vae_of(options.model))}
    companion = options.model / "loras" / "starter-4-steps.safetensors"
    yield companion_shares(renderer, single, companion, count // 5)


def figures(
    percents: dict[str, float], accuracy: dict[str, float], options: argparse.Namespace
) -> list[str]:
    """The card's table of bars, and how it was measured."""
    count = options.prompts
    judged = ", ".join(f"{name} {value:.1f} %" for name, value in accuracy.items())
    return [
        f"{count * 4 // 5} prompts of one subject, {count // 5} of two, "
        f"{count // 10} for each negative, "
        f"x {len(SEEDS)} seeds, {options.steps} steps, guidance {options.guidance:g}.",
        f"The judges' own accuracy on fresh drawings: {judged}.",
        "",
        "| what | reached | bar |",
        "|---|---|---|",
        *(f"| {name} | {value:.1f} | {BARS.get(name, '')} |" for name, value in percents.items()),
    ]


def tables(renderer: Renderer, single: judges.Judge, options: argparse.Namespace) -> list[str]:
    """The card's tables of steps, guidance and sizes."""
    note = (
        f"All five attributes right, in percent of {options.grid} pictures (in brackets: "
        "single attributes right):"
    )
    steps_and_guidance = grid(renderer, single, options.grid)
    held = f"Other sizes, in percent of {options.grid} pictures:"
    sizes = sizes_hold(options.model, single, options.grid, options.steps, options.guidance)
    return ["", note, "", *steps_and_guidance, "", held, "", *sizes]


def main() -> None:
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    renderer = Renderer(options.model)
    single, pair, accuracy = judges.both(
        options.work, options.drawings, options.epochs, vae_of(options.model)
    )
    told = {name: round(value, 1) for name, value in accuracy.items()}
    print("judges on fresh drawings:", told, flush=True)
    if options.judge_only:
        return
    percents: dict[str, float] = {}
    for part in shares(renderer, single, pair, options):
        percents |= part
        print(json.dumps({name: round(value, 2) for name, value in part.items()}), flush=True)
    more = tables(renderer, single, options) if options.grid else []
    if options.card:
        into_card(options.card, [*figures(percents, accuracy, options), *more])


if __name__ == "__main__":
    main()

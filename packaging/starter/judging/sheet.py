"""Lays out every subject in every style as one sheet to be looked at: what no judge says.

    python -m starter.judging.sheet MODEL SHEET.png [--seed 7] [--of model|drawings|autoencoder]
        [--few] [--side 256]

One column a subject, one row a style; the prompts follow from the seed alone and nothing is chosen.
`--of drawings` shows the drawings of the same scenes, `--of autoencoder` those as the model's
autoencoder gives them back, `--few` what the four-step companion makes. Prints the prompts.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from starter.drawing import drawing, scenes
from starter.judging import judge as judges
from starter.judging.render import FAST, FEW, Renderer
from starter.training import common

COLUMNS = 12  # a row of the sheet holds half of the subjects
KINDS = ("model", "drawings", "autoencoder")


def sheet_scenes(seed: int) -> list[scenes.Scene]:
    """One scene for every subject in every style, style by style; nothing but the subject, its
    colour, ground and time of day is named."""
    rng = random.Random(seed)
    wanted: list[scenes.Scene] = []
    for style in scenes.STYLES:
        for subject in scenes.SUBJECTS:
            colour = rng.choice([c for c in scenes.COLOURS if (subject, c) not in scenes.HELD_OUT])
            time, ground = rng.choice(scenes.TIMES), rng.choice(scenes.GROUNDS)
            wanted.append(scenes.Scene((scenes.Thing(subject, colour),), time, ground, style))
    return wanted


def prompts_of(wanted: list[scenes.Scene]) -> list[str]:
    """The wordings, one a scene, every attribute named."""
    return [scenes.describe(scene, random.Random(k), keep=1.0) for k, scene in enumerate(wanted)]


def drawings_of(wanted: list[scenes.Scene], seed: int) -> torch.Tensor:
    """Drawings (n, 3, 256, 256) uint8 of the scenes."""
    drawn = [
        np.asarray(drawing.draw(scene, random.Random(seed * 1000 + k)))
        for k, scene in enumerate(wanted)
    ]
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2)


def laid_out(
    pictures: torch.Tensor, columns: int = COLUMNS, side: int = scenes.SIZE
) -> Image.Image:
    """Pictures (n, 3, h, w) uint8 in rows of `columns`, each `side` pixels wide and high, without a
    gap."""
    rows = [torch.cat(list(part), 2) for part in pictures.split(columns)]
    whole = Image.fromarray(torch.cat(rows, 1).permute(1, 2, 0).numpy())
    return whole.resize((columns * side, len(rows) * side), Image.Resampling.LANCZOS)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--of", choices=KINDS, default=KINDS[0])
    parser.add_argument("--few", action="store_true")
    parser.add_argument("--side", type=int, default=scenes.SIZE, help="Pixels of each picture.")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def shown(options: argparse.Namespace, wanted: list[scenes.Scene]) -> torch.Tensor:
    """Pictures (n, 3, 256, 256) uint8 of the scenes, of the kind that is asked for."""
    if options.of == "drawings":
        return drawings_of(wanted, options.seed)
    if options.of == "autoencoder":
        vae = common.autoencoder(options.model / "vae", common.device())
        return judges.round_trip(vae, drawings_of(wanted, options.seed))
    renderer = Renderer(options.model)
    prompts = prompts_of(wanted)
    print("\n".join(prompts), flush=True)
    asked = [(prompt, "", options.seed) for prompt in prompts]
    if not options.few:
        return renderer.pictures(asked, options.steps, options.guidance)
    renderer.wear(options.model / "loras" / "starter-4-steps.safetensors")
    return renderer.pictures(asked, FEW, 1.0, FAST)


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    pictures = shown(options, sheet_scenes(options.seed))
    laid_out(pictures, side=options.side).save(options.sheet)


if __name__ == "__main__":
    main()

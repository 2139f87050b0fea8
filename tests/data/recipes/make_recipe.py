"""Write down a recipe as today's program writes it, so that later versions can be judged by it.

    .venv/bin/python tests/data/recipes/make_recipe.py 2026-11

makes `2026-11.png` (8 x 8 pixels, with both texts) and `2026-11.json`: the recipe, the web UI's
text, and what the command line says of the one and of the other; and the same as
`2026-11-refined` of a picture of words, since only such a one has a second pass. Those that are
there stay.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from core.metadata import a1111  # noqa: E402
from core.metadata.parsing.parsed_recipe import ParsedRecipe  # noqa: E402
from core.metadata.recipes import read_file  # noqa: E402
from core.metadata.writing import encode_png  # noqa: E402
from core.system.json import dumps, to_plain  # noqa: E402
from core.values.lora import Lora  # noqa: E402
from core.values.noise import Noise  # noqa: E402
from core.values.picture import Pixels, Recipe  # noqa: E402
from core.values.request import Request  # noqa: E402
from core.values.request_parts.branch import Branch  # noqa: E402
from core.values.request_parts.chosen_style import ChosenStyle  # noqa: E402
from core.values.request_parts.fresh_noise import FreshNoise  # noqa: E402
from core.values.request_parts.hires import Hires  # noqa: E402
from core.values.request_parts.levels import Levels  # noqa: E402
from core.values.request_parts.start_picture import StartPicture  # noqa: E402
from core.values.request_parts.sweep_place import SweepPlace  # noqa: E402
from core.values.request_parts.upscale import Upscale  # noqa: E402

PIXELS = Pixels(8, 8, bytes(range(192)))
EVERYTHING = Recipe(
    Request(
        prompt="a blue house on snow, (night:1.2) <lora:ink:0.5>",
        negative_prompt="fog",
        model="dream.safetensors",
        width=768,
        height=1152,
        steps=9,
        guidance=6.5,
        sampler="euler_ancestral",
        schedule="exponential",
        seed=2**64 - 2,
        count=1,
        clip_skip=2,
        loras=(Lora("brush", -0.5, 0.25),),
        vae="soft",
        refiner="starter",
        refiner_at=0.7,
        compatibility="a1111",
        noise=Noise("philox", 77, 0.25, (128, 64), 31337, 1, 4),
        eta=0.6,
        fresh_noise=FreshNoise(20.0, 0.05, 5.0, 1.003),
        emphasis="no_norm",
        guidance_rescale=0.7,
        guidance_from=0.1,
        guidance_until=0.9,
        freeu=(1.3, 1.4, 0.9, 0.2),
        feature_reuse=3,
        token_merging=0.5,
        decoder="tiny",
        matrices="int8",
        tiling="xy",
        start=StartPicture(
            source="5e" * 32,
            strength=0.6,
            exact_steps=True,
            fit="pad",
            background="#102030",
            mask="3a" * 32,
            mask_blur=8.5,
            mask_grow=-3,
            mask_soft=True,
            mask_content="noise",
            area="masked",
            padding=48,
            frame=(8, 0, 640, 512),
            extend=(0, 16, 128, 32),
            image_guidance=1.25,
        ),
        hires=Hires("by_hand", 1.5, 12, 0.55, "lanczos", "heun"),
        upscale=Upscale("6b" * 32, 3.0, "4x-UltraSharp", 0.3),
        template="a {red|blue} house",
        negative_template="{fog|rain}",
        styles=(ChosenStyle("Ink", "{prompt}, in ink", "colour", applied=True),),
        parent="7c" * 32,
        document="9d" * 16,
        sweep=SweepPlace("7c" * 16, ("steps=23", "sampler=heun"), "Two"),
        levels=Levels(
            rho=6.5,
            shift=3.5,
            sigma_min=0.05,
            sigma_max=12.5,
            sigmas=(12.0, 8.0, 6.0, 4.0, 3.0, 2.0, 1.0, 0.5, 0.1, 0.0),
            discard_penultimate=True,
            keep_penultimate=True,
        ),
        branch=Branch(origin=dumps(Request("a red house", seed=5)), step=3),
    ),
    job_id="018f0000000000000000cafe",
    model_name="Dream",
    model_hash="ab" * 32,
    family="sd1",
    device="cpu",
    seconds=3.25,
    created=1.79e9,
    version="2026.11",
    pixels_sha256=PIXELS.sha256,
    fingerprint=(("device", "cpu"), ("threads", "2")),
)

REFINED = replace(EVERYTHING, request=replace(EVERYTHING.request, start=StartPicture(), parent=""))


def said(found: ParsedRecipe) -> dict[str, Any]:
    """What `calotype metadata --json` says."""
    told = {
        "format": found.format,
        "request": dict(found.request),
        "approximated": found.approximated,
        "ignored": found.ignored,
    }
    return json.loads(json.dumps(told))


def written(path: Path) -> dict[str, Any]:
    """What today's program reads in a picture, of both of its texts."""
    found = read_file(path)
    assert found.recipe is not None
    text = a1111.write(found.recipe)
    parsed = a1111.parse({"parameters": text})
    assert parsed is not None
    return {
        "recipe": to_plain(found.recipe),
        "said": said(found),
        "parameters": text,
        "said of the parameters": said(parsed),
    }


def main(name: str) -> None:
    """The command."""
    for end, recipe in (("", EVERYTHING), ("-refined", REFINED)):
        picture = HERE / f"{name}{end}.png"
        picture.write_bytes(encode_png(PIXELS, recipe))
        told = json.dumps(written(picture), indent=1, ensure_ascii=False, sort_keys=True)
        picture.with_suffix(".json").write_text(told + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])

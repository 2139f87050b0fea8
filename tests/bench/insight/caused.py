"""Pictures with a fault that was caused on purpose, and good ones, for `symptoms.py` beside this.

Each lies in WORK as a PNG with its recipe in it, and is made once. The sets have nothing in common:
"set" to "fourth", on which the thresholds were found, and "judge", on which they are judged: other
words, other seeds, other sizes. What cannot occur in this program is put into the pixels
afterwards: `SIMULATED` says of what.

A good picture is one of ordinary settings: guidance 1.5 to 7 and 12 to 50 steps, by samplers that
arrive within that many (`LATE` says which need more; CFG++ up to guidance 2, as the program says
of it), or the few-step companion's own settings.
Nobody has looked at them one by one: a model of this size draws some that a person would not call
good, and these count as good all the same.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]
from core.engine.contract.protocol import Engine  # noqa: E402
from core.metadata.writing import encode_png  # noqa: E402
from core.models.library.library import Library  # noqa: E402
from core.sampling.samplers import SAMPLERS  # noqa: E402
from core.service.making.made_picture import recipe_of  # noqa: E402
from core.system.paths import RESOURCES  # noqa: E402
from core.values.insight.questions import RoundTripAnswer, RoundTripQuestion  # noqa: E402
from core.values.job import Job, ModelRef, StartPixels  # noqa: E402
from core.values.lora import Lora  # noqa: E402
from core.values.picture import Pixels, Result  # noqa: E402
from core.values.request import Request  # noqa: E402
from core.values.request_parts.levels import Levels  # noqa: E402
from core.values.request_parts.start_picture import StartPicture  # noqa: E402
from core.values.resolved_request import resolve  # noqa: E402
from starter.drawing.scenes import STYLES, Scene, describe, random_scene  # noqa: E402

STARTER = RESOURCES / "starter"
FEW = "starter-4-steps"
# of each set: the first seed, and sizes that suit the starter
SETS: Mapping[str, tuple[int, tuple[tuple[int, int], ...]]] = {
    "set": (41_000, ((256, 256), (192, 192), (256, 192), (288, 320), (192, 256))),
    "second": (870_000, ((128, 128), (224, 224), (160, 256), (208, 208), (256, 256), (320, 256))),
    "third": (2_300_000, ((128, 160), (256, 224), (192, 224), (304, 224), (240, 240), (256, 256))),
    "fourth": (7_150_000, ((144, 144), (232, 256), (176, 208), (256, 208), (216, 216), (248, 248))),
    "judge": (9_820_000, ((152, 152), (240, 208), (200, 240), (224, 248), (168, 184), (256, 240))),
}
LARGE = {
    "set": ((512, 512), (448, 448)),
    "second": ((480, 480), (544, 480)),
    "third": ((464, 496), (512, 528)),
    "fourth": ((496, 448), (504, 504)),
    "judge": ((488, 472), (520, 496)),
}
VAES = {
    "set": ("order-1230", "order-3012", "signs-pnpn", "signs-nppn", "scale-0.25", "order-2301"),
    "second": ("order-2013", "order-3201", "signs-pnnp", "signs-npnp", "scale-0.3", "order-1032"),
    "third": ("order-3120", "order-0321", "signs-ppnn", "signs-nnpp", "scale-0.35", "order-2130"),
    "fourth": ("order-1320", "order-2310", "signs-npnn", "signs-pppn", "scale-0.28", "order-3210"),
    "judge": ("order-3021", "order-0213", "signs-nnpn", "signs-npnn", "scale-0.32", "order-2031"),
}
SIMULATED = {
    "black": "half are the zeros that other programs write for numbers that are none",
    "broken": "a tile of zeros: this program's decoder refuses to give such a picture",
    "blur": "a third are small pictures that were enlarged",
}
# samplers that fewer steps than these leave unfinished
LATE = {"dpmpp_3m_sde": 30, "lms": 20, "dpm_fast": 20, "dpm_2_ancestral": 16}
_MOST_CFG_PP = 2  # guidance that CFG++ samplers were made for at most, as their help says
FOR_FEW = frozenset(("lcm", "tcd"))  # samplers for models that were distilled


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A picture to make: fields of its request, what the model is taken to predict, another
    autoencoder or model, and what is done to its pixels."""

    prompt: str
    seed: int
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    prediction: str = ""
    vae: str = ""
    model: str = ""
    after: Callable[[Workshop, Pixels, random.Random], Pixels] | None = None


class Workshop:
    """What makes pictures: an engine, the starter, and broken parts of it in a folder."""

    def __init__(self, engine: Engine, work: Path) -> None:
        self.engine = engine
        self.work = work
        self.entry = Library(Path("nowhere")).find("starter")
        self.ref = self.entry.ref()

    def made(self, wish: Wish) -> tuple[Job, Result]:
        """By the engine, with what it takes."""
        request = Request(wish.prompt, seed=wish.seed, **wish.values)
        model = replace(self.ref, prediction=wish.prediction)
        if wish.model:
            model = replace(model, path=str(self.odd_scale(float(wish.model))), hash="")
        loras = tuple(
            ModelRef(lora.id, lora.id, "starter", str(STARTER / "loras" / f"{lora.id}.safetensors"))
            for lora in request.loras
        )
        vae = self.odd_vae(wish.vae) if wish.vae else None
        request = replace(request, vae=wish.vae)
        job = Job(resolve(request), model, loras=loras, vae=vae)
        return job, self.engine.run(job, lambda _: None)

    def odd_scale(self, factor: float) -> Path:
        """The starter, whose configuration names a scale so many times its own."""
        folder = self.work / f"scale-{factor:g}"
        if not folder.exists():
            folder.mkdir(parents=True)
            for part in STARTER.iterdir():
                if part.name != "vae":
                    (folder / part.name).symlink_to(part)
            (folder / "vae").mkdir()
            for part in (STARTER / "vae").iterdir():
                if part.suffix == ".json":
                    config = json.loads(part.read_text())
                    config["scaling_factor"] = config.get("scaling_factor", 0.18215) * factor
                    (folder / "vae" / part.name).write_text(json.dumps(config))
                else:
                    (folder / "vae" / part.name).symlink_to(part)
        return folder

    def odd_vae(self, name: str) -> ModelRef:
        """An autoencoder of the starter's shape for other latents: `order` of its channels, or
        `signs`, `scale`, as the name says ("order-1203", "signs-+-+-", "scale-0.3", "dark")."""
        path = self.work / "models" / "vae" / f"{name}.safetensors"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            tensors: dict[str, torch.Tensor] = {}
            for file in (STARTER / "vae").glob("*.safetensors"):
                tensors |= load_file(file)
            weight = tensors["post_quant_conv.weight"]
            kind, _, how = name.partition("-")
            if kind == "order":
                weight = weight[:, [int(channel) for channel in how]].contiguous()
            elif kind == "signs":
                signs = [-1.0 if sign == "n" else 1.0 for sign in how]
                weight = weight * torch.tensor(signs).view(1, -1, 1, 1).to(weight.dtype)
            elif kind == "scale":
                weight = weight * float(how)
            else:
                tensors["decoder.conv_out.bias"] = tensors["decoder.conv_out.bias"] - 4
            save_file(tensors | {"post_quant_conv.weight": weight}, path)
        return ModelRef(name, name, "", str(path))

    def drawn_over(self, pixels: Pixels, strength: float, seed: int, prompt: str) -> Pixels:
        """A picture made again from itself."""
        request = Request(
            prompt,
            seed=seed,
            width=pixels.width,
            height=pixels.height,
            steps=6,
            guidance=1.0,
            start=StartPicture(source="0" * 64, strength=strength),
        )
        start = StartPixels(pixels.width, pixels.height, "RGB", pixels.rgb)
        return self.engine.run(Job(resolve(request), self.ref, start=start), lambda _: None).pixels

    def through(self, pixels: Pixels) -> Pixels:
        """Encoded and decoded."""
        job = Job(resolve(Request("x", seed=1)), self.ref)
        answer = self.engine.ask(job, RoundTripQuestion(pixels), lambda _: None)
        assert isinstance(answer, RoundTripAnswer)
        return answer.pixels


# --- what is done to pixels afterwards ------------------------------------------------------------


def _rows(pixels: Pixels) -> np.ndarray:
    return np.frombuffer(pixels.rgb, np.uint8).reshape(pixels.height, pixels.width, 3)


def _pixels(rows: np.ndarray) -> Pixels:
    rows = np.ascontiguousarray(rows, np.uint8)
    return Pixels(rows.shape[1], rows.shape[0], rows.tobytes())


def enlarged(pixels: Pixels, by: float) -> Pixels:
    """By bicubic interpolation, to sides that are multiples of 8."""
    width, height = (round(side * by / 8) * 8 for side in (pixels.width, pixels.height))
    image = Image.fromarray(_rows(pixels)).resize((width, height), Image.Resampling.BICUBIC)
    return _pixels(np.asarray(image))


def too_large(_: Workshop, pixels: Pixels, rng: random.Random) -> Pixels:
    return enlarged(pixels, rng.choice((3, 3.5, 4)))


def black(_: Workshop, pixels: Pixels, rng: random.Random) -> Pixels:
    return _pixels(np.zeros((pixels.height, pixels.width, 3)))


def in_tiles(workshop: Workshop, pixels: Pixels, rng: random.Random) -> Pixels:
    """Enlarged, and drawn over or decoded tile by tile, without overlap."""
    large = _rows(enlarged(pixels, 2)).copy()
    side, redraws = rng.choice((96, 128, 160)), rng.random() < 0.6
    strength = rng.uniform(0.35, 0.6)
    for top in range(0, large.shape[0], side):
        for left in range(0, large.shape[1], side):
            tile = large[top : top + side, left : left + side]
            if min(tile.shape[:2]) < 64:
                continue
            given = _pixels(tile)
            seed = rng.randrange(10**6)
            new = (
                workshop.drawn_over(given, strength, seed, "")
                if redraws
                else workshop.through(given)
            )
            large[top : top + side, left : left + side] = _rows(new)
    return _pixels(large)


def with_a_hole(_: Workshop, pixels: Pixels, rng: random.Random) -> Pixels:
    """One tile of a tiled decoding is zeros, or grey."""
    rows = _rows(pixels).copy()
    height, width = (side // rng.choice((2, 3, 4)) // 8 * 8 for side in rows.shape[:2])
    top = rng.randrange(0, rows.shape[0] // height) * height
    left = rng.randrange(0, rows.shape[1] // width) * width
    rows[top : top + height, left : left + width] = rng.choice((0, 0, 0, 127))
    return _pixels(rows)


# --- causes ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Draw:
    """What a wish is drawn with: chance, the set's sizes, its number in its kind."""

    rng: random.Random
    which: str
    number: int

    def scene(self) -> Scene:
        """Styles in turn."""
        return replace(random_scene(self.rng), style=STYLES[self.number % len(STYLES)])

    def usual(self, **values: Any) -> dict[str, Any]:
        """Fields of a request that makes a good picture, and others instead."""
        width, height = self.rng.choice(SETS[self.which][1])
        usual = {
            "width": width,
            "height": height,
            "steps": self.rng.choice((10, 12, 15)),
            "guidance": self.rng.choice((3.0, 4.0, 5.0)),
            "sampler": self.rng.choice(("dpmpp_2m", "euler", "ddim", "unipc", "euler_ancestral")),
            "schedule": self.rng.choice(("discrete", "karras", "simple")),
        }
        return usual | values

    def wish(self, **parts: Any) -> Wish:
        """With words and seed of its own."""
        values = self.usual(**parts.pop("values", {}))
        prompt = parts.pop("prompt", None) or describe(self.scene(), self.rng)
        seed = SETS[self.which][0] + self.rng.randrange(30_000)
        return Wish(prompt=prompt, seed=seed, values=values, **parts)


def good(draw: Draw) -> Wish:
    """All samplers, guidance 1.5 to 7, steps 12 to 50, of those that arrive late more; of ten one
    by the few-step companion."""
    if draw.number % 10 == 9:
        values = {"steps": 4, "guidance": 1.0, "sampler": "lcm", "schedule": "discrete"}
        return draw.wish(values=values | {"loras": (Lora(FEW, 1.0),)})
    samplers = [name for name in SAMPLERS if name not in FOR_FEW]
    sampler = samplers[draw.number % len(samplers)]
    guidance = round(draw.rng.uniform(1.5, _MOST_CFG_PP if "cfg_pp" in sampler else 7), 1)
    steps = draw.rng.choice((12, 12, 12, 14, 15, 16, 16, 20, 20, 25, 30, 50))
    return draw.wish(
        values={
            "steps": max(steps, LATE.get(sampler, 0)),
            "guidance": guidance,
            "sampler": sampler,
        }
    )


def burnt(draw: Draw) -> Wish:
    return draw.wish(values={"guidance": draw.rng.choice((25.0, 30.0, 30.0, 35.0))})


def grey(draw: Draw) -> Wish:
    return draw.wish(model=str(draw.rng.choice((3, 4, 5))))


def blacked(draw: Draw) -> Wish:
    return draw.wish(after=black) if draw.number % 2 else draw.wish(vae="dark")


def noise(draw: Draw) -> Wish:
    """The walk ends before the noise does."""
    steps, end = draw.rng.choice((12, 16, 20)), draw.rng.choice((0.35, 0.5, 0.7, 1.0))
    by = math.log(end / 12) / steps
    sigmas = tuple(12 * math.exp(by * step) for step in range(steps + 1))
    return draw.wish(
        values={
            "steps": steps,
            "levels": Levels(sigmas=sigmas),
            "sampler": draw.rng.choice(("dpmpp_2m", "euler")),
        }
    )


def blur(draw: Draw) -> Wish:
    if draw.number % 3 == 2:
        return draw.wish(after=too_large)
    return draw.wish(values={"steps": draw.rng.choice((1, 2)), "sampler": "euler"})


def doubled(draw: Draw) -> Wish:
    width, height = draw.rng.choice(LARGE[draw.which])
    scene = replace(draw.scene(), relation="", view="", side="")
    thing = replace(scene.things[0], count=1)
    prompt = describe(replace(scene, things=(thing,)), draw.rng)
    return draw.wish(prompt=prompt, values={"width": width, "height": height})


def seams(draw: Draw) -> Wish:
    return draw.wish(after=in_tiles)


def broken(draw: Draw) -> Wish:
    return draw.wish(after=with_a_hole)


def prediction(draw: Draw) -> Wish:
    return draw.wish(prediction="epsilon")


def few_steps(draw: Draw) -> Wish:
    """Ordinary ways with the companion, or its ways without it."""
    if draw.number % 2:
        return draw.wish(values={"steps": draw.rng.choice((2, 3, 4, 5))})
    values = {"guidance": draw.rng.choice((5.0, 7.0, 9.0)), "steps": draw.rng.choice((15, 20))}
    return draw.wish(values=values | {"loras": (Lora(FEW, 1.0),), "sampler": "dpmpp_2m"})


def vae(draw: Draw) -> Wish:
    names = VAES[draw.which]
    return draw.wish(vae=names[draw.number % len(names)])


def guidance(draw: Draw) -> Wish:
    return draw.wish(values={"guidance": draw.rng.choice((0.0, 0.5, 1.0))})


def chunk(draw: Draw) -> Wish:
    """Its subject stands behind 75 other tokens."""
    filler = ", ".join(describe(draw.scene(), draw.rng) for _ in range(12))
    return draw.wish(prompt=f"{filler}, {describe(draw.scene(), draw.rng)}")


CAUSES: Mapping[str, Callable[[Draw], Wish]] = {
    "good": good,
    "burnt": burnt,
    "grey": grey,
    "black": blacked,
    "noise": noise,
    "blur": blur,
    "doubled": doubled,
    "seams": seams,
    "broken": broken,
    "prediction": prediction,
    "few_steps": few_steps,
    "vae": vae,
    "guidance": guidance,
    "words": chunk,
}


@dataclass(frozen=True, slots=True)
class Caused:
    """A picture of one cause, its file, and the words and seed that it was made with."""

    kind: str
    path: Path
    prediction: str


def pictures(
    engine: Engine | None, work: Path, which: str, counts: Mapping[str, int]
) -> Iterator[Caused]:
    """Those of a set, made where they are not there yet; without an engine only those that are."""
    folder = work / which
    folder.mkdir(parents=True, exist_ok=True)
    workshop = None if engine is None else Workshop(engine, work)
    turns = ((number, kind) for number in range(max(counts.values())) for kind in CAUSES)
    for number, kind in turns:
        if number >= counts.get(kind, 0):
            continue
        rng = random.Random(f"{which}; {kind}; {number}")
        wish = CAUSES[kind](Draw(rng, which, number))
        path = folder / f"{kind}-{number:03d}.png"
        if not path.exists():
            if workshop is None:
                continue
            path.write_bytes(_made(workshop, wish, rng))
        yield Caused(kind, path, wish.prediction)


def _made(workshop: Workshop, wish: Wish, rng: random.Random) -> bytes:
    job, result = workshop.made(wish)
    pixels = result.pixels
    if wish.after is not None:
        pixels = wish.after(workshop, pixels, rng)
    return encode_png(pixels, recipe_of(job, workshop.entry, result, ""))

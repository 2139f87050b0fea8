"""What the trial of recipes renders: the golden set's recipes of all samplers, schedules, families,
files and ways, and those of everything else that a recipe can say: start pictures, masks, what is
added to a side, hires fix, what saves time, the language of prompts, every kind of file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.request_parts.hires import UPSCALERS, Hires
from core.values.request_parts.levels import Levels
from tests.bench import golden, golden_recipes

KINDS = ("png", "webp", "jpeg", "avif")
WILDCARDS = {
    "colour": "red\nblue\n{light|dark} green\n",
    "place": "on snow\nin a __colour__ wood\n",
}
_STARTER: dict[str, Any] = {"width": 96, "height": 96, "steps": 3}
_FEW = {"sampler": "lcm", "schedule": "sgm_uniform", "steps": 4, "guidance": 1.0}
_STYLES = ("Watercolour", "Film still", "Macro", "Noir", "Woodcut", "Low polygon")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One picture or several: `values` of a Request, `start` of its start picture, whose pixels are
    the drawing called `source`, with the mask called `mask`. `kind` is its file's, `styles` are put
    around its words as the form does. `route` is the way it comes into being: "queue", or from a
    document, live painting or a variation. `weights` and `mode` as the engine has them."""

    values: Mapping[str, Any] = field(default_factory=dict)
    start: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    mask: str = ""
    kind: str = "png"
    styles: tuple[str, ...] = ()
    route: str = "queue"
    weights: str = "full"
    mode: str = ""

    @property
    def engine(self) -> tuple[str, str]:
        """Cases of one pair share an engine and a data folder."""
        return self.weights, self.mode


def cases() -> dict[str, Case]:
    """By name."""
    return (
        _golden()
        | _samplers()
        | _from_pictures()
        | _hires()
        | _saving_time()
        | _language()
        | _noise()
        | _levels()
        | _formats()
        | _routes()
        | _bf16()
    )


def _golden() -> dict[str, Case]:
    """Those whose files a library takes: it takes no autoencoder of another family."""
    found: dict[str, Case] = {}
    for name, recipe in golden_recipes.recipes().items():
        if recipe.vae in ("bright", "original"):
            continue
        model = f"{recipe.model}-{recipe.prediction}" if recipe.prediction else recipe.model
        files = {"model": model, "refiner": recipe.refiner, "vae": recipe.vae}
        loras = tuple(Lora(lora, weight) for lora, weight in recipe.loras)
        values = golden.COMMON | {"width": 96, "height": 96} | dict(recipe.values)
        found[f"golden {name}"] = Case(
            values=values | files | {"loras": loras}, weights=recipe.weights, mode=recipe.mode
        )
    return found


def _starter(**values: Any) -> dict[str, Any]:
    return golden.COMMON | _STARTER | values


def _samplers() -> dict[str, Case]:
    """Each sampler of ours with a schedule of its own, from words and from a picture."""
    schedules = tuple(SCHEDULES)
    found: dict[str, Case] = {}
    for number, sampler in enumerate(SAMPLERS):
        values = _starter(sampler=sampler, schedule=schedules[number % len(schedules)])
        found[f"from a picture {sampler}"] = Case(
            values=values, source="photo", start={"strength": 0.6}
        )
    for program in ("a1111", "comfyui"):
        for sampler in ("dpmpp_2m_sde", "heun", "dpmpp_sde", "euler"):
            values = _starter(sampler=sampler, compatibility=program)
            found[f"{program} from a picture {sampler}"] = Case(
                values=values, source="photo", start={"strength": 0.5}
            )
    return found


def _from_pictures() -> dict[str, Case]:
    masked: dict[str, Any] = {"source": "photo", "mask": "half"}
    starts: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "exactly the steps": ({"source": "photo"}, {"strength": 0.4, "exact_steps": True}),
        "no strength": ({"source": "photo"}, {"strength": 0.0}),
        "whole strength": ({"source": "photo"}, {"strength": 1.0}),
        "cut": ({"source": "wide"}, {"fit": "crop"}),
        "with a border": ({"source": "wide"}, {"fit": "pad", "background": "#204060"}),
        "stretched": ({"source": "wide"}, {"fit": "stretch"}),
        "own size": ({"source": "wide"}, {"fit": "source"}),
        "transparent": ({"source": "clear"}, {"strength": 0.7}),
        "transparent places anew": ({"source": "clear"}, {"background": "mask"}),
        "masked": (masked, {"strength": 1.0}),
        "masked and blurred": (masked, {"mask_blur": 9.0, "mask_grow": 6}),
        "masked and narrowed": (masked, {"mask_blur": 0.0, "mask_grow": -8}),
        "softly masked": ({"source": "photo", "mask": "soft"}, {"mask_soft": True}),
        "filled": (masked, {"mask_content": "fill", "strength": 0.9}),
        "latent noise": (masked, {"mask_content": "noise", "strength": 1.0}),
        "latent nothing": (masked, {"mask_content": "nothing", "strength": 1.0}),
        "only masked": (masked, {"area": "masked", "padding": 8}),
        "a frame": ({"source": "wide"}, {"area": "frame", "frame": (32, 0, 96, 96)}),
        "extended": ({"source": "photo"}, {"extend": (0, 0, 32, 0), "strength": 1.0}),
        "extended all around": ({"source": "photo"}, {"extend": (16, 8, 16, 8), "strength": 1.0}),
        "extended far": ({"source": "photo"}, {"extend": (0, 0, 192, 0), "strength": 1.0}),
        "extended and masked": (masked, {"extend": (0, 32, 0, 0), "strength": 1.0}),
    }
    found = {
        f"start {name}": Case(values=_starter(), start=start, **pictures)
        for name, (pictures, start) in starts.items()
    }
    others: dict[str, dict[str, Any]] = {
        "inpaint": {"model": "inpaint"},
        "instruct": {"model": "instruct"},
        "xl-inpaint": {"model": "xl-inpaint"},
        "sd3": {"model": "sd3"},
        "dev": {"model": "dev"},
    }
    for name, values in others.items():
        found[f"start {name}"] = Case(
            values=golden.COMMON | golden_recipes.SMALL | values,
            start={"strength": 0.8},
            source="photo",
            mask="" if name == "instruct" else "half",
        )
    for kind in ("webp", "jpeg", "avif"):
        found[f"start masked {kind}"] = Case(values=_starter(), kind=kind, **masked)
        found[f"start transparent {kind}"] = Case(values=_starter(), source="clear", kind=kind)
    return found


def _hires() -> dict[str, Case]:
    large = {"width": 192, "height": 160, "steps": 3}
    found = {
        f"hires {upscaler}": Case(
            values=_starter(**large, hires=Hires("by_hand", 2.0, 2, 0.6, upscaler))
        )
        for upscaler in UPSCALERS
    }
    found["hires another sampler"] = Case(
        values=_starter(**large, hires=Hires("by_hand", 1.75, 0, 0.5, "latent", "euler_ancestral"))
    )
    found["hires a1111"] = Case(
        values=_starter(**large, compatibility="a1111", hires=Hires("by_hand", 2.0, 3, 0.7))
    )
    found["hires automatic"] = Case(
        values=_starter(width=640, height=256, steps=2, hires=Hires("auto"))
    )
    return found


def _saving_time() -> dict[str, Case]:
    return {
        "reuse 2": Case(values=_starter(steps=5, feature_reuse=2)),
        "reuse 3 sd15": Case(values=golden.COMMON | {"model": "sd15", "feature_reuse": 3}),
        "interval": Case(values=_starter(steps=5, guidance_from=0.1, guidance_until=0.6)),
        "merging": Case(values=_starter(width=768, height=768, steps=1, token_merging=0.5)),
        "tiny decoder": Case(values=_starter(decoder="tiny")),
        "tiny decoder from a picture": Case(values=_starter(decoder="tiny"), source="photo"),
        "all of them": Case(
            values=_starter(steps=6, feature_reuse=2, guidance_until=0.5, decoder="tiny")
        ),
        "tiling xy": Case(values=_starter(tiling="xy")),
        "tiling x": Case(values=_starter(tiling="x")),
        "tiling y tiny": Case(values=_starter(tiling="y", decoder="tiny")),
        "tiling hires": Case(
            values=_starter(width=192, height=192, tiling="xy", hires=Hires("by_hand"))
        ),
        "rescaled v": Case(
            values=golden.COMMON | {"model": "sd15-v", "guidance_rescale": 0.7, "steps": 4}
        ),
        "eta": Case(values=_starter(sampler="euler_ancestral", eta=0.4)),
    }


def _language() -> dict[str, Case]:
    prompts = {
        "editing": "a [red:blue:0.5] house [on snow::2] [at night:2]",
        "alternation": "a [red|blue|green] house",
        "and": "a red house AND snow :1.2 AND a blue cat :-0.4",
        "break": "a red house BREAK on snow, (at night:1.3)",
        "comments": "a red house # and nothing else\non snow",
        "tag": "a red house <lora:starter-4-steps:0.7>",
        "tag of two weights": "a red house <lora:starter-4-steps:te=0.3:unet=0.8>",
        "choices": "a {red|blue} house {on snow|at night}",
        "wildcards": "a __colour__ house __place__",
        "weighted choices": "{2$$red|blue|green} house",
        "nested": "a [{red|blue}:(__colour__:1.2):0.4] house",
        "unicode": "ein rotes Haus \u2603 \u96ea \U0001f3e0 \u0645\u0646\u0632\u0644",
        "braces of infotext": 'a "red" house, Steps: 3, Sampler: Euler\nNegative prompt: x',
        "nothing": "",
    }
    found = {
        f"prompt {name}": Case(values=_starter(prompt=text, steps=4))
        for name, text in prompts.items()
    }
    for program in ("a1111", "comfyui"):
        for name in ("editing", "alternation", "and", "break", "choices"):
            values = _starter(prompt=prompts[name], compatibility=program, steps=4)
            found[f"prompt {name} {program}"] = Case(values=values)
    negative = {"negative_prompt": "a [fog:{rain|__colour__}:0.5] (sea:0.8)"}
    found["prompt negative"] = Case(values=_starter(**negative))
    for style in _STYLES:
        found[f"style {style}"] = Case(values=_starter(), styles=(style,))
    found["styles"] = Case(values=_starter(), styles=_STYLES[:3])
    return found


def _noise() -> dict[str, Case]:
    noises = {
        "philox": Noise("philox"),
        "variation": Noise(variation_seed=5, variation_strength=0.3),
        "resized": Noise(resized_from=(64, 128)),
        "delta": Noise(seed_delta=31337),
        "all": Noise("philox", 5, 0.3, (64, 128), 31337),
    }
    found = {
        f"noise {name}": Case(values=_starter(noise=noise, sampler="euler_ancestral"))
        for name, noise in noises.items()
    }
    for program in ("calotype", "a1111", "comfyui"):
        values = _starter(count=3, compatibility=program, sampler="euler_ancestral")
        found[f"count {program}"] = Case(values=values)
    found["largest seed"] = Case(values=_starter(seed=2**64 - 1))
    return found


def _levels() -> dict[str, Case]:
    """How the noise levels are spaced, from words, from a picture and in two passes."""
    listed = Levels(sigmas=(12.0, 2.5, 0.4, 0.0))
    found: dict[str, Case] = {}
    for program in ("calotype", "a1111", "comfyui"):
        for name, levels in {
            "bent": Levels(rho=3.0, sigma_min=0.05, sigma_max=11.0),
            "listed": listed,
        }.items():
            values = _starter(levels=levels, schedule="karras", compatibility=program)
            found[f"levels {name} {program}"] = Case(values=values)
            found[f"levels {name} {program} from a picture"] = Case(
                values=values, source="photo", start={"strength": 0.5}
            )
    twice = _starter(width=192, height=192, hires=Hires("by_hand", steps=5), levels=listed)
    found["levels listed in two passes"] = Case(values=twice)
    shifted = {"model": "sd3", "levels": Levels(shift=1.5), "sampler": "euler"}
    found["levels shifted"] = Case(values=_starter(schedule="simple", **shifted))
    return found


def _formats() -> dict[str, Case]:
    return {
        f"{kind} {name}": Case(values=values, kind=kind)
        for kind in KINDS[1:]
        for name, values in {
            "plain": _starter(),
            "lora": _starter(**_FEW, loras=(Lora("starter-4-steps", 0.9),)),
            "drawn": _starter(prompt="a __colour__ {house|cat}", count=2),
            "hires": _starter(width=192, height=192, hires=Hires("by_hand")),
        }.items()
    }


def _routes() -> dict[str, Case]:
    return {
        "document": Case(values=_starter(), route="document", source="photo"),
        "document masked": Case(
            values=_starter(), route="document", source="photo", mask="half", start={"strength": 1}
        ),
        "document frame": Case(
            values=_starter(), route="document", source="wide", start={"frame": (32, 0, 64, 64)}
        ),
        "document larger frame": Case(
            values=_starter(), route="document", source="photo", start={"frame": (-16, 0, 96, 96)}
        ),
        "live": Case(values=_starter(), route="live", source="photo"),
        "live masked": Case(values=_starter(), route="live", source="photo", mask="half"),
        "vary": Case(values=_starter(), route="vary"),
        "vary a foreign picture": Case(values=_starter(), route="vary", source="photo"),
    }


def _bf16() -> dict[str, Case]:
    return {
        "bf16": Case(values=_starter(), weights="bf16"),
        "bf16 lora": Case(
            values=_starter(**_FEW, loras=(Lora("starter-4-steps"),)), weights="bf16"
        ),
        "bf16 sdxl": Case(
            values=golden.COMMON | golden_recipes.SMALL | {"model": "sdxl"}, weights="bf16"
        ),
        "bf16 from a picture": Case(values=_starter(), source="photo", weights="bf16"),
    }

"""Texts and tables of programs with odd fields, in the manner of `odd_graphs`."""

from __future__ import annotations

import json
from typing import Any

from core.values.lora import Lora
from core.values.noise import Noise
from core.values.request_parts.levels import Levels
from core.values.request_parts.start_picture import StartPicture
from tests.core.metadata.readers.odd_graphs import Odd

LINE = (
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 5, Size: 512x768, "
    "Model hash: 0123456789, Model: m1"
)
HEAD = "a house\nNegative prompt: fog\n"
SAID = {"prompt": "a house", "negative_prompt": "fog", "seed": 5, "steps": 20, "width": 512}


def text(whole: str, fields: dict[str, Any], absent: tuple[str, ...] = (), word: str = "") -> Odd:
    return Odd({"parameters": whole}, fields, absent, word)


def pairs(
    more: str = "",
    fields: dict[str, Any] | None = None,
    absent: tuple[str, ...] = (),
    word: str = "",
    **changed: str,
) -> Odd:
    """The web UI's text with further pairs, or with values of its own changed."""
    line = LINE
    for key, value in changed.items():
        before = next(pair for pair in line.split(", ") if pair.lower().startswith(f"{key}:"))
        line = line.replace(before, f"{before.partition(':')[0]}: {value}")
    whole = f"{HEAD}{line}{', ' if more else ''}{more}, Version: v1.10.1"
    kept = {name: value for name, value in SAID.items() if name not in absent}
    return text(whole, kept | (fields or {}), absent, word)


def table(
    key: str,
    base: dict[str, Any],
    fields: dict[str, Any],
    absent: tuple[str, ...] = (),
    word: str = "",
    **changed: Any,
) -> Odd:
    return Odd({key: json.dumps(base | changed)}, fields, absent, word)


INVOKE = {
    "app_version": "5.4.0",
    "generation_mode": "sdxl_txt2img",
    "positive_prompt": "a house",
    "negative_prompt": "fog",
    "width": 512,
    "height": 768,
    "seed": 5,
    "rand_device": "cpu",
    "cfg_scale": 5.5,
    "steps": 20,
    "scheduler": "dpmpp_2m_k",
    "model": {"name": "XL"},
}


def invoke(
    fields: dict[str, Any], absent: tuple[str, ...] = (), word: str = "", **changed: Any
) -> Odd:
    return table("invokeai_metadata", INVOKE, fields, absent, word, **changed)


SWARM = {
    "prompt": "a house",
    "negativeprompt": "fog",
    "model": "dir/m1.safetensors",
    "seed": 5,
    "steps": 20,
    "cfgscale": 7,
    "width": 512,
    "height": 768,
    "sampler": "dpmpp_2m",
    "scheduler": "karras",
}


def swarm(
    fields: dict[str, Any], absent: tuple[str, ...] = (), word: str = "", **changed: Any
) -> Odd:
    whole = {"sui_image_params": SWARM | changed}
    return Odd({"parameters": json.dumps(whole)}, fields, absent, word)


NOVELAI = {
    "prompt": "a house",
    "uc": "fog",
    "steps": 20,
    "height": 768,
    "width": 512,
    "scale": 5.0,
    "seed": 5,
    "noise_schedule": "karras",
    "sampler": "k_euler_ancestral",
    "request_type": "PromptGenerateRequest",
}


def novelai(
    fields: dict[str, Any], absent: tuple[str, ...] = (), word: str = "", **changed: Any
) -> Odd:
    texts = {
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4 37442FCA",
        "Description": "a house",
        "Comment": json.dumps(NOVELAI | changed),
    }
    return Odd(texts, fields, absent, word)


FOOOCUS = {
    "base_model": "m1.safetensors",
    "guidance_scale": 4,
    "metadata_scheme": "fooocus",
    "prompt": "a house",
    "negative_prompt": "fog",
    "performance": "Speed",
    "resolution": "(512, 768)",
    "sampler": "dpmpp_2m_sde_gpu",
    "scheduler": "karras",
    "seed": "5",
    "steps": 20,
}


def fooocus(
    fields: dict[str, Any], absent: tuple[str, ...] = (), word: str = "", **changed: Any
) -> Odd:
    return table("parameters", FOOOCUS, fields, absent, word, **changed)


def sdcpp(
    more: str,
    fields: dict[str, Any],
    absent: tuple[str, ...] = (),
    word: str = "",
    *,
    sampler: str = "euler_a karras",
    model: str = "Model: m1.gguf, ",
    cfg: str = "7.000000",
) -> Odd:
    """As stable-diffusion.cpp writes it."""
    line = (
        f"Steps: 20, CFG scale: {cfg}, {more}, Seed: 5, Size: 512x768, {model}RNG: cuda, "
        f"Sampler: {sampler}, Version: stable-diffusion.cpp"
    )
    return text(f"{HEAD}{line}", fields, absent, word)


TEXTS: dict[str, Odd] = {
    "pairs within the words": text(
        f"a house, Steps: 9, Seed: 3\nSteps: of stone\nNegative prompt: fog\n{LINE}",
        {**SAID, "prompt": "a house, Steps: 9, Seed: 3\nSteps: of stone"},
    ),
    "negative words twice": text(
        f"a\nNegative prompt: x\nNegative prompt: y\n{LINE}", {"negative_prompt": "x\ny"}
    ),
    "line ends of Windows": text(f"{HEAD}{LINE}".replace("\n", "\r\n"), SAID),
    "a template behind": text(
        f"{HEAD}{LINE}\nTemplate: a {{red|blue}} house\nNegative Template: fog",
        SAID,
        (),
        "Template",
    ),
    "pairs that come twice": pairs("Steps: 30, Seed: 77", {"steps": 30, "seed": 77}),
    "a random seed": pairs(absent=("seed",), word="Seed: -1", seed="-1"),
    "half a step": pairs(absent=("steps",), word="20.5", steps="20.5"),
    "a guidance that is none": pairs(absent=("guidance",), word="nan", **{"cfg scale": "nan"}),
    "a fraction behind a comma": pairs(fields={"guidance": 7.5}, **{"cfg scale": "7,5"}),
    "a size with blanks": pairs(size="512 x 768"),
    "a size with a cross": pairs(size="512×768"),
    "a sampler that is not here": pairs(absent=("sampler",), word="CFG++", sampler="DDIM CFG++"),
    "a schedule that is not here": pairs(
        absent=("schedule",), word="Align Your Steps 32", **{"schedule type": "Align Your Steps 32"}
    ),
    "a face made anew": pairs(
        'ADetailer prompt: "a face, Steps: 3", ADetailer steps: 12, ADetailer CFG scale: 3',
        {"guidance": 7.0},
        word="ADetailer steps: 12",
    ),
    "a ControlNet with a model": pairs(
        'ControlNet 0: "Module: canny, Model: control_v11, Weight: 1.0"',
        {"model": "m1"},
        word="control_v11",
    ),
    "hires fix out of all bounds": pairs(
        "Denoising strength: 0.4, Hires upscale: 99, Hires upscaler: Latent",
        absent=("hires",),
        word="99",
    ),
    "a guidance of the model": pairs(
        "Distilled CFG Scale: 3.5", {"guidance": 3.5}, **{"cfg scale": "1"}
    ),
    "both kinds of guidance": pairs("Distilled CFG Scale: 3.5", {"guidance": 7.0}, word="3.5"),
    "noise of another machine": pairs("RNG: TPU", word="RNG: TPU"),
    "a hypernetwork": text(
        f"a house <hypernet:x:0.6>\n{LINE}", {"seed": 5}, (), "no hypernetworks"
    ),
    "the other kind of tag": text(
        f"a house <lyco:y:0.5>\n{LINE}, Version: v1.10.1", {"prompt": "a house <lyco:y:0.5>"}
    ),
    "another program's first key": text(
        f"{HEAD}Mode: Txt2Img, Size: 512x768, Seed: 5, Steps: 20, Sampler: Euler, UNET: m1",
        {**SAID, "sampler": "euler"},
        ("noise", "compatibility"),
        "Mode",
    ),
    "no negative words, line ends lost": text(
        f"a house\nNegative prompt: {LINE}", {**SAID, "negative_prompt": ""}
    ),
    "a sampler whose noise is its own": text(
        f"{HEAD}{LINE.replace('Schedule type: Karras, ', '')}, Seed Mode: Scale Alike",
        SAID,
        ("noise",),
        "Seed Mode",
    ),
    "a name with a comma": pairs(
        fields={"model": "a, big, model.safetensors"}, model="a, big, model.safetensors"
    ),
    "a name with a comma in quotes": pairs(
        fields={"model": "a, b"}, word="of late", model='"a, b", of late'
    ),
    "words behind a number": pairs(fields={"steps": 25}, word="of them", steps="25, of them"),
    "a model that is a number of a site": text(
        f"{HEAD}{LINE}".partition(", Model hash")[0]
        + ', Civitai resources: [{"type":"checkpoint","air":"urn:air:sdxl:checkpoint:civitai:1@2"},'
        '{"type":"lora","modelVersionId":77,"weight":0.5}], Civitai metadata: {}',
        SAID,
        ("model",),
        "civitai:1@2",
    ),
    "a strength that nobody wrote": pairs(
        "Image CFG scale: 1.5", {"start": StartPicture(image_guidance=1.5)}, word="strength: none"
    ),
    "an eta that was never used": sdcpp("Eta: 0.000000", SAID, ("eta",), "the sampler's own"),
    "an eta that was": sdcpp("Eta: 0.000000", {"eta": 0.0, "sampler": "ddim"}, sampler="ddim"),
    "guidance of FLUX beside every model": sdcpp(
        "Guidance: 3.500000", {"guidance": 7.0}, word="Guidance: 3.5"
    ),
    "guidance of FLUX, a model in parts": sdcpp(
        "Guidance: 3.500000, Unet: flux1-dev-q4.gguf",
        {"guidance": 3.5, "model": "flux1-dev-q4.gguf"},
        word="called FLUX",
        model="",
        cfg="1.000000",
    ),
    "a picture that was enlarged behind it all": Odd(
        {
            "parameters": f"{HEAD}{LINE}",
            "postprocessing": "Postprocess upscale by: 4, Postprocess upscaler: 4x",
        },
        SAID,
        (),
        "Postprocess upscale by: 4",
    ),
    "guidance step by step": invoke({"seed": 5}, ("guidance",), "cfg_scale", cfg_scale=[7, 6, 5]),
    "guidance of FLUX": invoke({"guidance": 3.5}, cfg_scale=1.0, guidance=3.5),
    "a scheduler that is not here": invoke(
        {"seed": 5}, ("sampler", "schedule"), "dpmpp_3m_k", scheduler="dpmpp_3m_k"
    ),
    "noise of a machine that is not here": invoke(
        {"seed": 5}, ("noise",), "mps", rand_device="mps"
    ),
    "a side that is a word": invoke({"seed": 5}, ("width", "height"), "wide", width="wide"),
    "a model that is a name": invoke({"model": "XL"}, model="XL"),
    "words joined by Compel": invoke(
        {"seed": 5}, (), ".and(...)", positive_prompt='("a house", "a cat").and()'
    ),
    "regions": invoke(SAID, (), "regions", regions=[{"prompt": "x"}]),
    "prompts that are numbers": Odd(
        {"parameters": json.dumps({"prompt": 3, "use_stable_diffusion_model": "m1"})},
        {"model": "m1"},
        ("prompt",),
        "prompt: 3",
    ),
    "words for a part of the picture": swarm(
        SAID, (), "segment", prompt="a house <segment:face,0.6> a face"
    ),
    "words drawn by chance": swarm(
        {"prompt": "a <random:red|blue> house"}, (), "random", prompt="a <random:red|blue> house"
    ),
    "LoRAs in a text": swarm(
        {"loras": (Lora("a", 0.5), Lora("b", 1.0))}, loras="a,b", loraweights="0.5,1"
    ),
    "weights for the text encoder": swarm(
        {"loras": (Lora("a", 0.5, 0.2), Lora("b", 1.0))},
        loras=["x/a", "b"],
        loraweights=["0.5", "1"],
        loratencweights=["0.2", "1"],
    ),
    "edges that meet on one side": swarm({"tiling": "x"}, seamlesstileable="X-Only"),
    "edges in another way": swarm(SAID, ("tiling",), "Odd", seamlesstileable="Odd"),
    "a strength that is not said": swarm(
        {"start": StartPicture(exact_steps=True)}, (), "strength", initimage="x"
    ),
    "a refiner with noise of its own": swarm(
        {"refiner": "r", "refiner_at": 0.8},
        (),
        "StepSwapNoisy",
        refinercontrolpercentage=0.2,
        refinermethod="StepSwapNoisy",
        refinermodel="r",
    ),
    "levels of its own": swarm(
        {"levels": Levels(shift=3.0, sigma_min=0.1)},
        (),
        "sigmamax",
        sigmamin=0.1,
        sigmashift=3,
        sigmamax=-1,
    ),
    "words for the whole and for figures": novelai(
        {"prompt": "a house"},
        (),
        "another",
        v4_prompt={"caption": {"base_caption": "another", "char_captions": []}},
    ),
    "a figure": novelai(
        SAID,
        (),
        "a girl",
        v4_prompt={
            "caption": {"base_caption": "a house", "char_captions": [{"char_caption": "a girl"}]}
        },
    ),
    "SMEA": novelai(SAID, (), "sm: True", sm=True),
    "a native schedule": novelai(SAID, ("schedule",), "native", noise_schedule="native"),
    "numbers as weights": novelai(
        {"prompt": "(house:1.5), (fog:-1)"}, (), "spelt anew", prompt="1.5::house::, -1::fog::"
    ),
    "a picture to start from": novelai(
        {"start": StartPicture(strength=0.6)},
        (),
        "noise: 0.1",
        request_type="Img2ImgRequest",
        strength=0.6,
        noise=0.1,
    ),
    "a resolution that is none": fooocus(
        {"seed": 5}, ("width", "height"), "resolution", resolution="wide"
    ),
    "steps of a performance": fooocus(
        {"steps": 8, "noise": Noise("cpu")},
        (),
        "extreme speed",
        steps=None,
        performance="Extreme Speed",
    ),
    "a schedule of one model": fooocus(
        {"seed": 5}, ("schedule",), "edm", scheduler="edm_playground_v2.5"
    ),
    "weights of FreeU": fooocus({"seed": 5}, ("freeu",), "freeu", freeu="(1.01, 1.02, 0.9, 0.9)"),
}

"""Graphs of ComfyUI and what a person would say that they ask for."""

from __future__ import annotations

from typing import Any

from core.values.lora import Lora
from core.values.noise import Noise
from core.values.request_parts.fresh_noise import FreshNoise
from core.values.request_parts.hires import Hires
from core.values.request_parts.levels import Levels
from core.values.request_parts.start_picture import StartPicture
from tests.core.metadata.readers import graphs
from tests.core.metadata.readers.graphs import node

PLAIN = {
    "prompt": "a clay pot on a shelf",
    "negative_prompt": "glaze, cracks",
    "seed": 81,
    "steps": 26,
    "guidance": 6.5,
    "sampler": "dpmpp_2m",
    "schedule": "karras",
    "width": 768,
    "height": 512,
    "compatibility": "comfyui",
    "noise": Noise("philox"),
}


def lora(key: str, before: str, name: str, **weights: float) -> dict[str, Any]:
    return {key: node("LoraLoader", lora_name=name, model=[before, 0], clip=[before, 1], **weights)}


def with_loras() -> graphs.Graph:
    graph = graphs.plain()
    graph |= lora("30", "1", "sub/kiln.safetensors", strength_model=0.8, strength_clip=0.6)
    graph |= lora("31", "30", "off.safetensors", strength_model=0, strength_clip=0)
    graph["32"] = node(
        "Power Lora Loader (rgthree)",
        model=["31", 0],
        clip=["31", 1],
        lora_1={"on": True, "lora": "wheel.safetensors", "strength": 0.5},
        lora_2={"on": False, "lora": "not.safetensors", "strength": 1},
    )
    graph["33"] = node("CLIPSetLastLayer", stop_at_clip_layer=-2, clip=["32", 1])
    graph["5"]["inputs"]["model"] = ["32", 0]
    graph["2"]["inputs"]["clip"] = ["33", 0]
    return graph


def custom_levels(levels: dict[str, Any]) -> graphs.Graph:
    """A graph whose levels come from a node of their own."""
    return {
        **graphs.plain(),
        "5": node(
            "SamplerCustom",
            add_noise=True,
            noise_seed=4,
            cfg=3.0,
            model=["1", 0],
            positive=["2", 0],
            negative=["3", 0],
            sampler=["71", 0],
            sigmas=["72", 0],
            latent_image=["4", 0],
        ),
        "71": node("KSamplerSelect", sampler_name="euler"),
        "72": levels,
    }


def from_picture(encoder: dict[str, Any], denoise: float = 0.6) -> graphs.Graph:
    graph = graphs.plain(denoise=denoise)
    return graph | {"4": encoder, "40": node("LoadImage", image="shelf.png")}


def two_outputs(**negative: str) -> graphs.Graph:
    """An encoder nobody knows, whose second output is what is to be kept out."""
    encoder = node("Encode Both", clip=["1", 1], prompt="a pot", **negative)
    return {**graphs.plain(negative=["2", 1]), "2": encoder}


GRAPHS: dict[str, tuple[graphs.Graph, dict[str, object]]] = {
    "plain": (graphs.plain(), {**PLAIN, "model": "clay-v3"}),
    "hires": (
        graphs.hires(sampler_name="euler"),
        {
            "hires": Hires("by_hand", 1.5, 12, 0.45, "latent_bicubic", "euler"),
            "steps": 26,
            "width": 1152,
            "height": 768,
            "sampler": "dpmpp_2m",
            "seed": 81,
        },
    ),
    "flux": (
        graphs.flux(),
        {
            "prompt": "a pot",
            "negative_prompt": "",
            "seed": 2**63 + 5,
            "steps": 22,
            "guidance": 3.2,
            "sampler": "euler",
            "schedule": "simple",
            "width": 832,
            "height": 1216,
            "loras": (Lora("kiln", 0.7),),
            "vae": "ae",
            "model": "flux-clay",
        },
    ),
    "refiner": (
        graphs.refined(),
        {"steps": 26, "seed": 81, "refiner": "refiner", "refiner_at": 20 / 26, "model": "clay-v3"},
    ),
    "LoRAs in a chain": (
        with_loras(),
        {"loras": (Lora("kiln", 0.8, 0.6), Lora("wheel", 0.5)), "clip_skip": 2},
    ),
    "from a picture": (
        from_picture(node("VAEEncode", pixels=["40", 0], vae=["1", 2])),
        {"start": StartPicture(strength=0.6, exact_steps=True)},
    ),
    "inpainting": (
        from_picture(
            node(
                "VAEEncodeForInpaint",
                pixels=["40", 0],
                mask=["40", 1],
                vae=["1", 2],
                grow_mask_by=6,
            ),
            1.0,
        ),
        {"start": StartPicture(strength=1.0, exact_steps=True, mask_blur=0.0, mask_grow=6)},
    ),
    "numbers and words through other nodes": (
        {
            **graphs.plain(seed=["50", 0], steps=["51", 0]),
            "50": node("Seed (rgthree)", seed=77),
            "51": node("Reroute", value=["52", 0]),
            "52": node("PrimitiveInt", value=9),
            "2": node("CLIPTextEncode", text=["53", 0], clip=["1", 1]),
            "53": node("StringConcatenate", string_a="a pot", string_b=["54", 0], delimiter=", "),
            "54": node("ShowText|pysssss", text=["55", 0], text_0="stale"),
            "55": node("Text_Box", Text="a jug"),
        },
        {"seed": 77, "steps": 9, "prompt": "a pot, a jug"},
    ),
    "a batch": (
        {
            **graphs.plain(latent_image=["60", 0]),
            "60": node("LatentFromBatch", samples=["61", 0], batch_index=2, length=1),
            "61": node("EmptyLatentImage", width=512, height=512, batch_size=4),
        },
        {"noise": Noise("philox", batch_index=2, batch_size=4)},
    ),
    "noise of the steps on the processor": (
        graphs.plain(sampler_name="dpmpp_sde"),
        {"sampler": "dpmpp_sde", "noise": Noise("cpu")},
    ),
    "and on the card": (
        graphs.plain(sampler_name="dpmpp_sde_gpu"),
        {"sampler": "dpmpp_sde", "noise": Noise("philox")},
    ),
    "an encoder of two texts": (
        two_outputs(negative_prompt="glaze"),
        {"prompt": "a pot", "negative_prompt": "glaze"},
    ),
    "a switch": (
        graphs.with_words(
            node("CLIPTextEncode", text=["50", 0], clip=["1", 1]),
            **{
                "50": node(
                    "ComfySwitchNode", switch=["51", 0], on_false="a jug", on_true=["52", 0]
                ),
                "51": node("PrimitiveBoolean", value=True),
                "52": node("PrimitiveString", value="a vase"),
            },
        ),
        {"prompt": "a vase"},
    ),
    "a picture of another sampler behind full noise": (
        graphs.hires(denoise=1.0, model=["50", 0], seed=5)
        | {"50": node("CheckpointLoaderSimple", ckpt_name="depth.safetensors")},
        {"model": "depth", "seed": 5, "steps": 12, "width": 1152, "height": 768, "hires": None},
    ),
    "FLUX without a word on its guidance": (
        {
            **graphs.flux(),
            "3": node("CLIPTextEncode", clip=["2", 0], text="a pot"),
        },
        {"guidance": 3.5},
    ),
    "two kinds of UniPC": (graphs.plain(sampler_name="uni_pc"), {"sampler": "unipc_bh1"}),
    "the other one": (graphs.plain(sampler_name="uni_pc_bh2"), {"sampler": "unipc"}),
    "a loader with everything": (
        {
            "1": node(
                "Efficient Loader",
                ckpt_name="clay.safetensors",
                vae_name="Baked VAE",
                clip_skip=-2,
                lora_name="kiln.safetensors",
                lora_model_strength=0.4,
                lora_clip_strength=0.4,
                positive="a pot",
                negative="glaze",
                empty_latent_width=640,
                empty_latent_height=512,
                batch_size=1,
            ),
            "2": node(
                "KSampler (Efficient)",
                seed=5,
                steps=7,
                cfg=2.0,
                sampler_name="lcm",
                scheduler="normal",
                denoise=1.0,
                model=["1", 0],
                positive=["1", 1],
                negative=["1", 2],
                latent_image=["1", 3],
            ),
            "3": node("SaveImage", images=["2", 5]),
        },
        {
            "prompt": "a pot",
            "negative_prompt": "glaze",
            "width": 640,
            "height": 512,
            "clip_skip": 2,
            "seed": 5,
            "sampler": "lcm",
            "schedule": "discrete",
            "loras": (Lora("kiln", 0.4),),
            "model": "clay",
        },
    ),
    "sampling and levels in nodes of their own": (
        {
            **graphs.plain(),
            "5": node(
                "SamplerCustom",
                add_noise=True,
                noise_seed=4,
                cfg=3.0,
                model=["70", 0],
                positive=["2", 0],
                negative=["3", 0],
                sampler=["71", 0],
                sigmas=["72", 0],
                latent_image=["4", 0],
            ),
            "70": node("RescaleCFG", multiplier=0.7, model=["1", 0]),
            "71": node("SamplerEulerAncestral", eta=0.5, s_noise=1.0),
            "72": node("AlignYourStepsScheduler", model_type="SD1", steps=10, denoise=1.0),
        },
        {
            "seed": 4,
            "steps": 10,
            "guidance": 3.0,
            "guidance_rescale": 0.7,
            "eta": 0.5,
            "sampler": "euler_ancestral",
            "schedule": "align_your_steps",
        },
    ),
    "a schedule that bends otherwise": (
        custom_levels(
            node("KarrasScheduler", steps=10, sigma_max=9.5, sigma_min=0.0291675, rho=5.0)
        ),
        {"steps": 10, "schedule": "karras", "levels": Levels(rho=5.0, sigma_max=9.5)},
    ),
    "a Karras that bends as little as the other one, between rounded ends": (
        custom_levels(
            node("KarrasScheduler", steps=10, sigma_max=14.6146, sigma_min=0.0292, rho=1.0)
        ),
        {"steps": 10, "schedule": "karras", "levels": Levels(rho=1.0)},
    ),
    "the other one, bent as Karras is": (
        custom_levels(
            node("PolyexponentialScheduler", steps=10, sigma_max=14.6, sigma_min=0.03, rho=7.0)
        ),
        {"schedule": "polyexponential", "levels": Levels(7.0, sigma_min=0.03, sigma_max=14.6)},
    ),
    "the levels of a trajectory, of which the last half is walked": (
        custom_levels(node("GITSScheduler", coeff=1.2, steps=10, denoise=0.5)),
        {"steps": 5, "schedule": "gits"},
    ),
    "the steps of a distilled model": (
        custom_levels(node("SDTurboScheduler", model=["1", 0], steps=2, denoise=1.0)),
        {"steps": 2, "schedule": "turbo"},
    ),
    "the trajectory's lists by another coefficient, level by level": (
        custom_levels(node("GITSScheduler", coeff=0.85, steps=3, denoise=1.0)),
        {
            "steps": 3,
            "levels": Levels(
                sigmas=(14.614641229333648, 7.490014268325117, 1.8488058987381533, 0.0)
            ),
        },
    ),
    "a distilled model's steps from the middle on": (
        custom_levels(node("SDTurboScheduler", model=["1", 0], steps=2, denoise=0.2)),
        {
            "steps": 2,
            "levels": Levels(sigmas=(0.5692848883499537, 0.3416738322812819, 0.0)),
        },
    ),
    "the low half of levels that are split by their share": (
        {
            **custom_levels(node("SplitSigmasDenoise", denoise=0.3, sigmas=["73", 0])),
            "5": {
                **custom_levels({})["5"],
                "inputs": {**custom_levels({})["5"]["inputs"], "sigmas": ["72", 1]},
            },
            "73": node("KarrasScheduler", steps=10, sigma_max=14.614642, sigma_min=0.0291675),
            "4": node("VAEEncode", pixels=["40", 0], vae=["1", 2]),
            "40": node("LoadImage", image="shelf.png"),
        },
        {"schedule": "karras"},
    ),
    "a sampler whose numbers make another one of it": (
        {
            **custom_levels(node("KarrasScheduler", steps=9, sigma_max=14.6146, sigma_min=0.0292)),
            "71": node("SamplerSEEDS2", solver_type="phi_2", eta=0.0, s_noise=1.0, r=1.0),
        },
        {"sampler": "exp_heun_2_x0_sde", "eta": 0.0},
    ),
    "noise a little stronger, by a sampler of Heun's form": (
        {
            **custom_levels(node("KarrasScheduler", steps=9, sigma_max=14.6146, sigma_min=0.0292)),
            "71": node(
                "SamplerDPMPP_2M_SDE",
                solver_type="heun",
                eta=0.5,
                s_noise=1.01,
                noise_device="gpu",
            ),
        },
        {
            "sampler": "dpmpp_2m_sde_heun",
            "eta": 0.5,
            "fresh_noise": FreshNoise(s_noise=1.01),
            "noise": Noise("philox"),
        },
    ),
    "words weighed as the web UI does": (
        {
            **graphs.plain(),
            "2": node(
                "BNK_CLIPTextEncodeAdvanced",
                text="a (red:1.2) house",
                token_normalization="none",
                weight_interpretation="A1111",
                clip=["1", 1],
            ),
        },
        {"prompt": "a (red:1.2) house", "emphasis": "original"},
    ),
    "levels one by one": (
        custom_levels(node("ManualSigmas", sigmas="14.6, 5 1.25, .4, 0.0")),
        {"steps": 4, "levels": Levels(sigmas=(14.6, 5.0, 1.25, 0.4, 0.0))},
    ),
    "a shift of its own": (
        {
            **graphs.flux(),
            "5": node("ModelSamplingSD3", shift=2.5, model=["4", 0]),
        },
        {"levels": Levels(shift=2.5), "schedule": "simple", "steps": 22},
    ),
}


# a graph, what must not be said, and a word of the sentence that says so
UNKNOWN: dict[str, tuple[graphs.Graph, str, str]] = {
    "levels of which one is no number": (
        custom_levels(node("ManualSigmas", sigmas="14.6, 5..2, 0")),
        "levels",
        "14.6, 5..2, 0",
    ),
    "a list of levels without an end": (
        custom_levels(node("ManualSigmas", sigmas="14.6, 0" + " " * 20_000)),
        "levels",
        "ManualSigmas",
    ),
    "a node that rewrites the words": (
        graphs.with_words(
            node("CLIPTextEncode", text=["50", 0], clip=["1", 1]),
            **{"50": node("LLM Prompt Enhancer", text="a pot")},
        ),
        "prompt",
        "LLM Prompt Enhancer",
    ),
    "a file of words": (
        graphs.with_words(
            node("CLIPTextEncode", text=["50", 0], clip=["1", 1]),
            **{"50": node("Load Text File", text="/home/me/words.txt")},
        ),
        "prompt",
        "Load Text File",
    ),
    "the second output of an encoder": (two_outputs(), "negative_prompt", "negative prompt"),
    "a conditioning that nobody knows": (
        graphs.with_words(node("Dream Weaver", dream="a pot")),
        "prompt",
        "Dream Weaver",
    ),
    "a sampler that is not here": (
        graphs.plain(sampler_name="dpmpp_2m_sde_cfg_pp"),
        "sampler",
        "dpmpp_2m_sde_cfg_pp",
    ),
    "a schedule that is not here": (
        graphs.plain(scheduler="bong_tangent"),
        "schedule",
        "bong_tangent",
    ),
    "a size out of a picture": (
        {
            **graphs.plain(),
            "4": node("EmptyLatentImage", width=["50", 0], height=["50", 1], batch_size=1),
            "50": node("GetImageSize", image=["51", 0]),
            "51": node("LoadImage", image="x.png"),
        },
        "width",
        "size",
    ),
    "a random seed": (
        {**graphs.plain(seed=["50", 0]), "50": node("Random Integer", seed=3)},
        "seed",
        "Random Integer",
    ),
    "a hires pass by a network alone": (
        {
            **graphs.hires(latent_image=["51", 0]),
            "50": node("ImageUpscaleWithModel", image=["52", 0]),
            "51": node("VAEEncode", pixels=["50", 0]),
            "52": node("VAEDecode", samples=["5", 0]),
        },
        "hires",
        "how much larger",
    ),
}


NOTED: dict[str, tuple[graphs.Graph, str]] = {
    "ControlNet": (
        {
            **graphs.plain(positive=["50", 0], negative=["50", 1]),
            "50": node(
                "ControlNetApplyAdvanced",
                strength=0.8,
                start_percent=0.0,
                end_percent=0.5,
                positive=["2", 0],
                negative=["3", 0],
                control_net=["51", 0],
                image=["52", 0],
            ),
            "51": node("ControlNetLoader", control_net_name="depth.safetensors"),
            "52": node("LoadImage", image="x.png"),
        },
        "ControlNet depth.safetensors, strength 0.8",
    ),
    "zeros in the place of words": (
        {
            **graphs.plain(negative=["50", 0]),
            "50": node("ConditioningZeroOut", conditioning=["2", 0]),
        },
        "gives zeros",
    ),
    "two texts in one": (
        {
            **graphs.plain(positive=["50", 0]),
            "50": node("ConditioningCombine", conditioning_1=["2", 0], conditioning_2=["51", 0]),
            "51": node("CLIPTextEncode", text="a jug", clip=["1", 1]),
        },
        "2 texts",
    ),
    "each encoder with its own words": (
        graphs.with_words(node("CLIPTextEncodeSDXL", text_g="a pot", text_l="clay", clip=["1", 1])),
        "clay",
    ),
    "a merge": (
        {
            **graphs.plain(model=["50", 0]),
            "50": node("ModelMergeSimple", ratio=0.5, model1=["1", 0], model2=["51", 0]),
            "51": node("CheckpointLoaderSimple", ckpt_name="glass.safetensors"),
        },
        "glass.safetensors",
    ),
    "another seed in the second pass": (graphs.hires(seed=82), "seed 82"),
    "a face made anew": (
        {
            **graphs.plain(),
            "50": node(
                "FaceDetailer",
                image=["6", 0],
                seed=1,
                steps=20,
                cfg=8.0,
                sampler_name="euler",
                scheduler="normal",
                denoise=0.5,
            ),
            "7": node("SaveImage", images=["50", 0]),
        },
        "FaceDetailer",
    ),
    "tags of LoRAs as words": (
        graphs.with_words(node("CLIPTextEncode", text="a pot <lora:kiln:1>", clip=["1", 1])),
        "<lora:kiln:1>",
    ),
    "a lost link to the model": (graphs.plain(model=["99", 0]), "only one"),
    "pictures of two samplers": (
        {
            **graphs.hires(),
            "50": node("SaveImage", images=["51", 0]),
            "51": node("VAEDecode", samples=["5", 0]),
        },
        "several samplers",
    ),
}

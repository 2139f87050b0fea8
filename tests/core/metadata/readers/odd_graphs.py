"""Graphs of ComfyUI with odd links and values: what must be read of each, what must not be said,
and a word of the sentence that says so."""

from __future__ import annotations

from typing import Any, NamedTuple

from core.values.lora import Lora
from core.values.noise import Noise
from tests.core.metadata.readers import graphs
from tests.core.metadata.readers.graphs import node


class Odd(NamedTuple):
    """A picture's texts; fields that it says, fields of which it says nothing that could be
    understood, and a word that a note must have ("" for none)."""

    texts: dict[str, str]
    fields: dict[str, object]
    absent: tuple[str, ...] = ()
    word: str = ""


def odd(
    graph: graphs.Graph, fields: dict[str, object], absent: tuple[str, ...] = (), word: str = ""
) -> Odd:
    return Odd(graphs.text(graph), fields, absent, word)


def with_nodes(sampler: dict[str, Any], **nodes: dict[str, Any]) -> graphs.Graph:
    """The plain graph with other inputs of its sampler, and nodes of these ids ("n8")."""
    return graphs.plain(**sampler) | {key.removeprefix("n"): each for key, each in nodes.items()}


def words(value: Any, **nodes: dict[str, Any]) -> graphs.Graph:
    """Another value in the place of the prompt's text."""
    return with_nodes({}, n2=node("CLIPTextEncode", text=value, clip=["1", 1]), **nodes)


def behind(latents: dict[str, Any], **nodes: dict[str, Any]) -> graphs.Graph:
    """A node between the empty picture and the sampler."""
    return with_nodes({"latent_image": ["20", 0]}, n20=latents, **nodes)


def without_noise() -> graphs.Graph:
    graph = graphs.plain()
    own = {**graph["5"]["inputs"]}
    seed, _ = own.pop("seed"), own.pop("denoise")
    graph["5"] = node(
        "KSamplerAdvanced",
        **own,
        noise_seed=seed,
        add_noise="disable",
        start_at_step=0,
        end_at_step=10000,
        return_with_leftover_noise="disable",
    )
    return graph


def as_kind(kind: str, **more: Any) -> graphs.Graph:
    """The sampler as one of another class that is given more."""
    graph = graphs.plain(**more)
    graph["5"]["class_type"] = kind
    return graph


def piped() -> graphs.Graph:
    """Impact's pipe, given out again."""
    return with_nodes(
        {"model": ["11", 0], "positive": ["11", 3], "negative": ["11", 4]},
        n10=node(
            "ToBasicPipe",
            model=["1", 0],
            clip=["1", 1],
            vae=["1", 2],
            positive=["2", 0],
            negative=["3", 0],
        ),
        n11=node("FromBasicPipe", basic_pipe=["10", 0]),
    )


def pipe_sampler() -> graphs.Graph:
    graph = piped()
    own = {
        key: value
        for key, value in graph["5"]["inputs"].items()
        if key not in ("model", "positive", "negative")
    }
    graph["5"] = node("ImpactKSamplerBasicPipe", **own, basic_pipe=["10", 0])
    return graph


def context() -> graphs.Graph:
    """rgthree's, one upon another."""
    first = node("Context (rgthree)", model=["1", 0], clip=["1", 1], positive=["3", 0])
    second = node(
        "Context (rgthree)",
        base_ctx=["10", 0],
        positive=["2", 0],
        negative=["3", 0],
        latent=["4", 0],
    )
    links = {"model": ["11", 1], "positive": ["11", 4], "negative": ["11", 5]}
    return with_nodes({**links, "latent_image": ["11", 6]}, n10=first, n11=second)


def stacked() -> graphs.Graph:
    stack = node(
        "Lora Loader Stack (rgthree)",
        model=["1", 0],
        clip=["1", 1],
        lora_01="a.safetensors",
        strength_01=0.6,
        lora_02="None",
        strength_02=1,
        lora_03="c.safetensors",
        strength_03=0,
    )
    return with_nodes({"model": ["10", 0]}, n10=stack)


def saved(**nodes: dict[str, Any]) -> graphs.Graph:
    """Something done to the finished picture before it is saved."""
    graph = with_nodes({}, **nodes)
    graph["7"]["inputs"]["images"] = ["11", 0]
    return graph


WHOLE = {"prompt": "a clay pot on a shelf", "negative_prompt": "glaze, cracks", "seed": 81}
NOT_TOLD = ("prompt",)


def sdxl(**changed: int) -> graphs.Graph:
    """The prompt told by an encoder of XL's, with the picture's own size or another."""
    own = {"width": 768, "height": 512, "target_width": 768, "target_height": 512}
    cut = {"crop_w": 0, "crop_h": 0}
    texts = {"text_g": "a pot", "text_l": "a pot"}
    return with_nodes(
        {}, n2=node("CLIPTextEncodeSDXL", clip=["1", 1], **texts, **(own | cut | changed))
    )


GRAPHS: dict[str, Odd] = {
    "another size for the encoders of XL": odd(
        sdxl(width=1024, height=1024, target_width=1024, target_height=1024),
        {"prompt": "a pot", "width": 768},
        word="told a size of 1024x1024",
    ),
    "a cut for the encoders of XL": odd(sdxl(crop_w=64), {"width": 768}, word="cut at 64,0"),
    "words of easy nodes": odd(
        words(["20", 0], n20=node("easy positive", positive="a pot")), {"prompt": "a pot"}
    ),
    "words that were drawn and saved": odd(
        words(
            ["20", 0],
            n20=node(
                "ImpactWildcardProcessor", wildcard_text="{a|b}", populated_text="b", mode="fixed"
            ),
        ),
        {"prompt": "b"},
    ),
    "words that were drawn and are not known": odd(
        words(["20", 0], n20=node("ImpactWildcardProcessor", wildcard_text="{a|b}")),
        {"seed": 81},
        ("prompt",),
        "node 20",
    ),
    "a list for a seed": odd(graphs.plain(seed=[5]), {"steps": 26}, ("seed",), "seed [5]"),
    "a flag for steps": odd(graphs.plain(steps=True), {"seed": 81}, ("steps",), "steps True"),
    "a comma for a point": odd(graphs.plain(cfg="7,5"), {"seed": 81}, ("guidance",), "7,5"),
    "a list for a sampler": odd(
        graphs.plain(sampler_name=["euler"]), {"seed": 81}, ("sampler",), "sampler_name"
    ),
    "a seed beyond all": odd(graphs.plain(seed=2**64), {"steps": 26}, ("seed",), "seed"),
    "a fraction of a step": odd(graphs.plain(steps=2.5), {}, ("steps",), "2.5"),
    "a list of texts": odd(words(["a", "b"]), {"seed": 81}, NOT_TOLD, "does not lead to its text"),
    "a number for a text": odd(words(42), {"seed": 81}, NOT_TOLD, "42"),
    "a text out of itself": odd(words(["2", 0]), {"seed": 81}, NOT_TOLD, "not known"),
    "a text of no node": odd(words(["99", 0]), {"seed": 81}, NOT_TOLD, "does not lead"),
    "a text with words replaced": odd(
        words(["10", 0], n10=node("StringReplace", string="a x", find="x", replace="y")),
        {},
        NOT_TOLD,
        "StringReplace",
    ),
    "a text joined with an unknown one": odd(
        words(
            ["10", 0],
            n10=node("Text Concatenate", delimiter=", ", text_a=["11", 0], text_b="b"),
            n11=node("Text Random Line", text="q\nr", seed=4),
        ),
        {},
        NOT_TOLD,
        "Text Random Line",
    ),
    "a part of a text": odd(
        words(["10", 0], n10=node("StringSubstring", string="a b c", start=0, end=3)),
        {},
        NOT_TOLD,
        "StringSubstring",
    ),
    "texts joined by an unknown node": odd(
        words(["10", 0], n10=node("TextConcat", text="a", text2="b")), {}, NOT_TOLD, "TextConcat"
    ),
    "a seed and what is added to it": odd(
        with_nodes({"seed": ["8", 0]}, n8=node("SeedOffset", seed=5, by=2)),
        {"steps": 26},
        ("seed",),
        "SeedOffset",
    ),
    "a seed through a loop": odd(
        with_nodes({"seed": ["8", 0]}, n8=node("Reroute", **{"": ["8", 0]})), {}, ("seed",)
    ),
    "a seed that is a word": odd(
        with_nodes({"seed": ["8", 0]}, n8=node("PrimitiveNode", value="81x")), {}, ("seed",)
    ),
    "latents out of themselves": odd(
        with_nodes(
            {"latent_image": ["8", 0]},
            n8=node("LatentUpscaleBy", upscale_method="bicubic", scale_by=2, samples=["5", 0]),
        ),
        WHOLE,
        ("width", "height", "hires"),
        "size",
    ),
    "an empty picture made larger": odd(
        behind(node("LatentUpscaleBy", samples=["4", 0], upscale_method="bicubic", scale_by=1.5)),
        {**WHOLE, "width": 1152, "height": 768},
        ("hires",),
    ),
    "an empty picture turned": odd(
        behind(node("LatentRotate", samples=["4", 0], rotation="90 degrees")),
        WHOLE,
        ("width", "height"),
        "LatentRotate",
    ),
    "an empty picture cut": odd(
        behind(node("LatentCrop", samples=["4", 0], width=256, height=256, x=0, y=0)),
        WHOLE,
        ("width", "height"),
        "LatentCrop",
    ),
    "an empty picture several times": odd(
        behind(node("RepeatLatentBatch", samples=["4", 0], amount=4)),
        {**WHOLE, "noise": Noise("philox", batch_size=4)},
        (),
        "drawn together",
    ),
    "an unknown number of times": odd(
        behind(node("RepeatLatentBatch", samples=["4", 0], amount="many")),
        WHOLE,
        (),
        "drawn together",
    ),
    "a mask on an empty picture": odd(
        behind(node("SetLatentNoiseMask", samples=["4", 0], mask=["21", 0])),
        WHOLE,
        ("start",),
        "mask",
    ),
    "noise put in": odd(
        behind(node("InjectNoise", latents=["4", 0], strength=0.1)), WHOLE, (), "InjectNoise"
    ),
    "no noise at all": odd(without_noise(), WHOLE, (), "adds no noise"),
    "a sampler that tiles": odd(
        as_kind("BNK_TiledKSampler", tile_width=512), WHOLE, (), "tile_width 512"
    ),
    "a sampler that varies": odd(
        as_kind("KSampler //Inspire", variation_strength=0.3), WHOLE, (), "variation_strength 0.3"
    ),
    "a sampler that guides otherwise": odd(
        as_kind("KSamplerWithNAG", nag_scale=5), WHOLE, (), "nag_scale 5"
    ),
    "a pipe": odd(piped(), {**WHOLE, "model": "clay-v3"}),
    "a sampler of a pipe": odd(pipe_sampler(), {**WHOLE, "model": "clay-v3", "steps": 26}),
    "a context upon another": odd(context(), {**WHOLE, "width": 768, "model": "clay-v3"}),
    "a stack of LoRAs": odd(stacked(), {"loras": (Lora("a", 0.6),)}),
    "a LoRA of an unknown weight": odd(
        with_nodes(
            {"model": ["10", 0]},
            n10=node(
                "LoraLoader",
                lora_name="a.safetensors",
                strength_model=["11", 0],
                strength_clip=1.0,
                model=["1", 0],
                clip=["1", 1],
            ),
            n11=node("Math", a=1),
        ),
        WHOLE,
        ("loras",),
        "LoRA a.safetensors",
    ),
    "a layer that is none": odd(
        with_nodes(
            {},
            n2=node("CLIPTextEncode", text="a clay pot on a shelf", clip=["10", 0]),
            n10=node("CLIPSetLastLayer", stop_at_clip_layer=0, clip=["1", 1]),
        ),
        WHOLE,
        ("clip_skip",),
        "layer 0",
    ),
    "layers of the negative words alone": odd(
        with_nodes(
            {},
            n3=node("CLIPTextEncode", text="glaze, cracks", clip=["10", 0]),
            n10=node("CLIPSetLastLayer", stop_at_clip_layer=-2, clip=["1", 1]),
        ),
        WHOLE,
        ("clip_skip",),
        "clip_skip",
    ),
    "models in a loop": odd(
        with_nodes(
            {"model": ["8", 0]},
            n8=node("LoraLoaderModelOnly", lora_name="a", strength_model=1, model=["8", 0]),
        ),
        WHOLE,
        (),
        "only one",
    ),
    "a picture of a file saved": odd(
        saved(
            n11=node("ImageBatch", image1=["12", 0], image2=["6", 0]),
            n12=node("LoadImage", image="x.png"),
        ),
        WHOLE,
        (),
        "not made by a sampler alone",
    ),
    "a picture cut": odd(
        saved(n11=node("ImageCrop", image=["6", 0], width=64, height=64, x=0, y=0)),
        WHOLE,
        (),
        "ImageCrop",
    ),
    "a picture sampled once more in tiles": odd(
        saved(n11=node("UltimateSDUpscale", image=["6", 0], seed=9, steps=20, upscale_by=2)),
        WHOLE,
        ("hires",),
        "UltimateSDUpscale",
    ),
    "words for a part of the time": odd(
        with_nodes(
            {"positive": ["10", 0]},
            n10=node("ConditioningSetTimestepRange", conditioning=["2", 0], start=0.0, end=0.3),
        ),
        WHOLE,
        (),
        "ConditioningSetTimestepRange",
    ),
    "inputs that are none": odd(
        {**graphs.plain(), "20": {"class_type": "X", "inputs": None}, "21": {"class_type": "Y"}},
        WHOLE,
    ),
    "numbers that JSON has not": Odd(
        {"prompt": graphs.text(graphs.plain())["prompt"].replace("6.5", "NaN")},
        WHOLE,
        ("guidance",),
    ),
}

"""ComfyUI graphs for tests, put together node by node."""

from __future__ import annotations

import json
from typing import Any

Graph = dict[str, dict[str, Any]]


def node(kind: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    """A node of a graph that was run; links are lists of a node and an output."""
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": title}}


def plain(**sampler: Any) -> Graph:
    """Text to image with a checkpoint, as the program offers it first."""
    numbers = {
        "seed": 81,
        "steps": 26,
        "cfg": 6.5,
        "sampler_name": "dpmpp_2m",
        "scheduler": "karras",
        "denoise": 1.0,
    }
    links = {
        "model": ["1", 0],
        "positive": ["2", 0],
        "negative": ["3", 0],
        "latent_image": ["4", 0],
    }
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name="land/clay-v3.safetensors"),
        "2": node("CLIPTextEncode", text="a clay pot on a shelf", clip=["1", 1]),
        "3": node("CLIPTextEncode", text="glaze, cracks", clip=["1", 1]),
        "4": node("EmptyLatentImage", width=768, height=512, batch_size=1),
        "5": node("KSampler", **{**numbers, **links, **sampler}),
        "6": node("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": node("SaveImage", filename_prefix="pot", images=["6", 0]),
    }


def hires(**second: Any) -> Graph:
    """The same, its latents enlarged and sampled once more."""
    graph = plain()
    graph["8"] = node(
        "LatentUpscale",
        upscale_method="bicubic",
        width=1152,
        height=768,
        crop="disabled",
        samples=["5", 0],
    )
    own = {**graph["5"]["inputs"], "latent_image": ["8", 0], "denoise": 0.45, "steps": 12}
    graph["9"] = node("KSampler", **{**own, **second})
    graph["6"]["inputs"]["samples"] = ["9", 0]
    return graph


def flux() -> Graph:
    """FLUX: guider, noise, sampler and levels in nodes of their own."""
    return {
        "1": node("UNETLoader", unet_name="flux-clay.safetensors", weight_dtype="default"),
        "2": node(
            "DualCLIPLoader", clip_name1="t5.safetensors", clip_name2="l.safetensors", type="flux"
        ),
        "3": node("CLIPTextEncodeFlux", clip=["2", 0], clip_l="a pot", t5xxl="a pot", guidance=3.2),
        "4": node(
            "LoraLoaderModelOnly", lora_name="kiln.safetensors", strength_model=0.7, model=["1", 0]
        ),
        "5": node(
            "ModelSamplingFlux",
            max_shift=1.15,
            base_shift=0.5,
            width=832,
            height=1216,
            model=["4", 0],
        ),
        "6": node("BasicGuider", model=["5", 0], conditioning=["3", 0]),
        "7": node("RandomNoise", noise_seed=2**63 + 5),
        "8": node("KSamplerSelect", sampler_name="euler"),
        "9": node("BasicScheduler", scheduler="simple", steps=22, denoise=1.0, model=["5", 0]),
        "10": node("EmptySD3LatentImage", width=832, height=1216, batch_size=1),
        "11": node(
            "SamplerCustomAdvanced",
            noise=["7", 0],
            guider=["6", 0],
            sampler=["8", 0],
            sigmas=["9", 0],
            latent_image=["10", 0],
        ),
        "12": node("VAELoader", vae_name="ae.safetensors"),
        "13": node("VAEDecode", samples=["11", 0], vae=["12", 0]),
        "14": node("SaveImage", images=["13", 0]),
    }


def refined() -> Graph:
    """XL: one walk down the noise in two samplers, the second with a refiner."""
    graph = plain()
    first = {**graph["5"]["inputs"]}
    seed, _ = first.pop("seed"), first.pop("denoise")
    graph["5"] = node(
        "KSamplerAdvanced",
        **first,
        noise_seed=seed,
        add_noise="enable",
        start_at_step=0,
        end_at_step=20,
        return_with_leftover_noise="enable",
    )
    graph["20"] = node("CheckpointLoaderSimple", ckpt_name="refiner.safetensors")
    second = {**first, "model": ["20", 0], "latent_image": ["5", 0]}
    graph["21"] = node(
        "KSamplerAdvanced",
        **second,
        noise_seed=0,
        add_noise="disable",
        start_at_step=20,
        end_at_step=10000,
        return_with_leftover_noise="disable",
    )
    graph["6"]["inputs"]["samples"] = ["21", 0]
    return graph


def with_words(words: dict[str, Any], **more: dict[str, Any]) -> Graph:
    """The plain one with another node for its words, and nodes that this one is given."""
    return {**plain(), "2": words, **more}


def text(graph: Graph) -> dict[str, str]:
    """As a picture carries it."""
    return {"prompt": json.dumps(graph)}


def page(graph: Graph, widgets: dict[str, list[str]]) -> dict[str, Any]:
    """The editor's page of a graph: widgets by their order as `widgets` names them ("" for what is
    no input), links by numbers."""
    nodes: list[dict[str, Any]] = []
    links: list[list[Any]] = []
    for key, each in graph.items():
        inputs: list[dict[str, Any]] = []
        for name, value in each["inputs"].items():
            if isinstance(value, list):
                links.append([len(links) + 1, int(value[0]), value[1], int(key), len(inputs), "*"])
                inputs.append({"name": name, "type": "*", "link": len(links)})
        order = widgets.get(each["class_type"], [])
        values = [each["inputs"].get(name, "randomize") for name in order]
        nodes.append(
            {
                "id": int(key),
                "type": each["class_type"],
                "mode": 0,
                "inputs": inputs,
                "outputs": [],
                "widgets_values": values,
            }
        )
    return {"nodes": nodes, "links": links, "version": 0.4}

"""ComfyUI's graphs, each read back as a person who made it would say what it asks for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from core.engine.contract.parity import plan_of
from core.engine.contract.start_levels import start_levels
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.comfyui import reading
from core.metadata.readers.comfyui.graph import STEPS
from core.metadata.readers.comfyui.reading import parse
from core.metadata.readers.comfyui.tables.sampler_nodes import SAMPLER_NODES
from core.metadata.readers.comfyui.widgets import WIDGETS as KNOWN_WIDGETS
from core.metadata.recipes import fields_of, read_texts
from core.sampling.schedules import NoiseTable, sigmas
from core.values.lora import Lora
from core.values.request import Request
from core.values.request_parts.fresh_noise import FreshNoise
from tests.core.metadata.readers import graphs
from tests.core.metadata.readers.graph_samples import (
    GRAPHS,
    NOTED,
    UNKNOWN,
    custom_levels,
    from_picture,
    lora,
)
from tests.core.metadata.readers.graphs import node


def read(graph: graphs.Graph) -> ParsedRecipe:
    """What is made of it; what it is turned into passes every check."""
    found = parse(graphs.text(graph))
    assert found is not None
    Request(**fields_of(found)).check()  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("name", GRAPHS)
def test_what_a_graph_asks_for(name: str) -> None:
    graph, expected = GRAPHS[name]
    found = read(graph)
    assert {key: found.fields.get(key) for key in expected} == expected


def test_what_is_wholly_understood_is_said_without_a_note() -> None:
    found = read(graphs.plain())
    assert (found.approximated, found.ignored, found.version) == ((), (), "ComfyUI")
    assert [(model.kind, model.name) for model in found.models] == [
        ("model", "land/clay-v3.safetensors")
    ]


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_said_and_never_guessed(name: str) -> None:
    graph, absent, word = UNKNOWN[name]
    found = read(graph)
    assert absent not in found.fields and absent not in found.request
    assert any(word in note for note in found.ignored), found.ignored


@pytest.mark.parametrize("name", NOTED)
def test_what_is_made_otherwise_is_said(name: str) -> None:
    graph, word = NOTED[name]
    found = read(graph)
    assert any(word in note for note in (*found.approximated, *found.ignored)), found
    assert str(found.request["prompt"]).startswith("a ")


WIDGETS = {
    "CheckpointLoaderSimple": ["ckpt_name"],
    "CLIPTextEncode": ["text"],
    "EmptyLatentImage": ["width", "height", "batch_size"],
    "KSampler": ["seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"],
    "SaveImage": ["filename_prefix"],
}


def read_page(page: dict[str, Any]) -> ParsedRecipe:
    found = parse({"workflow": json.dumps(page)})
    assert found is not None
    return found


def test_the_editors_page_alone_says_the_same() -> None:
    found = read_page(graphs.page(graphs.plain(), WIDGETS))
    assert found.fields == read(graphs.plain()).fields


@pytest.mark.parametrize("name", GRAPHS)
def test_a_page_says_nothing_else_than_the_graph_that_was_run(name: str) -> None:
    graph, _ = GRAPHS[name]
    by_kind = {kind: list(names) for kind, names in KNOWN_WIDGETS.items()}
    found, run = read_page(graphs.page(graph, by_kind)), read(graph)
    other = {key for key, value in found.fields.items() if value != run.fields.get(key)}
    # the rows of one loader stand in tables that only its own page has
    assert other <= ({"loras"} if name == "LoRAs in a chain" else set())
    lost = run.fields.keys() - found.fields.keys()
    assert not lost or any("not known here" in note for note in found.ignored)


def test_an_older_page_has_no_choice_behind_a_seed() -> None:
    widgets = {**WIDGETS, "KSampler": [name for name in WIDGETS["KSampler"] if name]}
    found = read_page(graphs.page(graphs.plain(), widgets))
    assert found.fields == read(graphs.plain()).fields
    odd = graphs.page(graphs.plain(), WIDGETS)
    sampler = next(each for each in odd["nodes"] if each["type"] == "KSampler")
    sampler["widgets_values"][1] = ["increment"]
    assert not {"steps", "guidance"} & read_page(odd).fields.keys()


def test_what_is_switched_off_on_a_page_does_not_count() -> None:
    graph = graphs.plain() | lora("8", "1", "kiln.safetensors", strength_model=1, strength_clip=1)
    graph["5"]["inputs"]["model"] = ["8", 0]
    page = graphs.page(
        graph, {**WIDGETS, "LoraLoader": ["lora_name", "strength_model", "strength_clip"]}
    )
    loader = next(each for each in page["nodes"] if each["type"] == "LoraLoader")
    assert read_page(page).fields["loras"] == (Lora("kiln", 1),)
    loader["mode"] = 4
    loader["inputs"] = [
        {**each, "type": "MODEL" if each["name"] == "model" else "CLIP"}
        for each in loader["inputs"]
    ]
    loader["outputs"] = [{"type": "MODEL"}, {"type": "CLIP"}]
    assert "loras" not in read_page(page).fields and read_page(page).fields["model"] == "clay-v3"


def test_a_subgraph_is_laid_open() -> None:
    page = graphs.page(graphs.plain(), WIDGETS)
    inside = [
        each
        for each in page["nodes"]
        if each["type"] in ("CLIPTextEncode", "CheckpointLoaderSimple")
    ]
    outside = [each for each in page["nodes"] if each not in inside]
    keys = {each["id"] for each in inside}
    within = [link for link in page["links"] if link[1] in keys and link[3] in keys]
    outputs = [link for link in page["links"] if link[1] in keys and link[3] not in keys]
    definition = {
        "id": "words",
        "nodes": inside,
        "links": [
            {
                "id": number,
                "origin_id": node,
                "origin_slot": slot,
                "target_id": to,
                "target_slot": end,
            }
            for number, node, slot, to, end, _ in within
        ]
        + [
            {
                "id": 100 + place,
                "origin_id": link[1],
                "origin_slot": link[2],
                "target_id": -20,
                "target_slot": place,
            }
            for place, link in enumerate(outputs)
        ],
    }
    for place, link in enumerate(outputs):
        link[1], link[2] = 40, place
    page["nodes"] = [*outside, {"id": 40, "type": "words", "mode": 0, "inputs": [], "outputs": []}]
    page["definitions"] = {"subgraphs": [definition]}
    found = read_page(page)
    assert found.fields == read(graphs.plain()).fields
    # what is typed into the subgraph's own node counts, not what lies in it
    text = next(each for each in inside if each["type"] == "CLIPTextEncode")
    text["inputs"].append({"name": "text", "type": "STRING", "link": 200})
    definition["links"].append(
        {"id": 200, "origin_id": -10, "origin_slot": 1, "target_id": text["id"], "target_slot": 1}
    )
    definition["inputs"] = [{"name": "seed", "type": "INT"}, {"name": "words", "type": "STRING"}]
    assert read_page(page).fields == found.fields
    page["nodes"][-1]["widgets_values"] = [7, "a bowl"]
    assert read_page(page).fields["prompt"] == "a bowl"
    page["nodes"][-1]["widgets_values"] = ["a bowl"]
    assert "prompt" not in read_page(page).fields


def test_the_services_object_of_a_graph_and_its_own_notes() -> None:
    graph = {**graphs.plain(), "extra": {"airs": []}, "extraMetadata": '{"prompt": "x"}'}
    found = read_texts({"parameters": json.dumps(graph)})
    assert (
        found is not None
        and found.format == "comfyui"
        and found.fields == read(graphs.plain()).fields
    )


def test_a_savers_text_fills_what_the_graph_leaves_open() -> None:
    both = graphs.text(graphs.plain(seed=["50", 0])) | {
        "parameters": "a clay pot\nSteps: 26, Sampler: Euler a, CFG scale: 6.5, Seed: 12, "
        "Size: 768x512, Model hash: 0123456789, Model: clay-v3, Version: ComfyUI"
    }
    found = read_texts(both)
    assert found is not None and found.format == "comfyui"
    assert (found.fields["seed"], found.fields["sampler"]) == (12, "dpmpp_2m")
    assert found.request["model_hash"] == "0123456789" and found.models[0].hash == "0123456789"
    assert any(note.startswith("sampler:") for note in found.approximated)


def test_a_graph_in_which_texts_double_is_given_up() -> None:
    graph = graphs.with_words(node("CLIPTextEncode", text=["100", 0], clip=["1", 1]))
    for number in range(100, 140):
        following = [str(number + 1), 0]
        graph[str(number)] = node("StringConcatenate", string_a=following, string_b=following)
    graph["140"] = node("PrimitiveString", value="pot ")
    found = read(graph)
    assert "prompt" not in found.fields
    loop = read({**graph, "140": node("Reroute", any=["100", 0])})
    assert "prompt" not in loop.fields and STEPS < 10**6


def test_our_reading_of_a_graph_renders_as_its_program_does() -> None:
    values: dict[str, Any] = fields_of(read(graphs.hires()))
    request = replace(Request(), **values).check()
    assert request.program == "comfyui" and request.hires.scale == 1.5


def test_texts_that_are_no_graph_are_left_to_others() -> None:
    for text in (
        "{}",
        "[]",
        "null",
        '{"nodes": 3}',
        '{"1": {"class_type": 3}}',
        "a pot",
        '{"nodes": []}',
    ):
        assert reading.parse({"prompt": text}) is None


def by_sampler(sampler: dict[str, Any]) -> graphs.Graph:
    """A graph whose sampler is a node of its own."""
    levels = node("KarrasScheduler", steps=9, sigma_max=14.614642, sigma_min=0.0291675, rho=7.0)
    return {**custom_levels(levels), "71": sampler}


@pytest.mark.parametrize(
    ("sampler", "ours", "noise", "lost"),
    [
        (node("SamplerEulerCFGpp", version="regular"), "euler_cfg_pp", 1.0, ""),
        (node("SamplerEulerCFGpp", version="alternative"), "euler_cfg_pp", 1.0, "version"),
        (node("SamplerLCM", s_noise=1.2, s_noise_end=1.2, noise_clip_std=0.0), "lcm", 1.2, ""),
        (node("SamplerLCM", s_noise=1.2, s_noise_end=1.0), "lcm", 1.2, "s_noise_end"),
        (node("SamplerLCM", s_noise=1.0, noise_clip_std=2.5), "lcm", 1.0, "noise_clip_std"),
    ],
)
def test_samplers_that_are_nodes_say_what_of_them_is_not_had_here(
    sampler: dict[str, Any], ours: str, noise: float, lost: str
) -> None:
    found = read(by_sampler(sampler))
    assert found.fields["sampler"] == ours
    told = found.fields.get("fresh_noise", FreshNoise())
    assert told == FreshNoise(s_noise=noise)
    assert [lost in note for note in found.ignored] == ([True] if lost else []), found.ignored


@pytest.mark.parametrize("sampler", ["dpm_2", "uni_pc", "euler"])
def test_levels_made_apart_keep_their_last_one(sampler: str) -> None:
    """Which KSampler leaves out for some samplers."""
    levels = sigmas("karras", 9)
    found = read(by_sampler(node("KSamplerSelect", sampler_name=sampler)))
    request = Request(**fields_of(found))  # type: ignore[arg-type]
    assert plan_of(request, NoiseTable(), "sd15").levels == pytest.approx(levels)
    plain = read(graphs.plain(sampler_name=sampler, steps=8))
    request = Request(**fields_of(plain))  # type: ignore[arg-type]
    cut = sigmas("karras", 8) if sampler == "euler" else (*levels[:-2], 0.0)
    assert plan_of(request, NoiseTable(), "sd15").levels == pytest.approx(cut)
    assert not found.approximated and not plain.approximated


def test_samplers_that_are_nodes_are_read_from_the_editors_page_too() -> None:
    assert not SAMPLER_NODES.keys() - KNOWN_WIDGETS.keys()


@pytest.mark.parametrize("steps", [12, 14, 25, 28, 29, 150])
def test_steps_left_out_at_the_beginning_leave_the_levels_of_all(steps: int) -> None:
    """However the share of the rest is rounded."""
    for first in range(1, steps):
        graph = from_picture(node("VAEEncode", pixels=["40", 0], vae=["1", 2]))
        inputs = {**graph["5"]["inputs"], "steps": steps, "start_at_step": first}
        del inputs["denoise"]
        graph["5"] = node("KSamplerAdvanced", **{**inputs, "end_at_step": 10_000})
        request = Request(**fields_of(read(graph)))  # type: ignore[arg-type]
        found = start_levels(replace(request, compatibility="comfyui"), NoiseTable(), "sd15")
        assert found.plan.levels == pytest.approx(sigmas("karras", steps)[first:])

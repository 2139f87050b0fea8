"""Group nodes of a page: laid open where they fit together, else closed and said."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.comfyui.reading import parse
from tests.core.metadata.readers import graphs
from tests.core.metadata.readers.test_comfyui import WIDGETS, read

INSIDE = ("CLIPTextEncode", "KSampler")
OUTPUTS = {"CheckpointLoaderSimple": 3, "LoadImage": 2, "SaveImage": 0}


def with_group() -> dict[str, Any]:
    """The plain page, its two texts and its sampler made one node."""
    page = graphs.page(graphs.plain(), WIDGETS)
    for each in page["nodes"]:
        each["outputs"] = [{"type": "*"}] * OUTPUTS.get(each["type"], 1)
    inner = [each for each in page["nodes"] if each["type"] in INSIDE]
    places = {each["id"]: place for place, each in enumerate(inner)}
    links = page["links"]
    within = [link for link in links if link[1] in places and link[3] in places]
    entering = [link for link in links if link[1] not in places and link[3] in places]
    group = {
        "nodes": copy.deepcopy(inner),
        "links": [[places[link[1]], link[2], places[link[3]], link[4], 9, "*"] for link in within],
        "external": [],
    }
    for each in group["nodes"]:
        del each["id"]
    inputs: list[dict[str, Any]] = []
    for each in inner:
        for slot, row in enumerate(each["inputs"]):
            for link in entering:
                if link[3:5] == [each["id"], slot]:
                    seen = any(given["name"] == row["name"] for given in inputs)
                    name = f"{each['type']} {row['name']}" if seen else row["name"]
                    inputs.append({"name": name, "type": "*", "link": link[0]})
    (leaving,) = [link for link in links if link[1] in places and link[3] not in places]
    leaving[1:3] = [40, 0]
    node = {
        "id": 40,
        "type": "workflow>words and noise",
        "mode": 0,
        "inputs": inputs,
        "outputs": [{"type": "LATENT"}],
        "widgets_values": [value for each in inner for value in each["widgets_values"]],
    }
    outside = [each for each in page["nodes"] if each["id"] not in places]
    page["nodes"] = [*outside, node]
    page["links"] = [link for link in links if link not in within]
    page["extra"] = {"groupNodes": {"words and noise": group}}
    return page


def read_page(page: dict[str, Any]) -> ParsedRecipe:
    found = parse({"workflow": json.dumps(page)})
    assert found is not None
    return found


def node_of(page: dict[str, Any]) -> dict[str, Any]:
    return page["nodes"][-1]


@pytest.mark.parametrize("prefix", ["workflow>", "workflow/"])
def test_a_group_says_what_its_nodes_would(prefix: str) -> None:
    page = with_group()
    node_of(page)["type"] = f"{prefix}words and noise"
    found = read_page(page)
    assert found.fields == read(graphs.plain()).fields and not found.ignored


def test_the_values_of_the_groups_node_count() -> None:
    page = with_group()
    node = node_of(page)
    node["widgets_values"] = ["a jug", "fog", 9, "fixed", 4, 2.5, "euler", "normal", 1.0]
    fields = read_page(page).fields
    assert (fields["prompt"], fields["negative_prompt"]) == ("a jug", "fog")
    assert (fields["seed"], fields["steps"], fields["guidance"]) == (9, 4, 2.5)


def broken(page: dict[str, Any], how: str) -> None:
    node = node_of(page)
    group = page["extra"]["groupNodes"]["words and noise"]
    match how:
        case "a value too few":
            node["widgets_values"].pop()
        case "an output too many":
            node["outputs"].append({"type": "*"})
        case "an input of another name":
            node["inputs"][0]["name"] = "what is it"
        case "nothing in it":
            group["nodes"] = []
        case "no such group":
            page["extra"] = {"groupNodes": {"other": group}}
        case "itself in it":
            group["nodes"] = [node]
        case _:
            group["nodes"] = [3, None, "x"]


@pytest.mark.parametrize(
    "how",
    [
        "a value too few",
        "an output too many",
        "an input of another name",
        "nothing in it",
        "no such group",
        "itself in it",
        "nonsense",
    ],
)
def test_what_does_not_fit_is_not_guessed(how: str) -> None:
    page = with_group()
    broken(page, how)
    found = read_page(page)
    assert not {"prompt", "seed", "steps"} & found.fields.keys()
    assert any("group node words and noise" in note for note in found.ignored), found.ignored


def test_hidden_inputs_have_no_place_outside() -> None:
    page = with_group()
    group = page["extra"]["groupNodes"]["words and noise"]
    group["config"] = {"0": {"input": {"clip": {"visible": False}}}}
    clips = [row for row in node_of(page)["inputs"] if row["name"].endswith("clip")]
    node_of(page)["inputs"].remove(clips[0])
    assert read_page(page).fields["prompt"] == "a clay pot on a shelf"

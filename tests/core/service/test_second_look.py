"""What a second look at recipes, adapters and previews found: nothing missing is invented, nothing
damaged is applied in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.engine.diffusion.adapters.lora_change import weight_change
from core.engine.diffusion.adapters.lora_names import plain_name
from core.metadata import native
from core.metadata.recipes import fields_of
from core.models.files.inspection import inspect
from core.models.files.key_layouts.adapter_forms import adapter_layers
from core.prompt.embeddings import ids_with
from core.prompt.loras import lora_argument, parse_lora, split_loras
from core.service.model_previews import own_preview
from core.values.lora import Lora


def test_fields_that_a_recipe_of_ours_lacks_are_not_invented() -> None:
    found = native.parse({"calotype": '{"request": {"prompt": "a", "seed": 1}}'})
    assert found is not None and found.recipe is None
    assert set(fields_of(found)) == {"prompt", "seed"}


def test_a_lone_number_where_a_matrix_is_expected_is_no_crash(tmp_path: Path) -> None:
    save_file({"encoder.0.weight": torch.tensor(1.0)}, tmp_path / "x.safetensors")
    assert inspect(tmp_path / "x.safetensors").kind == "unknown"


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("lycoris_down_blocks_1_attentions_0_proj_in", "unet_down_blocks_1_attentions_0_proj_in"),
        (
            "lycoris_text_encoder_2_text_model_encoder_layers_0_mlp_fc1",
            "te2_encoder_layers_0_mlp_fc1",
        ),
    ],
)
def test_names_of_lycoris_own_wrapper(name: str, ours: str) -> None:
    assert plain_name(name) == ours


def test_a_change_that_lies_the_other_way_is_refused() -> None:
    with pytest.raises(ValueError, match="size"):
        weight_change({"diff": torch.ones(8, 12)}, torch.zeros(12, 8))


@pytest.mark.parametrize(
    ("prompt", "rest"),
    [
        ("a cat <lora:x:1>dog", "a cat dog"),
        ("a cat <lora:x:1> dog", "a cat dog"),
        ("a cat<lora:x:1>, dog", "a cat, dog"),
    ],
)
def test_a_tag_glues_no_words(prompt: str, rest: str) -> None:
    assert split_loras(prompt)[0] == rest


def test_letters_alike_by_another_rule_of_case_are_words() -> None:
    assert ids_with(
        "a k\u0131s b", {"kis": torch.ones(1, 4)}, lambda text: [1] * len(text.split())
    ) == [1, 1, 1]


def test_a_thumbnail_that_is_no_base64_is_none(tmp_path: Path) -> None:
    save_file(
        {"a": torch.ones(1)},
        tmp_path / "m.safetensors",
        {"modelspec.thumbnail": "data:image/png;base64,\u00e9"},
    )
    assert not own_preview(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    "lora", [Lora("style", 0.8), Lora("style", 0.123456789, 0.25), Lora("a:b", -1.0)]
)
def test_a_lora_in_words_comes_back(lora: Lora) -> None:
    assert parse_lora(lora_argument(lora)) == lora


def test_a_damaged_field_costs_the_loras_nothing() -> None:
    found = native.parse(
        {
            "calotype": (
                '{"request": {"prompt": "a", "steps": "x", "loras": [{"id": "x", "weight": '
                '0.123456789, "text_weight": 0.25}]}}'
            )
        }
    )
    assert found is not None and fields_of(found)["loras"] == (Lora("x", 0.123456789, 0.25),)


def test_a_second_adapter_in_a_file_is_counted_as_not_known() -> None:
    names = [f"unet.mid.q.lora_{side}.{name}.weight" for name in ("one", "two") for side in "AB"]
    assert adapter_layers(names).strange == 2

"""What the field's files are: each of them, each mixed with another's names, and whole checkpoints
with what merging leaves behind."""

from __future__ import annotations

import dataclasses
import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models.fetch.catalog import offers
from core.models.files.inspection import inspect
from core.models.files.key_layouts import adapter_family, controls, decoders, denoisers, unets
from core.models.files.key_layouts import table as layouts
from core.models.files.key_layouts.rules import LayoutMatch
from core.models.files.key_layouts.table import identify
from core.models.library.library import Library
from tests.core.models.files import field_files
from tests.core.models.files.field_files import CHECKPOINTS, LEFT_OVER, TABLE, File
from tests.core.models.files.layouts import SD1, write

READY = [row for row in CHECKPOINTS if row.ready]


def ready(found: LayoutMatch) -> bool:
    return found.kind == "checkpoint" and not found.problems


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_field(row: File) -> None:
    found = identify(row.shapes)
    assert (found.kind, found.family) == (row.kind, row.family), found
    assert not row.variant or found.variant == row.variant, found
    assert bool(found.problems) != row.ready, found
    assert all(re.fullmatch(r"[A-Z].*\.", one.sentence, re.DOTALL) for one in found.problems)


def test_there_are_enough_of_them() -> None:
    assert len(TABLE) > 150 and len({row.name for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize(
    "prefix", ["model.diffusion_model.", "diffusion_model.", "module.", "_orig_mod."]
)
@pytest.mark.parametrize(
    "row",
    [
        row
        for row in field_files.DENOISERS
        if not any(name.startswith(("model.", "net.")) for name in row.shapes)
    ],
    ids=lambda row: row.name,
)
def test_a_wrapper_changes_nothing(row: File, prefix: str) -> None:
    found = identify(field_files.within(prefix, row.shapes))
    assert (found.kind, found.family) == (row.kind, row.family), found


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(TABLE), st.sampled_from(TABLE), st.integers(0, 2**32))
def test_one_or_two_names_of_another_make_no_ready_model_of_it(
    row: File, other: File, seed: int
) -> None:
    chosen = random.Random(seed).sample(sorted(other.shapes), min(2, len(other.shapes)))
    found = identify({**row.shapes, **{name: other.shapes[name] for name in chosen}})
    assert not ready(found) or (row.ready and found.family == row.family), (found, chosen)


@pytest.mark.parametrize("left", LEFT_OVER, ids=lambda left: next(iter(left)))
@pytest.mark.parametrize("row", READY, ids=lambda row: row.name)
def test_what_merging_leaves_behind_changes_nothing(row: File, left: field_files.Shapes) -> None:
    assert identify(row.shapes | left) == identify(row.shapes)
    assert ready(identify(row.shapes | left))


@pytest.mark.parametrize("row", READY, ids=lambda row: row.name)
@pytest.mark.parametrize("part", ["first_stage_model.", "cond_stage_model.", "conditioner."])
def test_a_checkpoint_without_a_part_is_one_and_says_what_to_get(row: File, part: str) -> None:
    found = identify(
        {name: shape for name, shape in row.shapes.items() if not name.startswith(part)}
    )
    assert (found.kind, found.family, found.variant) == ("checkpoint", row.family, row.variant)
    assert ready(found) == (not any(name.startswith(part) for name in row.shapes))
    assert ready(found) or "Get the complete checkpoint" in found.problems[0].sentence


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(TABLE), st.integers(0, 2**32))
def test_the_order_of_the_names_means_nothing(row: File, seed: int) -> None:
    names = sorted(row.shapes)
    random.Random(seed).shuffle(names)
    assert identify({name: row.shapes[name] for name in names}) == identify(row.shapes)


def test_widths_that_contradict_each_other_are_no_family() -> None:
    found = identify(
        SD1
        | {
            "model.diffusion_model.input_blocks.5.1.transformer_blocks.3.attn2.to_k.weight": (
                640,
                2048,
            )
        }
    )
    assert found.family == "sd-unknown" and "768, 2048" in found.problems[0].sentence


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.kind == "checkpoint"], ids=lambda row: row.name
)
def test_the_library_offers_only_what_can_be_used(row: File, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    write(models / "x 512 base.safetensors", row.shapes)
    entry = next(entry for entry in Library(models).entries() if entry.source != "built in")
    assert entry.ready == row.ready, entry.sentence


@pytest.mark.parametrize(
    ("said", "family"),
    [
        ("chroma", ""),
        ("kolors", ""),
        ("qwen_image", ""),
        ("wan2.1", ""),
        ("flux1", "flux"),
        ("flux-1-dev/lora", "flux"),
    ],
)
def test_what_the_trainer_noted_tells_strangers_with_the_same_names(
    tmp_path: Path, said: str, family: str
) -> None:
    shapes = next(row.shapes for row in TABLE if row.name == "LoRA FLUX, original names")
    found = inspect(
        write(tmp_path / "x.safetensors", shapes, metadata={"modelspec.architecture": said})
    )
    assert found.kind == "lora" and found.family == family and bool(found.problems) == (not family)


@pytest.mark.parametrize(
    ("said", "family"),
    [
        ("sd_v1", "sd15"),
        ("sd_v2_768_v", "sd21"),
        ("sdxl_base_v1-0", "sdxl"),
        ("stable-diffusion-xl-v1-base/lora", "sdxl"),
        ("stable-diffusion-3-medium", "sd3"),
        ("flux-2-dev", "flux2"),
        ("something v2", ""),
        ("v1", ""),
    ],
)
def test_a_family_is_taken_from_whole_words_of_the_metadata(
    tmp_path: Path, said: str, family: str
) -> None:
    shapes = {
        "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_k.lora_down.weight": (
            8,
            640,
        )
    }
    assert (
        inspect(
            write(tmp_path / "x.safetensors", shapes, metadata={"ss_base_model_version": said})
        ).family
        == family
    )


def test_no_condition_mixes_numbers_that_count_with_numbers_that_do_not() -> None:
    rows = (
        *controls.TABLE,
        *unets.TABLE,
        *unets.LAST,
        *denoisers.TABLE,
        *denoisers.LAST,
        *decoders.VAES,
        *decoders.UPSCALERS,
        *decoders.PARTS,
    )
    mixed = [
        part
        for row in rows
        for condition in (*row.has, *row.lacks, layouts.WHOLE)
        for part in condition.split("|")
        if "#" in part and any(sign.isdecimal() for sign in part)
    ]
    assert mixed == []
    assert all(dataclasses.is_dataclass(row) for row in adapter_family._TABLE)


_FOLDERS = {
    "1.5": ({"cross_attention_dim": 768, "in_channels": 4}, {}, {}, "sd15", ""),
    "XL": (
        {
            "cross_attention_dim": 2048,
            "in_channels": 4,
            "addition_embed_type": "text_time",
            "projection_class_embeddings_input_dim": 2816,
        },
        {},
        {},
        "sdxl",
        "",
    ),
    "Kolors": (
        {
            "cross_attention_dim": 2048,
            "addition_embed_type": "text_time",
            "projection_class_embeddings_input_dim": 5632,
            "encoder_hid_dim": 4096,
            "encoder_hid_dim_type": "text_proj",
        },
        {},
        {},
        "sd-unknown",
        "encoder of its own",
    ),
    "Kolors, projected": (
        {
            "cross_attention_dim": 2048,
            "addition_embed_type": "text_time",
            "projection_class_embeddings_input_dim": 5632,
        },
        {},
        {},
        "sd-unknown",
        "numbers beside",
    ),
    "ModelScope": (
        {"_class_name": "UNet3DConditionModel", "cross_attention_dim": 1024},
        {},
        {},
        "sd-unknown",
        "UNet3DConditionModel",
    ),
    "SVD": (
        {
            "_class_name": "UNetSpatioTemporalConditionModel",
            "cross_attention_dim": [1024, 1024, 1024, 1024],
        },
        {},
        {},
        "sd-unknown",
        "UNetSpatio",
    ),
    "unCLIP": (
        {"cross_attention_dim": 1024, "class_embed_type": "projection"},
        {},
        {},
        "sd-unknown",
        "beside the text",
    ),
    "Kandinsky 2.2": (
        {"cross_attention_dim": 768, "encoder_hid_dim_type": "image_proj"},
        {},
        {},
        "sd-unknown",
        "encoder of its own",
    ),
    "LDM3D": (
        {"cross_attention_dim": 768, "in_channels": 4},
        {"_class_name": "AutoencoderKL", "out_channels": 6},
        {},
        "sd15",
        "6 colours",
    ),
    "Playground 2.5": (
        {"cross_attention_dim": 2048},
        {},
        {"_class_name": "EDMDPMSolverMultistepScheduler"},
        "sdxl",
        "EDM",
    ),
    "widths at odds": ({"cross_attention_dim": [768, 2048]}, {}, {}, "sd-unknown", ""),
}


@pytest.mark.parametrize("name", _FOLDERS)
def test_a_folder_is_told_by_more_than_the_width_of_its_texts(tmp_path: Path, name: str) -> None:
    unet, vae, scheduler, family, why = _FOLDERS[name]
    for part, table, file in (
        ("unet", unet, "config.json"),
        ("vae", vae, "config.json"),
        ("scheduler", scheduler, "scheduler_config.json"),
        ("text_encoder", {}, "config.json"),
        ("tokenizer", {}, "config.json"),
    ):
        (tmp_path / part).mkdir()
        (tmp_path / part / file).write_text(json.dumps(table or {"x": 1}))
        if part in ("unet", "vae", "text_encoder"):
            write(tmp_path / part / "model.safetensors", {"a": (1,)})
    found = inspect(tmp_path)
    assert (found.kind, found.family) == ("checkpoint", family)
    assert (
        (not found.problems)
        if not why
        else any(why in problem.sentence for problem in found.problems)
    ), found.problems


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row.kind == "checkpoint" and row.family in ("sd3", "flux", "flux2")],
    ids=lambda row: row.name,
)
def test_a_denoiser_that_needs_a_folder_says_so_and_how_to_get_one(row: File) -> None:
    said = " ".join(map(str, identify(row.shapes).problems))
    assert (
        "complete diffusers folder" in said
        and "calotype models install" in said
        and "beside" not in said
    )


def test_the_catalogue_promises_no_filling_in() -> None:
    about = next(offer.about for offer in offers() if "inpainting" in offer.name)
    assert "does not do yet" in about

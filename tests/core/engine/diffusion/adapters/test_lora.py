"""Adapters: every spelling and every form of change, applied, removed without a trace,
refused where they do not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.cli.generate import request_of
from core.cli.main import run
from core.cli.shared import rendering
from core.cli.shared.options import GenerateOptions
from core.engine import open_engine
from core.engine.contract.protocol import Engine, EngineSpec
from core.engine.diffusion.adapters.lora_change import weight_change
from core.engine.diffusion.adapters.lora_names import plain_name
from core.models.library.library import Library
from core.system.errors import ModelMissing
from core.values.events import Event, PictureNote
from core.values.job import Job, ModelRef
from core.values.lora import Lora
from core.values.request import Request

STARTER = Library(Path("nowhere")).find("starter").ref()
QUERY = "mid_block.attentions.0.transformer_blocks.0.attn2.to_q"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k",
            "unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k",
        ),
        (
            "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k",
            "unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k",
        ),
        ("base_model.model.unet.mid_block.resnets.0.conv1", "unet_mid_block_resnets_0_conv1"),
        (
            "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q",
            "unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q",
        ),
        ("lora_unet_input_blocks_8_0_in_layers_2", "unet_down_blocks_2_resnets_1_conv1"),
        ("lora_unet_input_blocks_3_0_op", "unet_down_blocks_0_downsamplers_0_conv"),
        ("lora_unet_middle_block_1_proj_in", "unet_mid_block_attentions_0_proj_in"),
        ("lora_unet_output_blocks_5_2_conv", "unet_up_blocks_1_upsamplers_0_conv"),
        (
            "lora_unet_output_blocks_3_1_transformer_blocks_9_ff_net_2",
            "unet_up_blocks_1_attentions_0_transformer_blocks_9_ff_net_2",
        ),
        (
            "unet.up_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out",
            "unet_up_blocks_1_attentions_0_transformer_blocks_0_attn1_to_out_0",
        ),
        ("lora_te_text_model_encoder_layers_3_mlp_fc1", "te1_encoder_layers_3_mlp_fc1"),
        ("lora_te2_text_model_encoder_layers_3_mlp_fc1", "te2_encoder_layers_3_mlp_fc1"),
        ("text_encoder.text_model.encoder.layers.3.mlp.fc1", "te1_encoder_layers_3_mlp_fc1"),
    ],
)
def test_every_spelling_of_a_layer(name: str, expected: str) -> None:
    assert plain_name(name) == expected


def test_forms_of_change() -> None:
    torch.manual_seed(1)
    weight, conv = torch.randn(6, 4), torch.randn(6, 4, 3, 3)
    up, down = torch.randn(6, 2), torch.randn(2, 4)
    alpha = torch.tensor(1.0)
    assert torch.allclose(
        weight_change({"up": up, "down": down, "alpha": alpha}, weight), up @ down / 2
    )
    assert torch.allclose(weight_change({"up": up, "down": down}, weight), up @ down)
    spread, narrow = torch.randn(2, 4, 3, 3), torch.randn(6, 2, 1, 1)
    expected = torch.nn.functional.conv2d(
        torch.nn.functional.conv2d(torch.ones(1, 4, 5, 5), spread), narrow
    )
    got = torch.nn.functional.conv2d(
        torch.ones(1, 4, 5, 5), weight_change({"up": narrow, "down": spread}, conv)
    )
    assert torch.allclose(got, expected, atol=1e-4)
    core, into = torch.randn(2, 2, 3, 3), torch.randn(2, 4, 1, 1)
    chain = torch.nn.functional.conv2d(
        torch.nn.functional.conv2d(torch.nn.functional.conv2d(torch.ones(1, 4, 5, 5), into), core),
        narrow,
    )
    got = torch.nn.functional.conv2d(
        torch.ones(1, 4, 5, 5), weight_change({"up": narrow, "down": into, "mid": core}, conv)
    )
    assert torch.allclose(got, chain, atol=1e-4)
    hada = {
        f"hada_w{k}_{side}": torch.randn(*shape)
        for k in (1, 2)
        for side, shape in (("a", (6, 2)), ("b", (2, 4)))
    }
    product = (hada["hada_w1_a"] @ hada["hada_w1_b"]) * (hada["hada_w2_a"] @ hada["hada_w2_b"])
    assert torch.allclose(weight_change(hada | {"alpha": alpha}, weight), product / 2)
    first, second = torch.randn(2, 2), torch.randn(3, 2)
    assert torch.allclose(
        weight_change({"lokr_w1": first, "lokr_w2": second, "alpha": alpha}, weight),
        torch.kron(first, second),
    )
    low = {"lokr_w1": first, "lokr_w2_a": torch.randn(3, 1), "lokr_w2_b": torch.randn(1, 2)}
    assert torch.allclose(
        weight_change(low, weight), torch.kron(first, low["lokr_w2_a"] @ low["lokr_w2_b"])
    )
    magnitude = torch.rand(6, 1) + 1
    dora = weight + weight_change({"up": up, "down": down, "dora_scale": magnitude}, weight)
    assert torch.allclose(dora.norm(dim=1), magnitude.flatten(), atol=1e-5)
    with pytest.raises(ValueError, match="size"):
        weight_change({"up": up, "down": torch.randn(2, 9)}, weight)
    with pytest.raises(ValueError, match="incomplete"):
        weight_change({"up": up}, weight)


def _shape(layer: str) -> torch.Size:
    from safetensors.torch import load_file

    file = next((Path(STARTER.path) / "unet").glob("*.safetensors"))
    return load_file(file)[f"{layer}.weight"].shape


def _file(folder: Path, name: str, layer: str, out: int, into: int) -> ModelRef:
    torch.manual_seed(2)
    save_file(
        {
            f"{layer}.lora_up.weight": torch.randn(out, 4),
            f"{layer}.lora_down.weight": torch.randn(4, into),
        },
        folder / f"{name}.safetensors",
    )
    return ModelRef(name, name, "", str(folder / f"{name}.safetensors"))


def test_applied_and_taken_off_without_a_trace(tmp_path: Path) -> None:
    out, into = _shape(QUERY)
    ref = _file(tmp_path, "style", "lora_unet_" + QUERY.replace(".", "_"), out, into)
    text = _file(tmp_path, "words", "lora_te_text_model_encoder_layers_0_mlp_fc2", *_text_shape())

    with open_engine(EngineSpec(device="cpu")) as engine:

        def picture(*loras: tuple[ModelRef, Lora]) -> bytes:
            request = Request(
                "a red house",
                seed=4,
                width=64,
                height=64,
                steps=2,
                loras=tuple(lora for _, lora in loras),
            )
            return engine.run(
                Job(request, STARTER, tuple(ref for ref, _ in loras)), lambda event: None
            ).pixels.rgb

        plain = picture()
        styled = picture((ref, Lora("style", 0.8)))
        both = picture((ref, Lora("style", 0.8)), (text, Lora("words", 1.0, 0.5)))
        assert len({plain, styled, both}) == 3
        assert picture((ref, Lora("style", 0.8))) == styled
        assert picture((ref, Lora("style", 0.0)), (text, Lora("words", 1.0, 0.0))) == plain
        foreign = _file(tmp_path, "foreign", "lora_unet_double_blocks_0_img_attn_qkv", 4, 4)
        misfit = _file(tmp_path, "misfit", "lora_unet_" + QUERY.replace(".", "_"), out + 8, into)
        for wrong, reason in ((foreign, "another family"), (misfit, "does not fit")):
            with pytest.raises(ModelMissing, match=reason):
                picture((ref, Lora("style", 0.8)), (wrong, Lora(wrong.id)))
        assert picture() == plain


def _text_shape() -> tuple[int, int]:
    from safetensors.torch import load_file

    tensors = load_file(next((Path(STARTER.path) / "text_encoder").glob("*.safetensors")))
    shape = next(
        value.shape
        for name, value in tensors.items()
        if name.endswith("encoder.layers.0.mlp.fc2.weight")
    )
    return shape[0], shape[1]


def test_the_library_finds_adapters_and_refuses_other_files(tmp_path: Path) -> None:
    (tmp_path / "loras").mkdir()
    ref = _file(tmp_path / "loras", "style", "lora_unet_" + QUERY.replace(".", "_"), 8, 8)
    library = Library(tmp_path)
    assert (
        library.find_lora("style").path == ref.path and library.find_lora(ref.path).name == "style"
    )
    with pytest.raises(ModelMissing, match='no LoRA "other"'):
        library.find_lora("other")
    other = tmp_path / "x.safetensors"
    save_file({"a.b": torch.zeros(3, 3)}, other)
    with pytest.raises(ModelMissing, match="is no LoRA"):
        library.find_lora(str(other))


@pytest.mark.parametrize(
    ("name", "title", "steps", "sampler"),
    [
        ("pytorch_lcm", "", 6, "lcm"),
        ("style", "Lightning 8 step", 4, "euler"),
        ("sdxl_hyper_4step_lora", "", 4, "euler"),
        ("style", "", 20, "dpmpp_2m"),
    ],
)
def test_few_step_adapters_bring_their_defaults(
    tmp_path: Path, name: str, title: str, steps: int, sampler: str
) -> None:
    (tmp_path / "loras").mkdir()
    save_file(
        {
            "lora_unet_mid_block_resnets_0_conv1.lora_down.weight": torch.zeros(1, 4, 3, 3),
            "lora_unet_mid_block_resnets_0_conv1.lora_up.weight": torch.zeros(4, 1, 1, 1),
        },
        tmp_path / "loras" / f"{name}.safetensors",
        {"modelspec.title": title} if title else None,
    )
    for typed in (
        {"prompt": "a house", "lora": [f"{name}:1"]},
        {"prompt": f"a house <lora:{name}:1>"},
    ):
        request = request_of(GenerateOptions.of(**typed), Library(tmp_path))
        assert (request.steps, request.sampler) == (steps, sampler)
        assert request.guidance == (4.0 if sampler == "dpmpp_2m" else 1.0)
        asked = GenerateOptions.of(**typed, steps=11, sampler="heun")
        assert request_of(asked, Library(tmp_path)).steps == 11, "what was asked for wins"


def test_what_is_left_out_is_said_of_every_picture(tmp_path: Path) -> None:
    """Also of the second, for which the adapter is on already; and nothing is said
    where nothing is left out."""
    out, into = _shape(QUERY)
    ref = _file(tmp_path, "style", "lora_unet_" + QUERY.replace(".", "_"), out, into)
    tensors = load_file(ref.path) | {
        "lora_unet_mid_block_resnets_0_conv1.oft_R.weight": torch.ones(2, 3)
    }
    save_file(tensors, tmp_path / "more.safetensors")
    more = ModelRef("more", "more", "", str(tmp_path / "more.safetensors"))
    word = tmp_path / "house.safetensors"
    save_file({"clip_l": torch.zeros(1, 768), "clip_g": torch.zeros(1, 1280)}, word)
    house = ModelRef("house", "house", "", str(word))

    with open_engine(EngineSpec(device="cpu")) as engine:

        def noted(one: ModelRef, *words: ModelRef) -> list[str]:
            heard: list[Event] = []
            request = Request(
                "a red house", seed=4, width=64, height=64, steps=1, loras=(Lora(one.id),)
            )
            engine.run(Job(request, STARTER, (one,), embeddings=words), heard.append)
            return [event.text for event in heard if isinstance(event, PictureNote)]

        for _ in range(2):
            said = noted(more, house)
            assert ["OFT (PEFT)" in said[0], "Stable Diffusion XL" in said[1], len(said)] == [
                True,
                True,
                2,
            ]
        assert noted(ref) == []


def test_the_command_says_it_once_on_stderr(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(spec: EngineSpec) -> Engine:
        return open_engine(replace(spec, runs_in="here"))

    monkeypatch.setattr(rendering, "open_engine", here)
    out, into = _shape(QUERY)
    (tmp_path / "models" / "loras").mkdir(parents=True)
    _file(
        tmp_path / "models" / "loras", "trail ", "lora_unet_" + QUERY.replace(".", "_"), out, into
    )
    arguments = [
        "--data",
        str(tmp_path),
        "generate",
        "a {red} house <lyco:trail :0,8:lbw=ALL>",
        "--steps",
        "1",
        "--size",
        "64x64",
        "--count",
        "2",
        "--json",
    ]
    assert run(arguments) == 0
    told = capfd.readouterr()
    assert len(told.out.splitlines()) == 2, "results only"
    for words in ("{red}", "read as 0.8", '"lbw=ALL" is not understood'):
        assert told.err.count(words) == 1

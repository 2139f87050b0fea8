"""Adapters of flow models: every spelling, against diffusers' own conversion of the original
layouts; on, off, refused."""

from __future__ import annotations

import inspect as inspect_code
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.adapters.lora import WantedAdapter
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.families import rows
from core.engine.diffusion.families.flow import FlowModel
from core.engine.diffusion.families.model import encode_prompts
from core.engine.diffusion.parts.device import choose_device
from core.models.files.inspection import inspect
from core.models.library.library import Library
from core.system.errors import ModelMissing
from core.system.paths import RESOURCES
from core.values.job import Job, ModelRef
from core.values.lora import Lora
from core.values.request import Request
from tests.core.engine.diffusion import flow_models

# diffusers' own use of its older names
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:diffusers")
TOKENIZER = RESOURCES / "starter" / "tokenizer"
Shapes = dict[str, tuple[int, int]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("flow")
    return {
        "sd3": flow_models.sd3(root / "sd3", TOKENIZER),
        "flux": flow_models.flux(root / "flux", TOKENIZER),
    }


def loaded(path: Path) -> FlowModel:
    model = rows.load(str(path), choose_device("cpu"), lambda: None)
    assert isinstance(model, FlowModel)
    return model


def flux_layers() -> Shapes:
    """The original FLUX's matrices at the size of `flow_models.FLUX`, as published in its code."""
    wide, long = 32, 128
    found: Shapes = {
        "img_in": (wide, 64),
        "txt_in": (wide, 96),
        "final_layer.linear": (64, wide),
        "final_layer.adaLN_modulation.1": (2 * wide, wide),
    }
    for name, into in (("time_in", 256), ("guidance_in", 256), ("vector_in", 32)):
        found |= {f"{name}.in_layer": (wide, into), f"{name}.out_layer": (wide, wide)}
    for stream in ("img", "txt"):
        found |= {
            f"double_blocks.0.{stream}_{name}": shape
            for name, shape in {
                "attn.qkv": (3 * wide, wide),
                "attn.proj": (wide, wide),
                "mlp.0": (long, wide),
                "mlp.2": (wide, long),
                "mod.lin": (6 * wide, wide),
            }.items()
        }
    return found | {
        "single_blocks.0.linear1": (3 * wide + long, wide),
        "single_blocks.0.linear2": (wide, wide + long),
        "single_blocks.0.modulation.lin": (3 * wide, wide),
    }


def sd3_layers() -> Shapes:
    """The original Stable Diffusion 3's, two blocks, at the size of `flow_models.SD3`."""
    wide, long = 32, 128
    found: Shapes = {
        "context_embedder": (wide, 96),
        "t_embedder.mlp.0": (wide, 256),
        "t_embedder.mlp.2": (wide, wide),
        "y_embedder.mlp.0": (wide, 64),
        "y_embedder.mlp.2": (wide, wide),
        "final_layer.linear": (64, wide),
        "final_layer.adaLN_modulation.1": (2 * wide, wide),
    }
    for block in range(2):
        last = block == 1
        for stream in ("x", "context"):
            layers = {
                "attn.qkv": (3 * wide, wide),
                "adaLN_modulation.1": ((2 if last and stream == "context" else 6) * wide, wide),
            }
            if not (last and stream == "context"):
                layers |= {
                    "attn.proj": (wide, wide),
                    "mlp.fc1": (long, wide),
                    "mlp.fc2": (wide, long),
                }
            found |= {
                f"joint_blocks.{block}.{stream}_block.{name}": shape
                for name, shape in layers.items()
            }
    return found


def converted(layers: dict[str, torch.Tensor], kind: str) -> dict[str, torch.Tensor]:
    """The same weights in diffusers' layout, by diffusers' own conversion of checkpoints."""
    from diffusers.loaders import single_file_utils as theirs

    file = {
        f"{name}.{what}": tensor if what == "weight" else torch.zeros(len(tensor))
        for name, tensor in layers.items()
        for what in ("weight", "bias")
    }
    if kind == "flux":
        norms = [f"double_blocks.0.{stream}_attn" for stream in ("img", "txt")] + [
            "single_blocks.0"
        ]
        file |= {
            f"{name}.norm.{which}_norm.scale": torch.ones(16)
            for name in norms
            for which in ("query", "key")
        }
        narrow = textwrap.dedent(
            inspect_code.getsource(theirs.convert_flux_transformer_checkpoint_to_diffusers)
        ).replace("3072", "32")
        # their own code at the width of this test's model
        exec(narrow, names := dict(vars(theirs)))
        return names["convert_flux_transformer_checkpoint_to_diffusers"](file)
    file |= {
        "pos_embed": torch.zeros(1, 1024, 32),
        "x_embedder.proj.weight": torch.zeros(32, 16, 2, 2),
        "x_embedder.proj.bias": torch.zeros(32),
    }
    return theirs.convert_sd3_transformer_checkpoint_to_diffusers(file)


def kohya(layer: str) -> str:
    return "lora_unet_" + layer.replace(".", "_")


@pytest.mark.parametrize("kind", ["flux", "sd3"])
@pytest.mark.parametrize(
    "spelling",
    [kohya, lambda layer: f"diffusion_model.{layer}", lambda layer: layer],
    ids=["kohya", "comfyui", "bare"],
)
def test_original_layers_land_where_diffusers_puts_them(
    models: dict[str, Path], kind: str, spelling: Callable[[str], str], tmp_path: Path
) -> None:
    torch.manual_seed(7)
    layers = {
        name: torch.randn(shape)
        for name, shape in (flux_layers() if kind == "flux" else sd3_layers()).items()
    }
    expected = {
        name.removesuffix(".weight"): tensor
        for name, tensor in converted(layers, kind).items()
        if name.endswith(".weight")
        and tensor.ndim == 2
        and tensor.abs().sum() > 0
        and "norm_q" not in name
        and "norm_k" not in name
    }
    save_file(
        {f"{spelling(name)}.diff": tensor for name, tensor in layers.items()},
        tmp_path / "a.safetensors",
    )
    model = loaded(models[kind])
    before = {
        name: module.weight.clone()
        for name, module in model.unet.named_modules()
        if name in expected
    }
    assert set(before) == set(expected)
    model.adapted.apply((WantedAdapter(str(tmp_path / "a.safetensors"), "a", 0.5),))
    for name, tensor in expected.items():
        assert torch.allclose(
            model.unet.get_submodule(name).weight, before[name] + 0.5 * tensor, atol=1e-5
        ), name
    model.adapted.apply(())
    assert all(
        torch.equal(model.unet.get_submodule(name).weight, weight)
        for name, weight in before.items()
    )


def lora(names: dict[str, tuple[int, int]], style: str) -> dict[str, torch.Tensor]:
    """Rank 4 for each layer, in kohya's, PEFT's or XLabs' manner."""
    torch.manual_seed(8)
    down, up = {
        "kohya": (".lora_down", ".lora_up"),
        "peft": (".lora_A", ".lora_B"),
        "xlabs": (".down", ".up"),
    }[style]
    return {
        f"{name}{side}.weight": torch.randn(*shape)
        for name, (rows, columns) in names.items()
        for side, shape in ((down, (4, columns)), (up, (rows, 4)))
    }


@pytest.mark.parametrize(
    ("names", "style", "changed"),
    [
        (
            {"transformer.transformer_blocks.0.attn.to_q": (32, 32)},
            "peft",
            {"transformer_blocks.0.attn.to_q"},
        ),
        (
            {"transformer.single_transformer_blocks.0.proj_out": (32, 160)},
            "peft",
            {"single_transformer_blocks.0.proj_out"},
        ),
        (
            {"single_transformer_blocks.0.proj_mlp": (128, 32)},
            "peft",
            {"single_transformer_blocks.0.proj_mlp"},
        ),
        (
            {"base_model.model.transformer.transformer_blocks.0.attn.to_out.0": (32, 32)},
            "peft",
            {"transformer_blocks.0.attn.to_out.0"},
        ),
        (
            {"lora_transformer_transformer_blocks_0_ff_net_0_proj": (128, 32)},
            "kohya",
            {"transformer_blocks.0.ff.net.0.proj"},
        ),
        (
            {"double_blocks.0.processor.qkv_lora2": (96, 32)},
            "xlabs",
            {f"transformer_blocks.0.attn.add_{x}_proj" for x in "qkv"},
        ),
        (
            {"double_blocks.0.processor.proj_lora1": (32, 32)},
            "xlabs",
            {"transformer_blocks.0.attn.to_out.0"},
        ),
        (
            {"single_blocks.0.processor.qkv_lora": (96, 32)},
            "xlabs",
            {f"single_transformer_blocks.0.attn.to_{x}" for x in "qkv"},
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_other_spellings(
    models: dict[str, Path], names: Shapes, style: str, changed: set[str], tmp_path: Path
) -> None:
    tensors = lora(names, style)
    save_file(tensors, tmp_path / "a.safetensors")
    assert inspect(tmp_path / "a.safetensors").kind == "lora"
    model = loaded(models["flux"])
    before = {name: parameter.clone() for name, parameter in model.unet.named_parameters()}
    model.adapted.apply((WantedAdapter(str(tmp_path / "a.safetensors"), "a"),))
    assert {
        name.removesuffix(".weight")
        for name, parameter in model.unet.named_parameters()
        if not torch.equal(parameter, before[name])
    } == changed
    delta = torch.cat(
        [
            model.unet.get_submodule(name).weight - before[f"{name}.weight"]
            for name in sorted(changed, key=lambda n: "qkv".find(n.removesuffix("_proj")[-1]))
        ]
    )
    down, up = (
        next(t for n, t in tensors.items() if n.endswith(end))
        for end in (
            (".lora_down.weight", ".lora_A.weight", ".down.weight"),
            (".lora_up.weight", ".lora_B.weight", ".up.weight"),
        )
    )
    assert torch.allclose(delta, up @ down, atol=1e-4)


def picture(path: Path, *worn: tuple[ModelRef, Lora], **values: Any) -> bytes:
    request = Request(
        **(
            {
                "prompt": "a red house",
                "seed": 5,
                "steps": 2,
                "width": 64,
                "height": 64,
                "sampler": "euler",
                "schedule": "simple",
                "guidance": 3.0,
                "loras": tuple(one for _, one in worn),
            }
            | values
        )
    )
    return ENGINE.run(
        Job(request, Library(Path("nowhere")).find(str(path)).ref(), tuple(ref for ref, _ in worn)),
        lambda event: None,
    ).pixels.rgb


ENGINE = DiffusionEngine(EngineSpec(device="cpu"))


def test_words_are_adapted_too_and_all_goes_without_a_trace(
    models: dict[str, Path], tmp_path: Path
) -> None:
    def ref(name: str, tensors: dict[str, torch.Tensor]) -> ModelRef:
        save_file(tensors, tmp_path / f"{name}.safetensors")
        return ModelRef(name, name, "", str(tmp_path / f"{name}.safetensors"))

    t5 = ref("t5", lora({"lora_te3_encoder_block_0_layer_1_DenseReluDense_wo": (96, 64)}, "kohya"))
    second = ref(
        "second", lora({"lora_te2_encoder_block_0_layer_1_DenseReluDense_wo": (96, 64)}, "kohya")
    )
    deep = ref("deep", lora({kohya("joint_blocks.0.x_block.attn.qkv"): (96, 32)}, "kohya"))
    plain = picture(models["sd3"])
    assert (
        len(
            {
                plain,
                picture(models["sd3"], (t5, Lora("t5"))),
                picture(models["sd3"], (deep, Lora("deep"))),
            }
        )
        == 3
    )
    assert (
        picture(models["sd3"], (t5, Lora("t5", 1.0, 0.0)), (deep, Lora("deep", 0.0)))
        == plain
        == picture(models["sd3"])
    )
    assert picture(models["flux"], (second, Lora("second"))) != picture(models["flux"])
    foreign = ref(
        "foreign",
        lora(
            {"lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q": (32, 32)},
            "kohya",
        ),
    )
    misfit = ref("misfit", lora({kohya("joint_blocks.0.x_block.attn.qkv"): (64, 32)}, "kohya"))
    for wrong, reason in ((foreign, "another family"), (misfit, "does not fit")):
        with pytest.raises(ModelMissing, match=reason):
            picture(models["sd3"], (wrong, Lora(wrong.id)))
    assert picture(models["sd3"]) == plain


@pytest.mark.parametrize(
    ("layer", "wide", "family"),
    [
        ("transformer.transformer_blocks.0.attn.to_q", 3072, "flux"),
        ("transformer.transformer_blocks.0.attn.to_q", 1536, "sd3"),
        ("transformer.transformer_blocks.0.attn.to_q", 2432, "sd3"),
        ("transformer.transformer_blocks.0.img_mlp.net.2", 3072, ""),
        ("diffusion_model.joint_blocks.3.x_block.attn.qkv", 1536, "sd3"),
        ("lora_unet_double_blocks_0_img_attn_proj", 3072, "flux"),
        ("double_blocks.0.processor.proj_lora1", 3072, "flux"),
        ("transformer.single_transformer_blocks.7.attn.to_k", 3072, "flux"),
    ],
)
def test_the_family_is_read_from_the_header(
    layer: str, wide: int, family: str, tmp_path: Path
) -> None:
    style = "xlabs" if "processor" in layer else "kohya" if layer.startswith("lora_") else "peft"
    save_file(lora({layer: (wide, wide)}, style), tmp_path / "a.safetensors")
    found = inspect(tmp_path / "a.safetensors")
    assert (found.kind, found.family) == ("lora", family)


def test_embeddings_of_flow_models_and_their_notes(models: dict[str, Path], tmp_path: Path) -> None:
    """CLIP's words and T5's, each where the file has vectors so wide; what does not fit is said,
    as is what is not there."""
    model = loaded(models["sd3"])
    widths = [tower.encoder.config.hidden_size for tower in model.towers]
    clip, t5 = model.towers[0].encoder.text_model.embeddings.token_embedding.weight, model.t5
    assert t5 is not None
    cat = t5.tokenizer("cat", add_special_tokens=False).input_ids

    def ref(name: str, tensors: dict[str, torch.Tensor]) -> ModelRef:
        save_file(
            {key: value.clone().contiguous() for key, value in tensors.items()},
            tmp_path / f"{name}.safetensors",
        )
        return ModelRef(name, name, "", str(tmp_path / f"{name}.safetensors"))

    def states(text: str, *words: ModelRef) -> torch.Tensor:
        job = Job(
            Request(text, width=64, height=64), ModelRef("m", "m", "sd3", "x"), embeddings=words
        )
        return encode_prompts(model, job)[0].states

    whole = ref(
        "whole",
        {
            **{f"clip{width}": clip[:2, :width] for width in set(widths)},
            "t5xxl": t5.encoder.shared.weight[cat],
        },
    )
    assert notes_of(model, "a whole", whole) == ()
    said, plain = states("a whole", whole), states("a whole")
    assert not torch.equal(said, plain) and torch.equal(states("a house", whole), states("a house"))
    assert torch.equal(said[:, -t5.length :], states("a cat")[:, -t5.length :]), (
        "T5 read its vectors in the place of the word"
    )
    foreign = ref("foreign", {"emb_params": torch.zeros(1, 1024)})
    assert torch.equal(states("a foreign", foreign), states("a foreign"))
    assert "made for Stable Diffusion 2.x" in notes_of(model, "a foreign", foreign)[0]
    assert "There is no embedding" in notes_of(model, "a embedding:gone")[0]


def notes_of(model: FlowModel, text: str, *words: ModelRef) -> tuple[str, ...]:
    return model.apply_adapters(
        Job(Request(text, width=64, height=64), ModelRef("m", "m", "sd3", "x"), embeddings=words)
    )

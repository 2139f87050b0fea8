"""The UNet gives what diffusers' UNet2DConditionModel gives with the same weights, in every form
that Stable Diffusion has; and its places for hooks, residuals, kept keys and kept features."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from core.engine.diffusion.networks.attention import (
    AttentionCall,
    attend_heads,
    probabilities,
)
from core.engine.diffusion.networks.transformer import Attention, TextKeys
from core.engine.diffusion.networks.unet import DeepFeatures, UNet
from core.system.paths import RESOURCES

# diffusers' own use of its older names
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:diffusers")

SD = {
    "block_out_channels": [16, 32, 32],
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    "cross_attention_dim": 24,
    "attention_head_dim": 4,
    "norm_num_groups": 8,
}
SD2 = SD | {
    "attention_head_dim": [2, 4, 4],
    "use_linear_projection": True,
    "upcast_attention": True,
}
XL = SD | {
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "transformer_layers_per_block": [1, 2, 3],
    "attention_head_dim": [2, 4, 8],
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 20 + 6 * 8,
}
REFINER = SD | {
    "block_out_channels": [16, 32, 32, 32],
    "down_block_types": ["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 2 + ["DownBlock2D"],
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 2 + ["UpBlock2D"],
    "transformer_layers_per_block": 2,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 20 + 5 * 8,
}
STARTER = SD | {
    "block_out_channels": [16, 24, 32],
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "layers_per_block": 1,
}
FORMS: dict[str, dict[str, Any]] = {
    "1.x": SD,
    "2.x": SD2,
    "XL": XL,
    "XL refiner": REFINER,
    "inpainting": SD | {"in_channels": 9},
    "instruct": SD | {"in_channels": 8},
    "starter": STARTER,
    "LCM": SD | {"time_cond_proj_dim": 12},
    # SSD-1B and Segmind Vega: layers taken out of XL
    "XL, thinned": XL
    | {
        "mid_block_type": "UNetMidBlock2D",
        "transformer_layers_per_block": [0, 1, 2],
        "reverse_transformer_layers_per_block": [[2, 1, 3], [1, 2, 1], 1],
    },
    "without a middle": SD | {"mid_block_type": None, "layers_per_block": [1, 2, 1]},
    "text only": SD | {"only_cross_attention": [True, False, False]},
    "edges below": SD | {"downsample_padding": 0},
    "odd widths": SD
    | {
        "block_out_channels": [18, 36, 36],
        "norm_num_groups": 6,
        "attention_head_dim": 3,
        "freq_shift": 1,
        "flip_sin_to_cos": False,
        "time_embedding_dim": 40,
        "conv_in_kernel": 5,
        "conv_out_kernel": 1,
        "norm_eps": 1e-3,
        "cross_attention_dim": [24, 24, 24],
    },
}


@dataclass
class Given:
    """What both networks are told."""

    latents: torch.Tensor
    timestep: torch.Tensor
    states: torch.Tensor
    pooled: torch.Tensor | None = None
    sizes: torch.Tensor | None = None


def given(
    config: dict[str, Any], *, batch: int = 2, size: tuple[int, int] = (8, 8), time: float = 501.0
) -> Given:
    torch.manual_seed(3)
    told = Given(
        torch.randn(batch, config.get("in_channels", 4), *size),
        torch.tensor([time]),
        torch.randn(batch, 7, 24),
    )
    if "addition_embed_type" in config:
        told.pooled = torch.randn(batch, 20)
        count = (config["projection_class_embeddings_input_dim"] - 20) // 8
        told.sizes = torch.randint(0, 1024, (batch, count)).float()
    return told


def pair(config: dict[str, Any]) -> tuple[UNet, UNet2DConditionModel]:
    """Ours and diffusers', with the same weights: all random, norms and biases too."""
    torch.manual_seed(1)
    theirs = UNet2DConditionModel.from_config(config).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    ours = UNet.from_config(config)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


def ours_of(ours: UNet, told: Given, **more: Any) -> torch.Tensor:
    return ours(told.latents, told.timestep, told.states, told.pooled, told.sizes, **more)


def theirs_of(theirs: UNet2DConditionModel, told: Given, **more: Any) -> torch.Tensor:
    if told.pooled is not None:
        more["added_cond_kwargs"] = {"text_embeds": told.pooled, "time_ids": told.sizes}
    return theirs(
        told.latents,
        told.timestep,
        encoder_hidden_states=told.states,
        return_dict=False,
        **more,
    )[0]


def assert_same(ours: torch.Tensor, theirs: torch.Tensor, tolerance: float = 1e-5) -> None:
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    assert (ours - theirs).abs().max() <= tolerance * theirs.abs().max()


@torch.no_grad()
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_what_diffusers_gives(form: str) -> None:
    config = FORMS[form]
    ours, theirs = pair(config)
    whole = given(config)
    odd = given(config, batch=1, size=(5, 7), time=17.25)
    for told in (whole, odd):
        assert_same(ours_of(ours, told), theirs_of(theirs, told))


@torch.no_grad()
def test_time_may_be_whole_or_one_for_each_picture() -> None:
    ours, theirs = pair(STARTER)
    told = given(STARTER)
    for timestep in (torch.tensor([981]), torch.tensor([3, 7]), torch.tensor([3.5, 700.25])):
        told.timestep = timestep
        assert_same(ours_of(ours, told), theirs_of(theirs, told))


@torch.no_grad()
@pytest.mark.parametrize("form", ["2.x", "XL"])
def test_attention_in_slices(form: str) -> None:
    ours, theirs = pair(FORMS[form])
    told = given(FORMS[form])
    plain = ours_of(ours, told)
    ours.set_sliced(True)
    theirs.set_attention_slice("max")
    assert_same(ours_of(ours, told), theirs_of(theirs, told))
    ours.set_sliced(False)
    assert torch.equal(ours_of(ours, told), plain)


@torch.no_grad()
@pytest.mark.parametrize("sliced", [False, True])
@pytest.mark.parametrize("form", ["2.x", "XL"])
def test_half_the_precision(form: str, sliced: bool) -> None:
    ours, theirs = (network.to(torch.bfloat16) for network in pair(FORMS[form]))
    ours.set_sliced(sliced)
    if sliced:
        theirs.set_attention_slice("max")
    told = given(FORMS[form])
    told.latents, told.states = told.latents.bfloat16(), told.states.bfloat16()
    assert_same(ours_of(ours, told), theirs_of(theirs, told), 0.05)
    assert ours.dtype == torch.bfloat16


@torch.no_grad()
@pytest.mark.parametrize("size", [(8, 8), (5, 12)])
@pytest.mark.parametrize("form", ["1.x", "XL"])
def test_freeu(form: str, size: tuple[int, int]) -> None:
    ours, theirs = pair(FORMS[form])
    told = given(FORMS[form], size=size)
    plain = ours_of(ours, told)
    for factors in ((0.9, 0.2, 1.4, 1.6), (0.9, 0.0, 1.4, 1.6)):
        ours.enable_freeu(*factors)
        theirs.enable_freeu(*factors)
        assert_same(ours_of(ours, told), theirs_of(theirs, told))
    ours.enable_freeu(0.9, 0.2, 1.4, 1.6)
    assert not torch.allclose(ours_of(ours, told), plain)
    ours.disable_freeu()
    assert torch.equal(ours_of(ours, told), plain)


@torch.no_grad()
def test_a_distilled_network_is_told_its_guidance() -> None:
    ours, theirs = pair(FORMS["LCM"])
    told = given(SD)
    scale = torch.randn(2, 12)
    assert_same(ours_of(ours, told, guidance=scale), theirs_of(theirs, told, timestep_cond=scale))
    assert not torch.equal(ours_of(ours, told, guidance=scale), ours_of(ours, told))


@torch.no_grad()
def test_residuals_of_a_controlnet() -> None:
    ours, theirs = pair(SD)
    told = given(SD)
    shapes = [(16, 8), (16, 8), (16, 8), (16, 4), (32, 4), (32, 4), (32, 2), (32, 2), (32, 2)]
    down = [torch.randn(2, channels, side, side) for channels, side in shapes]
    middle = torch.randn(2, 32, 2, 2)
    assert_same(
        ours_of(ours, told, down_residuals=down, mid_residual=middle),
        theirs_of(
            theirs,
            told,
            down_block_additional_residuals=tuple(down),
            mid_block_additional_residual=middle,
        ),
    )


@pytest.mark.parametrize("sliced", [False, True])
def test_gradients_are_diffusers(sliced: bool) -> None:
    ours, theirs = pair(XL)
    ours.set_sliced(sliced)
    ours.enable_freeu(0.9, 0.2, 1.4, 1.6)
    theirs.enable_freeu(0.9, 0.2, 1.4, 1.6)
    told = given(XL, size=(5, 6))
    ours_of(ours, told).square().mean().backward()
    theirs_of(theirs, told).square().mean().backward()
    wanted = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    for name, parameter in ours.named_parameters():
        gradient = wanted[name]
        assert parameter.grad is not None and gradient is not None
        assert (parameter.grad - gradient).norm() <= 1e-4 * gradient.norm() + 1e-8, name


@pytest.mark.parametrize(
    ("family", "channels"),
    [("sd15", 8), ("sd21", 4), ("sdxl", 9), ("sdxl-refiner", 4), ("starter", 4)],
)
def test_names_and_shapes_of_the_families(family: str, channels: int) -> None:
    folder = RESOURCES / ("starter" if family == "starter" else f"families/{family}")
    config = json.loads((folder / "unet" / "config.json").read_text("utf-8"))
    config["in_channels"] = channels
    with torch.device("meta"):
        ours, theirs = UNet.from_config(config), UNet2DConditionModel.from_config(config)
    shapes = {name: tensor.shape for name, tensor in ours.state_dict().items()}
    assert shapes == {name: tensor.shape for name, tensor in theirs.state_dict().items()}
    assert ours.device.type == "meta" and ours.config.in_channels == channels


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("class_embed_type", "timestep"),
        ("addition_embed_type", "image"),
        ("act_fn", "gelu"),
        ("attention_type", "gated"),
        ("encoder_hid_dim", 1024),
        ("mid_block_type", "UNetMidBlock2DSimpleCrossAttn"),
        ("down_block_types", ["AttnDownBlock2D", "DownBlock2D", "DownBlock2D"]),
        ("up_block_types", ["UpBlock2D"]),
        ("in_channels", "4"),
        ("norm_num_groups", None),
        ("norm_num_groups", 5),
        ("block_out_channels", None),
        ("block_out_channels", [16, 32]),
        ("attention_head_dim", [4, 4]),
        ("attention_head_dim", 5),
        ("layers_per_block", "2"),
        ("transformer_layers_per_block", [1, [1], 1]),
    ],
)
def test_what_it_does_not_know_it_refuses(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"^\w+ (is|has) .") as refusal:
        UNet.from_config(SD | {key: value})
    if value != [16, 32]:  # where the other lists are too long then
        assert str(refusal.value).startswith(key)


def test_what_xl_lacks_it_says() -> None:
    ours = UNet.from_config(XL)
    told = given(XL)
    told.sizes = None
    with pytest.raises(ValueError, match="size numbers"):
        ours_of(ours, told)


@torch.no_grad()
def test_a_hook_sees_every_layer_and_may_do_its_work() -> None:
    ours, _ = pair(STARTER)
    told = given(STARTER, size=(4, 8))
    plain = ours_of(ours, told)
    seen: list[AttentionCall] = []

    def look(call: AttentionCall) -> torch.Tensor | None:
        """Looks on, and does the work of the cross-attention itself."""
        seen.append(call)
        return probabilities(call.query, call.key) @ call.value if call.cross else None

    ours.set_attention_hook(look)
    assert_same(ours_of(ours, told), plain)
    layers = [name for name, module in ours.named_modules() if isinstance(module, Attention)]
    assert sorted(call.layer for call in seen) == sorted(layers)
    lowest = next(call for call in seen if call.layer.startswith("mid_block") and call.cross)
    assert lowest.layer == "mid_block.attentions.0.transformer_blocks.0.attn2"
    assert lowest.size == (1, 2)
    assert lowest.query.shape == (2, 4, 2, 8) and lowest.key.shape == (2, 4, 7, 8)
    assert {call.cross for call in seen if call.layer.endswith("attn1")} == {False}

    ours.set_attention_hook(
        lambda call: attend_heads(call.query, call.key, torch.zeros_like(call.value))
    )
    assert not torch.allclose(ours_of(ours, told), plain)
    ours.set_attention_hook(None)
    assert torch.equal(ours_of(ours, told), plain)


@torch.no_grad()
@pytest.mark.parametrize("form", ["1.x", "edges below"])
def test_circular_pictures_can_be_laid_side_by_side(form: str) -> None:
    ours, _ = pair(FORMS[form])
    told = given(FORMS[form], size=(8, 16))
    plain = ours_of(ours, told)
    ours.set_joined("xy")
    joined = ours_of(ours, told)
    assert not torch.allclose(joined, plain)
    # what is moved by whole steps of the lowest level comes out moved
    told.latents = told.latents.roll((4, 8), (2, 3))
    assert_same(ours_of(ours, told), joined.roll((4, 8), (2, 3)))
    ours.set_joined("")
    told.latents = told.latents.roll((-4, -8), (2, 3))
    assert torch.equal(ours_of(ours, told), plain)


@torch.no_grad()
@pytest.mark.parametrize("depth", [1, 4, 8])
def test_deep_features_are_kept_and_reused(depth: int) -> None:
    ours, _ = pair(SD)
    told, later = given(SD), given(SD, time=480.0)
    plain, plain_later = ours_of(ours, told), ours_of(ours, later)
    deep = DeepFeatures(depth)
    assert torch.equal(ours_of(ours, told, deep=deep), plain) and deep.kept is not None
    ran: list[object] = []
    ours.get_submodule("mid_block").register_forward_hook(lambda *_: ran.append(None))
    # the same features for the same latents
    assert torch.equal(ours_of(ours, told, deep=deep), plain)
    reused = ours_of(ours, later, deep=deep)
    assert not torch.equal(reused, plain_later) and not ran
    deep.kept = None
    assert torch.equal(ours_of(ours, later, deep=deep), plain_later) and ran


@torch.no_grad()
def test_keys_of_a_text_are_reckoned_once() -> None:
    ours, _ = pair(SD)
    told = given(SD)
    plain = ours_of(ours, told)
    projected: list[object] = []
    layer = ours.get_submodule("mid_block.attentions.0.transformer_blocks.0.attn2")
    assert isinstance(layer, Attention)
    layer.to_k.register_forward_hook(lambda *_: projected.append(None))
    text = TextKeys(told.states)

    def output() -> torch.Tensor:
        return ours(told.latents, told.timestep, text)

    assert torch.equal(output(), plain) and torch.equal(output(), plain)
    assert len(projected) == 1
    layer.to_k.weight.copy_(layer.to_k.weight + 0.5)  # as an adapter does
    changed = output()
    assert torch.equal(changed, ours_of(ours, told)) and not torch.equal(changed, plain)
    assert torch.equal(output(), changed) and len(projected) == 3
    layer.to_v.weight.data = layer.to_v.weight.data + 0.5  # as a move does
    assert torch.equal(output(), ours_of(ours, told))
    with torch.enable_grad():
        output().sum().backward()
    assert layer.to_k.weight.grad is not None

"""The autoencoders give what diffusers' give with the same weights: of every kind that Stable
Diffusion has, of odd sizes, whole and in tiles, and with joined edges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL as DiffusersKL
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny as DiffusersTiny

from core.engine.diffusion.networks.autoencoder import AutoencoderKL
from core.engine.diffusion.networks.layers import Conv2d, set_joined
from core.engine.diffusion.networks.resnet import Downsample
from core.engine.diffusion.networks.tiny_autoencoder import AutoencoderTiny
from core.system.paths import RESOURCES

SMALL: dict[str, Any] = {
    "block_out_channels": [8, 16, 16],
    "down_block_types": ["DownEncoderBlock2D"] * 3,
    "up_block_types": ["UpDecoderBlock2D"] * 3,
    "layers_per_block": 2,
    "norm_num_groups": 4,
}
KINDS: dict[str, dict[str, Any]] = {
    "four latent channels": SMALL,
    "sixteen": SMALL
    | {
        "latent_channels": 16,
        "use_quant_conv": False,
        "use_post_quant_conv": False,
        "shift_factor": 0.06,
    },
    "no attention": SMALL | {"mid_block_add_attention": False, "layers_per_block": 1},
    "one level": SMALL
    | {
        "block_out_channels": (8,),
        "down_block_types": ("DownEncoderBlock2D",),
        "up_block_types": ("UpDecoderBlock2D",),
    },
}
NARROW: dict[str, Any] = {
    "encoder_block_out_channels": (8, 8, 8, 8),
    "decoder_block_out_channels": (8, 8, 8, 8),
}
TINY: dict[str, dict[str, Any]] = {
    "as delivered": {},
    "four latent channels": NARROW,
    "sixteen": NARROW | {"latent_channels": 16},
    "two levels": {
        "encoder_block_out_channels": [8, 8],
        "decoder_block_out_channels": [8, 8],
        "num_encoder_blocks": [1, 2],
        "num_decoder_blocks": [2, 1],
    },
}
SIZES = [(1, 8, 8), (2, 5, 7), (1, 1, 3)]
LARGE = [(1, 20, 9), (2, 8, 33)]  # than a tile
TILE = 8
CONFIGS = sorted(path.relative_to(RESOURCES) for path in RESOURCES.glob("**/vae/config.json"))
TOLERANCE = 1e-5  # of the largest value


def near(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    """The same, to `TOLERANCE`."""
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= TOLERANCE * theirs.abs().max()


def pair(kind: str) -> tuple[Any, AutoencoderKL]:
    """diffusers' network and ours with the same weights, loaded from one into the other and
    back."""
    torch.manual_seed(5)
    theirs: Any = DiffusersKL.from_config(KINDS[kind])
    with torch.device("meta"):
        ours = AutoencoderKL.from_config(KINDS[kind])
    ours.load_state_dict(theirs.state_dict(), assign=True, strict=True)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    return theirs.eval().requires_grad_(False), ours.eval().requires_grad_(False)


def tiny_pair(kind: str) -> tuple[Any, AutoencoderTiny]:
    """The same of tiny autoencoders."""
    torch.manual_seed(6)
    theirs: Any = DiffusersTiny.from_config(TINY[kind])
    with torch.device("meta"):
        ours = AutoencoderTiny.from_config(TINY[kind])
    ours.load_state_dict(theirs.state_dict(), assign=True, strict=True)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    return theirs.eval().requires_grad_(False), ours.eval().requires_grad_(False)


def check(theirs: Any, ours: AutoencoderKL, size: tuple[int, int, int]) -> None:
    """Latents decoded and pixels encoded, of a size that is no multiple of a latent's too."""
    n, h, w = size
    factor = ours.factor
    near(
        ours.decode(latents := torch.randn(n, ours.config.latent_channels, h, w)),
        theirs.decode(latents).sample,
    )
    pixels = torch.randn(n, 3, h * factor + factor // 2, w * factor)
    wanted = theirs.encode(pixels).latent_dist
    found = ours.encode(pixels)
    near(found.mean, wanted.mean)
    near(found.logvar, wanted.logvar)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_gives_what_diffusers_gives(kind: str, size: tuple[int, int, int]) -> None:
    """Whole pictures, one and two at a time."""
    check(*pair(kind), size)


@pytest.mark.parametrize("size", [*LARGE, (1, 8, 8)])
@pytest.mark.parametrize("kind", ["four latent channels", "sixteen"])
def test_it_gives_what_diffusers_gives_in_tiles(kind: str, size: tuple[int, int, int]) -> None:
    """Pictures larger than a tile, and one that is just one; whole again afterwards."""
    theirs, ours = pair(kind)
    theirs.tile_latent_min_size = TILE
    theirs.tile_sample_min_size = TILE * ours.factor
    theirs.enable_tiling()
    ours.tile(TILE)
    check(theirs, ours, size)
    theirs.disable_tiling()
    ours.tile(None)
    check(theirs, ours, size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", TINY)
def test_the_tiny_one_gives_what_diffusers_gives(kind: str, size: tuple[int, int, int]) -> None:
    """Whole pictures, one and two at a time."""
    theirs, ours = tiny_pair(kind)
    n, h, w = size
    latents = 3 * torch.randn(n, ours.config.latent_channels, h, w)
    near(ours.decode(latents), theirs.decode(latents).sample)
    pixels = torch.randn(n, 3, h * ours.factor + 1, w * ours.factor)
    near(ours.encode(pixels), theirs.encode(pixels).latents)


@pytest.mark.parametrize("size", [(1, 40, 17), (2, 16, 31), (1, 5, 6)])
@pytest.mark.parametrize("kind", ["four latent channels", "sixteen"])
def test_the_tiny_one_gives_what_diffusers_gives_in_tiles(
    kind: str, size: tuple[int, int, int]
) -> None:
    """diffusers cuts a tiny one's pictures even where one tile would do."""
    theirs, ours = tiny_pair(kind)
    n, h, w = size
    theirs.tile_latent_min_size = 16
    theirs.tile_sample_min_size = 16 * ours.factor
    theirs.enable_tiling()
    ours.tile(16)
    latents = torch.randn(n, ours.config.latent_channels, h, w)
    near(ours.decode(latents), theirs.decode(latents).sample)
    if ours.config.latent_channels == 4:  # theirs encodes in tiles to no other number
        pixels = torch.randn(n, 3, h * ours.factor, w * ours.factor)
        near(ours.encode(pixels), theirs.encode(pixels).latents)


def test_without_an_encoder_the_tiny_one_decodes_alone() -> None:
    """As files of decoders alone need it."""
    ours = AutoencoderTiny.from_config({}, with_encoder=False)
    assert not any(name.startswith("encoder") for name in ours.state_dict())
    assert ours.encoder is None
    with pytest.raises(ValueError, match="no encoder"):
        ours.encode(torch.zeros(1, 3, 8, 8))


def wrapped(x: torch.Tensor, places: int) -> torch.Tensor:
    """x (n, c, h, w) with so many of its lines from the other side around it."""
    return F.pad(x, (places,) * 4, mode="circular")


def test_with_joined_edges_a_picture_that_is_shifted_decodes_shifted() -> None:
    """By latents, over the edge. Zeros around it come back."""
    _, ours = pair("no attention")
    latents = torch.randn(1, 4, 12, 12)
    plain = ours.decode(latents)
    set_joined(ours, "xy")
    joined = ours.decode(latents)
    moved = ours.decode(latents.roll((3, -5), (2, 3)))
    near(moved, joined.roll((3 * ours.factor, -5 * ours.factor), (2, 3)))
    pixels = torch.randn(1, 3, 48, 48)
    means = ours.encode(pixels).mean
    near(ours.encode(pixels.roll(8, 3)).mean, means.roll(8 // ours.factor, 3))
    set_joined(ours, "")
    assert torch.equal(ours.decode(latents), plain)


@pytest.mark.parametrize("joined", ["x", "y", "xy"])
@pytest.mark.parametrize("height", [20, 5])
def test_tiles_keep_edges_joined(joined: str, height: int) -> None:
    """In a direction of one tile they are joined in it, in the others they fade into each other as
    tiles do."""
    _, ours = pair("no attention")
    latents = torch.randn(1, 4, height, 26)
    pixels = torch.randn(1, 3, height * ours.factor, 26 * ours.factor)
    ours.tile(TILE)
    set_joined(ours, "")
    apart = ours.decode(latents)
    set_joined(ours, joined)
    found = ours.decode(latents)
    assert found.shape == apart.shape == pixels.shape
    assert ours.encode(pixels).mean.shape == latents.shape
    assert all(layer.joined == joined for layer in ours.modules() if isinstance(layer, Conv2d))
    assert not torch.equal(found, apart)
    if height <= TILE * 3 // 4 and "y" in joined:
        moved = ours.decode(latents.roll(2, 2))
        near(moved, found.roll(2 * ours.factor, 2))


def jumps(found: torch.Tensor, wanted: torch.Tensor, axis: int) -> tuple[float, float]:
    """How much a picture's error changes from line to line along the axis: where its edges meet,
    and at most elsewhere."""
    error = (found - wanted).movedim(axis, 0)
    changes = (error - error.roll(1, 0)).abs().flatten(1).mean(1)
    return float(changes[0]), float(changes[1:].max())


def test_the_tiny_one_joins_edges_whole_and_in_tiles() -> None:
    """In tiles the edges meet as smoothly as tiles do, and no tile joins its own."""
    _, ours = tiny_pair("two levels")
    latents = torch.randn(1, 4, 40, 14)
    set_joined(ours, "xy")
    joined = ours.decode(latents)
    near(ours.decode(latents.roll((7, 3), (2, 3))), joined.roll((14, 6), (2, 3)))
    ours.tile(16)
    found = ours.decode(latents)
    assert ours.encode(torch.randn(1, 3, 80, 28)).shape == latents.shape
    set_joined(ours, "")
    apart = ours.decode(latents)
    for axis in (2, 3):
        at_edge, elsewhere = jumps(found, joined, axis)
        assert at_edge < 1.2 * elsewhere
        assert jumps(apart, joined, axis)[0] > 2 * at_edge


@pytest.mark.parametrize(("joined", "axis", "other"), [("x", 3, 2), ("y", 2, 3)])
def test_one_direction_alone_can_be_joined(joined: str, axis: int, other: int) -> None:
    _, ours = pair("no attention")
    latents = torch.randn(1, 4, 12, 12)
    set_joined(ours, joined)
    found = ours.decode(latents)
    near(ours.decode(latents.roll(5, axis)), found.roll(5 * ours.factor, axis))
    moved = ours.decode(latents.roll(5, other)) - found.roll(5 * ours.factor, other)
    assert moved.abs().max() > 0.01 * found.abs().max()


def test_halving_looks_beyond_the_right_and_the_lower_edge() -> None:
    """One place of zeros there; with joined edges, what lies on the other side."""
    layer = Downsample(2, padding=0)
    x = torch.randn(1, 2, 6, 6)
    with torch.no_grad():
        assert torch.equal(layer(x), layer.conv(F.pad(x, (0, 1, 0, 1))))
        set_joined(layer, "xy")
        assert torch.equal(layer(x)[..., -1, -1], layer.conv(wrapped(x, 1)[..., 1:, 1:])[..., 2, 2])


@pytest.mark.parametrize("path", CONFIGS, ids=str)
def test_full_sizes_have_the_same_names_and_shapes(path: Path) -> None:
    """Every configuration that is delivered, without memory for its weights."""
    config = json.loads((RESOURCES / path).read_text())
    with torch.device("meta"):
        ours = AutoencoderKL.from_config(config)
        theirs: Any = DiffusersKL.from_config(config)
    shapes = {name: tensor.shape for name, tensor in ours.state_dict().items()}
    assert shapes == {name: tensor.shape for name, tensor in theirs.state_dict().items()}
    assert {**ours.config, "sample_size": 0} == {
        **ours.config,
        **{name: theirs.config[name] for name in ours.config if not name.startswith("_")},
        "sample_size": 0,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("act_fn", "gelu"),
        ("block_out_channels", []),
        ("block_out_channels", "wide"),
        ("down_block_types", ["AttnDownEncoderBlock2D"] * 3),
        ("up_block_types", ["UpDecoderBlock2D"]),
        ("latent_channels", 0),
        ("norm_num_groups", 5),
    ],
)
def test_what_is_not_known_is_said(name: str, value: Any) -> None:
    """Configurations come from outside."""
    with pytest.raises(ValueError, match=name if name != "norm_num_groups" else "groups"):
        AutoencoderKL.from_config(SMALL | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("act_fn", "gelu"),
        ("upsample_fn", "bilinear"),
        ("decoder_block_out_channels", [8, 16, 8, 8]),
        ("num_encoder_blocks", [1]),
    ],
)
def test_a_tiny_one_that_is_not_known_is_said(name: str, value: Any) -> None:
    """The same of tiny ones."""
    with pytest.raises(ValueError, match=name):
        AutoencoderTiny.from_config({name: value})

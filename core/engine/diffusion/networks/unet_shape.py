"""What a UNet's configuration says of it, read once, checked, and in the order of its blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.engine.diffusion.networks.configuration import Configuration

# What diffusers takes where a configuration is silent.
DEFAULTS: dict[str, Any] = {
    "act_fn": "silu",
    "addition_embed_type": None,
    "addition_time_embed_dim": None,
    "attention_head_dim": 8,
    "attention_type": "default",
    "block_out_channels": [320, 640, 1280, 1280],
    "center_input_sample": False,
    "class_embed_type": None,
    "conv_in_kernel": 3,
    "conv_out_kernel": 3,
    "cross_attention_dim": 1280,
    "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
    "downsample_padding": 1,
    "dual_cross_attention": False,
    "encoder_hid_dim": None,
    "encoder_hid_dim_type": None,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "in_channels": 4,
    "layers_per_block": 2,
    "mid_block_scale_factor": 1,
    "mid_block_type": "UNetMidBlock2DCrossAttn",
    "norm_eps": 1e-5,
    "norm_num_groups": 32,
    "num_attention_heads": None,
    "num_class_embeds": None,
    "only_cross_attention": False,
    "out_channels": 4,
    "projection_class_embeddings_input_dim": None,
    "resnet_time_scale_shift": "default",
    "reverse_transformer_layers_per_block": None,
    "sample_size": None,
    "time_cond_proj_dim": None,
    "time_embedding_act_fn": None,
    "time_embedding_dim": None,
    "time_embedding_type": "positional",
    "timestep_post_act": None,
    "transformer_layers_per_block": 1,
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
    "upcast_attention": False,
    "use_linear_projection": False,
}
_MIDDLE_ATTENTION = {"UNetMidBlock2DCrossAttn": True, "UNetMidBlock2D": False}
_DOWN_ATTENTION = {"CrossAttnDownBlock2D": True, "DownBlock2D": False}
_UP_ATTENTION = {"CrossAttnUpBlock2D": True, "UpBlock2D": False}
# What other networks built of the same parts have, and those of Stable Diffusion have not.
_ALLOWED: dict[str, tuple[object, ...]] = {
    "act_fn": ("silu", "swish"),
    "addition_embed_type": (None, "text_time"),
    "attention_type": ("default",),
    "center_input_sample": (False,),
    "class_embed_type": (None,),
    "dual_cross_attention": (False,),
    "encoder_hid_dim": (None,),
    "encoder_hid_dim_type": (None,),
    "mid_block_scale_factor": (1,),
    "mid_block_type": (None, *_MIDDLE_ATTENTION),
    "num_attention_heads": (None,),
    "num_class_embeds": (None,),
    "resnet_time_scale_shift": ("default",),
    "time_embedding_act_fn": (None,),
    "time_embedding_type": ("positional",),
    "timestep_post_act": (None,),
}
_NUMBERS = ("in_channels", "out_channels", "conv_in_kernel", "conv_out_kernel", "norm_num_groups")
_ADDED = ("addition_time_embed_dim", "projection_class_embeddings_input_dim")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The blocks of one resolution on one side. `depths`: how many transformer blocks follow each
    residual block; none at all where there is no attention."""

    channels: int
    layers: int
    heads: int
    text_width: int
    only_cross: bool
    depths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UNetShape:
    """The levels on the way down, those on the way up, and the one between, which may be missing.
    `time_width` is that of the time's embedding."""

    downs: tuple[Level, ...]
    middle: Level | None
    ups: tuple[Level, ...]
    time_width: int


def shape_of(config: Configuration) -> UNetShape:
    """Raises ValueError, which names key and value, for what the UNet here does not know."""
    for key, allowed in _ALLOWED.items():
        config.require(key, *allowed)
    for key in _NUMBERS if config.addition_embed_type is None else (*_NUMBERS, *_ADDED):
        config.integers(key, 1)
    channels = config.block_out_channels
    if not isinstance(channels, list | tuple):
        raise ValueError(f"block_out_channels is {channels!r}, which is no list")
    count = len(channels)
    if any(
        width % config.norm_num_groups for width in config.integers("block_out_channels", count)
    ):
        raise ValueError(
            f"norm_num_groups is {config.norm_num_groups}, which does not divide {channels}"
        )
    depths = _each(config, "transformer_layers_per_block", count)
    downs = _levels(config, "down_block_types", _DOWN_ATTENTION, depths)
    if config.reverse_transformer_layers_per_block is None:
        depths.reverse()
    else:
        depths = _each(config, "reverse_transformer_layers_per_block", count)
    ups = _levels(config, "up_block_types", _UP_ATTENTION, depths, upwards=True)
    return UNetShape(
        downs=downs,
        middle=_middle(config),
        ups=ups,
        time_width=config.time_embedding_dim or 4 * downs[0].channels,
    )


def _levels(
    config: Configuration,
    key: str,
    attention: Mapping[str, bool],
    depths: list[Any],
    *,
    upwards: bool = False,
) -> tuple[Level, ...]:
    """Of the blocks named under `key`, from the outside in, `upwards` the other way round; on the
    way up each has one residual block more."""
    kinds = _each(config, key, len(depths))
    for kind in kinds:
        if kind not in attention:
            raise ValueError(f"{key} has {kind!r}, which this network does not know")
    order = range(len(kinds) - 1, -1, -1) if upwards else range(len(kinds))
    return tuple(
        _level(
            config,
            place,
            layers=_number(config, "layers_per_block", len(kinds), place) + upwards,
            depth=depth if attention[kind] else 0,
        )
        for place, kind, depth in zip(order, kinds, depths, strict=True)
    )


def _middle(config: Configuration) -> Level | None:
    """None where the network has none. It never looks at the text only."""
    kind = config.mid_block_type
    if kind is None:
        return None
    count = len(config.block_out_channels)
    depths = _each(config, "transformer_layers_per_block", count)
    depth = depths[-1] if _MIDDLE_ATTENTION[kind] else 0
    return replace(_level(config, count - 1, layers=1, depth=depth), only_cross=False)


def _level(config: Configuration, place: int, *, layers: int, depth: object) -> Level:
    """The level of `place`, counted from the outside. Every configuration there is calls the count
    of heads attention_head_dim, the mistake of an early version of diffusers."""
    count = len(config.block_out_channels)
    level = Level(
        channels=_number(config, "block_out_channels", count, place),
        layers=layers,
        heads=_number(config, "attention_head_dim", count, place),
        text_width=_number(config, "cross_attention_dim", count, place),
        only_cross=bool(_each(config, "only_cross_attention", count)[place]),
        depths=_depths(depth, layers),
    )
    if any(level.depths) and level.channels % level.heads:
        raise ValueError(
            f"attention_head_dim has {level.heads}, which does not divide {level.channels} channels"
        )
    return level


def _number(config: Configuration, key: str, count: int, place: int) -> int:
    return config.integers(key, count)[place]


def _each(config: Configuration, key: str, count: int) -> list[Any]:
    """A list of `count`, or one value for all."""
    value = config[key]
    values = list(value) if isinstance(value, list | tuple) else [value] * count
    if len(values) != count:
        raise ValueError(f"{key} is {value!r}, which is not {count} values")
    return values


def _depths(depth: object, layers: int) -> tuple[int, ...]:
    """How many transformer blocks follow each of so many residual blocks: one number for all, or a
    list that may be longer."""
    numbers = list(depth) if isinstance(depth, list | tuple) else [depth] * layers
    whole = [number for number in numbers if isinstance(number, int)]
    if len(numbers) < layers or len(whole) < len(numbers):
        raise ValueError(
            f"transformer_layers_per_block has {depth!r}, which is not {layers} whole numbers"
        )
    return tuple(whole[:layers])

"""A part's configuration is a mapping that can be asked by attribute."""

from __future__ import annotations

import copy
import pickle

import pytest

from core.engine.diffusion.networks.configuration import Configuration


def test_values_defaults_and_unknown_keys() -> None:
    config = Configuration({"in_channels": 9, "ours": [1]}, {"in_channels": 4, "act_fn": "silu"})
    assert config.in_channels == config["in_channels"] == 9
    assert config.act_fn == "silu" and config.ours == [1]
    assert config.get("missing", 3) == 3 and "missing" not in config
    assert dict(config) == {"in_channels": 9, "act_fn": "silu", "ours": [1]}
    with pytest.raises(AttributeError, match="missing"):
        _ = config.missing


def test_copies_are_equal() -> None:
    config = Configuration({"in_channels": 9})
    assert copy.deepcopy(config) == config == pickle.loads(pickle.dumps(config))


def test_numbers_for_each() -> None:
    config = Configuration({"one": 2, "list": [1, 2, 3], "flag": True, "none": None, "zero": 0})
    assert config.integers("one", 3) == (2, 2, 2) and config.integers("list", 3) == (1, 2, 3)
    for key in ("flag", "none", "zero"):
        with pytest.raises(ValueError, match=f"^{key} is {config[key]}"):
            config.integers(key, 2)
    with pytest.raises(ValueError, match=r"^list is \[1, 2, 3\]"):
        config.integers("list", 2)

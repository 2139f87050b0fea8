"""Matrices that lie one after the other stay what they were, whatever is done to one of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.engine.diffusion.networks.convolutions.joined_matrices import joined
from core.engine.diffusion.networks.layers import Linear


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.no_grad():
        yield


def _three() -> list[Linear]:
    torch.manual_seed(0)
    return [Linear(6, width, bias=False) for width in (4, 3, 5)]


def _as_they_are(layers: list[Linear]) -> torch.Tensor:
    return torch.cat([layer.weight.detach() for layer in layers])


def test_matrices_are_joined_without_being_held_twice(tmp_path: Path) -> None:
    layers = _three()
    wanted = _as_they_are(layers)
    whole = joined(layers)
    assert whole is not None
    assert torch.equal(whole, wanted)
    storages = {layer.weight.untyped_storage().data_ptr() for layer in layers}
    assert storages == {whole.untyped_storage().data_ptr()}
    assert whole.untyped_storage().nbytes() == wanted.nbytes
    again = joined(layers)
    assert again is not None
    assert again.data_ptr() == whole.data_ptr()
    save_file({str(n): layer.weight for n, layer in enumerate(layers)}, tmp_path / "three")
    assert torch.equal(torch.cat(list(load_file(tmp_path / "three").values())), wanted)


def test_joined_matrices_follow_what_is_done_to_one() -> None:
    layers = _three()
    joined(layers)
    changes = (
        lambda: layers[1].weight.add_(1.0),  # an adapter
        lambda: layers[2].load_state_dict({"weight": torch.randn(5, 6)}, assign=True),
        lambda: layers[0].double().float(),
        lambda: setattr(layers[1].weight, "data", layers[1].weight.data.clone()),  # a move
    )
    for change in changes:
        change()
        wanted = _as_they_are(layers)
        whole = joined(layers)
        assert whole is not None
        assert torch.equal(whole, wanted)
        assert torch.equal(_as_they_are(layers), wanted)


def test_matrices_that_are_not_alike_are_not_joined() -> None:
    layers = _three()
    assert joined([layers[0], Linear(6, 3)]) is None  # it has a bias
    assert joined([layers[0], Linear(7, 3, bias=False)]) is None
    assert joined([layers[0], layers[1].half()]) is None

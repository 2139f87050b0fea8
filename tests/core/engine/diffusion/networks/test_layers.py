"""Layers give what torch's own give, however their weights lie in memory; and these stay plain
tensors whatever is done to them."""

from __future__ import annotations

import copy
import ctypes
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from core.engine.diffusion.networks import layers
from core.engine.diffusion.networks.convolutions import mapped_pages, onednn, ways
from core.engine.diffusion.networks.convolutions.onednn import by_onednn, is_exact
from core.engine.diffusion.networks.convolutions.winograd import winograd
from core.engine.diffusion.networks.layers import Conv2d, GroupNorm, group_norm_silu
from core.engine.diffusion.parts.eight_bit import with_factors


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(autouse=True)
def _measured_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ways are right on every processor, if not the fastest."""
    monkeypatch.setattr(ways, "_X86", True)


def _apart(found: torch.Tensor, wanted: torch.Tensor) -> float:
    assert found.shape == wanted.shape
    return float((found - wanted).abs().max() / wanted.abs().max())


def _plain(layer: Conv2d, x: torch.Tensor) -> torch.Tensor:
    """What torch makes of it."""
    weight = layer.weight.detach().contiguous()
    padding = layer.padding
    assert not isinstance(padding, str)
    if "x" in layer.joined:
        x = F.pad(x, (padding[1], padding[1], 0, 0), "circular")
        padding = padding[0], 0
    if "y" in layer.joined:
        x = F.pad(x, (0, 0, padding[0], padding[0]), "circular")
        padding = 0, padding[1]
    return F.conv2d(x, weight, layer.bias, layer.stride, padding, layer.dilation, layer.groups)


def _lies_filters_last(layer: Conv2d) -> bool:
    return layer.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("shape", "outputs", "padding"),
    [
        ((2, 8, 16, 16), 8, (1, 1)),
        ((1, 5, 13, 9), 7, (1, 1)),  # tiles stick out
        ((3, 4, 10, 31), 6, (0, 0)),
        ((1, 3, 3, 3), 2, (0, 0)),  # one pixel
        ((2, 4, 5, 5), 4, (2, 1)),
        ((1, 40, 70, 6), 3, (1, 1)),
        ((2, 96, 128, 128), 96, (1, 1)),  # several strips
    ],
)
@pytest.mark.parametrize("last", [False, True], ids=["channels first", "channels last"])
def test_winograd(
    shape: tuple[int, ...], outputs: int, padding: tuple[int, int], last: bool
) -> None:
    torch.manual_seed(0)
    x = torch.randn(shape)
    if last:
        x = x.contiguous(memory_format=torch.channels_last)
    weight = torch.randn(outputs, shape[1], 3, 3)
    bias = torch.randn(outputs)
    assert _apart(winograd(x, weight, bias, padding), F.conv2d(x, weight, bias, 1, padding)) < 1e-5
    assert _apart(winograd(x, weight, None, padding), F.conv2d(x, weight, None, 1, padding)) < 1e-5


def test_winograd_is_as_near_as_a_plain_convolution() -> None:
    torch.manual_seed(0)
    x, weight = torch.randn(1, 320, 16, 16), torch.randn(320, 320, 3, 3)
    exact = F.conv2d(x.double(), weight.double(), padding=1)
    assert _apart(winograd(x, weight, None, (1, 1)).double(), exact) < 4e-6


@pytest.mark.parametrize(
    ("channels", "outputs", "kernel", "options", "size"),
    [
        (320, 320, 3, {"padding": 1}, (2, 16, 16)),
        (320, 640, 3, {"padding": 1}, (2, 5, 7)),  # few pixels: a product of matrices
        (320, 320, 3, {"padding": 1, "stride": 2}, (2, 15, 16)),
        (320, 320, 3, {"padding": 0, "stride": 2}, (1, 9, 9)),
        (128, 128, 3, {"padding": 1}, (1, 48, 48)),
        (128, 128, 3, {"padding": 1}, (1, 8, 8)),
        (128, 160, 1, {}, (2, 6, 5)),
        (12, 20, 1, {}, (3, 6, 5)),
        (12, 20, 1, {"bias": False}, (3, 6, 5)),
        (48, 64, 3, {"padding": 1}, (2, 16, 16)),  # few pixels of a narrow layer
        (48, 64, 3, {"padding": 1, "stride": 2}, (2, 15, 16)),
        (4, 4, 3, {"padding": 1, "bias": False}, (1, 7, 7)),
        (128, 160, 1, {"stride": 2}, (2, 6, 5)),
        (128, 160, 1, {"padding": 1}, (2, 6, 5)),
        (320, 320, 3, {"padding": 2, "dilation": 2}, (1, 16, 16)),
        (320, 320, 3, {"padding": 1, "groups": 2}, (1, 16, 16)),
        (4, 320, 3, {"padding": 1}, (2, 16, 16)),
        (320, 4, 3, {"padding": 1, "bias": False}, (2, 16, 16)),
        (320, 320, 3, {"padding": 1, "bias": False}, (2, 4, 4)),
    ],
)
def test_a_convolution_is_torchs(
    channels: int, outputs: int, kernel: int, options: dict[str, int], size: tuple[int, ...]
) -> None:
    torch.manual_seed(0)
    layer = Conv2d(channels, outputs, kernel, **options)
    x = torch.randn(size[0], channels, *size[1:])
    wanted = _plain(layer, x)
    assert _apart(layer(x), wanted) < 1e-5
    assert _apart(layer(x.contiguous(memory_format=torch.channels_last)), wanted) < 1e-5


@pytest.mark.parametrize("joined", ["x", "y", "xy"])
@pytest.mark.parametrize(
    ("channels", "outputs", "options", "size"),
    [
        (320, 320, {"padding": 1}, (2, 24, 16)),  # Winograd
        (320, 320, {"padding": 1}, (2, 5, 7)),  # a product of matrices
        (320, 320, {"padding": 1, "stride": 2}, (2, 15, 16)),
        (128, 128, {"padding": 1}, (1, 8, 8)),  # filters kept packed
        (4, 12, {"padding": 1}, (1, 9, 6)),  # torch's own
    ],
)
def test_joined_edges_are_seen_by_every_way(
    channels: int,
    outputs: int,
    options: dict[str, int],
    size: tuple[int, ...],
    joined: str,
) -> None:
    torch.manual_seed(0)
    layer = Conv2d(channels, outputs, 3, **options)
    x = torch.randn(size[0], channels, *size[1:])
    without = _plain(layer, x)
    layer.joined = joined
    wanted = _plain(layer, x)
    assert _apart(layer(x), wanted) < 1e-5
    assert _apart(wanted, without) > 1e-2


def _layer() -> tuple[Conv2d, torch.Tensor]:
    """One whose filters are brought into another order, and something to put through it."""
    torch.manual_seed(0)
    return Conv2d(320, 320, 3, padding=1), torch.randn(2, 320, 16, 16)


def test_weights_are_read_by_their_names_in_any_order() -> None:
    layer, x = _layer()
    before = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    layer(x)
    assert _lies_filters_last(layer)
    after = layer.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)
    other = Conv2d(320, 320, 3, padding=1)
    other.load_state_dict(after)
    assert torch.equal(other.weight, before["weight"])


def test_a_change_in_place_counts_at_once_and_leaves_no_trace() -> None:
    layer, x = _layer()
    before = layer.weight.detach().clone()
    first = layer(x)
    pristine = layer.weight.detach().clone()
    layer.weight.add_(torch.randn(320, 320, 3, 3) * 0.01)
    changed = layer(x)
    assert _apart(changed, _plain(layer, x)) < 1e-5
    assert _apart(changed, first) > 1e-3
    layer.weight.copy_(pristine)
    assert torch.equal(layer.weight, before)
    assert torch.equal(layer(x), first)


def test_filters_that_a_narrow_layer_keeps_never_grow_old() -> None:
    torch.manual_seed(0)
    layer = Conv2d(48, 48, 3, padding=1)
    x = torch.randn(2, 48, 8, 8)
    first = layer(x)
    assert torch.equal(layer(x), first)
    layer.weight.add_(0.5)
    assert _apart(layer(x), _plain(layer, x)) < 1e-5
    layer.weight.data = torch.randn(48, 48, 3, 3)
    assert _apart(layer(x), _plain(layer, x)) < 1e-5
    wider = torch.randn(1, 48, 4, 9)
    assert _apart(layer(wider), _plain(layer, wider)) < 1e-5
    layer.joined = "xy"
    assert _apart(layer(x), _plain(layer, x)) < 1e-5
    copied = copy.deepcopy(layer)
    copied.weight.mul_(2)
    assert _apart(copied(x), _plain(copied, x)) < 1e-5
    assert list(layer.state_dict()) == ["weight", "bias"]


def test_weights_that_are_replaced_count_at_once() -> None:
    layer, x = _layer()
    layer(x)
    state = {"weight": torch.randn(320, 320, 3, 3), "bias": torch.randn(320)}
    layer.load_state_dict(state, assign=True)
    assert _apart(layer(x), F.conv2d(x, state["weight"], state["bias"], padding=1)) < 1e-5
    layer.weight.data = state["weight"] * 2
    wanted = F.conv2d(x, state["weight"] * 2, state["bias"], padding=1)
    assert _apart(layer(x), wanted) < 1e-5


def test_a_layer_that_was_moved_or_converted_is_right() -> None:
    layer, x = _layer()
    wanted = layer(x)
    assert _apart(layer.double()(x.double()), wanted.double()) < 1e-5
    assert _apart(layer.float()(x), wanted) < 1e-5
    for tensor in layer._parameters.values():  # as layers are offloaded one by one
        assert tensor is not None
        tensor.data = tensor.data.clone()
    assert _apart(layer(x), wanted) < 1e-5


def test_nothing_is_kept_beside_the_weights() -> None:
    layer, x = _layer()
    before = set(vars(layer))
    layer(x)
    assert set(vars(layer)) == before
    assert layer.weight.untyped_storage().nbytes() == layer.weight.nbytes


def test_gradients_go_torchs_own_way() -> None:
    layer, x = _layer()
    with torch.enable_grad():
        layer(x).sum().backward()
    assert layer.weight.grad is not None
    assert not _lies_filters_last(layer)


def test_other_processors_go_torchs_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, x = _layer()
    monkeypatch.setattr(ways, "_X86", False)
    assert torch.equal(layer(x), F.conv2d(x, layer.weight, layer.bias, padding=1))
    assert not _lies_filters_last(layer)


def test_weights_of_a_mapped_file_can_be_read_after_their_pages_were_given_back(
    tmp_path: Path,
) -> None:
    layer, x = _layer()
    wanted = layer(x)
    save_file({name: t.contiguous() for name, t in layer.state_dict().items()}, tmp_path / "one")
    mapped = load_file(tmp_path / "one")
    other = Conv2d(320, 320, 3, padding=1)
    other.load_state_dict(mapped, assign=True)
    assert torch.equal(other(x), wanted)
    assert torch.equal(mapped["weight"], layer.weight)


def _resident(file: Path) -> int:
    """Bytes of a mapped file in this process' memory: proc_pid_smaps(5)."""
    _, entry = Path("/proc/self/smaps").read_text().split(str(file))
    return next(int(line.split()[1]) * 1024 for line in entry.splitlines() if line[:4] == "Rss:")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives single pages back")
def test_weights_of_half_precision_lie_in_memory_once_when_they_are_converted(
    tmp_path: Path,
) -> None:
    file = tmp_path / "half.safetensors"
    wanted = {f"{number}.weight": torch.randn(1024, 1024).half() for number in range(4)}
    save_file(wanted, file)
    weights = load_file(file)
    held = dict(weights)  # the mapping stays
    found = with_factors(weights, {}, torch.float32)
    assert _resident(file) < wanted["0.weight"].nbytes
    assert all(torch.equal(found[name], wanted[name].float()) for name in wanted)
    assert torch.equal(held["3.weight"], wanted["3.weight"])
    with_factors(held, {}, torch.float16)  # nothing is converted, and nothing given back
    assert held == {}


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="glibc since 2.33")
def test_large_holes_are_closed_and_small_ones_left(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(mapped_pages, "close_holes", lambda: closed.append(True))
    monkeypatch.setattr(mapped_pages, "_HOLES", 1 << 50)
    mapped_pages.close_large_holes()
    assert not closed
    monkeypatch.setattr(mapped_pages, "_HOLES", 1)
    mapped_pages.close_large_holes()
    assert closed


def test_what_adapters_wrote_over_a_mapped_file_stays_for_whoever_holds_it(tmp_path: Path) -> None:
    layer, x = _layer()
    save_file(layer.state_dict(), tmp_path / "one")
    layer.load_state_dict(load_file(tmp_path / "one"), assign=True)
    assert layer.weight._version == 0  # as it lies in the file: such pages are dropped at once
    layer.weight.add_(1.0)
    held = layer.weight.data
    wanted = held.clone()
    layer(x)
    assert _lies_filters_last(layer)
    assert torch.equal(held, wanted)


_LINES = (
    b"7f0000000000-7f0000010000 rw-p 00000000 08:01 17 /home/me/My Models/one.safetensors",
    b"7f0000010000-7f0000020000 rw-p 00000000 08:01 17 /home/me/\xff\xe2\x80\xa8\rcaf\xe9 x",
    b"7f0000020000-7f0000030000 rw-p 00000000 00:00 0 ",
    b"7f0000030000-7f0000040000 rw-p 00000000 00:00 0                          [heap]",
    b"",
)


@pytest.mark.parametrize(
    ("address", "of_file"),
    [
        (0x7F0000000000, True),
        (0x7F000001FFFF, True),
        (0x7F0000020000, False),
        (0x7F0000030000, False),
        (0x1000, False),
    ],
)
def test_pages_of_files_of_any_name_are_known(
    address: int, of_file: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maps = tmp_path / "maps"
    maps.write_bytes(b"\n".join(_LINES))
    monkeypatch.setattr(mapped_pages, "_MAPS", maps)
    assert mapped_pages._is_of_file(address) is of_file
    monkeypatch.setattr(mapped_pages, "_MAPS", tmp_path / "hidden")
    assert not mapped_pages._is_of_file(address)


@pytest.mark.parametrize("samples", [1, 2])
def test_large_pictures_with_channels_last_are_normalised_exactly(
    samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "_STRIP", 100_000)
    torch.manual_seed(0)
    norm = GroupNorm(2, 16)
    x = torch.randn(samples, 16, 300, 250) + 2  # the last strip is a smaller one
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    wanted = F.group_norm(x.double(), 2, norm.weight.double(), norm.bias.double(), norm.eps)
    x = x.contiguous(memory_format=torch.channels_last)
    kept = x.clone()
    assert _apart(norm(x).double(), wanted) < 1e-6
    assert _apart(group_norm_silu(norm, x).double(), F.silu(wanted)) < 1e-6
    assert torch.equal(x, kept)


def _permission() -> str:
    mkldnn: Any = torch.backends.mkldnn
    return mkldnn.matmul.fp32_precision


def test_products_by_onednn_are_exact_and_leave_no_setting_behind() -> None:
    torch.manual_seed(0)
    one, other = torch.randn(4, 96, 200), torch.randn(4, 200, 64)
    wanted = one.double() @ other.double()
    before = _permission()
    with by_onednn():
        assert (_permission() != before) is is_exact()
        assert _apart((one @ other).double(), wanted) < 1e-6
    assert _permission() == before
    with pytest.raises(ZeroDivisionError), by_onednn():
        _ = 1 / 0
    assert _permission() == before


@pytest.mark.parametrize(
    "capabilities",
    [{"avx2": True}, {"avx512_f": True, "amx_tile": True}, {"avx512_f": True, "amx_bf16": True}],
)
def test_no_processor_that_would_round_is_permitted_to(
    capabilities: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    assert not is_exact.__wrapped__()


def test_where_torch_makes_no_use_of_avx512_its_products_are_not_counted_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_f": True})
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    monkeypatch.setattr(onednn, "_is_exact", lambda *shape: True)
    assert not is_exact.__wrapped__()
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    assert is_exact.__wrapped__() == torch.backends.mkldnn.is_available()

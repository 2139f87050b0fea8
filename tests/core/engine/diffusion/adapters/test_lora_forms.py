"""Every form of adapter against the published rule, reckoned another way: index by index, or by
what the layer gives for an input.

The rules: LyCORIS' modules locon, loha, lokr, glora, diag_oft, boft, ia3, norms,
full (their `get_merged_weight`), kohya-ss' networks/oft.py, PEFT's LoraLayer;
where they differ the test says so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from core.engine.diffusion.adapters.lora import AdaptedNetworks, WantedAdapter
from core.engine.diffusion.adapters.lora_change import bias_change, weight_change
from core.engine.diffusion.parts import eight_bit
from core.models.files.inspection import inspect
from core.system.errors import ModelMissing

Part = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def _same_numbers() -> None:
    torch.manual_seed(7)


def merged(weight: torch.Tensor, part: Part, strength: float = 1.0) -> torch.Tensor:
    return weight + weight_change(part, weight, strength)


def close(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, atol=2e-5)


def low_rank(out: int, into: int, rank: int = 2) -> Part:
    return {
        "up": torch.randn(out, rank),
        "down": torch.randn(rank, into),
        "alpha": torch.tensor(1.0),
    }


# --- DoRA ---


def by_output(changed: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """LyCORIS with wd_on_out: each output's weights get its length, one after the other."""
    return torch.stack(
        [
            row / row.flatten().norm() * length
            for row, length in zip(changed, lengths.flatten(), strict=True)
        ]
    )


def by_input(changed: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """LyCORIS without: each input's."""
    return torch.stack(
        [
            changed[:, i] / changed[:, i].flatten().norm() * length
            for i, length in enumerate(lengths.flatten())
        ],
        1,
    )


@pytest.mark.parametrize(
    ("shape", "lengths", "rule"),
    [
        ((6, 6), (1, 6), by_input),
        ((6, 6), (6, 1), by_output),
        ((6, 6), (6,), by_output),
        ((6, 4), (1, 4), by_input),
        ((6, 4), (6, 1), by_output),
        ((6, 4), (6,), by_output),
        ((6, 4), (4,), by_input),
        ((6, 4), (1, 6), by_output),
        ((1, 4), (1, 4), by_input),
        ((1, 4), (1, 1), by_output),
        ((6, 6, 3, 3), (1, 6, 1, 1), by_input),
        ((6, 6, 3, 3), (6, 1, 1, 1), by_output),
        ((6, 4, 3, 3), (1, 4, 1, 1), by_input),
        ((6, 6, 1, 1), (1, 6), by_input),
    ],
)
def test_dora_by_input_and_by_output(
    shape: tuple[int, ...],
    lengths: tuple[int, ...],
    rule: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> None:
    weight, learnt = torch.randn(shape), torch.rand(lengths) + 0.5
    flat = low_rank(shape[0], weight[0].numel())
    if len(shape) == 4:
        flat |= {"up": flat["up"][:, :, None, None], "down": flat["down"].view(-1, *shape[1:])}
    plain = merged(weight, flat)
    got = merged(weight, flat | {"dora_scale": learnt})
    assert close(got, rule(plain, learnt))
    # as ComfyUI and AUTOMATIC1111: half of the whole change; LyCORIS keeps W + delta at 0
    half = merged(weight, flat | {"dora_scale": learnt}, 0.5)
    assert close(half, (weight + got) / 2)


def test_pefts_magnitude_is_of_outputs_in_every_shape() -> None:
    """PEFT's convolution keeps it as (1, out, 1, 1), where LyCORIS' shape would be of inputs."""
    weight, learnt = torch.randn(6, 6, 3, 3), torch.rand(1, 6, 1, 1) + 0.5
    part = {"up": torch.randn(6, 2, 1, 1), "down": torch.randn(2, 6, 3, 3)}
    assert close(
        merged(weight, part | {"magnitude": learnt}), by_output(merged(weight, part), learnt)
    )


def test_dora_with_every_form_that_has_a_product() -> None:
    weight, learnt = torch.randn(6, 6), torch.rand(1, 6) + 0.5
    for part in (loha(6, 6), lokr_full(), {"diff": torch.randn(6, 6)}):
        assert close(
            merged(weight, part | {"dora_scale": learnt}), by_input(merged(weight, part), learnt)
        )
    with pytest.raises(ValueError, match="lengths"):
        weight_change(low_rank(6, 6) | {"dora_scale": torch.ones(5)}, weight)


# --- LoRA, LoCon, LoHa, LoKr ---


@pytest.mark.parametrize(("alpha", "scale"), [(None, 1.0), (0.0, 1.0), (1.0, 0.5), (4.0, 2.0)])
def test_alpha_by_rank_and_one_where_it_is_nought_or_absent(
    alpha: float | None, scale: float
) -> None:
    part = low_rank(6, 4)
    del part["alpha"]
    part |= {} if alpha is None else {"alpha": torch.tensor(alpha)}
    x = torch.randn(3, 4)
    assert close(
        F.linear(x, weight_change(part, torch.zeros(6, 4))),
        F.linear(F.linear(x, part["down"]), part["up"]) * scale,
    )


def loha(out: int, into: int) -> Part:
    return {
        "hada_w1_a": torch.randn(out, 2),
        "hada_w1_b": torch.randn(2, into),
        "hada_w2_a": torch.randn(out, 2),
        "hada_w2_b": torch.randn(2, into),
    }


def test_loha_index_by_index_and_with_cores() -> None:
    part = loha(5, 4) | {"alpha": torch.tensor(1.0)}
    expected = torch.tensor(
        [
            [
                sum(float(part["hada_w1_a"][o, r] * part["hada_w1_b"][r, i]) for r in range(2))
                * sum(float(part["hada_w2_a"][o, r] * part["hada_w2_b"][r, i]) for r in range(2))
                / 2
                for i in range(4)
            ]
            for o in range(5)
        ]
    )
    assert close(weight_change(part, torch.zeros(5, 4)), expected)
    conv = {
        f"hada_w{k}_{side}": torch.randn(2, wide)
        for k in (1, 2)
        for side, wide in (("a", 3), ("b", 4))
    }
    conv |= {f"hada_t{k}": torch.randn(2, 2, 2, 2) for k in (1, 2)}
    got = weight_change(conv, torch.zeros(3, 4, 2, 2))
    for o, i, h, w in ((0, 0, 0, 0), (2, 3, 1, 0), (1, 2, 0, 1)):
        one, two = (
            sum(
                float(
                    conv[f"hada_t{k}"][a, b, h, w]
                    * conv[f"hada_w{k}_a"][a, o]
                    * conv[f"hada_w{k}_b"][b, i]
                )
                for a in range(2)
                for b in range(2)
            )
            for k in (1, 2)
        )
        assert float(got[o, i, h, w]) == pytest.approx(one * two, abs=1e-4)
    flat = loha(3, 4 * 9)  # a convolution without cores: one matrix
    assert close(
        weight_change(flat, torch.zeros(3, 4, 3, 3)).flatten(1),
        weight_change(flat, torch.zeros(3, 36)),
    )


def lokr_full() -> Part:
    return {"lokr_w1": torch.randn(2, 3), "lokr_w2": torch.randn(3, 2)}


def test_lokr_in_all_its_parts() -> None:
    def expected(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        (a, b), (c, d) = first.shape, second.shape[:2]
        found = torch.zeros(a * c, b * d, *second.shape[2:])
        for i in range(a * c):
            for j in range(b * d):
                found[i, j] = first[i // c, j // d] * second[i % c, j % d]
        return found

    full = lokr_full()
    want = expected(full["lokr_w1"], full["lokr_w2"])
    assert close(weight_change(full, torch.zeros(6, 6)), want)
    assert close(weight_change(full | {"alpha": torch.tensor(0.125)}, torch.zeros(6, 6)), want), (
        "two full matrices have no rank: alpha counts for nothing"
    )
    w1a, w1b, w2a, w2b = torch.randn(2, 1), torch.randn(1, 3), torch.randn(3, 1), torch.randn(1, 2)
    both = {
        "lokr_w1_a": w1a,
        "lokr_w1_b": w1b,
        "lokr_w2_a": w2a,
        "lokr_w2_b": w2b,
        "alpha": torch.tensor(0.5),
    }
    assert close(weight_change(both, torch.zeros(6, 6)), expected(w1a @ w1b, w2a @ w2b) / 2)
    first = {
        "lokr_w1_a": w1a,
        "lokr_w1_b": w1b,
        "lokr_w2": full["lokr_w2"],
        "alpha": torch.tensor(0.5),
    }
    assert close(weight_change(first, torch.zeros(6, 6)), expected(w1a @ w1b, full["lokr_w2"]) / 2)
    core, a, b = torch.randn(2, 2, 3, 3), torch.randn(2, 3), torch.randn(2, 2)
    second = torch.zeros(3, 2, 3, 3)
    for i in range(3):
        for j in range(2):
            second[i, j] = sum(core[r, s] * a[r, i] * b[s, j] for r in range(2) for s in range(2))
    tucker = {
        "lokr_w1": full["lokr_w1"],
        "lokr_t2": core,
        "lokr_w2_a": a,
        "lokr_w2_b": b,
        "alpha": torch.tensor(1.0),
    }
    assert close(
        weight_change(tucker, torch.zeros(6, 6, 3, 3)), expected(full["lokr_w1"], second) / 2
    )
    flat = {
        "lokr_w1": full["lokr_w1"],
        "lokr_w2_a": torch.randn(3, 1),
        "lokr_w2_b": torch.randn(1, 2 * 9),
    }
    # (ac, b * d k k), which LyCORIS then views as (ac, bd, k, k)
    rows = expected(full["lokr_w1"], flat["lokr_w2_a"] @ flat["lokr_w2_b"])
    assert close(weight_change(flat, torch.zeros(6, 6, 3, 3)).flatten(1), rows)


# --- GLoRA, OFT, BOFT, IA3: by what the layer gives ---


@pytest.mark.parametrize("old", [False, True])
def test_glora_adds_b_and_w_a(old: bool) -> None:
    """f(x) = W x + W A x + B x. LyCORIS before 3 wrote both products the other way round."""
    weight, x = torch.randn(6, 4), torch.randn(3, 4)
    a_out, a_in, b_out, b_in = (
        torch.randn(4, 2),
        torch.randn(2, 4),
        torch.randn(6, 2),
        torch.randn(2, 4),
    )
    names = ("a2", "a1", "b2", "b1") if old else ("a1", "a2", "b1", "b2")
    part = dict(zip(names, (a_out, a_in, b_out, b_in), strict=True)) | {"alpha": torch.tensor(1.0)}
    inner = F.linear(F.linear(x, a_in), a_out) / 2
    assert close(
        F.linear(x, merged(weight, part)),
        F.linear(x, weight) + F.linear(inner, weight) + F.linear(F.linear(x, b_in), b_out) / 2,
    )
    conv, picture = torch.randn(6, 4, 3, 3), torch.randn(1, 4, 5, 5)
    part = {
        "a1": torch.randn(4, 2, 1, 1),
        "a2": torch.randn(2, 4, 1, 1),
        "b1": torch.randn(6, 2, 1, 1),
        "b2": torch.randn(2, 4, 3, 3),
    }
    inner = F.conv2d(F.conv2d(picture, part["a2"]), part["a1"])
    assert close(
        F.conv2d(picture, merged(conv, part)),
        F.conv2d(picture, conv)
        + F.conv2d(inner, conv)
        + F.conv2d(F.conv2d(picture, part["b2"]), part["b1"]),
    )


def turns(blocks: torch.Tensor, bound: float = 0.0) -> torch.Tensor:
    """Cayley's R of each block, by solving instead of inverting; Q no longer than the
    bound where there is one."""
    q = blocks - blocks.mT
    if bound and q.norm() > bound:
        q = q / q.norm() * bound
    one = torch.eye(blocks.shape[-1])
    return torch.linalg.solve((one - q).mT, (one + q).mT).mT


@pytest.mark.parametrize("alpha", [None, 0.0, 0.01, 100.0])
def test_oft_turns_outputs_in_blocks(alpha: float | None) -> None:
    """kohya-ss: x = org_forward(x) @ block_diag(R), with |Q| at most alpha times the outputs."""
    blocks, weight, x = torch.randn(3, 2, 2), torch.randn(6, 4), torch.randn(5, 4)
    part = {"oft_blocks": blocks} | ({} if alpha is None else {"alpha": torch.tensor(alpha)})
    whole = torch.block_diag(*turns(blocks, (alpha or 0.0) * 6))
    assert close(F.linear(x, merged(weight, part)), F.linear(x, weight) @ whole)
    assert close(whole @ whole.mT, torch.eye(6)), "a turn"
    half = 0.5 * whole + 0.5 * torch.eye(6)
    assert close(F.linear(x, merged(weight, part, 0.5)), F.linear(x, weight) @ half)
    conv, picture = torch.randn(6, 4, 3, 3), torch.randn(2, 4, 5, 5)
    expected = (F.conv2d(picture, conv).permute(0, 2, 3, 1) @ whole).permute(0, 3, 1, 2)
    assert close(F.conv2d(picture, merged(conv, part)), expected)
    lengths = torch.rand(6, 1) + 0.5
    assert close(merged(weight, part | {"rescale": lengths}), lengths * merged(weight, part))
    assert close(merged(weight, part | {"rescale": lengths}, 0.0), weight)
    with pytest.raises(ValueError, match="blocks"):
        weight_change({"oft_blocks": torch.zeros(2, 2, 2)}, weight)


def test_boft_turns_butterflies_of_blocks() -> None:
    """LyCORIS (v2.1): "(c g k) ... -> (c k g) ...", blocks of b, and back,
    with g = 2 and k = 2**i * b / 2."""
    for stages, b, out in ((2, 4, 8), (3, 2, 8), (1, 4, 4), (4, 2, 16)):
        blocks, weight = torch.randn(stages, out // b, b, b) * 0.3, torch.randn(out, 5)
        whole = torch.eye(out)
        for i in range(stages):
            k = 2**i * b // 2
            place = [0] * out  # where row (c, g, k) goes
            for c in range(out // (2 * k)):
                for g in range(2):
                    for r in range(k):
                        place[c * 2 * k + r * 2 + g] = c * 2 * k + g * k + r
            shuffle = torch.eye(out)[place]
            whole = shuffle.T @ torch.block_diag(*turns(blocks[i])) @ shuffle @ whole
        assert close(merged(weight, {"oft_blocks": blocks}), whole @ weight)
        assert close(merged(weight, {"oft_blocks": blocks}, 0.0), weight)


def test_ia3_lengthens_inputs_or_outputs() -> None:
    weight, x = torch.randn(6, 4), torch.randn(3, 4)
    outputs, inputs = torch.randn(6), torch.randn(4)
    assert close(
        F.linear(x, merged(weight, {"weight": outputs, "on_input": torch.tensor(0)})),
        F.linear(x, weight) * (1 + outputs),
    )
    assert close(
        F.linear(x, merged(weight, {"weight": inputs, "on_input": torch.tensor(1)}, 0.5)),
        F.linear(x * (1 + inputs / 2), weight),
    )
    conv, picture = torch.randn(6, 4, 3, 3), torch.randn(1, 4, 5, 5)
    got = F.conv2d(
        picture, merged(conv, {"weight": inputs.view(1, 4, 1, 1), "on_input": torch.tensor(1)})
    )
    assert close(got, F.conv2d(picture * (1 + inputs.view(1, 4, 1, 1)), conv))


def test_differences_norms_and_biases() -> None:
    weight, bias = torch.randn(6, 4), torch.randn(6)
    assert close(merged(weight, {"diff": weight}, 0.5), weight * 1.5) and close(
        merged(weight, {"set_weight": torch.zeros(6, 4)}), torch.zeros(6, 4)
    )
    assert close(merged(bias, {"w_norm": torch.ones(6)}, 0.25), bias + 0.25)
    for role in ("diff_b", "b_norm"):
        found = bias_change({role: torch.ones(6)}, bias, 0.5)
        assert found is not None and close(found, torch.full((6,), 0.5))
    found = bias_change(low_rank(6, 4) | {"up_bias": torch.ones(6)}, bias)
    assert found is not None and close(found, torch.full((6,), 0.5)), (
        "PEFT: the bias of B times alpha / rank"
    )
    assert bias_change(low_rank(6, 4), bias) is None
    for part, shape in (
        ({"diff": torch.ones(3)}, (6, 4)),
        ({"w_norm": torch.ones(3)}, (6,)),
        ({"weight": torch.ones(3), "on_input": torch.tensor(1)}, (6, 4)),
    ):
        with pytest.raises(ValueError, match="the model's"):
            weight_change(part, torch.zeros(shape))


# --- on a model ---


class Net(nn.Module):
    """Layers of every kind under names that files use."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(4, 6, 3)
        self.mid = nn.ModuleDict(
            {
                "q": nn.Linear(6, 6),
                "k": nn.Linear(6, 6, bias=False),
                "norm1": nn.LayerNorm(6),
                "norm2": nn.GroupNorm(2, 6),
            }
        )
        self.big = nn.Linear(192, 192)


class Words(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)


def net(kind: torch.dtype = torch.float32) -> tuple[Net, AdaptedNetworks, dict[str, torch.Tensor]]:
    made, words = Net().to(kind), Words()
    adapted = AdaptedNetworks(made, (words, None))
    return (
        made,
        adapted,
        {
            name: values.clone()
            for name, values in (
                made.state_dict() | {f"te.{k}": v for k, v in words.state_dict().items()}
            ).items()
        },
    )


def wear(
    adapted: AdaptedNetworks, folder: Path, tensors: dict[str, torch.Tensor], weight: float = 1.0
) -> tuple[str, ...]:
    path = folder / "x.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    adapted.restore()
    return adapted.apply((WantedAdapter(str(path), "x", weight, weight),))


def lora(layer: str, out: int, into: int) -> dict[str, torch.Tensor]:
    return {
        f"{layer}.lora_up.weight": torch.randn(out, 2),
        f"{layer}.lora_down.weight": torch.randn(2, into),
    }


ALL = {
    "lora_unet_conv_in.diff": (6, 4, 3, 3),
    "lora_unet_conv_in.diff_b": (6,),
    "lora_unet_mid_norm1.w_norm": (6,),
    "lora_unet_mid_norm1.b_norm": (6,),
    "lora_unet_mid_norm2.b_norm": (6,),
    "lora_unet_mid_q.diff_b": (6,),
    "lora_unet_big.diff": (192, 192),
    "lora_unet_big.diff_b": (192,),
    "lora_te_fc.diff_b": (4,),
}


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16])
def test_biases_and_norms_change_and_come_back_bit_by_bit(
    kind: torch.dtype, tmp_path: Path
) -> None:
    made, adapted, before = net(kind)
    assert (
        wear(adapted, tmp_path, {name: torch.ones(shape) for name, shape in ALL.items()}, 0.5) == ()
    )
    after = made.state_dict()
    for name in (
        "conv_in.weight",
        "conv_in.bias",
        "mid.norm1.weight",
        "mid.norm1.bias",
        "mid.norm2.bias",
        "mid.q.bias",
        "big.weight",
        "big.bias",
    ):
        assert torch.equal(after[name], (before[name].float() + 0.5).to(kind)), name
    assert torch.equal(after["mid.q.weight"], before["mid.q.weight"]) and torch.equal(
        after["mid.norm2.weight"], before["mid.norm2.weight"]
    )
    adapted.restore()
    assert all(torch.equal(values, before[name]) for name, values in made.state_dict().items())


def test_eight_bit_layers_change_beside_their_weights(tmp_path: Path) -> None:
    made = Net()
    eight_bit.quantise(made)
    adapted = AdaptedNetworks(made, ())
    before = {name: values.clone() for name, values in made.state_dict().items()}
    plain = made.big.effective_weight(torch.float32)  # type: ignore[operator]
    tensors = {name: torch.ones(shape) for name, shape in ALL.items() if "te_" not in name}
    assert wear(adapted, tmp_path, tensors | lora("lora_unet_mid_q", 6, 6)) == ()
    assert torch.allclose(
        made.big.effective_weight(torch.float32), plain + 1, atol=0.02
    ) and torch.equal(made.big.bias, before["big.bias"] + 1)  # type: ignore[operator]
    adapted.restore()
    assert torch.equal(made.big.effective_weight(torch.float32), plain)  # type: ignore[operator]
    assert all(
        torch.equal(values, before[name])
        for name, values in made.state_dict().items()
        if name in before
    )


LEFT_OUT = {  # what a file holds beside a good layer: what a person is told
    "oft": (
        {"lora_unet_conv_in.oft_R.weight": (2, 3)},
        "1 layer of OFT (PEFT), which Calotype does not apply",
    ),
    "bundle": (
        {
            "bundle_emb.word.string_to_param.*": (2, 4),
            "bundle_emb.word.clip_l": (2, 4),
            "bundle_emb.more.clip_l": (2, 4),
        },
        "2 embeddings",
    ),
    "elsewhere": ({"lora_unet_gone.diff_b": (3,)}, "1 layer that this model does not have"),
    "te2": (
        {"lora_te2_fc.diff": (4, 4), "lora_te2_gc.diff": (4, 4)},
        "2 layers of text encoders that this model does not have",
    ),
    "half": ({"lora_unet_mid_q.lora_up.weight": (6, 2)}, "1 layer that is incomplete"),
    "no bias": ({"lora_unet_mid_k.diff_b": (6,)}, "1 bias that this model does not have"),
    "strange": ({"lora_unet_conv_in.frobnicate": (3,)}, "1 tensor of which nothing is known"),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_is_not_known_is_listed_and_the_rest_applied(what: str, tmp_path: Path) -> None:
    shapes, told = LEFT_OUT[what]
    made, adapted, before = net()
    good = (
        lora("lora_unet_conv_in", 6, 36)
        | lora("lora_unet_big", 192, 192)
        | {"lora_te_fc.diff": torch.ones(4, 4)}
    )
    tensors = good | {name: torch.ones(shape) for name, shape in shapes.items()}
    (said,) = wear(adapted, tmp_path, tensors)
    assert (
        said.startswith('The LoRA "x" also holds')
        and told in said
        and said.endswith("the rest is applied.")
    )
    assert not torch.equal(made.big.weight, before["big.weight"])
    assert adapted.apply(adapted.applied) == (said,), "said again for the next picture"
    found = inspect(tmp_path / "x.safetensors")
    assert (found.kind, found.problems) == ("lora", ())


def test_layers_without_numbers_are_left_out_or_the_whole_is_refused(tmp_path: Path) -> None:
    _, adapted, _ = net()
    many = {
        f"lora_unet_{name}.diff": torch.ones(shape)
        for name, shape in (("conv_in", (6, 4, 3, 3)), ("mid_q", (6, 6)), ("mid_k", (6, 6)))
    }
    for bad in (float("nan"), float("inf"), -float("inf")):
        one = many | {"lora_unet_mid_q.diff": torch.full((6, 6), bad)}
        (said,) = wear(adapted, tmp_path, one)
        assert "1 layer whose values are not numbers" in said
        with pytest.raises(
            ModelMissing, match=r"not numbers \(NaN or infinite\) in all of its 3 layers"
        ) as caught:
            wear(
                adapted,
                tmp_path,
                {name: torch.full_like(value, bad) for name, value in many.items()},
            )
        assert "copy" in caught.value.hint
    with pytest.raises(ModelMissing, match="not numbers"):
        wear(
            adapted,
            tmp_path,
            lora("lora_unet_mid_q", 6, 6) | {"lora_unet_mid_q.alpha": torch.tensor(float("nan"))},
        )


# files of which nothing can be applied: a word of the true cause, and whether the header tells it
NOTHING = {
    "torn": (
        {"lora_unet_mid_q.lora_up.weight": (6, 2), "lora_unet_mid_q.lora_down.weight": (3, 6)},
        "do not go together in its only layer",
        False,
    ),
    "alpha": (
        {
            "lora_unet_mid_q.lora_up.weight": (6, 2),
            "lora_unet_mid_q.lora_down.weight": (2, 6),
            "lora_unet_mid_q.alpha": (3,),
        },
        "damaged",
        False,
    ),
    "family": ({"lora_unet_double_blocks_0_img_attn_qkv.diff": (4, 4)}, "another family", False),
    "mostly": (
        {f"lora_unet_down_{i}.diff": (4, 4) for i in range(9)} | {"lora_unet_mid_q.diff": (6, 6)},
        "another family",
        False,
    ),
    "sizes": ({"lora_unet_mid_q.diff": (5, 5)}, "does not fit this model", False),
    "form": (
        {"lora_unet_mid_q.oft_R.weight": (2, 3), "lora_unet_mid_k.oft_R.weight": (2, 3)},
        "form that Calotype does not apply: 2 layers of OFT",
        True,
    ),
    "boft": (
        {"base_model.model.mid.q.boft_R": (1, 2, 3, 3), "base_model.model.mid.q.boft_s": (6, 1)},
        "BOFT",
        True,
    ),
    "vera": (
        {
            "base_model.model.mid.q.vera_lambda_b": (6,),
            "base_model.model.mid.q.vera_lambda_d": (2,),
        },
        "VeRA",
        True,
    ),
    "ia3": ({"base_model.model.mid.q.ia3_l": (6, 1)}, "IA3", True),
    "half": (
        {"lora_unet_mid_q.lora_up.weight": (6, 2), "lora_unet_mid_k.lora_up.weight": (6, 2)},
        "incomplete: each of its 2 layers lacks a part",
        True,
    ),
    "lone": (
        {"lora_unet_mid_q.lora_down.weight": (6, 2), "lora_unet_mid_q.alpha": ()},
        "incomplete: its layer lacks a part",
        True,
    ),
    "no bias": ({"lora_unet_mid_k.diff_b": (6,)}, "no bias to change", False),
}


@pytest.mark.parametrize("what", NOTHING)
def test_where_nothing_can_be_applied_the_cause_is_the_true_one(what: str, tmp_path: Path) -> None:
    shapes, cause, told = NOTHING[what]
    made, adapted, before = net()
    with pytest.raises(ModelMissing, match='The LoRA "x"') as caught:
        wear(adapted, tmp_path, {name: torch.ones(shape) for name, shape in shapes.items()})
    assert cause in caught.value.message and caught.value.hint
    assert (
        all(torch.equal(values, before[name]) for name, values in made.state_dict().items())
        and adapted.applied == ()
    )
    found = inspect(tmp_path / "x.safetensors")
    assert found.kind == "lora"
    assert not told or [
        cause.lower() in problem.sentence.lower() for problem in found.problems
    ] == [True]


def test_a_doubtful_family_is_said_though_it_is_applied(tmp_path: Path) -> None:
    _, adapted, _ = net()
    some = {f"lora_unet_down_{i}.diff": torch.ones(4, 4) for i in range(2)} | {
        f"lora_unet_mid_{name}.diff": torch.ones(6, 6) for name in "qk"
    }
    first, second = wear(adapted, tmp_path, some)
    assert (
        "2 layers that this model does not have" in first
        and "another family: 2 of its 4 layers" in second
    )


@pytest.mark.parametrize(
    ("layer", "target"),
    [
        ("lora_unet_out_0", "conv_norm_out"),
        ("lora_unet_input_blocks_1_0_in_layers_0", "down_blocks_0_resnets_0_norm1"),
        (
            "lora_unet_input_blocks_1_1_transformer_blocks_0_norm1",
            "down_blocks_0_attentions_0_transformer_blocks_0_norm1",
        ),
        ("diffusion_model.mid.q", "mid_q"),
        ("model.diffusion_model.mid.q", "mid_q"),
    ],
)
def test_norms_and_whole_models_by_their_original_names(
    layer: str, target: str, tmp_path: Path
) -> None:
    unet = SimpleNamespace(named_modules=lambda: [(target, nn.LayerNorm(6))])
    adapted: Any = AdaptedNetworks(unet, ())
    assert wear(adapted, tmp_path, {f"{layer}.w_norm": torch.ones(6)}) == ()

"""What each form of adapter adds to a layer's weight, reckoned in float32
from the untouched weight W.

LoRA (Hu et al. 2022) scale * up @ down, with a core tensor between them in LoCon; LoHa (w1a @
w1b) * (w2a @ w2b) (Hyeon-Woo et al. 2022); LoKr w1 (x) w2 (Yeh et al. 2024); GLoRA B + W A (Chavan
et al. 2023); OFT R W with Cayley's R = (1 + Q)(1 - Q)^-1 in diagonal blocks (Qiu et al. 2023) or in
butterflies of them (Liu et al. 2024); IA3 (Liu et al. 2022) lengths along one side; full
differences. DoRA (Liu et al. 2024) rescales the changed weight to learnt lengths of its outputs, in
LyCORIS' files also of its inputs. scale is alpha / rank, 1 where the file names no alpha or 0.
"""

from __future__ import annotations

import torch

from core.models.files.key_layouts.adapter_forms import weight_form

Part = dict[str, torch.Tensor]
_EPS = 1e-12


class DamagedLayer(ValueError):
    """The parts of a layer do not go together, whatever the model."""


def weight_change(part: Part, weight: torch.Tensor, strength: float = 1.0) -> torch.Tensor:
    """The change of a layer's `weight` (out, in, ...) at a strength, float32 and of its shape.

    Raises ValueError where parts are missing or its size is not the model's, DamagedLayer where its
    parts contradict one another.
    """
    form = weight_form(part)
    if not form:
        raise ValueError("it is incomplete")
    own = weight.float()
    if form == "oft":
        return _turned(part, own, strength)
    if form == "ia3":
        return _along(part["weight"].float(), own, by_input=bool(part["on_input"])) * strength
    if form == "set":
        return (_shaped(part["set_weight"].float(), own) - own) * strength
    delta = _shaped(_of_parts(form, part, own), own) * _scale(part)
    if "dora_scale" in part or "magnitude" in part:
        delta = _with_lengths(own, delta, part)
    return delta * strength


def _of_parts(form: str, part: Part, weight: torch.Tensor) -> torch.Tensor:
    try:
        return _PRODUCTS[form](part, weight)
    except (RuntimeError, IndexError) as fault:
        if form == "glora":  # which multiplies with the model's weight
            raise ValueError("its parts are not for the model's size") from fault
        raise DamagedLayer("its parts do not go together") from fault


def bias_change(part: Part, bias: torch.Tensor, strength: float = 1.0) -> torch.Tensor | None:
    """The change of a layer's bias (out,), None where the parts have none.
    Raises ValueError where sizes differ, DamagedLayer where alpha is no number."""
    for role in ("diff_b", "b_norm"):
        if role in part:
            return _shaped(part[role].float(), bias) * strength
    if "up_bias" in part:
        return _shaped(part["up_bias"].float(), bias) * _scale(part) * strength
    return None


def _shaped(delta: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    if delta.numel() != weight.numel() or (delta.ndim > 1 and delta.shape[0] != weight.shape[0]):
        raise ValueError(f"its size {tuple(delta.shape)} is not the model's {tuple(weight.shape)}")
    return delta.reshape(weight.shape)


def _scale(part: Part) -> float:
    """alpha / rank; 1 for forms without a rank (full matrices), and where alpha is 0 or absent."""
    ranked = ("down", "hada_w1_b", "lokr_w1_b", "lokr_w2_b")  # (rank, in, ...)
    rank = next((part[role].shape[0] for role in ranked if role in part), None)
    if "alpha" in part and part["alpha"].numel() != 1:
        raise DamagedLayer("its alpha is no single number")
    if "a1" in part:
        rank = min(part["a1"].shape[:2])
    alpha = float(part["alpha"]) if "alpha" in part else 0.0
    return alpha / rank if rank and alpha else 1.0


def _low_rank(part: Part, _: torch.Tensor) -> torch.Tensor:
    return _product(part["up"], part["down"], part.get("mid"))


def _product(a: torch.Tensor, b: torch.Tensor, core: torch.Tensor | None = None) -> torch.Tensor:
    """a @ b for matrices or convolutions (out, r, 1, 1) and (r, in, k, k);
    with a core tensor (r, r, k, k) between them."""
    a, b = a.float(), b.float()
    if core is not None:
        return torch.einsum("or,rskl,si->oikl", a.flatten(1), core.float(), b.flatten(1))
    if b.ndim == 4:
        return (a.flatten(1) @ b.flatten(1)).view(a.shape[0], *b.shape[1:])
    return a.flatten(1) @ b.flatten(1)


def _hadamard(part: Part, _: torch.Tensor) -> torch.Tensor:
    if "hada_t1" in part:
        first, second = (
            torch.einsum(
                "ijkl,jr,ip->prkl",
                part[f"hada_t{k}"].float(),
                part[f"hada_w{k}_b"].float(),
                part[f"hada_w{k}_a"].float(),
            )
            for k in (1, 2)
        )
        return first * second
    return (part["hada_w1_a"].float() @ part["hada_w1_b"].float()) * (
        part["hada_w2_a"].float() @ part["hada_w2_b"].float()
    )


def _kronecker(part: Part, _: torch.Tensor) -> torch.Tensor:
    if "lokr_w1" in part:
        first = part["lokr_w1"].float()
    else:
        first = part["lokr_w1_a"].float() @ part["lokr_w1_b"].float()
    if "lokr_w2" in part:
        second = part["lokr_w2"].float()
    elif "lokr_t2" in part:
        second = torch.einsum(
            "ijkl,ip,jr->prkl",
            part["lokr_t2"].float(),
            part["lokr_w2_a"].float(),
            part["lokr_w2_b"].float(),
        )
    else:
        second = part["lokr_w2_a"].float() @ part["lokr_w2_b"].float()
    if second.ndim == 4:
        first = first[:, :, None, None]
    return torch.kron(first, second.contiguous())


def _general(part: Part, weight: torch.Tensor) -> torch.Tensor:
    """B + W A. A works on the inputs; before LyCORIS 3 both products were
    written the other way round."""
    a1, a2, b1, b2 = (part[name].float() for name in ("a1", "a2", "b1", "b2"))
    inputs = weight.shape[1]
    if a1.shape[0] != inputs or b1.shape[0] != weight.shape[0]:
        a1, a2 = a2, a1
        b1, b2 = b2, b1
    added = _product(b1, b2, part.get("bm"))
    inputs_last = weight.movedim(1, -1)
    turned = torch.tensordot(inputs_last, a1.flatten(1) @ a2.flatten(1), dims=1).movedim(-1, 1)
    return _shaped(added, weight) + turned


def _difference(part: Part, _: torch.Tensor) -> torch.Tensor:
    return part["diff"].float()


def _norm(part: Part, _: torch.Tensor) -> torch.Tensor:
    return part["w_norm"].float()


_PRODUCTS = {
    "lora": _low_rank,
    "loha": _hadamard,
    "lokr": _kronecker,
    "glora": _general,
    "full": _difference,
    "norm": _norm,
}


def _along(lengths: torch.Tensor, weight: torch.Tensor, *, by_input: bool) -> torch.Tensor:
    """W times lengths of its inputs, or of its outputs."""
    side = weight.shape[1] if by_input else weight.shape[0]
    if lengths.numel() != side:
        raise ValueError(f"its {lengths.numel()} lengths are not the model's {side}")
    shape = [1] * weight.ndim
    shape[1 if by_input else 0] = side
    return weight * lengths.reshape(shape)


def _with_lengths(weight: torch.Tensor, delta: torch.Tensor, part: Part) -> torch.Tensor:
    """The change with which each output (or input) of W + delta gets its learnt length.

    LyCORIS keeps lengths of outputs as (out, 1, ...) and of inputs as (1,
    in, ...), which tells them apart on a square layer; a plain row of numbers,
    and PEFT's `magnitude` in any shape, are of outputs.
    """
    changed = weight + delta
    sides = weight.shape
    lengths = (part["magnitude"] if "magnitude" in part else part["dora_scale"]).float()
    by_input = (
        "magnitude" not in part
        and lengths.ndim > 1
        and lengths.shape[0] == 1
        and lengths.shape[1] == sides[1]
        and sides[1] > 1
    )
    if not by_input and lengths.numel() != sides[0]:
        by_input = lengths.numel() == sides[1]
    if lengths.numel() != (sides[1] if by_input else sides[0]):
        raise ValueError(f"its {lengths.numel()} lengths are not the model's {tuple(sides)}")
    sides_first = changed.transpose(0, 1) if by_input else changed
    along = sides_first.flatten(1).norm(dim=1)
    return _along(lengths.flatten() / along.clamp_min(_EPS), changed, by_input=by_input) - weight


def _turned(part: Part, weight: torch.Tensor, strength: float) -> torch.Tensor:
    """R W - W, with rows rescaled afterwards where the file says so. `alpha` bounds Q: times the
    layer's outputs, 0 is no bound."""
    blocks = part["oft_blocks"].float()
    if (
        blocks.ndim not in (3, 4)
        or blocks.shape[-3] * blocks.shape[-1] != len(weight)
        or blocks.shape[-1] != blocks.shape[-2]
    ):
        raise ValueError(
            f"its blocks {tuple(blocks.shape)} are not for the model's {tuple(weight.shape)}"
        )
    skew = blocks - blocks.transpose(-1, -2)
    bound = float(part["alpha"]) * len(weight) if "alpha" in part else 0.0
    if bound > 0 and (length := float(skew.norm())) > bound:
        skew = skew * (bound / (length + 1e-8))
    identity = torch.eye(blocks.shape[-1], device=blocks.device)
    turns = (identity + skew) @ torch.linalg.inv(identity - skew)
    turns = identity + strength * (turns - identity)
    rows = weight.flatten(1)
    if blocks.ndim == 3:
        blockwise = rows.unflatten(0, blocks.shape[:2])
        turned = torch.einsum("knm,knx->kmx", turns, blockwise).flatten(0, 1)
    else:
        turned = _butterfly(turns, rows)
    if "rescale" in part:
        turned = _along(1 + strength * (part["rescale"].float() - 1), turned, by_input=False)
    return turned.view(weight.shape) - weight


def _butterfly(turns: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Blocks of rows turned, stage after stage; each stage pairs rows twice as far from each
    other as the one before."""
    size = turns.shape[-1]
    for stage, turn in enumerate(turns):
        reach = 2**stage * (size // 2)
        numbers = torch.arange(len(rows), device=rows.device)
        order = numbers.view(-1, 2, reach).transpose(1, 2).flatten()
        blockwise = rows[order].unflatten(0, (-1, size))
        mixed = torch.einsum("bij,bjx->bix", turn, blockwise).flatten(0, 1)
        rows = torch.empty_like(mixed)
        rows[order] = mixed
    return rows

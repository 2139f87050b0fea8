"""LoRA and LyCORIS files: read in kohya's, diffusers' and PEFT's names, applied to weights that are kept pristine.

A file holds for some layers a change of the weight: LoRA (Hu et al. 2022) scale * up @ down, LoCon with a core tensor
(LyCORIS), LoHa (w1a @ w1b) * (w2a @ w2b) (Hyeon-Woo et al. 2022), LoKr w1 (x) w2 (Yeh et al. 2024), a full difference, and
DoRA, which then rescales each output to a learnt length (Liu et al. 2024). scale is alpha / rank; alpha is the rank where
the file names none. Changes are added in float32 to the untouched weights, so that taking them off gives the same bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.engine.diffusion.eight_bit import EightBit
from core.engine.diffusion.flow_names import flow_layers, respelt
from core.engine.diffusion.lora_names import plain_name
from core.errors import ModelMissing
from core.job import Job

_SUFFIX = re.compile(
    r"\.(lora_down|lora_up|lora_mid|lora_[AB](?:\.[\w-]+)?|lora\.down|lora\.up|lora_linear_layer\.down|lora_linear_layer\.up)\.weight$"
    r"|\.(alpha|dora_scale|lora_magnitude_vector(?:\.weight)?|diff|diff_b|hada_w1_a|hada_w1_b|hada_w2_a|hada_w2_b|hada_t1|hada_t2"
    r"|lokr_w1|lokr_w2|lokr_w1_a|lokr_w1_b|lokr_w2_a|lokr_w2_b|lokr_t2)$")
_ROLES = {"lora_down": "down", "lora.down": "down", "lora_linear_layer.down": "down", "lora_up": "up", "lora.up": "up",
          "lora_linear_layer.up": "up", "lora_mid": "mid", "lora_magnitude_vector": "dora_scale",
          "lora_magnitude_vector.weight": "dora_scale"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One adapter to apply: `weight` on the denoiser, `text_weight` on the text encoders."""

    path: str
    name: str
    weight: float = 1.0
    text_weight: float = 1.0


def wanted(job: Job) -> tuple[Wanted, ...]:
    """The job's adapters with their weights."""
    return tuple(Wanted(one.path, one.name, lora.weight, lora.weight if lora.text_weight is None else lora.text_weight)
                 for lora, one in zip(job.request.loras, job.loras, strict=True))


Layers = dict[str, dict[str, torch.Tensor]]


def read(path: Path) -> Layers:
    """The file's tensors by layer and role ("up", "down", "alpha", "hada_w1_a", ...); ModelMissing for a damaged file."""
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as fault:
        raise ModelMissing(f"{path.name} cannot be read: {fault}.", "Get a new copy of the LoRA.") from fault
    layers: Layers = {}
    for name, tensor in tensors.items():
        name = respelt(name)
        name = re.sub(r"\.processor\.(to_(?:q|k|v|out))_lora\.(down|up)\.weight$", r".\1.lora.\2.weight", name)
        match = _SUFFIX.search(name)
        if match:
            role = match[1] or match[2]
            role = "down" if role.startswith("lora_A") else "up" if role.startswith("lora_B") else _ROLES.get(role, role)
            layers.setdefault(name[: match.start()], {})[role] = tensor
    return layers


def _product(a: torch.Tensor, b: torch.Tensor, core: torch.Tensor | None = None) -> torch.Tensor:
    """a @ b for matrices or convolutions (out, r, 1, 1) and (r, in, k, k); with a core tensor (r, r, k, k) between them."""
    a, b = a.float(), b.float()
    if core is not None:
        return torch.einsum("or,rskl,si->oikl", a.flatten(1), core.float(), b.flatten(1))
    if b.ndim == 4:
        return (a.flatten(1) @ b.flatten(1)).view(a.shape[0], *b.shape[1:])
    return a.flatten(1) @ b.flatten(1)


def _hadamard(part: dict[str, torch.Tensor]) -> torch.Tensor:
    if "hada_t1" in part:
        first, second = (torch.einsum("ijkl,jr,ip->prkl", part[f"hada_t{k}"].float(), part[f"hada_w{k}_b"].float(),
                                      part[f"hada_w{k}_a"].float()) for k in (1, 2))
        return first * second
    return (part["hada_w1_a"].float() @ part["hada_w1_b"].float()) * (part["hada_w2_a"].float() @ part["hada_w2_b"].float())


def _kronecker(part: dict[str, torch.Tensor]) -> torch.Tensor:
    first = part["lokr_w1"].float() if "lokr_w1" in part else part["lokr_w1_a"].float() @ part["lokr_w1_b"].float()
    if "lokr_w2" in part:
        second = part["lokr_w2"].float()
    elif "lokr_t2" in part:
        second = torch.einsum("ijkl,ip,jr->prkl", part["lokr_t2"].float(), part["lokr_w2_a"].float(), part["lokr_w2_b"].float())
    else:
        second = part["lokr_w2_a"].float() @ part["lokr_w2_b"].float()
    if second.ndim == 4:
        first = first[:, :, None, None]
    return torch.kron(first, second)


def _rank(part: dict[str, torch.Tensor]) -> int | None:
    """The inner size that alpha is divided by; None where the form has none (full matrices)."""
    if "down" in part:
        return part["down"].shape[0]
    if "hada_w1_b" in part:
        return part["hada_w1_b"].shape[0]
    for name in ("lokr_w1_b", "lokr_w2_b"):
        if name in part:
            return part[name].shape[0]
    return None


def change(part: dict[str, torch.Tensor], weight: torch.Tensor) -> torch.Tensor:
    """The change of a layer's `weight` at strength 1, float32 and of its shape; ValueError where the sizes do not fit."""
    if "diff" in part:
        delta = part["diff"].float()
    elif "hada_w1_a" in part:
        delta = _hadamard(part)
    elif "lokr_w1" in part or "lokr_w1_a" in part:
        delta = _kronecker(part)
    elif "up" in part and "down" in part:
        delta = _product(part["up"], part["down"], part.get("mid"))
    else:
        raise ValueError("it is incomplete")
    if delta.numel() != weight.numel():
        raise ValueError(f"its size {tuple(delta.shape)} is not the model's {tuple(weight.shape)}")
    rank = _rank(part)
    scale = float(part["alpha"]) / rank if "alpha" in part and rank else 1.0
    delta = delta.view(weight.shape) * scale
    if "dora_scale" in part:
        changed = weight.float() + delta
        magnitude = part["dora_scale"].float()
        along = changed.flatten(1).norm(dim=1) if magnitude.numel() == weight.shape[0] else changed.transpose(0, 1).flatten(1).norm(dim=1)
        shape = [-1, *[1] * (weight.ndim - 1)] if magnitude.numel() == weight.shape[0] else [1, -1, *[1] * (weight.ndim - 2)]
        delta = changed * (magnitude.view(shape) / along.clamp_min(1e-12).view(shape)) - weight.float()
    return delta


class Adapted:
    """A denoiser and its text encoders with adapters on them; remembers the pristine weights it changed."""

    def __init__(self, unet: Any, encoders: tuple[Any, ...]) -> None:
        self._modules = dict(_named(unet, encoders))
        self._pristine: dict[str, torch.Tensor] = {}
        self._changed: list[EightBit] = []  # layers that keep their change apart
        self.applied: tuple[Wanted, ...] = ()

    @torch.no_grad()
    def apply(self, wanted: tuple[Wanted, ...]) -> None:
        """Exactly these adapters and no others. On a fault the model is left pristine and ModelMissing says why."""
        if wanted == self.applied:
            return
        self.restore()
        try:
            for one in wanted:
                self._add(one)
        except BaseException:
            self.restore()
            raise
        self.applied = wanted

    @torch.no_grad()
    def restore(self) -> None:
        """Back to the untouched weights, bit by bit."""
        for name, weight in self._pristine.items():
            module = self._modules[name]
            module.weight.copy_(weight)
        self._pristine.clear()
        for layer in self._changed:
            layer.drop()
        self._changed.clear()
        self.applied = ()

    def _add(self, one: Wanted) -> None:
        layers = read(Path(one.path))
        found = {name: self._targets(plain_name(name)) for name in layers}
        if not any(targets for targets, _ in found.values()):
            raise ModelMissing(f'The LoRA "{one.name}" changes no layer of this model: it was made for another family.',
                               "Choose a LoRA of the model's family.")
        for name, part in layers.items():
            targets, swapped = found[name]
            if not targets:
                continue
            originals = [self._original(target) for target in targets]
            strength = one.weight if targets[0].startswith("unet_") else one.text_weight
            try:
                whole = originals[0] if len(originals) == 1 else torch.cat(originals)
                whole = halves(whole) if swapped else whole
                delta = change({role: value.to(whole.device) for role, value in part.items()}, whole) * strength
            except (ValueError, RuntimeError) as fault:
                raise ModelMissing(f'The LoRA "{one.name}" does not fit this model ({name}: {fault}).',
                                   "Choose a LoRA of the model's family.") from fault
            rows = (halves(delta) if swapped else delta).split([len(original) for original in originals])
            for target, piece in zip(targets, rows, strict=True):
                self._change(target, piece)

    def _targets(self, name: str) -> tuple[tuple[str, ...], bool]:
        """The layers that a layer of a file changes, rows one after the other; and whether its halves change places."""
        known = next((one for one in (name, f"unet_{name}") if one in self._modules), "")
        return ((known,), False) if known else flow_layers(name, self._modules)

    def _original(self, name: str) -> torch.Tensor:
        module = self._modules[name]
        return module.own() if isinstance(module, EightBit) else self._pristine.get(name, module.weight)

    def _change(self, name: str, delta: torch.Tensor) -> None:
        module = self._modules[name]
        if isinstance(module, EightBit):
            module.add(delta)
            self._changed.append(module)
            return
        if name not in self._pristine:
            self._pristine[name] = module.weight.detach().clone()
        module.weight.copy_((module.weight.float() + delta).to(module.weight.dtype))


def halves(rows: torch.Tensor) -> torch.Tensor:
    """The second half of the rows, then the first."""
    return torch.cat(rows.chunk(2)[::-1])


def _named(unet: Any, encoders: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Layers with weights under one spelling: "unet_..." and "te1_...", dots as underscores."""
    for prefix, network in (("unet", unet), *((f"te{k}", encoder) for k, encoder in enumerate(encoders, 1) if encoder is not None)):
        for name, module in network.named_modules():
            if isinstance(getattr(module, "weight", None), torch.Tensor):
                plain = name.replace(".", "_")
                yield f"{prefix}_{plain.removeprefix('text_model_')}", module

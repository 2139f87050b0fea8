"""Adapters on a loaded model: LoRA, LyCORIS and their kin in kohya's, diffusers' and PEFT's names,
on weights that are kept pristine.

What each form adds is reckoned in `lora_change` from the untouched weights, and added in float32,
so that taking it off gives the same bits. What a file holds beyond what is known is left out and
said; the rest is applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.engine.diffusion.adapters.flow_names import flow_layers
from core.engine.diffusion.adapters.lora_change import (
    DamagedLayer,
    Part,
    bias_change,
    weight_change,
)
from core.engine.diffusion.adapters.lora_names import plain_name
from core.engine.diffusion.adapters.lora_tally import LayerTally
from core.engine.diffusion.parts.eight_bit import EightBit
from core.models.files.key_layouts.adapter_forms import (
    AdapterLayers,
    adapter_layers,
    has_bias,
    weight_form,
)
from core.system.errors import ModelMissing
from core.values.job import Job


@dataclass(frozen=True, slots=True)
class WantedAdapter:
    """One adapter to apply: `weight` on the denoiser, `text_weight` on the text encoders."""

    path: str
    name: str
    weight: float = 1.0
    text_weight: float = 1.0


def wanted_adapters(job: Job) -> tuple[WantedAdapter, ...]:
    """The job's adapters with their weights."""
    return tuple(
        WantedAdapter(
            path=ref.path,
            name=ref.name,
            weight=lora.weight,
            text_weight=lora.weight if lora.text_weight is None else lora.text_weight,
        )
        for lora, ref in zip(job.request.loras, job.loras, strict=True)
    )


def read_adapter(path: Path) -> tuple[AdapterLayers, dict[str, Part]]:
    """What the file holds, and its tensors by layer and role ("up" (out, rank, ...), "down" (rank,
    in, ...), "alpha" () ...), as they are written. Raises ModelMissing for a damaged file."""
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as fault:
        raise ModelMissing(
            f"{path.name} cannot be read: {fault}.", "Get a new copy of the LoRA."
        ) from fault
    layers = adapter_layers(tensors)
    return layers, {
        layer: {role: tensors[name] for role, name in roles.items()}
        for layer, roles in layers.parts.items()
    }


class AdaptedNetworks:
    """A denoiser and its text encoders with adapters on them;
    remembers the pristine weights and biases it changed."""

    def __init__(self, unet: Any, encoders: tuple[Any, ...]) -> None:
        self._modules = dict(_named(unet, encoders))
        self._pristine: dict[tuple[str, str], torch.Tensor] = {}  # by layer, and "weight" or "bias"
        self._changed: list[EightBit] = []  # layers that keep their change apart
        self._notes: tuple[str, ...] = ()
        self.applied: tuple[WantedAdapter, ...] = ()

    @torch.no_grad()
    def apply(self, wanted: tuple[WantedAdapter, ...]) -> tuple[str, ...]:
        """Exactly these adapters and no others; gives a sentence for each that is applied in part,
        also where they are on already.

        Raises ModelMissing for one that cannot be used; after any fault the model is pristine.
        """
        if wanted == self.applied:
            return self._notes
        self.restore()
        try:
            notes = tuple(note for adapter in wanted for note in self._add(adapter))
        except BaseException:
            self.restore()
            raise
        self.applied = wanted
        self._notes = notes
        return notes

    @torch.no_grad()
    def restore(self) -> None:
        """Back to the untouched weights, bit by bit."""
        for (name, which), values in self._pristine.items():
            getattr(self._modules[name], which).copy_(values)
        self._pristine.clear()
        for layer in self._changed:
            layer.drop_change()
        self._changed.clear()
        self.applied = ()
        self._notes = ()

    def _add(self, adapter: WantedAdapter) -> tuple[str, ...]:
        layers, parts = read_adapter(Path(adapter.path))
        tally = LayerTally(adapter.name, layers)
        for name, part in parts.items():
            plain = plain_name(name)
            targets, swapped = self._targets(plain)
            text = plain[:2] == "te" and plain[2:3].isdecimal()
            tally.denoiser += not text
            if not targets:
                tally.text_unmatched += text
                tally.unmatched += not text
            elif not (weight_form(part) or has_bias(part)):
                tally.incomplete += 1
            else:
                strength = adapter.text_weight if text else adapter.weight
                self._add_layer(tally, name, part, targets, swapped=swapped, strength=strength)
        tally.check()
        return tally.notes()

    def _add_layer(
        self,
        tally: LayerTally,
        name: str,
        part: Part,
        targets: tuple[str, ...],
        *,
        swapped: bool,
        strength: float,
    ) -> None:
        """Both what changes the weights and what changes the biases, or neither."""
        device = self._modules[targets[0]].weight.device
        part = {role: value.to(device) for role, value in part.items()}
        biased = all(getattr(self._modules[target], "bias", None) is not None for target in targets)
        deltas: dict[str, torch.Tensor] = {}
        try:
            if weight_form(part):
                whole = self._whole(targets, "weight", swapped)
                deltas["weight"] = weight_change(part, whole, strength)
            if has_bias(part) and biased:
                delta = bias_change(part, self._whole(targets, "bias", swapped), strength)
                if delta is not None:
                    deltas["bias"] = delta
            elif has_bias(part):
                tally.no_bias += 1
        except DamagedLayer:
            tally.damaged += 1
            return
        except (ValueError, RuntimeError, IndexError) as fault:
            # torch's own words for sizes that do not go together
            tally.odd_sizes.append(f"{name}: {fault}")
            return
        if not all(torch.isfinite(delta).all() for delta in deltas.values()):
            tally.no_numbers += 1
            return
        for which, delta in deltas.items():
            self._change_all(targets, which, halves(delta) if swapped else delta)
        tally.applied += bool(deltas)

    def _change_all(self, targets: tuple[str, ...], which: str, delta: torch.Tensor) -> None:
        """A change of the rows of several modules, one below the other, goes to each its own."""
        lengths = [len(self._original(target, which)) for target in targets]
        for target, rows in zip(targets, delta.split(lengths), strict=True):
            self._change(target, which, rows)

    def _whole(self, targets: tuple[str, ...], which: str, swapped: bool) -> torch.Tensor:
        """The untouched rows that a layer of a file changes, in the file's order."""
        originals = [self._original(target, which) for target in targets]
        whole = originals[0] if len(originals) == 1 else torch.cat(originals)
        return halves(whole) if swapped else whole

    def _targets(self, name: str) -> tuple[tuple[str, ...], bool]:
        """The layers that a layer of a file changes, rows one after the other;
        and whether its halves change places."""
        known = next(
            (candidate for candidate in (name, f"unet_{name}") if candidate in self._modules), ""
        )
        return ((known,), False) if known else flow_layers(name, self._modules)

    def _original(self, name: str, which: str) -> torch.Tensor:
        module = self._modules[name]
        if which == "weight" and isinstance(module, EightBit):
            return module.base_weight()
        kept = self._pristine.get((name, which))
        return getattr(module, which) if kept is None else kept

    def _change(self, name: str, which: str, delta: torch.Tensor) -> None:
        module = self._modules[name]
        if which == "weight" and isinstance(module, EightBit):
            module.add_change(delta)
            self._changed.append(module)
            return
        values = getattr(module, which)
        if (name, which) not in self._pristine:
            self._pristine[name, which] = values.detach().clone()
        values.copy_((values.float() + delta).to(values.dtype))


def halves(rows: torch.Tensor) -> torch.Tensor:
    """The second half of the rows (n, ...), then the first."""
    return torch.cat(rows.chunk(2)[::-1])


def _named(unet: Any, encoders: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Layers with weights under one spelling: "unet_..." and "te1_...", dots as underscores."""
    networks = [("unet", unet)]
    networks += [
        (f"te{k}", encoder) for k, encoder in enumerate(encoders, 1) if encoder is not None
    ]
    for prefix, network in networks:
        for name, module in network.named_modules():
            if isinstance(getattr(module, "weight", None), torch.Tensor):
                plain = name.replace(".", "_")
                yield f"{prefix}_{plain.removeprefix('text_model_')}", module

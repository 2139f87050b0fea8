"""Tensor names and shapes to kind and family: the published layouts of the programs and
papers that write such files.

One table, read from top to bottom: what holds a denoiser's names but is none (ControlNets,
IP-Adapters), adapters and embeddings, denoisers, autoencoders, upscalers, other parts. Each row
says what must be there and what must not (`rules.py`); "unknown" with a sentence is an answer.
"""

from __future__ import annotations

from core.models.files.key_layouts import controls, decoders, denoisers, unets
from core.models.files.key_layouts.adapter_family import foreign
from core.models.files.key_layouts.adapters import identify_adapter
from core.models.files.key_layouts.names import Shapes, TensorNames
from core.models.files.key_layouts.rules import LayoutMatch, LayoutRule, first_match
from core.values.model import ModelKind, Problem, Reason, unsupported

BY_CONTEXT = controls.BY_CONTEXT
# Names that only whole networks have: an adapter's end in what it does to them.
WHOLE = (
    "^input_blocks.#.#.weight$|^first_stage_model.|^double_blocks.#.img_attn.qkv.weight$|^double_blocks.#.img_attn.proj.weight$"
    "|^double_blocks.#.txt_attn.qkv.weight$"
    "|^single_blocks.#.linear#.weight$|^joint_blocks.#.x_block.attn.qkv.weight$|^joint_blocks.#.context_block.attn.qkv.weight$"
    "|^transformer_blocks.#.attn.to_q.weight$|^single_transformer_blocks.#.attn.to_q.weight$|.transformer_blocks.#.attn#.to_q.weight$"
    "|.transformer_blocks.#.attn#.to_k.weight$|.qweight$"
)
NOTHING = LayoutMatch(
    ModelKind.UNKNOWN,
    problems=(Problem(Reason.FOREIGN, "Its tensors follow no layout that Calotype knows."),),
)


def _adapter(named: TensorNames, row: LayoutRule) -> LayoutMatch | None:
    adapter = identify_adapter(named)
    if adapter is None:
        return None
    kind, family, variant = adapter
    if kind == ModelKind.LORA:
        name = foreign(named)
    else:
        name = "" if family else "a text encoder that none of its models has"
    return LayoutMatch(
        kind,
        family,
        variant,
        problems=(Problem(Reason.FOREIGN, f"It is made for {name}, so Calotype cannot use it."),)
        if name
        else (),
    )


_ADAPTERS = (LayoutRule("LoRA, its kin, or embedding", (), (WHOLE,), more=_adapter),)
_HYPERNETWORK = LayoutMatch(
    ModelKind.UNKNOWN,
    variant="hypernetwork",
    problems=(unsupported("It is a hypernetwork, which Calotype does not use."),),
)


def identify(shapes: Shapes) -> LayoutMatch:
    """The first row that fits; "unknown" with a reason otherwise."""
    named = TensorNames(shapes)
    match = first_match((*controls.TABLE, *_ADAPTERS, *unets.TABLE, *denoisers.TABLE), named)
    if match is not None:
        return match
    if decoders.HYPERNETWORK.search(named.lines):
        return _HYPERNETWORK
    return (
        first_match(decoders.VAES, TensorNames(shapes, decoders.WRAPPERS))
        or first_match(decoders.UPSCALERS, TensorNames(shapes, decoders.PLAIN))
        or first_match((*unets.LAST, *decoders.PARTS, *denoisers.LAST), named)
        or NOTHING
    )

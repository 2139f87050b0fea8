"""Nodes that carry several things on one link, and give them out again by name: Impact's basic
pipes and rgthree's contexts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.metadata.readers.comfyui.graph import Link, Node

_MOST_HOPS = 64
_CONTEXT = ("", "model", "clip", "vae", "positive", "negative", "latent", "images", "seed")
# what comes out at each output, "" for the pipe itself
_OUTPUTS: dict[str, tuple[str, ...]] = {
    "ToBasicPipe": ("",),
    "EditBasicPipe": ("",),
    "FromBasicPipe": ("model", "clip", "vae", "positive", "negative"),
    "FromBasicPipe_v2": ("", "model", "clip", "vae", "positive", "negative"),
    "Context (rgthree)": _CONTEXT,
    "Context Big (rgthree)": _CONTEXT,
    "Context Switch (rgthree)": _CONTEXT,
    "Context Switch Big (rgthree)": _CONTEXT,
}
# the inputs by which a pipe comes in, the first that is linked
_PIPES = ("basic_pipe", "base_ctx", "ctx_01", "ctx_02", "ctx_03", "ctx_04", "ctx_05")


def given_out(nodes: Mapping[str, Node], link: Link) -> Link | None:
    """What a pipe was given of that which comes out here; None where this is no such output, or
    where that is not known."""
    node = nodes.get(link.node)
    outputs = _OUTPUTS.get(node.kind, ()) if node is not None else ()
    name = outputs[link.slot] if 0 <= link.slot < len(outputs) else ""
    return in_pipe(nodes, link, name) if name else None


def in_pipe(nodes: Mapping[str, Node], pipe: Link | None, name: str) -> Link | None:
    """What a pipe carries under a name."""
    for _ in range(_MOST_HOPS):
        node = nodes.get(pipe.node) if pipe is not None else None
        if node is None or node.kind not in _OUTPUTS:
            return None
        if name in node.inputs:
            return node.link(name)
        pipe = node.link(*_PIPES)
    return None
